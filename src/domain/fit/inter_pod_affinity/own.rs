//! The judged pod's own terms, with the names of namespaces put in the place of their selectors.

use crate::domain::fit::Context;
use crate::domain::fit::object::affinity::PodTerm;
use crate::domain::fit::pod_term::Term;
use crate::domain::fit::world::{KindIndex, KindIx};
use crate::domain::labels::Labels;

/// The terms.
pub(super) struct Terms {
    pub(super) affinity: Vec<Term>,
    pub(super) anti_affinity: Vec<Term>,
    /// Preferred ones of both with their weights; those of anti-affinity weigh below 0.
    pub(super) preferred: Vec<(i64, Term)>,
}

/// Compiles the terms.
///
/// # Errors
///
/// Says which lists are malformed, in the scheduler's words around ours (`NewPodInfo`).
pub(super) fn terms(cx: &Context<'_>) -> Result<Terms, String> {
    let spec = &cx.kind().spec;
    let (draws, repels) = (&spec.pod_affinity, &spec.pod_anti_affinity);
    let mut faults = Vec::new();
    let mut compile = |list: &str, written: Vec<&PodTerm>| {
        let compiled = Term::compile_all(written, &cx.kind().namespace);
        let mut terms = compiled.unwrap_or_else(|why| {
            faults.push(format!("{list}: {why}"));
            Vec::new()
        });
        for term in &mut terms {
            term.unroll(&cx.world.namespaces, cx.profile.minor);
        }
        terms
    };
    let affinity = compile("requiredAffinityTerms", draws.required.iter().collect());
    let anti_affinity = compile(
        "requiredAntiAffinityTerms",
        repels.required.iter().collect(),
    );
    let mut preferred = Vec::new();
    for (list, written, sign) in [
        ("preferredAffinityTerms", &draws.preferred, 1),
        ("preferredAntiAffinityTerms", &repels.preferred, -1),
    ] {
        let weights = written.iter().map(|(weight, _)| sign * i64::from(*weight));
        let terms = compile(list, written.iter().map(|(_, term)| term).collect());
        preferred.extend(weights.zip(terms));
    }
    match faults.as_slice() {
        [] => Ok(Terms {
            affinity,
            anti_affinity,
            preferred,
        }),
        [one] => Err(one.clone()),
        many => Err(format!("[{}]", many.join(", "))),
    }
}

/// Tells whether a term means a pod; namespaces are names by now, so their labels are not looked up.
pub(super) fn means(term: &Term, namespace: &str, labels: &Labels) -> bool {
    covers(term, namespace) && term.selector.matches(labels)
}

/// Tells whether there are terms and all of them mean a pod.
pub(super) fn all_mean(terms: &[Term], namespace: &str, labels: &Labels) -> bool {
    !terms.is_empty() && terms.iter().all(|term| means(term, namespace, labels))
}

/// Returns the kinds of pods that a term means.
pub(super) fn meant(cx: &Context<'_>, index: &KindIndex, term: &Term) -> Vec<KindIx> {
    index.matching(&cx.world.kinds, &term.selector, |namespace| {
        covers(term, namespace)
    })
}

fn covers(term: &Term, namespace: &str) -> bool {
    static NO_LABELS: Labels = Labels::new();
    term.covers(namespace, &NO_LABELS)
}
