//! What is held against a saved plan, and what is not.

use super::*;
use crate::domain::drain::plan::build;
use crate::domain::drain::policy::DrainPolicy;
use crate::domain::snapshot::Snapshot;
use crate::testing::{PodBuilder, node, now, pod, snapshot};

fn web(name: &str) -> PodBuilder {
    pod(name).on("n1").owned_by("ReplicaSet", "web")
}

fn plan(snapshot: &Snapshot) -> DrainPlan {
    let names = ["n1".to_owned()];
    let plan = build(snapshot, &names, &DrainPolicy::default(), now());
    DrainPlan::from(&plan.expect("n1 is there"))
}

#[test]
fn the_same_cluster_has_no_difference_whenever_it_is_read() {
    let cluster = snapshot().node(node("n1")).pod(web("shop/web-1")).build();
    let (saved, mut later) = (plan(&cluster), plan(&cluster));
    later.taken_at = "2027-01-01T00:00:00Z".to_owned();
    later.nodes[0].pods[0].wave = Some(7);
    assert_eq!(differences(&saved, &later), Vec::<String>::new());
}

#[test]
fn pods_that_came_went_or_changed_their_fate_are_named() {
    let before = snapshot().node(node("n1"));
    let before = before.pod(web("shop/web-1")).pod(web("shop/web-2")).build();
    let after = snapshot().node(node("n1"));
    let after = after
        .pod(web("shop/web-2").empty_dir("cache"))
        .pod(web("shop/web-3"))
        .build();
    assert_eq!(
        differences(&plan(&before), &plan(&after)),
        [
            "pod shop/web-1 is gone from node n1",
            "pod shop/web-2: was to be evicted, and would be refused now",
            "pod shop/web-3 is new on node n1",
        ]
    );
}

#[test]
fn another_node_of_the_same_name_is_another_node() {
    let mut other = node("n1");
    other.id.uid = "uid-other".to_owned();
    let (before, after) = (snapshot().node(node("n1")), snapshot().node(other));
    let found = differences(&plan(&before.build()), &plan(&after.build()));
    assert_eq!(
        found,
        ["node n1 is another one: its UID was \"uid-n1\" and is \"uid-other\""]
    );
}
