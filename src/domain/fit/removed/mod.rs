//! Rules that the scheduler no longer has, for runbooks that still name them: only on request, and every answer says that
//! it is not today's scheduler's.
//!
//! Semantics and reasons are those of the last minor that had each rule (1.16 for conditions, 1.22 for the labels, 1.31
//! for the volume counts).

mod labels;
mod request;
mod scores;
mod volume_counts;

use super::Context;
use super::object::node::Unschedulable;
use super::object::pod::PodSpec;
use super::world::NodeIx;
use crate::domain::taint::Effect;

pub use request::{Arguments, Requested};
pub use scores::{RemovedScore, Utilisation, scores};
pub use volume_counts::DiskKind;

/// A predicate that was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemovedRule {
    /// `CheckNodeCondition`: the node's conditions and its cordon.
    NodeCondition,
    /// `CheckNodeMemoryPressure`: pods without any request stay away from memory pressure.
    MemoryPressure,
    /// `CheckNodeDiskPressure`.
    DiskPressure,
    /// `CheckNodePIDPressure`.
    PidPressure,
    /// `PodToleratesNodeNoExecuteTaints`.
    NoExecuteTaints,
    /// `CheckNodeLabelPresence`: labels that must all be there, or must all be absent, whatever their values.
    LabelPresence {
        /// The labels.
        labels: Vec<String>,
        /// Whether they must be there.
        presence: Wanted,
    },
    /// `CheckServiceAffinity`: pods of a Service stay on nodes that are alike in these labels.
    ServiceAffinity {
        /// The labels.
        labels: Vec<String>,
    },
    /// `MaxEBSVolumeCount`, `MaxGCEPDVolumeCount`, `MaxAzureDiskVolumeCount`.
    DiskCount {
        /// The kind of disk.
        disk: DiskKind,
        /// How many a node takes.
        most: usize,
    },
}

/// Whether labels must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// All of them.
    Present,
    /// None of them.
    Absent,
}

/// A removed rule's no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovedRefusal {
    /// The rule's name.
    pub rule: &'static str,
    /// Its reasons, as it worded them.
    pub reasons: Vec<String>,
    /// The values behind it.
    pub detail: String,
}

impl RemovedRule {
    /// Returns the predicate's name.
    pub fn name(&self) -> &'static str {
        match self {
            RemovedRule::NodeCondition => "CheckNodeCondition",
            RemovedRule::MemoryPressure => "CheckNodeMemoryPressure",
            RemovedRule::DiskPressure => "CheckNodeDiskPressure",
            RemovedRule::PidPressure => "CheckNodePIDPressure",
            RemovedRule::NoExecuteTaints => "PodToleratesNodeNoExecuteTaints",
            RemovedRule::LabelPresence { .. } => "CheckNodeLabelPresence",
            RemovedRule::ServiceAffinity { .. } => "CheckServiceAffinity",
            RemovedRule::DiskCount { disk, .. } => disk.rule(),
        }
    }

    /// Judges a node.
    pub fn judge(&self, cx: &Context<'_>, node: NodeIx) -> Option<RemovedRefusal> {
        let found = match self {
            RemovedRule::NodeCondition => node_condition(cx, node),
            RemovedRule::MemoryPressure => memory_pressure(cx, node),
            RemovedRule::DiskPressure => {
                pressure(cx, node, "DiskPressure", "node(s) had disk pressure")
            }
            RemovedRule::PidPressure => {
                pressure(cx, node, "PIDPressure", "node(s) had pid pressure")
            }
            RemovedRule::NoExecuteTaints => no_execute_taints(cx, node),
            RemovedRule::LabelPresence { labels, presence } => {
                labels::presence(cx, node, labels, *presence)
            }
            RemovedRule::ServiceAffinity { labels } => labels::service_affinity(cx, node, labels),
            RemovedRule::DiskCount { disk, most } => volume_counts::judge(cx, node, *disk, *most),
        };
        let (reasons, details): (Vec<String>, Vec<String>) = found.into_iter().unzip();
        (!reasons.is_empty()).then(|| RemovedRefusal {
            rule: self.name(),
            reasons,
            detail: details.join("; "),
        })
    }
}

/// Reasons, each with the values behind it.
type Found = Vec<(String, String)>;

fn condition<'w>(cx: &Context<'w>, node: NodeIx, kind: &str) -> Option<&'w str> {
    let conditions = &cx.world.node(node).object.conditions;
    let found = conditions.iter().find(|(own, _)| own == kind);
    found.map(|(_, status)| status.as_str())
}

fn node_condition(cx: &Context<'_>, node: NodeIx) -> Found {
    let mut found = Found::new();
    if let Some(status) = condition(cx, node, "Ready").filter(|status| *status != "True") {
        found.push((
            "node(s) were not ready".to_owned(),
            format!("condition Ready is {status}"),
        ));
    }
    let network = condition(cx, node, "NetworkUnavailable");
    if let Some(status) = network.filter(|status| *status != "False") {
        let reason = "node(s) had unavailable network".to_owned();
        found.push((reason, format!("condition NetworkUnavailable is {status}")));
    }
    if cx.world.node(node).object.unschedulable == Unschedulable::Yes {
        let reason = "node(s) were unschedulable".to_owned();
        found.push((reason, "the node is cordoned".to_owned()));
    }
    found
}

fn pressure(cx: &Context<'_>, node: NodeIx, kind: &str, reason: &str) -> Found {
    match condition(cx, node, kind) {
        Some("True") => vec![(reason.to_owned(), format!("condition {kind} is True"))],
        _ => Found::new(),
    }
}

fn memory_pressure(cx: &Context<'_>, node: NodeIx) -> Found {
    if !is_best_effort(&cx.kind().spec) {
        return Found::new();
    }
    pressure(cx, node, "MemoryPressure", "node(s) had memory pressure")
}

/// Tells whether no container asks for CPU or memory; limits become requests before they get here.
fn is_best_effort(spec: &PodSpec) -> bool {
    let containers = spec.containers.iter().chain(&spec.init_containers);
    let asks = |name: &str, amount: &crate::domain::quantity::Quantity| {
        (name == "cpu" || name == "memory") && !amount.is_zero()
    };
    containers
        .flat_map(|one| &one.requests)
        .all(|(name, amount)| !asks(name, amount))
}

fn no_execute_taints(cx: &Context<'_>, node: NodeIx) -> Found {
    let tolerations = &cx.kind().spec.tolerations;
    let taints = cx.world.node(node).object.taints.iter();
    let mut untolerated = taints
        .filter(|taint| taint.effect == Effect::NoExecute)
        .filter(|taint| !tolerations.iter().any(|one| one.tolerates(taint)));
    let Some(taint) = untolerated.next() else {
        return Found::new();
    };
    let reason = "node(s) had taints that the pod didn't tolerate".to_owned();
    vec![(reason, format!("taint {taint} is not tolerated"))]
}

#[cfg(test)]
mod tests {
    use super::super::object::node::NodeObject;
    use super::super::object::pod::PodObject;
    use super::super::testing::{node, pod, profile, resources, world};
    use super::*;

    fn judge(rule: &RemovedRule, node: NodeObject, pod: PodObject) -> Vec<String> {
        let (world, pod) = world(vec![node], vec![pod]);
        let profile = profile();
        let cx = Context {
            world: &world,
            profile: &profile,
            pod,
            added: &[],
        };
        let refusal = rule.judge(&cx, NodeIx::at(0));
        refusal.map_or_else(Vec::new, |refusal| refusal.reasons)
    }

    fn with_condition(kind: &str, status: &str) -> NodeObject {
        let mut node = node("a-1");
        node.conditions.push((kind.to_owned(), status.to_owned()));
        node
    }

    #[test]
    fn conditions_are_read_as_they_once_were() {
        let rule = RemovedRule::NodeCondition;
        let found = judge(&rule, with_condition("Ready", "Unknown"), pod("p"));
        assert_eq!(found, ["node(s) were not ready"]);
        assert!(judge(&rule, with_condition("Ready", "True"), pod("p")).is_empty());
    }

    #[test]
    fn memory_pressure_keeps_out_only_pods_that_ask_for_nothing() {
        let rule = RemovedRule::MemoryPressure;
        let found = judge(&rule, with_condition("MemoryPressure", "True"), pod("p"));
        assert_eq!(found, ["node(s) had memory pressure"]);
        let mut asking = pod("p");
        asking.spec.containers[0].requests = resources(&[("cpu", "1m")]);
        assert!(judge(&rule, with_condition("MemoryPressure", "True"), asking).is_empty());
    }

    #[test]
    fn disk_pressure_keeps_out_everything() {
        let found = judge(
            &RemovedRule::DiskPressure,
            with_condition("DiskPressure", "True"),
            pod("p"),
        );
        assert_eq!(found, ["node(s) had disk pressure"]);
    }
}
