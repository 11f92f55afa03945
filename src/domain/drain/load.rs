//! What pods ask for of the nodes that a drain changes, beside what these give: before it, and when everything that can
//! leave has left.

use std::collections::BTreeMap;

use crate::domain::fit::world::{NodeIx, World};

/// Amounts on one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    /// Thousandths of a CPU.
    pub milli_cpu: i64,
    /// Bytes.
    pub memory: i64,
    /// How many pods that have not finished.
    pub pods: i64,
}

/// What a drain does with a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Its pods leave.
    Drained,
    /// Replacements land on it, or pods of lower priority leave it for them.
    Receives,
}

/// One node before and after a drain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeLoad {
    /// Its name.
    pub node: String,
    /// What happens to it.
    pub part: Part,
    /// What it gives to pods.
    pub allocatable: Load,
    /// What pods ask for now.
    pub before: Load,
    /// What they ask for when all pods that can leave have left, once all missing flags are given.
    pub after: Load,
}

/// Keeps what nodes had before the first change to them.
#[derive(Debug, Default)]
pub(super) struct Loads {
    drained: Vec<NodeIx>,
    before: BTreeMap<NodeIx, Load>,
}

impl Loads {
    /// Notes a node that is about to be emptied.
    pub fn drain(&mut self, world: &World, node: NodeIx) {
        self.drained.push(node);
        self.touch(world, node);
    }

    /// Notes a node that is about to change.
    pub fn touch(&mut self, world: &World, node: NodeIx) {
        self.before
            .entry(node)
            .or_insert_with(|| requested(world, node));
    }

    /// Compares with how it is by now: drained nodes in the order given, then the others by name.
    pub fn compare(&self, world: &World) -> Vec<NodeLoad> {
        let others = self.before.keys();
        let others = others.filter(|node| !self.drained.contains(node));
        let mut others: Vec<NodeIx> = others.copied().collect();
        others.sort_by(|a, b| world.node(*a).object.name.cmp(&world.node(*b).object.name));
        let drained = self.drained.iter().map(|node| (*node, Part::Drained));
        let all = drained.chain(others.into_iter().map(|node| (node, Part::Receives)));
        all.map(|(node, part)| NodeLoad {
            node: world.node(node).object.name.clone(),
            part,
            allocatable: allocatable(world, node),
            before: self.before.get(&node).copied().unwrap_or_default(),
            after: requested(world, node),
        })
        .collect()
    }
}

fn requested(world: &World, node: NodeIx) -> Load {
    let used = &world.used[node.index()];
    Load {
        milli_cpu: used.milli_cpu,
        memory: used.memory,
        pods: i64::try_from(world.on_node[node.index()].len()).unwrap_or(i64::MAX),
    }
}

fn allocatable(world: &World, node: NodeIx) -> Load {
    let row = world.node(node);
    Load {
        milli_cpu: row.allocatable.milli_cpu,
        memory: row.allocatable.memory,
        pods: row.pod_limit,
    }
}
