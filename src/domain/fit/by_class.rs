//! Rules that read nothing but labels, taints and the like: judged once for each class of nodes.

use super::Marks;
use super::evaluate::Verdict;
use super::plugin::{Finding, NodeCheck, Plugin, Refusal};
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
        ByClass {
            world,
            refused: classes.map(|class| refuses(class.example)).collect(),
            explain,
        }
    }
}

impl<F: Fn(NodeIx) -> Refusal> NodeCheck for ByClass<'_, F> {
    fn finding(&self, node: NodeIx) -> Finding {
        if self.refused[self.world.node(node).class] {
            Finding::Refused((self.explain)(node))
        } else {
            Finding::Fits
        }
    }

    fn verdict(&self, node: NodeIx) -> Verdict {
        match self.refused[self.world.node(node).class] {
            true => Verdict::Refused,
            false => Verdict::Fits,
        }
    }

    fn mark(&self, plugin: Plugin, marks: &mut [Marks]) {
        let classes = self.world.classes.iter().zip(&self.refused);
        for (class, _) in classes.filter(|(_, refused)| **refused) {
            for node in &class.nodes {
                marks[node.index()].refused |= plugin.bit();
            }
        }
    }
}
