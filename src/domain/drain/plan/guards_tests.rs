//! What is to be minded, one guard a test.

use super::tests::{shop, web};
use super::*;
use crate::domain::drain::landing::Ground;
use crate::domain::drain::policy::DrainPolicy;
use crate::domain::fit::object::node::{NodeObject, Unschedulable};
use crate::domain::fit::testing as fit;
use crate::domain::node::Scheduling;
use crate::domain::snapshot::Snapshot;
use crate::domain::taint::Taint;
use crate::testing::{node, now, snapshot, workload};

fn seen(name: &str, labels: &[(&str, &str)]) -> NodeObject {
    let mut node = fit::node(name);
    node.labels = fit::labels(labels);
    node
}

fn guards(snapshot: &Snapshot, nodes: Vec<NodeObject>, drained: &[&str]) -> Vec<Guard> {
    let (mut world, _) = fit::world(nodes, vec![fit::pod("other")]);
    let profile = fit::profile();
    let rules = |_: &str| &profile;
    let mut ground = Ground::new(&mut world, &rules, &[], drained);
    let names: Vec<String> = drained.iter().map(|name| (*name).to_owned()).collect();
    let site = Site {
        ground: Some(&mut ground),
        own_node: Some("n9"),
        ..Site::default()
    };
    let plan = build_at(snapshot, &names, &DrainPolicy::default(), now(), site);
    plan.expect("the nodes are there").guards
}

fn told(guards: &[Guard]) -> Vec<(GuardCode, Option<&str>, &str)> {
    guards.iter().map(one).collect()
}

fn one(guard: &Guard) -> (GuardCode, Option<&str>, &str) {
    (guard.code, guard.node.as_deref(), &guard.message)
}

const CONTROL_PLANE: (&str, &str) = ("node-role.kubernetes.io/control-plane", "");

#[test]
fn the_last_node_that_takes_pods_is_told_instead_of_every_kind_it_is() {
    let cluster = shop().build();
    let mut cordoned = seen("n2", &[]);
    cordoned.unschedulable = Unschedulable::Yes;
    let one = vec![seen("n1", &[("kubernetes.io/arch", "arm64")]), cordoned];
    assert_eq!(
        told(&guards(&cluster, one, &["n1"])),
        [(
            GuardCode::NoOtherNode,
            None,
            "no other node takes pods: what is made again waits"
        )]
    );
}

#[test]
fn the_last_node_of_a_zone_and_of_a_device_is_told() {
    let zone = |zone| [("topology.kubernetes.io/zone", zone)];
    let mut gpu = seen("n1", &zone("a"));
    gpu.allocatable = fit::resources(&[("cpu", "4"), ("pods", "110"), ("nvidia.com/gpu", "2")]);
    let nodes = vec![gpu, seen("n2", &zone("b"))];
    let found = guards(&shop().build(), nodes.clone(), &["n1"]);
    assert_eq!(
        told(&found),
        [
            (
                GuardCode::LastOfKind,
                Some("n1"),
                "no other node takes pods with nvidia.com/gpu"
            ),
            (
                GuardCode::LastOfKind,
                Some("n1"),
                "no other node takes pods with zone a"
            ),
        ]
    );
    let mut more = nodes;
    more[1].labels = fit::labels(&zone("a"));
    more[1].allocatable = more[0].allocatable.clone();
    assert_eq!(told(&guards(&shop().build(), more, &["n1"])), []);
}

#[test]
fn a_quorum_of_the_control_plane_is_counted() {
    let names = ["n1", "n2", "n3", "n4"];
    let cluster = names.iter().fold(snapshot(), |c, name| c.node(node(name)));
    let cluster = cluster.build();
    let mut nodes: Vec<NodeObject> = names.map(|name| seen(name, &[CONTROL_PLANE])).into();
    nodes[3].labels.clear();
    assert_eq!(
        told(&guards(&cluster, nodes.clone(), &["n1"])),
        [(
            GuardCode::ControlPlane,
            Some("n1"),
            "without n1 2 of 3 members of the control plane are ready and not cordoned"
        )]
    );
    nodes[1].taints.push(Taint {
        key: "node.kubernetes.io/unreachable".to_owned(),
        value: String::new(),
        effect: crate::domain::taint::Effect::NoExecute,
        time_added: None,
    });
    assert_eq!(
        told(&guards(&cluster, nodes.clone(), &["n1"])),
        [(
            GuardCode::ControlPlane,
            Some("n1"),
            "without n1 1 of 3 members of the control plane are ready and not cordoned: fewer than the 2 of a quorum, so \
             they must not go down"
        )]
    );
    assert_eq!(told(&guards(&cluster, nodes, &["n4"])), []);
}

#[test]
fn marks_of_others_on_the_node_are_told() {
    let mut marked = node("n1");
    marked.scheduling = Scheduling::Disabled;
    marked.taints = vec![Taint {
        key: "karpenter.sh/disrupted".to_owned(),
        value: String::new(),
        effect: crate::domain::taint::Effect::NoSchedule,
        time_added: None,
    }];
    let cluster = snapshot().node(marked.clone()).node(node("n9"));
    let nodes = || vec![seen("n1", &[]), seen("n9", &[])];
    let found = guards(&cluster.build(), nodes(), &["n1"]);
    assert_eq!(
        told(&found),
        [
            (
                GuardCode::Autoscaler,
                Some("n1"),
                "Karpenter is removing it (taint karpenter.sh/disrupted)"
            ),
            (
                GuardCode::Cordoned,
                Some("n1"),
                "was cordoned already, and nothing says by whom"
            ),
        ]
    );
    let mark = crate::domain::mark::Mark::new("ann", now(), Some("disk"), None);
    for (key, value) in mark.annotations() {
        value.map(|value| marked.annotations.insert(key.to_owned(), value));
    }
    marked.taints.clear();
    let found = guards(&snapshot().node(marked).build(), nodes(), &["n1"]);
    assert!(
        found[0]
            .message
            .starts_with("was cordoned already by ann since "),
        "{found:?}"
    );
    assert!(found[0].message.ends_with(": disk"), "{found:?}");
}

#[test]
fn the_node_that_the_program_runs_on_is_told() {
    let cluster = snapshot().node(node("n9")).node(node("n1")).build();
    let nodes = vec![seen("n1", &[]), seen("n9", &[])];
    assert_eq!(
        told(&guards(&cluster, nodes, &["n9"])),
        [(
            GuardCode::OwnNode,
            Some("n9"),
            "this program runs on it: what follows the drain may end it"
        )]
    );
}

#[test]
fn a_single_replica_is_told_with_what_avoids_the_gap() {
    let mut replica_set = workload("ReplicaSet", "shop/web-5d4", 1);
    replica_set.controller = Some(crate::testing::controller("Deployment", "web"));
    let cluster = shop().owner(replica_set).pod(web("web-1", "n1")).build();
    let nodes = vec![seen("n1", &[]), seen("n2", &[])];
    let found = guards(&cluster, nodes.clone(), &["n1"]);
    assert_eq!(
        told(&found),
        [(
            GuardCode::SingleReplica,
            Some("n1"),
            "shop/web has a single replica: it is down until that is replaced"
        )]
    );
    assert_eq!(
        found[0].hint,
        "kubectl scale deployment/web -n shop --replicas=2"
    );
    let three = shop().pod(web("web-1", "n1")).build();
    assert_eq!(told(&guards(&three, nodes, &["n1"])), []);
}
