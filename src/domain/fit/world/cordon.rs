//! Cordoning a node in thought.

use super::World;
use super::build::classify;
use super::rows::NodeIx;
use crate::domain::fit::object::node::Unschedulable;
use crate::domain::taint::{Effect, Taint};

/// The taint by which controllers keep pods off a cordoned node.
pub(in crate::domain::fit) const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

impl World {
    /// Cordons a node: marked unschedulable, with the taint that the node lifecycle controller then puts on it.
    ///
    /// Source: `pkg/controller/nodelifecycle`, `doNoScheduleTaintingPass`.
    pub fn cordon(&mut self, node: NodeIx) {
        self.cordon_all(&[node]);
    }

    /// Cordons nodes.
    pub fn cordon_all(&mut self, nodes: &[NodeIx]) {
        let taint = Taint {
            key: UNSCHEDULABLE.to_owned(),
            value: String::new(),
            effect: Effect::NoSchedule,
            time_added: None,
        };
        for node in nodes {
            let object = &mut self.nodes[node.index()].object;
            object.unschedulable = Unschedulable::Yes;
            if !object.taints.iter().any(|one| one.same_place(&taint)) {
                object.taints.push(taint.clone());
            }
        }
        classify(self);
        self.derived.forget_classes();
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::fit::evaluate::{Verdict, evaluate};
    use crate::domain::fit::testing::{node, pod, profile, world};

    #[test]
    fn a_node_cordoned_in_thought_refuses_and_its_like_do_not() {
        let (mut world, pod) = world(vec![node("a-1"), node("a-2")], vec![pod("p")]);
        let profile = profile();
        let nodes: Vec<_> = world.node_indexes().collect();
        assert_eq!(evaluate(&mut world, &profile, pod).feasible(), nodes);
        world.cordon(nodes[0]);
        world.cordon(nodes[0]);
        let evaluation = evaluate(&mut world, &profile, pod);
        assert_eq!(evaluation.verdict(nodes[0]), Verdict::Refused);
        assert_eq!(evaluation.feasible(), nodes[1..]);
        drop(evaluation);
        assert_eq!(world.nodes[0].object.taints.len(), 1);
    }
}
