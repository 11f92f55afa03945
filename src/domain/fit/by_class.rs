//! Rules that read nothing but labels, taints and the like: judged once for each class of nodes.

use std::borrow::Cow;

use super::evaluate::Verdict;
use super::plugin::{Finding, NodeCheck, Refusal};
use super::world::{NodeIx, World};

/// A verdict for each class, and the words for a refused node.
pub(super) struct ByClass<'w, F> {
    world: &'w World,
    refused: Vec<bool>,
    explain: F,
}

impl<'w, F: Fn(NodeIx) -> Refusal> ByClass<'w, F> {
    /// Judges one node of each class.
    pub(super) fn new(world: &'w World, refuses: impl Fn(NodeIx) -> bool, explain: F) -> Self {
        let classes = world.classes.iter();
        let refused = classes.map(|class| refuses(class.example)).collect();
        ByClass::of(world, refused, explain)
    }

    /// Takes what was found of each class.
    pub(super) fn of(world: &'w World, refused: Vec<bool>, explain: F) -> Self {
        ByClass {
            world,
            refused,
            explain,
        }
    }
}

impl<F: Fn(NodeIx) -> Refusal> NodeCheck for ByClass<'_, F> {
    fn finding(&self, node: NodeIx) -> Finding {
        match self.verdict(node) {
            Verdict::Refused => Finding::Refused((self.explain)(node)),
            Verdict::Fits | Verdict::Unknown => Finding::Fits,
        }
    }

    fn verdict(&self, node: NodeIx) -> Verdict {
        match self.refused[self.world.class_of(node)] {
            true => Verdict::Refused,
            false => Verdict::Fits,
        }
    }

    fn refused_classes(&self) -> Option<Cow<'_, [bool]>> {
        Some(Cow::Borrowed(&self.refused))
    }
}

/// Something that holds of some nodes.
pub(super) enum Holds {
    /// By class.
    Classes(Vec<bool>),
    /// By node.
    Nodes(Vec<bool>),
}

impl Holds {
    /// Tells whether it holds of a node.
    pub(super) fn of(&self, world: &World, node: NodeIx) -> bool {
        match self {
            Holds::Classes(classes) => classes[world.class_of(node)],
            Holds::Nodes(nodes) => nodes[node.index()],
        }
    }
}
