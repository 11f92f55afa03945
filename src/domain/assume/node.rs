//! Nodes that are not there.

use std::collections::BTreeSet;

use super::{Assumption, AssumptionKind};
use crate::domain::fit::object::node::NodeObject;
use crate::domain::fit::world::World;
use crate::domain::node::Node;
use crate::domain::snapshot::Snapshot;

/// The label by which pods tell hosts apart.
const HOSTNAME: &str = "kubernetes.io/hostname";

/// A node that is assumed to be there, ready and without pods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssumedNode {
    /// As a drain sees it.
    pub node: Node,
    /// As the scheduler sees it.
    pub object: NodeObject,
}

impl AssumedNode {
    /// Gives it another name, also where pods tell hosts apart by it.
    fn rename(&mut self, name: &str) {
        name.clone_into(&mut self.node.id.name);
        name.clone_into(&mut self.object.name);
        for labels in [&mut self.node.labels, &mut self.object.labels] {
            labels.insert(HOSTNAME.to_owned(), name.to_owned());
        }
    }

    /// Says in words what is assumed: `node big-1 with cpu 8, memory 32Gi, pods 110`.
    pub(super) fn assumption(&self) -> Assumption {
        let amounts = self.object.allocatable.iter();
        let amounts: Vec<String> = amounts
            .map(|(name, amount)| format!("{name} {amount}"))
            .collect();
        Assumption {
            kind: AssumptionKind::Node,
            text: format!("node {} with {}", self.object.name, amounts.join(", ")),
        }
    }
}

/// Gives nodes names that neither the cluster nor another of them has: the own one, or that with a number.
pub fn named(
    nodes: Vec<AssumedNode>,
    snapshot: &Snapshot,
    world: Option<&World>,
) -> Vec<AssumedNode> {
    let mut taken: BTreeSet<String> = snapshot.nodes.keys().cloned().collect();
    taken.extend(
        world
            .into_iter()
            .flat_map(|world| world.nodes.iter().map(|node| node.object.name.clone())),
    );
    let mut named = nodes;
    for node in &mut named {
        let own = node.node.id.name.clone();
        let numbered = (1..).map(|number| format!("{own}-{number}"));
        let mut names = std::iter::once(own.clone()).chain(numbered);
        if let Some(name) = names.find(|name| !taken.contains(name)) {
            node.rename(&name);
            taken.insert(name);
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fit::testing as fit;
    use crate::testing::{node, snapshot};

    fn assumed(name: &str) -> AssumedNode {
        AssumedNode {
            node: node(name),
            object: fit::node(name),
        }
    }

    #[test]
    fn names_are_new_and_hosts_are_called_by_them() {
        let snapshot = snapshot().node(node("n1")).build();
        let nodes = vec![assumed("n1"), assumed("n1"), assumed("big"), assumed("big")];
        let named = named(nodes, &snapshot, None);
        let names: Vec<&str> = named.iter().map(|one| one.node.name()).collect();
        assert_eq!(names, ["n1-1", "n1-2", "big", "big-1"]);
        assert!(named.iter().all(|one| one.object.name == one.node.id.name
            && one.object.labels.get(HOSTNAME) == Some(&one.object.name)
            && one.node.labels.get(HOSTNAME) == Some(&one.object.name)));
        assert_eq!(
            named[0].assumption().text,
            "node n1-1 with cpu 4, memory 8Gi, pods 110"
        );
    }
}
