//! What is free on each node, one column for each resource: a rule that looks at every node reads little memory that way.

use super::super::amount::Amounts;
use super::rows::{NodeIx, NodeRow};

/// Free amounts, by node; below 0 where a node is overcommitted.
#[derive(Debug, Clone, Default)]
pub struct Free {
    /// All bits of the entry are set where the node takes no more pods.
    full: Vec<u16>,
    /// Thousandths of a CPU.
    milli_cpu: Vec<i64>,
    /// Bytes.
    memory: Vec<i64>,
    /// Bytes.
    ephemeral_storage: Vec<i64>,
    span: Span,
}

/// How far from 0 amounts are, or ever were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Span {
    /// At most [`ORDINARY`]: the difference of two fits into 64 bits.
    #[default]
    Ordinary,
    /// Farther.
    Extreme,
}

/// 4 EiB, or as many thousandths of a CPU.
const ORDINARY: i64 = 1 << 62;

impl Free {
    /// What is free where no pods are.
    pub(super) fn of(nodes: &[NodeRow]) -> Free {
        let mut free = Free {
            full: vec![0; nodes.len()],
            milli_cpu: vec![0; nodes.len()],
            memory: vec![0; nodes.len()],
            ephemeral_storage: vec![0; nodes.len()],
            span: Span::Ordinary,
        };
        for (at, node) in nodes.iter().enumerate() {
            free.update(NodeIx::at(at), node, &Amounts::default(), 0);
        }
        free
    }

    /// Tells whether a node takes no more pods, or has too little for one that asks for these amounts; amounts of other
    /// resources are not looked at.
    pub fn lacks(&self, node: usize, asked: &Amounts) -> bool {
        let short = |asked: i64, free: &[i64]| asked > 0 && asked > free[node];
        self.full[node] != 0
            || short(asked.milli_cpu, &self.milli_cpu)
            || short(asked.memory, &self.memory)
            || short(asked.ephemeral_storage, &self.ephemeral_storage)
    }

    /// Sets a bit in the entry of each node that lacks, as [`Free::lacks`] says.
    pub fn mark(&self, asked: &Amounts, bit: u16, refused: &mut [u16]) {
        let most = asked
            .milli_cpu
            .max(asked.memory)
            .max(asked.ephemeral_storage);
        if self.span == Span::Extreme || most > ORDINARY {
            for (at, refused) in refused.iter_mut().enumerate() {
                *refused |= bit & mask(self.lacks(at, asked));
            }
            return;
        }
        for (refused, full) in refused.iter_mut().zip(&self.full) {
            *refused |= bit & full;
        }
        let (cpu, memory) = (least(asked.milli_cpu), least(asked.memory));
        let columns = self.milli_cpu.iter().zip(&self.memory);
        for (refused, (free_cpu, free_memory)) in refused.iter_mut().zip(columns) {
            *refused |= bit & sign((free_cpu - cpu) | (free_memory - memory));
        }
        if asked.ephemeral_storage > 0 {
            for (refused, free) in refused.iter_mut().zip(&self.ephemeral_storage) {
                *refused |= bit & sign(free - asked.ephemeral_storage);
            }
        }
    }

    /// Works out a node's row; past 64 bits it wraps, as Go's does.
    pub(super) fn update(&mut self, node: NodeIx, row: &NodeRow, used: &Amounts, pods: usize) {
        let at = node.index();
        let offered = &row.allocatable;
        let pods = i64::try_from(pods).unwrap_or(i64::MAX);
        self.full[at] = mask(pods >= row.pod_limit);
        self.milli_cpu[at] = offered.milli_cpu.wrapping_sub(used.milli_cpu);
        self.memory[at] = offered.memory.wrapping_sub(used.memory);
        self.ephemeral_storage[at] = offered
            .ephemeral_storage
            .wrapping_sub(used.ephemeral_storage);
        let ordinary = |free: &[i64]| (-ORDINARY..ORDINARY).contains(&free[at]);
        let columns = [&self.milli_cpu, &self.memory, &self.ephemeral_storage];
        if !columns.into_iter().all(|free| ordinary(free)) {
            // For good: it costs time alone, and hardly ever comes.
            self.span = Span::Extreme;
        }
    }
}

/// The least that must be free: anything will do where nothing is asked for.
fn least(asked: i64) -> i64 {
    match asked > 0 {
        true => asked,
        false => -ORDINARY,
    }
}

/// All bits where a number is below 0. To subtract and take the sign is half the work of a comparison of 64 bits, which
/// the processors that the program is built for cannot do on several numbers at once: 0.47 instead of 0.94 ns a node.
fn sign(number: i64) -> u16 {
    (number >> 63) as u16
}

fn mask(set: bool) -> u16 {
    match set {
        true => u16::MAX,
        false => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::object::node::NodeObject;
    use super::super::super::testing::{node, pod, resources, world};
    use super::*;

    fn roomy(name: &str, cpu: &str, memory: &str) -> NodeObject {
        NodeObject {
            allocatable: resources(&[
                ("cpu", cpu),
                ("memory", memory),
                ("ephemeral-storage", "10"),
                ("pods", "1"),
            ]),
            ..node(name)
        }
    }

    fn agrees(free: &Free, nodes: usize) {
        let edges = [
            i64::MIN,
            -ORDINARY,
            -1,
            0,
            1,
            9,
            10,
            11,
            4000,
            ORDINARY - 1,
            ORDINARY,
            ORDINARY + 1,
            i64::MAX,
        ];
        for cpu in edges {
            for memory in edges {
                for ephemeral_storage in edges {
                    let asked = Amounts {
                        milli_cpu: cpu,
                        memory,
                        ephemeral_storage,
                        scalars: Vec::new(),
                    };
                    let mut marks = vec![1; nodes];
                    free.mark(&asked, 4, &mut marks);
                    let lacks = |at| 1 | if free.lacks(at, &asked) { 4 } else { 0 };
                    assert_eq!(
                        marks,
                        (0..nodes).map(lacks).collect::<Vec<_>>(),
                        "{asked:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn columns_say_of_every_node_what_is_said_of_one() {
        let nodes = vec![
            roomy("a-1", "4", "10"),
            roomy("a-2", "0", "4611686018427387903"),
            roomy("a-3", "-1", "-4611686018427387904"),
        ];
        let mut closed = roomy("a-4", "4", "10");
        closed.allocatable.remove("pods");
        let (world, _) = world([nodes, vec![closed]].concat(), vec![pod("p")]);
        assert_eq!(world.free().span, Span::Ordinary);
        agrees(world.free(), 4);
    }

    #[test]
    fn amounts_near_the_end_of_64_bits_are_compared_too() {
        let nodes = vec![
            roomy("a-1", "4", "9223372036854775807"),
            roomy("a-2", "4", "-9223372036854775808"),
        ];
        let (world, _) = world(nodes, vec![pod("p")]);
        assert_eq!(world.free().span, Span::Extreme);
        agrees(world.free(), 2);
    }
}
