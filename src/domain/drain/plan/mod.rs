//! The plan of a drain: every pod of every named node with its fate, budgets spent jointly.
//!
//! A snapshot, the options and the time make a plan; the same input always makes the same plan, in whatever order the
//! source listed its objects. `build` joins what `fate` says about single pods, `spend` settles the budgets they share,
//! `joint` does so wave by wave with the room that successors take.

mod build;
mod course;
#[cfg(test)]
mod course_tests;
mod findings;
mod guards;
#[cfg(test)]
mod guards_tests;
mod index;
mod joint;
#[cfg(test)]
mod joint_tests;
mod leaving;
#[cfg(test)]
mod leaving_tests;
#[cfg(test)]
mod node_tests;
#[cfg(test)]
mod properties;
mod span;
#[cfg(test)]
mod span_tests;
pub(super) mod spend;
#[cfg(test)]
mod tests;

pub(in crate::domain) use build::owner_name;
pub(super) use build::{Draft, Sketch, sketch};
pub use build::{Site, UnknownNode, build, build_at, build_from};
pub use course::{Batch, Course};
pub use guards::{Guard, GuardCode};
pub use index::Index;
pub use span::{Span, Track, TrackWave};

use crate::domain::assume::Assumed;
use crate::domain::budget::BudgetRef;
use crate::domain::diagnose::Finding;
use crate::domain::fit::bound_volumes::BoundVolume;
use crate::domain::node::{NodeHealth, NodeRef};
use crate::domain::pod::Pod;
use crate::domain::snapshot::{ClusterId, Unread};

use super::fate::{Fate, Reason, Return};
use super::landing::Landing;
use super::load::NodeLoad;

/// Tells whether what must leave can leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Everything can leave, maybe in waves.
    Ready,
    /// Something needed for the answer could not be read.
    Unknown,
    /// A budget or the server keeps a pod.
    Blocked,
    /// A flag is missing.
    Refused,
}

/// Tells whether a budget lets its pods of this plan go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetVerdict {
    /// All at once.
    Ok,
    /// All, in several waves.
    Waves,
    /// Not until a rollout or a sick pod recovers.
    Waiting,
    /// Never, by arithmetic.
    Never,
    /// The status is older than the spec.
    Stale,
    /// More than one budget selects a pod.
    Overlap,
}

/// The workload that a pod belongs to, at the top of its chain of controllers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerName {
    /// For example `Deployment`.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// One pod in a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodPlan {
    /// The pod as it was read.
    pub pod: Pod,
    /// Who owns it.
    pub owner: Option<OwnerName>,
    /// Whether it comes back.
    pub returns: Return,
    /// What happens to it.
    pub fate: Fate,
    /// Why: all reasons.
    pub reasons: Vec<Reason>,
    /// What is wrong with it, gravest first; empty where it stays.
    pub findings: Vec<Finding>,
    /// Budgets that select it.
    pub budgets: Vec<BudgetRef>,
    /// In which wave it leaves, from 1; `None` where it does not leave.
    pub wave: Option<u32>,
    /// Seconds that it gets to end, by the drain's options or its own spec; `None` leaves it to the server.
    pub grace_seconds: Option<i64>,
    /// Volumes that only its node reaches; empty where nobody asked or the pod stays.
    pub bound_volumes: Vec<BoundVolume>,
    /// Where its successor goes, or would go if the pod could leave; `None` where nobody asked or the pod stays.
    pub landing: Option<Landing>,
}

/// One node in a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodePlan {
    /// Which node.
    pub node: NodeRef,
    /// Whether it is cordoned already.
    pub cordoned: bool,
    /// Whether its kubelet can end pods.
    pub health: NodeHealth,
    /// Whether it can be emptied.
    pub verdict: Verdict,
    /// Its pods, by namespace and name.
    pub pods: Vec<PodPlan>,
}

/// One budget that the plan spends from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetPlan {
    /// Which budget.
    pub budget: BudgetRef,
    /// Disruptions allowed now.
    pub allowed: i64,
    /// `status.currentHealthy`.
    pub healthy: i64,
    /// `status.desiredHealthy`: how many must stay.
    pub desired: i64,
    /// `status.expectedPods`.
    pub expected: i64,
    /// Disruptions that the plan needs.
    pub needed: i64,
    /// Whether it lets them go.
    pub verdict: BudgetVerdict,
    /// The numbers in words.
    pub message: String,
    /// The next command; empty where there is none.
    pub hint: String,
}

/// A drain of one or more nodes, thought through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrainPlan {
    /// Which cluster.
    pub cluster: ClusterId,
    /// When the snapshot was read.
    pub taken_at: jiff::Timestamp,
    /// Whether all named nodes can be emptied: the gravest of the nodes' verdicts.
    pub verdict: Verdict,
    /// What could not be read; empty when the plan is complete.
    pub unread: Vec<Unread>,
    /// The nodes in the order given.
    pub nodes: Vec<NodePlan>,
    /// The budgets of all pods that leave, by namespace and name.
    pub budgets: Vec<BudgetPlan>,
    /// How long it takes until the last pod that can leave is gone.
    pub span: Span,
    /// In which batches the nodes are emptied.
    pub course: Course,
    /// What to mind besides.
    pub guards: Vec<Guard>,
    /// The nodes that change, drained ones first; empty where nobody asked where the pods land.
    pub loads: Vec<NodeLoad>,
    /// What it rests on that is not so; `None` of a plan of the cluster as it was read.
    pub assumed: Option<Assumed>,
}

impl DrainPlan {
    /// Tells whether everything that the plan rests on could be read.
    pub fn is_complete(&self) -> bool {
        self.unread.is_empty()
    }

    /// Returns all pods of all nodes.
    pub fn pods(&self) -> impl Iterator<Item = &PodPlan> {
        self.nodes.iter().flat_map(|node| &node.pods)
    }
}

impl PodPlan {
    /// Tells whether the pod leaves.
    pub fn leaves(&self) -> bool {
        matches!(self.fate, Fate::Evict | Fate::Delete)
    }
}
