//! Drains under budgets: waves, refusals, and answers that never change.

use super::*;

#[tokio::test]
async fn a_budget_is_spent_wave_by_wave_without_a_single_refusal() {
    let world = World::new(replicas(10))
        .with_budget(web_budget(10, 1))
        .with_replacements();
    let (report, heard) = run(&world, &options()).await;
    assert_eq!(report.end, NodeEnd::Drained);
    assert_eq!(heard.count(|k| matches!(k, EventKind::Blocked { .. })), 0);
    assert_eq!(world.edit(|s| s.removals.len()), 10);
    let waves = world.edit(|s| s.removals.iter().map(|(at, ..)| *at).collect::<Vec<_>>());
    for pair in waves.windows(2) {
        // A replacement needs 500 ms; nothing is gained by asking before.
        assert!(pair[1] - pair[0] >= Duration::from_millis(500), "{pair:?}");
        assert!(pair[1] - pair[0] < Duration::from_millis(600), "{pair:?}");
    }
}

#[tokio::test]
async fn failure_d_one_budget_has_one_eviction_in_flight_and_the_status_settles_in_between() {
    let world = World::new(replicas(40)).with_budget(web_budget(40, 40));
    let (report, _) = run(&world, &options()).await;
    assert_eq!(report.end, NodeEnd::Drained);
    let times = world.edit(|s| s.removals.iter().map(|(at, ..)| *at).collect::<Vec<_>>());
    assert!(times.windows(2).all(|pair| pair[1] > pair[0]), "{times:?}");
}

#[tokio::test]
async fn failure_11_a_closed_budget_is_asked_every_few_seconds_by_one_pod_only() {
    let world = World::new(replicas(5)).with_budget(web_budget(5, 0));
    let (report, heard) = run(&world, &within(60)).await;
    assert_eq!(report.end, NodeEnd::DeadlineReached);
    assert_eq!(report.remaining.len(), 5);
    let asked = world.edit(|s| s.removals.len());
    assert!((10..=13).contains(&asked), "{asked} requests in a minute");
    assert!(heard.count(|k| matches!(k, EventKind::Blocked { .. })) >= 10);
    assert!(
        report.errors[0].ends_with("global timeout reached: 60s"),
        "{:?}",
        report.errors
    );
}

#[tokio::test]
async fn failure_12_answers_that_contradict_the_status_are_not_a_tight_loop() {
    // The status says that there is room, the server keeps saying no.
    let answers = std::iter::repeat_with(|| closed(None)).take(1000);
    let world = World::new(replicas(1))
        .with_budget(web_budget(5, 1))
        .script("web-001", answers);
    let (report, _) = run(&world, &within(30)).await;
    assert_eq!(report.end, NodeEnd::DeadlineReached);
    let asked = world.edit(|s| s.removals.len());
    assert!(asked <= 31, "{asked} requests in 30 s");
}

#[tokio::test]
async fn failure_a_a_long_retry_after_does_not_outlast_the_deadline() {
    let answers = std::iter::repeat_with(|| closed(Some(10))).take(100);
    let world = World::new(replicas(1)).script("web-001", answers);
    let (report, _) = run(&world, &within(12)).await;
    assert_eq!(report.end, NodeEnd::DeadlineReached);
    assert_eq!(clock_of(&world), Duration::from_secs(12));
    assert_eq!(world.edit(|s| s.removals.len()), 2);
}

#[tokio::test]
async fn failure_a_a_budget_that_cannot_be_computed_ends_the_wait() {
    let never = budget("shop/web")
        .selecting(&[("app", "web")])
        .max_unavailable(Amount::Count(1))
        .sync_failed("jobs.batch does not implement the scale subresource")
        .build();
    let world = World::new(replicas(3)).with_budget(never);
    let (report, _) = run(&world, &options()).await;
    assert_eq!(report.end, NodeEnd::Failed);
    assert_eq!(world.edit(|s| s.removals.len()), 0);
    assert_eq!(report.errors.len(), 3);
    assert!(
        report.errors[0].contains("budget shop/web cannot be computed")
            && report.errors[0].contains("scale subresource"),
        "{:?}",
        report.errors
    );
}

#[tokio::test]
async fn failure_b_a_pod_that_was_replaced_while_it_waited_gets_no_request() {
    let old = replica("web-001", "web");
    let uid = old.id.uid.clone();
    let new = reborn(&old, "new", "n2");
    let world =
        World::new([old])
            .with_budget(web_budget(5, 0))
            .at(Duration::from_secs(1), move |state| {
                state.vanish(&uid);
                state.pods.push(new);
                // There is room now: a blind second try would spend it.
                state.budgets[0].status.disruptions_allowed = 1;
                let open = state.budgets[0].clone();
                state.tell_budget(Change::Applied(open));
            });
    let (report, _) = run(&world, &options()).await;
    assert_eq!(report.end, NodeEnd::Drained);
    assert_eq!(world.edit(|s| s.removals.len()), 1);
    assert_eq!(world.edit(|s| s.budgets[0].status.disruptions_allowed), 1);
}
