//! Putting pods on nodes and taking them away, with every sum kept true.

use super::super::object::pod::Life;
use super::World;
use super::rows::{NodeIx, Place, PodIx, Standing};

impl World {
    /// Puts a pod on a node; one that is elsewhere is taken away first.
    pub fn place(&mut self, pod: PodIx, node: NodeIx) {
        self.take_away(pod);
        self.count(pod, node, Step::In);
        self.on_node[node.index()].push(pod);
        self.pods[pod.index()].place = Place::On(node);
    }

    /// Takes a pod off its node and returns that node; `None` where it was on none.
    pub fn take_away(&mut self, pod: PodIx) -> Option<NodeIx> {
        let place = std::mem::replace(&mut self.pods[pod.index()].place, Place::Pending);
        let Place::On(node) = place else {
            return None;
        };
        self.count(pod, node, Step::Out);
        self.on_node[node.index()].retain(|other| *other != pod);
        Some(node)
    }

    /// Takes a pod off its node for good and lets its row stand for the pod that follows it; returns that node.
    pub fn succeed(&mut self, pod: PodIx) -> Option<NodeIx> {
        let node = self.take_away(pod);
        self.pods[pod.index()].standing = Standing::Successor;
        node
    }

    fn count(&mut self, pod: PodIx, node: NodeIx, step: Step) {
        let row = &self.pods[pod.index()];
        let used = &mut self.used[node.index()];
        let non_zero = &mut self.non_zero[node.index()];
        let members = self.kinds[row.kind.index()]
            .members
            .entry(node)
            .or_default();
        let count = match row.life {
            Life::Active => &mut members.active,
            Life::Terminating => &mut members.terminating,
        };
        let (cpu, memory) = (row.usage.non_zero_cpu, row.usage.non_zero_memory);
        match step {
            Step::In => {
                used.add(&row.usage.amounts);
                *non_zero = (
                    non_zero.0.wrapping_add(cpu),
                    non_zero.1.wrapping_add(memory),
                );
                *count += 1;
            }
            Step::Out => {
                used.subtract(&row.usage.amounts);
                *non_zero = (
                    non_zero.0.wrapping_sub(cpu),
                    non_zero.1.wrapping_sub(memory),
                );
                *count = count.saturating_sub(1);
            }
        }
        if members.all() == 0 {
            self.kinds[row.kind.index()].members.remove(&node);
        }
    }
}

#[derive(Clone, Copy)]
enum Step {
    In,
    Out,
}
