//! Fleets of three nodes, one verdict a test.

use super::*;
use crate::domain::budget::Amount;
use crate::domain::fit::testing as fit;
use crate::domain::pod::Pod;
use crate::testing::{PodBuilder, budget, node, now, pod, snapshot, workload};

fn web(name: &str, node: &str) -> PodBuilder {
    pod(&format!("shop/{name}"))
        .on(node)
        .label("app", "web")
        .owned_by("ReplicaSet", "web")
}

/// A cluster of nodes a-1, b-1 and c-1 with 4 CPUs each, where pods ask for `cpu`.
fn fleet_of(pods: Vec<PodBuilder>, minimum: i64, cpu: &str) -> Vec<FleetNode> {
    let count = i64::try_from(pods.len()).unwrap();
    let cluster = ["a-1", "b-1", "c-1"]
        .iter()
        .fold(snapshot(), |c, name| c.node(node(name)));
    let web = budget("shop/web").selecting(&[("app", "web")]);
    let web = web
        .min_available(Amount::Count(minimum))
        .counts(count, count);
    let cluster = cluster
        .owner(workload("ReplicaSet", "shop/web", count))
        .budget(web);
    let cluster = pods.into_iter().fold(cluster, |c, pod| c.pod(pod)).build();
    let seen = |pod: &Pod| {
        let mut seen = fit::pod(&pod.id.name);
        seen.uid = pod.id.uid.clone();
        seen.node = pod.node.clone();
        seen.spec.containers[0].requests = fit::resources(&[("cpu", cpu)]);
        seen
    };
    let nodes = cluster.nodes.keys().map(|name| fit::node(name)).collect();
    let (mut world, _) = fit::world(nodes, cluster.pods.iter().map(seen).collect());
    let profile = fit::profile();
    let mut emptying = Emptying::new(&mut world, &profile);
    let names: Vec<String> = cluster.nodes.keys().cloned().collect();
    let policy = DrainPolicy::default();
    fleet(&cluster, &names, &policy, now(), Some(&mut emptying))
}

fn told(fleet: &[FleetNode]) -> Vec<(&str, Readiness, usize)> {
    fleet
        .iter()
        .map(|node| (node.node.name.as_str(), node.readiness, node.leaving))
        .collect()
}

#[test]
fn each_node_is_drained_alone_and_the_worst_comes_first() {
    let pods = vec![
        web("web-1", "a-1"),
        web("web-2", "a-1"),
        web("web-3", "b-1"),
    ];
    let fleet = fleet_of(pods, 2, "1");
    assert_eq!(
        told(&fleet),
        [
            ("a-1", Readiness::Waves, 2),
            ("b-1", Readiness::Ready, 1),
            ("c-1", Readiness::Ready, 0)
        ]
    );
}

#[test]
fn a_node_is_blocked_by_name() {
    let fleet = fleet_of(vec![web("web-1", "b-1")], 1, "1");
    assert_eq!(
        (fleet[0].readiness, fleet[0].blocked),
        (Readiness::Blocked, 1)
    );
    assert_eq!(fleet[0].node.name, "b-1");
    let (budget, verdict) = &fleet[0].blockers[0];
    assert_eq!(
        (budget.path().as_str(), *verdict),
        ("shop/web", BudgetVerdict::Never)
    );
}

#[test]
fn pods_that_land_nowhere_are_named_and_other_nodes_are_as_they_were() {
    let pods = vec![
        web("web-1", "a-1"),
        web("web-2", "b-1"),
        web("web-3", "c-1").label("app", "other"),
    ];
    let fleet = fleet_of(pods, 0, "3");
    let nowhere: Vec<&[String]> = fleet.iter().map(|node| node.nowhere.as_slice()).collect();
    assert_eq!(fleet[0].readiness, Readiness::Nowhere);
    assert_eq!(
        nowhere,
        [["default/web-1"], ["default/web-2"], ["default/web-3"]]
    );
}

#[test]
fn the_flags_that_a_drain_would_need_are_told() {
    let fleet = fleet_of(
        vec![
            web("web-1", "a-1").empty_dir("cache"),
            pod("shop/bare").on("a-1"),
            pod("shop/agent").on("a-1").owned_by("DaemonSet", "agent"),
        ],
        0,
        "1",
    );
    let node = fleet.iter().find(|node| node.node.name == "a-1").unwrap();
    assert_eq!(
        node.flags,
        ["--delete-emptydir-data", "--force", "--ignore-daemonsets"]
    );
}

#[test]
fn a_node_whose_kubelet_is_silent_is_unreachable_as_long_as_pods_would_have_to_end() {
    for health in [NodeHealth::Unreachable, NodeHealth::NotReady] {
        let down = |name: &str| {
            let mut node = node(name);
            node.health = health;
            node
        };
        let cluster = snapshot()
            .node(down("a-1"))
            .node(down("b-1"))
            .owner(workload("ReplicaSet", "shop/web", 1))
            .pod(web("web-1", "a-1"))
            .build();
        let names = ["a-1", "b-1"].map(str::to_owned);
        let fleet = fleet(&cluster, &names, &DrainPolicy::default(), now(), None);
        assert_eq!(
            told(&fleet),
            [
                ("a-1", Readiness::Unreachable, 1),
                ("b-1", Readiness::Ready, 0)
            ]
        );
    }
}
