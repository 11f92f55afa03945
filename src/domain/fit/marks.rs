//! Which plugins refuse which nodes, and which cannot judge them: columns of bits, so that a rule that looks at every node
//! writes little memory.

use super::plugin::Plugin;
use super::world::NodeIx;

/// Which plugins refuse a node, and which cannot judge it: one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks {
    pub(crate) refused: u16,
    pub(crate) unknown: u16,
}

/// The marks of all nodes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MarkSheet {
    refused: Vec<u16>,
    /// Empty until a plugin cannot judge a node: for most pods every plugin can judge all.
    unknown: Vec<u16>,
}

impl MarkSheet {
    /// Begins with what is refused of each node.
    pub(super) fn new(refused: Vec<u16>) -> MarkSheet {
        MarkSheet {
            refused,
            unknown: Vec::new(),
        }
    }

    /// Returns the marks of a node.
    pub fn of(&self, node: NodeIx) -> Marks {
        Marks {
            refused: self.refused[node.index()],
            unknown: self.unknown.get(node.index()).copied().unwrap_or_default(),
        }
    }

    /// Notes that a plugin refuses a node.
    pub(super) fn refuse(&mut self, node: NodeIx, plugin: Plugin) {
        self.refused[node.index()] |= plugin.bit();
    }

    /// Notes that a plugin cannot judge a node.
    pub(super) fn doubt(&mut self, node: NodeIx, plugin: Plugin) {
        if self.unknown.is_empty() {
            self.unknown = vec![0; self.refused.len()];
        }
        self.unknown[node.index()] |= plugin.bit();
    }

    /// Returns the refusals of all nodes, one bit for each plugin, to be added to.
    pub(super) fn refused(&mut self) -> &mut [u16] {
        &mut self.refused
    }
}
