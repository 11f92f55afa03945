//! What a plan's document says besides pods and budgets: how long it takes, and what to mind.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::drain::plan as domain;

/// How long a plan takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Time {
    /// Waves of pods that leave one after the other; 0 where nothing leaves.
    pub waves: u32,
    /// At least: pods end at once, replacements are ready as quickly as the quickest before them.
    pub at_least_seconds: i64,
    /// At most, as far as grace periods go; null where one of them, or how long a replacement takes, is not known.
    pub at_most_seconds: Option<i64>,
    /// The budget that makes it last, as `namespace/name`; null with a single wave.
    pub because: Option<String>,
}

/// Something to mind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Guard {
    /// What kind of thing.
    pub code: GuardCode,
    /// The node it is about; null where it is about all.
    pub node: Option<String>,
    /// One line with the names and numbers.
    pub message: String,
    /// What would avoid it; empty where nothing would.
    pub hint: String,
}

/// Names of guards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum GuardCode {
    /// No other node takes pods.
    NoOtherNode,
    /// The last node of a zone, a pool, a GPU kind and so on.
    LastOfKind,
    /// A member of the control plane.
    ControlPlane,
    /// The node that this program runs on.
    OwnNode,
    /// An autoscaler has marked the node.
    Autoscaler,
    /// Somebody cordoned it before.
    Cordoned,
    /// A workload that is down until its only replica is replaced.
    SingleReplica,
    /// Pods that only land on nodes which are themselves about to go: drained too, cordoned, or marked by an autoscaler.
    OnlyLeavingNodes,
    /// The kubelet is not ready or does not report: pods that are asked to leave may not end.
    NodeDown,
}

impl From<&domain::Span> for Time {
    fn from(span: &domain::Span) -> Time {
        Time {
            waves: span.waves,
            at_least_seconds: span.least,
            at_most_seconds: span.most,
            because: span.because.as_ref().map(|budget| budget.path()),
        }
    }
}

impl From<&domain::Guard> for Guard {
    fn from(guard: &domain::Guard) -> Guard {
        Guard {
            code: match guard.code {
                domain::GuardCode::NoOtherNode => GuardCode::NoOtherNode,
                domain::GuardCode::LastOfKind => GuardCode::LastOfKind,
                domain::GuardCode::ControlPlane => GuardCode::ControlPlane,
                domain::GuardCode::OwnNode => GuardCode::OwnNode,
                domain::GuardCode::Autoscaler => GuardCode::Autoscaler,
                domain::GuardCode::Cordoned => GuardCode::Cordoned,
                domain::GuardCode::SingleReplica => GuardCode::SingleReplica,
                domain::GuardCode::OnlyLeavingNodes => GuardCode::OnlyLeavingNodes,
                domain::GuardCode::NodeDown => GuardCode::NodeDown,
            },
            node: guard.node.clone(),
            message: guard.message.clone(),
            hint: guard.hint.clone(),
        }
    }
}
