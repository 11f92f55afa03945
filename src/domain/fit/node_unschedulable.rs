//! NodeUnschedulable: cordoned nodes take only pods that tolerate the cordon's taint.

use super::Context;
use super::by_class::ByClass;
use super::object::node::Unschedulable;
use super::plugin::{Code, Plugin, Prepared, Refusal};
use crate::domain::taint::Effect;

/// The taint that stands for a cordon; a toleration of it lets a pod in although only the field is set.
const CORDON_KEY: &str = "node.kubernetes.io/unschedulable";

pub(super) fn prepare<'w>(cx: &Context<'w>) -> Prepared<'w> {
    let tolerations = &cx.kind().spec.tolerations;
    if tolerations
        .iter()
        .any(|one| one.covers(CORDON_KEY, "", Effect::NoSchedule))
    {
        return Prepared::Skipped;
    }
    let world = cx.world;
    let cordoned = |node| world.node(node).object.unschedulable == Unschedulable::Yes;
    Prepared::Checks(Box::new(ByClass::new(world, cordoned, |_| Refusal {
        plugin: Plugin::NodeUnschedulable,
        code: Code::UnschedulableAndUnresolvable,
        reasons: vec!["node(s) were unschedulable".to_owned()],
        detail: format!(
            "the node is cordoned and the pod does not tolerate {CORDON_KEY}:NoSchedule"
        ),
    })))
}

#[cfg(test)]
mod tests {
    use super::super::evaluate::tests::refusing;
    use super::super::object::node::Unschedulable;
    use super::super::object::toleration::{Toleration, TolerationEffect, TolerationOperator};
    use super::super::plugin::Plugin;
    use super::super::testing::{node, pod};

    #[test]
    fn a_cordon_refuses_unless_its_taint_is_tolerated() {
        let mut cordoned = node("a-1");
        cordoned.unschedulable = Unschedulable::Yes;
        assert_eq!(
            refusing(vec![cordoned.clone()], vec![pod("p")]),
            [vec![Plugin::NodeUnschedulable]]
        );
        let mut tolerant = pod("p");
        tolerant.spec.tolerations.push(Toleration {
            key: String::new(),
            operator: TolerationOperator::Exists,
            value: String::new(),
            effect: TolerationEffect::Any,
            seconds: None,
        });
        assert_eq!(refusing(vec![cordoned], vec![tolerant]), [vec![]]);
    }

    #[test]
    fn conditions_without_a_taint_keep_no_pod_away() {
        let mut ill = node("a-1");
        let conditions = [("Ready", "False"), ("DiskPressure", "True")];
        ill.conditions = conditions
            .map(|(of, is)| (of.to_owned(), is.to_owned()))
            .into();
        assert_eq!(refusing(vec![ill], vec![pod("p")]), [vec![]]);
    }
}
