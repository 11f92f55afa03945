//! Reads: single objects, pages, and lists that expire in the middle.

use serde_json::{Value, json};

use super::*;
use crate::adapters::live::testing::{Reply, Script};
use crate::engine::cluster::FailureKind;

fn node_json(name: &str) -> Value {
    json!({"metadata": {"name": name}})
}

fn page(version: &str, token: Option<&str>, items: Vec<Value>) -> Reply {
    let metadata = json!({"resourceVersion": version, "continue": token});
    Reply::json(
        200,
        json!({"kind": "NodeList", "metadata": metadata, "items": items}),
    )
}

fn names(nodes: &[Node]) -> Vec<&str> {
    nodes.iter().map(Node::name).collect()
}

const EXPIRED: &str = r#"{"kind":"Status","apiVersion":"v1","metadata":{"continue":"x"},"status":"Failure","message":"The provided continue parameter is too old to display a consistent list result.","reason":"Expired","code":410}"#;

#[tokio::test]
async fn lists_are_paged_and_sorted_and_the_selector_goes_unparsed() {
    let script = Script::new([
        page("5", Some("t=1"), vec![node_json("b")]),
        page("5", None, vec![node_json("a")]),
    ]);
    let query = NodeQuery::Selector("pool in (x)".into());
    let found = nodes(&script.http(), &query, 1).await.unwrap();
    assert_eq!(names(&found), ["a", "b"]);
    assert_eq!(
        script.lines(),
        [
            "GET /api/v1/nodes?labelSelector=pool%20in%20%28x%29&limit=1",
            "GET /api/v1/nodes?labelSelector=pool%20in%20%28x%29&limit=1&continue=t%3D1",
        ]
    );
}

#[tokio::test]
async fn a_list_whose_page_expired_is_read_anew_in_one_piece() {
    let script = Script::new([
        page("5", Some("t"), vec![node_json("old")]),
        Reply::json(410, EXPIRED),
        page("9", None, vec![node_json("a"), node_json("b")]),
    ]);
    let found = nodes(&script.http(), &NodeQuery::All, 1).await.unwrap();
    assert_eq!(names(&found), ["a", "b"]);
    assert_eq!(script.lines()[2], "GET /api/v1/nodes");
}

#[tokio::test]
async fn a_first_page_that_expired_is_a_failure() {
    let script = Script::new([Reply::json(410, EXPIRED)]);
    let failure = nodes(&script.http(), &NodeQuery::All, 1).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Expired);
}

#[tokio::test]
async fn the_pods_of_a_node_are_listed_consistently() {
    let pod = json!({"metadata": {"name": "p", "namespace": "s"}, "spec": {"nodeName": "n"}});
    let script = Script::new([page("7", None, vec![pod])]);
    let listed = pods_on(&script.http(), "n", Some("app=web"), 0)
        .await
        .unwrap();
    assert_eq!(listed.resource_version, "7");
    assert_eq!(listed.items[0].id.path(), "s/p");
    // Without `resourceVersion` the server answers with the newest state.
    assert_eq!(
        script.lines(),
        ["GET /api/v1/pods?fieldSelector=spec.nodeName%3Dn&labelSelector=app%3Dweb"]
    );
}

#[tokio::test]
async fn pods_are_listed_by_namespace_and_selector() {
    let script = Script::new([page("7", None, vec![]), page("7", None, vec![])]);
    let selected = |selector: &str| PodQuery::Selected {
        namespace: "shop".into(),
        selector: selector.into(),
    };
    pods(&script.http(), &selected("app=web"), 500)
        .await
        .unwrap();
    pods(&script.http(), &selected(""), 500).await.unwrap();
    assert_eq!(
        script.lines(),
        [
            "GET /api/v1/namespaces/shop/pods?labelSelector=app%3Dweb&limit=500",
            "GET /api/v1/namespaces/shop/pods?limit=500",
        ]
    );
}

#[tokio::test]
async fn a_missing_object_is_none_and_a_missing_path_a_failure() {
    let missing = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"nodes \"n\" not found","reason":"NotFound","details":{"name":"n","kind":"nodes"},"code":404}"#;
    let script = Script::new([
        Reply::json(404, missing),
        Reply::text(404, "404 page not found\n"),
    ]);
    assert_eq!(node(&script.http(), "n").await, Ok(None));
    let failure = node(&script.http(), "n").await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotFound);
    assert_eq!(failure.message, "404 page not found");
    assert_eq!(script.lines(), ["GET /api/v1/nodes/n"; 2]);
}

#[tokio::test]
async fn a_document_keeps_the_whole_object_in_the_servers_order() {
    let body = r#"{"kind":"Node","apiVersion":"v1","metadata":{"name":"n","zeta":1,"alpha":2}}"#;
    let script = Script::new([Reply::json(200, body)]);
    let found = node_document(&script.http(), "n").await.unwrap().unwrap();
    assert_eq!(found.node.name(), "n");
    assert_eq!(found.document.to_string(), body);
}

#[tokio::test]
async fn ending_namespaces_are_asked_for_by_phase() {
    let items = vec![
        json!({"metadata": {"name": "b"}}),
        json!({"metadata": {"name": "a"}}),
    ];
    let script = Script::new([page("7", None, items)]);
    let names = ending_namespaces(&script.http(), 500).await.unwrap();
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(
        script.lines(),
        ["GET /api/v1/namespaces?fieldSelector=status.phase%3DTerminating&limit=500"]
    );
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_names_what_is_wrong() {
    let taint =
        json!({"metadata": {"name": "n"}, "spec": {"taints": [{"key": "k", "effect": "X"}]}});
    let script = Script::new([Reply::text(200, "<html>"), Reply::json(200, taint)]);
    let failure = node(&script.http(), "n").await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Malformed);
    let failure = node(&script.http(), "n").await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Malformed);
    assert_eq!(
        failure.message,
        r#"the server's answer cannot be understood: Node n: spec.taints[0].effect: "X" is not NoSchedule, PreferNoSchedule or NoExecute"#
    );
}

#[tokio::test]
async fn the_server_says_its_version_and_who_asks() {
    let script = Script::new([
        Reply::json(200, json!({"major": "1", "gitVersion": "v1.37.2"})),
        Reply::json(201, json!({"status": {"userInfo": {"username": "jane"}}})),
    ]);
    assert_eq!(version(&script.http()).await.unwrap(), "v1.37.2");
    assert_eq!(whoami(&script.http()).await.unwrap(), "jane");
    let seen = script.seen();
    assert_eq!(seen[0].line, "GET /version");
    assert_eq!(
        seen[1].line,
        "POST /apis/authentication.k8s.io/v1/selfsubjectreviews"
    );
    assert_eq!(
        seen[1].body,
        json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})
    );
}
