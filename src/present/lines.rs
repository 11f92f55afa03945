//! A drain in kubectl's lines: what kubectl also says is said word for word, because scripts look for it.
//!
//! Additional lines go to standard error and name node, namespace and cause, which kubectl leaves out.

use crate::domain::drain::policy::Removal;
use crate::domain::pod::PodRef;
use crate::engine::event::{Event, EventKind, WaitingFor};

/// One line and the stream that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Standard output.
    Out(String),
    /// Standard error.
    Err(String),
}

/// Returns the lines of an event.
pub fn lines(event: &Event) -> Vec<Line> {
    let node = event.node.as_deref().unwrap_or_default();
    match &event.kind {
        EventKind::Cordoned => out(format!("node/{node} cordoned")),
        EventKind::AlreadyCordoned { mark } => already_cordoned(node, mark.as_deref()),
        EventKind::CordonFailed { message } => err(format!(
            "error: unable to cordon node \"{node}\": {message}"
        )),
        EventKind::Evicting { pod, removal } => match removal {
            Removal::Evict => out(format!("evicting pod {}", pod.path())),
            // kubectl says nothing when it sends a DELETE.
            Removal::Delete => Vec::new(),
        },
        EventKind::Blocked {
            pod,
            message,
            cause,
            ..
        } => blocked(node, pod, message, cause),
        EventKind::Throttled {
            pod,
            retry_after,
            message,
        }
        | EventKind::Retrying {
            pod,
            retry_after,
            message,
        } => err(will_retry(pod, retry_after.as_secs(), message)),
        EventKind::Denied { pod, by, message } => denied(node, pod, by.as_deref(), message),
        EventKind::NamespaceEnding { pod, message } => err(format!(
            "error when evicting pod \"{}\" from terminating namespace \"{}\" (will retry after 5s): {message}",
            pod.name, pod.namespace
        )),
        EventKind::Replaced { pod } => err(format!(
            "pod {} on node {node} was replaced by another of that name, which is left alone",
            pod.path()
        )),
        EventKind::Gone { pod, removal } => out(format!(
            "pod/{} {}",
            pod.name,
            match removal {
                Removal::Evict => "evicted",
                Removal::Delete => "deleted",
            }
        )),
        EventKind::NotAwaited { pod, limit_seconds } => out(format!(
            "pod \"{}\" has DeletionTimestamp older than {limit_seconds} seconds, skipping",
            pod.name
        )),
        EventKind::Failed { pod, message } => err(format!(
            "pod {} on node {node} cannot be removed: {message}",
            pod.path()
        )),
        EventKind::Degraded { message } => err(format!("warning: node {node}: {message}")),
        EventKind::Waiting { pods } => heartbeat(node, pods),
        EventKind::NodeDrained => out(format!("node/{node} drained")),
        EventKind::NodeFailed { errors, remaining } => node_failed(node, errors, remaining),
        EventKind::Restored => out(format!("node/{node} uncordoned")),
        // The plan was shown before, an accepted request is followed by the pod's going, a pod that is only held back
        // is named by the sign of life, and the command itself tells how an interrupted or finished run stands.
        EventKind::Planned { .. }
        | EventKind::Accepted { .. }
        | EventKind::Held { .. }
        | EventKind::Interrupted { .. }
        | EventKind::Summary(_) => Vec::new(),
    }
}

/// Joins causes as kubectl's aggregated errors do: brackets only around several.
pub fn aggregate(errors: &[String]) -> String {
    match errors {
        [only] => only.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}

/// Returns the line with which kubectl gives a node up.
pub fn unable_to_drain(node: &str, errors: &[String]) -> String {
    format!(
        "error: unable to drain node \"{node}\" due to error: {}, continuing command...",
        aggregate(errors)
    )
}

/// Returns kubectl's last lines after a drain that left nodes behind: the nodes, then their errors once more.
pub fn pending_nodes(failed: &[(String, Vec<String>)]) -> Vec<String> {
    if failed.is_empty() {
        return Vec::new();
    }
    let mut lines = vec!["There are pending nodes to be drained:".to_owned()];
    lines.extend(failed.iter().map(|(node, _)| format!(" {node}")));
    match failed {
        [(_, errors)] => lines.extend(errors.iter().cloned()),
        several => lines.extend(several.iter().map(|(_, errors)| aggregate(errors))),
    }
    lines
}

/// Says in a few words what a pod waits for.
pub fn waiting_text(waiting: &WaitingFor) -> String {
    match waiting {
        WaitingFor::Turn => "waits for its turn".to_owned(),
        WaitingFor::Budget { message, .. } => message.clone(),
        WaitingFor::Termination { stuck, .. } if !stuck.is_empty() => {
            let stuck = stuck.iter();
            let told: Vec<String> = stuck
                .map(|finding| format!("{} -> {}", finding.message, finding.next))
                .collect();
            told.join("; ")
        }
        WaitingFor::Termination {
            grace_left_seconds: Some(left),
            ..
        } if *left > 0 => format!("is ending, at most {left} s more"),
        WaitingFor::Termination {
            grace_left_seconds: Some(left),
            ..
        } if *left < 0 => format!("should have ended {} s ago", -left),
        WaitingFor::Termination { .. } => "is ending".to_owned(),
        WaitingFor::Retry { message } => message.clone(),
    }
}

fn out(line: String) -> Vec<Line> {
    vec![Line::Out(line)]
}

fn err(line: String) -> Vec<Line> {
    vec![Line::Err(line)]
}

fn already_cordoned(node: &str, mark: Option<&str>) -> Vec<Line> {
    let mut lines = out(format!("node/{node} already cordoned"));
    lines.extend(mark.map(|mark| Line::Err(format!("node {node}: {mark}"))));
    lines
}

fn will_retry(pod: &PodRef, seconds: u64, message: &str) -> String {
    format!(
        "error when evicting pods/\"{}\" -n \"{}\" (will retry after {seconds}s): {message}",
        pod.name, pod.namespace
    )
}

fn blocked(node: &str, pod: &PodRef, message: &str, cause: &str) -> Vec<Line> {
    // Five seconds is the longest: a change of the budget comes first.
    let mut lines = err(will_retry(pod, 5, message));
    if cause != message {
        lines.push(Line::Err(format!(
            "pod {} on node {node} waits: {cause}",
            pod.path()
        )));
    }
    lines
}

fn denied(node: &str, pod: &PodRef, by: Option<&str>, message: &str) -> Vec<Line> {
    let by = by.map_or_else(
        || "an admission rule".to_owned(),
        |name| format!("\"{name}\""),
    );
    err(format!(
        "pod {} on node {node} was denied eviction by {by}, will be asked again: {message}",
        pod.path()
    ))
}

fn heartbeat(node: &str, pods: &[(PodRef, WaitingFor)]) -> Vec<Line> {
    let mut lines = err(format!("node {node}: {} still there", count(pods.len())));
    lines.extend(
        pods.iter().map(|(pod, waiting)| {
            Line::Err(format!("  {}: {}", pod.path(), waiting_text(waiting)))
        }),
    );
    lines
}

/// Returns a number of pods in words.
pub fn count(pods: usize) -> String {
    match pods {
        1 => "1 pod".to_owned(),
        n => format!("{n} pods"),
    }
}

fn node_failed(node: &str, errors: &[String], remaining: &[PodRef]) -> Vec<Line> {
    let mut lines = Vec::new();
    if !remaining.is_empty() {
        lines.extend(err(format!(
            "There are pending pods in node \"{node}\" when an error occurred: {}",
            aggregate(errors)
        )));
        lines.extend(
            remaining
                .iter()
                .map(|pod| Line::Err(format!("pod/{}", pod.name))),
        );
    }
    lines.extend(err(unable_to_drain(node, errors)));
    lines
}
