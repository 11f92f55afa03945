//! Which of a node's pods no budget would let go, as preemption sees it: other than an eviction does.
//!
//! A budget with an empty selector protects nothing here, and a pod without labels has none. Several budgets on one pod are
//! no error. Source: `filterPodsWithPDBViolation`, from 1.37 on `FilterVictimsWithPDBViolation`.

use super::super::profile::Minor;
use super::super::world::{PodIx, Standing, World};
use crate::domain::budget::Budget;

/// Splits pods, the most important first, into those that would violate a budget and the others, each in that order.
pub(super) fn split(world: &World, pods: &[PodIx], budgets: &[Budget]) -> (Vec<PodIx>, Vec<PodIx>) {
    let allowed = budgets
        .iter()
        .map(|budget| budget.status.disruptions_allowed);
    let mut left: Vec<i64> = allowed.collect();
    let violates = |pod: &PodIx| {
        let mut violated = false;
        for (budget, left) in budgets.iter().zip(&mut left) {
            if !counts(world, *pod, budget) {
                continue;
            }
            *left -= 1;
            violated |= *left < 0;
            // From 1.37 on the rest is not asked any more, and keeps what it allows.
            if violated && world.minor >= Minor::V1_37 {
                break;
            }
        }
        violated
    };
    pods.iter().copied().partition(violates)
}

/// Tells whether a pod takes from a budget.
fn counts(world: &World, pod: PodIx, budget: &Budget) -> bool {
    let kind = world.kind_of(pod);
    let row = world.pod(pod);
    let is_counted_already = || {
        row.standing == Standing::AsRead && budget.status.disrupted_pods.contains_key(&*row.name)
    };
    let selector = budget.selector.as_ref();
    !kind.labels.is_empty()
        && selector.is_some_and(|selector| !selector.requirements.is_empty())
        && budget.selects(&kind.namespace, &kind.labels)
        && !is_counted_already()
}
