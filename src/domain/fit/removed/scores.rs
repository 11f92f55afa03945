//! Priorities that were removed: `NodePreferAvoidPods` (1.22), `SelectorSpread` (1.28), and `MostRequested` and
//! `RequestedToCapacityRatio`, which became strategies of NodeResourcesFit (1.22).

use crate::domain::fit::Context;
use crate::domain::fit::object::workload::WorkloadKind;
use crate::domain::fit::profile::{Shape, Strategy};
use crate::domain::fit::score_node_resources;
use crate::domain::fit::selector::Matcher;
use crate::domain::fit::world::NodeIx;

/// A priority that was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemovedScore {
    /// `NodePreferAvoidPods`, of weight 10,000.
    NodePreferAvoidPods,
    /// `SelectorSpread`.
    SelectorSpread,
    /// `MostRequested`: nodes that are fuller are better.
    MostRequested,
    /// `RequestedToCapacityRatio`: a function of the utilisation.
    RequestedToCapacityRatio(Utilisation),
}

/// What `RequestedToCapacityRatio` was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Utilisation {
    /// The function, at least one point.
    pub shape: Shape,
    /// The resources with their weights.
    pub resources: Vec<(String, i64)>,
}

/// What a zone weighs against a node in `SelectorSpread`.
const ZONE_WEIGHT: f64 = 2.0 / 3.0;
const MOST: f64 = 100.0;

impl RemovedScore {
    /// Returns the priority's name.
    pub fn name(&self) -> &'static str {
        match self {
            RemovedScore::NodePreferAvoidPods => "NodePreferAvoidPods",
            RemovedScore::SelectorSpread => "SelectorSpread",
            RemovedScore::MostRequested => "MostRequested",
            RemovedScore::RequestedToCapacityRatio(_) => "RequestedToCapacityRatio",
        }
    }

    /// Returns the weight that it had.
    pub fn default_weight(&self) -> i64 {
        match self {
            RemovedScore::NodePreferAvoidPods => 10_000,
            RemovedScore::SelectorSpread
            | RemovedScore::MostRequested
            | RemovedScore::RequestedToCapacityRatio(_) => 1,
        }
    }
}

/// The resources that score where nothing else is said.
pub(super) fn default_resources() -> Vec<(String, i64)> {
    vec![("cpu".to_owned(), 1), ("memory".to_owned(), 1)]
}

/// Scores nodes from 0 to 100.
pub fn scores(score: &RemovedScore, cx: &Context<'_>, nodes: &[NodeIx]) -> Vec<i64> {
    match score {
        RemovedScore::NodePreferAvoidPods => nodes
            .iter()
            .map(|node| if avoids(cx, *node) { 0 } else { 100 })
            .collect(),
        RemovedScore::SelectorSpread => spread(cx, nodes),
        RemovedScore::MostRequested => {
            let strategy = Strategy::MostAllocated;
            score_node_resources::by(cx, &strategy, &default_resources(), nodes)
        }
        RemovedScore::RequestedToCapacityRatio(told) => {
            let strategy = Strategy::RequestedToCapacityRatio(told.shape.clone());
            score_node_resources::by(cx, &strategy, &told.resources, nodes)
        }
    }
}

/// Tells whether the node's annotation names the pod's controller; only ReplicationControllers and ReplicaSets counted.
fn avoids(cx: &Context<'_>, node: NodeIx) -> bool {
    let Some(controller) = &cx.row().controller else {
        return false;
    };
    let replicated = matches!(
        controller.kind.as_str(),
        "ReplicationController" | "ReplicaSet"
    );
    let avoided = &cx.world.node(node).object.prefer_avoid_pods;
    replicated
        && avoided
            .iter()
            .any(|(kind, uid)| *kind == controller.kind && *uid == controller.uid)
}

fn spread(cx: &Context<'_>, nodes: &[NodeIx]) -> Vec<i64> {
    let selectors = selectors(cx);
    let counts: Vec<i64> = nodes
        .iter()
        .map(|node| alike(cx, *node, &selectors))
        .collect();
    let zones: Vec<Option<String>> = nodes.iter().map(|node| zone(cx, *node)).collect();
    let in_zone = |zone: &Option<String>| {
        let same = counts
            .iter()
            .zip(&zones)
            .filter(|(_, other)| *other == zone);
        same.map(|(count, _)| count).sum::<i64>()
    };
    let most = counts.iter().copied().max().unwrap_or(0);
    let most_in_zone = zones
        .iter()
        .filter(|zone| zone.is_some())
        .map(in_zone)
        .max()
        .unwrap_or(0);
    let share = |most: i64, count: i64| {
        if most > 0 {
            MOST * number(most - count) / number(most)
        } else {
            MOST
        }
    };
    let have_zones = zones.iter().any(Option::is_some);
    let each = counts.iter().zip(&zones).map(|(count, zone)| {
        let by_node = share(most, *count);
        let by_zone = zone.as_ref().map(|_| share(most_in_zone, in_zone(zone)));
        let score = match by_zone.filter(|_| have_zones) {
            Some(by_zone) => by_node * (1.0 - ZONE_WEIGHT) + ZONE_WEIGHT * by_zone,
            None => by_node,
        };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "upstream truncates a figure from 0 to 100"
        )]
        let score = score as i64;
        score
    });
    each.collect()
}

/// A count as a figure; exact below 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts of pods are small")]
fn number(count: i64) -> f64 {
    count as f64
}

/// The selectors of the Services and controllers that the pod belongs to.
fn selectors(cx: &Context<'_>) -> Vec<Matcher> {
    let kind = cx.kind();
    let services = cx.world.services.iter();
    let services = services
        .filter(|one| *one.namespace == *kind.namespace && !one.selector.is_empty())
        .map(|one| Matcher::of_labels(&one.selector));
    let workloads = cx.world.workloads.iter();
    let workloads = workloads
        .filter(|one| *one.namespace == *kind.namespace)
        .filter(|one| owns(cx, one.kind, &one.name))
        .filter_map(|one| Matcher::parse(one.selector.as_ref()).ok());
    let all = services.chain(workloads);
    all.filter(|matcher| matcher.matches(&kind.labels))
        .collect()
}

fn owns(cx: &Context<'_>, kind: WorkloadKind, name: &str) -> bool {
    let own = match kind {
        WorkloadKind::ReplicationController => "ReplicationController",
        WorkloadKind::ReplicaSet => "ReplicaSet",
        WorkloadKind::StatefulSet => "StatefulSet",
    };
    let controller = cx.row().controller.as_ref();
    controller.is_some_and(|controller| controller.kind == own && controller.name == name)
}

fn alike(cx: &Context<'_>, node: NodeIx, selectors: &[Matcher]) -> i64 {
    if selectors.is_empty() {
        return 0;
    }
    let own = cx.kind();
    let kinds = cx.world.kinds.iter();
    let same = kinds.filter(|kind| {
        kind.namespace == own.namespace && selectors.iter().all(|one| one.matches(&kind.labels))
    });
    same.filter_map(|kind| kind.members.get(&node))
        .map(|members| i64::from(members.active))
        .sum()
}

fn zone(cx: &Context<'_>, node: NodeIx) -> Option<String> {
    let labels = &cx.world.node(node).object.labels;
    let of = |key: &str| labels.get(key).cloned().unwrap_or_default();
    let zone = of("topology.kubernetes.io/zone");
    let region = of("topology.kubernetes.io/region");
    (!zone.is_empty() || !region.is_empty()).then(|| format!("{region}:\u{0}:{zone}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fit::testing::{node, pod, profile, resources, world};

    /// The scores of an empty node and of one that is half full: 2 of 4 CPUs and 4 of 8 GiB.
    fn judged(score: &RemovedScore) -> Vec<i64> {
        let mut standing = pod("standing");
        standing.node = Some("a-2".to_owned());
        standing.spec.containers[0].requests = resources(&[("cpu", "2"), ("memory", "4Gi")]);
        let mut judged = pod("p");
        judged.spec.containers[0].requests = resources(&[("cpu", "1"), ("memory", "2Gi")]);
        let (world, pod) = world(vec![node("a-1"), node("a-2")], vec![standing, judged]);
        let profile = profile();
        let cx = Context {
            world: &world,
            profile: &profile,
            pod,
            added: &[],
        };
        let nodes: Vec<_> = world.node_indexes().collect();
        scores(score, &cx, &nodes)
    }

    #[test]
    fn most_requested_prefers_the_fuller_node() {
        assert_eq!(judged(&RemovedScore::MostRequested), [25, 75]);
    }

    #[test]
    fn requested_to_capacity_ratio_follows_its_shape_over_its_resources() {
        let told = Utilisation {
            shape: vec![(0, 0), (50, 10), (100, 0)],
            resources: vec![("cpu".to_owned(), 3)],
        };
        let score = RemovedScore::RequestedToCapacityRatio(told);
        assert_eq!(judged(&score), [50, 50]);
    }
}
