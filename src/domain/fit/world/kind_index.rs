//! Finds kinds of pods by label, and the affinity terms of kinds that may mean a pod, without walking all kinds.
//!
//! A cluster of StatefulSets has one kind for each pod, so a walk over kinds for each judged pod would be a walk over pods.

use std::collections::HashMap;
use std::sync::Arc;

use super::postings::{Postings, hash_of, number};
use super::rows::{KindIx, PodKind};
use crate::domain::fit::object::affinity::PodTerm;
use crate::domain::fit::object::pod::PodSpec;
use crate::domain::fit::pod_term::Term;
use crate::domain::fit::selector::{Matcher, Test};
use crate::domain::labels::Labels;

/// Kinds by label, and their affinity terms by the labels that these ask for.
#[derive(Debug)]
pub struct KindIndex {
    kinds: usize,
    by_label: Postings,
    groups: Vec<Vec<KindIx>>,
    refusing: Terms,
    scoring: Terms,
}

/// An affinity term of pods that are there already.
#[derive(Debug)]
pub struct OthersTerm {
    /// The term.
    pub term: Term,
    /// What it does.
    pub role: TermRole,
    group: usize,
}

/// What an affinity term of a pod that is there already does to a pod that comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TermRole {
    /// Required anti-affinity: it keeps the pod away.
    Refuses,
    /// Required affinity: it draws the pod by the profile's weight.
    Draws,
    /// Preferred: it draws by a weight, or below 0 repels.
    Weighs(i64),
}

/// Terms, by one label that they ask for.
#[derive(Debug, Default)]
struct Terms {
    terms: Vec<OthersTerm>,
    by_label: Postings,
    /// Those that ask for no certain label.
    others: Vec<u32>,
}

impl KindIndex {
    pub(super) fn of(kinds: &[PodKind]) -> KindIndex {
        let labels = kinds.iter().enumerate().flat_map(|(at, kind)| {
            let labels = kind.labels.iter();
            labels.map(move |(key, value)| (label_hash(key, value), number(at)))
        });
        let by_label = Postings::of(labels.collect());
        let mut index = KindIndex {
            kinds: kinds.len(),
            by_label,
            groups: Vec::new(),
            refusing: Terms::default(),
            scoring: Terms::default(),
        };
        index.add_terms(kinds);
        index
    }

    pub(super) fn len(&self) -> usize {
        self.kinds
    }

    /// Returns the kinds whose labels match, of the namespaces wanted, in rising order.
    pub fn matching(
        &self,
        kinds: &[PodKind],
        selector: &Matcher,
        wanted: impl Fn(&str) -> bool,
    ) -> Vec<KindIx> {
        let fits = |at: &usize| {
            let kind = &kinds[*at];
            !kind.members.is_empty() && wanted(&kind.namespace) && selector.matches(&kind.labels)
        };
        if selector.is_nothing() {
            return Vec::new();
        }
        let candidates = self.narrowest(selector);
        match candidates {
            Some(rows) => rows.into_iter().filter(fits).map(KindIx::at).collect(),
            None => (0..self.kinds).filter(fits).map(KindIx::at).collect(),
        }
    }

    /// Returns the required anti-affinity terms whose selectors match labels; their namespaces are not looked at.
    pub fn refusing<'a>(&'a self, labels: &'a Labels) -> impl Iterator<Item = &'a OthersTerm> {
        self.refusing.matching(labels)
    }

    /// Returns the other terms whose selectors match labels; their namespaces are not looked at.
    pub fn scoring<'a>(&'a self, labels: &'a Labels) -> impl Iterator<Item = &'a OthersTerm> {
        self.scoring.matching(labels)
    }

    /// Returns the kinds whose pods have a term.
    pub fn holders(&self, term: &OthersTerm) -> &[KindIx] {
        &self.groups[term.group]
    }

    /// The shortest list that holds every match; `None` where the selector asks for no certain label.
    fn narrowest(&self, selector: &Matcher) -> Option<Vec<usize>> {
        let lists = selector.requirements().iter().filter_map(|requirement| {
            let Test::In(values) = &requirement.test else {
                return None;
            };
            let hashes = values
                .iter()
                .map(|value| label_hash(&requirement.key, value));
            Some(hashes.collect::<Vec<_>>())
        });
        let length = |hashes: &Vec<u32>| -> usize {
            let lists = hashes.iter().map(|hash| self.by_label.under(*hash).len());
            lists.sum()
        };
        let hashes = lists.min_by_key(length)?;
        let mut rows: Vec<usize> = hashes
            .into_iter()
            .flat_map(|hash| self.by_label.under(hash))
            .collect();
        rows.sort_unstable();
        rows.dedup();
        Some(rows)
    }

    /// Compiles the terms of each template once for each namespace.
    fn add_terms(&mut self, kinds: &[PodKind]) {
        let mut groups: HashMap<(&str, *const PodSpec), usize> = HashMap::new();
        let with_terms = kinds.iter().enumerate().filter(|(_, kind)| {
            kind.spec.pod_affinity != Default::default()
                || kind.spec.pod_anti_affinity != Default::default()
        });
        let mut examples = Vec::new();
        for (at, kind) in with_terms {
            let key = (&*kind.namespace, Arc::as_ptr(&kind.spec));
            let group = *groups.entry(key).or_insert_with(|| {
                examples.push(kind);
                self.groups.push(Vec::new());
                examples.len() - 1
            });
            self.groups[group].push(KindIx::at(at));
        }
        let mut refusing = Vec::new();
        let mut scoring = Vec::new();
        for (group, kind) in examples.into_iter().enumerate() {
            for (term, role) in terms_of(kind) {
                let list = match role {
                    TermRole::Refuses => &mut refusing,
                    TermRole::Draws | TermRole::Weighs(_) => &mut scoring,
                };
                list.push(OthersTerm { term, role, group });
            }
        }
        self.refusing = Terms::of(refusing);
        self.scoring = Terms::of(scoring);
    }
}

impl Terms {
    fn of(terms: Vec<OthersTerm>) -> Terms {
        let mut listed = Vec::new();
        let mut others = Vec::new();
        for (at, other) in terms.iter().enumerate() {
            let selector = &other.term.selector;
            let certain = selector.requirements().iter().find_map(|requirement| {
                let Test::In(values) = &requirement.test else {
                    return None;
                };
                Some((&requirement.key, values))
            });
            match certain {
                Some((key, values)) => listed.extend(
                    values
                        .iter()
                        .map(|value| (label_hash(key, value), number(at))),
                ),
                None if selector.is_nothing() => {}
                None => others.push(number(at)),
            }
        }
        Terms {
            terms,
            by_label: Postings::of(listed),
            others,
        }
    }

    fn matching<'a>(&'a self, labels: &'a Labels) -> impl Iterator<Item = &'a OthersTerm> {
        let hashes = labels.iter().map(|(key, value)| label_hash(key, value));
        let mut rows: Vec<usize> = hashes.flat_map(|hash| self.by_label.under(hash)).collect();
        rows.extend(self.others.iter().map(|row| *row as usize));
        // Two labels of one hash would list a term twice.
        rows.sort_unstable();
        rows.dedup();
        rows.into_iter()
            .map(|row| &self.terms[row])
            .filter(|other| other.term.selector.matches(labels))
    }
}

/// One malformed term of a list leaves the whole list without effect, as in the scheduler's cache.
fn terms_of(kind: &PodKind) -> Vec<(Term, TermRole)> {
    let PodSpec {
        pod_affinity: draws,
        pod_anti_affinity: repels,
        ..
    } = &*kind.spec;
    let compile =
        |terms: Vec<&PodTerm>| Term::compile_all(terms, &kind.namespace).unwrap_or_default();
    let required = |terms: &[PodTerm], role: TermRole| {
        let terms = compile(terms.iter().collect());
        terms.into_iter().map(move |term| (term, role))
    };
    let preferred = |terms: &[(i32, PodTerm)], sign: i64| {
        let weights: Vec<_> = terms
            .iter()
            .map(|(weight, _)| sign * i64::from(*weight))
            .collect();
        let terms = compile(terms.iter().map(|(_, term)| term).collect());
        let weighed = terms.into_iter().zip(weights);
        weighed.map(|(term, weight)| (term, TermRole::Weighs(weight)))
    };
    required(&repels.required, TermRole::Refuses)
        .chain(required(&draws.required, TermRole::Draws))
        .chain(preferred(&draws.preferred, 1))
        .chain(preferred(&repels.preferred, -1))
        .collect()
}

fn label_hash(key: &str, value: &str) -> u32 {
    hash_of(&(key, value))
}
