//! Which nodes count for a constraint: they carry every topology key, and what the pod asks of nodes, and their taints,
//! hold as far as the constraint honors them.
//!
//! Source: `matchNodeInclusionPolicies` of `plugins/podtopologyspread/common.go`; it reads taints, never `spec.unschedulable`.

use std::sync::Arc;

use super::constraint::{Constraint, HOSTNAME};
use crate::domain::fit::Context;
use crate::domain::fit::by_class::Holds;
use crate::domain::fit::node_affinity::selected_classes;
use crate::domain::fit::node_term::NodeTerms;
use crate::domain::fit::object::node::NodeObject;
use crate::domain::fit::object::spread::InclusionPolicy;
use crate::domain::fit::taint_toleration::untolerated;
use crate::domain::fit::world::{NodeIx, NodeRow, Topology, World};

/// What holds of each node; `None` where it holds of all.
pub(super) struct Inclusion<'w> {
    world: &'w World,
    all_keys: Option<Holds>,
    affinity: Option<Holds>,
    taints: Option<Holds>,
}

impl<'w> Inclusion<'w> {
    /// Looks at the nodes for constraints, all of whose topology keys a node must carry to count for any.
    pub(super) fn of(
        cx: &Context<'w>,
        constraints: &[Constraint],
        topologies: &[Arc<Topology>],
    ) -> Inclusion<'w> {
        let honors = |policy: fn(&Constraint) -> InclusionPolicy| {
            constraints
                .iter()
                .any(|constraint| policy(constraint) == InclusionPolicy::Honor)
        };
        Inclusion {
            world: cx.world,
            all_keys: (topologies.len() > 1).then(|| all_keys(cx, topologies)),
            affinity: match honors(|constraint| constraint.node_affinity) {
                true => affinity(cx),
                false => None,
            },
            taints: match honors(|constraint| constraint.node_taints) {
                true => Some(taints(cx)),
                false => None,
            },
        }
    }

    /// Tells whether a node that carries a constraint's own key counts for it.
    pub(super) fn takes(&self, constraint: &Constraint, node: NodeIx) -> bool {
        let holds = |what: &Option<Holds>| {
            let what = what.as_ref();
            what.is_none_or(|what| what.of(self.world, node))
        };
        let unless_ignored = |policy: InclusionPolicy, what: &Option<Holds>| {
            policy == InclusionPolicy::Ignore || holds(what)
        };
        holds(&self.all_keys)
            && unless_ignored(constraint.node_affinity, &self.affinity)
            && unless_ignored(constraint.node_taints, &self.taints)
    }
}

fn all_keys(cx: &Context<'_>, topologies: &[Arc<Topology>]) -> Holds {
    let carries = |node| {
        topologies
            .iter()
            .all(|topology| topology.domain(node).is_some())
    };
    Holds::Nodes(cx.world.node_indexes().map(carries).collect())
}

/// Which nodes the pod's node selector and required node affinity select.
fn affinity(cx: &Context<'_>) -> Option<Holds> {
    let spec = &cx.kind().spec;
    let selector = &spec.node_selector;
    let terms = spec.node_affinity.required.as_ref().map(NodeTerms::parse);
    if selector.is_empty() && terms.is_none() {
        return None;
    }
    let reads_host = selector.contains_key(HOSTNAME)
        || terms.as_ref().is_some_and(|terms| terms.reads(HOSTNAME));
    if !reads_host {
        let selected = selected_classes(cx.world, selector, terms.as_ref());
        return Some(Holds::Classes(selected));
    }
    let selects = |row: &NodeRow| {
        let NodeObject { labels, name, .. } = &row.object;
        let mut wanted = selector.iter();
        wanted.all(|(key, value)| labels.get(key) == Some(value))
            && terms
                .as_ref()
                .is_none_or(|terms| terms.matches(labels, Some(name)))
    };
    Some(Holds::Nodes(cx.world.nodes.iter().map(selects).collect()))
}

/// Which nodes have no NoSchedule or NoExecute taint that the pod does not tolerate.
fn taints(cx: &Context<'_>) -> Holds {
    let tolerations = &cx.kind().spec.tolerations;
    let tolerated = |node: &NodeObject| untolerated(&node.taints, tolerations).next().is_none();
    let classes = cx.world.classes.iter();
    let tolerated = classes.map(|class| tolerated(&cx.world.node(class.example).object));
    Holds::Classes(tolerated.collect())
}
