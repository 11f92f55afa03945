//! TaintToleration: taints of effect NoSchedule and NoExecute keep out pods that do not tolerate them.

use super::Context;
use super::by_class::ByClass;
use super::object::toleration::Toleration;
use super::plugin::{Code, Plugin, Prepared, Refusal};
use super::world::NodeIx;
use crate::domain::taint::{Effect, Taint};

pub(super) fn prepare<'w>(cx: &Context<'w>) -> Prepared<'w> {
    let world = cx.world;
    let tolerations = cx.kind().spec.tolerations.as_slice();
    let taints = move |node: NodeIx| world.node(node).object.taints.as_slice();
    let refuses = move |node| untolerated(taints(node), tolerations).next().is_some();
    Prepared::Checks(Box::new(ByClass::new(world, refuses, move |node| {
        Refusal {
            plugin: Plugin::TaintToleration,
            code: Code::UnschedulableAndUnresolvable,
            reasons: vec!["node(s) had untolerated taint(s)".to_owned()],
            detail: detail(taints(node), tolerations),
        }
    })))
}

/// Returns the taints that keep a pod of these tolerations out.
pub(super) fn untolerated<'a>(
    taints: &'a [Taint],
    tolerations: &'a [Toleration],
) -> impl Iterator<Item = &'a Taint> {
    let keeps_out = |taint: &&Taint| taint.effect != Effect::PreferNoSchedule;
    let tolerated = |taint: &&Taint| tolerations.iter().any(|one| one.tolerates(taint));
    taints
        .iter()
        .filter(keeps_out)
        .filter(move |taint| !tolerated(taint))
}

fn detail(taints: &[Taint], tolerations: &[Toleration]) -> String {
    let each = untolerated(taints, tolerations).map(|taint| {
        let nearest = tolerations.iter().find(|one| one.key == taint.key);
        match nearest {
            Some(nearest) => {
                format!("taint {taint} is not tolerated (the nearest toleration is {nearest})")
            }
            None => format!("taint {taint} is not tolerated"),
        }
    });
    each.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::super::evaluate::tests::{refusals, refusing};
    use super::super::object::node::NodeObject;
    use super::super::object::pod::PodObject;
    use super::super::object::toleration::{Toleration, TolerationEffect, TolerationOperator};
    use super::super::plugin::Plugin;
    use super::super::testing::{node, pod};
    use crate::domain::taint::{Effect, Taint};

    fn tainted(value: &str, effect: Effect) -> NodeObject {
        let mut node = node("a-1");
        node.taints.push(Taint {
            key: "dedicated".to_owned(),
            value: value.to_owned(),
            effect,
            time_added: None,
        });
        node
    }

    fn tolerant(operator: TolerationOperator, value: &str, effect: TolerationEffect) -> PodObject {
        let mut pod = pod("p");
        pod.spec.tolerations.push(Toleration {
            key: "dedicated".to_owned(),
            operator,
            value: value.to_owned(),
            effect,
            seconds: None,
        });
        pod
    }

    #[test]
    fn preferred_taints_do_not_refuse() {
        let node = tainted("db", Effect::PreferNoSchedule);
        assert_eq!(refusing(vec![node], vec![pod("p")]), [vec![]]);
    }

    #[test]
    fn value_and_effect_must_fit() {
        use TolerationOperator::{Equal, Exists, Greater};
        let only = TolerationEffect::Only;
        let cases = [
            (tolerant(Equal, "db", TolerationEffect::Any), true),
            (tolerant(Equal, "web", TolerationEffect::Any), false),
            (tolerant(Exists, "", only(Effect::NoSchedule)), true),
            (tolerant(Exists, "", only(Effect::NoExecute)), false),
            (tolerant(Greater, "1", TolerationEffect::Any), false),
        ];
        for (pod, fits) in cases {
            let expected = if fits {
                vec![]
            } else {
                vec![Plugin::TaintToleration]
            };
            let tolerations = pod.spec.tolerations.clone();
            let found = refusing(vec![tainted("db", Effect::NoSchedule)], vec![pod]);
            assert_eq!(found, [expected], "{tolerations:?}");
        }
    }

    #[test]
    fn greater_and_less_are_not_compared_by_default() {
        let greater = tolerant(TolerationOperator::Greater, "1", TolerationEffect::Any);
        let found = refusing(vec![tainted("5", Effect::NoSchedule)], vec![greater]);
        assert_eq!(found, [vec![Plugin::TaintToleration]]);
    }

    #[test]
    fn a_limit_in_time_is_no_limit_for_scheduling() {
        let mut short = tolerant(TolerationOperator::Exists, "", TolerationEffect::Any);
        short.spec.tolerations[0].seconds = Some(0);
        let node = tainted("", Effect::NoExecute);
        assert_eq!(refusing(vec![node], vec![short]), [vec![]]);
    }

    #[test]
    fn the_detail_names_taint_and_nearest_toleration() {
        let pod = tolerant(TolerationOperator::Equal, "web", TolerationEffect::Any);
        let found = refusals(vec![tainted("db", Effect::NoSchedule)], vec![pod]);
        assert_eq!(
            found[0][0].detail,
            "taint dedicated=db:NoSchedule is not tolerated (the nearest toleration is dedicated=web)"
        );
    }

    #[test]
    fn a_cordoned_node_says_unschedulable_first() {
        let mut node = tainted("", Effect::NoSchedule);
        node.unschedulable = super::super::object::node::Unschedulable::Yes;
        let found = refusing(vec![node], vec![pod("p")]);
        assert_eq!(
            found,
            [vec![Plugin::NodeUnschedulable, Plugin::TaintToleration]]
        );
    }
}
