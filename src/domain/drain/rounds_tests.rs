//! Rounds of nodes with 4 CPUs each, one rule a test.

use super::*;
use crate::domain::budget::Amount;
use crate::domain::fit::testing as fit;
use crate::domain::pod::Pod;
use crate::domain::snapshot::Snapshot;
use crate::testing::{PodBuilder, budget, node, now, pod, snapshot, workload};

fn web(name: &str, on: &str) -> PodBuilder {
    let pod = pod(&format!("shop/{name}")).on(on).label("app", "web");
    pod.owned_by("ReplicaSet", "web")
}

/// A cluster of these nodes, whose pods ask for `cpu` each and have a budget.
fn cluster(nodes: &[&str], pods: Vec<PodBuilder>, minimum: i64) -> Snapshot {
    let count = i64::try_from(pods.len()).unwrap_or_default();
    let web = budget("shop/web").selecting(&[("app", "web")]);
    let web = web
        .min_available(Amount::Count(minimum))
        .counts(count, count);
    let cluster = nodes
        .iter()
        .fold(snapshot(), |all, name| all.node(node(name)));
    let cluster = cluster
        .owner(workload("ReplicaSet", "shop/web", count))
        .budget(web);
    pods.into_iter()
        .fold(cluster, |all, pod| all.pod(pod))
        .build()
}

fn rounds_of(snapshot: &Snapshot, names: &[&str], at_once: usize, cpu: &str) -> Rounds {
    let seen = |pod: &Pod| {
        let mut seen = fit::pod(&pod.id.name);
        seen.namespace = pod.id.namespace.clone();
        seen.uid = pod.id.uid.clone();
        seen.node = pod.node.clone();
        seen.spec.containers[0].requests = fit::resources(&[("cpu", cpu)]);
        seen
    };
    let nodes = snapshot.nodes.keys().map(|name| fit::node(name)).collect();
    let (mut world, _) = fit::world(nodes, snapshot.pods.iter().map(seen).collect());
    let profile = fit::profile();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let policy = DrainPolicy::default();
    let terms = Terms {
        policy: &policy,
        now: now(),
        at_once,
    };
    let mut field = Field {
        world: &mut world,
        rules: &|_| &profile,
        budgets: &snapshot.budgets,
    };
    rounds(&Index::new(snapshot), &names, terms, &mut field).expect("the nodes are there")
}

fn told(rounds: &Rounds) -> Vec<String> {
    let all = rounds.rounds.iter();
    all.map(|round| round.nodes.join(" ")).collect()
}

#[test]
fn nodes_go_together_as_long_as_there_is_room_for_their_pods() {
    let pods = vec![web("web-1", "n1"), web("web-2", "n2"), web("web-3", "n3")];
    let cluster = cluster(&["n1", "n2", "n3", "n4", "n5"], pods, 0);
    // Two nodes are free: two can go at once, never three.
    let found = rounds_of(&cluster, &["n1", "n2", "n3"], 3, "3");
    assert_eq!(told(&found), ["n1 n2", "n3"]);
    assert_eq!(found.stuck, []);
    let found = rounds_of(&cluster, &["n3", "n2", "n1"], 1, "3");
    assert_eq!(told(&found), ["n3", "n2", "n1"]);
}

#[test]
fn a_node_that_nothing_helps_is_told_with_the_pod_and_the_reason() {
    let pods = vec![web("web-1", "n1"), web("web-2", "n2")];
    let found = rounds_of(
        &cluster(&["n1", "n2", "n3"], pods, 2),
        &["n1", "n2"],
        2,
        "1",
    );
    assert_eq!(told(&found), [""; 0]);
    let stuck: Vec<(&str, &str)> = found
        .stuck
        .iter()
        .map(|one| (one.node.as_str(), one.pod.as_str()))
        .collect();
    assert_eq!(stuck, [("n1", "shop/web-1"), ("n2", "shop/web-2")]);
    assert!(found.stuck[0].why.contains("shop/web"), "{found:?}");
}

#[test]
fn room_that_is_not_there_is_the_reason_too() {
    let pods = vec![web("web-1", "n1"), web("web-2", "n2")];
    let found = rounds_of(&cluster(&["n1", "n2"], pods, 0), &["n1"], 1, "3");
    assert_eq!(
        found.stuck[0].why,
        "its replacement lands nowhere: 1 Insufficient cpu, 1 node(s) were unschedulable"
    );
}
