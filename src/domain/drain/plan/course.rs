//! In which batches the nodes of a run are emptied: all are cordoned first, then one batch follows the other.

use super::Span;
use crate::domain::drain::order::Order;
use crate::domain::drain::rounds::Rounds;
use crate::domain::node::Node;

/// The batches of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// In which order the nodes were put.
    pub order: Order,
    /// How many nodes are emptied at once.
    pub max_parallel: usize,
    /// The batches, one after the other.
    pub batches: Vec<Batch>,
    /// How it would go in rounds, each put back before the next; `None` where the nodes can be away together, where there is
    /// one alone, or where nobody asked where pods land.
    pub rounds: Option<Rounds>,
}

/// Nodes that are emptied at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Their names.
    pub nodes: Vec<String>,
    /// How long it takes.
    pub span: Span,
}

impl Course {
    pub(super) fn of(
        nodes: &[&Node],
        spans: Vec<Span>,
        order: Order,
        max_parallel: usize,
    ) -> Course {
        let max_parallel = max_parallel.max(1);
        let names = |nodes: &[&Node]| nodes.iter().map(|node| node.id.name.clone()).collect();
        let batches = nodes.chunks(max_parallel).zip(spans);
        Course {
            order,
            max_parallel,
            batches: batches
                .map(|(nodes, span)| Batch {
                    nodes: names(nodes),
                    span,
                })
                .collect(),
            rounds: None,
        }
    }
}
