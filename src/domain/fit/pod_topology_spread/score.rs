//! The score of soft constraints: fewer of the pod's like in a node's domains are better.
//!
//! Source: `plugins/podtopologyspread/scoring.go`. Sums run over constraints in their order, so roundings are the
//! scheduler's; counts are whole numbers, whose order does not matter.

use std::sync::Arc;

use super::constraint::{self, Constraint, HOSTNAME};
use super::inclusion::Inclusion;
use super::{count, logarithm};
use crate::domain::fit::Context;
use crate::domain::fit::object::spread::SpreadMode;
use crate::domain::fit::world::{NodeIx, Topology};

/// Returns 0 to 100 for each node, or `None` where nothing is to be spread.
pub(in crate::domain::fit) fn scores(cx: &Context<'_>, feasible: &[NodeIx]) -> Option<Vec<i64>> {
    let constraints = constraint::of(cx, SpreadMode::Soft).ok()?;
    if constraints.is_empty() {
        return None;
    }
    let spread = Spread::of(cx, constraints, feasible);
    let raw: Vec<_> = feasible.iter().map(|node| spread.raw(*node)).collect();
    Some(normalised(&raw))
}

/// Says why the score cannot be known; `None` where it can.
pub(in crate::domain::fit) fn unscored(cx: &Context<'_>) -> Option<String> {
    constraint::of(cx, SpreadMode::Soft).err()
}

struct Spread {
    scored: Vec<bool>,
    parts: Vec<Part>,
}

/// A constraint with its counts and its weight.
struct Part {
    slots: Slots,
    counts: Vec<i64>,
    weight: f64,
    slack: f64,
}

/// Which count is a node's.
enum Slots {
    /// Its own: host names count per node, whatever the label says.
    Host(Arc<Topology>),
    /// Its domain's.
    Domain(Arc<Topology>),
}

impl Spread {
    fn of(cx: &Context<'_>, constraints: Vec<Constraint>, feasible: &[NodeIx]) -> Spread {
        let topologies: Vec<_> = constraints
            .iter()
            .map(|constraint| cx.world.topology(&constraint.key))
            .collect();
        let needed: &[Arc<Topology>] = match constraint::needs_all_keys(cx) {
            true => &topologies,
            false => &[],
        };
        let inclusion = Inclusion::of(cx, &constraints, needed);
        let mut scored = vec![false; cx.world.nodes.len()];
        let mut hosts = 0;
        for node in feasible {
            if needed
                .iter()
                .all(|topology| topology.domain(*node).is_some())
            {
                scored[node.index()] = true;
                hosts += 1;
            }
        }
        let scored_nodes = || feasible.iter().filter(|node| scored[node.index()]);
        let parts = constraints
            .iter()
            .zip(&topologies)
            .map(|(constraint, topology)| match constraint.key.as_str() {
                HOSTNAME => by_host(cx, constraint, topology, hosts),
                _ => {
                    let takes = |node| {
                        let carries = needed.is_empty() || topology.domain(node).is_some();
                        carries && inclusion.takes(constraint, node)
                    };
                    by_domain(cx, constraint, topology, scored_nodes(), takes)
                }
            })
            .collect();
        Spread { scored, parts }
    }

    /// `None` for a node that lacks a key: it scores 0.
    fn raw(&self, node: NodeIx) -> Option<i64> {
        if !self.scored[node.index()] {
            return None;
        }
        let mut score = 0.0;
        for part in &self.parts {
            if let Some(count) = part.count(node) {
                score += count as f64 * part.weight + part.slack;
            }
        }
        Some(f64::round(score) as i64)
    }
}

impl Part {
    fn of(slots: Slots, counts: Vec<i64>, constraint: &Constraint, domains: usize) -> Part {
        Part {
            slots,
            counts,
            weight: logarithm::of_count(domains + 2),
            slack: (constraint.max_skew - 1) as f64,
        }
    }

    fn count(&self, node: NodeIx) -> Option<i64> {
        match &self.slots {
            Slots::Host(topology) => {
                topology.domain(node)?;
                Some(self.counts[node.index()])
            }
            Slots::Domain(topology) => Some(self.counts[topology.domain(node)?]),
        }
    }
}

fn by_host(
    cx: &Context<'_>,
    constraint: &Constraint,
    topology: &Arc<Topology>,
    hosts: usize,
) -> Part {
    let mut counts = vec![0; cx.world.nodes.len()];
    count::each(cx, &constraint.selector, |node, pods| {
        counts[node.index()] += pods;
    });
    Part::of(Slots::Host(Arc::clone(topology)), counts, constraint, hosts)
}

/// Nodes without the key are one more domain where they are scored at all, the one of an empty value.
fn by_domain<'a>(
    cx: &Context<'_>,
    constraint: &Constraint,
    topology: &Arc<Topology>,
    scored: impl Iterator<Item = &'a NodeIx>,
    takes: impl Fn(NodeIx) -> bool,
) -> Part {
    let empty = (0..topology.len()).find(|domain| topology.value(*domain).is_empty());
    let missing = empty.unwrap_or(topology.len());
    let domain = |node: NodeIx| topology.domain(node).unwrap_or(missing);
    let mut wanted = vec![false; topology.len() + 1];
    for node in scored {
        wanted[domain(*node)] = true;
    }
    let mut counts = vec![0; topology.len() + 1];
    count::each(cx, &constraint.selector, |node, pods| {
        if takes(node) {
            counts[domain(node)] += pods;
        }
    });
    let domains = wanted.iter().filter(|wanted| **wanted).count();
    Part::of(
        Slots::Domain(Arc::clone(topology)),
        counts,
        constraint,
        domains,
    )
}

/// Source: `NormalizeScore`.
fn normalised(raw: &[Option<i64>]) -> Vec<i64> {
    let scored = || raw.iter().flatten();
    let least = scored().min().copied().unwrap_or(0);
    let most = scored().max().copied().unwrap_or(0).max(0);
    let normalise = |raw: &Option<i64>| match raw {
        None => 0,
        Some(_) if most == 0 => 100,
        Some(raw) => 100 * (most + least - raw) / most,
    };
    raw.iter().map(normalise).collect()
}
