//! The budgets as the watch shows them, and whether one lets a pod go now.
//!
//! The server writes a budget's status for every eviction. Two evictions of one budget at the same moment make it retry
//! inside for half a second, so each budget has one request in flight at most, and the next follows when the controller
//! has taken the last pod out of `disruptedPods` again.

use std::collections::HashMap;
use std::time::Duration;

use crate::domain::budget::{Budget, BudgetRef, SyncState, UnhealthyPolicy};
use crate::domain::pod::{Pod, Readiness};
use crate::engine::cluster::Change;

/// Time after which a closed budget is asked again although no change was seen: a watch may have missed one.
pub(super) const RETRY_WITHOUT_CHANGE: Duration = Duration::from_secs(5);
/// Least time between two tries without a change, whatever the status says: it may lag behind the server.
const RETRY_AT_LEAST: Duration = Duration::from_secs(1);
/// Time given to the status write of an eviction when the watch did not show it (pods that vanish at once).
const SETTLE: Duration = Duration::from_millis(50);
/// Time after which an entry in `disruptedPods` holds the next eviction back no longer.
const SETTLE_AT_MOST: Duration = Duration::from_secs(1);

/// Tells whether a pod may be sent under its budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Gate {
    /// Send it.
    Open,
    /// Send it as a probe: the status says no, but the server was not asked for long enough.
    Probe,
    /// Not now; look again at this moment, or at the budget's next change.
    Closed {
        /// When to look again.
        until: Duration,
    },
    /// Never: the controller cannot compute the budget.
    NotComputable {
        /// The controller's words.
        message: String,
    },
}

/// What the server said to an eviction, as far as its budget is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// The pod leaves.
    Accepted,
    /// The budget said no.
    Refused,
    /// Something that is not about the budget.
    Other,
}

/// Tells whether the pods that the budgets protect may be others than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coverage {
    /// The same.
    Same,
    /// Maybe others.
    Changed,
}

/// One budget with what was sent under it.
#[derive(Debug)]
struct Tracked {
    budget: Budget,
    in_flight: bool,
    /// When the server was last asked.
    asked: Option<Duration>,
    /// When it last accepted.
    accepted: Option<Duration>,
    /// When it last refused, unless the status has made room since.
    refused: Option<Duration>,
}

/// All budgets of the cluster, kept current by a watch.
#[derive(Debug, Default)]
pub(super) struct Budgets {
    known: HashMap<BudgetRef, Tracked>,
}

impl Budgets {
    /// Takes a change and tells whether it may protect other pods than before.
    pub(super) fn apply(&mut self, change: Change<Budget>) -> Coverage {
        match change {
            Change::Applied(budget) => self.insert(budget),
            Change::Deleted(budget) => {
                self.known.remove(&budget.id);
                Coverage::Changed
            }
            Change::Restarted(budgets) => {
                let listed: Vec<BudgetRef> = budgets.iter().map(|b| b.id.clone()).collect();
                self.known.retain(|id, _| listed.contains(id));
                for budget in budgets {
                    self.insert(budget);
                }
                Coverage::Changed
            }
            Change::Interrupted(_) => Coverage::Same,
        }
    }

    /// Returns the budgets that protect a pod.
    pub(super) fn of(&self, pod: &Pod) -> Vec<BudgetRef> {
        if !pod.is_budgeted() {
            return Vec::new();
        }
        let mut found: Vec<BudgetRef> = self
            .known
            .values()
            .filter(|t| t.budget.selects(&pod.id.namespace, &pod.labels))
            .map(|t| t.budget.id.clone())
            .collect();
        found.sort();
        found
    }

    /// Decides whether a pod that these budgets protect may be sent now.
    pub(super) fn gate(&self, budgets: &[BudgetRef], pod: &Pod, now: Duration) -> Gate {
        // More than one budget is the server's to refuse: its answer is the proof.
        let [only] = budgets else {
            return Gate::Open;
        };
        self.known
            .get(only)
            .filter(|_| pod.is_budgeted())
            .map_or(Gate::Open, |t| t.gate(pod, now))
    }

    /// Notes that a request under these budgets is on its way.
    pub(super) fn sent(&mut self, budgets: &[BudgetRef], now: Duration) {
        for tracked in self.each(budgets) {
            tracked.in_flight = true;
            tracked.asked = Some(now);
        }
    }

    /// Notes that the answer came.
    pub(super) fn answered(&mut self, budgets: &[BudgetRef], answer: Answer, now: Duration) {
        for tracked in self.each(budgets) {
            tracked.in_flight = false;
            match answer {
                Answer::Accepted => tracked.accepted = Some(now),
                Answer::Refused => tracked.refused = Some(now),
                Answer::Other => {}
            }
        }
    }

    fn each(&mut self, budgets: &[BudgetRef]) -> impl Iterator<Item = &mut Tracked> {
        self.known
            .iter_mut()
            .filter(|(id, _)| budgets.contains(id))
            .map(|(_, tracked)| tracked)
    }

    fn insert(&mut self, budget: Budget) -> Coverage {
        if let Some(tracked) = self.known.get_mut(&budget.id) {
            let coverage = if tracked.budget.selector == budget.selector {
                Coverage::Same
            } else {
                Coverage::Changed
            };
            if made_room(&tracked.budget, &budget) {
                // What was refused before may be asked for at once.
                tracked.refused = None;
            }
            tracked.budget = budget;
            return coverage;
        }
        let tracked = Tracked {
            in_flight: false,
            asked: None,
            accepted: None,
            refused: None,
            budget,
        };
        self.known.insert(tracked.budget.id.clone(), tracked);
        Coverage::Changed
    }
}

/// Tells whether a change of status is a reason to ask again.
fn made_room(before: &Budget, after: &Budget) -> bool {
    let (old, new) = (&before.status, &after.status);
    new.disruptions_allowed > 0
        && (old.disruptions_allowed != new.disruptions_allowed
            || old.disrupted_pods != new.disrupted_pods
            || old.observed_generation != new.observed_generation)
}

impl Tracked {
    fn gate(&self, pod: &Pod, now: Duration) -> Gate {
        let status = &self.budget.status;
        if let SyncState::Failed { message } = &status.sync {
            return Gate::NotComputable {
                message: message.clone(),
            };
        }
        if self.in_flight {
            // The answer wakes the schedule; the time is only a safeguard.
            return Gate::Closed {
                until: now + RETRY_WITHOUT_CHANGE,
            };
        }
        if let Some(until) = self.settled_at(now) {
            return Gate::Closed { until };
        }
        if let Some(refused) = self.refused
            && now < refused + RETRY_AT_LEAST
        {
            return Gate::Closed {
                until: refused + RETRY_AT_LEAST,
            };
        }
        let stale = status.observed_generation.unwrap_or(0) < self.budget.generation;
        let room = status.disruptions_allowed > 0 || passes_unready(&self.budget, pod);
        match self.asked {
            _ if room && !stale => Gate::Open,
            None => Gate::Probe,
            Some(asked) if now >= asked + RETRY_WITHOUT_CHANGE => Gate::Probe,
            Some(asked) => Gate::Closed {
                until: asked + RETRY_WITHOUT_CHANGE,
            },
        }
    }

    /// Returns when the last accepted eviction has settled; `None` when it has.
    fn settled_at(&self, now: Duration) -> Option<Duration> {
        let accepted = self.accepted?;
        let wait = if self.budget.status.disrupted_pods.is_empty() {
            SETTLE
        } else {
            SETTLE_AT_MOST
        };
        Some(accepted + wait).filter(|until| *until > now)
    }
}

/// Tells whether an unready pod passes without spending (`pkg/registry/core/pod/storage/eviction.go`).
fn passes_unready(budget: &Budget, pod: &Pod) -> bool {
    let status = &budget.status;
    pod.readiness == Readiness::NotReady
        && match budget.unhealthy_policy {
            UnhealthyPolicy::AlwaysAllow => true,
            UnhealthyPolicy::IfHealthyBudget => {
                status.current_healthy >= status.desired_healthy && status.desired_healthy > 0
            }
        }
}
