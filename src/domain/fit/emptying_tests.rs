//! Nodes that can be emptied and nodes that cannot, and that asking changes nothing.

use super::super::evaluate::evaluate;
use super::super::object::affinity::{PodTerm, Selector};
use super::super::object::node::{NodeObject, Unschedulable};
use super::super::object::pod::{HostPort, Life, PodObject};
use super::super::object::spread::{InclusionPolicy, SpreadConstraint, SpreadMode};
use super::super::profile::Minor;
use super::super::testing::{labels, node, pod, profile, resources};
use super::super::world::WorldBuilder;
use super::*;

const HOSTNAME: &str = "kubernetes.io/hostname";
const ZONE: &str = "topology.kubernetes.io/zone";

fn world(nodes: Vec<NodeObject>, pods: Vec<PodObject>) -> World {
    let mut builder = WorldBuilder::new(Minor::NEWEST);
    nodes.into_iter().for_each(|node| builder.node(node));
    for pod in pods {
        builder.pod(pod);
    }
    builder.finish()
}

fn on(node: &str, name: &str, cpu: &str) -> PodObject {
    let mut pod = pod(name);
    pod.node = Some(node.to_owned());
    pod.labels = labels(&[("app", name.split('-').next().unwrap_or(name))]);
    pod.spec.containers[0].requests = resources(&[("cpu", cpu)]);
    pod
}

fn keeping_apart(mut pod: PodObject) -> PodObject {
    let own = PodTerm {
        selector: Some(Selector {
            labels: pod.labels.clone(),
            ..Selector::default()
        }),
        topology_key: HOSTNAME.to_owned(),
        ..PodTerm::default()
    };
    pod.spec.pod_anti_affinity.required = vec![own];
    pod
}

fn spread_over_zones(mut pod: PodObject) -> PodObject {
    pod.spec.spread = vec![SpreadConstraint {
        max_skew: 1,
        topology_key: ZONE.to_owned(),
        mode: SpreadMode::Hard,
        selector: Some(Selector {
            labels: pod.labels.clone(),
            ..Selector::default()
        }),
        min_domains: None,
        node_affinity: InclusionPolicy::Honor,
        node_taints: InclusionPolicy::Ignore,
        match_label_keys: Vec::new(),
    }];
    pod
}

/// The names of the pods that find no place when a node is emptied.
fn stranded(world: &mut World, name: &str) -> Vec<String> {
    let profile = profile();
    let node = world.node_named(name).unwrap();
    let pods = world.on_node[node.index()].clone();
    let found = Emptying::new(world, &profile).stranded(node, &pods);
    let names = found.iter().map(|one| world.pod(one.pod).name.to_string());
    names.collect()
}

#[test]
fn room_that_one_pod_takes_is_gone_for_the_next() {
    let nodes = vec![node("a-1"), node("a-2")];
    let pods = vec![
        on("a-1", "first", "3"),
        on("a-1", "second", "2"),
        on("a-1", "third", "1"),
    ];
    assert_eq!(stranded(&mut world(nodes, pods), "a-1"), ["second"]);
}

#[test]
fn the_node_itself_is_no_place() {
    let pods = vec![on("a-1", "p", "1")];
    assert_eq!(stranded(&mut world(vec![node("a-1")], pods), "a-1"), ["p"]);
}

#[test]
fn pods_keep_away_from_those_that_were_placed_before() {
    let nodes = vec![node("a-1"), node("a-2"), node("a-3")];
    let pods = (1..=3).map(|n| keeping_apart(on("a-1", &format!("web-{n}"), "1")));
    let mut world = world(nodes, pods.collect());
    assert_eq!(stranded(&mut world, "a-1"), ["web-3"]);
}

#[test]
fn a_pod_for_another_scheduler_is_not_known() {
    let mut other = on("a-1", "p", "1");
    other.spec.scheduler_name = "other".to_owned();
    let mut world = world(vec![node("a-1"), node("a-2")], vec![other]);
    let profile = profile();
    let node = NodeIx::at(0);
    let found = Emptying::new(&mut world, &profile).stranded(node, &[PodIx::at(0)]);
    assert_eq!(found[0].why, NoPlace::Unknown);
}

#[test]
fn pods_that_are_elsewhere_are_passed_over() {
    let pods = vec![on("a-2", "p", "1"), pod("pending")];
    let mut world = world(vec![node("a-1"), node("a-2")], pods);
    let profile = profile();
    let all = [PodIx::at(0), PodIx::at(1)];
    assert!(
        Emptying::new(&mut world, &profile)
            .stranded(NodeIx::at(0), &all)
            .is_empty()
    );
    assert_eq!(world.pod(PodIx::at(0)).place, Place::On(NodeIx::at(1)));
    assert_eq!(world.pod(PodIx::at(1)).place, Place::Pending);
}

/// A small cluster that is nearly full and uses every rule that reads where pods are.
fn crowd(seed: u64) -> World {
    let mut state = seed;
    let mut below = |bound: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % bound
    };
    let names: Vec<String> = (0..8)
        .map(|n| format!("{}-{n}", ["a", "b", "c"][n % 3]))
        .collect();
    let mut nodes: Vec<_> = names.iter().map(|name| node(name)).collect();
    nodes[3].unschedulable = Unschedulable::Yes;
    let mut pods = Vec::new();
    for number in 0..40 {
        let home = &names[below(8) as usize];
        let cpu = ["100m", "500m", "1", "0"][below(4) as usize];
        let mut pod = on(home, &format!("app{}-{number}", below(5)), cpu);
        match below(8) {
            0 => pod = keeping_apart(pod),
            1 => pod = spread_over_zones(pod),
            2 => {
                pod.spec.containers[0].host_ports = vec![HostPort {
                    port: 80,
                    protocol: "TCP".to_owned(),
                    host_ip: String::new(),
                }];
            }
            3 => pod.spec.node_selector = labels(&[(ZONE, "a")]),
            4 => pod.life = Life::Terminating,
            5 if number > 30 => {
                pod.nominated_node = pod.node.take();
                pod.spec.priority = below(2) as i32;
            }
            _ => {}
        }
        pods.push(pod);
    }
    world(nodes, pods)
}

/// First fit by the evaluator alone.
fn plainly_stranded(world: &mut World, home: NodeIx, pods: &[PodIx]) -> Vec<PodIx> {
    let profile = profile();
    world.with_successors(home, pods, |world| {
        let mut stranded = Vec::new();
        for pod in pods {
            let feasible = evaluate(world, &profile, *pod).feasible();
            match feasible.into_iter().find(|node| *node != home) {
                Some(node) => world.place(*pod, node),
                None => stranded.push(*pod),
            }
        }
        stranded
    })
}

#[test]
fn what_is_remembered_changes_no_answer() {
    let profile = profile();
    for seed in 0..60 {
        let mut world = crowd(seed);
        let nodes: Vec<_> = world.node_indexes().collect();
        let on_node = world.on_node.clone();
        let plain: Vec<_> = nodes
            .iter()
            .map(|node| plainly_stranded(&mut world, *node, &on_node[node.index()]))
            .collect();
        let mut emptying = Emptying::new(&mut world, &profile);
        // Twice, because the second time everything is remembered.
        for node in nodes.iter().chain(&nodes) {
            let found = emptying.stranded(*node, &on_node[node.index()]);
            let found: Vec<_> = found.iter().map(|one| one.pod).collect();
            assert_eq!(found, plain[node.index()], "seed {seed}, node {node:?}");
        }
    }
}

#[test]
fn everything_is_afterwards_as_it_was() {
    let profile = profile();
    let (untouched, mut world) = (crowd(7), crowd(7));
    let on_node = world.on_node.clone();
    let mut emptying = Emptying::new(&mut world, &profile);
    for (at, pods) in on_node.iter().enumerate() {
        emptying.stranded(NodeIx::at(at), pods);
    }
    assert_eq!(world.on_node, untouched.on_node);
    assert_eq!(world.used, untouched.used);
    assert_eq!(world.non_zero, untouched.non_zero);
    let rows = world.pods.iter().zip(&untouched.pods);
    for (row, before) in rows {
        assert_eq!((&row.place, row.standing), (&before.place, before.standing));
    }
    let kinds = world.kinds.iter().zip(&untouched.kinds);
    for (kind, before) in kinds {
        assert_eq!(kind.members, before.members);
    }
}
