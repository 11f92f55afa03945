//! Pods that find no node but such as are about to go, and nodes that are down.

use super::tests::{shop, web};
use super::*;
use crate::domain::drain::landing::{Closed, Ground};
use crate::domain::drain::policy::DrainPolicy;
use crate::domain::fit::object::node::{NodeObject, Unschedulable};
use crate::domain::fit::testing as fit;
use crate::domain::node::NodeHealth;
use crate::domain::snapshot::Snapshot;
use crate::domain::taint::{Effect, Taint};
use crate::testing::{node, now};

/// Drains nodes; pods ask for one CPU each.
fn drain(snapshot: &Snapshot, nodes: Vec<NodeObject>, drained: &[&str]) -> DrainPlan {
    let seen = |pod: &Pod| {
        let mut seen = fit::pod(&pod.id.name);
        seen.namespace = pod.id.namespace.clone();
        seen.uid = pod.id.uid.clone();
        seen.node = pod.node.clone();
        seen.spec.containers[0].requests = fit::resources(&[("cpu", "1")]);
        seen
    };
    let (mut world, _) = fit::world(nodes, snapshot.pods.iter().map(seen).collect());
    let profile = fit::profile();
    let rules = |_: &str| &profile;
    let mut ground = Ground::new(&mut world, &rules, &snapshot.budgets, drained);
    let names: Vec<String> = drained.iter().map(|name| (*name).to_owned()).collect();
    let site = Site {
        ground: Some(&mut ground),
        ..Site::default()
    };
    build_at(snapshot, &names, &DrainPolicy::default(), now(), site).expect("the nodes are there")
}

fn told(plan: &DrainPlan) -> Vec<(&str, &str)> {
    let only = plan
        .guards
        .iter()
        .filter(|guard| guard.code == GuardCode::OnlyLeavingNodes);
    only.map(|guard| (guard.message.as_str(), guard.hint.as_str()))
        .collect()
}

#[test]
fn pods_that_only_fit_a_node_of_the_same_run_are_told_with_that_node() {
    let snapshot = shop().pod(web("web-1", "n1")).build();
    let nodes = vec![fit::node("n1"), fit::node("n2")];
    let plan = drain(&snapshot, nodes, &["n1", "n2"]);
    assert_eq!(
        told(&plan),
        [(
            "shop/web-1 would land only on n2, drained in the same run; in separate runs there is room",
            ""
        )]
    );
    let landing = plan.pods().next().and_then(|pod| pod.landing.as_ref());
    let closed = &landing.expect("it has a landing").closed;
    assert!(closed.iter().all(|one| one.since == Closed::ByThisDrain));
}

#[test]
fn a_foreign_cordon_that_is_in_the_way_is_told_and_a_full_node_is_not() {
    let snapshot = shop().pod(web("web-1", "n1")).build();
    let mut cordoned = fit::node("n2");
    cordoned.unschedulable = Unschedulable::Yes;
    let mut full = fit::node("n3");
    full.unschedulable = Unschedulable::Yes;
    full.allocatable = fit::resources(&[("cpu", "500m"), ("memory", "8Gi"), ("pods", "110")]);
    let mut origin = fit::node("n1");
    origin.allocatable = full.allocatable.clone();
    let plan = drain(&snapshot, vec![origin, cordoned, full], &["n1"]);
    assert_eq!(
        told(&plan),
        [(
            "shop/web-1 would land only on n2, which somebody cordoned before",
            "kubectl nodemaint describe n2"
        )]
    );
}

#[test]
fn a_pod_that_only_fits_the_node_that_it_leaves_waits_for_it() {
    let snapshot = shop().pod(web("web-1", "n1")).build();
    let plan = drain(&snapshot, vec![fit::node("n1")], &["n1"]);
    assert_eq!(
        told(&plan),
        [(
            "shop/web-1 can run only on n1: what is made again waits until that takes pods",
            ""
        )]
    );
}

#[test]
fn a_node_that_an_autoscaler_marked_is_no_place_to_rely_on() {
    let snapshot = shop().pod(web("web-1", "n1")).build();
    let mut marked = fit::node("n2");
    marked.taints.push(Taint {
        key: "DeletionCandidateOfClusterAutoscaler".to_owned(),
        value: String::new(),
        effect: Effect::PreferNoSchedule,
        time_added: None,
    });
    let plan = drain(&snapshot, vec![fit::node("n1"), marked.clone()], &["n1"]);
    assert_eq!(
        told(&plan),
        [(
            "shop/web-1 would land only on n2, which an autoscaler is about to remove",
            ""
        )]
    );
    let three = vec![fit::node("n1"), marked, fit::node("n3")];
    assert_eq!(told(&drain(&snapshot, three, &["n1"])), []);
}

#[test]
fn a_node_that_is_down_says_whom_it_may_keep() {
    let mut silent = node("n1");
    silent.health = NodeHealth::Unreachable;
    let snapshot = shop().node(silent).pod(web("web-1", "n1")).build();
    let plan = build(
        &snapshot,
        &["n1".to_owned()],
        &DrainPolicy::default(),
        now(),
    );
    let guards = plan.expect("n1 is there").guards;
    let down = guards
        .iter()
        .find(|guard| guard.code == GuardCode::NodeDown);
    assert_eq!(
        down.map(|guard| guard.message.as_str()),
        Some("its kubelet does not report: shop/web-1 may be asked to leave and not end")
    );
}
