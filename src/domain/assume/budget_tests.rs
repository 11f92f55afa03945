//! Budgets with another spec, one rule of the controller a test.

use super::*;
use crate::domain::budget::{Amount, Budget, UnhealthyPolicy};
use crate::domain::fit::profile::Minor;
use crate::domain::fit::testing as fit;
use crate::domain::fit::world::WorldBuilder;
use crate::domain::pod::ControllerRef;
use crate::testing::{budget, controller, snapshot};

/// A world of four pods of `app=web`, the last of which has this controller.
fn world(last: Option<ControllerRef>) -> World {
    let mut builder = WorldBuilder::new(Minor::NEWEST);
    builder.node(fit::node("n1"));
    for number in 1..=4 {
        let mut pod = fit::pod(&format!("web-{number}"));
        pod.namespace = "shop".to_owned();
        pod.labels = fit::labels(&[("app", "web")]);
        pod.node = Some("n1".to_owned());
        pod.controller = match number {
            4 => last.clone(),
            _ => Some(controller("ReplicaSet", "web")),
        };
        builder.pod(pod);
    }
    builder.finish()
}

fn web(minimum: Amount, healthy: i64, expected: i64) -> Budget {
    let web = budget("shop/web").selecting(&[("app", "web")]);
    web.min_available(minimum).counts(healthy, expected).build()
}

fn after(before: Budget, edit: &str, world: Option<&mut World>) -> Result<Snapshot, Unfit> {
    let mut snapshot = snapshot().budget(before).build();
    let edits = Edits {
        nodes: Vec::new(),
        budgets: vec![BudgetEdit::parse(edit).expect("a test's edit")],
    };
    edits.apply(&mut snapshot, world).map(|_| snapshot)
}

fn allowed(before: Budget, edit: &str) -> i64 {
    let mut world = world(Some(controller("ReplicaSet", "web")));
    let snapshot = after(before, edit, Some(&mut world)).expect("it goes");
    snapshot.budgets[0].status.disruptions_allowed
}

#[test]
fn a_number_counts_what_is_healthy_above_it() {
    let closed = || web(Amount::Count(3), 3, 3);
    assert_eq!(allowed(closed(), "shop/web:minAvailable=1"), 2);
    assert_eq!(allowed(closed(), "shop/web:minAvailable=5"), 0);
}

#[test]
fn percentages_round_up_in_both_directions() {
    let closed = || web(Amount::Percent(100), 10, 10);
    assert_eq!(allowed(closed(), "shop/web:minAvailable=25%"), 7);
    assert_eq!(allowed(closed(), "shop/web:maxUnavailable=25%"), 3);
}

#[test]
fn another_way_of_counting_counts_the_pods_that_are_there() {
    // As a number the budget expected what it saw; as a percentage it expects what the controllers ask for.
    assert_eq!(
        allowed(web(Amount::Count(4), 4, 3), "shop/web:maxUnavailable=50%"),
        2
    );
    assert_eq!(
        allowed(web(Amount::Percent(100), 4, 9), "shop/web:minAvailable=1"),
        3
    );
}

#[test]
fn a_pod_without_controller_cannot_be_counted_by_controllers() {
    let mut world = world(None);
    let failed = after(
        web(Amount::Count(4), 4, 4),
        "shop/web:maxUnavailable=1",
        Some(&mut world),
    );
    let message = failed.expect_err("SyncFailed").message;
    assert!(
        message.contains("pod shop/web-4 has no controller"),
        "{message}"
    );
}

#[test]
fn a_budget_is_taken_away_or_made_lenient() {
    let closed = web(Amount::Count(3), 3, 3);
    let gone = after(closed.clone(), "shop/web=none", None).expect("it goes");
    assert_eq!(gone.budgets, []);
    let lenient = after(
        closed,
        "shop/web:unhealthyPodEvictionPolicy=AlwaysAllow",
        None,
    );
    let lenient = lenient.expect("it goes").budgets.remove(0);
    assert_eq!(lenient.unhealthy_policy, UnhealthyPolicy::AlwaysAllow);
}

#[test]
fn what_is_not_there_or_was_never_computed_is_refused() {
    let other = after(web(Amount::Count(3), 3, 3), "shop/wbe=none", None).expect_err("no such");
    assert_eq!(
        (other.message.as_str(), other.hint.as_str()),
        ("budget shop/wbe is not there", "there are shop/web")
    );
    let stale = budget("shop/web")
        .min_available(Amount::Count(3))
        .stale()
        .build();
    let stale = after(stale, "shop/web:minAvailable=1", None).expect_err("not computed");
    assert!(stale.message.contains("was not computed"), "{stale}");
}

#[test]
fn texts_that_are_no_edits_are_refused_with_the_forms() {
    for wrong in [
        "",
        "web",
        "shop/web",
        "web:minAvailable=1",
        "shop/web:none2",
        "shop/a/b=none",
    ] {
        let message = BudgetEdit::parse(wrong).expect_err(wrong);
        assert!(message.contains("NAMESPACE/NAME"), "{message}");
    }
    for (wrong, part) in [
        ("shop/web:minAvailable=many", "\"many\" is neither"),
        ("shop/web:minAvailable=-1", "\"-1\" is neither"),
        ("shop/web:maxUnavailable=101%", "more than 100%"),
        ("shop/web:replicas=1", "\"replicas\" is no field"),
        (
            "shop/web:unhealthyPodEvictionPolicy=Never",
            "neither AlwaysAllow",
        ),
    ] {
        let message = BudgetEdit::parse(wrong).expect_err(wrong);
        assert!(message.contains(part), "{message}");
    }
}
