//! Every budget as it stands, whom it selects, and which nodes it would hold up, each of them drained alone.
//!
//! A plan asks what budgets mean for the nodes that were named; this asks before anybody named one. Nodes are judged by
//! the same arithmetic as a plan's, with every consent given, so that only budgets are left to stand in the way.

mod judge;
mod sick;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::plan::{BudgetVerdict, OwnerName};
use crate::domain::budget::{Budget, BudgetRef};
use crate::domain::diagnose::{Finding, Placements};
use crate::domain::owner::OwnerLookup;
use crate::domain::pod::PodRef;
use crate::domain::snapshot::{ClusterId, Snapshot, Unread};

/// How a budget stands, over all nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Each node could be emptied at once, as far as this budget goes.
    Ok,
    /// Each node could be emptied, some in several waves.
    Waves,
    /// No pod is selected: it protects nothing.
    MatchesNothing,
    /// Whom it selects, or whether its pods are made again, could not be read.
    Unknown,
    /// Lets nothing go until a rollout or a sick pod recovers.
    Waiting,
    /// The status is older than the spec.
    Stale,
    /// More than one budget selects a pod.
    Overlap,
    /// Never lets a pod go, or not all of a node's.
    Never,
}

impl State {
    /// Tells whether somebody has to look after the budget, or at what could not be read.
    pub fn is_problem(self) -> bool {
        self > State::Waves
    }
}

/// The pods that a budget selects.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selected {
    /// How many, in whatever phase.
    pub pods: usize,
    /// Their workloads, each with its number of pods, sorted; `None` are those without a controller.
    pub owners: Vec<(Option<OwnerName>, usize)>,
}

/// A node that a budget would hold up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldNode {
    /// Its name.
    pub name: String,
    /// Disruptions that emptying it needs.
    pub needed: i64,
    /// What the budget would do to a drain of this node alone.
    pub verdict: BudgetVerdict,
}

/// A pod that a closed budget waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SickPod {
    /// Which.
    pub pod: PodRef,
    /// What is wrong with it, gravest first.
    pub findings: Vec<Finding>,
}

/// One budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetState {
    /// The budget as it was read.
    pub budget: Budget,
    /// How it stands.
    pub state: State,
    /// The numbers in words.
    pub message: String,
    /// The next command; empty where there is none.
    pub hint: String,
    /// Whom it selects; `None` where pods could not be read.
    pub selected: Option<Selected>,
    /// Other budgets that select one of its pods, sorted.
    pub overlaps: Vec<BudgetRef>,
    /// The nodes that it would hold up, by name.
    pub nodes: Vec<HeldNode>,
    /// The unready pods that keep it closed, by name.
    pub sick: Vec<SickPod>,
}

/// All budgets of a cluster, or of a namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetReport {
    /// Which cluster.
    pub cluster: ClusterId,
    /// When it was read.
    pub taken_at: Timestamp,
    /// What could not be read; empty when the report is complete.
    pub unread: Vec<Unread>,
    /// The budgets, by namespace and name.
    pub budgets: Vec<BudgetState>,
}

/// Which budgets are asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Those of all namespaces.
    Cluster,
    /// Those of one namespace.
    Namespace(String),
}

impl Reach {
    /// Tells whether a namespace is asked about.
    pub fn holds(&self, namespace: &str) -> bool {
        match self {
            Reach::Cluster => true,
            Reach::Namespace(name) => name == namespace,
        }
    }
}

/// Looks at all budgets within reach; `placements` says where pods that they wait for could go.
pub fn report(snapshot: &Snapshot, reach: &Reach, placements: &Placements) -> BudgetReport {
    let mut budgets = judge::all(snapshot, reach, placements);
    budgets.sort_by(|a, b| a.budget.id.cmp(&b.budget.id));
    BudgetReport {
        cluster: snapshot.cluster.clone(),
        taken_at: snapshot.taken_at,
        unread: unread(snapshot, reach),
        budgets,
    }
}

/// Returns what could not be read: the snapshot's own list, and the owners of pods that the budgets select.
fn unread(snapshot: &Snapshot, reach: &Reach) -> Vec<Unread> {
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    for pod in &snapshot.pods {
        let Some(OwnerLookup::Unreadable { reason }) = snapshot.owner_of(pod) else {
            continue;
        };
        let selects = |budget: &Budget| budget.selects(&pod.id.namespace, &pod.labels);
        let namespace = &pod.id.namespace;
        if let Some(controller) = &pod.controller
            && reach.holds(namespace)
            && snapshot.budgets.iter().any(selects)
        {
            let what = format!("{} {namespace}/{}", controller.kind, controller.name);
            owners.insert(what, reason.clone());
        }
    }
    let owners = owners.into_iter();
    let owners = owners.map(|(what, reason)| Unread { what, reason });
    snapshot.unread.iter().cloned().chain(owners).collect()
}
