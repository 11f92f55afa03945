//! Pods that do not run yet: without a node, or on one that has not started them.

use super::{Cause, Facts, Finding, commands, containers, node_finding};
use crate::domain::fit::evaluate::{Verdict, evaluate};
use crate::domain::fit::event::summary;
use crate::domain::fit::profile::Profile;
use crate::domain::fit::world::{PodIx, World};

/// Where a pod without a node could go, by the scheduler's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    /// Nowhere; the scheduler's line about it.
    Nowhere(String),
    /// So many nodes take it.
    Fits(usize),
    /// Something that a rule asks for is not known.
    Unknown,
}

/// Asks the scheduler's rules about a pod of a world.
pub fn placement(world: &mut World, profile: &Profile, pod: PodIx) -> Placement {
    let evaluation = evaluate(world, profile, pod);
    let world = evaluation.context().world;
    let count = |wanted: Verdict| {
        let nodes = world.node_indexes();
        nodes
            .filter(|node| evaluation.verdict(*node) == wanted)
            .count()
    };
    if evaluation.prefilter.is_none() {
        match count(Verdict::Fits) {
            0 => {}
            fitting => return Placement::Fits(fitting),
        }
    }
    match summary(&evaluation) {
        Some(line) => Placement::Nowhere(line),
        None => Placement::Unknown,
    }
}

pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    if facts.pod.node.is_none() {
        return vec![unscheduled(facts)];
    }
    let mut findings: Vec<Finding> = node_finding(facts).into_iter().collect();
    findings.extend(containers::findings(facts.pod, facts.now));
    if findings.is_empty() {
        findings.push(Finding::new(
            Cause::ContainerCreating,
            "has a node, and its kubelet has not said anything about its containers yet",
            commands::describe_pod(facts.pod),
        ));
    }
    findings
}

fn unscheduled(facts: &Facts) -> Finding {
    let pod = facts.pod;
    let told = pod.symptoms.as_ref().and_then(|s| s.unscheduled.as_ref());
    if told.is_some_and(|told| told.reason == "SchedulingGated") {
        return Finding::new(
            Cause::SchedulingGated,
            "waits for its scheduling gates to be taken away; no scheduler looks at it before",
            format!(
                "kubectl get pod {} -n {} -o jsonpath='{{.spec.schedulingGates}}'",
                pod.id.name, pod.id.namespace
            ),
        );
    }
    let said = told.map(|told| told.message.as_str()).unwrap_or_default();
    let (message, next) = match (facts.placement, said) {
        (Some(Placement::Nowhere(line)), _) => {
            (format!("fits no node: {line}"), commands::fit(pod))
        }
        (Some(Placement::Fits(nodes)), "") => (
            format!("fits {nodes} of the nodes and no scheduler has placed it yet"),
            commands::describe_pod(pod),
        ),
        (Some(Placement::Fits(nodes)), said) => (
            format!("would fit {nodes} of the nodes now; the scheduler said last: {said}"),
            commands::fit(pod),
        ),
        (Some(Placement::Unknown) | None, "") => (
            "has no node, and no scheduler has said why".to_owned(),
            commands::fit(pod),
        ),
        (Some(Placement::Unknown) | None, said) => (
            format!("has no node; the scheduler says: {said}"),
            commands::fit(pod),
        ),
    };
    Finding::new(Cause::NotScheduled, message, next)
}
