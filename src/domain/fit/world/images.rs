//! Which nodes have an image, by the image's name.

use std::collections::HashMap;

use super::rows::{NodeIx, NodeRow};

/// Nodes and sizes by name.
#[derive(Debug)]
pub(super) struct Images {
    by_name: HashMap<String, Vec<(NodeIx, i64)>>,
}

impl Images {
    /// Reads what nodes report; a name that a node gives twice counts once, with the first size.
    pub(super) fn of(nodes: &[NodeRow]) -> Images {
        let mut by_name: HashMap<String, Vec<(NodeIx, i64)>> = HashMap::new();
        for (at, node) in nodes.iter().enumerate() {
            let node_ix = NodeIx::at(at);
            for image in &node.object.images {
                for name in &image.names {
                    let entry = (node_ix, image.size_bytes);
                    match by_name.get_mut(name) {
                        None => {
                            by_name.insert(name.clone(), vec![entry]);
                        }
                        Some(known) if known.last().map(|(node, _)| *node) == Some(node_ix) => {}
                        Some(known) => known.push(entry),
                    }
                }
            }
        }
        Images { by_name }
    }

    pub(super) fn nodes(&self, name: &str) -> &[(NodeIx, i64)] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }
}
