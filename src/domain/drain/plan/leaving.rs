//! Guards about nodes that are themselves about to go: they are drained too, cordoned, marked by an autoscaler, or down.

use std::collections::{BTreeMap, BTreeSet};

use super::guards::{AUTOSCALERS, Guard, GuardCode};
use super::{NodePlan, PodPlan};
use crate::domain::drain::landing::{Closed, ClosedNode, LandingVerdict};
use crate::domain::fit::world::World;
use crate::domain::node::NodeHealth;

/// How many pods a guard names before it counts them.
const NAMED: usize = 3;

/// Says of a node that is down how many pods may not end.
pub(super) fn down(plan: &NodePlan) -> Option<Guard> {
    let leaving: Vec<&PodPlan> = plan.pods.iter().filter(|pod| pod.leaves()).collect();
    let state = match plan.health {
        NodeHealth::Ready => return None,
        NodeHealth::NotReady => "its kubelet reports that it is not ready",
        NodeHealth::Unreachable => "its kubelet does not report",
    };
    if leaving.is_empty() {
        return None;
    }
    let message = format!(
        "{state}: {} may be asked to leave and not end",
        named(leaving.iter().map(|pod| pod.pod.id.path()))
    );
    let name = &plan.node.name;
    let mut guard = Guard::about(GuardCode::NodeDown, name, message);
    guard.hint = format!("kubectl nodemaint describe {name}");
    Some(guard)
}

/// Says which pods only land on nodes that are about to go, one guard for each set of such nodes.
pub(super) fn only_leaving_nodes(plans: &[NodePlan], world: &World) -> Vec<Guard> {
    let mut groups: BTreeMap<(Going, Vec<String>), Vec<String>> = BTreeMap::new();
    for plan in plans {
        for pod in &plan.pods {
            if let Some(group) = going(pod, &plan.node.name, world) {
                groups.entry(group).or_default().push(pod.pod.id.path());
            }
        }
    }
    let guard = |((going, nodes), pods): ((Going, Vec<String>), Vec<String>)| {
        let look = format!("kubectl nodemaint describe {}", nodes.join(" "));
        let (pods, nodes) = (named(pods.into_iter()), nodes.join(", "));
        let (message, hint) = match going {
            Going::Own => (
                format!(
                    "{pods} can run only on {nodes}: what is made again waits until that takes pods"
                ),
                String::new(),
            ),
            Going::DrainedToo => (
                format!(
                    "{pods} would land only on {nodes}, drained in the same run; in separate runs there is room"
                ),
                String::new(),
            ),
            Going::Cordoned => (
                format!("{pods} would land only on {nodes}, which somebody cordoned before"),
                look,
            ),
            Going::Mixed => (
                format!(
                    "{pods} would land only on {nodes}, drained in the same run or cordoned before"
                ),
                look,
            ),
            Going::Marked => (
                format!(
                    "{pods} would land only on {nodes}, which an autoscaler is about to remove"
                ),
                String::new(),
            ),
        };
        Guard {
            code: GuardCode::OnlyLeavingNodes,
            node: None,
            message,
            hint,
        }
    };
    groups.into_iter().map(guard).collect()
}

/// Why nodes are about to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Going {
    /// It is the node that the pod leaves, and no other.
    Own,
    DrainedToo,
    Cordoned,
    /// Some of them for the one reason, some for the other.
    Mixed,
    Marked,
}

/// Returns the nodes to which a successor is limited, where all of them are about to go.
fn going(pod: &PodPlan, own: &str, world: &World) -> Option<(Going, Vec<String>)> {
    let landing = pod.landing.as_ref()?;
    let nodes: Vec<String> = match landing.verdict {
        LandingVerdict::Nowhere => landing.closed.iter().map(|one| one.node.clone()).collect(),
        LandingVerdict::Fits => landing.nodes.clone(),
        LandingVerdict::Preempts | LandingVerdict::Unknown | LandingVerdict::None => Vec::new(),
    };
    if nodes.is_empty() {
        return None;
    }
    if landing.verdict == LandingVerdict::Fits {
        let all = nodes.iter().all(|node| is_marked(node, world));
        return all.then_some((Going::Marked, nodes));
    }
    let others: Vec<&ClosedNode> = landing
        .closed
        .iter()
        .filter(|one| one.node != own)
        .collect();
    if others.is_empty() {
        return Some((Going::Own, nodes));
    }
    let since: BTreeSet<Closed> = others.iter().map(|one| one.since).collect();
    let going = match (
        since.contains(&Closed::ByThisDrain),
        since.contains(&Closed::Before),
    ) {
        (true, true) => Going::Mixed,
        (true, false) => Going::DrainedToo,
        _ => Going::Cordoned,
    };
    let nodes = others.into_iter().map(|one| one.node.clone());
    Some((going, nodes.collect()))
}

/// Tells whether an autoscaler has marked a node.
fn is_marked(name: &str, world: &World) -> bool {
    let Some(node) = world.node_named(name) else {
        return false;
    };
    let mut taints = world.node(node).object.taints.iter();
    taints.any(|taint| AUTOSCALERS.iter().any(|(key, _)| *key == taint.key))
}

/// Names the first of some pods and counts the others.
fn named(pods: impl ExactSizeIterator<Item = String>) -> String {
    let number = pods.len();
    let shown: Vec<String> = pods.take(NAMED).collect();
    match number.saturating_sub(NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
