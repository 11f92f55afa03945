//! Sums by domain, for as many topology keys as there are.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use crate::domain::fit::Context;
use crate::domain::fit::world::{KindIx, NodeIx, RowHasher, Topology};

/// Sums by domain.
type Sums = HashMap<u32, i64, BuildHasherDefault<RowHasher>>;

/// Sums by topology key and domain; terms of one key share them.
#[derive(Default)]
pub(super) struct Tallies {
    keys: Vec<Tally>,
}

struct Tally {
    key: String,
    topology: Arc<Topology>,
    /// The domains to which anything was added, though it were 0. A map, because there are as many host names as nodes and
    /// few of them have pods that matter: a column of zeros for each pod that is judged costs more than all else here.
    sums: Sums,
}

impl Tallies {
    /// Adds a weight for each pod of a kind to the domain that it is in; a node without the key is in none.
    pub(super) fn add_kind(&mut self, cx: &Context<'_>, key: &str, kind: KindIx, weight: i64) {
        let members = &cx.world.kinds[kind.index()].members;
        if members.is_empty() {
            return;
        }
        let tally = self.of(cx, key);
        tally.sums.reserve(members.len().min(tally.topology.len()));
        for (node, members) in members {
            if let Some(domain) = tally.topology.domain_number(*node) {
                *tally.sums.entry(domain).or_default() += weight * i64::from(members.all());
            }
        }
    }

    fn of(&mut self, cx: &Context<'_>, key: &str) -> &mut Tally {
        let at = self.keys.iter().position(|tally| tally.key == key);
        let at = at.unwrap_or_else(|| {
            let topology = cx.world.topology(key);
            self.keys.push(Tally {
                key: key.to_owned(),
                sums: Sums::default(),
                topology,
            });
            self.keys.len() - 1
        });
        &mut self.keys[at]
    }

    /// Tells whether nothing was added.
    pub(super) fn is_empty(&self) -> bool {
        self.keys.iter().all(|tally| tally.sums.is_empty())
    }

    /// Returns the sum of a node's domain of a key.
    pub(super) fn at(&self, key: &str, node: NodeIx) -> i64 {
        let tally = self.keys.iter().find(|tally| tally.key == key);
        tally.map_or(0, |tally| tally.at(node))
    }

    /// Calls back with each node that has a domain of a sum above 0, in no order; some come more than once.
    pub(super) fn each_node(&self, mut call: impl FnMut(NodeIx)) {
        for tally in &self.keys {
            for (domain, _) in tally.sums.iter().filter(|(_, sum)| **sum > 0) {
                let nodes = tally.topology.nodes(*domain as usize).iter();
                nodes.copied().for_each(&mut call);
            }
        }
    }

    /// Tells whether any of the node's domains has a sum above 0.
    pub(super) fn any_at(&self, node: NodeIx) -> bool {
        self.keys.iter().any(|tally| tally.at(node) > 0)
    }

    /// Returns what the node's domains sum up to together.
    pub(super) fn total_at(&self, node: NodeIx) -> i64 {
        self.keys.iter().map(|tally| tally.at(node)).sum()
    }
}

impl Tally {
    fn at(&self, node: NodeIx) -> i64 {
        let domain = self.topology.domain_number(node);
        let sum = domain.and_then(|domain| self.sums.get(&domain));
        sum.copied().unwrap_or_default()
    }
}
