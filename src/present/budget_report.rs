//! The JSON of a look at all budgets: one `BudgetReport` document, names and values as `schemas/` fixes them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::drain_plan::{BudgetVerdict, ClusterId, Owner, Unread};
use super::node_description::Finding;
use crate::domain::drain::budgets as domain;
use crate::domain::drain::plan::OwnerName;

/// The document of `budgets -o json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BudgetReport {
    /// Always `nodemaint.dev/v1alpha1`.
    #[schemars(extend("const" = "nodemaint.dev/v1alpha1"))]
    pub api_version: String,
    /// Always `BudgetReport`.
    #[schemars(extend("const" = "BudgetReport"))]
    pub kind: String,
    /// Which cluster.
    pub cluster: ClusterId,
    /// When the cluster was read, RFC 3339.
    pub taken_at: String,
    /// Whether everything that the report rests on could be read.
    pub complete: bool,
    /// What could not be read.
    pub unread: Vec<Unread>,
    /// The budgets, by namespace and name.
    pub budgets: Vec<Budget>,
}

/// One budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Budget {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// How it stands.
    pub verdict: Verdict,
    /// The numbers in words.
    pub message: String,
    /// The next command; empty where there is none.
    pub hint: String,
    /// The spec's rule, such as `minAvailable 2`.
    pub rule: String,
    /// The selector as text; empty selects every pod of the namespace, null selects none.
    pub selector: Option<String>,
    /// Disruptions allowed now.
    pub allowed: i64,
    /// Healthy pods that it has.
    pub healthy: i64,
    /// Healthy pods that it needs.
    pub desired: i64,
    /// Pods that it expects.
    pub expected: i64,
    /// The pods that it selects; null where pods could not be read.
    pub selected: Option<Selected>,
    /// Other budgets that select one of its pods, as `namespace/name`.
    pub overlaps: Vec<String>,
    /// The nodes that it would hold up, each drained alone.
    pub nodes: Vec<Node>,
    /// The unready pods that keep it closed.
    pub sick: Vec<SickPod>,
}

/// A pod that a closed budget waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SickPod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What is wrong with it, gravest first.
    pub findings: Vec<Finding>,
}

/// How a budget stands, over all nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// Each node could be emptied at once, as far as this budget goes.
    Ok,
    /// Each node could be emptied, some in several waves.
    Waves,
    /// Lets nothing go until a rollout or a sick pod recovers.
    Waiting,
    /// Never lets a pod go, or not all of a node's.
    Never,
    /// Its status is older than its spec.
    Stale,
    /// More than one budget selects a pod.
    Overlap,
    /// No pod is selected.
    MatchesNothing,
    /// Whom it selects, or whether its pods are made again, could not be read.
    Unknown,
}

/// The pods that a budget selects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Selected {
    /// How many, in whatever phase.
    pub pods: usize,
    /// Their workloads.
    pub owners: Vec<OwnerCount>,
}

/// Pods of one workload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OwnerCount {
    /// The workload; null for pods without a controller.
    pub owner: Option<Owner>,
    /// How many of its pods are selected.
    pub pods: usize,
}

/// A node that a budget would hold up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Disruptions that emptying it needs.
    pub needed: i64,
    /// What the budget would do to a drain of this node alone.
    pub verdict: BudgetVerdict,
}

impl From<&domain::BudgetReport> for BudgetReport {
    fn from(report: &domain::BudgetReport) -> BudgetReport {
        BudgetReport {
            api_version: "nodemaint.dev/v1alpha1".to_owned(),
            kind: "BudgetReport".to_owned(),
            cluster: ClusterId {
                server: report.cluster.server.clone(),
                version: report.cluster.version.clone(),
            },
            taken_at: report.taken_at.to_string(),
            complete: report.unread.is_empty(),
            unread: report.unread.iter().map(unread).collect(),
            budgets: report.budgets.iter().map(Budget::from).collect(),
        }
    }
}

fn unread(unread: &crate::domain::snapshot::Unread) -> Unread {
    Unread {
        what: unread.what.clone(),
        reason: unread.reason.clone(),
    }
}

impl From<&domain::BudgetState> for Budget {
    fn from(state: &domain::BudgetState) -> Budget {
        let domain::BudgetState {
            budget,
            selected,
            overlaps,
            nodes,
            sick,
            ..
        } = state;
        Budget {
            namespace: budget.id.namespace.clone(),
            name: budget.id.name.clone(),
            verdict: state.state.into(),
            message: state.message.clone(),
            hint: state.hint.clone(),
            rule: budget.rule(),
            selector: budget.selector.as_ref().map(ToString::to_string),
            allowed: budget.status.disruptions_allowed.max(0),
            healthy: budget.status.current_healthy,
            desired: budget.status.desired_healthy,
            expected: budget.status.expected_pods,
            selected: selected.as_ref().map(Selected::from),
            overlaps: overlaps.iter().map(|other| other.path()).collect(),
            nodes: nodes.iter().map(Node::from).collect(),
            sick: sick.iter().map(SickPod::from).collect(),
        }
    }
}

impl From<domain::State> for Verdict {
    fn from(state: domain::State) -> Verdict {
        match state {
            domain::State::Ok => Verdict::Ok,
            domain::State::Waves => Verdict::Waves,
            domain::State::Waiting => Verdict::Waiting,
            domain::State::Never => Verdict::Never,
            domain::State::Stale => Verdict::Stale,
            domain::State::Overlap => Verdict::Overlap,
            domain::State::MatchesNothing => Verdict::MatchesNothing,
            domain::State::Unknown => Verdict::Unknown,
        }
    }
}

impl From<&domain::Selected> for Selected {
    fn from(selected: &domain::Selected) -> Selected {
        let owner = |owner: &OwnerName| Owner {
            kind: owner.kind.clone(),
            name: owner.name.clone(),
        };
        let owners = selected.owners.iter().map(|(name, pods)| OwnerCount {
            owner: name.as_ref().map(owner),
            pods: *pods,
        });
        Selected {
            pods: selected.pods,
            owners: owners.collect(),
        }
    }
}

impl From<&domain::SickPod> for SickPod {
    fn from(sick: &domain::SickPod) -> SickPod {
        SickPod {
            namespace: sick.pod.namespace.clone(),
            name: sick.pod.name.clone(),
            findings: sick.findings.iter().map(Finding::from).collect(),
        }
    }
}

impl From<&domain::HeldNode> for Node {
    fn from(node: &domain::HeldNode) -> Node {
        Node {
            name: node.name.clone(),
            needed: node.needed,
            verdict: node.verdict.into(),
        }
    }
}
