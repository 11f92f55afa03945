//! The JSON of a plan: one `DrainPlan` document, names and values as `schemas/` fixes them.
//!
//! The types are this module's own, so that a change of the domain cannot change what scripts read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::drain::fate::{self, ReasonCode};
use crate::domain::drain::plan as domain;
use crate::domain::node::NodeHealth;
use crate::domain::snapshot;

use super::assumed::Assumed;
use super::data_lost::{DataLost, data_lost};
use super::guard::{Guard, Time};
use super::landing::Landing;
use super::load::NodeLoad;
use super::node_description::Finding;
use super::plan_course::Course;

/// The document of `preview drain -o json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DrainPlan {
    /// Always `nodemaint.dev/v1alpha1`.
    #[schemars(extend("const" = "nodemaint.dev/v1alpha1"))]
    pub api_version: String,
    /// Always `DrainPlan`.
    #[schemars(extend("const" = "DrainPlan"))]
    pub kind: String,
    /// Which cluster.
    pub cluster: ClusterId,
    /// When the cluster was read, RFC 3339.
    pub taken_at: String,
    /// The gravest of the nodes' verdicts.
    pub verdict: Verdict,
    /// Whether everything that the plan rests on could be read.
    pub complete: bool,
    /// What could not be read.
    pub unread: Vec<Unread>,
    /// The nodes in the order given.
    pub nodes: Vec<Node>,
    /// The budgets that the pods of the plan need, by namespace and name.
    pub budgets: Vec<Budget>,
    /// How long it takes until the last pod that can leave is gone.
    pub time: Time,
    /// In which order and batches the nodes are emptied.
    pub course: Course,
    /// What to mind besides.
    pub guards: Vec<Guard>,
    /// The nodes that change, drained ones first; absent where nobody asked where the pods land.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loads: Vec<NodeLoad>,
    /// What it rests on that is not so; absent from a plan of the cluster as it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assumed: Option<Assumed>,
}

/// Which cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClusterId {
    /// The server's URL; empty where the source does not say.
    pub server: String,
    /// The server's version; empty where unknown.
    pub version: String,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Unread {
    /// What.
    pub what: String,
    /// Why.
    pub reason: String,
}

/// Tells whether what must leave can leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// All that must leave can leave, maybe in waves.
    Ready,
    /// Something keeps a pod.
    Blocked,
    /// A flag is missing.
    Refused,
    /// Something needed for the answer could not be read.
    Unknown,
}

/// One node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// Whether it is cordoned already.
    pub cordoned: bool,
    /// What its `Ready` condition says.
    pub health: Health,
    /// Whether it can be emptied.
    pub verdict: Verdict,
    /// Its pods, by namespace and name.
    pub pods: Vec<Pod>,
}

/// What a node's `Ready` condition says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Health {
    /// Its kubelet reports and can end pods.
    Ready,
    /// Its kubelet reports that it is not ready.
    NotReady,
    /// Its kubelet does not report: pods will not end.
    Unreachable,
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
    /// The workload at the top of its chain of controllers; null without one.
    pub owner: Option<Owner>,
    /// Whether it is made again; null where that is not known.
    pub returns: Option<bool>,
    /// What happens to it.
    pub fate: Fate,
    /// In which wave it leaves, from 1; null where it does not leave.
    pub wave: Option<u32>,
    /// Everything that led to its fate.
    pub reasons: Vec<Reason>,
    /// What is wrong with it, gravest first; absent where nothing is, or where it stays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// The budgets that select it, as `namespace/name`.
    pub budgets: Vec<String>,
    /// Seconds that it gets to end; null leaves it to the server.
    pub grace_seconds: Option<i64>,
    /// Data that is deleted with it, or that its successor does not find elsewhere.
    pub data_lost: Vec<DataLost>,
    /// Where its successor goes, or would go if the pod could leave; absent where nobody asked or the pod stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landing: Option<Landing>,
}

/// A workload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Owner {
    /// For example `Deployment`.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// What happens to a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Fate {
    /// Leaves through the eviction API.
    Evict,
    /// Leaves without being evicted: finished, ending, or asked for.
    Delete,
    /// Stays.
    Skip,
    /// Needs a flag that was not given.
    Refused,
    /// Is kept by a budget or the server.
    Blocked,
}

/// Why a pod has its fate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reason {
    /// Which rule.
    pub code: Code,
    /// One line with the names and numbers.
    pub message: String,
    /// The next command or flag; empty where there is none.
    pub hint: String,
}

/// Names of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(
    missing_docs,
    reason = "the names of `domain::drain::fate::ReasonCode`"
)]
pub enum Code {
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

/// One budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Budget {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Disruptions allowed now.
    pub allowed: i64,
    /// Disruptions that the plan needs.
    pub needed: i64,
    /// How many of its pods are healthy.
    #[serde(default)]
    pub healthy: i64,
    /// How many must stay healthy.
    #[serde(default)]
    pub desired: i64,
    /// How many pods it counts.
    #[serde(default)]
    pub expected: i64,
    /// Whether it lets its pods of this plan go.
    pub verdict: BudgetVerdict,
    /// The numbers in words.
    pub message: String,
    /// The next command; empty where there is none.
    pub hint: String,
}

/// Tells whether a budget lets its pods of a plan go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum BudgetVerdict {
    /// All at once.
    Ok,
    /// All, in several waves.
    Waves,
    /// Not until a rollout or a sick pod recovers.
    Waiting,
    /// Never.
    Never,
    /// Its status is older than its spec.
    Stale,
    /// More than one budget selects a pod.
    Overlap,
}

impl From<&domain::DrainPlan> for DrainPlan {
    fn from(plan: &domain::DrainPlan) -> DrainPlan {
        DrainPlan {
            api_version: "nodemaint.dev/v1alpha1".to_owned(),
            kind: "DrainPlan".to_owned(),
            cluster: ClusterId::from(&plan.cluster),
            taken_at: plan.taken_at.to_string(),
            verdict: plan.verdict.into(),
            complete: plan.is_complete(),
            unread: plan.unread.iter().map(Unread::from).collect(),
            nodes: plan.nodes.iter().map(Node::from).collect(),
            budgets: plan.budgets.iter().map(Budget::from).collect(),
            time: Time::from(&plan.span),
            course: Course::from(&plan.course),
            guards: plan.guards.iter().map(Guard::from).collect(),
            loads: plan.loads.iter().map(NodeLoad::from).collect(),
            assumed: plan.assumed.as_ref().map(Assumed::from),
        }
    }
}

impl From<&snapshot::ClusterId> for ClusterId {
    fn from(id: &snapshot::ClusterId) -> ClusterId {
        ClusterId {
            server: id.server.clone(),
            version: id.version.clone(),
        }
    }
}

impl From<&snapshot::Unread> for Unread {
    fn from(unread: &snapshot::Unread) -> Unread {
        Unread {
            what: unread.what.clone(),
            reason: unread.reason.clone(),
        }
    }
}

impl From<NodeHealth> for Health {
    fn from(health: NodeHealth) -> Health {
        match health {
            NodeHealth::Ready => Health::Ready,
            NodeHealth::NotReady => Health::NotReady,
            NodeHealth::Unreachable => Health::Unreachable,
        }
    }
}

impl From<&domain::OwnerName> for Owner {
    fn from(owner: &domain::OwnerName) -> Owner {
        Owner {
            kind: owner.kind.clone(),
            name: owner.name.clone(),
        }
    }
}

impl From<domain::Verdict> for Verdict {
    fn from(verdict: domain::Verdict) -> Verdict {
        match verdict {
            domain::Verdict::Ready => Verdict::Ready,
            domain::Verdict::Unknown => Verdict::Unknown,
            domain::Verdict::Blocked => Verdict::Blocked,
            domain::Verdict::Refused => Verdict::Refused,
        }
    }
}

impl From<&domain::NodePlan> for Node {
    fn from(node: &domain::NodePlan) -> Node {
        Node {
            name: node.node.name.clone(),
            uid: node.node.uid.clone(),
            cordoned: node.cordoned,
            health: node.health.into(),
            verdict: node.verdict.into(),
            pods: node.pods.iter().map(Pod::from).collect(),
        }
    }
}

impl From<&domain::PodPlan> for Pod {
    fn from(plan: &domain::PodPlan) -> Pod {
        let id = &plan.pod.id;
        Pod {
            namespace: id.namespace.clone(),
            name: id.name.clone(),
            uid: id.uid.clone(),
            owner: plan.owner.as_ref().map(Owner::from),
            returns: match plan.returns {
                fate::Return::Comes => Some(true),
                fate::Return::Lost => Some(false),
                fate::Return::Unknown => None,
            },
            fate: plan.fate.into(),
            wave: plan.wave,
            reasons: plan.reasons.iter().map(Reason::from).collect(),
            findings: plan.findings.iter().map(Finding::from).collect(),
            budgets: plan.budgets.iter().map(|budget| budget.path()).collect(),
            grace_seconds: plan.grace_seconds,
            data_lost: data_lost(plan),
            landing: plan.landing.as_ref().map(Landing::from),
        }
    }
}

impl From<fate::Fate> for Fate {
    fn from(fate: fate::Fate) -> Fate {
        match fate {
            fate::Fate::Evict => Fate::Evict,
            fate::Fate::Delete => Fate::Delete,
            fate::Fate::Skip => Fate::Skip,
            fate::Fate::Refused => Fate::Refused,
            fate::Fate::Blocked => Fate::Blocked,
        }
    }
}

impl From<&fate::Reason> for Reason {
    fn from(reason: &fate::Reason) -> Reason {
        Reason {
            code: reason.code.into(),
            message: reason.message.clone(),
            hint: reason.hint.clone(),
        }
    }
}

impl From<ReasonCode> for Code {
    fn from(code: ReasonCode) -> Code {
        match code {
            ReasonCode::DaemonSet => Code::DaemonSet,
            ReasonCode::Mirror => Code::Mirror,
            ReasonCode::Finished => Code::Finished,
            ReasonCode::Terminating => Code::Terminating,
            ReasonCode::Selector => Code::Selector,
            ReasonCode::LocalData => Code::LocalData,
            ReasonCode::Unmanaged => Code::Unmanaged,
            ReasonCode::OwnerGone => Code::OwnerGone,
            ReasonCode::Budget => Code::Budget,
            ReasonCode::MultipleBudgets => Code::MultipleBudgets,
            ReasonCode::BudgetStale => Code::BudgetStale,
            ReasonCode::BudgetNotComputable => Code::BudgetNotComputable,
            ReasonCode::NoHealthyPod => Code::NoHealthyPod,
            ReasonCode::UnhealthyProtected => Code::UnhealthyProtected,
            ReasonCode::NamespaceEnding => Code::NamespaceEnding,
            ReasonCode::Unreadable => Code::Unreadable,
        }
    }
}

impl From<&domain::BudgetPlan> for Budget {
    fn from(plan: &domain::BudgetPlan) -> Budget {
        Budget {
            namespace: plan.budget.namespace.clone(),
            name: plan.budget.name.clone(),
            allowed: plan.allowed,
            needed: plan.needed,
            healthy: plan.healthy,
            desired: plan.desired,
            expected: plan.expected,
            verdict: plan.verdict.into(),
            message: plan.message.clone(),
            hint: plan.hint.clone(),
        }
    }
}

impl From<domain::BudgetVerdict> for BudgetVerdict {
    fn from(verdict: domain::BudgetVerdict) -> BudgetVerdict {
        match verdict {
            domain::BudgetVerdict::Ok => BudgetVerdict::Ok,
            domain::BudgetVerdict::Waves => BudgetVerdict::Waves,
            domain::BudgetVerdict::Waiting => BudgetVerdict::Waiting,
            domain::BudgetVerdict::Never => BudgetVerdict::Never,
            domain::BudgetVerdict::Stale => BudgetVerdict::Stale,
            domain::BudgetVerdict::Overlap => BudgetVerdict::Overlap,
        }
    }
}
