//! Counts the pods that a constraint means, node by node.

use crate::domain::fit::Context;
use crate::domain::fit::object::pod::Life;
use crate::domain::fit::selector::Matcher;
use crate::domain::fit::world::{NodeIx, Place, PodIx, Standing};

/// Calls back with a node and how many pods on it, of the judged pod's namespace and not being deleted, match; a node may
/// come several times.
///
/// A selector without requirements counts nothing, though the pod itself matches it (`countPodsMatchSelector`); but pods that
/// are added to the snapshot later are counted by it, and those that preemption removes are taken off: both also where they
/// were never counted, as a pod that is being deleted is not (`updateWithPod`).
pub(super) fn each(cx: &Context<'_>, selector: &Matcher, mut add: impl FnMut(NodeIx, i64)) {
    let own = &*cx.kind().namespace;
    for (pod, node) in cx.world.removed() {
        let kind = cx.world.kind_of(*pod);
        let uncounted = selector.is_empty() || is_terminating(cx, *pod);
        if uncounted && *kind.namespace == *own && selector.matches(&kind.labels) {
            add(*node, -1);
        }
    }
    if selector.is_empty() {
        for pod in cx.added {
            if let (Place::On(node), true) = (
                &cx.world.pod(*pod).place,
                *cx.world.kind_of(*pod).namespace == *own,
            ) {
                add(*node, 1);
            }
        }
        return;
    }
    let index = cx.world.kind_index();
    for kind in index.matching(&cx.world.kinds, selector, |namespace| namespace == own) {
        for (node, members) in &cx.world.kinds[kind.index()].members {
            add(*node, i64::from(members.active));
        }
    }
}

fn is_terminating(cx: &Context<'_>, pod: PodIx) -> bool {
    let row = cx.world.pod(pod);
    row.standing == Standing::AsRead && row.life == Life::Terminating
}
