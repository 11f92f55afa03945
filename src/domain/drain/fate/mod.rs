//! The fate of one pod in a drain, judged by itself: every reason that applies, not the first.
//!
//! The rules are kubectl's filters (`pkg/drain/filters.go`) with three differences: all reasons are kept, a controller
//! that is known to be gone counts as no controller for every kind (kubectl looks only at DaemonSets), and a DaemonSet
//! that may not be read is no obstacle when DaemonSet pods are ignored anyway. Budgets come in later, in `plan`.

#[cfg(test)]
mod tests;

use jiff::Timestamp;

use crate::domain::owner::{OwnerLookup, WorkloadState};
use crate::domain::pod::{LocalData, Origin, Pod};

use super::policy::{Consent, DaemonSetRule, DrainPolicy, Removal};

/// What a drain does with a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// Leaves through the eviction API, budgets permitting.
    Evict,
    /// Leaves without asking a budget: finished, already ending, or DELETE was asked for.
    Delete,
    /// Stays and is not waited for.
    Skip,
    /// Needs a flag that was not given.
    Refused,
    /// A budget or the server will not let it go.
    Blocked,
}

/// Names a rule that applies to a pod; the spelling is part of the JSON contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the contract's own and say it")]
pub enum ReasonCode {
    DaemonSet,
    Mirror,
    Finished,
    Terminating,
    Selector,
    LocalData,
    Unmanaged,
    OwnerGone,
    Budget,
    MultipleBudgets,
    BudgetStale,
    BudgetNotComputable,
    NoHealthyPod,
    UnhealthyProtected,
    NamespaceEnding,
    Unreadable,
}

/// Tells what a reason does to the pod's fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearing {
    /// Worth knowing; changes nothing.
    Note,
    /// The operator consented by a flag; kubectl prints a warning here.
    Consented,
    /// The pod stays.
    Skips,
    /// The pod needs a flag.
    Refuses,
    /// The pod cannot go, whatever flags are given.
    Blocks,
}

/// One reason for a pod's fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Which rule.
    pub code: ReasonCode,
    /// What it does here.
    pub bearing: Bearing,
    /// What it is about, in one line with the names and numbers.
    pub message: String,
    /// The next command or flag; empty where there is none.
    pub hint: String,
}

impl Reason {
    /// Builds a reason without a hint.
    pub fn new(code: ReasonCode, bearing: Bearing, message: impl Into<String>) -> Reason {
        Reason {
            code,
            bearing,
            message: message.into(),
            hint: String::new(),
        }
    }

    /// Adds the next command or flag.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Reason {
        self.hint = hint.into();
        self
    }
}

/// Tells whether a pod is made again after it left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Return {
    /// Its controller exists and makes a replacement.
    Comes,
    /// Nobody makes it again.
    Lost,
    /// Its owner could not be read or is of a kind that this program does not know.
    Unknown,
}

/// A pod's fate with everything that led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The outcome.
    pub fate: Fate,
    /// All reasons, in the order of the rules.
    pub reasons: Vec<Reason>,
    /// Whether the pod comes back.
    pub returns: Return,
}

/// Judges one pod; `owner` is what is known about the controller it names.
pub fn judge(
    pod: &Pod,
    owner: Option<&OwnerLookup>,
    policy: &DrainPolicy,
    now: Timestamp,
) -> Judgement {
    let reasons = skip_reason(pod, policy, now)
        .map(|reason| vec![reason])
        .unwrap_or_else(|| leave_reasons(pod, owner, policy));
    Judgement {
        fate: fate_of(pod, policy, &reasons),
        reasons,
        returns: returns(pod, owner),
    }
}

/// Returns the reason for which a pod is left alone before any other rule is asked.
fn skip_reason(pod: &Pod, policy: &DrainPolicy, now: Timestamp) -> Option<Reason> {
    let skip = |code, message: String| Some(Reason::new(code, Bearing::Skips, message));
    if let Some(selector) = &policy.pod_selector
        && !selector.matches(&pod.labels)
    {
        return skip(
            ReasonCode::Selector,
            "its labels do not match --pod-selector".to_owned(),
        );
    }
    if let Some(limit) = policy.skip_terminating_after
        && let Some(deletion) = &pod.deletion
        && now.duration_since(deletion.timestamp).as_secs() > limit.as_secs().cast_signed()
    {
        return skip(
            ReasonCode::Terminating,
            format!(
                "has DeletionTimestamp older than {} seconds",
                limit.as_secs()
            ),
        );
    }
    if pod.origin == Origin::Mirror {
        return skip(
            ReasonCode::Mirror,
            "is a mirror of a static pod: only its file on the node ends it".to_owned(),
        );
    }
    None
}

/// Returns every reason that applies to a pod which the drain would remove.
fn leave_reasons(pod: &Pod, owner: Option<&OwnerLookup>, policy: &DrainPolicy) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if pod.phase.is_finished() {
        reasons.push(Reason::new(
            ReasonCode::Finished,
            Bearing::Note,
            "has finished: no budget protects it",
        ));
    } else {
        reasons.extend(daemon_set_reason(pod, owner, policy));
        reasons.extend(local_data_reason(pod, policy));
        reasons.extend(host_path_reason(pod));
        reasons.extend(unmanaged_reason(pod, owner, policy));
    }
    if pod.is_terminating() {
        reasons.push(Reason::new(
            ReasonCode::Terminating,
            Bearing::Note,
            "is already ending: waited for, not evicted again",
        ));
    }
    reasons
}

fn daemon_set_reason(
    pod: &Pod,
    owner: Option<&OwnerLookup>,
    policy: &DrainPolicy,
) -> Option<Reason> {
    if !pod.is_daemon() {
        return None;
    }
    let name = pod.controller.as_ref().map_or("", |c| c.name.as_str());
    match (owner, policy.daemon_sets) {
        (Some(OwnerLookup::Gone), _) => None,
        (_, DaemonSetRule::Ignore) => Some(Reason::new(
            ReasonCode::DaemonSet,
            Bearing::Skips,
            format!("is managed by DaemonSet {name} and stays"),
        )),
        (Some(OwnerLookup::Unreadable { reason }), DaemonSetRule::Refuse) => Some(
            Reason::new(ReasonCode::Unreadable, Bearing::Refuses, reason.clone())
                .with_hint("--ignore-daemonsets"),
        ),
        (_, DaemonSetRule::Refuse) => Some(
            Reason::new(
                ReasonCode::DaemonSet,
                Bearing::Refuses,
                format!("is managed by DaemonSet {name}, which puts it back at once"),
            )
            .with_hint("--ignore-daemonsets"),
        ),
    }
}

fn local_data_reason(pod: &Pod, policy: &DrainPolicy) -> Option<Reason> {
    let volumes: Vec<String> = pod
        .local_data
        .iter()
        .filter(|data| data.is_deleted_with_pod())
        .map(LocalData::describe)
        .collect();
    if volumes.is_empty() || stays(pod, policy) {
        return None;
    }
    let message = format!("loses the data of emptyDir {}", volumes.join(", "));
    Some(consent_reason(
        ReasonCode::LocalData,
        policy.empty_dir,
        message,
        "--delete-emptydir-data",
    ))
}

/// What a hostPath holds is not deleted, and kubectl asks no consent for it; a replacement on another node starts without it.
/// That of a DaemonSet's pod comes back to the node.
fn host_path_reason(pod: &Pod) -> Option<Reason> {
    let volumes: Vec<String> = pod
        .local_data
        .iter()
        .filter(|data| !data.is_deleted_with_pod())
        .map(LocalData::describe)
        .collect();
    if volumes.is_empty() || pod.is_daemon() {
        return None;
    }
    let message = format!(
        "leaves hostPath {} behind on the node: a replacement elsewhere does not see that data",
        volumes.join(", ")
    );
    Some(Reason::new(ReasonCode::LocalData, Bearing::Note, message))
}

/// A DaemonSet pod that stays loses nothing.
fn stays(pod: &Pod, policy: &DrainPolicy) -> bool {
    pod.is_daemon() && policy.daemon_sets == DaemonSetRule::Ignore
}

fn unmanaged_reason(
    pod: &Pod,
    owner: Option<&OwnerLookup>,
    policy: &DrainPolicy,
) -> Option<Reason> {
    let Some(controller) = &pod.controller else {
        return Some(consent_reason(
            ReasonCode::Unmanaged,
            policy.unmanaged,
            "declares no controller: nobody makes it again".to_owned(),
            "--force",
        ));
    };
    let (kind, name) = (&controller.kind, &controller.name);
    match owner {
        Some(OwnerLookup::Gone) => Some(consent_reason(
            ReasonCode::OwnerGone,
            policy.unmanaged,
            format!("its {kind} {name} is gone: nobody makes it again"),
            "--force",
        )),
        Some(OwnerLookup::Unreadable { reason }) if !pod.is_daemon() => Some(Reason::new(
            ReasonCode::Unreadable,
            Bearing::Note,
            format!("its {kind} {name} could not be read: {reason}"),
        )),
        _ => None,
    }
}

fn consent_reason(code: ReasonCode, consent: Consent, message: String, flag: &str) -> Reason {
    match consent {
        Consent::Given => Reason::new(code, Bearing::Consented, message),
        Consent::Withheld => Reason::new(code, Bearing::Refuses, message).with_hint(flag),
    }
}

fn fate_of(pod: &Pod, policy: &DrainPolicy, reasons: &[Reason]) -> Fate {
    let has = |bearing| reasons.iter().any(|r| r.bearing == bearing);
    if has(Bearing::Skips) {
        Fate::Skip
    } else if has(Bearing::Refuses) {
        Fate::Refused
    } else if pod.phase.is_finished() || pod.is_terminating() || policy.removal == Removal::Delete {
        Fate::Delete
    } else {
        Fate::Evict
    }
}

/// Tells whether a pod comes back, from what is known about its controller.
pub(in crate::domain) fn returns(pod: &Pod, owner: Option<&OwnerLookup>) -> Return {
    if pod.controller.is_none() || pod.phase.is_finished() {
        return Return::Lost;
    }
    match owner {
        None | Some(OwnerLookup::Unreadable { .. }) => Return::Unknown,
        Some(OwnerLookup::Gone) => Return::Lost,
        Some(OwnerLookup::Found(workload)) => {
            let ending = workload.state == WorkloadState::Ending;
            if ending || workload.replicas == Some(0) {
                Return::Lost
            } else {
                Return::Comes
            }
        }
    }
}
