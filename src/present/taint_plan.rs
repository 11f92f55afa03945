//! The JSON of a change of taints: one `TaintPlan` document, names and values as `schemas/` fixes them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::drain_plan::{ClusterId, Health, Owner, Unread};
use super::taint_wire::{Taint, Toleration};
use crate::domain::drain::fate::Return;
use crate::domain::node::NodeHealth;
use crate::domain::taint::entry;
use crate::domain::taint::noexecute::Change;
use crate::domain::taint::out_of_service;
use crate::domain::taint::pace;
use crate::domain::taint::plan as domain;
use crate::domain::taint::undo::Undo;

/// The document of `preview taint -o json` and of `taint add --dry-run -o json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TaintPlan {
    /// Always `nodemaint.dev/v1alpha1`.
    #[schemars(extend("const" = "nodemaint.dev/v1alpha1"))]
    pub api_version: String,
    /// Always `TaintPlan`.
    #[schemars(extend("const" = "TaintPlan"))]
    pub kind: String,
    /// Which cluster.
    pub cluster: ClusterId,
    /// When the cluster was read, RFC 3339.
    pub taken_at: String,
    /// What the change comes to.
    pub verdict: Verdict,
    /// Whether everything that the plan rests on could be read.
    pub complete: bool,
    /// What could not be read.
    pub unread: Vec<Unread>,
    /// The nodes in the order given.
    pub nodes: Vec<Node>,
    /// When the controller gets round to the pods of all nodes, at its default limits.
    pub batches: Vec<Batch>,
    /// The budgets that pods leave past, by namespace and name.
    pub budgets: Vec<Budget>,
    /// The commands that put the lists of taints back.
    pub undo: Vec<String>,
}

/// What a change comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// The lists stay as they are.
    Unchanged,
    /// No pod leaves because of it.
    NothingLeaves,
    /// Pods leave.
    PodsLeave,
    /// Pods leave, and a budget is left with fewer healthy pods than it needs.
    BreaksBudgets,
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
    /// Its taints before.
    pub before: Vec<Taint>,
    /// Its taints after.
    pub after: Vec<Taint>,
    /// Its pods, by namespace and name.
    pub pods: Vec<Pod>,
    /// Workloads with pods here whose next pods are kept out, turned away or let in.
    pub next_pods: Vec<NextPods>,
    /// Pods without a node that are kept out, turned away or let in; null where that was not asked.
    pub pending: Option<Vec<PendingPod>>,
    /// What is dangerous about it.
    pub warnings: Vec<String>,
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
    /// What happens to it.
    pub fate: Fate,
    /// Seconds after the change at which it is due, at the earliest; null where it stays.
    pub after_seconds: Option<i64>,
    /// Seconds after the change at which it is deleted at the latest, at the controller's default limits; its grace
    /// period begins then.
    pub latest_seconds: Option<i64>,
    /// The taint that decides; null where none does.
    pub taint: Option<Taint>,
    /// The tolerations that are used: for each NoExecute taint the first that matches.
    pub tolerations: Vec<Toleration>,
    /// What becomes of the timer that its tolerations start; null without one.
    pub timer: Option<Timer>,
    /// The budgets that an eviction would have asked, as `namespace/name`.
    pub budgets_ignored: Vec<String>,
    /// Whether it is made again; null where that is not known.
    pub returns: Option<bool>,
    /// Whether it comes back to this node.
    pub comes_back: ComesBack,
    /// Seconds after which it goes again where it comes back; null elsewhere.
    pub again_after_seconds: Option<i64>,
    /// Whether it is ending already.
    pub terminating: bool,
    /// Seconds that it gets to end; null leaves it to the server.
    pub grace_seconds: Option<i64>,
}

/// What happens to a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Fate {
    /// Nothing.
    Stays,
    /// It is deleted as soon as the controller gets round to it, or it is ending already.
    LeavesNow,
    /// It is deleted after the time that it tolerates.
    LeavesLater,
}

/// What becomes of a pod's timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Timer {
    /// It starts with the change.
    Starts,
    /// It runs already, and the change does not touch it.
    Runs,
    /// It runs, and is stopped.
    Stopped,
}

/// Whether a pod comes back to its node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ComesBack {
    /// No.
    No,
    /// Its DaemonSet puts it back, and it goes again, over and over.
    Again,
    /// The scheduler may put its successor here, which goes again.
    Maybe,
    /// The kubelet writes the mirror of its static pod again; the containers never stop.
    Mirror,
}

/// What happens to pods that look for a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Entry {
    /// They could come and cannot any more.
    ShutOut,
    /// They come only where nothing else will do.
    Avoided,
    /// They could not come and can.
    LetIn,
    /// They are not turned away any more.
    Welcome,
}

/// The next pods of a workload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NextPods {
    /// The workload's namespace.
    pub namespace: String,
    /// The workload.
    pub owner: Owner,
    /// How many of its pods are on the node.
    pub pods: usize,
    /// What happens to the next ones.
    pub entry: Entry,
    /// The taint that it is about.
    pub taint: Taint,
}

/// A pod that waits for a node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PendingPod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What happens to it.
    pub entry: Entry,
    /// The taint that it is about.
    pub taint: Taint,
}

/// Pods that are due at the same moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Batch {
    /// Seconds after the change at which they are due.
    pub after_seconds: i64,
    /// How many pods.
    pub pods: usize,
    /// Seconds after the change at which the first of them is deleted.
    pub first_seconds: i64,
    /// Seconds after the change at which the last of them is deleted.
    pub last_seconds: i64,
}

/// A budget that is not asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Budget {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Healthy pods that it needs.
    pub needs: i64,
    /// Healthy pods that it has.
    pub has: i64,
    /// Pods of it that leave.
    pub leaving: i64,
    /// Healthy pods that are left before any is replaced.
    pub left: i64,
    /// Whether fewer are left than it needs.
    pub broken: bool,
}

impl From<&domain::TaintPlan> for TaintPlan {
    fn from(plan: &domain::TaintPlan) -> TaintPlan {
        TaintPlan {
            api_version: "nodemaint.dev/v1alpha1".to_owned(),
            kind: "TaintPlan".to_owned(),
            cluster: (&plan.cluster).into(),
            taken_at: plan.taken_at.to_string(),
            verdict: match plan.verdict {
                domain::Verdict::Unchanged => Verdict::Unchanged,
                domain::Verdict::NothingLeaves => Verdict::NothingLeaves,
                domain::Verdict::PodsLeave => Verdict::PodsLeave,
                domain::Verdict::BreaksBudgets => Verdict::BreaksBudgets,
            },
            complete: plan.is_complete(),
            unread: plan.unread.iter().map(Unread::from).collect(),
            nodes: plan.nodes.iter().map(Node::from).collect(),
            batches: plan.batches.iter().map(Batch::from).collect(),
            budgets: plan.budgets.iter().map(Budget::from).collect(),
            undo: plan.undo.iter().map(Undo::command).collect(),
        }
    }
}

/// Returns what is dangerous about a change of a node.
pub fn warnings(node: &domain::NodePlan) -> Vec<String> {
    let mut warnings = Vec::new();
    if node.declares_lost() {
        let key = out_of_service::KEY;
        warnings.push(format!("{key}: {}", out_of_service::DANGER));
        if let Some(objection) = out_of_service::objection(node.health) {
            warnings.push(format!(
                "node {}: {objection}; `taint add` refuses {key} without --force",
                node.node.name
            ));
        }
    }
    let leaves = node.pods.iter().any(domain::PodPlan::leaves);
    if leaves && node.health == NodeHealth::Unreachable && !node.declares_lost() {
        warnings.push(format!(
            "node {}: its kubelet does not report: pods that are deleted will not end until it does",
            node.node.name
        ));
    }
    warnings
}

impl From<&domain::NodePlan> for Node {
    fn from(node: &domain::NodePlan) -> Node {
        Node {
            name: node.node.name.clone(),
            uid: node.node.uid.clone(),
            cordoned: node.cordoned,
            health: node.health.into(),
            before: node.before.iter().map(Taint::from).collect(),
            after: node.after.iter().map(Taint::from).collect(),
            pods: node.pods.iter().map(Pod::from).collect(),
            next_pods: node.owners.iter().map(NextPods::from).collect(),
            pending: node.pending.as_ref().map(|pods| {
                let pods = pods.iter().map(|pod| PendingPod {
                    namespace: pod.namespace.clone(),
                    name: pod.name.clone(),
                    entry: pod.entry.into(),
                    taint: (&pod.taint).into(),
                });
                pods.collect()
            }),
            warnings: warnings(node),
        }
    }
}

impl From<&domain::OwnerEntry> for NextPods {
    fn from(one: &domain::OwnerEntry) -> NextPods {
        NextPods {
            namespace: one.namespace.clone(),
            owner: (&one.owner).into(),
            pods: one.pods,
            entry: one.entry.into(),
            taint: (&one.taint).into(),
        }
    }
}

impl From<&domain::PodPlan> for Pod {
    fn from(plan: &domain::PodPlan) -> Pod {
        let id = &plan.pod.id;
        let (comes_back, again) = comes_back(plan.homecoming);
        Pod {
            namespace: id.namespace.clone(),
            name: id.name.clone(),
            uid: id.uid.clone(),
            owner: plan.owner.as_ref().map(Owner::from),
            fate: match plan.fate {
                domain::Fate::Stays => Fate::Stays,
                domain::Fate::LeavesNow => Fate::LeavesNow,
                domain::Fate::LeavesLater => Fate::LeavesLater,
            },
            after_seconds: plan.after_seconds,
            latest_seconds: plan.latest_seconds,
            taint: plan.taint.as_ref().map(Taint::from),
            tolerations: plan.tolerations.iter().map(Toleration::from).collect(),
            timer: match plan.change {
                Change::LeavesAfter(_) => Some(Timer::Starts),
                Change::LeavesWithin(_) => Some(Timer::Runs),
                Change::Saved => Some(Timer::Stopped),
                Change::Stays | Change::LeavesNow => None,
            },
            budgets_ignored: plan.budgets_ignored.iter().map(|b| b.path()).collect(),
            returns: match plan.returns {
                Return::Comes => Some(true),
                Return::Lost => Some(false),
                Return::Unknown => None,
            },
            comes_back,
            again_after_seconds: again,
            terminating: plan.pod.is_terminating(),
            grace_seconds: plan.pod.grace_seconds,
        }
    }
}

fn comes_back(homecoming: domain::Homecoming) -> (ComesBack, Option<i64>) {
    match homecoming {
        domain::Homecoming::No => (ComesBack::No, None),
        domain::Homecoming::Mirror => (ComesBack::Mirror, None),
        domain::Homecoming::AgainAfter(seconds) => (ComesBack::Again, Some(seconds)),
        domain::Homecoming::MayAgainAfter(seconds) => (ComesBack::Maybe, Some(seconds)),
    }
}

impl From<entry::Entry> for Entry {
    fn from(entry: entry::Entry) -> Entry {
        match entry {
            entry::Entry::ShutOut => Entry::ShutOut,
            entry::Entry::Avoided => Entry::Avoided,
            entry::Entry::LetIn => Entry::LetIn,
            entry::Entry::Welcome => Entry::Welcome,
        }
    }
}

impl From<&pace::Batch> for Batch {
    fn from(batch: &pace::Batch) -> Batch {
        Batch {
            after_seconds: batch.after_seconds,
            pods: batch.pods,
            first_seconds: batch.first_seconds,
            last_seconds: batch.last_seconds,
        }
    }
}

impl From<&domain::BudgetLoss> for Budget {
    fn from(loss: &domain::BudgetLoss) -> Budget {
        Budget {
            namespace: loss.budget.namespace.clone(),
            name: loss.budget.name.clone(),
            needs: loss.needs,
            has: loss.has,
            leaving: loss.leaving,
            left: loss.left(),
            broken: loss.is_broken(),
        }
    }
}
