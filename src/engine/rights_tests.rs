//! Which questions are asked before a drain, and which answers are held against it.

use super::*;
use crate::domain::drain::plan;
use crate::domain::drain::policy::DrainPolicy;
use crate::domain::node::Scheduling;
use crate::domain::snapshot::Snapshot;
use crate::engine::testing::FakeCluster;
use crate::testing::{SnapshotBuilder, node, now, pod, snapshot};

/// Two nodes, pods in two namespaces that leave, and some that nobody has to be asked for.
fn seen() -> SnapshotBuilder {
    let replica = |path: &str, node: &str| pod(path).on(node).owned_by("ReplicaSet", "x");
    snapshot()
        .node(node("n1"))
        .node(node("n2"))
        .pod(replica("shop/web-2", "n1"))
        .pod(replica("shop/web-1", "n1"))
        .pod(replica("web/api", "n2"))
        .pod(pod("kube-system/mirror").on("n1").mirror())
        .pod(replica("old/leaving", "n2").ending_since(5))
        .pod(replica("closing/web", "n1"))
        .ending_namespace("closing")
}

fn plan_of(seen: &Snapshot) -> DrainPlan {
    let names = ["n1", "n2"].map(str::to_owned);
    plan::build(seen, &names, &DrainPolicy::default(), now()).unwrap()
}

async fn missing_for(cluster: &FakeCluster, removal: Removal) -> Vec<MissingRight> {
    missing(cluster, &plan_of(&seen().build()), removal).await
}

fn a_pod(namespace: &str, name: &str) -> Scope {
    Scope::Pod {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    }
}

fn missing_right(right: Right, places: &[&str]) -> MissingRight {
    MissingRight {
        right,
        places: places.iter().map(|&place| place.to_owned()).collect(),
    }
}

#[tokio::test]
async fn rights_everywhere_take_two_questions() {
    let cluster = FakeCluster::default();
    assert_eq!(missing_for(&cluster, Removal::Evict).await, []);
    let everything = |right| (right, Scope::Everything);
    assert_eq!(
        cluster.questions(),
        [everything(Right::PatchNodes), everything(Right::EvictPods)]
    );
    let cluster = FakeCluster::default();
    assert_eq!(missing_for(&cluster, Removal::Delete).await, []);
    assert_eq!(cluster.questions()[1], everything(Right::DeletePods));
}

#[tokio::test]
async fn rights_in_parts_are_asked_for_where_they_are_needed() {
    let cluster = FakeCluster::default().permitting(|_, scope| match scope {
        Scope::Everything => Permission::Denied,
        _ => Permission::Granted,
    });
    assert_eq!(missing_for(&cluster, Removal::Evict).await, []);
    let mut asked = cluster.questions();
    asked.retain(|(_, scope)| *scope != Scope::Everything);
    asked.sort_by_key(|(right, _)| *right != Right::PatchNodes);
    let node = |name: &str| (Right::PatchNodes, Scope::Node(name.to_owned()));
    assert_eq!(
        asked,
        [
            node("n1"),
            node("n2"),
            (Right::EvictPods, a_pod("shop", "web-1")),
            (Right::EvictPods, a_pod("web", "api")),
        ]
    );
}

#[tokio::test]
async fn what_is_denied_is_missing_there_and_nowhere_else() {
    let cluster = FakeCluster::default().permitting(|_, scope| match scope {
        Scope::Node(name) if name == "n1" => Permission::Granted,
        Scope::Pod { namespace, .. } if namespace == "shop" => Permission::Granted,
        _ => Permission::Denied,
    });
    assert_eq!(
        missing_for(&cluster, Removal::Evict).await,
        [
            missing_right(Right::PatchNodes, &["n2"]),
            missing_right(Right::EvictPods, &["web"]),
        ]
    );
}

#[tokio::test]
async fn what_cannot_be_asked_is_not_missing() {
    let mute = FakeCluster::default().permitting(|_, _| Permission::Unknown);
    assert_eq!(missing_for(&mute, Removal::Evict).await, []);
    assert_eq!(mute.questions().len(), 2);
    let half = FakeCluster::default().permitting(|_, scope| match scope {
        Scope::Everything => Permission::Denied,
        _ => Permission::Unknown,
    });
    assert_eq!(missing_for(&half, Removal::Evict).await, []);
}

#[tokio::test]
async fn a_cordoned_empty_node_needs_no_right() {
    let mut seen = seen().build();
    seen.pods.clear();
    for node in seen.nodes.values_mut() {
        node.scheduling = Scheduling::Disabled;
    }
    let cluster = FakeCluster::default().permitting(|_, _| Permission::Denied);
    assert_eq!(missing(&cluster, &plan_of(&seen), Removal::Evict).await, []);
    assert_eq!(cluster.questions(), []);
}
