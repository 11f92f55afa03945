//! How long a plan takes, as far as graces and what was seen of the pods tell.
//!
//! A budget gives back what a pod took once its successor is ready. Most controllers make the successor when the pod
//! begins to end; that of StatefulSets when it is gone. How long a successor takes to get ready is what the quickest pod
//! of the same controller took. A pod may end at once or use its whole grace, so there is a least and a most.

use std::collections::BTreeMap;

use super::{NodePlan, PodPlan};
use crate::domain::budget::BudgetRef;
use crate::domain::pod::ControllerRef;
use crate::domain::snapshot::Snapshot;

/// A pod that took longer than a rollout waits by default was ready before, and restarted since.
///
/// Source: the default of `progressDeadlineSeconds`.
const LONGEST_START: i64 = 600;

/// How long a plan takes, in seconds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Span {
    /// At least: pods end at once, successors are as quick as the quickest before them.
    pub least: i64,
    /// At most, as far as graces go; `None` where a grace, or how long a successor takes, is not known.
    pub most: Option<i64>,
    /// How many waves it takes.
    pub waves: u32,
    /// The budget that makes it last; `None` with a single wave.
    pub because: Option<BudgetRef>,
    /// The waves of each budget that has more than one, by budget.
    pub tracks: Vec<Track>,
}

/// The waves of one budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// Which budget.
    pub budget: BudgetRef,
    /// Its waves in their order.
    pub waves: Vec<TrackWave>,
}

/// One wave of one budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackWave {
    /// Its number in the plan, from 1.
    pub number: u32,
    /// How many of the budget's pods leave in it.
    pub pods: usize,
    /// Seconds until it begins, at least.
    pub begins: i64,
    /// Seconds until it begins, at most; `None` where that is not known.
    pub begins_at_most: Option<i64>,
}

/// Seconds, of which the most may not be known.
#[derive(Clone, Copy, Default)]
struct Stretch {
    least: i64,
    most: Option<i64>,
}

impl Stretch {
    const NOTHING: Stretch = Stretch {
        least: 0,
        most: Some(0),
    };

    fn then(self, next: Stretch) -> Stretch {
        let sum = |(a, b): (i64, i64)| a.saturating_add(b);
        Stretch {
            least: self.least.saturating_add(next.least),
            most: self.most.zip(next.most).map(sum),
        }
    }

    fn beside(self, other: Stretch) -> Stretch {
        Stretch {
            least: self.least.max(other.least),
            most: self.most.zip(other.most).map(|(a, b)| a.max(b)),
        }
    }
}

/// Reckons how long the pods that can leave take.
pub(super) fn of(nodes: &[NodePlan], snapshot: &Snapshot) -> Span {
    let starts = starts(snapshot);
    let leaving = || {
        nodes
            .iter()
            .flat_map(|node| &node.pods)
            .filter(|p| p.leaves())
    };
    let mut whole = Stretch::NOTHING;
    let mut because: Option<(u32, i64, BudgetRef)> = None;
    let mut tracks = Vec::new();
    for (budget, waves) in by_budget(leaving()) {
        let last = waves.keys().copied().max().unwrap_or(1);
        let mut chain = Stretch::NOTHING;
        let mut track = Vec::new();
        for (wave, pods) in &waves {
            track.push(TrackWave {
                number: *wave,
                pods: pods.len(),
                begins: chain.least,
                begins_at_most: chain.most,
            });
            let turn = |pod: &&PodPlan| match *wave < last {
                true => turnover(pod, &starts),
                false => ending(pod),
            };
            let stretch = pods.iter().map(turn);
            chain = chain.then(stretch.fold(Stretch::NOTHING, Stretch::beside));
        }
        let weight = (last, chain.least, budget.clone());
        if last > 1 && because.as_ref().is_none_or(|most| *most < weight) {
            because = Some(weight);
        }
        if last > 1 {
            tracks.push(Track {
                budget: budget.clone(),
                waves: track,
            });
        }
        whole = whole.beside(chain);
    }
    let unhindered = leaving().map(ending);
    whole = unhindered.fold(whole, Stretch::beside);
    Span {
        least: whole.least,
        most: whole.most,
        waves: leaving().filter_map(|pod| pod.wave).max().unwrap_or(0),
        because: because.map(|(_, _, budget)| budget),
        tracks,
    }
}

/// Returns, for each budget, the pods of each wave.
fn by_budget<'p>(
    pods: impl Iterator<Item = &'p PodPlan>,
) -> BTreeMap<&'p BudgetRef, BTreeMap<u32, Vec<&'p PodPlan>>> {
    let mut map: BTreeMap<_, BTreeMap<u32, Vec<&PodPlan>>> = BTreeMap::new();
    for pod in pods {
        for budget in &pod.budgets {
            let waves = map.entry(budget).or_default();
            waves.entry(pod.wave.unwrap_or(1)).or_default().push(pod);
        }
    }
    map
}

/// How long it takes from a pod's eviction until what it took from its budget is back.
fn turnover(pod: &PodPlan, starts: &BTreeMap<(&str, &ControllerRef), i64>) -> Stretch {
    let controller = pod.pod.controller.as_ref();
    let key = controller.map(|controller| (pod.pod.id.namespace.as_str(), controller));
    let start = key.and_then(|key| starts.get(&key).copied());
    let start = Stretch {
        least: start.unwrap_or(0),
        most: start,
    };
    match controller.is_some_and(|controller| controller.kind == "StatefulSet") {
        true => ending(pod).then(start),
        false => start,
    }
}

/// How long a pod may take to end.
fn ending(pod: &PodPlan) -> Stretch {
    let finished = pod.pod.phase.is_finished();
    Stretch {
        least: 0,
        most: match finished {
            true => Some(0),
            false => pod.grace_seconds,
        },
    }
}

/// Returns how long the quickest pod of each controller took until it was ready.
fn starts(snapshot: &Snapshot) -> BTreeMap<(&str, &ControllerRef), i64> {
    let mut starts = BTreeMap::new();
    for pod in &snapshot.pods {
        let (Some(controller), Some(seconds)) = (&pod.controller, pod.ready_after_seconds()) else {
            continue;
        };
        if seconds > LONGEST_START {
            continue;
        }
        let least = starts.entry((pod.id.namespace.as_str(), controller));
        let least = least.or_insert(seconds);
        *least = seconds.min(*least);
    }
    starts
}
