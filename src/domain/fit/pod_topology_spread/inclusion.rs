//! Which nodes count for a constraint: they carry every topology key, and what the pod asks of nodes, and their taints,
//! hold as far as the constraint honors them.
//!
//! Source: `matchNodeInclusionPolicies` of `plugins/podtopologyspread/common.go`; it reads taints, never `spec.unschedulable`.

use std::sync::Arc;

use super::constraint::{Constraint, HOSTNAME};
use crate::domain::fit::Context;
use crate::domain::fit::node_term::NodeTerms;
use crate::domain::fit::object::node::NodeObject;
use crate::domain::fit::object::spread::InclusionPolicy;
use crate::domain::fit::world::{NodeIx, Topology};
use crate::domain::taint::Effect;

/// What holds of each node; `None` where it holds of all.
pub(super) struct Inclusion {
    all_keys: Option<Vec<bool>>,
    affinity: Option<Vec<bool>>,
    taints: Option<Vec<bool>>,
}

impl Inclusion {
    /// Looks at the nodes for constraints, all of whose topology keys a node must carry to count for any.
    pub(super) fn of(
        cx: &Context<'_>,
        constraints: &[Constraint],
        topologies: &[Arc<Topology>],
    ) -> Inclusion {
        let honors = |policy: fn(&Constraint) -> InclusionPolicy| {
            constraints
                .iter()
                .any(|constraint| policy(constraint) == InclusionPolicy::Honor)
        };
        Inclusion {
            all_keys: (topologies.len() > 1).then(|| all_keys(cx, topologies)),
            affinity: match honors(|constraint| constraint.node_affinity) {
                true => affinity(cx),
                false => None,
            },
            taints: match honors(|constraint| constraint.node_taints) {
                true => taints(cx),
                false => None,
            },
        }
    }

    /// Tells whether a node that carries a constraint's own key counts for it.
    pub(super) fn takes(&self, constraint: &Constraint, node: NodeIx) -> bool {
        let holds =
            |of_node: &Option<Vec<bool>>| of_node.as_ref().is_none_or(|all| all[node.index()]);
        let unless_ignored = |policy: InclusionPolicy, of_node: &Option<Vec<bool>>| {
            policy == InclusionPolicy::Ignore || holds(of_node)
        };
        holds(&self.all_keys)
            && unless_ignored(constraint.node_affinity, &self.affinity)
            && unless_ignored(constraint.node_taints, &self.taints)
    }
}

fn all_keys(cx: &Context<'_>, topologies: &[Arc<Topology>]) -> Vec<bool> {
    let carries = |node| {
        topologies
            .iter()
            .all(|topology| topology.domain(node).is_some())
    };
    cx.world.node_indexes().map(carries).collect()
}

/// Which nodes the pod's node selector and required node affinity select.
fn affinity(cx: &Context<'_>) -> Option<Vec<bool>> {
    let spec = &cx.kind().spec;
    let terms = spec.node_affinity.required.as_ref().map(NodeTerms::parse);
    if spec.node_selector.is_empty() && terms.is_none() {
        return None;
    }
    let selects = |node: &NodeObject| {
        let labels = &node.labels;
        let mut wanted = spec.node_selector.iter();
        wanted.all(|(key, value)| labels.get(key) == Some(value))
            && terms
                .as_ref()
                .is_none_or(|terms| terms.matches(labels, Some(&node.name)))
    };
    let reads_host = spec.node_selector.contains_key(HOSTNAME)
        || terms.as_ref().is_some_and(|terms| terms.reads(HOSTNAME));
    Some(match reads_host {
        true => {
            let nodes = cx.world.nodes.iter();
            nodes.map(|node| selects(&node.object)).collect()
        }
        false => by_class(cx, selects),
    })
}

/// Which nodes have no NoSchedule or NoExecute taint that the pod does not tolerate.
fn taints(cx: &Context<'_>) -> Option<Vec<bool>> {
    let tolerations = &cx.kind().spec.tolerations;
    let tolerated = |node: &NodeObject| {
        let mut hard = node
            .taints
            .iter()
            .filter(|taint| taint.effect != Effect::PreferNoSchedule);
        hard.all(|taint| {
            tolerations
                .iter()
                .any(|toleration| toleration.tolerates(taint))
        })
    };
    Some(by_class(cx, tolerated))
}

fn by_class(cx: &Context<'_>, holds: impl Fn(&NodeObject) -> bool) -> Vec<bool> {
    let mut of_node = vec![false; cx.world.nodes.len()];
    for class in &cx.world.classes {
        if holds(&cx.world.node(class.example).object) {
            for node in &class.nodes {
                of_node[node.index()] = true;
            }
        }
    }
    of_node
}
