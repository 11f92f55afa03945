//! The line that the scheduler writes in its FailedScheduling event, without what preemption adds to it.
//!
//! Source: `framework.FitError.Error`.

use std::collections::BTreeMap;

use super::evaluate::{Evaluation, Verdict};

/// Returns the line, or `None` where the pod fits somewhere or may fit, or a reason may be worded otherwise.
pub fn summary(evaluation: &Evaluation<'_>) -> Option<String> {
    let world = evaluation.context().world;
    if world.nodes.is_empty() {
        return Some("no nodes available to schedule pods".to_owned());
    }
    let head = format!("0/{} nodes are available:", world.nodes.len());
    if let Some(refusal) = &evaluation.prefilter {
        return Some(format!("{head} {}.", refusal.reasons.join(", ")));
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for node in world.node_indexes() {
        if evaluation.verdict(node) != Verdict::Refused {
            return None;
        }
        let report = evaluation.node(node);
        let first = report.first?;
        if report
            .unknown
            .iter()
            .any(|gap| gap.rule == first.plugin_name())
        {
            return None;
        }
        for reason in first.reasons() {
            *counts.entry(reason).or_default() += 1;
        }
    }
    let mut parts: Vec<String> = counts
        .iter()
        .map(|(reason, count)| format!("{count} {reason}"))
        .collect();
    // As plain text: `10 ...` stands before `2 ...`.
    parts.sort();
    Some(format!("{head} {}.", parts.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::super::evaluate::evaluate;
    use super::super::object::node::Unschedulable;
    use super::super::plugin::Plugin;
    use super::super::storage_testing::pod_with;
    use super::super::testing::{node, pod, profile, resources, world};
    use super::*;

    #[test]
    fn a_refusal_of_all_nodes_at_once_is_not_counted_and_the_first_final_one_stands() {
        let claiming = pod_with("p", &["gone"]);
        let (mut world, pod) = world(vec![node("a-1"), node("b-1")], vec![claiming]);
        let profile = profile();
        let evaluation = evaluate(&mut world, &profile, pod);
        let prefilter = evaluation.prefilter.as_ref().unwrap();
        assert_eq!(prefilter.plugin, Plugin::VolumeRestrictions);
        assert_eq!(
            summary(&evaluation).unwrap(),
            "0/2 nodes are available: persistentvolumeclaim \"gone\" not found."
        );
    }

    #[test]
    fn without_nodes_there_is_a_line_of_its_own() {
        let (mut world, pod) = world(vec![], vec![pod("p")]);
        let profile = profile();
        assert_eq!(
            summary(&evaluate(&mut world, &profile, pod)).unwrap(),
            "no nodes available to schedule pods"
        );
    }

    #[test]
    fn reasons_are_counted_and_sorted_as_text() {
        let mut cordoned = node("a-1");
        cordoned.unschedulable = Unschedulable::Yes;
        let mut large = pod("p");
        large.spec.containers[0].requests = resources(&[("cpu", "9"), ("memory", "99Gi")]);
        let (mut world, pod) = world(vec![cordoned, node("b-1"), node("c-1")], vec![large]);
        let profile = profile();
        let evaluation = evaluate(&mut world, &profile, pod);
        assert_eq!(
            summary(&evaluation).unwrap(),
            "0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu, 2 Insufficient memory."
        );
    }
}
