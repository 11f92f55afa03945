//! The JSON of described nodes: one `NodeDescription` document, names and values as `schemas/` fixes them.

mod convert;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::drain_plan::{Budget, ClusterId, Fate, Health, Owner, Reason, Unread, Verdict};

/// The document of `describe -o json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeDescription {
    /// Always `nodemaint.dev/v1alpha1`.
    #[schemars(extend("const" = "nodemaint.dev/v1alpha1"))]
    pub api_version: String,
    /// Always `NodeDescription`.
    #[schemars(extend("const" = "NodeDescription"))]
    pub kind: String,
    /// Which cluster.
    pub cluster: ClusterId,
    /// When it was read, RFC 3339.
    pub taken_at: String,
    /// The nodes in the order given.
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
    /// Its roles.
    pub roles: Vec<String>,
    /// When it was made, RFC 3339; null where not known.
    pub created: Option<String>,
    /// What its `Ready` condition says.
    pub health: Health,
    /// Whether it is cordoned.
    pub cordoned: bool,
    /// Who cordoned it and why; null where nobody left a note.
    pub maintenance: Option<Maintenance>,
    /// The kubelet's version.
    pub kubelet_version: String,
    /// Operating system, kernel, architecture and container runtime, as far as known.
    pub system: Vec<String>,
    /// Its conditions.
    pub conditions: Vec<Condition>,
    /// Its taints.
    pub taints: Vec<Taint>,
    /// What its pods have of it.
    pub allocated: Vec<Allocated>,
    /// Whether it can be emptied, with `drain --ignore-daemonsets`.
    pub verdict: Verdict,
    /// Its pods, by namespace and name.
    pub pods: Vec<Pod>,
    /// The budgets that a drain would spend from.
    pub budgets: Vec<Budget>,
    /// Volumes attached to it; null where they could not be read.
    pub attachments: Option<Vec<Attachment>>,
    /// Events about it, the newest last; null where they could not be read.
    pub events: Option<Vec<Event>>,
    /// Whether everything that the verdict rests on could be read.
    pub complete: bool,
    /// What could not be read.
    pub unread: Vec<Unread>,
}

/// Who keeps new pods away, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Maintenance {
    /// The user, as the server knows it.
    pub by: String,
    /// Since when, RFC 3339.
    pub at: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Where more is written.
    pub ticket: Option<String>,
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Condition {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// Why, in one word.
    pub reason: String,
    /// Why; empty in snapshots.
    pub message: String,
    /// Since when, RFC 3339.
    pub since: Option<String>,
    /// When last confirmed, RFC 3339.
    pub heartbeat: Option<String>,
}

/// A taint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Taint {
    /// Its key.
    pub key: String,
    /// Its value; empty without one.
    pub value: String,
    /// Its effect.
    pub effect: String,
    /// Since when, RFC 3339, where the server says it.
    pub time_added: Option<String>,
}

/// An amount and its part of what the node gives to pods.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Share {
    /// The amount.
    pub amount: String,
    /// The part in whole percent, cut off; null where kubectl shows none.
    pub percent: Option<i64>,
}

/// What pods have of one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Allocated {
    /// The resource.
    pub resource: String,
    /// What the node has; null where it does not say.
    pub capacity: Option<String>,
    /// What it gives to pods; null where it does not say.
    pub allocatable: Option<String>,
    /// What pods ask for.
    pub requests: Share,
    /// What they may use.
    pub limits: Share,
    /// What the pods ask for that stay after a drain.
    pub after_drain: Share,
}

/// `status.phase`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the API's own names")]
pub enum Phase {
    Pending,
    Running,
    Succeeded,
    Failed,
    Unknown,
}

/// One pod.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// Its phase.
    pub phase: Phase,
    /// Whether its `Ready` condition is true.
    pub ready: bool,
    /// Whether it is being deleted.
    pub terminating: bool,
    /// When it was made, RFC 3339.
    pub created: Option<String>,
    /// The workload at the top of its chain of controllers; null without one.
    pub owner: Option<Owner>,
    /// Whether it is made again; null where that is not known.
    pub returns: Option<bool>,
    /// What a drain does with it.
    pub fate: Fate,
    /// In which wave it leaves, from 1; null where it does not leave.
    pub wave: Option<u32>,
    /// Everything that led to its fate.
    pub reasons: Vec<Reason>,
    /// The budgets that select it, as `namespace/name`.
    pub budgets: Vec<String>,
    /// What it asks for.
    pub requests: BTreeMap<String, String>,
    /// What it may use.
    pub limits: BTreeMap<String, String>,
    /// What is wrong with it, gravest first.
    pub findings: Vec<Finding>,
}

/// Something that is wrong with a pod.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Finding {
    /// What.
    pub cause: Cause,
    /// One line that follows the pod's name.
    pub message: String,
    /// The next command.
    pub next: String,
}

/// Names of causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the names of `domain::diagnose::Cause`")]
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

/// A volume attached to the node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attachment {
    /// The PersistentVolume, or the handle of one that has none.
    pub volume: String,
    /// The driver.
    pub attacher: String,
    /// Whether the driver is done.
    pub attached: bool,
    /// The claim that it serves, as `namespace/name`; null where not known.
    pub claim: Option<String>,
}

/// An event about the node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Event {
    /// `Normal` or `Warning`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Why, in one word.
    pub reason: String,
    /// What happened.
    pub message: String,
    /// The component that tells.
    pub from: String,
    /// How often.
    pub count: i64,
    /// When last, RFC 3339.
    pub last: Option<String>,
}
