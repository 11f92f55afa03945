//! Names what stands behind a refusal: the term and what the node has, or the pod that is in the way. Looked for only when
//! a refusal is shown.

use std::collections::HashSet;

use super::{Affinity, First, own, refusing_terms};
use crate::domain::fit::Context;
use crate::domain::fit::pod_term::Term;
use crate::domain::fit::world::{KindIx, NodeIx, PodIx};

/// Says which affinity terms fail on a node.
pub(super) fn affinity(cx: &Context<'_>, affinity: &Affinity, node: NodeIx) -> String {
    let mut faults = Vec::new();
    for term in &affinity.terms {
        match place(cx, term, node) {
            None => faults.push(format!(
                "the node has no label {}, over which it must be near {term}",
                term.topology_key
            )),
            Some(place) if affinity.credits.at(&term.topology_key, node) == 0 => {
                faults.push(format!("{place} has none of the {term}"));
            }
            Some(_) => {}
        }
    }
    if affinity.terms.len() > 1 {
        faults.push("only pods that match all terms count".to_owned());
    }
    if affinity.first == First::Refused && affinity.credits.is_empty() {
        faults.push("no domain has any, and the pod does not match its own terms".to_owned());
    }
    faults.join("; ")
}

/// Names a pod that the judged pod's anti-affinity means.
pub(super) fn anti_affinity(cx: &Context<'_>, terms: &[Term], node: NodeIx) -> String {
    let found = terms.iter().find_map(|term| {
        let meant = |kind: KindIx| {
            let row = &cx.world.kinds[kind.index()];
            own::means(term, &row.namespace, &row.labels)
        };
        let pod = pod_near(cx, &term.topology_key, node, meant)?;
        Some((term, pod))
    });
    let Some((term, pod)) = found else {
        return String::new();
    };
    let place = place(cx, term, node).unwrap_or_default();
    format!(
        "{place} has pod {}{}; the pod keeps away from {term}",
        cx.world.path(pod),
        whereabouts(cx, pod, node),
    )
}

/// Names a pod whose anti-affinity means the judged pod.
pub(super) fn others(cx: &Context<'_>, node: NodeIx) -> String {
    let index = cx.world.kind_index();
    let found = refusing_terms(cx, &index).find_map(|others| {
        let holders: HashSet<_> = index.holders(others).iter().copied().collect();
        let pod = pod_near(cx, &others.term.topology_key, node, |kind| {
            holders.contains(&kind)
        })?;
        Some((&others.term, pod))
    });
    let Some((term, pod)) = found else {
        return String::new();
    };
    let place = place(cx, term, node).unwrap_or_default();
    format!(
        "pod {}{} keeps {term} out of {place}",
        cx.world.path(pod),
        whereabouts(cx, pod, node),
    )
}

/// The node's domain as `key=value`.
fn place(cx: &Context<'_>, term: &Term, node: NodeIx) -> Option<String> {
    let key = &term.topology_key;
    let topology = cx.world.topology(key);
    let domain = topology.domain(node)?;
    Some(format!("{key}={}", topology.value(domain)))
}

/// Says where a pod is that is on another node of the domain.
fn whereabouts(cx: &Context<'_>, pod: PodIx, node: NodeIx) -> String {
    use crate::domain::fit::world::Place;
    match cx.world.pod(pod).place {
        Place::On(other) if other != node => {
            format!(" (on {})", cx.world.node(other).object.name)
        }
        _ => String::new(),
    }
}

/// Finds a pod of a wanted kind in a node's domain: on the node itself if there is one, else on the first by name.
fn pod_near(
    cx: &Context<'_>,
    key: &str,
    node: NodeIx,
    wanted: impl Fn(KindIx) -> bool,
) -> Option<PodIx> {
    let topology = cx.world.topology(key);
    let domain = topology.domain(node)?;
    let near = cx
        .world
        .node_indexes()
        .filter(|other| topology.domain(*other) == Some(domain));
    std::iter::once(node).chain(near).find_map(|node| {
        let pods = cx.world.on_node[node.index()].iter().copied();
        pods.filter(|pod| wanted(cx.world.pod(*pod).kind))
            .min_by_key(|pod| cx.world.path(*pod))
    })
}
