//! Everything is read in pages; what may not be read is told; what expires is read anew.

use serde_json::{Value, json};

use super::sinks::Folding;
use super::*;
use crate::adapters::live::http::Http;
use crate::adapters::live::testing::{Reply, Script};
use crate::adapters::manifest::Additions;
use crate::domain::fit::profile::Minor;
use crate::domain::fit::world::{World, WorldBuilder};

fn page(token: Option<&str>, items: &[Value]) -> Reply {
    Reply::json(
        200,
        json!({"metadata": {"continue": token}, "items": items}),
    )
}

fn node(name: &str) -> Value {
    json!({"metadata": {"name": name}})
}

fn status(code: u16, reason: &str) -> Reply {
    let body = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "no", "reason": reason, "code": code});
    Reply::json(code, body)
}

fn kinds(kinds: &[FitKind]) -> Vec<Listing> {
    let kinds = kinds.iter();
    kinds
        .map(|kind| Listing::of(*kind, Format::Short))
        .collect()
}

/// Asks by pages of one object, or of 500.
fn surveyor<'a>(http: &'a Http, progress: &'a Progress, chunk_size: i64) -> Surveyor<'a> {
    Surveyor {
        http,
        chunk_size,
        progress,
    }
}

async fn read(script: &Script, listings: Vec<Listing>) -> Result<World, Failure> {
    let (http, progress) = (script.http(), Progress::default());
    let start = || Ok(Folding::new(WorldBuilder::new(Minor::NEWEST)));
    let builder = survey(&surveyor(&http, &progress, 1), listings, start).await?;
    Ok(builder.world.finish())
}

const NAMESPACES: FitKind = FitKind::Other(ObjectKind::Namespaces);

#[tokio::test]
async fn pages_are_folded_one_after_the_other() {
    let script = Script::new([page(Some("t"), &[node("b")]), page(None, &[node("a")])]);
    let world = read(&script, kinds(&[FitKind::Node])).await.unwrap();
    assert_eq!(world.nodes.len(), 2);
    let expected = [
        "GET /api/v1/nodes?limit=1",
        "GET /api/v1/nodes?limit=1&continue=t",
    ];
    assert_eq!(script.lines(), expected);
}

#[tokio::test]
async fn a_kind_that_may_not_be_read_or_is_not_served_is_unread() {
    for (code, reason) in [(403, "Forbidden"), (404, "NotFound")] {
        let script = Script::new([page(None, &[node("a")]), status(code, reason)]);
        let world = read(&script, kinds(&[FitKind::Node, NAMESPACES]))
            .await
            .unwrap();
        assert_eq!(
            world.unread(ObjectKind::Namespaces).unwrap(),
            "namespaces could not be read: no"
        );
    }
}

#[tokio::test]
async fn nodes_and_pods_must_be_readable_and_trouble_is_not_a_missing_right() {
    let script = Script::new([status(403, "Forbidden")]);
    assert!(read(&script, kinds(&[FitKind::Pod])).await.is_err());
    let script = Script::new([status(500, "InternalError")]);
    assert!(read(&script, kinds(&[NAMESPACES])).await.is_err());
}

#[tokio::test]
async fn a_list_that_expires_is_forgotten_and_read_anew_in_one_piece() {
    let script = Script::new([
        page(Some("t"), &[node("old")]),
        status(410, "Expired"),
        page(None, &[node("a"), node("b")]),
    ]);
    let world = read(&script, kinds(&[FitKind::Node])).await.unwrap();
    let names: Vec<&str> = world.nodes.iter().map(|n| n.object.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(script.lines()[2], "GET /api/v1/nodes");
}

#[tokio::test]
async fn the_scheduler_sees_no_finished_pods_and_a_file_sees_all() {
    let empty = |lists| (0..lists).map(|_| page(None, &[]));
    let script = Script::new(empty(16));
    let (http, progress) = (script.http(), Progress::default());
    let surveyor_of = surveyor(&http, &progress, 500);
    world(&surveyor_of, Minor::NEWEST, &Additions::default())
        .await
        .unwrap();
    let pods = "GET /api/v1/pods?fieldSelector=status.phase%21%3DSucceeded%2Cstatus.phase%21%3DFailed&limit=500";
    assert!(
        script.lines().iter().any(|line| line == pods),
        "{:?}",
        script.lines()
    );
    let script = Script::new(empty(19));
    let http = script.http();
    let objects = objects(&surveyor(&http, &progress, 500)).await.unwrap();
    assert!(
        script
            .lines()
            .iter()
            .any(|line| line == "GET /api/v1/pods?limit=500")
    );
    assert!(objects.kinds.contains("jobs.batch"));
    assert_eq!(script.lines().len(), 19);
}

#[tokio::test]
async fn what_is_understood_is_asked_for_in_protobuf_and_a_file_is_made_of_json() {
    let accept = |script: &Script| -> Vec<String> {
        let seen = script.seen().into_iter();
        seen.map(|seen| seen.headers["accept"].to_str().unwrap().to_owned())
            .collect()
    };
    let script = Script::new([page(None, &[]), page(None, &[])]);
    let csi = FitKind::Other(ObjectKind::CsiNodes);
    read(&script, kinds(&[FitKind::Pod, csi])).await.unwrap();
    assert_eq!(accept(&script), [protobuf::ACCEPT, "application/json"]);
    let script = Script::new((0..19).map(|_| page(None, &[])));
    let (http, progress) = (script.http(), Progress::default());
    objects(&surveyor(&http, &progress, 500)).await.unwrap();
    assert!(
        accept(&script)
            .iter()
            .all(|accept| accept == "application/json")
    );
}

#[tokio::test]
async fn progress_counts_what_came_and_what_the_server_says_is_left() {
    let first =
        json!({"metadata": {"continue": "t", "remainingItemCount": 1}, "items": [node("a")]});
    let script = Script::new([Reply::json(200, first), page(None, &[node("b")])]);
    let (http, progress) = (script.http(), Progress::default());
    let start = || Ok(Folding::new(WorldBuilder::new(Minor::NEWEST)));
    let surveyor = surveyor(&http, &progress, 1);
    survey(&surveyor, kinds(&[FitKind::Node]), start)
        .await
        .unwrap();
    assert_eq!(progress.kinds()["Node"].done, 2);
    assert_eq!(progress.kinds()["Node"].left, 0);
}
