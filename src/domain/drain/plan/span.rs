//! How long a plan takes, as far as graces and what was seen of the pods tell.
//!
//! A budget gives back what a pod took once its successor is ready. Most controllers make the successor when the pod
//! begins to end; that of StatefulSets when it is gone. How long a successor takes to get ready is what the quickest pod
//! of the same controller took. A pod may end at once or use its whole grace, so there is a least and a most.

use std::collections::{BTreeMap, HashMap};

use crate::domain::budget::BudgetRef;
use crate::domain::pod::{ControllerRef, Pod};
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
    /// Its waves in their order; one that batches share is there for each of them.
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

/// Quickest starts of the successors of each controller's pods, in seconds.
pub(super) type Starts<'s> = HashMap<(&'s str, &'s ControllerRef), i64>;

/// A pod that leaves, as far as time goes.
pub(super) struct Leaving<'p> {
    pub pod: &'p Pod,
    /// From 1.
    pub wave: u32,
    /// The budgets that select it.
    pub budgets: Vec<&'p BudgetRef>,
    /// Seconds that it gets to end.
    pub grace_seconds: Option<i64>,
}

/// Reckons how long the pods that can leave take, batch after batch: each batch, and all of them.
pub(super) fn of(batches: &[Vec<Leaving<'_>>], starts: &Starts<'_>) -> (Vec<Span>, Span) {
    let ends = Ends::of(batches);
    let spans: Vec<Span> = (0..batches.len())
        .map(|number| ends.span(number, &batches[number], starts))
        .collect();
    let Some((first, rest)) = spans.split_first() else {
        return (spans, Span::default());
    };
    let mut total = rest.iter().fold(first.clone(), |all, next| {
        let whole = Stretch {
            least: all.least,
            most: all.most,
        };
        let whole = whole.then(Stretch {
            least: next.least,
            most: next.most,
        });
        Span {
            least: whole.least,
            most: whole.most,
            because: match next.waves > all.waves {
                true => next.because.clone(),
                false => all.because,
            },
            waves: all.waves.max(next.waves),
            tracks: after(all.tracks, &next.tracks, (all.least, all.most)),
        }
    });
    total.tracks.retain(|track| track.waves.len() > 1);
    total.tracks.sort_by(|a, b| a.budget.cmp(&b.budget));
    (spans, total)
}

/// Appends the waves of a batch that begins when the ones before it are over.
fn after(mut all: Vec<Track>, next: &[Track], (least, most): (i64, Option<i64>)) -> Vec<Track> {
    for track in next {
        let waves = track.waves.iter().map(|wave| TrackWave {
            begins: wave.begins.saturating_add(least),
            begins_at_most: wave
                .begins_at_most
                .zip(most)
                .map(|(a, b)| a.saturating_add(b)),
            ..wave.clone()
        });
        match all.iter_mut().find(|one| one.budget == track.budget) {
            Some(one) => one.waves.extend(waves),
            None => all.push(Track {
                budget: track.budget.clone(),
                waves: waves.collect(),
            }),
        }
    }
    all
}

/// The pods of a batch by budget and wave.
type ByBudget<'p> = BTreeMap<&'p BudgetRef, BTreeMap<u32, Vec<&'p Leaving<'p>>>>;

/// Where the waves of each budget end: the last wave of all, and for each wave the last batch that has a part of it.
struct Ends<'p> {
    groups: Vec<ByBudget<'p>>,
    last: BTreeMap<&'p BudgetRef, u32>,
    batch: BTreeMap<(&'p BudgetRef, u32), usize>,
}

impl<'p> Ends<'p> {
    fn of(batches: &'p [Vec<Leaving<'p>>]) -> Ends<'p> {
        let groups: Vec<ByBudget<'p>> = batches.iter().map(|batch| by_budget(batch)).collect();
        let mut ends = Ends {
            groups: Vec::new(),
            last: BTreeMap::new(),
            batch: BTreeMap::new(),
        };
        for (number, group) in groups.iter().enumerate() {
            for (budget, waves) in group {
                for wave in waves.keys() {
                    let last = ends.last.entry(budget).or_default();
                    *last = (*last).max(*wave);
                    ends.batch.insert((budget, *wave), number);
                }
            }
        }
        ends.groups = groups;
        ends
    }

    /// A wave is waited for where the next one follows: in the last batch that has a part of it.
    fn is_waited_for(&self, budget: &BudgetRef, wave: u32, batch: usize) -> bool {
        let last = self.last.get(budget).is_some_and(|last| wave < *last);
        last && self.batch.get(&(budget, wave)) == Some(&batch)
    }

    fn span(&self, number: usize, batch: &[Leaving<'_>], starts: &Starts<'_>) -> Span {
        let mut whole = Stretch::NOTHING;
        let mut because: Option<(u32, i64, &BudgetRef)> = None;
        let mut tracks = Vec::new();
        for (budget, waves) in &self.groups[number] {
            let mut chain = Stretch::NOTHING;
            // A single wave of a single batch waits for nobody; there are very many of those.
            let is_track = waves.len() > 1 || self.groups.len() > 1;
            let mut track = Vec::new();
            for (wave, pods) in waves {
                if is_track {
                    track.push(TrackWave {
                        number: *wave,
                        pods: pods.len(),
                        begins: chain.least,
                        begins_at_most: chain.most,
                    });
                }
                let waits = self.is_waited_for(budget, *wave, number);
                let turn = |pod: &&Leaving<'_>| match waits {
                    true => turnover(pod, starts),
                    false => ending(pod),
                };
                let stretch = pods.iter().map(turn);
                chain = chain.then(stretch.fold(Stretch::NOTHING, Stretch::beside));
            }
            let last = waves.keys().copied().max().unwrap_or(1);
            let weight = (last, chain.least, *budget);
            if last > 1 && because.as_ref().is_none_or(|most| *most < weight) {
                because = Some(weight);
            }
            whole = whole.beside(chain);
            if is_track {
                tracks.push(Track {
                    budget: (*budget).clone(),
                    waves: track,
                });
            }
        }
        whole = batch.iter().map(ending).fold(whole, Stretch::beside);
        Span {
            least: whole.least,
            most: whole.most,
            waves: batch.iter().map(|pod| pod.wave).max().unwrap_or(0),
            because: because.map(|(_, _, budget)| budget.clone()),
            tracks,
        }
    }
}

fn by_budget<'p>(pods: &'p [Leaving<'p>]) -> ByBudget<'p> {
    let mut map = ByBudget::new();
    for pod in pods {
        for budget in &pod.budgets {
            let waves = map.entry(budget).or_default();
            waves.entry(pod.wave).or_default().push(pod);
        }
    }
    map
}

/// How long it takes from a pod's eviction until what it took from its budget is back.
fn turnover(leaving: &Leaving<'_>, starts: &Starts<'_>) -> Stretch {
    let controller = leaving.pod.controller.as_ref();
    let key = controller.map(|controller| (leaving.pod.id.namespace.as_str(), controller));
    let start = key.and_then(|key| starts.get(&key).copied());
    let start = Stretch {
        least: start.unwrap_or(0),
        most: start,
    };
    match controller.is_some_and(|controller| controller.kind == "StatefulSet") {
        true => ending(leaving).then(start),
        false => start,
    }
}

/// How long a pod may take to end.
fn ending(leaving: &Leaving<'_>) -> Stretch {
    let finished = leaving.pod.phase.is_finished();
    Stretch {
        least: 0,
        most: match finished {
            true => Some(0),
            false => leaving.grace_seconds,
        },
    }
}

/// Returns how long the quickest pod of each controller took until it was ready.
pub(super) fn starts(snapshot: &Snapshot) -> Starts<'_> {
    let mut starts = HashMap::new();
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
