//! Budgets of small clusters, one state a test.

use super::*;
use crate::domain::budget::Amount;
use crate::domain::diagnose::{Cause, Placement};
use crate::domain::pod::Phase;
use crate::testing::{
    PodBuilder, SnapshotBuilder, budget, controller, node, pod, snapshot, workload,
};

fn web(name: &str, node: &str) -> PodBuilder {
    pod(&format!("shop/{name}"))
        .on(node)
        .label("app", "web")
        .owned_by("ReplicaSet", "web-5d4")
}

fn shop() -> SnapshotBuilder {
    let mut replica_set = workload("ReplicaSet", "shop/web-5d4", 3);
    replica_set.controller = Some(controller("Deployment", "web"));
    snapshot()
        .node(node("n1"))
        .node(node("n2"))
        .owner(replica_set)
}

fn min(minimum: i64, healthy: i64, expected: i64) -> crate::testing::BudgetBuilder {
    budget("shop/web")
        .selecting(&[("app", "web")])
        .min_available(Amount::Count(minimum))
        .counts(healthy, expected)
}

/// The only budget's state.
fn only(snapshot: &Snapshot) -> BudgetState {
    let mut budgets = report(snapshot, &Reach::Cluster, &Placements::new()).budgets;
    assert_eq!(budgets.len(), 1);
    budgets.remove(0)
}

fn held(state: &BudgetState) -> Vec<(&str, i64, BudgetVerdict)> {
    let nodes = state.nodes.iter();
    nodes
        .map(|node| (node.name.as_str(), node.needed, node.verdict))
        .collect()
}

#[test]
fn a_budget_with_room_on_every_node_is_ok_and_holds_nothing_up() {
    let snapshot = shop()
        .pod(web("web-1", "n1"))
        .pod(web("web-2", "n2"))
        .pod(web("web-3", "n3"))
        .budget(min(2, 3, 3))
        .build();
    let state = only(&snapshot);
    assert_eq!((state.state, held(&state)), (State::Ok, vec![]));
    assert!(!state.state.is_problem());
    assert_eq!(
        state.message,
        "budget shop/web needs 2 healthy pods and has 3: 1 may leave now"
    );
    let selected = state.selected.expect("pods were read");
    let owner = OwnerName {
        kind: "Deployment".to_owned(),
        name: "web".to_owned(),
    };
    assert_eq!(
        (selected.pods, selected.owners),
        (3, vec![(Some(owner), 3)])
    );
}

#[test]
fn the_node_with_most_of_its_pods_is_named_where_they_leave_in_waves() {
    let snapshot = shop()
        .pod(web("web-1", "n1"))
        .pod(web("web-2", "n2"))
        .pod(web("web-3", "n2"))
        .budget(min(2, 3, 3))
        .build();
    let state = only(&snapshot);
    assert_eq!(state.state, State::Waves);
    assert_eq!(held(&state), [("n2", 2, BudgetVerdict::Waves)]);
    assert_eq!(
        state.message,
        "budget shop/web allows 1 at once and n2 has 2 of its pods: they leave in waves, each when the last one's are \
         replaced"
    );
}

#[test]
fn replicas_equal_to_the_minimum_hold_every_node_for_ever() {
    let snapshot = shop()
        .pod(web("web-1", "n1"))
        .pod(web("web-2", "n2"))
        .budget(min(2, 2, 2))
        .build();
    let state = only(&snapshot);
    assert_eq!(state.state, State::Never);
    let never = BudgetVerdict::Never;
    assert_eq!(held(&state), [("n1", 1, never), ("n2", 1, never)]);
    assert_eq!(
        state.hint,
        "kubectl scale deployment/web -n shop --replicas=3"
    );
}

#[test]
fn a_closed_budget_names_the_pod_it_waits_for_wherever_that_is() {
    let snapshot = shop()
        .pod(web("web-1", "n1"))
        .pod(web("web-2", "n2"))
        .pod(web("web-3", "n2").unready())
        .budget(min(2, 2, 3))
        .build();
    let state = only(&snapshot);
    assert_eq!(state.state, State::Waiting);
    assert_eq!(
        state.message,
        "budget shop/web needs 2 healthy pods and has 2: waits until shop/web-3 is ready"
    );
    assert_eq!(state.hint, "kubectl describe pod web-3 -n shop");
    assert_eq!(
        held(&state),
        [
            ("n1", 1, BudgetVerdict::Waiting),
            ("n2", 1, BudgetVerdict::Waiting)
        ],
        "the unready one leaves for free"
    );
}

#[test]
fn a_budget_waits_for_the_rollout_that_is_behind() {
    let snapshot = shop()
        .pod(web("web-1", "n1"))
        .pod(web("web-2", "n2"))
        .budget(min(2, 2, 3))
        .build();
    let state = only(&snapshot);
    assert_eq!(
        (state.state, state.hint.as_str()),
        (
            State::Waiting,
            "kubectl rollout status deployment/web -n shop"
        )
    );
}

#[test]
fn pods_that_nobody_makes_again_can_use_up_an_open_budget() {
    let bare = |name: &str| pod(&format!("shop/{name}")).on("n1").label("app", "web");
    let snapshot = shop()
        .pod(bare("web-1"))
        .pod(bare("web-2"))
        .budget(min(1, 2, 2))
        .build();
    let state = only(&snapshot);
    assert_eq!(state.state, State::Never);
    assert_eq!(held(&state), [("n1", 2, BudgetVerdict::Never)]);
    assert_eq!(
        state.message,
        "budget shop/web allows 1 in all, for pods that leave are not made again: n1 has 2 of them"
    );
    assert_eq!(state.selected.expect("read").owners, [(None, 2)]);
}

#[test]
fn two_budgets_for_one_pod_are_told_of_both() {
    let snapshot = shop()
        .pod(web("web-1", "n1"))
        .pod(web("web-2", "n2").phase(Phase::Succeeded))
        .budget(min(0, 1, 1))
        .budget(
            budget("shop/all")
                .selecting(&[])
                .min_available(Amount::Count(0))
                .counts(1, 1),
        )
        .build();
    let states = report(&snapshot, &Reach::Cluster, &Placements::new()).budgets;
    for (state, partner) in states.iter().zip(["shop/web", "shop/all"]) {
        assert_eq!(state.state, State::Overlap, "{state:?}");
        assert_eq!(state.overlaps[0].path(), partner);
        assert_eq!(held(state), [("n1", 1, BudgetVerdict::Overlap)]);
        assert_eq!(
            state.message,
            "more than one budget selects shop/web-1: shop/all for every pod, shop/web for app=web; the server \
             evicts no such pod"
        );
    }
}

#[test]
fn a_budget_that_matches_nothing_says_what_it_looks_for() {
    let elsewhere = pod("other/web-1").on("n1").label("app", "web");
    let snapshot = shop()
        .pod(elsewhere)
        .budget(min(1, 0, 0))
        .budget(budget("shop/empty").selecting(&[]).counts(0, 0))
        .budget(budget("shop/none").counts(0, 0))
        .build();
    let states = report(&snapshot, &Reach::Cluster, &Placements::new()).budgets;
    let words: Vec<&str> = states.iter().map(|state| state.message.as_str()).collect();
    assert_eq!(
        words,
        [
            "budget shop/empty selects every pod of shop, which has none",
            "budget shop/none has no selector, so it protects nothing",
            "budget shop/web protects nothing: no pod of shop has app=web",
        ]
    );
    let nothing = |state: &BudgetState| state.state == State::MatchesNothing;
    assert!(states.iter().all(nothing), "{states:?}");
}

#[test]
fn a_stale_status_is_told_before_its_numbers_are_believed() {
    let snapshot = shop()
        .pod(web("web-1", "n1"))
        .budget(min(0, 1, 1).stale())
        .build();
    let state = only(&snapshot);
    assert_eq!(state.state, State::Stale);
    assert_eq!(held(&state), [("n1", 1, BudgetVerdict::Stale)]);
}

#[test]
fn a_daemon_sets_pods_and_a_namespace_that_ends_hold_no_node_up() {
    let agent = pod("shop/agent")
        .on("n1")
        .label("app", "web")
        .owned_by("DaemonSet", "agent");
    let failed = min(1, 1, 1).sync_failed("no scale");
    let snapshot = shop()
        .owner(workload("DaemonSet", "shop/agent", 1))
        .pod(agent)
        .budget(failed)
        .build();
    let state = only(&snapshot);
    assert_eq!((state.state, held(&state)), (State::Never, vec![]));
    let ending = shop()
        .pod(web("web-1", "n1"))
        .budget(min(1, 1, 1))
        .ending_namespace("shop")
        .build();
    assert_eq!(held(&only(&ending)), []);
}

#[test]
fn without_the_pods_nothing_is_called_fine() {
    let open = shop()
        .budget(min(1, 2, 2))
        .unread("pods", "no right")
        .build();
    let state = only(&open);
    assert_eq!((state.state, state.selected), (State::Unknown, None));
    let closed = shop()
        .budget(min(2, 2, 2))
        .unread("pods", "no right")
        .build();
    assert_eq!(only(&closed).state, State::Never, "by its own numbers");
}

#[test]
fn only_the_budgets_within_reach_are_looked_at() {
    let snapshot = shop()
        .pod(web("web-1", "n1"))
        .budget(min(0, 1, 1))
        .budget(budget("other/web").selecting(&[]))
        .build();
    let reach = Reach::Namespace("shop".to_owned());
    let names: Vec<String> = report(&snapshot, &reach, &Placements::new())
        .budgets
        .iter()
        .map(|state| state.budget.id.path())
        .collect();
    assert_eq!(names, ["shop/web"]);
}

#[test]
fn the_pods_that_a_closed_budget_waits_for_are_diagnosed() {
    let snapshot = shop()
        .pod(web("web-1", "n1"))
        .pod(web("web-2", "gone").unready())
        .pod(pod("shop/web-3").label("app", "web").phase(Phase::Pending))
        .pod(web("web-4", "n1").unready().ending_since(9))
        .budget(min(2, 1, 4))
        .build();
    let placements = Placements::from([("uid-shop-web-3".to_owned(), Placement::Fits(2))]);
    let states = report(&snapshot, &Reach::Cluster, &placements).budgets;
    let sick: Vec<(&str, Cause)> = states[0]
        .sick
        .iter()
        .map(|sick| (sick.pod.name.as_str(), sick.findings[0].cause))
        .collect();
    assert_eq!(
        sick,
        [("web-2", Cause::NodeGone), ("web-3", Cause::NotScheduled)]
    );
    let words = &states[0].sick[1].findings[0].message;
    assert!(words.starts_with("fits 2 of the nodes"), "{words}");
}

#[test]
fn waves_that_rest_on_an_owner_that_could_not_be_read_are_not_promised() {
    let owner = controller("ReplicaSet", "web-5d4");
    let reason = "no right".to_owned();
    let snapshot = snapshot()
        .node(node("n1"))
        .lookup("shop", owner, OwnerLookup::Unreadable { reason })
        .pod(web("web-1", "n1"))
        .pod(web("web-2", "n1"))
        .budget(min(1, 2, 2))
        .build();
    let found = report(&snapshot, &Reach::Cluster, &Placements::new());
    assert_eq!(found.budgets[0].state, State::Unknown);
    assert_eq!(found.unread.len(), 1);
    assert_eq!(found.unread[0].what, "ReplicaSet shop/web-5d4");
}
