//! Evictions and deletions: the body as it is sent, and what each answer means.

use http::header::{ACCEPT, CONTENT_TYPE};
use serde_json::json;

use super::*;
use crate::adapters::live::testing::{Reply, Script};
use crate::engine::cluster::FailureKind;

fn request(grace: GracePeriod) -> RemoveRequest {
    RemoveRequest {
        pod: PodRef {
            namespace: "shop".into(),
            name: "web-1".into(),
            uid: "u-1".into(),
        },
        grace,
    }
}

fn success() -> Reply {
    Reply::json(
        201,
        json!({"kind": "Status", "status": "Success", "code": 201}),
    )
}

#[tokio::test]
async fn failure_2_the_eviction_carries_its_options_where_the_api_reads_them() {
    for (grace, options) in [
        (
            GracePeriod::PodsOwn,
            json!({"preconditions": {"uid": "u-1"}}),
        ),
        (
            GracePeriod::Seconds(0),
            json!({"gracePeriodSeconds": 0, "preconditions": {"uid": "u-1"}}),
        ),
        (
            GracePeriod::Seconds(30),
            json!({"gracePeriodSeconds": 30, "preconditions": {"uid": "u-1"}}),
        ),
    ] {
        let script = Script::new([success()]);
        let outcome = evict(&script.http(), &request(grace)).await;
        assert_eq!(outcome, RemoveOutcome::Accepted);
        let seen = &script.seen()[0];
        assert_eq!(
            seen.line,
            "POST /api/v1/namespaces/shop/pods/web-1/eviction?fieldValidation=Strict"
        );
        assert_eq!(seen.headers[CONTENT_TYPE], "application/json");
        assert_eq!(seen.headers[ACCEPT], "application/json");
        assert_eq!(seen.body["deleteOptions"], options);
        assert_eq!(seen.body.get("delete_options"), None);
    }
}

#[tokio::test]
async fn failure_36_the_eviction_says_what_it_is() {
    let script = Script::new([success()]);
    evict(&script.http(), &request(GracePeriod::PodsOwn)).await;
    assert_eq!(
        script.seen()[0].body,
        json!({
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": "web-1", "namespace": "shop"},
            "deleteOptions": {"preconditions": {"uid": "u-1"}},
        })
    );
}

#[tokio::test]
async fn a_deletion_is_bound_to_the_uid() {
    let script = Script::new([Reply::json(200, json!({"kind": "Pod"}))]);
    let outcome = delete(&script.http(), &request(GracePeriod::Seconds(7))).await;
    assert_eq!(outcome, RemoveOutcome::Accepted);
    let seen = &script.seen()[0];
    assert_eq!(seen.line, "DELETE /api/v1/namespaces/shop/pods/web-1");
    assert_eq!(
        seen.body,
        json!({
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "gracePeriodSeconds": 7,
            "preconditions": {"uid": "u-1"},
        })
    );
}

const CONFLICT: &str = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Operation cannot be fulfilled on Pod \"web-1\": the UID in the precondition (u-1) does not match the UID in record (u-2). The object might have been deleted and then recreated","reason":"Conflict","details":{"name":"web-1","kind":"Pod"},"code":409}"#;
const MISSING: &str = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"pods \"web-1\" not found","reason":"NotFound","details":{"name":"web-1","kind":"pods"},"code":404}"#;

fn pod(uid: &str) -> Reply {
    let metadata = json!({"name": "web-1", "namespace": "shop", "uid": uid});
    Reply::json(200, json!({"kind": "Pod", "metadata": metadata}))
}

#[tokio::test]
async fn after_a_conflict_the_pod_itself_is_asked() {
    let message = "Operation cannot be fulfilled on Pod \"web-1\": the UID in the precondition (u-1) does not match the UID in record (u-2). The object might have been deleted and then recreated";
    let conflict = RemoveOutcome::Failed(Failure {
        sentence: format!("Error from server (Conflict): {message}"),
        ..Failure::new(FailureKind::Conflict, message)
    });
    for (look, expected) in [
        (pod("u-2"), RemoveOutcome::Replaced),
        (Reply::json(404, MISSING), RemoveOutcome::Gone),
        (pod("u-1"), conflict.clone()),
        (Reply::text(500, "broken"), conflict),
    ] {
        let script = Script::new([Reply::json(409, CONFLICT), look]);
        let outcome = evict(&script.http(), &request(GracePeriod::PodsOwn)).await;
        assert_eq!(outcome, expected);
        assert_eq!(script.lines()[1], "GET /api/v1/namespaces/shop/pods/web-1");
    }
}

#[tokio::test]
async fn nothing_is_asked_twice() {
    let overload =
        Reply::text(429, "Too many requests, please try again later.\n").header("retry-after", "1");
    let script = Script::new([overload]);
    let outcome = evict(&script.http(), &request(GracePeriod::PodsOwn)).await;
    assert!(
        matches!(outcome, RemoveOutcome::Throttled { .. }),
        "{outcome:?}"
    );
    assert_eq!(script.lines().len(), 1);
}

#[tokio::test]
async fn a_connection_that_breaks_is_a_passing_failure() {
    let script = Script::new([]);
    let outcome = delete(&script.http(), &request(GracePeriod::PodsOwn)).await;
    let RemoveOutcome::Failed(failure) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(failure.kind, FailureKind::Transport);
    assert!(failure.is_transient());
}

#[tokio::test]
async fn a_name_that_leaves_its_place_is_never_sent() {
    let script = Script::new([]);
    let mut request = request(GracePeriod::PodsOwn);
    request.pod.name = "../web-1".into();
    let outcome = evict(&script.http(), &request).await;
    let RemoveOutcome::Failed(failure) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        failure.message,
        r#"invalid resource name "../web-1": [may not contain '/']"#
    );
    assert_eq!(script.lines(), [""; 0]);
}
