//! What a cordon alone keeps out: whether a cordoned node would take a pod if it were not cordoned.

use super::evaluate::{Evaluation, FirstRefusal};
use super::object::node::Unschedulable;
use super::plugin::{Plugin, Refusal};
use super::taint_toleration::untolerated;
use super::world::{NodeIx, UNSCHEDULABLE};

/// Tells whether nothing but its cordon keeps a pod off a node.
pub fn takes_when_open(evaluation: &Evaluation<'_>, node: NodeIx) -> bool {
    let cx = evaluation.context();
    let object = &cx.world.node(node).object;
    if object.unschedulable == Unschedulable::No
        || evaluation.prefilter.is_some()
        || evaluation.not_decided.is_some()
    {
        return false;
    }
    let tolerations = cx.kind().spec.tolerations.as_slice();
    let is_cordon = |refusal: &Refusal| match refusal.plugin {
        Plugin::NodeUnschedulable => true,
        Plugin::TaintToleration => {
            untolerated(&object.taints, tolerations).all(|taint| taint.key == UNSCHEDULABLE)
        }
        _ => false,
    };
    let report = evaluation.node(node);
    let left_out = matches!(report.first, Some(FirstRefusal::Narrowed { .. }));
    !left_out && report.unknown.is_empty() && report.refusals.iter().all(is_cordon)
}

#[cfg(test)]
mod tests {
    use super::super::evaluate::evaluate;
    use super::super::testing::{node, pod, profile, resources, world};
    use super::*;
    use crate::domain::taint::{Effect, Taint};

    fn open(change: impl FnOnce(&mut super::super::object::node::NodeObject)) -> bool {
        let mut node = node("a-1");
        change(&mut node);
        let mut pod = pod("p");
        pod.spec.containers[0].requests = resources(&[("cpu", "2")]);
        let (mut world, pod) = world(vec![node], vec![pod]);
        world.cordon(NodeIx::at(0));
        let profile = profile();
        let evaluation = evaluate(&mut world, &profile, pod);
        takes_when_open(&evaluation, NodeIx::at(0))
    }

    #[test]
    fn a_node_that_is_only_cordoned_would_take_the_pod() {
        assert!(open(|_| {}));
    }

    #[test]
    fn a_node_that_is_full_or_tainted_besides_would_not() {
        assert!(!open(|node| {
            node.allocatable = resources(&[("cpu", "1"), ("memory", "8Gi"), ("pods", "110")]);
        }));
        assert!(!open(|node| node.taints.push(Taint {
            key: "dedicated".to_owned(),
            value: "db".to_owned(),
            effect: Effect::NoSchedule,
            time_added: None,
        })));
    }
}
