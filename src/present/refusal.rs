//! What a plan refuses and what it warns of, in kubectl's words and in one fixed order.

use crate::domain::drain::fate::{Bearing, Reason, ReasonCode};
use crate::domain::drain::plan::{NodePlan, PodPlan};

/// Returns kubectl's line for each kind of refusal on a node: `cannot delete ...: ns/a, ns/b`.
///
/// A pod is listed under each reason that applies to it; kubectl lists it under the first alone.
pub fn refusals(node: &NodePlan) -> Vec<String> {
    grouped(node, Bearing::Refuses, refusal_text)
        .into_iter()
        .map(|(text, pods)| format!("cannot delete {text}: {}", pods.join(", ")))
        .collect()
}

/// Returns kubectl's warning line for what the flags allow on a node; `None` where there is nothing to warn of.
pub fn warnings(node: &NodePlan) -> Option<String> {
    let mut groups = grouped(node, Bearing::Consented, warning_text);
    groups.extend(grouped(node, Bearing::Skips, |reason| {
        (reason.code == ReasonCode::DaemonSet).then(|| "ignoring DaemonSet-managed Pods".to_owned())
    }));
    let parts: Vec<String> = groups
        .into_iter()
        .map(|(text, pods)| format!("{text}: {}", pods.join(", ")))
        .collect();
    (!parts.is_empty()).then(|| format!("Warning: {}", parts.join("; ")))
}

/// Collects pods by the text of their reasons, in the order of the rules.
fn grouped(
    node: &NodePlan,
    bearing: Bearing,
    text: impl Fn(&Reason) -> Option<String>,
) -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<(ReasonCode, String, Vec<String>)> = Vec::new();
    for pod in &node.pods {
        for (code, text) in texts(pod, bearing, &text) {
            match groups.iter_mut().find(|(_, known, _)| *known == text) {
                Some((_, _, pods)) => pods.push(pod.pod.id.path()),
                None => groups.push((code, text, vec![pod.pod.id.path()])),
            }
        }
    }
    groups.sort_by(|a, b| (rank(a.0), &a.1).cmp(&(rank(b.0), &b.1)));
    groups
        .into_iter()
        .map(|(_, text, pods)| (text, pods))
        .collect()
}

fn texts(
    pod: &PodPlan,
    bearing: Bearing,
    text: impl Fn(&Reason) -> Option<String>,
) -> Vec<(ReasonCode, String)> {
    pod.reasons
        .iter()
        .filter(|reason| reason.bearing == bearing)
        .filter_map(|reason| Some((reason.code, text(reason)?)))
        .collect()
}

fn rank(code: ReasonCode) -> u8 {
    match code {
        ReasonCode::DaemonSet => 0,
        ReasonCode::Unmanaged => 1,
        ReasonCode::OwnerGone => 2,
        ReasonCode::LocalData => 3,
        _ => 4,
    }
}

fn refusal_text(reason: &Reason) -> Option<String> {
    Some(match reason.code {
        ReasonCode::DaemonSet => {
            "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)".to_owned()
        }
        ReasonCode::LocalData => {
            "Pods with local storage (use --delete-emptydir-data to override)".to_owned()
        }
        ReasonCode::Unmanaged => {
            "Pods that declare no controller (use --force to override)".to_owned()
        }
        ReasonCode::OwnerGone => {
            "Pods whose controller is gone (use --force to override)".to_owned()
        }
        // The server's own words.
        _ => reason.message.clone(),
    })
}

fn warning_text(reason: &Reason) -> Option<String> {
    Some(match reason.code {
        ReasonCode::LocalData => "deleting Pods with local storage".to_owned(),
        ReasonCode::Unmanaged => "deleting Pods that declare no controller".to_owned(),
        ReasonCode::OwnerGone => "deleting Pods whose controller is gone".to_owned(),
        _ => return None,
    })
}
