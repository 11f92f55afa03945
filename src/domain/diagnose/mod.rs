//! Why a pod is stuck, or is not what it should be: the reasons, gravest first, each with the next command to type.
//!
//! A pure function of what is known about one pod, its node and its budgets, so that a description of a node, a plan and
//! a drain that waits give the same answer. Each phase has rules of its own; a pod that is being deleted is judged by
//! that alone, whatever its phase.

mod commands;
mod containers;
mod pending;
mod terminating;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::budget::{Budget, Standing, Surroundings};
use super::node::NodeHealth;
use super::pod::{Phase, Pod, Readiness};

pub use pending::{Placement, placement};

/// Names what is wrong; the spelling is part of the JSON contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the contract's own and say it")]
pub enum Cause {
    GraceRunning,
    Finalizer,
    VolumeAttached,
    KubeletGone,
    NodeGone,
    SlowToEnd,
    NotScheduled,
    SchedulingGated,
    ImagePull,
    CrashLoop,
    ContainerConfig,
    ContainerCreating,
    ContainerEnded,
    InitContainer,
    NotReady,
    ReadinessGate,
    HeldByOwnBudget,
    Evicted,
    Finished,
    PhaseUnknown,
}

/// One thing that is wrong with a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub cause: Cause,
    /// One line that follows the pod's name.
    pub message: String,
    /// The next command.
    pub next: String,
}

impl Finding {
    fn new(cause: Cause, message: impl Into<String>, next: String) -> Finding {
        Finding {
            cause,
            message: message.into(),
            next,
        }
    }
}

/// The node that a pod is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeState {
    /// Its `Ready` condition.
    Known(NodeHealth),
    /// There is no such node.
    Gone,
    /// It was not read.
    NotRead,
}

/// Where pods without a node could go, by their UIDs.
pub type Placements = BTreeMap<String, Placement>;

/// What is known about a pod.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// The pod.
    pub pod: &'a Pod,
    /// Its node.
    pub node: NodeState,
    /// The volumes of its claims that are still attached to the node, by name.
    pub attached: &'a [String],
    /// Where it could go, for a pod without a node; `None` where nobody asked the scheduler's rules.
    pub placement: Option<&'a Placement>,
    /// The budgets that select it.
    pub budgets: &'a [&'a Budget],
    /// When all this was so.
    pub now: Timestamp,
}

impl<'a> Facts<'a> {
    /// Begins with a pod and a time; nothing is known of the rest.
    pub fn new(pod: &'a Pod, now: Timestamp) -> Facts<'a> {
        Facts {
            pod,
            node: NodeState::NotRead,
            attached: &[],
            placement: None,
            budgets: &[],
            now,
        }
    }
}

/// Says what is wrong with a pod; nothing of one that runs and is ready.
pub fn diagnose(facts: &Facts) -> Vec<Finding> {
    let pod = facts.pod;
    if let Some(deletion) = &pod.deletion {
        return terminating::findings(facts, deletion);
    }
    match pod.phase {
        Phase::Pending => pending::findings(facts),
        Phase::Running => running(facts),
        Phase::Succeeded => vec![Finding::new(
            Cause::Finished,
            "has finished: all its containers ended well, and the object stays until somebody deletes it",
            commands::logs(pod, None),
        )],
        Phase::Failed => failed(facts),
        Phase::Unknown => vec![unknown(facts)],
    }
}

/// Says whether a node cannot tell what its pods do; `None` where it can.
fn node_finding(facts: &Facts) -> Option<Finding> {
    let node = facts.pod.node.as_deref()?;
    match facts.node {
        NodeState::Known(NodeHealth::Unreachable) => Some(Finding::new(
            Cause::KubeletGone,
            format!(
                "its node {node} does not report: nobody knows what the pod does, and nobody can end it"
            ),
            commands::describe_node(node),
        )),
        NodeState::Gone => Some(Finding::new(
            Cause::NodeGone,
            format!("its node {node} is gone: the pod garbage collector removes the pod"),
            commands::get_pod(facts.pod),
        )),
        NodeState::Known(NodeHealth::Ready | NodeHealth::NotReady) | NodeState::NotRead => None,
    }
}

fn running(facts: &Facts) -> Vec<Finding> {
    let mut findings: Vec<Finding> = node_finding(facts).into_iter().collect();
    if facts.pod.readiness == Readiness::Ready {
        return findings;
    }
    findings.extend(containers::findings(facts.pod, facts.now));
    findings.extend(closed_gates(facts.pod));
    if findings.is_empty() {
        findings.push(Finding::new(
            Cause::NotReady,
            "runs and is not ready",
            commands::describe_pod(facts.pod),
        ));
    }
    findings.extend(own_budget(facts));
    findings
}

fn closed_gates(pod: &Pod) -> Option<Finding> {
    let gates = &pod.symptoms.as_ref()?.closed_gates;
    if gates.is_empty() {
        return None;
    }
    let message = format!(
        "its containers are ready, but nobody has set readiness gate {} to True",
        gates.join(" and ")
    );
    let next = commands::describe_pod(pod);
    Some(Finding::new(Cause::ReadinessGate, message, next))
}

/// An unready pod can keep closed the very budget that keeps it from leaving for a place where it would run.
fn own_budget(facts: &Facts) -> Option<Finding> {
    let holds = |budget: &&&Budget| {
        let standing = budget.standing(&Surroundings::default());
        let closed = !matches!(standing, Standing::Open(_) | Standing::Stale);
        closed && !budget.lets_go_free(facts.pod)
    };
    let budget = facts.budgets.iter().find(holds)?;
    let message = format!(
        "{}: while the pod is not ready it keeps the budget closed, and the budget keeps the pod here",
        budget.numbers()
    );
    let next = budget.always_allow_command();
    Some(Finding::new(Cause::HeldByOwnBudget, message, next))
}

fn failed(facts: &Facts) -> Vec<Finding> {
    let pod = facts.pod;
    let symptoms = pod.symptoms.as_deref();
    if let Some(told) = symptoms.map(|s| &s.status).filter(|t| !t.reason.is_empty()) {
        let cause = match told.reason.as_str() {
            "Evicted" => Cause::Evicted,
            _ => Cause::Finished,
        };
        let message = match told.message.is_empty() {
            true => format!("has failed: {}", told.reason),
            false => format!("has failed: {}: {}", told.reason, told.message),
        };
        return vec![Finding::new(cause, message, commands::describe_pod(pod))];
    }
    let ended = containers::findings(pod, facts.now);
    if ended.is_empty() {
        return vec![Finding::new(
            Cause::Finished,
            "has failed, and nothing says how its containers ended",
            commands::describe_pod(pod),
        )];
    }
    ended
}

fn unknown(facts: &Facts) -> Finding {
    let words = "its phase is Unknown: its kubelet has not told what it does";
    let next = match facts.pod.node.as_deref() {
        Some(node) => commands::describe_node(node),
        None => commands::describe_pod(facts.pod),
    };
    match node_finding(facts) {
        Some(found) => Finding::new(
            Cause::PhaseUnknown,
            format!("{words}; {}", found.message),
            next,
        ),
        None => Finding::new(Cause::PhaseUnknown, words, next),
    }
}
