//! The score: what the pod prefers to be near to and away from, and what pods that are there think of it.
//!
//! Source: `plugins/interpodaffinity/scoring.go`. Sums are of whole numbers, so the order in which the scheduler walks its
//! maps does not matter.

use super::tally::Tallies;
use super::{Meeting, has_preferred, meets, own};
use crate::domain::fit::Context;
use crate::domain::fit::profile::Consideration;
use crate::domain::fit::world::{NodeIx, ObjectKind, TermRole};

/// Returns 0 to 100 for each node, or `None` where no term matches anything.
pub(in crate::domain::fit) fn scores(cx: &Context<'_>, feasible: &[NodeIx]) -> Option<Vec<i64>> {
    let tallies = tallies(cx).ok()?;
    if tallies.is_empty() {
        return None;
    }
    let sums: Vec<_> = feasible
        .iter()
        .map(|node| tallies.total_at(*node))
        .collect();
    Some(normalised(&sums))
}

/// Says why the score cannot be known; `None` where it can.
pub(in crate::domain::fit) fn unscored(cx: &Context<'_>) -> Option<String> {
    tallies(cx).err()
}

fn tallies(cx: &Context<'_>) -> Result<Tallies, String> {
    let spec = &cx.kind().spec;
    let prefers = has_preferred(&spec.pod_affinity) || has_preferred(&spec.pod_anti_affinity);
    let mut tallies = Tallies::default();
    // The argument's name promises more: a pod with preferred terms of its own is still weighed by those of others.
    if cx.profile.preferred_terms_of_others == Consideration::Ignored && !prefers {
        return Ok(tallies);
    }
    let index = cx.world.kind_index();
    let unread = cx.world.unread(ObjectKind::Namespaces);
    if prefers {
        for (weight, term) in own::terms(cx)?.preferred {
            if let Some(unread) = unread.as_ref().filter(|_| term.reads_namespace_labels()) {
                return Err(unread.clone());
            }
            for kind in own::meant(cx, &index, &term) {
                tallies.add_kind(cx, &term.topology_key, kind, weight);
            }
        }
    }
    let hard = cx.profile.hard_pod_affinity_weight;
    for others in index.scoring(&cx.kind().labels) {
        let weight = match others.role {
            TermRole::Weighs(weight) => weight,
            TermRole::Draws if hard > 0 => hard,
            TermRole::Draws | TermRole::Refuses => continue,
        };
        match meets(cx, &others.term) {
            Meeting::None => continue,
            Meeting::Unsure => return Err(unread.unwrap_or_default()),
            Meeting::Sure => {}
        }
        for kind in index.holders(others) {
            tallies.add_kind(cx, &others.term.topology_key, *kind, weight);
        }
    }
    Ok(tallies)
}

/// Source: `NormalizeScore`; the fraction is cut off.
fn normalised(sums: &[i64]) -> Vec<i64> {
    let least = sums.iter().min().copied().unwrap_or(0);
    let most = sums.iter().max().copied().unwrap_or(0);
    let range = most - least;
    let normalise = |sum: &i64| match range {
        0 => 0,
        range => (100.0 * ((sum - least) as f64 / range as f64)) as i64,
    };
    sums.iter().map(normalise).collect()
}
