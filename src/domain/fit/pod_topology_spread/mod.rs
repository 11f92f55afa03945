//! PodTopologySpread: no domain of a topology key may hold many more of the pod's like than the emptiest one.
//!
//! A node that is cordoned and emptied still counts as a domain unless the constraint honors taints: its replacements may
//! then fit nowhere until the node is gone. Source: `plugins/podtopologyspread/filtering.go`.

mod constraint;
mod count;
mod default_selector;
mod inclusion;
mod logarithm;
mod score;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

use super::Context;
use super::evaluate::Verdict;
use super::object::spread::SpreadMode;
use super::plugin::{Code, Finding, NodeCheck, Plugin, Prepared, Refusal};
use super::world::{NodeIx, PodKind, Topology, World};
use constraint::{Constraint, HOSTNAME};
use inclusion::Inclusion;
pub(super) use score::{scores, unscored};

const REASON: &str = "node(s) didn't match pod topology spread constraints";
const MISSING: &str =
    "node(s) didn't match pod topology spread constraints (missing required label)";

/// Counts the pod's like in each domain, and prepares to judge nodes by it.
pub(super) fn prepare<'w>(cx: &Context<'w>) -> Prepared<'w> {
    match constraint::of(cx, SpreadMode::Hard) {
        Err(why) => Prepared::Unknown(why),
        Ok(constraints) if constraints.is_empty() => Prepared::Skipped,
        Ok(constraints) => Prepared::Checks(Box::new(Check {
            world: cx.world,
            domains: domains(cx, constraints),
        })),
    }
}

/// Returns what tells whether pods of a kind are counted for the pod.
pub(super) fn counted(cx: &Context<'_>) -> impl Fn(&PodKind) -> bool + use<> {
    let own = Arc::clone(&cx.kind().namespace);
    let constraints = constraint::of(cx, SpreadMode::Hard).unwrap_or_default();
    move |kind| {
        let mut constraints = constraints.iter();
        kind.namespace == own
            && constraints.any(|constraint| constraint.selector.matches(&kind.labels))
    }
}

struct Check<'w> {
    world: &'w World,
    domains: Vec<Domains>,
}

/// A constraint with what it finds in each domain.
struct Domains {
    constraint: Constraint,
    topology: Arc<Topology>,
    /// Pods that count, by domain.
    counts: Vec<i64>,
    /// Whether a node of the domain counts at all, by domain.
    included: Vec<bool>,
    /// The least count, or 0 where there are too few domains.
    minimum: i64,
    /// 1 where the pod itself matches.
    own: i64,
}

fn domains(cx: &Context<'_>, constraints: Vec<Constraint>) -> Vec<Domains> {
    let topologies: Vec<_> = constraints
        .iter()
        .map(|constraint| cx.world.topology(&constraint.key))
        .collect();
    let inclusion = Inclusion::of(cx, &constraints, &topologies);
    let labels = &cx.kind().labels;
    let counted = constraints.into_iter().zip(&topologies);
    counted
        .map(|(constraint, topology)| {
            let takes = |node: &NodeIx| inclusion.takes(&constraint, *node);
            let included: Vec<bool> = (0..topology.len())
                .map(|domain| topology.nodes(domain).iter().any(takes))
                .collect();
            let mut counts = vec![0; topology.len()];
            count::each(cx, &constraint.selector, |node, pods| {
                if let Some(domain) = topology.domain(node)
                    && inclusion.takes(&constraint, node)
                {
                    counts[domain] += pods;
                }
            });
            let minimum = minimum(&constraint, &counts, &included);
            Domains {
                own: i64::from(constraint.selector.matches(labels)),
                topology: Arc::clone(topology),
                constraint,
                counts,
                included,
                minimum,
            }
        })
        .collect()
}

/// Source: `minMatchNum`; without any domain and with `minDomains` below 1 it would be as good as endless.
fn minimum(constraint: &Constraint, counts: &[i64], included: &[bool]) -> i64 {
    let present = || counts.iter().zip(included).filter(|(_, present)| **present);
    if (present().count() as i64) < constraint.min_domains {
        return 0;
    }
    let least = present().map(|(count, _)| *count).min();
    least.unwrap_or(i64::from(i32::MAX))
}

impl Domains {
    fn skew(&self, domain: usize) -> i64 {
        self.counts[domain] + self.own - self.minimum
    }

    fn refuses(&self, domain: usize) -> bool {
        self.skew(domain) > self.constraint.max_skew
    }

    /// Says what is against a node; `None` where nothing is.
    fn complaint(&self, node: NodeIx) -> Option<(Code, &'static str, String)> {
        let key = &self.constraint.key;
        let Some(domain) = self.topology.domain(node) else {
            let detail = format!("the node has no label {key}");
            return Some((Code::UnschedulableAndUnresolvable, MISSING, detail));
        };
        self.refuses(domain).then(|| {
            let detail = format!(
                "{key}={} has {} of the matching pods{}, {}: skew {} is above maxSkew {}",
                self.topology.value(domain),
                self.counts[domain],
                if self.own == 1 {
                    " and would get one more"
                } else {
                    ""
                },
                self.floor(),
                self.skew(domain),
                self.constraint.max_skew,
            );
            (Code::Unschedulable, REASON, detail)
        })
    }

    /// Says where the minimum comes from.
    fn floor(&self) -> String {
        let present = || (0..self.counts.len()).filter(|domain| self.included[*domain]);
        let number = present().count();
        if (number as i64) < self.constraint.min_domains {
            let needed = self.constraint.min_domains;
            return format!("the minimum is 0 because there are {number} of minDomains {needed}");
        }
        let mut least: Vec<_> = present()
            .filter(|domain| self.counts[*domain] == self.minimum)
            .map(|domain| self.topology.value(domain))
            .collect();
        least.sort_unstable();
        let more = match least.len().saturating_sub(3) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        least.truncate(3);
        format!(
            "the minimum is {} in {}{more}",
            self.minimum,
            least.join(", ")
        )
    }
}

impl NodeCheck for Check<'_> {
    fn finding(&self, node: NodeIx) -> Finding {
        let mut complaints = self
            .domains
            .iter()
            .filter_map(|domains| domains.complaint(node));
        let Some((code, reason, mut detail)) = complaints.next() else {
            return Finding::Fits;
        };
        // The scheduler stops at the first; a person wants to know of the others too.
        for (_, _, other) in complaints {
            detail.push_str("; ");
            detail.push_str(&other);
        }
        Finding::Refused(Refusal {
            plugin: Plugin::PodTopologySpread,
            code,
            reasons: vec![reason.to_owned()],
            detail,
        })
    }

    fn verdict(&self, node: NodeIx) -> Verdict {
        let refuses = |domains: &Domains| {
            let domain = domains.topology.domain(node);
            domain.is_none_or(|domain| domains.refuses(domain))
        };
        match self.domains.iter().any(refuses) {
            true => Verdict::Refused,
            false => Verdict::Fits,
        }
    }

    fn refused_classes(&self) -> Option<Cow<'_, [bool]>> {
        let mut constraints = self.domains.iter().map(|domains| &domains.constraint);
        // Nodes of a class are in one domain of every other key.
        if constraints.any(|constraint| constraint.key == HOSTNAME) {
            return None;
        }
        let classes = self.world.classes.iter();
        let refused = classes.map(|class| self.verdict(class.example) == Verdict::Refused);
        Some(refused.collect())
    }
}
