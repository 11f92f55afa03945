//! Every node of a cluster, each drained alone: which are ready, which wait for whom, which have pods that land nowhere.
//!
//! All consent is taken as given; which flags a drain would need is told instead. Where successors land is only looked
//! for, not chosen: a place found proves that there is room, none found proves nothing.

#[cfg(test)]
#[path = "fleet_tests.rs"]
mod tests;

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::fate::{Bearing, Fate, ReasonCode};
use super::landing::{self, After};
use super::plan::{BudgetVerdict, Draft, Index, Sketch, Span, Verdict, sketch};
use super::policy::{Consent, DaemonSetRule, DrainPolicy};
use crate::domain::budget::BudgetRef;
use crate::domain::fit::emptying::{Emptying, NoPlace};
use crate::domain::fit::world::PodIx;
use crate::domain::node::{NodeHealth, NodeRef};
use crate::domain::snapshot::Snapshot;

/// What draining a node alone comes to; the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Readiness {
    /// A budget or the server keeps a pod.
    Blocked,
    /// Its kubelet is not ready or does not report: pods that are asked to leave may not end.
    Unreachable,
    /// Everything leaves, and no node was found for some replacement.
    Nowhere,
    /// Something needed for the answer could not be read or is not modelled.
    Unknown,
    /// Everything leaves, in several waves.
    Waves,
    /// Everything leaves at once.
    Ready,
}

/// One node of the fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FleetNode {
    /// Which node.
    pub node: NodeRef,
    /// Whether it is cordoned already.
    pub cordoned: bool,
    /// Whether its kubelet can end pods.
    pub health: NodeHealth,
    /// What draining it comes to.
    pub readiness: Readiness,
    /// How many pods leave.
    pub leaving: usize,
    /// How many pods are kept.
    pub blocked: usize,
    /// How long it takes.
    pub span: Span,
    /// The budgets that keep pods, each with its verdict.
    pub blockers: Vec<(BudgetRef, BudgetVerdict)>,
    /// Pods (`namespace/name`) for whose replacements no node was found.
    pub nowhere: Vec<String>,
    /// Pods of which nobody knows whether their replacements find a node.
    pub unknown: Vec<String>,
    /// The flags that a drain would need.
    pub flags: Vec<&'static str>,
}

impl FleetNode {
    /// Tells whether everything leaves and lands.
    pub fn can_be_drained(&self) -> bool {
        matches!(self.readiness, Readiness::Ready | Readiness::Waves)
    }
}

/// Plans the drain of each node, worst first, with all consent given and the other options as they are; without an `emptying` nobody looks where pods land.
pub fn fleet(
    snapshot: &Snapshot,
    nodes: &[String],
    policy: &DrainPolicy,
    now: Timestamp,
    mut emptying: Option<&mut Emptying<'_>>,
) -> Vec<FleetNode> {
    let index = Index::new(snapshot);
    let policy = consenting(policy);
    let mut fleet = Vec::with_capacity(nodes.len());
    for name in nodes {
        let Some(sketch) = sketch(&index, name, &policy, now) else {
            continue;
        };
        fleet.push(summed_up(sketch, emptying.as_deref_mut()));
    }
    fleet.sort_by(|a, b| rank(a).cmp(&rank(b)));
    fleet
}

/// Sorts by what stands in the way, nodes of one obstacle together.
fn rank(node: &FleetNode) -> (Readiness, Option<&BudgetRef>, Reverse<usize>, &str) {
    let first = node.blockers.first().map(|(budget, _)| budget);
    let stranded = Reverse(node.nowhere.len() + node.unknown.len());
    (node.readiness, first, stranded, &node.node.name)
}

/// Everything that an operator can consent to.
fn consenting(policy: &DrainPolicy) -> DrainPolicy {
    DrainPolicy {
        unmanaged: Consent::Given,
        daemon_sets: DaemonSetRule::Ignore,
        empty_dir: Consent::Given,
        ..policy.clone()
    }
}

fn summed_up(sketch: Sketch<'_>, emptying: Option<&mut Emptying<'_>>) -> FleetNode {
    let Sketch {
        node, drafts, span, ..
    } = sketch;
    let stranded = match emptying {
        Some(emptying) => stranded(node.name(), &drafts, emptying),
        None => Vec::new(),
    };
    let of = |kind: NoPlace| {
        let paths = stranded.iter().filter(|(_, why)| *why == kind);
        paths.map(|(path, _)| path.clone()).collect::<Vec<String>>()
    };
    let (nowhere, unknown) = (of(NoPlace::NotFound), of(NoPlace::Unknown));
    let leaves = drafts.iter().any(Draft::leaves);
    let readiness = match sketch.verdict {
        Verdict::Blocked | Verdict::Refused => Readiness::Blocked,
        _ if node.health != NodeHealth::Ready && leaves => Readiness::Unreachable,
        _ if !nowhere.is_empty() => Readiness::Nowhere,
        Verdict::Unknown => Readiness::Unknown,
        Verdict::Ready if !unknown.is_empty() => Readiness::Unknown,
        Verdict::Ready if span.waves > 1 => Readiness::Waves,
        Verdict::Ready => Readiness::Ready,
    };
    let closed = sketch
        .budgets
        .into_iter()
        .filter(|plan| !matches!(plan.verdict, BudgetVerdict::Ok | BudgetVerdict::Waves));
    let fate = |fate| {
        let pods = drafts.iter();
        pods.filter(|draft| draft.judgement.fate == fate).count()
    };
    FleetNode {
        cordoned: node.is_cordoned(),
        health: node.health,
        readiness,
        leaving: fate(Fate::Evict) + fate(Fate::Delete),
        blocked: fate(Fate::Blocked),
        span,
        blockers: closed.map(|plan| (plan.budget, plan.verdict)).collect(),
        nowhere,
        unknown,
        flags: flags(&drafts),
        node: node.id.clone(),
    }
}

/// Returns the pods that leave and for whose successors no place was found.
fn stranded(node: &str, pods: &[Draft<'_>], emptying: &mut Emptying<'_>) -> Vec<(String, NoPlace)> {
    let world = emptying.world();
    let Some(node) = world.node_named(node) else {
        let unseen = pods.iter().filter(needs_a_place);
        return unseen
            .map(|pod| (pod.pod.id.path(), NoPlace::Unknown))
            .collect();
    };
    let here = world.on_node[node.index()].iter();
    let rows: HashMap<&str, PodIx> = here.map(|pod| (&*world.pod(*pod).uid, *pod)).collect();
    let leaving = pods.iter().filter(needs_a_place);
    let mut leaving: Vec<PodIx> = leaving
        .filter_map(|pod| rows.get(pod.pod.id.uid.as_str()).copied())
        .collect();
    leaving.sort_by_cached_key(|pod| landing::turn(world, *pod));
    let stranded = emptying.stranded(node, &leaving);
    let world = emptying.world();
    let named = stranded.iter().map(|one| (world.path(one.pod), one.why));
    named.collect()
}

fn needs_a_place(draft: &&Draft<'_>) -> bool {
    draft.leaves() && After::of(draft.pod, draft.judgement.returns) == After::Successor
}

/// Returns the flags to which a drain's operator would consent.
fn flags(pods: &[Draft<'_>]) -> Vec<&'static str> {
    let reasons = pods.iter().flat_map(|draft| &draft.judgement.reasons);
    let needed = reasons.filter_map(|reason| match (reason.code, reason.bearing) {
        (ReasonCode::DaemonSet, Bearing::Skips) => Some("--ignore-daemonsets"),
        (ReasonCode::LocalData, Bearing::Consented) => Some("--delete-emptydir-data"),
        (ReasonCode::Unmanaged | ReasonCode::OwnerGone, Bearing::Consented) => Some("--force"),
        _ => None,
    });
    let needed: BTreeSet<&str> = needed.collect();
    needed.into_iter().collect()
}
