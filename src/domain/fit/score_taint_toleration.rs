//! TaintToleration's score: fewer PreferNoSchedule taints that the pod does not tolerate are better.
//!
//! Source: `plugins/tainttoleration/taint_toleration.go`.

use super::Context;
use super::score::{Order, normalised};
use super::world::NodeIx;
use crate::domain::taint::Effect;

/// Returns 0 to 100 for each node; the scheduler never skips this score.
pub(super) fn scores(cx: &Context<'_>, feasible: &[NodeIx]) -> Option<Vec<i64>> {
    let tolerations = &cx.kind().spec.tolerations;
    let untolerated = |node: NodeIx| {
        let taints = cx.world.node(node).object.taints.iter();
        let soft = taints.filter(|taint| taint.effect == Effect::PreferNoSchedule);
        let count = soft
            .filter(|taint| {
                !tolerations
                    .iter()
                    .any(|toleration| toleration.tolerates(taint))
            })
            .count();
        count as i64
    };
    let classes = cx.world.classes.iter();
    let by_class: Vec<_> = classes.map(|class| untolerated(class.example)).collect();
    let raw = feasible
        .iter()
        .map(|node| by_class[cx.world.class_of(*node)]);
    Some(normalised(raw.collect(), Order::LessIsBetter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fit::object::toleration::{
        Toleration, TolerationEffect, TolerationOperator,
    };
    use crate::domain::fit::testing::{node, pod, profile, world};
    use crate::domain::taint::Taint;

    fn judged(effect: TolerationEffect) -> Vec<i64> {
        let taint = |key: &str, effect| Taint {
            key: key.to_owned(),
            value: String::new(),
            effect,
            time_added: None,
        };
        let mut one = node("a-1");
        one.taints = vec![taint("x", Effect::PreferNoSchedule)];
        let mut two = node("a-2");
        two.taints = vec![
            taint("x", Effect::PreferNoSchedule),
            taint("y", Effect::PreferNoSchedule),
            taint("z", Effect::NoSchedule),
        ];
        let mut judged = pod("p");
        judged.spec.tolerations = vec![Toleration {
            key: "y".to_owned(),
            operator: TolerationOperator::Exists,
            value: String::new(),
            effect,
            seconds: None,
        }]
        .into();
        let (world, pod) = world(vec![one, two, node("a-3")], vec![judged]);
        let profile = profile();
        let cx = Context {
            world: &world,
            profile: &profile,
            pod,
            added: &[],
        };
        let feasible: Vec<_> = world.node_indexes().collect();
        scores(&cx, &feasible).expect("never skipped")
    }

    #[test]
    fn only_soft_taints_count() {
        let other = TolerationEffect::Only(Effect::NoSchedule);
        assert_eq!(judged(other), [50, 0, 100]);
    }

    #[test]
    fn a_toleration_without_effect_covers_soft_taints_too() {
        assert_eq!(judged(TolerationEffect::Any), [0, 0, 100]);
    }
}
