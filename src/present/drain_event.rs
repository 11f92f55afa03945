//! The JSON of a running drain: one `DrainEvent` document a line, names and values as `schemas/` fixes them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::drain::policy::Removal;
use crate::domain::pod::PodRef;
use crate::engine::event::{Event, EventKind, NodeEnd, Summary};

use super::lines::waiting_text;

/// One line of `drain -o json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DrainEvent {
    /// Always `nodemaint.dev/v1alpha1`.
    #[schemars(extend("const" = "nodemaint.dev/v1alpha1"))]
    pub api_version: String,
    /// Always `DrainEvent`.
    #[schemars(extend("const" = "DrainEvent"))]
    pub kind: String,
    /// RFC 3339 with milliseconds, UTC.
    pub time: String,
    /// The node; absent for what concerns the whole run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// What happened.
    #[serde(rename = "type")]
    pub event: EventType,
    /// The pod's namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The pod's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The pod's UID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// The budget that said no, as `namespace/name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<String>,
    /// Healthy pods that the budget needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs: Option<i64>,
    /// Healthy pods that the budget has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has: Option<i64>,
    /// The server's words, or the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// `eviction` or `delete`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Seconds until the next try.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<f64>,
    /// The webhook or policy that denied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Pods that leave, of a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaving: Option<usize>,
    /// Pods that stay, of a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staying: Option<usize>,
    /// Pods that are still there, and what each waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pods: Option<Vec<RemainingPod>>,
    /// Causes of a node's failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<Vec<String>>,
    /// Of a summary: how each node ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nodes: Option<Vec<NodeSummary>>,
    /// Of a summary: pods that left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evicted: Option<usize>,
    /// Of a summary: pods still there that should have left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining: Option<usize>,
    /// Of a summary: requests sent to the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// Of a summary: how long the run took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Of a summary: the process's exit code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<u8>,
}

/// A pod that is still there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemainingPod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// What it waits for; absent in a final list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<String>,
}

/// How a node ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeSummary {
    /// Its name.
    pub name: String,
    /// `drained`, `refused`, `notCordoned`, `notPermitted`, `deadlineReached`, `failed`, `interrupted`, `notStarted`.
    pub end: NodeEndName,
}

/// Names of [`NodeEnd`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names of `engine::event::NodeEnd`")]
pub enum NodeEndName {
    Drained,
    Refused,
    NotCordoned,
    NotPermitted,
    DeadlineReached,
    Failed,
    Interrupted,
    NotStarted,
}

/// Names of the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names of `engine::event::EventKind`")]
pub enum EventType {
    Planned,
    Cordoned,
    AlreadyCordoned,
    CordonFailed,
    Evicting,
    Accepted,
    Blocked,
    Held,
    Throttled,
    Retrying,
    Denied,
    Replaced,
    NamespaceEnding,
    Gone,
    NotAwaited,
    Failed,
    Degraded,
    Waiting,
    Interrupted,
    NodeDrained,
    NodeFailed,
    Restored,
    Summary,
}

/// Returns the JSON line of an event.
pub fn json_line(event: &Event) -> String {
    // A struct of strings, numbers and lists of such cannot fail to serialise.
    serde_json::to_string(&DrainEvent::from(event)).unwrap_or_default()
}

impl From<&Event> for DrainEvent {
    fn from(event: &Event) -> DrainEvent {
        let base = DrainEvent {
            time: format!("{:.3}", event.time),
            node: event.node.clone(),
            ..DrainEvent::empty(event_type(&event.kind))
        };
        base.filled(&event.kind)
    }
}

impl DrainEvent {
    fn empty(event: EventType) -> DrainEvent {
        DrainEvent {
            api_version: "nodemaint.dev/v1alpha1".to_owned(),
            kind: "DrainEvent".to_owned(),
            time: String::new(),
            node: None,
            event,
            namespace: None,
            name: None,
            uid: None,
            budget: None,
            needs: None,
            has: None,
            message: None,
            method: None,
            retry_after_seconds: None,
            by: None,
            leaving: None,
            staying: None,
            pods: None,
            errors: None,
            nodes: None,
            evicted: None,
            remaining: None,
            requests: None,
            seconds: None,
            exit_code: None,
        }
    }

    fn of(self, pod: &PodRef) -> DrainEvent {
        DrainEvent {
            namespace: Some(pod.namespace.clone()),
            name: Some(pod.name.clone()),
            uid: Some(pod.uid.clone()),
            ..self
        }
    }

    fn saying(self, message: &str) -> DrainEvent {
        DrainEvent {
            message: Some(message.to_owned()),
            ..self
        }
    }

    fn by_means(self, removal: Removal) -> DrainEvent {
        let method = match removal {
            Removal::Evict => "eviction",
            Removal::Delete => "delete",
        };
        DrainEvent {
            method: Some(method.to_owned()),
            ..self
        }
    }

    fn filled(self, kind: &EventKind) -> DrainEvent {
        match kind {
            EventKind::Planned { leaving, staying } => DrainEvent {
                leaving: Some(*leaving),
                staying: Some(*staying),
                ..self
            },
            EventKind::Cordoned | EventKind::NodeDrained | EventKind::Restored => self,
            EventKind::AlreadyCordoned { mark } => DrainEvent {
                message: mark.clone(),
                ..self
            },
            EventKind::CordonFailed { message } | EventKind::Degraded { message } => {
                self.saying(message)
            }
            EventKind::Evicting { pod, removal } | EventKind::Gone { pod, removal } => {
                self.of(pod).by_means(*removal)
            }
            EventKind::Accepted { pod }
            | EventKind::Replaced { pod }
            | EventKind::NotAwaited { pod, .. } => self.of(pod),
            EventKind::NamespaceEnding { pod, message } | EventKind::Failed { pod, message } => {
                self.of(pod).saying(message)
            }
            EventKind::Blocked {
                pod,
                budget,
                needs,
                has,
                cause,
                ..
            } => DrainEvent {
                budget: budget.as_ref().map(|b| b.path()),
                needs: *needs,
                has: *has,
                ..self.of(pod).saying(cause)
            },
            EventKind::Held {
                pod,
                budget,
                message,
            } => DrainEvent {
                budget: Some(budget.path()),
                ..self.of(pod).saying(message)
            },
            EventKind::Throttled {
                pod,
                retry_after,
                message,
            }
            | EventKind::Retrying {
                pod,
                retry_after,
                message,
            } => DrainEvent {
                retry_after_seconds: Some(retry_after.as_secs_f64()),
                ..self.of(pod).saying(message)
            },
            EventKind::Denied { pod, by, message } => DrainEvent {
                by: by.clone(),
                ..self.of(pod).saying(message)
            },
            EventKind::Waiting { pods } => DrainEvent {
                pods: Some(
                    pods.iter()
                        .map(|(pod, waiting)| remaining(pod, Some(waiting_text(waiting))))
                        .collect(),
                ),
                ..self
            },
            EventKind::Interrupted { remaining: pods } => DrainEvent {
                pods: Some(pods.iter().map(|pod| remaining(pod, None)).collect()),
                ..self
            },
            EventKind::NodeFailed {
                errors,
                remaining: pods,
            } => DrainEvent {
                errors: Some(errors.clone()),
                pods: Some(pods.iter().map(|pod| remaining(pod, None)).collect()),
                ..self
            },
            EventKind::Summary(summary) => self.summing_up(summary),
        }
    }

    fn summing_up(self, summary: &Summary) -> DrainEvent {
        let nodes = summary.nodes.iter().map(|(name, end)| NodeSummary {
            name: name.clone(),
            end: end_name(*end),
        });
        DrainEvent {
            nodes: Some(nodes.collect()),
            evicted: Some(summary.evicted),
            remaining: Some(summary.remaining),
            requests: Some(summary.requests),
            seconds: Some(summary.took.as_secs_f64()),
            exit_code: Some(summary.exit_code),
            ..self
        }
    }
}

fn remaining(pod: &PodRef, waits_for: Option<String>) -> RemainingPod {
    RemainingPod {
        namespace: pod.namespace.clone(),
        name: pod.name.clone(),
        uid: pod.uid.clone(),
        waits_for,
    }
}

fn end_name(end: NodeEnd) -> NodeEndName {
    match end {
        NodeEnd::Drained => NodeEndName::Drained,
        NodeEnd::Refused => NodeEndName::Refused,
        NodeEnd::NotCordoned => NodeEndName::NotCordoned,
        NodeEnd::NotPermitted => NodeEndName::NotPermitted,
        NodeEnd::DeadlineReached => NodeEndName::DeadlineReached,
        NodeEnd::Failed => NodeEndName::Failed,
        NodeEnd::Interrupted => NodeEndName::Interrupted,
        NodeEnd::NotStarted => NodeEndName::NotStarted,
    }
}

fn event_type(kind: &EventKind) -> EventType {
    match kind {
        EventKind::Planned { .. } => EventType::Planned,
        EventKind::Cordoned => EventType::Cordoned,
        EventKind::AlreadyCordoned { .. } => EventType::AlreadyCordoned,
        EventKind::CordonFailed { .. } => EventType::CordonFailed,
        EventKind::Evicting { .. } => EventType::Evicting,
        EventKind::Accepted { .. } => EventType::Accepted,
        EventKind::Blocked { .. } => EventType::Blocked,
        EventKind::Held { .. } => EventType::Held,
        EventKind::Throttled { .. } => EventType::Throttled,
        EventKind::Retrying { .. } => EventType::Retrying,
        EventKind::Denied { .. } => EventType::Denied,
        EventKind::Replaced { .. } => EventType::Replaced,
        EventKind::NamespaceEnding { .. } => EventType::NamespaceEnding,
        EventKind::Gone { .. } => EventType::Gone,
        EventKind::NotAwaited { .. } => EventType::NotAwaited,
        EventKind::Failed { .. } => EventType::Failed,
        EventKind::Degraded { .. } => EventType::Degraded,
        EventKind::Waiting { .. } => EventType::Waiting,
        EventKind::Interrupted { .. } => EventType::Interrupted,
        EventKind::NodeDrained => EventType::NodeDrained,
        EventKind::NodeFailed { .. } => EventType::NodeFailed,
        EventKind::Restored => EventType::Restored,
        EventKind::Summary(_) => EventType::Summary,
    }
}
