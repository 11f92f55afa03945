//! Where the successors of single nodes land, one rule a test.

use super::*;
use crate::domain::drain::load::Part;
use crate::domain::fit::object::node::NodeObject;
use crate::domain::fit::object::pod::PodObject;
use crate::domain::fit::testing::{labels, node, pod, profile, resources, world};

/// A pod on a node that asks for so many CPUs.
fn running(name: &str, on: &str, cpu: &str) -> PodObject {
    let mut pod = pod(name);
    pod.node = Some(on.to_owned());
    pod.spec.containers[0].requests = resources(&[("cpu", cpu)]);
    pod
}

fn leaver(pod: &str) -> Leaver {
    Leaver {
        uid: format!("uid-{pod}"),
        after: After::Successor,
    }
}

fn landings(
    nodes: Vec<NodeObject>,
    pods: Vec<PodObject>,
    drained: &[&str],
    leavers: &[Leaver],
) -> Vec<Landing> {
    let (mut world, _) = world(nodes, pods);
    let profile = profile();
    Ground::new(&mut world, &|_| &profile, &[], drained).land(leavers)
}

fn counted(landing: &Landing) -> Vec<(&str, &str, usize)> {
    let refusals = landing.refusals.iter();
    refusals
        .map(|one| (one.plugin, one.reason.as_str(), one.nodes))
        .collect()
}

#[test]
fn each_placement_is_counted_before_the_next() {
    let nodes = vec![node("a-1"), node("b-1")];
    let pods = vec![running("one", "a-1", "3"), running("two", "a-1", "1500m")];
    let found = landings(nodes, pods, &["a-1"], &[leaver("one"), leaver("two")]);
    assert_eq!(found[0].verdict, LandingVerdict::Fits);
    assert_eq!(found[0].nodes, ["b-1"]);
    assert_eq!(found[1].verdict, LandingVerdict::Nowhere);
    assert_eq!(
        counted(&found[1]),
        [
            ("NodeResourcesFit", "Insufficient cpu", 1),
            ("NodeUnschedulable", "node(s) were unschedulable", 1)
        ]
    );
}

#[test]
fn the_pod_of_the_highest_priority_is_placed_first() {
    let nodes = vec![node("a-1"), node("b-1")];
    let mut important = running("z", "a-1", "3");
    important.spec.priority = 1000;
    let pods = vec![running("a", "a-1", "3"), important];
    let found = landings(nodes, pods, &["a-1"], &[leaver("a"), leaver("z")]);
    assert_eq!(found[0].verdict, LandingVerdict::Nowhere);
    assert_eq!(found[1].verdict, LandingVerdict::Fits);
}

#[test]
fn of_equal_priority_the_older_pod_is_placed_first() {
    let at = |seconds| Some(jiff::Timestamp::from_second(seconds).unwrap());
    let nodes = vec![node("a-1"), node("b-1")];
    let (mut young, mut old) = (running("a", "a-1", "3"), running("z", "a-1", "3"));
    (young.created, old.created) = (at(200), at(100));
    let found = landings(
        nodes,
        vec![young, old],
        &["a-1"],
        &[leaver("a"), leaver("z")],
    );
    assert_eq!(found[0].verdict, LandingVerdict::Nowhere);
    assert_eq!(found[1].verdict, LandingVerdict::Fits);
}

#[test]
fn a_pod_that_does_not_come_back_makes_room_and_needs_none() {
    let nodes = vec![node("a-1"), node("b-1")];
    let gone = Leaver {
        after: After::Nothing,
        ..leaver("bare")
    };
    let pods = vec![running("bare", "a-1", "3"), running("web", "a-1", "3")];
    let found = landings(nodes, pods, &["a-1"], &[gone, leaver("web")]);
    assert_eq!(found[0].verdict, LandingVerdict::None);
    assert_eq!(found[1].nodes, ["b-1"]);
}

#[test]
fn no_node_of_the_drain_is_a_place() {
    let nodes = vec![node("a-1"), node("b-1"), node("c-1")];
    let pods = vec![running("web", "a-1", "1")];
    let found = landings(nodes, pods, &["a-1", "b-1"], &[leaver("web")]);
    assert_eq!(found[0].nodes, ["c-1"]);
    assert_eq!(found[0].best, ["c-1"]);
}

#[test]
fn an_emptied_node_stays_a_domain_of_spread() {
    // One pod each in b and c; maxSkew 1 over zones a, b and c: with a empty and cordoned nothing fits in b or c.
    use crate::domain::fit::object::affinity::Selector;
    use crate::domain::fit::object::spread::{InclusionPolicy, SpreadConstraint, SpreadMode};
    let spread = |mut pod: PodObject| {
        pod.labels = labels(&[("app", "web")]);
        pod.spec.spread = vec![SpreadConstraint {
            max_skew: 1,
            topology_key: "topology.kubernetes.io/zone".to_owned(),
            mode: SpreadMode::Hard,
            selector: Some(Selector {
                labels: labels(&[("app", "web")]),
                expressions: Vec::new(),
            }),
            min_domains: None,
            node_affinity: InclusionPolicy::Honor,
            node_taints: InclusionPolicy::Ignore,
            match_label_keys: Vec::new(),
        }];
        pod
    };
    let nodes = vec![node("a-1"), node("b-1"), node("c-1")];
    let pods = vec![
        spread(running("x", "a-1", "1")),
        spread(running("y", "b-1", "1")),
        spread(running("z", "c-1", "1")),
    ];
    let found = landings(nodes, pods, &["a-1"], &[leaver("x")]);
    assert_eq!(found[0].verdict, LandingVerdict::Nowhere);
    let text = "node(s) didn't match pod topology spread constraints";
    assert!(counted(&found[0]).contains(&("PodTopologySpread", text, 2)));
}

#[test]
fn a_pod_that_the_world_does_not_have_is_unknown() {
    let found = landings(
        vec![node("a-1")],
        vec![running("web", "a-1", "1")],
        &["a-1"],
        &[leaver("other")],
    );
    assert_eq!(found[0].verdict, LandingVerdict::Unknown);
    assert_eq!(found[0].unknown.len(), 1);
}

#[test]
fn another_scheduler_decides_unknowably() {
    let mut own = running("web", "a-1", "1");
    own.spec.scheduler_name = "mine".to_owned();
    let found = landings(
        vec![node("a-1"), node("b-1")],
        vec![own],
        &["a-1"],
        &[leaver("web")],
    );
    assert_eq!(found[0].verdict, LandingVerdict::Unknown);
}

#[test]
fn the_world_is_left_as_it_is_after_the_drain() {
    let (mut world, _) = world(
        vec![node("a-1"), node("b-1")],
        vec![running("web", "a-1", "1")],
    );
    let profile = profile();
    Ground::new(&mut world, &|_| &profile, &[], &["a-1"]).land(&[leaver("web")]);
    assert_eq!(world.used[0].milli_cpu, 0);
    assert_eq!(world.used[1].milli_cpu, 1000);
}

#[test]
fn a_more_important_pod_takes_the_place_of_others_who_then_look_for_one() {
    let nodes = vec![node("a-1"), node("b-1"), node("c-1")];
    let mut important = running("db", "a-1", "4");
    important.spec.priority = 1000;
    let pods = vec![
        important,
        running("web", "b-1", "3"),
        running("big", "c-1", "2"),
        running("more", "c-1", "2"),
        running("late", "a-1", "1"),
    ];
    let found = landings(nodes, pods, &["a-1"], &[leaver("db"), leaver("late")]);
    assert_eq!(found[0].verdict, LandingVerdict::Preempts);
    assert_eq!(found[0].best, ["b-1"]);
    assert_eq!(found[0].victims, ["default/web"]);
    assert_eq!(
        found[1].verdict,
        LandingVerdict::Nowhere,
        "b-1 and c-1 are full now"
    );
}

#[test]
fn the_nodes_that_change_are_told_with_what_they_held_and_hold() {
    let (mut world, _) = world(
        vec![node("a-1"), node("b-1"), node("c-1")],
        vec![
            running("web", "a-1", "1"),
            running("stays", "a-1", "500m"),
            running("there", "b-1", "2"),
            running("full", "c-1", "4"),
        ],
    );
    let profile = profile();
    let rules = |_: &str| &profile;
    let mut ground = Ground::new(&mut world, &rules, &[], &["a-1"]);
    ground.land(&[leaver("web")]);
    let loads = ground.loads();
    let told: Vec<(&str, Part, i64, i64)> = loads
        .iter()
        .map(|load| {
            let cpu = (load.before.milli_cpu, load.after.milli_cpu);
            (load.node.as_str(), load.part, cpu.0, cpu.1)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("a-1", Part::Drained, 1500, 500),
            ("b-1", Part::Receives, 2000, 3000)
        ],
        "c-1 is left as it was"
    );
    let (drained, receives) = (&loads[0], &loads[1]);
    assert_eq!((drained.before.pods, drained.after.pods), (2, 1));
    assert_eq!((receives.before.pods, receives.after.pods), (1, 2));
    assert_eq!(drained.allocatable.milli_cpu, 4000);
    assert_eq!(drained.allocatable.memory, 8 << 30);
    assert_eq!(drained.allocatable.pods, 110);
}
