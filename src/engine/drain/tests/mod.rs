//! The drain of one node in every situation that reality gives too rarely, on virtual time.

mod budgets;
mod latecomers;
mod world;

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::watch;

use crate::domain::budget::{Amount, Budget};
use crate::domain::drain::policy::{Consent, DrainPolicy, GracePeriod, Removal};
use crate::domain::node::NodeRef;
use crate::domain::pod::{Phase, Pod};
use crate::engine::change::scheduling::Author;
use crate::engine::cluster::{BudgetBlock, Change, Failure, FailureKind, RemoveOutcome};
use crate::engine::event::{Event, EventKind, Listener, NodeEnd};
use crate::engine::stop::Stop;
use crate::testing::{budget, pod};

use super::run::{Known, Survey, drain_node};
use super::schedule::CONCURRENCY;
use super::{DrainOptions, NodeReport};
use world::{World, reborn, replica};

/// Keeps every event.
#[derive(Default)]
struct Heard(Vec<Event>);

impl Listener for Heard {
    fn on(&mut self, event: &Event) {
        self.0.push(event.clone());
    }
}

impl Heard {
    fn count(&self, wanted: fn(&EventKind) -> bool) -> usize {
        self.0.iter().filter(|event| wanted(&event.kind)).count()
    }
}

fn options() -> DrainOptions {
    DrainOptions {
        policy: DrainPolicy::default(),
        pod_selector: None,
        timeout: None,
        timeout_text: String::new(),
        max_parallel: 1,
        author: Author::default(),
    }
}

fn within(seconds: u64) -> DrainOptions {
    DrainOptions {
        timeout: Some(Duration::from_secs(seconds)),
        timeout_text: format!("{seconds}s"),
        ..options()
    }
}

async fn run(world: &World, options: &DrainOptions) -> (NodeReport, Heard) {
    let (_tell, asked) = watch::channel(false);
    run_until(world, options, Stop::new(asked)).await
}

async fn run_until(world: &World, options: &DrainOptions, stop: Stop) -> (NodeReport, Heard) {
    run_from(world, options, None, stop).await
}

fn n1() -> NodeRef {
    NodeRef {
        name: "n1".to_owned(),
        uid: "uid-n1".to_owned(),
    }
}

async fn run_from(
    world: &World,
    options: &DrainOptions,
    survey: Option<Survey>,
    mut stop: Stop,
) -> (NodeReport, Heard) {
    let node = n1();
    let mut heard = Heard::default();
    let owners = BTreeMap::new();
    let known = Known { owners, survey };
    let report = drain_node(world, world, options, &node, known, &mut stop, &mut heard).await;
    (report, heard)
}

fn replicas(count: usize) -> Vec<Pod> {
    (1..=count)
        .map(|i| replica(&format!("web-{i:03}"), "web"))
        .collect()
}

/// A budget over `app=web` that allows so many of them to be away.
fn web_budget(healthy: i64, max_unavailable: i64) -> Budget {
    budget("shop/web")
        .selecting(&[("app", "web")])
        .max_unavailable(Amount::Count(max_unavailable))
        .counts(healthy, healthy)
        .build()
}

fn failure(kind: FailureKind) -> Failure {
    Failure::new(kind, "no luck")
}

fn closed(retry_after: Option<u64>) -> RemoveOutcome {
    RemoveOutcome::BlockedByBudget {
        budget: None,
        block: BudgetBlock::StillProcessing,
        needs: None,
        has: None,
        message: "Cannot evict pod as it would violate the pod's disruption budget.".to_owned(),
        cause: "The disruption budget web is still being processed by the server.".to_owned(),
        retry_after: retry_after.map(Duration::from_secs),
    }
}

#[tokio::test]
async fn a_node_without_budgets_is_empty_after_one_grace_period() {
    let world = World::new(replicas(110));
    let (report, heard) = run(&world, &options()).await;
    assert_eq!((report.end, report.evicted), (NodeEnd::Drained, 110));
    assert!(report.remaining.is_empty() && report.errors.is_empty());
    assert_eq!(world.edit(|s| s.removals.len()), 110);
    assert_eq!(heard.count(|k| matches!(k, EventKind::Gone { .. })), 110);
    // One list to begin with, one to be sure.
    assert_eq!(world.edit(|s| s.lists), 2);
}

#[tokio::test]
async fn failure_29_the_deadline_holds_under_a_closed_budget() {
    let world = World::new(replicas(1)).with_budget(web_budget(1, 0));
    let (report, _) = run(&world, &within(7)).await;
    assert_eq!(report.end, NodeEnd::DeadlineReached);
    let end = world.edit(|s| s.removals.last().unwrap().0);
    assert!(end <= Duration::from_secs(7));
    assert_eq!(clock_of(&world), Duration::from_secs(7));
}

fn clock_of(world: &World) -> Duration {
    use crate::engine::clock::Clock;
    world.monotonic()
}

#[tokio::test]
async fn failure_1_the_successor_of_a_pod_is_never_evicted() {
    // The pod is refused once; before the next try it was replaced under its name, here.
    let old = replica("db-0", "db");
    let new = reborn(&old, "new", "n2");
    let uid = old.id.uid.clone();
    let world =
        World::new([old])
            .script("db-0", [closed(None)])
            .at(Duration::from_secs(2), move |state| {
                state.vanish(&uid);
                state.pods.push(new);
            });
    let (report, _) = run(&world, &options()).await;
    assert_eq!(report.end, NodeEnd::Drained);
    assert_eq!(world.asked()["db-0"], 1);
    assert_eq!(world.edit(|s| s.pods.len()), 1);
}

#[tokio::test]
async fn failure_1_a_thousand_recreations_under_the_old_name_cost_no_wrong_eviction() {
    // A pod that is reborn on the node at each moment; only objects that were really seen there may be asked to go.
    let first = replica("db-0", "db");
    let mut world = World::new([first.clone()]);
    world.edit(|state| state.ends_after = Duration::from_millis(3));
    let mut previous = first.id.uid.clone();
    for i in 0..1000_u64 {
        let uid = format!("incarnation-{i}");
        let next = reborn(&first, &uid, if i % 3 == 0 { "n1" } else { "n2" });
        let last = std::mem::replace(&mut previous, uid);
        world = world.at(Duration::from_millis(5 * i), move |state| {
            state.vanish(&last);
            state.pods.push(next.clone());
            if next.node.as_deref() == Some("n1") {
                state.tell_pod(Change::Applied(next));
            }
        });
    }
    let (report, _) = run(&world, &within(30)).await;
    let wrong = world.edit(|state| {
        let on_n2 = |uid: &str| {
            uid.strip_prefix("incarnation-")
                .and_then(|i| i.parse::<u64>().ok())
                .is_some_and(|i| i % 3 != 0)
        };
        state
            .removals
            .iter()
            .filter(|(_, _, uid)| on_n2(uid))
            .count()
    });
    assert_eq!(wrong, 0);
    let replaced = |answer: &&RemoveOutcome| **answer == RemoveOutcome::Replaced;
    assert_eq!(world.edit(|s| s.answers.iter().filter(replaced).count()), 0);
    assert!(world.edit(|s| s.removals.len()) > 0);
    // Pods keep arriving although the node is cordoned: said, not looped over for ever.
    assert!(
        matches!(report.end, NodeEnd::Drained | NodeEnd::Failed),
        "{report:?}"
    );
}

#[tokio::test]
async fn failure_c_a_pending_pod_that_was_replaced_meanwhile_is_not_asked_for_by_its_old_uid() {
    // The server would be silent for ten seconds over a wrong UID.
    let mut old = replica("web-001", "web");
    old.phase = Phase::Pending;
    let new = reborn(&old, "new", "n1");
    let uid = old.id.uid.clone();
    let world = World::new([old])
        .script(
            "web-001",
            [RemoveOutcome::Throttled {
                retry_after: Some(Duration::from_secs(3)),
                message: "Too many requests, please try again later.".to_owned(),
            }],
        )
        .at(Duration::from_secs(1), move |state| {
            state.vanish(&uid);
            state.put(new);
        });
    let (report, _) = run(&world, &options()).await;
    assert_eq!(report.end, NodeEnd::Drained);
    let uids = world.edit(|s| s.removals.iter().map(|r| r.2.clone()).collect::<Vec<_>>());
    assert_eq!(uids, ["uid-shop-web-001", "new"]);
}

#[tokio::test]
async fn a_conflict_of_writers_over_a_budget_is_tried_again() {
    let conflict = RemoveOutcome::Failed(failure(FailureKind::Conflict));
    let world = World::new(replicas(1)).script("web-001", [conflict]);
    let (report, _) = run(&world, &options()).await;
    assert_eq!((report.end, report.evicted), (NodeEnd::Drained, 1));
}

#[tokio::test]
async fn failure_3_the_wait_is_for_the_object_not_for_the_name() {
    let old = replica("db-0", "db");
    let new = reborn(&old, "new", "n2");
    // A StatefulSet puts it back under its name, elsewhere, as soon as it is gone.
    let world = World::new([old]).at(Duration::from_millis(1100), move |state| {
        state.pods.push(new);
    });
    let (report, _) = run(&world, &within(10)).await;
    assert_eq!(report.end, NodeEnd::Drained);
}

#[tokio::test]
async fn failure_13_errors_that_may_pass_are_tried_again_with_pauses() {
    let transient = [
        FailureKind::Server,
        FailureKind::Transport,
        FailureKind::Throttled,
    ];
    let world = World::new(replicas(1)).script(
        "web-001",
        transient.map(|kind| RemoveOutcome::Failed(failure(kind))),
    );
    let (report, heard) = run(&world, &options()).await;
    assert_eq!(report.end, NodeEnd::Drained);
    assert_eq!(heard.count(|k| matches!(k, EventKind::Retrying { .. })), 3);
    let times = world.edit(|s| s.removals.iter().map(|(at, ..)| *at).collect::<Vec<_>>());
    assert_eq!(times.len(), 4);
    assert!(times[1] - times[0] >= Duration::from_secs(1));
    assert!(times[3] - times[2] >= Duration::from_secs(4));
}

#[tokio::test]
async fn failure_25_what_will_not_pass_ends_after_a_bounded_number_of_tries() {
    let cases = [
        (RemoveOutcome::Failed(failure(FailureKind::Server)), 6),
        (RemoveOutcome::Failed(failure(FailureKind::Invalid)), 1),
        (
            RemoveOutcome::OverlappingBudgets {
                message: "This pod has more than one PodDisruptionBudget".to_owned(),
            },
            1,
        ),
        (
            RemoveOutcome::Forbidden {
                message: "pods is forbidden".to_owned(),
            },
            1,
        ),
        (
            RemoveOutcome::Denied {
                by: Some("guard.example.com".to_owned()),
                message: "denied the request: no".to_owned(),
            },
            8,
        ),
    ];
    for (answer, tries) in cases {
        let answers = std::iter::repeat_n(answer.clone(), 100);
        let mut pods = replicas(1);
        pods.push(replica("api-1", "api"));
        let world = World::new(pods).script("web-001", answers);
        let (report, _) = run(&world, &options()).await;
        assert_eq!(report.end, NodeEnd::Failed, "{answer:?}");
        assert_eq!(world.asked()["web-001"], tries, "{answer:?}");
        // One bad pod does not stop the others.
        assert_eq!(report.evicted, 1, "{answer:?}");
        assert_eq!(report.errors.len(), 1, "{answer:?}");
        assert_eq!(report.remaining.len(), 1, "{answer:?}");
    }
}

#[tokio::test]
async fn failure_24_a_pod_of_an_ending_namespace_goes_with_it() {
    let only = replica("soft", "soft");
    let uid = only.id.uid.clone();
    let world = World::new([only])
        .script(
            "soft",
            [RemoveOutcome::NamespaceEnding {
                message: "namespace shop because it is being terminated".to_owned(),
            }],
        )
        .at(Duration::from_secs(3), move |state| state.vanish(&uid));
    let (report, heard) = run(&world, &options()).await;
    assert_eq!(report.end, NodeEnd::Drained);
    assert_eq!(
        heard.count(|k| matches!(k, EventKind::NamespaceEnding { .. })),
        1
    );
}

#[tokio::test]
async fn failure_34_a_pod_that_ends_already_is_not_asked_again() {
    let mut ending = replica("web-001", "web");
    ending.deletion = pod("x").ending_since(1).build().deletion;
    let uid = ending.id.uid.clone();
    let world = World::new([ending]).at(Duration::from_secs(3), move |state| state.vanish(&uid));
    let (report, heard) = run(&world, &options()).await;
    assert_eq!(report.end, NodeEnd::Drained);
    assert_eq!(world.edit(|s| s.removals.len()), 0);
    assert_eq!(heard.count(|k| matches!(k, EventKind::Gone { .. })), 1);
}

#[tokio::test]
async fn failure_34_five_slow_pods_cost_five_requests() {
    let world = World::new(replicas(5));
    world.edit(|s| s.ends_after = Duration::from_secs(300));
    let (report, heard) = run(&world, &options()).await;
    assert_eq!(report.end, NodeEnd::Drained);
    assert_eq!(world.edit(|s| s.removals.len()), 5);
    // A sign of life each minute.
    let beats = heard.count(|k| matches!(k, EventKind::Waiting { .. }));
    assert!((4..=5).contains(&beats), "{beats}");
}

#[tokio::test]
async fn failure_35_a_pod_that_the_watch_lost_is_seen_by_the_last_list() {
    // The watch dies silently: it never tells that the pod went. Listing in its place does.
    let world = World::new(replicas(2));
    world.edit(|state| {
        state.watch_is_mute = true;
        state.tell_pod(Change::Interrupted(failure(FailureKind::Forbidden)));
        state.watch_is_mute = false;
        state.tell_pod(Change::Interrupted(failure(FailureKind::Forbidden)));
        state.watch_is_mute = true;
    });
    let (report, heard) = run(&world, &within(20)).await;
    assert_eq!((report.end, report.evicted), (NodeEnd::Drained, 2));
    assert_eq!(heard.count(|k| matches!(k, EventKind::Degraded { .. })), 1);
}

#[tokio::test]
async fn overload_pauses_all_requests_as_long_as_the_server_asks() {
    let world = World::new(replicas(40)).script(
        "web-001",
        [RemoveOutcome::Throttled {
            retry_after: Some(Duration::from_secs(3)),
            message: "Too many requests, please try again later.".to_owned(),
        }],
    );
    let (report, heard) = run(&world, &options()).await;
    assert_eq!(report.end, NodeEnd::Drained);
    assert_eq!(heard.count(|k| matches!(k, EventKind::Throttled { .. })), 1);
    let second = world.edit(|s| {
        let mine = s.removals.iter().filter(|(_, name, _)| name == "web-001");
        mine.map(|(at, ..)| *at).nth(1).unwrap()
    });
    assert!(second >= Duration::from_secs(3));
    let early = world.edit(|s| {
        let soon = |at: &Duration| *at < Duration::from_secs(3);
        s.removals.iter().filter(|(at, ..)| soon(at)).count()
    });
    assert!(
        early <= CONCURRENCY,
        "{early} requests before the pause was over"
    );
}

#[tokio::test]
async fn a_last_list_that_fails_is_asked_again_and_never_taken_for_success() {
    let world = World::new(replicas(1)).at(Duration::from_millis(900), |state| {
        state.list_failures.push_back(failure(FailureKind::Server));
    });
    let (report, _) = run(&world, &options()).await;
    assert_eq!(report.end, NodeEnd::Drained);
    let world = World::new(replicas(1)).at(Duration::from_millis(900), |state| {
        let gone = std::iter::repeat_with(|| failure(FailureKind::Unauthorized));
        state.list_failures.extend(gone.take(100));
    });
    let (report, _) = run(&world, &options()).await;
    assert_eq!(report.end, NodeEnd::Failed);
    assert!(
        report.errors[0].contains("cannot list"),
        "{:?}",
        report.errors
    );
}

#[tokio::test]
async fn an_interrupt_stops_the_sending_and_tells_what_remains() {
    let (tell, asked) = watch::channel(false);
    let world = World::new(replicas(10))
        .with_budget(web_budget(10, 1))
        .with_replacements()
        .at(Duration::from_millis(1200), move |_| {
            tell.send(true).unwrap();
        });
    let (report, heard) = run_until(&world, &options(), Stop::new(asked)).await;
    assert_eq!(report.end, NodeEnd::Interrupted);
    let asked = world.edit(|s| s.removals.len());
    assert!((2..=4).contains(&asked), "{asked}");
    assert_eq!(report.evicted + report.remaining.len(), 10);
    assert_eq!(
        heard.count(|k| matches!(k, EventKind::Interrupted { .. })),
        1
    );
}

#[tokio::test]
async fn pods_that_end_for_too_long_are_not_waited_for() {
    let mut stuck = replica("stuck", "web");
    stuck.deletion = pod("x").ending_since(1).build().deletion;
    let world = World::new([stuck]);
    let patient = DrainOptions {
        policy: DrainPolicy {
            skip_terminating_after: Some(Duration::from_secs(5)),
            ..DrainPolicy::default()
        },
        ..options()
    };
    let (report, heard) = run(&world, &patient).await;
    assert_eq!(report.end, NodeEnd::Drained);
    assert_eq!(
        heard.count(|k| matches!(k, EventKind::NotAwaited { .. })),
        1
    );
    assert!(clock_of(&world) >= Duration::from_secs(4));
}

#[tokio::test]
async fn deletes_ask_no_budget() {
    let world = World::new(replicas(3)).with_budget(web_budget(3, 3));
    let forced = DrainOptions {
        policy: DrainPolicy {
            removal: Removal::Delete,
            grace: GracePeriod::Seconds(0),
            unmanaged: Consent::Given,
            ..DrainPolicy::default()
        },
        ..options()
    };
    let (report, heard) = run(&world, &forced).await;
    assert_eq!(report.end, NodeEnd::Drained);
    let deleted =
        |k: &EventKind| matches!(k, EventKind::Gone { removal, .. } if *removal == Removal::Delete);
    assert_eq!(heard.0.iter().filter(|e| deleted(&e.kind)).count(), 3);
}
