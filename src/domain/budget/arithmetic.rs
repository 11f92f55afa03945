//! What a budget allows, from its status first and its spec second.
//!
//! The server's eviction handler decides by the status alone, so that is what is asked; the spec and the number of
//! expected pods tell whether the answer can ever change.

use std::sync::Arc;

use super::{Amount, Budget, SyncState, UnhealthyPolicy};
use crate::domain::pod::{Pod, Readiness};

impl Amount {
    /// Returns the number of pods that this amount is out of `total`; percentages round up, as the controller does for
    /// both of the spec's fields.
    pub fn of(&self, total: i64) -> i64 {
        match self {
            Amount::Count(count) => *count,
            Amount::Percent(percent) => {
                let parts = i128::from(*percent) * i128::from(total);
                let rounded = parts.div_euclid(100) + i128::from(parts.rem_euclid(100) != 0);
                i64::try_from(rounded).unwrap_or(i64::MAX)
            }
        }
    }
}

/// What is known about the pods around a budget, besides its own numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// Pods that it selects and that are finished or ending: they count as expected, but will not be healthy again.
    pub leaving: i64,
    /// `namespace/name` of selected pods that are not ready and not leaving.
    pub sick: Arc<[String]>,
    /// The workloads of its pods in this plan, as `kind/name` in kubectl's lower-case form.
    pub workloads: Vec<String>,
}

/// Where a budget stands now, for pods that need a disruption from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Lets this many go at once.
    Open(i64),
    /// The controller cannot compute it; nothing changes by waiting.
    NotComputable,
    /// The status is older than the spec; the server refuses until the controller has caught up.
    Stale,
    /// No selected pod is healthy: nothing leaves, whatever the minimum is.
    NoHealthyPod,
    /// Even with every expected pod healthy none could leave.
    Never,
    /// Would let pods go once more of them are healthy.
    Waiting,
}

impl Budget {
    /// Tells whether the status was computed from an older spec, or never.
    pub fn is_stale(&self) -> bool {
        self.status.observed_generation.unwrap_or(0) < self.generation
    }

    /// Returns how many healthy pods the spec asks for out of `expected`.
    pub fn desired_by_spec(&self, expected: i64) -> i64 {
        match (&self.min_available, &self.max_unavailable) {
            (Some(min), _) => min.of(expected),
            (None, Some(max)) => (expected - max.of(expected)).max(0),
            (None, None) => 0,
        }
    }

    /// Returns how many pods could be away at once if every other expected one were healthy.
    pub fn capacity(&self, surroundings: &Surroundings) -> i64 {
        // Only minAvailable as a number counts pods; the other forms count what the workloads ask for.
        let expected = match self.min_available {
            Some(Amount::Count(_)) => self.status.expected_pods - surroundings.leaving,
            _ => self.status.expected_pods,
        };
        expected - self.desired_by_spec(expected).max(0)
    }

    /// Tells where the budget stands.
    ///
    /// A budget that cannot be computed is asked for first: its status looks stale as well, and stays so for ever.
    pub fn standing(&self, surroundings: &Surroundings) -> Standing {
        let status = &self.status;
        let failed = matches!(status.sync, SyncState::Failed { .. });
        if failed && (self.is_stale() || status.disruptions_allowed <= 0) {
            Standing::NotComputable
        } else if self.is_stale() {
            Standing::Stale
        } else if status.disruptions_allowed > 0 {
            Standing::Open(status.disruptions_allowed)
        } else if self.capacity(surroundings) <= 0 {
            Standing::Never
        } else if status.current_healthy <= 0 {
            Standing::NoHealthyPod
        } else {
            Standing::Waiting
        }
    }

    /// Tells whether a selected pod leaves without a disruption: it is not ready, and either the policy lets such pods
    /// go always, or there are enough healthy ones without it.
    ///
    /// At a minimum of 0 an unready pod does take a disruption, but one that is given back at once: it was not healthy.
    pub fn lets_go_free(&self, pod: &Pod) -> bool {
        if pod.readiness == Readiness::Ready {
            return false;
        }
        let status = &self.status;
        let enough = status.current_healthy >= status.desired_healthy && status.desired_healthy > 0;
        self.unhealthy_policy == UnhealthyPolicy::AlwaysAllow
            || enough
            || (!self.is_stale() && status.disruptions_allowed > 0)
    }
}
