//! What-if: edits of what was read of a cluster, so that a plan can be asked again without anything being changed.
//!
//! Nodes are added to the snapshot and to the scheduler's world, budgets get another spec and the status that the disruption
//! controller would compute for it.

mod budget;
#[cfg(test)]
mod budget_tests;
mod node;

pub use budget::{BudgetChange, BudgetEdit};
pub use node::{AssumedNode, named};

use super::drain::fate::Bearing;
use super::drain::landing::LandingVerdict;
use super::drain::plan::{DrainPlan, Verdict};
use super::fit::world::World;
use super::snapshot::Snapshot;

/// An edit that does not go with the cluster.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unfit {
    /// What is wrong.
    pub message: String,
    /// What would do; empty where there is nothing to say.
    pub hint: String,
}

/// Something that is assumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumption {
    /// What kind of thing.
    pub kind: AssumptionKind,
    /// One line with names and numbers.
    pub text: String,
}

/// Kinds of assumptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssumptionKind {
    /// A node that is not there.
    Node,
    /// A budget that is another one.
    Budget,
    /// Flags that were not given.
    Flags,
}

/// Edits of nodes and budgets.
#[derive(Debug, Clone, Default)]
pub struct Edits {
    /// Nodes to add; their names are made unique.
    pub nodes: Vec<AssumedNode>,
    /// Budgets to change, one after the other.
    pub budgets: Vec<BudgetEdit>,
}

impl Edits {
    /// Applies them to what a drain and what the scheduler asks; returns what is assumed by it, in words.
    ///
    /// # Errors
    ///
    /// A budget that is not there, or of which too little is known.
    pub fn apply(
        self,
        snapshot: &mut Snapshot,
        mut world: Option<&mut World>,
    ) -> Result<Vec<Assumption>, Unfit> {
        let mut told = Vec::new();
        for edit in &self.budgets {
            told.push(budget::apply(edit, snapshot, world.as_deref())?);
        }
        let nodes = named(self.nodes, snapshot, world.as_deref());
        told.extend(nodes.iter().map(AssumedNode::assumption));
        for added in &nodes {
            let name = added.node.id.name.clone();
            snapshot.nodes.insert(name, added.node.clone());
        }
        if let Some(world) = &mut world {
            world.add_nodes(nodes.into_iter().map(|added| added.object).collect());
        }
        Ok(told)
    }
}

/// What a plan comes to, in numbers, to be compared with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The plan's verdict.
    pub verdict: Verdict,
    /// Pods that no flag makes leave.
    pub blocked: usize,
    /// Pods that need a flag.
    pub refused: usize,
    /// Pods for whose successors no node was found.
    pub nowhere: usize,
}

impl Outcome {
    /// Counts a plan.
    pub fn of(plan: &DrainPlan) -> Outcome {
        let with = |bearing: Bearing| {
            let pods = plan.pods();
            pods.filter(|pod| pod.reasons.iter().any(|reason| reason.bearing == bearing))
                .count()
        };
        let landings = plan.pods().filter_map(|pod| pod.landing.as_ref());
        Outcome {
            verdict: plan.verdict,
            blocked: with(Bearing::Blocks),
            refused: with(Bearing::Refuses),
            nowhere: landings
                .filter(|landing| landing.verdict == LandingVerdict::Nowhere)
                .count(),
        }
    }
}

/// What a plan rests on that is not so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumed {
    /// What is assumed, in words.
    pub assumptions: Vec<Assumption>,
    /// What the plan comes to without it.
    pub without: Outcome,
}
