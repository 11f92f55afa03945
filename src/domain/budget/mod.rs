//! PodDisruptionBudgets: how many pods may leave now, and whether more will ever be allowed.
//!
//! The types are here. `arithmetic` says what a budget allows from its status and spec, `ledger` is what all pods of a
//! plan spend from, `words` puts the numbers and the next command into sentences.

mod arithmetic;
mod ledger;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::labels::LabelSelector;

pub use arithmetic::{Standing, Surroundings};
pub use ledger::{Account, Grant, Refund};
pub use words::Explanation;

/// Names one budget.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BudgetRef {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
}

impl BudgetRef {
    /// Returns `namespace/name`.
    pub fn path(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

/// An `IntOrString` of a budget's spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Amount {
    /// A number of pods.
    Count(i64),
    /// A percentage of the expected pods; both directions round up.
    Percent(i64),
}

/// `spec.unhealthyPodEvictionPolicy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnhealthyPolicy {
    /// Unready pods leave only while enough others are healthy (the default).
    IfHealthyBudget,
    /// Unready pods always leave.
    AlwaysAllow,
}

/// The `DisruptionAllowed` condition, as far as it tells whether the controller could compute the budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyncState {
    /// Computed, or no condition yet.
    Computed,
    /// Reason `SyncFailed`: the controller cannot count this budget's pods; nothing leaves until the cause is mended.
    Failed {
        /// The condition's message.
        message: String,
    },
}

/// A budget's `status`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetStatus {
    /// `observedGeneration`; `None` before the first computation.
    pub observed_generation: Option<i64>,
    /// `disruptionsAllowed`.
    pub disruptions_allowed: i64,
    /// `currentHealthy`.
    pub current_healthy: i64,
    /// `desiredHealthy`.
    pub desired_healthy: i64,
    /// `expectedPods`.
    pub expected_pods: i64,
    /// `disruptedPods`: evictions that the controller has not seen the end of.
    pub disrupted_pods: BTreeMap<String, Timestamp>,
    /// Whether the controller could compute it.
    pub sync: SyncState,
}

/// A PodDisruptionBudget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Namespace and name.
    pub id: BudgetRef,
    /// `metadata.uid`.
    pub uid: String,
    /// `metadata.generation`.
    pub generation: i64,
    /// `spec.selector`: absent selects nothing, empty selects the namespace.
    pub selector: Option<LabelSelector>,
    /// `spec.minAvailable`.
    pub min_available: Option<Amount>,
    /// `spec.maxUnavailable`.
    pub max_unavailable: Option<Amount>,
    /// `spec.unhealthyPodEvictionPolicy`.
    pub unhealthy_policy: UnhealthyPolicy,
    /// `status`.
    pub status: BudgetStatus,
}

impl Budget {
    /// Tells whether the budget protects a pod with these labels in this namespace.
    pub fn selects(&self, namespace: &str, labels: &super::labels::Labels) -> bool {
        self.id.namespace == namespace
            && self
                .selector
                .as_ref()
                .is_some_and(|selector| selector.matches(labels))
    }
}
