//! The operator's options for a drain, checked: everything a verdict may depend on besides the cluster itself.

use std::time::Duration;

use crate::domain::labels::LabelSelector;

/// Tells whether the operator agreed to a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Not asked for: such pods are refused.
    Withheld,
    /// Agreed to by a flag.
    Given,
}

/// What to do about pods of DaemonSets, which come back to the node at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DaemonSetRule {
    /// Refuse the drain.
    Refuse,
    /// Leave them where they are (`--ignore-daemonsets`).
    Ignore,
}

/// How pods are removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// By the eviction API, which asks the budgets.
    Evict,
    /// By DELETE, which does not (`--disable-eviction`).
    Delete,
}

/// How long a pod gets to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GracePeriod {
    /// What the pod's own spec says.
    PodsOwn,
    /// This many seconds; 0 kills at once.
    Seconds(u32),
}

/// Options of a drain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrainPolicy {
    /// `--force`: pods that nobody would make again may go.
    pub unmanaged: Consent,
    /// `--ignore-daemonsets`.
    pub daemon_sets: DaemonSetRule,
    /// `--delete-emptydir-data`.
    pub empty_dir: Consent,
    /// `--pod-selector`: only these pods are drained.
    pub pod_selector: Option<LabelSelector>,
    /// `--skip-wait-for-delete-timeout`: pods whose deletion timestamp is longer ago than this are not waited for.
    pub skip_terminating_after: Option<Duration>,
    /// `--disable-eviction`.
    pub removal: Removal,
    /// `--grace-period`.
    pub grace: GracePeriod,
}

impl Default for DrainPolicy {
    fn default() -> Self {
        DrainPolicy {
            unmanaged: Consent::Withheld,
            daemon_sets: DaemonSetRule::Refuse,
            empty_dir: Consent::Withheld,
            pod_selector: None,
            skip_terminating_after: None,
            removal: Removal::Evict,
            grace: GracePeriod::PodsOwn,
        }
    }
}
