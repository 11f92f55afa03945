//! One reading makes both pictures; what belongs to other nodes is not kept; what may not be read is told.

use serde_json::{Value, json};

use super::*;
use crate::adapters::live::progress::Progress;
use crate::adapters::live::testing::{Reply, Script};
use crate::domain::node::NodeRef;

fn list(items: &[Value]) -> Reply {
    Reply::json(200, json!({"metadata": {}, "items": items}))
}

fn node(name: &str) -> Value {
    json!({"metadata": {"name": name, "uid": name}})
}

fn pod(name: &str, node: &str, app: &str) -> Value {
    let owner = json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": app, "uid": "rs", "controller": true}]);
    json!({"metadata": {"name": name, "namespace": "shop", "uid": name, "labels": {"app": app}, "ownerReferences": owner},
        "spec": {"nodeName": node, "containers": []}, "status": {"phase": "Running"}})
}

/// A budget over the pods of an app that waits for one of them.
fn closed(app: &str) -> Value {
    json!({"metadata": {"name": app, "namespace": "shop", "generation": 1},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": app}}},
        "status": {"observedGeneration": 1, "disruptionsAllowed": 0, "currentHealthy": 1, "desiredHealthy": 1, "expectedPods": 2}})
}

fn forbidden() -> Reply {
    Reply::json(
        403,
        json!({"kind": "Status", "message": "no right", "reason": "Forbidden", "code": 403}),
    )
}

fn cluster(more: impl IntoIterator<Item = (&'static str, Reply)>) -> Script {
    let pods = [
        pod("web-1", "n1", "web"),
        pod("web-2", "n2", "web"),
        pod("api-1", "n2", "api"),
        pod("api-2", "n3", "api"),
    ];
    let namespaces = [json!({"metadata": {"name": "shop"}, "status": {"phase": "Terminating"}})];
    let web = json!({"metadata": {"name": "web", "namespace": "shop", "uid": "rs"}, "spec": {"replicas": 2}});
    let kinds = [
        (
            "/version",
            Reply::json(200, json!({"gitVersion": "v1.36.1"})),
        ),
        ("/api/v1/nodes", list(&[node("n1"), node("n2"), node("n3")])),
        ("/api/v1/pods", list(&pods)),
        ("/api/v1/namespaces", list(&namespaces)),
        ("/apis/apps/v1/replicasets", list(&[web])),
        (
            "/apis/policy/v1/poddisruptionbudgets",
            list(&[closed("web"), closed("api")]),
        ),
    ];
    Script::of(kinds.into_iter().chain(more))
}

async fn read(script: &Script, whose: Whose<'_>) -> Result<Picture, Failure> {
    let (http, progress) = (script.http(), Progress::default());
    let surveyor = Surveyor {
        http: &http,
        chunk_size: 500,
        progress: &progress,
    };
    let asked = Asked {
        whose,
        minor: None,
        server: "https://server".to_owned(),
        now: Timestamp::UNIX_EPOCH,
    };
    picture(&surveyor, asked).await
}

fn named(name: &str) -> Node {
    let written: wire::Node = serde_json::from_value(node(name)).unwrap();
    let node = Node::try_from(written).unwrap();
    assert_eq!(
        node.id,
        NodeRef {
            name: name.to_owned(),
            uid: name.to_owned()
        }
    );
    node
}

fn pods(picture: &Picture) -> Vec<&str> {
    let pods = picture.snapshot.pods.iter();
    pods.map(|pod| pod.id.name.as_str()).collect()
}

#[tokio::test]
async fn each_kind_is_listed_once_and_never_a_node_or_a_pod() {
    let script = cluster([]);
    let nodes = [named("n1"), named("n2")];
    let whose = Whose::Of {
        nodes: &nodes,
        selector: None,
    };
    read(&script, whose).await.unwrap();
    let mut paths: Vec<String> = script.lines();
    let requests = paths.len();
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), requests, "{paths:#?}");
    // 16 kinds for the rules, two more makers of pods, budgets, version.
    assert_eq!(requests, 20);
}

#[tokio::test]
async fn pods_of_the_nodes_are_kept_and_those_that_their_closed_budgets_wait_for() {
    let nodes = [named("n1")];
    let whose = Whose::Of {
        nodes: &nodes,
        selector: None,
    };
    let picture = read(&cluster([]), whose).await.unwrap();
    assert_eq!(
        pods(&picture),
        ["web-1", "web-2"],
        "the budget of api guards none of n1"
    );
    assert_eq!(picture.world.nodes.len(), 3);
    assert_eq!(picture.snapshot.nodes.len(), 1);
    assert_eq!(picture.snapshot.cluster.version, "v1.36.1");
    assert_eq!(picture.world.minor, Minor::V1_36);
    assert!(picture.snapshot.ending_namespaces.contains("shop"));
    let owner = picture.snapshot.owner_of(&picture.snapshot.pods[0]);
    assert!(matches!(owner, Some(OwnerLookup::Found(found)) if found.replicas == Some(2)));
}

#[tokio::test]
async fn of_every_node_all_is_kept_and_an_owner_that_is_not_there_is_gone() {
    let picture = read(&cluster([]), Whose::All).await.unwrap();
    assert_eq!(pods(&picture), ["web-1", "web-2", "api-1", "api-2"]);
    assert_eq!(picture.snapshot.nodes.len(), 3);
    let api = &picture.snapshot.pods[2];
    assert_eq!(picture.snapshot.owner_of(api), Some(&OwnerLookup::Gone));
}

#[tokio::test]
async fn a_selector_leaves_out_pods_of_the_nodes() {
    let nodes = [named("n2")];
    let selector = LabelSelector::parse("app=api").unwrap();
    let whose = Whose::Of {
        nodes: &nodes,
        selector: Some(&selector),
    };
    let picture = read(&cluster([]), whose).await.unwrap();
    assert_eq!(
        pods(&picture),
        ["api-1", "api-2"],
        "api-2 is what the budget of api waits for"
    );
}

#[tokio::test]
async fn what_may_not_be_read_is_unread_and_nodes_and_pods_must_be() {
    let withheld = [
        "/apis/policy/v1/poddisruptionbudgets",
        "/apis/apps/v1/replicasets",
        "/api/v1/persistentvolumes",
    ];
    let script = cluster(withheld.map(|path| (path, forbidden())));
    let picture = read(&script, Whose::All).await.unwrap();
    assert_eq!(picture.snapshot.unread[0].what, BUDGETS);
    let owner = picture.snapshot.owner_of(&picture.snapshot.pods[0]);
    assert!(matches!(owner, Some(OwnerLookup::Unreadable { reason }) if reason == "no right"));
    assert!(
        picture.world.unread.len() == 2,
        "{:?}",
        picture.world.unread
    );
    let withheld = picture.withheld.iter();
    let mut withheld: Vec<&str> = withheld.map(|unread| unread.what.as_str()).collect();
    withheld.sort_unstable();
    assert_eq!(withheld, ["persistentvolumes", "replicasets.apps"]);
    for path in ["/api/v1/nodes", "/api/v1/pods"] {
        let refused = read(&cluster([(path, forbidden())]), Whose::All).await;
        assert_eq!(refused.unwrap_err().kind, FailureKind::Forbidden, "{path}");
    }
}
