//! Watches: bookmarks, ends, expired versions and broken connections.

use serde_json::{Value, json};

use super::*;
use crate::adapters::live::testing::{End, Reply, Script};
use crate::engine::cluster::FailureKind;

fn event(kind: &str, name: &str, version: &str) -> Value {
    let metadata = json!({"name": name, "namespace": "s", "resourceVersion": version});
    json!({"type": kind, "object": {"kind": "Pod", "metadata": metadata}})
}

fn expired() -> Value {
    let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": "too old resource version: 5 (9)", "reason": "Expired", "code": 410});
    json!({"type": "ERROR", "object": status})
}

fn list(version: &str, names: &[&str]) -> Reply {
    let items = names
        .iter()
        .map(|name| json!({"metadata": {"name": name, "namespace": "s"}}));
    let metadata = json!({"resourceVersion": version});
    Reply::json(
        200,
        json!({"metadata": metadata, "items": items.collect::<Vec<_>>()}),
    )
}

fn watch(script: &Script, since: &str) -> BoxStream<'static, Change<Pod>> {
    pods(&script.http(), read::pods_on_node("n", None), since, 500)
}

fn request(since: &str) -> String {
    format!(
        "GET /api/v1/pods?fieldSelector=spec.nodeName%3Dn&watch=true&allowWatchBookmarks=true&timeoutSeconds=290&resourceVersion={since}"
    )
}

/// Says what a change is in one line.
fn told(change: &Change<Pod>) -> String {
    match change {
        Change::Applied(pod) => format!("applied {}", pod.id.name),
        Change::Deleted(pod) => format!("deleted {}", pod.id.name),
        Change::Restarted(pods) => {
            let names: Vec<&str> = pods.iter().map(|pod| pod.id.name.as_str()).collect();
            format!("restarted {}", names.join(","))
        }
        Change::Interrupted(failure) => format!("interrupted {}", failure.message),
    }
}

fn unstarted(script: &Script) -> Watch {
    Watch {
        http: script.http(),
        list: read::pods_on_node("n", None),
        chunk_size: 500,
        version: "5".into(),
        state: State::Connect,
        failures: 0,
        longest_silence: LONGEST_SILENCE,
    }
}

async fn take(script: &Script, since: &str, count: usize) -> Vec<String> {
    let changes = watch(script, since).take(count);
    changes.map(|change| told(&change)).collect().await
}

#[tokio::test]
async fn a_watch_goes_on_where_the_last_one_ended() {
    let bookmark = json!({"type": "BOOKMARK", "object": {"kind": "Pod", "metadata": {"resourceVersion": "8"}}});
    let script = Script::new([
        Reply::events(
            &[
                event("ADDED", "a", "6"),
                event("MODIFIED", "a", "7"),
                bookmark,
            ],
            End::Closed,
        ),
        Reply::events(&[event("DELETED", "a", "9")], End::Open),
    ]);
    assert_eq!(
        take(&script, "5", 3).await,
        ["applied a", "applied a", "deleted a"]
    );
    assert_eq!(script.lines(), [request("5"), request("8")]);
    let seen = script.seen();
    assert_eq!(seen[0].headers["accept-encoding"], "identity");
}

#[tokio::test]
async fn a_forgotten_version_begins_anew_whether_said_by_code_or_by_event() {
    let status = expired()["object"].clone();
    for forgotten in [
        Reply::events(&[expired()], End::Closed),
        Reply::json(410, status),
    ] {
        let script = Script::new([
            forgotten,
            list("20", &["a", "b"]),
            Reply::events(&[event("ADDED", "c", "21")], End::Open),
        ]);
        assert_eq!(take(&script, "5", 2).await, ["restarted a,b", "applied c"]);
        assert_eq!(
            script.lines(),
            [
                request("5"),
                "GET /api/v1/pods?fieldSelector=spec.nodeName%3Dn&limit=500".to_owned(),
                request("20"),
            ]
        );
    }
}

#[tokio::test]
async fn a_broken_watch_says_so_and_goes_on() {
    let script = Script::new([
        Reply::events(&[event("ADDED", "a", "6")], End::Broken),
        Reply::text(503, ""),
        Reply::events(&[event("DELETED", "a", "7")], End::Open),
    ]);
    let told = take(&script, "5", 4).await;
    assert_eq!(
        told,
        [
            "applied a",
            "interrupted read: connection reset by peer",
            "interrupted the server is currently unable to handle the request",
            "deleted a",
        ]
    );
    assert_eq!(script.lines(), [request("5"), request("6"), request("6")]);
}

#[tokio::test]
async fn a_line_that_cannot_be_understood_is_made_up_for_by_a_list() {
    let odd = json!({"type": "ADDED", "object": {"metadata": {"name": "a", "resourceVersion": "6", "deletionTimestamp": "soon"}}});
    let script = Script::new([Reply::events(&[odd], End::Open), list("9", &["a"])]);
    let told = take(&script, "5", 2).await;
    assert_eq!(told[1], "restarted a");
    assert!(told[0].starts_with("interrupted the server's answer cannot be understood: Pod a: metadata.deletionTimestamp"), "{told:?}");
}

#[tokio::test]
async fn a_connection_without_a_line_is_not_made_again_at_once() {
    let script = Script::new([
        Reply::events(&[], End::Closed),
        Reply::events(&[event("ADDED", "a", "6")], End::Open),
    ]);
    let mut watch = unstarted(&script);
    assert!(matches!(watch.connect::<Pod>().await, Step::Continue));
    let State::Read(lines, lived) = std::mem::replace(&mut watch.state, State::Connect) else {
        panic!("not connected");
    };
    assert!(matches!(
        watch.read::<wire::Pod, Pod>(lines, lived).await,
        Step::Continue
    ));
    assert!(matches!(&watch.state, State::Pause(pause, next)
        if *pause == SHORTEST_PAUSE && matches!(**next, State::Connect)));
    assert_eq!(told(&watch.next::<wire::Pod, Pod>().await), "applied a");
}

#[tokio::test]
async fn a_connection_that_died_without_a_word_is_replaced() {
    let script = Script::new([
        Reply::events(&[event("ADDED", "a", "6")], End::Open),
        Reply::events(&[event("ADDED", "b", "7")], End::Open),
    ]);
    let mut watch = unstarted(&script);
    watch.longest_silence = Duration::from_millis(1);
    assert_eq!(told(&watch.next::<wire::Pod, Pod>().await), "applied a");
    assert_eq!(told(&watch.next::<wire::Pod, Pod>().await), "applied b");
    assert_eq!(script.lines(), [request("5"), request("6")]);
}

#[tokio::test]
async fn pauses_grow_to_a_limit_and_obey_the_server() {
    let mut watch = unstarted(&Script::new([]));
    let pauses: Vec<u128> = (0..7).map(|_| watch.next_pause().as_millis()).collect();
    assert_eq!(pauses, [200, 400, 800, 1600, 3200, 5000, 5000]);
    let failure = Failure {
        retry_after: Some(Duration::from_secs(30)),
        ..Failure::new(FailureKind::Throttled, String::new())
    };
    let step: Step<Pod> = watch.interrupted(failure, State::Relist);
    assert!(matches!(step, Step::Tell(Change::Interrupted(_))));
    assert!(matches!(watch.state, State::Pause(pause, _) if pause == Duration::from_secs(30)));
}

#[tokio::test]
async fn without_a_version_everything_is_listed_first() {
    let script = Script::new([list("9", &["a"])]);
    assert_eq!(take(&script, "", 1).await, ["restarted a"]);
}

#[tokio::test]
async fn budgets_are_watched_in_all_namespaces() {
    let object = json!({"kind": "PodDisruptionBudget", "metadata": {"name": "b", "namespace": "s", "resourceVersion": "6"}});
    let script = Script::new([Reply::events(
        &[json!({"type": "ADDED", "object": object})],
        End::Open,
    )]);
    let mut changes = budgets(&script.http(), "5", 500);
    let change = changes.next().await;
    assert!(matches!(change, Some(Change::Applied(budget)) if budget.id.path() == "s/b"));
    assert_eq!(
        script.lines(),
        [
            "GET /apis/policy/v1/poddisruptionbudgets?watch=true&allowWatchBookmarks=true&timeoutSeconds=290&resourceVersion=5"
        ]
    );
}
