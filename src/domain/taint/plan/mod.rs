//! What a change of nodes' taints does: who leaves and when, past which budgets, who is kept out, and how to undo it.
//!
//! A snapshot, the lists as they will be and a few assumptions make a plan. NoExecute taints are obeyed by deleting pods, and
//! no budget is asked: that is the difference to a drain that the plan is there to show.

mod build;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

pub use build::build;

use super::Taint;
use super::entry::Entry;
use super::noexecute::Change;
use super::pace::{Batch, Limits};
use super::pending::PendingPod;
use super::toleration::{Comparisons, Toleration};
use super::undo::Undo;
use crate::domain::budget::BudgetRef;
use crate::domain::drain::fate::Return;
use crate::domain::drain::plan::OwnerName;
use crate::domain::node::{NodeHealth, NodeRef};
use crate::domain::pod::Pod;
use crate::domain::snapshot::{ClusterId, Unread};

/// What is taken for granted because the cluster does not tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Assumptions {
    /// Whether `Gt` and `Lt` count.
    pub comparisons: Comparisons,
    /// How fast the controller is.
    pub limits: Limits,
}

/// A node with the list of taints that it will have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Its name.
    pub node: String,
    /// The whole list.
    pub after: Vec<Taint>,
}

/// What a change comes to; a later one is graver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

/// What happens to a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// It is deleted as soon as the controller gets round to it, or it is ending already.
    LeavesNow,
    /// It is deleted after the time that it tolerates.
    LeavesLater,
    /// Nothing.
    Stays,
}

/// Whether a pod that leaves is put back on the same node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Homecoming {
    /// Not by its owner; the scheduler may choose the node for its successor where the taint allows that.
    No,
    /// Its DaemonSet puts it back at once, and it goes again after this many seconds, over and over.
    AgainAfter(i64),
    /// The kubelet writes the mirror of its static pod again; the containers never stopped.
    Mirror,
    /// It tolerates the taint for a while, so a successor may be scheduled here, and goes again after this many seconds.
    MayAgainAfter(i64),
}

/// One pod in a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodPlan {
    /// The pod as it was read.
    pub pod: Pod,
    /// Who owns it.
    pub owner: Option<OwnerName>,
    /// Whether it is made again.
    pub returns: Return,
    /// Whether it comes back here.
    pub homecoming: Homecoming,
    /// What happens to it.
    pub fate: Fate,
    /// The same, with what becomes of a timer that runs.
    pub change: Change,
    /// Seconds from the change at which it is due at the earliest; `None` where it stays.
    pub after_seconds: Option<i64>,
    /// Seconds from the change at which it is deleted at the latest, at the controller's pace.
    pub latest_seconds: Option<i64>,
    /// The taint that decides.
    pub taint: Option<Taint>,
    /// The tolerations that are used, in the order of the taints.
    pub tolerations: Vec<Toleration>,
    /// Budgets that would have been asked by an eviction.
    pub budgets_ignored: Vec<BudgetRef>,
}

impl PodPlan {
    /// Tells whether the pod leaves, now or later.
    pub fn leaves(&self) -> bool {
        self.fate != Fate::Stays
    }
}

/// What a change does to the next pods of a workload that has pods on the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerEntry {
    /// `metadata.namespace`.
    pub namespace: String,
    /// The workload.
    pub owner: OwnerName,
    /// How many of its pods are on the node.
    pub pods: usize,
    /// What happens to the next ones.
    pub entry: Entry,
    /// The taint that it is about.
    pub taint: Taint,
}

/// One node in a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodePlan {
    /// Which node.
    pub node: NodeRef,
    /// Whether it is cordoned.
    pub cordoned: bool,
    /// Whether its kubelet can end pods.
    pub health: NodeHealth,
    /// Its taints before.
    pub before: Vec<Taint>,
    /// Its taints after.
    pub after: Vec<Taint>,
    /// Its pods, by namespace and name.
    pub pods: Vec<PodPlan>,
    /// The workloads whose next pods it concerns, by namespace and name.
    pub owners: Vec<OwnerEntry>,
    /// The pods without a node that it concerns, by namespace and name; `None` where nobody asked the scheduler's rules.
    pub pending: Option<Vec<PendingPod>>,
}

impl NodePlan {
    /// Tells whether the change declares the node lost.
    pub fn declares_lost(&self) -> bool {
        super::out_of_service::declares(&self.before, &self.after)
    }

    /// Tells whether the list is another one, but for the order.
    pub fn is_changed(&self) -> bool {
        !super::set::Diff::between(&self.before, &self.after).is_empty()
    }
}

/// A budget that pods leave past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetLoss {
    /// Which budget.
    pub budget: BudgetRef,
    /// Healthy pods that it needs, by its status.
    pub needs: i64,
    /// Healthy pods that it has, by its status.
    pub has: i64,
    /// Pods of it that leave.
    pub leaving: i64,
    /// Those of them that are healthy.
    pub healthy_leaving: i64,
}

impl BudgetLoss {
    /// Returns the healthy pods that are left before any is replaced.
    pub fn left(&self) -> i64 {
        (self.has - self.healthy_leaving).max(0)
    }

    /// Tells whether fewer are left than the budget needs, and the change takes some of them.
    pub fn is_broken(&self) -> bool {
        self.healthy_leaving > 0 && self.left() < self.needs
    }
}

/// A change of taints, thought through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaintPlan {
    /// Which cluster.
    pub cluster: ClusterId,
    /// When the snapshot was read.
    pub taken_at: Timestamp,
    /// What it comes to.
    pub verdict: Verdict,
    /// What could not be read; empty when the plan is complete.
    pub unread: Vec<Unread>,
    /// The nodes in the order given.
    pub nodes: Vec<NodePlan>,
    /// When the controller gets round to the pods, over all nodes, by the moment at which they are due.
    pub batches: Vec<Batch>,
    /// The budgets that pods leave past, by namespace and name.
    pub budgets: Vec<BudgetLoss>,
    /// What puts the lists back.
    pub undo: Vec<Undo>,
}

impl TaintPlan {
    /// Tells whether everything that the plan rests on could be read.
    pub fn is_complete(&self) -> bool {
        self.unread.is_empty()
    }

    /// Returns all pods of all nodes.
    pub fn pods(&self) -> impl Iterator<Item = &PodPlan> {
        self.nodes.iter().flat_map(|node| &node.pods)
    }
}
