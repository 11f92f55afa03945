//! Tests of cordon and uncordon against the in-memory cluster.

use std::time::Duration;

use super::*;
use crate::engine::cluster::FailureKind;
use crate::engine::testing::{FakeClock, FakeCluster, NodeExt, Request, Step, node};

fn author(user: &str) -> Author {
    Author {
        user: Some(user.to_owned()),
        reason: None,
        ticket: None,
    }
}

fn because(user: &str, reason: &str) -> Author {
    Author {
        reason: Some(reason.to_owned()),
        ..author(user)
    }
}

fn cordon(author: Author) -> SchedulingRequest {
    SchedulingRequest {
        to: Scheduling::Disabled,
        author,
        foreign: ForeignMark::Respect,
        reach: Reach::Server(WriteMode::Commit),
    }
}

fn uncordon_by(user: &str) -> SchedulingRequest {
    SchedulingRequest {
        to: Scheduling::Enabled,
        ..cordon(author(user))
    }
}

fn mark_of(user: &str, reason: Option<&str>) -> Mark {
    let at: Timestamp = "2025-12-24T18:00:00Z".parse().unwrap();
    Mark::new(user, at, reason, None)
}

fn failure(kind: FailureKind, retry_after: Option<Duration>) -> Failure {
    Failure {
        retry_after,
        ..Failure::new(kind, "no")
    }
}

async fn run(cluster: &FakeCluster, request: &SchedulingRequest) -> SchedulingOutcome {
    let node = cluster.stored("n").unwrap();
    set(cluster, &FakeClock::default(), &node, request).await
}

fn already(mark: Option<Mark>, words: Words) -> SchedulingOutcome {
    SchedulingOutcome::Already { mark, words }
}

#[tokio::test]
async fn a_cordon_is_read_back_and_leaves_a_mark() {
    let cluster = FakeCluster::with_nodes([node("n")]);
    let outcome = run(&cluster, &cordon(because("ada", "disk"))).await;
    assert_eq!(outcome, SchedulingOutcome::Changed { mark: None });
    let stored = cluster.stored("n").unwrap();
    assert!(stored.is_cordoned());
    assert_eq!(
        Mark::read(&stored.annotations).unwrap().to_string(),
        "by ada since 2026-01-01T00:00:00Z: disk"
    );
    assert_eq!(
        cluster.requests().last(),
        Some(&Request::Node("n".to_owned()))
    );
}

/// Upstream's `TestCordon`: what is so already is not written.
#[tokio::test]
async fn what_is_so_already_is_not_written() {
    let cordoned = FakeCluster::with_nodes([node("n").cordoned()]);
    let outcome = run(&cordoned, &cordon(author("ada"))).await;
    assert_eq!(outcome, already(None, Words::NothingToSay));
    assert_eq!(cordoned.requests(), []);
    let free = FakeCluster::with_nodes([node("n")]);
    assert_eq!(
        run(&free, &uncordon_by("ada")).await,
        already(None, Words::NothingToSay)
    );
    assert_eq!(free.requests(), []);
}

#[tokio::test]
async fn an_uncordon_takes_its_own_mark_along() {
    let mark = mark_of("ada", Some("disk"));
    let cluster = FakeCluster::with_nodes([node("n").cordoned().marked(&mark)]);
    let outcome = run(&cluster, &uncordon_by("ada")).await;
    assert_eq!(outcome, SchedulingOutcome::Changed { mark: Some(mark) });
    let stored = cluster.stored("n").unwrap();
    assert!(!stored.is_cordoned());
    assert!(stored.annotations.is_empty());
}

#[tokio::test]
async fn failure_17_somebody_elses_cordon_is_left_alone() {
    let mark = mark_of("grace", Some("kernel"));
    let cluster = FakeCluster::with_nodes([node("n").cordoned().marked(&mark)]);
    let request = uncordon_by("ada");
    let outcome = run(&cluster, &request).await;
    assert_eq!(outcome, SchedulingOutcome::Foreign { mark: mark.clone() });
    let stored = cluster.stored("n").unwrap();
    assert_eq!(foreign_mark(&stored, &request), Some(mark.clone()));
    assert_eq!(cluster.writes(), []);

    let take_over = SchedulingRequest {
        foreign: ForeignMark::TakeOver,
        ..request
    };
    assert_eq!(foreign_mark(&stored, &take_over), None);
    let outcome = run(&cluster, &take_over).await;
    assert_eq!(outcome, SchedulingOutcome::Changed { mark: Some(mark) });
}

#[tokio::test]
async fn failure_17_an_unknown_caller_owns_no_mark() {
    let nobody = Author::default();
    let mark = mark_of(UNKNOWN_USER, None);
    let cluster = FakeCluster::with_nodes([node("n").cordoned().marked(&mark)]);
    let request = SchedulingRequest {
        author: nobody,
        ..uncordon_by("x")
    };
    assert_eq!(
        run(&cluster, &request).await,
        SchedulingOutcome::Foreign { mark }
    );
}

#[tokio::test]
async fn a_plain_cordon_may_be_ended_by_anybody() {
    let cluster = FakeCluster::with_nodes([node("n").cordoned()]);
    let outcome = run(&cluster, &uncordon_by("ada")).await;
    assert_eq!(outcome, SchedulingOutcome::Changed { mark: None });
}

#[tokio::test]
async fn words_for_a_node_that_is_cordoned_go_into_ones_own_mark_only() {
    let own = mark_of("ada", Some("disk"));
    let cluster = FakeCluster::with_nodes([node("n").cordoned().marked(&own)]);
    let reworded = Mark {
        reason: Some("both disks".to_owned()),
        ..own.clone()
    };
    let outcome = run(&cluster, &cordon(because("ada", "both disks"))).await;
    assert_eq!(outcome, already(Some(reworded.clone()), Words::Recorded));
    assert_eq!(
        Mark::read(&cluster.stored("n").unwrap().annotations),
        Some(reworded)
    );

    let foreign = mark_of("grace", None);
    let cluster = FakeCluster::with_nodes([node("n").cordoned().marked(&foreign)]);
    let outcome = run(&cluster, &cordon(because("ada", "disk"))).await;
    assert_eq!(outcome, already(Some(foreign), Words::NotRecorded));
    assert_eq!(cluster.writes(), []);

    let unmarked = FakeCluster::with_nodes([node("n").cordoned()]);
    let outcome = run(&unmarked, &cordon(because("ada", "disk"))).await;
    assert_eq!(outcome, already(None, Words::NotRecorded));
    assert_eq!(unmarked.writes(), []);
}

#[tokio::test]
async fn a_mark_left_over_by_another_tool_is_cleaned_up_by_its_owner() {
    let cluster = FakeCluster::with_nodes([node("n").marked(&mark_of("ada", None))]);
    assert_eq!(
        run(&cluster, &uncordon_by("grace")).await,
        already(None, Words::NothingToSay)
    );
    assert_eq!(cluster.writes(), []);
    assert_eq!(
        run(&cluster, &uncordon_by("ada")).await,
        already(None, Words::NothingToSay)
    );
    assert!(cluster.stored("n").unwrap().annotations.is_empty());
}

#[tokio::test]
async fn failure_19_a_patch_that_is_accepted_and_does_not_take_is_an_error() {
    let cluster = FakeCluster::with_nodes([node("n")]).script([Step::Swallow]);
    let outcome = run(&cluster, &cordon(author("ada"))).await;
    assert_eq!(outcome, SchedulingOutcome::DidNotTake);
}

#[tokio::test]
async fn another_machine_of_that_name_is_not_touched() {
    let cluster =
        FakeCluster::with_nodes([node("n")]).script([Step::Interfere(Box::new(|node| {
            node.id.uid = "new machine".to_owned();
        }))]);
    let outcome = run(&cluster, &cordon(author("ada"))).await;
    assert_eq!(outcome, SchedulingOutcome::Replaced);
    assert!(!cluster.stored("n").unwrap().is_cordoned());
    let cluster = FakeCluster::with_nodes([node("n")]).script([Step::Delete]);
    assert_eq!(
        run(&cluster, &cordon(author("ada"))).await,
        SchedulingOutcome::Gone
    );
}

#[tokio::test]
async fn dry_runs_store_nothing() {
    let cluster = FakeCluster::with_nodes([node("n")]);
    for reach in [Reach::Nowhere, Reach::Server(WriteMode::DryRun)] {
        let request = SchedulingRequest {
            reach,
            ..cordon(author("ada"))
        };
        assert_eq!(
            run(&cluster, &request).await,
            SchedulingOutcome::Changed { mark: None }
        );
        assert!(!cluster.stored("n").unwrap().is_cordoned());
    }
    let mode = WriteMode::DryRun;
    let to = Scheduling::Disabled;
    let node = "n".to_owned();
    assert_eq!(cluster.writes(), [Request::Scheduling { node, to, mode }]);
}

#[tokio::test]
async fn failures_are_handed_over_and_overload_is_waited_out() {
    let forbidden = failure(FailureKind::Forbidden, None);
    let cluster = FakeCluster::with_nodes([node("n")]).script([Step::Fail(forbidden.clone())]);
    let outcome = run(&cluster, &cordon(author("ada"))).await;
    assert_eq!(outcome, SchedulingOutcome::Failed(forbidden));

    let second = Duration::from_secs(1);
    let busy = failure(FailureKind::Throttled, Some(second));
    let cluster = FakeCluster::with_nodes([node("n")]).script([Step::Fail(busy)]);
    let clock = FakeClock::default();
    let node = cluster.stored("n").unwrap();
    let outcome = set(&cluster, &clock, &node, &cordon(author("ada"))).await;
    assert_eq!(outcome, SchedulingOutcome::Changed { mark: None });
    assert_eq!(clock.slept(), [second]);
}

#[tokio::test]
async fn what_cannot_be_read_back_is_not_called_done() {
    let cluster = FakeCluster::with_nodes([node("n")]);
    let broken = failure(FailureKind::Server, None);
    let node = cluster.stored("n").unwrap();
    cluster.fail_reads(broken.clone());
    let outcome = set(
        &cluster,
        &FakeClock::default(),
        &node,
        &cordon(author("ada")),
    )
    .await;
    assert_eq!(outcome, SchedulingOutcome::Unverified(broken));
}
