//! The JSON of the taints that nodes have: one `TaintReport` document, names and values as `schemas/` fixes them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::drain_plan::{ClusterId, Health};
use super::taint_wire::{Taint, Toleration};
use crate::domain::taint::origin::Age;
use crate::domain::taint::survey::{self as domain, Departure};

/// The document of `taint show -o json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TaintReport {
    /// Always `nodemaint.dev/v1alpha1`.
    #[schemars(extend("const" = "nodemaint.dev/v1alpha1"))]
    pub api_version: String,
    /// Always `TaintReport`.
    #[schemars(extend("const" = "TaintReport"))]
    pub kind: String,
    /// Which cluster.
    pub cluster: ClusterId,
    /// When the cluster was read, RFC 3339.
    pub taken_at: String,
    /// The nodes in the order given, also those without taints.
    pub nodes: Vec<Node>,
}

/// One node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// Whether it is cordoned.
    pub cordoned: bool,
    /// What its `Ready` condition says.
    pub health: Health,
    /// How many pods are on it.
    pub pods: usize,
    /// Its taints, those that were asked for, in the server's order.
    pub taints: Vec<NodeTaint>,
}

/// A taint of a node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeTaint {
    /// The taint.
    pub taint: Taint,
    /// Since when it is there, RFC 3339; null where nothing tells.
    pub since: Option<String>,
    /// Whether it may be there for longer than `since`: only the last write of the whole list is known.
    pub or_before: bool,
    /// Who writes taints of this key; null for a key that anybody may choose.
    pub author: Option<String>,
    /// What it says; null for such a key.
    pub meaning: Option<String>,
    /// The program that wrote the node's list of taints last; null where the server does not say.
    pub last_writer: Option<String>,
    /// Who cordoned the node, when and why, where this is the taint of the cordon; null elsewhere.
    pub cordoned: Option<String>,
    /// The node's pods that tolerate it, most first.
    pub tolerated_by: Vec<Tolerating>,
    /// How many of the node's pods do not tolerate it.
    pub not_tolerated_by: usize,
    /// The pods that leave because of it.
    pub leaving: Vec<Leaving>,
}

/// Pods that tolerate a taint by the same toleration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tolerating {
    /// The first toleration of these pods that matches.
    pub toleration: Toleration,
    /// How many pods.
    pub pods: usize,
}

/// A pod that leaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Leaving {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// Whether it is ending already.
    pub terminating: bool,
    /// Seconds that it tolerates the taint, counted from when the controller saw both; 0 is now.
    pub tolerated_seconds: i64,
    /// When it is due at the latest, RFC 3339, unless the controller was started anew; null where that is not known.
    pub due: Option<String>,
}

impl From<&domain::Survey> for TaintReport {
    fn from(survey: &domain::Survey) -> TaintReport {
        TaintReport {
            api_version: "nodemaint.dev/v1alpha1".to_owned(),
            kind: "TaintReport".to_owned(),
            cluster: (&survey.cluster).into(),
            taken_at: survey.taken_at.to_string(),
            nodes: survey.nodes.iter().map(Node::from).collect(),
        }
    }
}

impl From<&domain::NodeView> for Node {
    fn from(view: &domain::NodeView) -> Node {
        Node {
            name: view.node.name.clone(),
            uid: view.node.uid.clone(),
            cordoned: view.cordoned,
            health: view.health.into(),
            pods: view.pods,
            taints: view.taints.iter().map(NodeTaint::from).collect(),
        }
    }
}

impl From<&domain::TaintView> for NodeTaint {
    fn from(view: &domain::TaintView) -> NodeTaint {
        let known = view.origin.known;
        let (since, or_before) = match view.age {
            Age::Since(time) => (Some(time), false),
            Age::SinceOrBefore(time) => (Some(time), true),
            Age::Unknown => (None, true),
        };
        NodeTaint {
            taint: (&view.taint).into(),
            since: since.map(|time| time.to_string()),
            or_before,
            author: known.map(|(author, _)| author.name().to_owned()),
            meaning: known.map(|(_, says)| says.to_owned()),
            last_writer: view.origin.last_writer.clone(),
            cordoned: view.origin.mark.as_ref().map(ToString::to_string),
            tolerated_by: view
                .tolerating
                .iter()
                .map(|one| Tolerating {
                    toleration: (&one.toleration).into(),
                    pods: one.pods,
                })
                .collect(),
            not_tolerated_by: view.intolerant,
            leaving: view.leaving.iter().map(Leaving::from).collect(),
        }
    }
}

impl From<&domain::Leaving> for Leaving {
    fn from(one: &domain::Leaving) -> Leaving {
        let (seconds, due) = match one.when {
            Departure::Ending | Departure::Now => (0, None),
            Departure::After { seconds, due } => (seconds, due),
        };
        Leaving {
            namespace: one.pod.namespace.clone(),
            name: one.pod.name.clone(),
            uid: one.pod.uid.clone(),
            terminating: one.when == Departure::Ending,
            tolerated_seconds: seconds,
            due: due.map(|time| time.to_string()),
        }
    }
}
