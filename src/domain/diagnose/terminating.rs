//! Pods that were asked to go and are still there.

use super::containers::age;
use super::{Cause, Facts, Finding, NodeState, commands, node_finding};
use crate::domain::node::NodeHealth;
use crate::domain::pod::{Deletion, Pod};
use crate::domain::symptoms::{ContainerState, ContainerSymptom};

/// Seconds past the deadline within which a pod is still about to go.
const PATIENCE: i64 = 5;

pub(super) fn findings(facts: &Facts, deletion: &Deletion) -> Vec<Finding> {
    let pod = facts.pod;
    let left = deletion.timestamp.as_second() - facts.now.as_second();
    // A finished pod, and one that never got a node, have nothing left to end.
    let is_over = left <= -PATIENCE || pod.node.is_none() || pod.phase.is_finished();
    let mut findings: Vec<Finding> = node_finding(facts).into_iter().collect();
    if !is_over {
        findings.push(grace(pod, deletion, left));
        return findings;
    }
    let reports = !matches!(
        facts.node,
        NodeState::Gone | NodeState::Known(NodeHealth::Unreachable)
    );
    let late = age(deletion.timestamp, facts.now);
    let running: Vec<&ContainerSymptom> = still_running(pod).collect();
    if let Some(node) = pod
        .node
        .as_deref()
        .filter(|_| reports && !running.is_empty())
    {
        let names: Vec<&str> = running.iter().map(|one| one.name.as_str()).collect();
        let words = format!(
            "is ending, its grace is over for {late} and container {} still runs: the kubelet of {node} has not ended it",
            names.join(", ")
        );
        findings.push(Finding::new(
            Cause::SlowToEnd,
            words,
            commands::kubelet_log(node),
        ));
    }
    findings.extend(finalizers(pod, &late));
    findings.extend(attached(facts, &late));
    if findings.is_empty() {
        findings.push(leftover(pod, &late));
    }
    findings
}

fn still_running(pod: &Pod) -> impl Iterator<Item = &ContainerSymptom> {
    let containers = pod.symptoms.iter().flat_map(|s| &s.containers);
    containers.filter(|one| matches!(one.state, ContainerState::Running { .. }))
}

fn grace(pod: &Pod, deletion: &Deletion, left: i64) -> Finding {
    let granted = match deletion.grace_seconds {
        Some(seconds) => format!("its grace period of {seconds} s"),
        None => "its grace period".to_owned(),
    };
    let message = match left {
        1.. => format!("is ending: {granted} runs for {left} s more"),
        _ => format!("is ending: {granted} has just run out"),
    };
    let next = match still_running(pod).next() {
        Some(container) => commands::logs(pod, Some(&container.name)) + " -f",
        None => commands::get_pod(pod),
    };
    Finding::new(Cause::GraceRunning, message, next)
}

/// Finalizers are named and never taken off: whoever put one there has something to do first.
fn finalizers(pod: &Pod, late: &str) -> Option<Finding> {
    let names = &pod.symptoms.as_ref()?.finalizers;
    let message = match names.as_slice() {
        [] => return None,
        [one] => format!(
            "is ending for {late} past its grace: finalizer {one} holds it until its controller has done its work"
        ),
        several => format!(
            "is ending for {late} past its grace: finalizers {} hold it until their controllers have done their work",
            several.join(", ")
        ),
    };
    let next = commands::finalizers(pod);
    Some(Finding::new(Cause::Finalizer, message, next))
}

fn attached(facts: &Facts, late: &str) -> Option<Finding> {
    let volumes = match facts.attached {
        [] => return None,
        [one] => format!("volume {one} is"),
        several => format!("volumes {} are", several.join(", ")),
    };
    let node = facts.pod.node.as_deref()?;
    let message =
        format!("is ending for {late} past its grace and its {volumes} still attached to {node}");
    let next = format!("kubectl get volumeattachments | grep {node}");
    Some(Finding::new(Cause::VolumeAttached, message, next))
}

/// The containers have ended, nobody holds the object: the kubelet is cleaning up, or does not get on with it.
fn leftover(pod: &Pod, late: &str) -> Finding {
    let message = format!(
        "is ending for {late} past its grace, no container runs and no finalizer holds it: the kubelet has not finished \
         cleaning up"
    );
    let next = match pod.node.as_deref() {
        Some(node) => commands::kubelet_log(node),
        None => commands::describe_pod(pod),
    };
    Finding::new(Cause::SlowToEnd, message, next)
}
