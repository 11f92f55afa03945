//! What is free on each node, one column for each resource: a rule that looks at every node reads little memory that way.

use super::super::amount::Amounts;
use super::rows::{NodeIx, NodeRow};

/// Free amounts, by node; below 0 where a node is overcommitted.
#[derive(Debug, Clone, Default)]
pub struct Free {
    /// How many more pods the node takes.
    pub pods: Vec<i64>,
    /// Thousandths of a CPU.
    pub milli_cpu: Vec<i64>,
    /// Bytes.
    pub memory: Vec<i64>,
    /// Bytes.
    pub ephemeral_storage: Vec<i64>,
}

impl Free {
    /// What is free where no pods are.
    pub(super) fn of(nodes: &[NodeRow]) -> Free {
        let column = |of: fn(&NodeRow) -> i64| nodes.iter().map(of).collect();
        Free {
            pods: column(|node| node.pod_limit),
            milli_cpu: column(|node| node.allocatable.milli_cpu),
            memory: column(|node| node.allocatable.memory),
            ephemeral_storage: column(|node| node.allocatable.ephemeral_storage),
        }
    }

    /// Tells whether a node takes no more pods, or has too little for one that asks for these amounts; amounts of other
    /// resources are not looked at.
    pub fn lacks(&self, node: usize, asked: &Amounts) -> bool {
        let short = |asked: i64, free: &[i64]| least(asked) > free[node];
        short(1, &self.pods)
            || short(asked.milli_cpu, &self.milli_cpu)
            || short(asked.memory, &self.memory)
            || short(asked.ephemeral_storage, &self.ephemeral_storage)
    }

    /// Calls back with each node's place and whether it lacks, as [`Free::lacks`] says.
    pub fn each(&self, asked: &Amounts, mut call: impl FnMut(usize, bool)) {
        let (cpu, memory) = (least(asked.milli_cpu), least(asked.memory));
        let storage = least(asked.ephemeral_storage);
        let pods_and_cpu = self.pods.iter().zip(&self.milli_cpu);
        let others = self.memory.iter().zip(&self.ephemeral_storage);
        let rows = pods_and_cpu.zip(others).enumerate();
        for (at, ((free_pods, free_cpu), (free_memory, free_storage))) in rows {
            // Without a branch: which node is short follows no pattern.
            let lacks = (*free_pods < 1)
                | (cpu > *free_cpu)
                | (memory > *free_memory)
                | (storage > *free_storage);
            call(at, lacks);
        }
    }

    /// Works out a node's row; past 64 bits it wraps, as Go's does.
    pub(super) fn update(&mut self, node: NodeIx, row: &NodeRow, used: &Amounts, pods: usize) {
        let at = node.index();
        let pods = i64::try_from(pods).unwrap_or(i64::MAX);
        let offered = &row.allocatable;
        self.pods[at] = row.pod_limit.saturating_sub(pods);
        self.milli_cpu[at] = offered.milli_cpu.wrapping_sub(used.milli_cpu);
        self.memory[at] = offered.memory.wrapping_sub(used.memory);
        self.ephemeral_storage[at] = offered
            .ephemeral_storage
            .wrapping_sub(used.ephemeral_storage);
    }
}

/// The least that must be free: anything will do where nothing is asked for.
fn least(asked: i64) -> i64 {
    match asked > 0 {
        true => asked,
        false => i64::MIN,
    }
}
