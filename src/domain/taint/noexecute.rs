//! What NoExecute taints do to a pod: it stays, leaves now, or leaves after the time that it tolerates.
//!
//! Source: `pkg/controller/tainteviction/taint_eviction.go` and `GetMatchingTolerations` of component-helpers: for each taint
//! the first toleration in the pod's order that matches is used, even where a later one is laxer; the shortest time of
//! all used ones counts. Nobody is exempt: DaemonSet pods, mirrors of static pods and finished pods leave like all others.

use super::toleration::{Comparisons, Toleration};
use super::{Effect, Taint};

/// How long a pod may stay on a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stay {
    /// A taint is not tolerated: it is deleted as soon as the controller sees them together.
    Untolerated,
    /// It is deleted this many seconds after the controller first saw them together. With 0 that is at once too, unless a timer
    /// runs, which the controller leaves as it is.
    Seconds(i64),
    /// The taints do nothing to it.
    Forever,
}

/// What a list of taints does to a pod with these tolerations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// How long it may stay.
    pub stay: Stay,
    /// The taint that decides; `None` where the pod stays for ever.
    pub decided_by: Option<&'a Taint>,
    /// The toleration that is used for each NoExecute taint, in the order of the taints; those that are not tolerated have none.
    pub used: Vec<(&'a Taint, &'a Toleration)>,
}

/// Decides what a node's list of taints does to a pod with these tolerations.
pub fn decide<'a>(
    taints: &'a [Taint],
    tolerations: &'a [Toleration],
    comparisons: Comparisons,
) -> Outcome<'a> {
    let executing = || taints.iter().filter(|t| t.effect == Effect::NoExecute);
    let first = |taint: &'a Taint| {
        let mut matching = tolerations.iter();
        matching.find(|one| one.tolerates_under(taint, comparisons))
    };
    let used: Vec<_> = executing()
        .filter_map(|taint| Some((taint, first(taint)?)))
        .collect();
    if let Some(untolerated) = executing().find(|taint| first(taint).is_none()) {
        return Outcome {
            stay: Stay::Untolerated,
            decided_by: Some(untolerated),
            used,
        };
    }
    let limited = used
        .iter()
        .filter_map(|(taint, toleration)| Some((toleration.seconds?, *taint)))
        // The first of several with the same time.
        .min_by_key(|(seconds, _)| *seconds);
    let stay = limited.map_or(Stay::Forever, |(seconds, _)| stay(seconds));
    Outcome {
        stay,
        decided_by: limited
            .map(|(_, taint)| taint)
            .filter(|_| stay != Stay::Forever),
        used,
    }
}

/// Returns what the shortest `tolerationSeconds` means.
///
/// The controller counts in nanoseconds of 64 bits, and a time that does not fit runs over: a negative one means for ever.
fn stay(seconds: i64) -> Stay {
    const NANOS: i64 = 1_000_000_000;
    if seconds <= 0 {
        return Stay::Seconds(0);
    }
    let nanos = seconds.wrapping_mul(NANOS);
    match nanos {
        ..0 => Stay::Forever,
        _ => Stay::Seconds(nanos / NANOS + i64::from(nanos % NANOS > 0)),
    }
}

/// What a change of a node's taints does to a pod that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It stays, as before.
    Stays,
    /// It would have left after a while, and stays now: its timer is stopped.
    Saved,
    /// It leaves now.
    LeavesNow,
    /// Its timer starts now.
    LeavesAfter(i64),
    /// Its timer runs already, with at most this many seconds left; the change does not touch it.
    LeavesWithin(i64),
}

/// Tells what becomes of a pod when a list of taints that gave `before` becomes one that gives `after`.
///
/// A timer that runs is neither shortened nor prolonged, not even by a toleration for no time at all: only a taint that is not
/// tolerated and "for ever" touch it. What it was started with is not in the cluster; the time that the present list gives
/// is taken for it.
pub fn change(before: Stay, after: Stay) -> Change {
    match (before, after) {
        (_, Stay::Untolerated) => Change::LeavesNow,
        (Stay::Seconds(1..), Stay::Forever) => Change::Saved,
        (_, Stay::Forever) => Change::Stays,
        (Stay::Seconds(running @ 1..), Stay::Seconds(_)) => Change::LeavesWithin(running),
        (_, Stay::Seconds(..=0)) => Change::LeavesNow,
        (_, Stay::Seconds(seconds)) => Change::LeavesAfter(seconds),
    }
}

#[cfg(test)]
#[path = "noexecute_tests.rs"]
mod tests;
