//! InterPodAffinity: the pod's required affinity and anti-affinity, and the required anti-affinity of pods that are there.
//!
//! Pods that are being deleted count. `matchLabelKeys` plays no part: the API server merges it into the selector. Source:
//! `plugins/interpodaffinity/filtering.go`.

mod own;
mod score;
mod tally;
#[cfg(test)]
mod tests;
mod witness;

use std::sync::Arc;

use super::Context;
use super::evaluate::Verdict;
use super::marks::MarkSheet;
use super::object::affinity::PodAffinity;
use super::plugin::{Code, Finding, NodeCheck, Plugin, Prepared, Refusal};
use super::pod_term::Term;
use super::world::{KindIndex, NodeIx, ObjectKind, OthersTerm, PodKind, Topology};
pub(super) use score::{scores, unscored};
use tally::Tallies;

const AFFINITY: &str = "node(s) didn't match pod affinity rules";
const ANTI_AFFINITY: &str = "node(s) didn't match pod anti-affinity rules";
const OTHERS_ANTI_AFFINITY: &str = "node(s) didn't satisfy existing pods anti-affinity rules";

/// Counts the pods that matter to the pod, and those to which it matters, by domain.
pub(super) fn prepare<'w>(cx: &Context<'w>) -> Prepared<'w> {
    let terms = match own::terms(cx) {
        Ok(terms) => terms,
        Err(why) => return Prepared::Refused(malformed(why)),
    };
    let required = || terms.affinity.iter().chain(&terms.anti_affinity);
    if let Some(unread) = cx.world.unread(ObjectKind::Namespaces)
        && required().any(Term::reads_namespace_labels)
    {
        return Prepared::Unknown(unread);
    }
    let index = cx.world.kind_index();
    let others = Others::of(cx, &index);
    if others.is_nothing() && required().next().is_none() {
        return Prepared::Skipped;
    }
    Prepared::Checks(Box::new(Check {
        affinity: Affinity::of(cx, &index, terms.affinity),
        repelled: repelled(cx, &index, &terms.anti_affinity),
        anti_affinity: terms.anti_affinity,
        others,
        cx: *cx,
    }))
}

/// Returns what tells whether pods of a kind may matter to the pod: it means them, or they refuse somebody.
pub(super) fn counted(cx: &Context<'_>) -> impl Fn(&PodKind) -> bool + use<> {
    let terms = own::terms(cx);
    let terms = terms.map_or_else(
        |_| Vec::new(),
        |terms| [terms.affinity, terms.anti_affinity].concat(),
    );
    move |kind| {
        let means = |term: &Term| own::means(term, &kind.namespace, &kind.labels);
        !kind.spec.pod_anti_affinity.required.is_empty() || terms.iter().any(means)
    }
}

fn malformed(why: String) -> Refusal {
    Refusal {
        plugin: Plugin::InterPodAffinity,
        code: Code::UnschedulableAndUnresolvable,
        reasons: vec![format!("parsing pod: {why}")],
        detail: "a selector of the pod's affinity is malformed".to_owned(),
    }
}

struct Check<'w> {
    cx: Context<'w>,
    affinity: Affinity,
    anti_affinity: Vec<Term>,
    /// Pods that the pod's anti-affinity means.
    repelled: Tallies,
    others: Others,
}

/// The pod's required affinity.
struct Affinity {
    terms: Vec<Term>,
    topologies: Vec<Arc<Topology>>,
    /// Pods that match all terms, credited to the domain of each.
    credits: Tallies,
    /// Whether the pod may be the first of its like.
    first: First,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum First {
    /// No pod gave any credit, and the pod matches its own terms.
    Allowed,
    Refused,
}

/// The required anti-affinity of pods that are there.
struct Others {
    /// Pods that will not have the pod in their domain.
    refusing: Tallies,
    /// Pods that might not: it takes namespaces that could not be read to know.
    unsure: Tallies,
    unread: Option<String>,
}

/// What is against a node.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Against {
    Nothing,
    Affinity,
    AntiAffinity,
    Others,
    Unsure,
}

impl Affinity {
    fn of(cx: &Context<'_>, index: &KindIndex, terms: Vec<Term>) -> Affinity {
        let mut credits = Tallies::default();
        let kinds = match terms.first() {
            Some(first) => own::meant(cx, index, first),
            None => Vec::new(),
        };
        for kind in kinds {
            let row = &cx.world.kinds[kind.index()];
            if own::all_mean(&terms, &row.namespace, &row.labels) {
                for term in &terms {
                    credits.add_kind(cx, &term.topology_key, kind, 1);
                }
            }
        }
        let own = cx.kind();
        let alone = credits.is_empty() && own::all_mean(&terms, &own.namespace, &own.labels);
        let keys = terms.iter().map(|term| &term.topology_key);
        Affinity {
            topologies: keys.map(|key| cx.world.topology(key)).collect(),
            terms,
            credits,
            first: if alone {
                First::Allowed
            } else {
                First::Refused
            },
        }
    }

    /// Source: `nodeTopologyMatchesAffinity`; the first of a series needs every topology key too.
    fn allows(&self, node: NodeIx) -> bool {
        if self.first == First::Allowed {
            let mut topologies = self.topologies.iter();
            return topologies.all(|topology| topology.domain(node).is_some());
        }
        self.terms
            .iter()
            .all(|term| self.credits.at(&term.topology_key, node) > 0)
    }
}

fn repelled(cx: &Context<'_>, index: &KindIndex, terms: &[Term]) -> Tallies {
    let mut repelled = Tallies::default();
    for term in terms {
        for kind in own::meant(cx, index, term) {
            repelled.add_kind(cx, &term.topology_key, kind, 1);
        }
    }
    repelled
}

impl Others {
    fn of(cx: &Context<'_>, index: &KindIndex) -> Others {
        let unread = cx.world.unread(ObjectKind::Namespaces);
        let mut others = Others {
            refusing: Tallies::default(),
            unsure: Tallies::default(),
            unread,
        };
        for term in index.refusing(&cx.kind().labels) {
            let tallies = match meets(cx, &term.term) {
                Meeting::Sure => &mut others.refusing,
                Meeting::Unsure => &mut others.unsure,
                Meeting::None => continue,
            };
            for kind in index.holders(term) {
                tallies.add_kind(cx, &term.term.topology_key, *kind, 1);
            }
        }
        others
    }

    fn is_nothing(&self) -> bool {
        self.refusing.is_empty() && self.unsure.is_empty()
    }
}

/// Whether a term of another pod means the judged pod's namespace.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meeting {
    None,
    Sure,
    Unsure,
}

fn meets(cx: &Context<'_>, term: &Term) -> Meeting {
    let namespace = &*cx.kind().namespace;
    if term.names(namespace) {
        return Meeting::Sure;
    }
    if !term.reads_namespace_labels() {
        return Meeting::None;
    }
    if cx.world.unread.contains_key(&ObjectKind::Namespaces) {
        return Meeting::Unsure;
    }
    match term.covers(namespace, cx.world.namespace_labels(namespace)) {
        true => Meeting::Sure,
        false => Meeting::None,
    }
}

impl Check<'_> {
    /// The first thing against a node, in the scheduler's order.
    fn against(&self, node: NodeIx) -> Against {
        if !self.affinity.allows(node) {
            Against::Affinity
        } else if self.repelled.any_at(node) {
            Against::AntiAffinity
        } else if self.others.refusing.any_at(node) {
            Against::Others
        } else if self.others.unsure.any_at(node) {
            Against::Unsure
        } else {
            Against::Nothing
        }
    }

    fn refused(&self, node: NodeIx, against: Against) -> Refusal {
        let (code, reason, detail) = match against {
            Against::Affinity => (
                Code::UnschedulableAndUnresolvable,
                AFFINITY,
                witness::affinity(&self.cx, &self.affinity, node),
            ),
            Against::AntiAffinity => (
                Code::Unschedulable,
                ANTI_AFFINITY,
                witness::anti_affinity(&self.cx, &self.anti_affinity, node),
            ),
            _ => (
                Code::Unschedulable,
                OTHERS_ANTI_AFFINITY,
                witness::others(&self.cx, node),
            ),
        };
        Refusal {
            plugin: Plugin::InterPodAffinity,
            code,
            reasons: vec![reason.to_owned()],
            detail,
        }
    }
}

impl NodeCheck for Check<'_> {
    fn finding(&self, node: NodeIx) -> Finding {
        match self.against(node) {
            Against::Nothing => Finding::Fits,
            Against::Unsure => Finding::Unknown(self.others.unread.clone().unwrap_or_default()),
            against => Finding::Refused(self.refused(node, against)),
        }
    }

    fn verdict(&self, node: NodeIx) -> Verdict {
        match self.against(node) {
            Against::Nothing => Verdict::Fits,
            Against::Unsure => Verdict::Unknown,
            Against::Affinity | Against::AntiAffinity | Against::Others => Verdict::Refused,
        }
    }

    fn mark(&self, plugin: Plugin, marks: &mut MarkSheet) {
        if !self.affinity.terms.is_empty() {
            let nodes = self.cx.world.node_indexes();
            for node in nodes.filter(|node| !self.affinity.allows(*node)) {
                marks.refuse(node, plugin);
            }
        }
        for tallies in [&self.repelled, &self.others.refusing] {
            tallies.each_node(|node| marks.refuse(node, plugin));
        }
        self.others.unsure.each_node(|node| {
            if marks.of(node).refused & plugin.bit() == 0 {
                marks.doubt(node, plugin);
            }
        });
    }
}

/// Tells whether there are preferred terms.
fn has_preferred(affinity: &PodAffinity) -> bool {
    !affinity.preferred.is_empty()
}

/// Returns the terms that keep the pod away, surely.
fn refusing_terms<'a>(
    cx: &'a Context<'_>,
    index: &'a KindIndex,
) -> impl Iterator<Item = &'a OthersTerm> {
    index
        .refusing(&cx.kind().labels)
        .filter(|term| meets(cx, &term.term) == Meeting::Sure)
}
