//! Short ways to write down a node.

use std::collections::BTreeMap;

use crate::domain::mark::Mark;
use crate::domain::node::{Node, NodeHealth, NodeRef, Scheduling};
use crate::domain::taint::spec::parse_addition;

/// A ready, schedulable node without taints; its UID is `NAME-uid`.
pub fn node(name: &str) -> Node {
    Node {
        id: NodeRef {
            name: name.to_owned(),
            uid: format!("{name}-uid"),
        },
        resource_version: "1".to_owned(),
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        scheduling: Scheduling::Enabled,
        taints: Vec::new(),
        health: NodeHealth::Ready,
        taints_written: None,
    }
}

/// What a test may change about a node.
pub trait NodeExt {
    /// Adds taints.
    fn taints(self, specs: &[&str]) -> Node;
    /// Cordons it.
    fn cordoned(self) -> Node;
    /// Leaves a mark on it.
    fn marked(self, mark: &Mark) -> Node;
}

impl NodeExt for Node {
    fn taints(mut self, specs: &[&str]) -> Node {
        let taints = specs.iter().map(|spec| parse_addition(spec).unwrap());
        self.taints.extend(taints);
        self
    }

    fn cordoned(mut self) -> Node {
        self.scheduling = Scheduling::Disabled;
        self
    }

    fn marked(mut self, mark: &Mark) -> Node {
        for (key, value) in mark.annotations() {
            if let Some(value) = value {
                self.annotations.insert(key.to_owned(), value);
            }
        }
        self
    }
}
