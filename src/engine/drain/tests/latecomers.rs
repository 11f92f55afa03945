//! Pods that come to a node while it is drained, and the last list that shows them.

use super::*;

#[tokio::test]
async fn failure_6_success_is_what_the_last_list_shows() {
    // The watch falls silent, then a pod comes that needs a flag: only a list can show it.
    let world = World::new(replicas(1)).at(Duration::from_millis(900), |state| {
        state.pods.push(pod("shop/bare").on("n1").build());
    });
    let (report, heard) = run(&world, &within(30)).await;
    assert_eq!(report.end, NodeEnd::Failed);
    assert_eq!(heard.count(|k| matches!(k, EventKind::NodeDrained)), 0);
}

#[tokio::test]
async fn a_pod_that_came_during_the_drain_leaves_too() {
    let late = replica("late", "web");
    let world =
        World::new(replicas(1)).at(Duration::from_millis(500), |state| state.pods.push(late));
    let (report, _) = run(&world, &options()).await;
    assert_eq!((report.end, report.evicted), (NodeEnd::Drained, 2));
}

#[tokio::test]
async fn a_latecomer_that_needs_a_flag_fails_the_node_and_is_not_touched() {
    let world = World::new(replicas(1)).at(Duration::from_millis(500), |state| {
        state.put(pod("shop/bare").on("n1").build());
    });
    let (report, _) = run(&world, &options()).await;
    assert_eq!(report.end, NodeEnd::Failed);
    assert!(
        report.errors[0].contains("shop/bare"),
        "{:?}",
        report.errors
    );
    assert!(report.errors[0].contains("--force"), "{:?}", report.errors);
    assert!(!world.asked().contains_key("bare"));
}

#[tokio::test]
async fn a_pod_that_the_policy_refuses_stops_the_node_before_anything_is_sent() {
    let mut pods = replicas(3);
    pods.push(pod("shop/bare").on("n1").build());
    let world = World::new(pods);
    let (report, heard) = run(&world, &options()).await;
    assert_eq!(report.end, NodeEnd::Refused);
    assert_eq!(world.edit(|s| s.removals.len()), 0);
    assert_eq!(heard.count(|k| matches!(k, EventKind::Planned { .. })), 0);
}

#[tokio::test]
async fn a_pod_that_came_between_the_survey_and_the_cordon_leaves_too() {
    let world = World::new(replicas(1));
    let survey = Survey::take(&world, &options(), &n1()).await;
    assert!(survey.is_some());
    world.edit(|state| state.put(replica("late", "web")));
    let (_tell, asked) = watch::channel(false);
    let (report, _) = run_from(&world, &options(), survey, Stop::new(asked)).await;
    assert_eq!((report.end, report.evicted), (NodeEnd::Drained, 2));
}

#[tokio::test]
async fn a_pod_that_was_replaced_after_the_survey_is_not_asked_for_under_its_old_uid() {
    let world = World::new(replicas(2));
    let survey = Survey::take(&world, &options(), &n1()).await;
    let old = world.edit(|state| state.pods[0].clone());
    world.edit(|state| {
        state.vanish(&old.id.uid);
        state.put(reborn(&old, "uid-new", "n2"));
    });
    let (_tell, asked) = watch::channel(false);
    let (report, _) = run_from(&world, &options(), survey, Stop::new(asked)).await;
    assert_eq!((report.end, report.evicted), (NodeEnd::Drained, 1));
    assert_eq!(world.edit(|state| state.removals.len()), 1);
}

#[tokio::test]
async fn a_survey_that_fails_is_made_up_for_when_the_turn_comes() {
    let world = World::new(replicas(1));
    world.edit(|state| {
        state
            .list_failures
            .push_back(failure(FailureKind::Transport))
    });
    let survey = Survey::take(&world, &options(), &n1()).await;
    assert!(survey.is_none());
    let (_tell, asked) = watch::channel(false);
    let (report, _) = run_from(&world, &options(), survey, Stop::new(asked)).await;
    assert_eq!((report.end, report.evicted), (NodeEnd::Drained, 1));
}
