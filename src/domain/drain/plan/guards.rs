//! What an operator should know before nodes go, and what no pod's fate tells: the last node of a kind, the control
//! plane's quorum, workloads with a single replica, marks of others on the node, the machine that this program runs on.

use std::collections::BTreeSet;

use super::{NodePlan, PodPlan, leaving};
use crate::domain::fit::amount::is_extended;
use crate::domain::fit::object::node::Unschedulable;
use crate::domain::fit::world::{NodeRow, World};
use crate::domain::labels::Labels;
use crate::domain::mark::Mark;
use crate::domain::node::Node;
use crate::domain::owner::OwnerLookup;
use crate::domain::snapshot::Snapshot;
use crate::domain::taint::Taint;

/// Labels of nodes that members of a control plane carry; the second is the older one.
const CONTROL_PLANE: [&str; 2] = [
    "node-role.kubernetes.io/control-plane",
    "node-role.kubernetes.io/master",
];

/// Labels by which nodes are told apart, with the word for what they name.
const KINDS: [(&str, &str); 9] = [
    ("topology.kubernetes.io/zone", "zone"),
    ("topology.kubernetes.io/region", "region"),
    ("kubernetes.io/arch", "architecture"),
    ("kubernetes.io/os", "operating system"),
    ("node.kubernetes.io/instance-type", "instance type"),
    ("karpenter.sh/nodepool", "node pool"),
    ("cloud.google.com/gke-nodepool", "node pool"),
    ("eks.amazonaws.com/nodegroup", "node group"),
    ("kubernetes.azure.com/agentpool", "agent pool"),
];

/// Taints by which autoscalers mark nodes that they remove, or think of removing.
pub(super) const AUTOSCALERS: [(&str, &str); 3] = [
    (
        "ToBeDeletedByClusterAutoscaler",
        "the cluster autoscaler is removing it",
    ),
    (
        "DeletionCandidateOfClusterAutoscaler",
        "the cluster autoscaler thinks of removing it",
    ),
    ("karpenter.sh/disrupted", "Karpenter is removing it"),
];

/// Names a guard; the spelling is part of the JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GuardCode {
    /// No other node takes pods.
    NoOtherNode,
    /// The last node of a zone, a pool, a GPU kind and so on.
    LastOfKind,
    /// A member of the control plane.
    ControlPlane,
    /// The node that this program runs on.
    OwnNode,
    /// An autoscaler has marked the node.
    Autoscaler,
    /// Somebody cordoned it before.
    Cordoned,
    /// A workload that is down until its only replica is replaced.
    SingleReplica,
    /// Pods that only land on nodes which are themselves about to go: drained too, cordoned, or marked by an autoscaler.
    OnlyLeavingNodes,
    /// The kubelet is not ready or does not report: pods that are asked to leave may not end.
    NodeDown,
}

/// Something to mind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// What kind of thing.
    pub code: GuardCode,
    /// The node it is about; `None` where it is about all.
    pub node: Option<String>,
    /// One line with the names and numbers.
    pub message: String,
    /// What would avoid it; empty where nothing would.
    pub hint: String,
}

impl Guard {
    pub(super) fn about(code: GuardCode, node: &str, message: String) -> Guard {
        Guard {
            code,
            node: Some(node.to_owned()),
            message,
            hint: String::new(),
        }
    }
}

/// Collects what is to be minded; without a world nothing is said that rests on other nodes.
pub(super) fn collect(
    plans: &[NodePlan],
    snapshot: &Snapshot,
    world: Option<&World>,
    own_node: Option<&str>,
) -> Vec<Guard> {
    let mut guards = Vec::new();
    guards.extend(plans.iter().filter_map(leaving::down));
    if let Some(world) = world {
        guards.extend(leaving::only_leaving_nodes(plans, world));
        guards.extend(room_guards(plans, world));
        guards.extend(control_plane_guards(plans, world));
    }
    for plan in plans {
        let Some(node) = snapshot.nodes.get(&plan.node.name) else {
            continue;
        };
        if own_node == Some(node.name()) {
            let message = "this program runs on it: what follows the drain may end it".to_owned();
            guards.push(Guard::about(GuardCode::OwnNode, node.name(), message));
        }
        guards.extend(mark_guards(node));
    }
    guards.extend(
        plans
            .iter()
            .flat_map(|plan| single_replicas(plan, snapshot)),
    );
    guards
}

/// Tells whether the scheduler may still place pods on a node.
fn takes_pods(node: &NodeRow) -> bool {
    let unhealthy = |taint: &Taint| {
        [
            "node.kubernetes.io/not-ready",
            "node.kubernetes.io/unreachable",
        ]
        .contains(&taint.key.as_str())
    };
    node.object.unschedulable == Unschedulable::No && !node.object.taints.iter().any(unhealthy)
}

/// What nodes are told apart by: `zone eu-1`, `nvidia.com/gpu`.
fn kinds_of(node: &NodeRow, world: &World) -> BTreeSet<String> {
    let labels = &node.object.labels;
    let labelled = KINDS.iter().filter_map(|(key, word)| {
        let value = labels.get(*key)?;
        Some(format!("{word} {value}"))
    });
    let scalars = world.scalars.iter().enumerate();
    let offers = |at: usize| u32::try_from(at).is_ok_and(|at| node.allocatable.scalar(at) > 0);
    let devices = scalars.filter(|(at, name)| is_extended(name) && offers(*at));
    labelled
        .chain(devices.map(|(_, name)| name.clone()))
        .collect()
}

fn room_guards(plans: &[NodePlan], world: &World) -> Vec<Guard> {
    let drained: BTreeSet<&str> = plans.iter().map(|plan| plan.node.name.as_str()).collect();
    let stays = |node: &&NodeRow| takes_pods(node) && !drained.contains(node.object.name.as_str());
    let staying: Vec<&NodeRow> = world.nodes.iter().filter(stays).collect();
    if staying.is_empty() {
        return vec![Guard {
            code: GuardCode::NoOtherNode,
            node: None,
            message: "no other node takes pods: what is made again waits".to_owned(),
            hint: String::new(),
        }];
    }
    let left: BTreeSet<String> = staying
        .iter()
        .flat_map(|node| kinds_of(node, world))
        .collect();
    let mut guards = Vec::new();
    let mut told = BTreeSet::new();
    for plan in plans {
        let Some(node) = world.node_named(&plan.node.name) else {
            continue;
        };
        for kind in kinds_of(world.node(node), world) {
            if !left.contains(&kind) && told.insert(kind.clone()) {
                let message = format!("no other node takes pods with {kind}");
                guards.push(Guard::about(
                    GuardCode::LastOfKind,
                    &plan.node.name,
                    message,
                ));
            }
        }
    }
    guards
}

fn control_plane_guards(plans: &[NodePlan], world: &World) -> Vec<Guard> {
    let is_member = |labels: &Labels| CONTROL_PLANE.iter().any(|key| labels.contains_key(*key));
    let members: Vec<&NodeRow> = world
        .nodes
        .iter()
        .filter(|node| is_member(&node.object.labels))
        .collect();
    let drained: BTreeSet<&str> = plans.iter().map(|plan| plan.node.name.as_str()).collect();
    let is_drained = |node: &&&NodeRow| drained.contains(node.object.name.as_str());
    let going: Vec<&str> = members
        .iter()
        .filter(is_drained)
        .map(|node| node.object.name.as_str())
        .collect();
    if going.is_empty() {
        return Vec::new();
    }
    let staying = members.iter().filter(|node| !is_drained(node));
    let up = staying.filter(|node| takes_pods(node)).count();
    let (all, quorum) = (members.len(), members.len() / 2 + 1);
    let danger = match up < quorum {
        true => format!(": fewer than the {quorum} of a quorum, so they must not go down"),
        false => String::new(),
    };
    let node = match going.as_slice() {
        [one] => Some((*one).to_owned()),
        _ => None,
    };
    vec![Guard {
        code: GuardCode::ControlPlane,
        node,
        message: format!(
            "without {} {up} of {all} members of the control plane are ready and not cordoned{danger}",
            going.join(", ")
        ),
        hint: String::new(),
    }]
}

fn mark_guards(node: &Node) -> Vec<Guard> {
    let mut guards = Vec::new();
    for (key, words) in AUTOSCALERS {
        if node.taints.iter().any(|taint| taint.key == key) {
            let message = format!("{words} (taint {key})");
            guards.push(Guard::about(GuardCode::Autoscaler, node.name(), message));
        }
    }
    if node.is_cordoned() {
        let message = match Mark::read(&node.annotations) {
            Some(mark) => format!("was cordoned already {mark}"),
            None => "was cordoned already, and nothing says by whom".to_owned(),
        };
        guards.push(Guard::about(GuardCode::Cordoned, node.name(), message));
    }
    guards
}

fn single_replicas(plan: &NodePlan, snapshot: &Snapshot) -> Vec<Guard> {
    let single = |pod: &&PodPlan| {
        let owner = snapshot.owner_of(&pod.pod);
        let replicas = match owner {
            Some(OwnerLookup::Found(workload)) => workload.replicas,
            _ => None,
        };
        pod.leaves() && replicas == Some(1)
    };
    let pods = plan.pods.iter().filter(single);
    let guards = pods.filter_map(|pod| {
        let owner = pod.owner.as_ref()?;
        let path = format!("{}/{}", owner.kind.to_lowercase(), owner.name);
        let namespace = &pod.pod.id.namespace;
        let scale = format!("kubectl scale {path} -n {namespace} --replicas=2");
        let mut guard = Guard::about(
            GuardCode::SingleReplica,
            &plan.node.name,
            format!(
                "{namespace}/{} has a single replica: it is down until that is replaced",
                owner.name
            ),
        );
        if owner.kind == "Deployment" {
            guard.hint = scale;
        }
        Some(guard)
    });
    guards.collect()
}
