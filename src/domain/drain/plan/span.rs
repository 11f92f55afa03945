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
pub(super) type Starts<'s> = BTreeMap<(&'s str, &'s ControllerRef), i64>;

/// Reckons how long the pods that can leave take, where nodes are emptied so many at once: each batch, and all of them.
pub(super) fn of(nodes: &[NodePlan], at_once: usize, starts: &Starts<'_>) -> (Vec<Span>, Span) {
    let batches: Vec<&[NodePlan]> = nodes.chunks(at_once.max(1)).collect();
    let ends = Ends::of(&batches);
    let spans = batches.iter().enumerate();
    let spans: Vec<Span> = spans
        .map(|(number, batch)| ends.span(number, batch, starts))
        .collect();
    let whole = spans.iter().fold(Stretch::NOTHING, |sum, span| {
        sum.then(Stretch {
            least: span.least,
            most: span.most,
        })
    });
    let all = Ends::of(&[nodes]).span(0, nodes, starts);
    let total = Span {
        least: whole.least,
        most: whole.most,
        ..all
    };
    (spans, total)
}

fn leaving(nodes: &[NodePlan]) -> impl Iterator<Item = &PodPlan> {
    let pods = nodes.iter().flat_map(|node| &node.pods);
    pods.filter(|pod| pod.leaves())
}

/// Where the waves of each budget end: the last wave of all, and for each wave the last batch that has a part of it.
struct Ends<'p> {
    last: BTreeMap<&'p BudgetRef, u32>,
    batch: BTreeMap<(&'p BudgetRef, u32), usize>,
}

impl<'p> Ends<'p> {
    fn of(batches: &[&'p [NodePlan]]) -> Ends<'p> {
        let mut ends = Ends {
            last: BTreeMap::new(),
            batch: BTreeMap::new(),
        };
        for (number, batch) in batches.iter().enumerate() {
            for (budget, waves) in by_budget(leaving(batch)) {
                for wave in waves.keys() {
                    let last = ends.last.entry(budget).or_default();
                    *last = (*last).max(*wave);
                    ends.batch.insert((budget, *wave), number);
                }
            }
        }
        ends
    }

    /// A wave is waited for where the next one follows: in the last batch that has a part of it.
    fn is_waited_for(&self, budget: &BudgetRef, wave: u32, batch: usize) -> bool {
        let last = self.last.get(budget).is_some_and(|last| wave < *last);
        last && self.batch.get(&(budget, wave)) == Some(&batch)
    }

    fn span(&self, number: usize, batch: &[NodePlan], starts: &Starts<'_>) -> Span {
        let mut whole = Stretch::NOTHING;
        let mut because: Option<(u32, i64, BudgetRef)> = None;
        for (budget, waves) in by_budget(leaving(batch)) {
            let mut chain = Stretch::NOTHING;
            for (wave, pods) in &waves {
                let turn = |pod: &&PodPlan| match self.is_waited_for(budget, *wave, number) {
                    true => turnover(pod, starts),
                    false => ending(pod),
                };
                let stretch = pods.iter().map(turn);
                chain = chain.then(stretch.fold(Stretch::NOTHING, Stretch::beside));
            }
            let last = waves.keys().copied().max().unwrap_or(1);
            let weight = (last, chain.least, budget.clone());
            if last > 1 && because.as_ref().is_none_or(|most| *most < weight) {
                because = Some(weight);
            }
            whole = whole.beside(chain);
        }
        let unhindered = leaving(batch).map(ending);
        whole = unhindered.fold(whole, Stretch::beside);
        Span {
            least: whole.least,
            most: whole.most,
            waves: leaving(batch).filter_map(|pod| pod.wave).max().unwrap_or(0),
            because: because.map(|(_, _, budget)| budget),
        }
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
fn turnover(pod: &PodPlan, starts: &Starts<'_>) -> Stretch {
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
pub(super) fn starts(snapshot: &Snapshot) -> Starts<'_> {
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
