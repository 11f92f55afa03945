//! Which domain of a topology key each node belongs to.

use std::collections::HashMap;

use super::rows::{NodeIx, NodeRow};

/// The domains of one topology key.
#[derive(Debug)]
pub struct Topology {
    domains: Vec<u32>,
    values: Vec<String>,
    /// The nodes, domain after domain, and last those without the key.
    members: Vec<NodeIx>,
    /// Where each domain's nodes begin in `members`; the last entry is where those without the key do.
    starts: Vec<usize>,
}

/// Stands for "the node does not carry the key".
const NONE: u32 = u32::MAX;

impl Topology {
    pub(super) fn of(nodes: &[NodeRow], key: &str) -> Topology {
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let mut values = Vec::new();
        let domains: Vec<u32> = nodes
            .iter()
            .map(|node| match node.object.labels.get(key) {
                None => NONE,
                Some(value) => *numbers.entry(value).or_insert_with(|| {
                    values.push(value.clone());
                    u32::try_from(values.len() - 1).unwrap_or(NONE)
                }),
            })
            .collect();
        let mut members: Vec<_> = (0..nodes.len()).map(NodeIx::at).collect();
        members.sort_by_key(|node| domains[node.index()]);
        let start =
            |domain| members.partition_point(|node| (domains[node.index()] as usize) < domain);
        let starts = (0..=values.len()).map(start).collect();
        Topology {
            domains,
            values,
            members,
            starts,
        }
    }

    /// Returns the domain of a node, counted from 0; `None` where it does not carry the key.
    pub fn domain(&self, node: NodeIx) -> Option<usize> {
        self.domain_number(node).map(|domain| domain as usize)
    }

    /// Returns the same as it is kept.
    pub fn domain_number(&self, node: NodeIx) -> Option<u32> {
        match self.domains[node.index()] {
            NONE => None,
            domain => Some(domain),
        }
    }

    /// Returns the nodes of a domain.
    pub fn nodes(&self, domain: usize) -> &[NodeIx] {
        &self.members[self.starts[domain]..self.starts[domain + 1]]
    }

    /// Returns how many domains there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Tells whether no node carries the key.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Returns the label's value that makes a domain.
    pub fn value(&self, domain: usize) -> &str {
        &self.values[domain]
    }
}
