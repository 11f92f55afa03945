//! Terms of affinity and anti-affinity between pods, compiled: which pods of which namespaces they mean, and over which
//! topology key.
//!
//! Source: `AffinityTerm` of `k8s.io/kube-scheduler/framework/types.go`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::node_term::describe;
use super::object::affinity::PodTerm;
use super::profile::Minor;
use super::selector::Matcher;
use crate::domain::labels::Labels;

/// A compiled term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The topology key.
    pub topology_key: String,
    /// Which pods are meant.
    pub selector: Matcher,
    namespaces: BTreeSet<String>,
    namespace_selector: Matcher,
    basis: Basis,
}

/// What decides which namespaces a term means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Basis {
    /// Names, or nothing: all are meant.
    Names,
    /// Labels of namespaces too.
    Labels,
}

impl Term {
    /// Compiles a term of a pod in a namespace.
    ///
    /// # Errors
    ///
    /// Says what is wrong with a selector.
    pub fn compile(written: &PodTerm, own_namespace: &str) -> Result<Term, String> {
        let own_alone = written.namespaces.is_empty() && written.namespace_selector.is_none();
        let namespaces = match own_alone {
            true => BTreeSet::from([own_namespace.to_owned()]),
            false => written.namespaces.iter().cloned().collect(),
        };
        let namespace_selector = Matcher::parse(written.namespace_selector.as_ref())?;
        let by_name = namespace_selector.is_empty() || namespace_selector.is_nothing();
        Ok(Term {
            topology_key: written.topology_key.clone(),
            selector: Matcher::parse(written.selector.as_ref())?,
            namespaces,
            namespace_selector,
            basis: if by_name { Basis::Names } else { Basis::Labels },
        })
    }

    /// Compiles terms, all or none: one malformed term takes the others with it.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the first malformed one.
    pub fn compile_all<'a>(
        written: impl IntoIterator<Item = &'a PodTerm>,
        own_namespace: &str,
    ) -> Result<Vec<Term>, String> {
        let compiled = written
            .into_iter()
            .map(|term| Term::compile(term, own_namespace));
        compiled.collect()
    }

    /// Tells whether the term names a namespace, or means it whatever its labels are.
    pub fn names(&self, namespace: &str) -> bool {
        self.namespace_selector.is_empty() || self.namespaces.contains(namespace)
    }

    /// Tells whether the term means a namespace of these labels.
    pub fn covers(&self, namespace: &str, labels: &Labels) -> bool {
        self.namespaces.contains(namespace) || self.namespace_selector.matches(labels)
    }

    /// Tells whether labels of namespaces decide what the term means.
    pub fn reads_namespace_labels(&self) -> bool {
        self.basis == Basis::Labels
    }

    /// Puts the names of the selected namespaces in the place of the namespace selector, as the scheduler does with the
    /// terms of the pod that it places.
    ///
    /// Up to 1.36 the selector stays in force and later meets an empty set of labels: [`Term::covers`] with no labels
    /// then answers as the scheduler does.
    pub fn unroll(&mut self, namespaces: &BTreeMap<String, Labels>, minor: Minor) {
        if self.namespace_selector.is_empty() {
            return;
        }
        let selected = namespaces
            .iter()
            .filter(|(_, labels)| self.namespace_selector.matches(labels));
        self.namespaces
            .extend(selected.map(|(name, _)| name.clone()));
        if !minor.namespace_selector_sees_no_labels().is_present() {
            self.namespace_selector = Matcher::NOTHING;
        }
    }
}

/// Prints the pods that are meant: `pods with app=web in namespace shop`.
impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.selector.requirements() {
            [] if self.selector.is_nothing() => f.write_str("no pods (no labelSelector)")?,
            [] => f.write_str("all pods")?,
            requirements => {
                let parts: Vec<_> = requirements.iter().map(describe).collect();
                write!(f, "pods with {}", parts.join(","))?;
            }
        }
        let names: Vec<_> = self.namespaces.iter().map(String::as_str).collect();
        match names.as_slice() {
            _ if self.namespace_selector.is_empty() => f.write_str(" in all namespaces"),
            [] => f.write_str(" in the selected namespaces"),
            [one] => write!(f, " in namespace {one}"),
            many => write!(f, " in namespaces {}", many.join(", ")),
        }
    }
}
