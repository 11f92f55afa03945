//! Plans of small clusters.

use super::*;
use crate::domain::budget::Amount;
use crate::domain::node::{Node, Scheduling};
use crate::domain::owner::OwnerLookup;
use crate::domain::pod::Phase;
use crate::domain::snapshot::Snapshot;
use crate::domain::taint::Effect;
use crate::testing::{
    SnapshotBuilder, budget, controller, node, now, pod, snapshot, taint, tolerates, workload,
};

fn executing(key: &str) -> Taint {
    taint(key, "", Effect::NoExecute)
}

fn tainted(name: &str, taints: &[Taint]) -> Node {
    Node {
        taints: taints.to_vec(),
        ..node(name)
    }
}

fn plan(cluster: &Snapshot, after: &[(&str, &[Taint])]) -> TaintPlan {
    let changes: Vec<Changed> = after
        .iter()
        .map(|(node, after)| Changed {
            node: (*node).to_owned(),
            after: after.to_vec(),
        })
        .collect();
    build(cluster, &changes, None, Assumptions::default()).unwrap()
}

fn one<'a>(plan: &'a TaintPlan, name: &str) -> &'a PodPlan {
    let mut pods = plan.pods();
    pods.find(|pod| pod.pod.id.name == name).unwrap()
}

fn cluster() -> SnapshotBuilder {
    snapshot()
        .node(node("n1"))
        .owner(workload("ReplicaSet", "shop/web", 3))
        .owner(workload("DaemonSet", "shop/agent", 1))
}

fn web(name: &str) -> crate::testing::PodBuilder {
    pod(name)
        .on("n1")
        .label("app", "web")
        .owned_by("ReplicaSet", "web")
}

#[test]
fn pods_leave_now_later_or_stay_by_their_tolerations() {
    let cluster = cluster()
        .pod(web("shop/now"))
        .pod(web("shop/later").tolerating(&[tolerates("a", Some(60))]))
        .pod(web("shop/stays").tolerating(&[tolerates("a", None)]))
        .pod(web("shop/elsewhere").on("n2"))
        .build();
    let plan = plan(&cluster, &[("n1", &[executing("a")])]);
    assert_eq!(plan.verdict, Verdict::PodsLeave);
    let told: Vec<_> = plan
        .pods()
        .map(|p| {
            (
                p.pod.id.name.as_str(),
                p.fate,
                p.after_seconds,
                p.latest_seconds,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("later", Fate::LeavesLater, Some(60), Some(60)),
            ("now", Fate::LeavesNow, Some(0), Some(0)),
            ("stays", Fate::Stays, None, None)
        ]
    );
    assert_eq!(one(&plan, "now").taint, Some(executing("a")));
    assert!(one(&plan, "now").tolerations.is_empty());
    assert_eq!(one(&plan, "later").tolerations, [tolerates("a", Some(60))]);
    assert_eq!(one(&plan, "stays").taint, None);
    assert_eq!(one(&plan, "stays").tolerations, [tolerates("a", None)]);
    assert_eq!(
        plan.undo[0].command(),
        "kubectl nodemaint taint remove n1 a:NoExecute"
    );
}

#[test]
fn nobody_is_exempt_but_those_who_tolerate_it() {
    let cluster = cluster()
        .pod(pod("shop/agent-1").on("n1").owned_by("DaemonSet", "agent"))
        .pod(pod("kube-system/etcd").on("n1").mirror())
        .pod(pod("shop/bare").on("n1"))
        .pod(web("shop/done").phase(Phase::Succeeded))
        .build();
    let plan = plan(&cluster, &[("n1", &[executing("a")])]);
    assert!(plan.pods().all(|pod| pod.fate == Fate::LeavesNow));
    assert_eq!(one(&plan, "etcd").homecoming, Homecoming::Mirror);
    assert_eq!(
        one(&plan, "agent-1").homecoming,
        Homecoming::No,
        "a DaemonSet makes no pods for a node whose NoExecute taint they do not tolerate"
    );
    assert_eq!(one(&plan, "bare").returns, Return::Lost);
    assert_eq!(one(&plan, "done").returns, Return::Lost);
}

#[test]
fn daemon_pods_that_tolerate_a_taint_for_a_while_come_back_and_go_again() {
    let agent = |name: &str, seconds| {
        pod(name)
            .on("n1")
            .owned_by("DaemonSet", "agent")
            .tolerating(&[tolerates("a", Some(seconds))])
    };
    let cluster = cluster()
        .pod(agent("shop/agent-1", 10))
        .pod(agent("shop/agent-2", 0))
        .pod(web("shop/web-1").tolerating(&[tolerates("a", Some(10))]))
        .build();
    let plan = plan(&cluster, &[("n1", &[executing("a")])]);
    assert_eq!(one(&plan, "agent-1").homecoming, Homecoming::AgainAfter(10));
    assert_eq!(one(&plan, "agent-2").homecoming, Homecoming::AgainAfter(0));
    assert_eq!(
        one(&plan, "web-1").homecoming,
        Homecoming::MayAgainAfter(10)
    );
    let both = [executing("a"), taint("b", "", Effect::NoSchedule)];
    let shut = super::tests::plan(&cluster, &[("n1", &both)]);
    assert!(
        shut.pods().all(|pod| pod.homecoming == Homecoming::No),
        "nothing is let in"
    );
}

#[test]
fn the_pace_is_shared_by_all_nodes() {
    let mut cluster = snapshot().node(node("n1")).node(node("n2"));
    for index in 0..110 {
        let node = if index % 2 == 0 { "n1" } else { "n2" };
        cluster = cluster.pod(pod(&format!("shop/p{index}")).on(node));
    }
    let after = [executing("a")];
    let plan = plan(&cluster.build(), &[("n1", &after), ("n2", &after)]);
    assert!(
        plan.pods()
            .all(|p| (p.after_seconds, p.latest_seconds) == (Some(0), Some(15)))
    );
    assert_eq!(plan.batches.len(), 1);
    assert_eq!(
        (plan.batches[0].first_seconds, plan.batches[0].last_seconds),
        (9, 15)
    );
}

#[test]
fn budgets_are_named_and_what_they_lose_is_added_up() {
    let closed = budget("shop/web")
        .selecting(&[("app", "web")])
        .min_available(Amount::Count(2))
        .counts(3, 3);
    let cluster = cluster()
        .pod(web("shop/web-1"))
        .pod(web("shop/web-2"))
        .pod(web("shop/web-3").unready())
        .pod(web("shop/web-4").phase(Phase::Pending))
        .pod(web("shop/web-5").tolerating(&[tolerates("", None)]))
        .budget(closed)
        .build();
    let plan = plan(&cluster, &[("n1", &[executing("a")])]);
    assert_eq!(plan.verdict, Verdict::BreaksBudgets);
    let ignored = |name| one(&plan, name).budgets_ignored.len();
    assert_eq!(
        ["web-1", "web-2", "web-3", "web-4", "web-5"].map(ignored),
        [1, 1, 1, 0, 0],
        "an eviction asks none for a pending pod"
    );
    let loss = &plan.budgets[0];
    assert_eq!((loss.leaving, loss.healthy_leaving, loss.left()), (3, 2, 1));
    assert!(loss.is_broken());
}

#[test]
fn a_budget_that_keeps_enough_is_passed_over_without_harm() {
    let cluster = cluster()
        .pod(web("shop/web-1"))
        .budget(
            budget("shop/web")
                .selecting(&[("app", "web")])
                .min_available(Amount::Count(2))
                .counts(3, 3),
        )
        .build();
    let plan = plan(&cluster, &[("n1", &[executing("a")])]);
    assert_eq!(plan.verdict, Verdict::PodsLeave);
    assert_eq!(
        (plan.budgets[0].left(), plan.budgets[0].is_broken()),
        (2, false)
    );
}

#[test]
fn a_timer_that_runs_is_not_touched_and_what_is_left_of_it_is_a_range() {
    let since = |seconds: i64| Taint {
        time_added: jiff::Timestamp::from_second(now().as_second() - seconds).ok(),
        ..executing("old")
    };
    let waiting = |created: i64| {
        let mut pod = web("shop/web-1")
            .tolerating(&[tolerates("old", Some(300)), tolerates("new", Some(5))])
            .build();
        pod.created = jiff::Timestamp::from_second(now().as_second() - created).ok();
        pod
    };
    let range = |before: Taint, pod: Pod| {
        let after = [before.clone(), executing("new")];
        let cluster = cluster().node(tainted("n1", &[before])).pod(pod).build();
        let plan = plan(&cluster, &[("n1", &after)]);
        let pod = one(&plan, "web-1");
        assert_eq!(pod.fate, Fate::LeavesLater);
        (pod.after_seconds.unwrap(), pod.latest_seconds.unwrap())
    };
    assert_eq!(range(since(100), waiting(9000)), (200, 300));
    assert_eq!(range(since(100), waiting(20)), (280, 300));
    assert_eq!(range(since(9000), waiting(9000)), (0, 300));
    assert_eq!(
        range(executing("old"), waiting(20)),
        (280, 300),
        "it cannot run for longer than the pod is there"
    );
    let mut ageless = waiting(20);
    ageless.created = None;
    assert_eq!(
        range(executing("old"), ageless),
        (0, 300),
        "nobody knows since when"
    );
}

#[test]
fn taking_a_taint_away_saves_who_had_not_left_yet() {
    let before = [executing("a")];
    let cluster = snapshot()
        .node(tainted("n1", &before))
        .owner(workload("ReplicaSet", "shop/web", 3))
        .pod(web("shop/later").tolerating(&[tolerates("a", Some(60))]))
        .pod(web("shop/ending").ending_since(1))
        .build();
    let plan = plan(&cluster, &[("n1", &[])]);
    assert_eq!(plan.verdict, Verdict::NothingLeaves);
    assert_eq!(one(&plan, "later").change, Change::Saved);
    assert_eq!(
        (
            one(&plan, "ending").fate,
            one(&plan, "ending").after_seconds
        ),
        (Fate::LeavesNow, Some(0)),
        "whatever the taints are"
    );
    assert_eq!(
        plan.undo[0].command(),
        "kubectl nodemaint taint add n1 a:NoExecute"
    );
}

#[test]
fn the_next_pods_of_owners_that_are_here_are_told_of_once_each() {
    let hard = [taint("dedicated", "db", Effect::NoSchedule)];
    let cluster = cluster()
        .pod(web("shop/web-1"))
        .pod(web("shop/web-2"))
        .pod(pod("shop/agent-1").on("n1").owned_by("DaemonSet", "agent"))
        .pod(web("shop/done").phase(Phase::Succeeded))
        .pod(pod("shop/bare").on("n1"))
        .build();
    let made = plan(&cluster, &[("n1", &hard)]);
    assert_eq!(made.verdict, Verdict::NothingLeaves);
    let told: Vec<_> = made.nodes[0]
        .owners
        .iter()
        .map(|o| {
            (
                o.owner.kind.as_str(),
                o.owner.name.as_str(),
                o.pods,
                o.entry,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("DaemonSet", "agent", 1, Entry::ShutOut),
            ("ReplicaSet", "web", 2, Entry::ShutOut)
        ]
    );
    let mut cordoned = node("n1");
    cordoned.scheduling = Scheduling::Disabled;
    let cluster = snapshot()
        .node(cordoned)
        .owner(workload("ReplicaSet", "shop/web", 3))
        .pod(web("shop/web-1"))
        .build();
    let made = plan(&cluster, &[("n1", &hard)]);
    assert!(
        made.nodes[0].owners.is_empty(),
        "the cordon keeps them out already"
    );
}

#[test]
fn what_could_not_be_read_makes_the_plan_incomplete() {
    let cluster = snapshot()
        .node(node("n1"))
        .pod(pod("shop/odd").on("n1").owned_by("Thing", "t"))
        .lookup(
            "shop",
            controller("Thing", "t"),
            OwnerLookup::Unreadable {
                reason: "no right".to_owned(),
            },
        )
        .unread("poddisruptionbudgets.policy", "no right")
        .build();
    let made = plan(&cluster, &[("n1", &[executing("a")])]);
    let unread: Vec<&str> = made.unread.iter().map(|u| u.what.as_str()).collect();
    assert_eq!(unread, ["Thing shop/t", "poddisruptionbudgets.policy"]);
    assert_eq!(one(&made, "odd").returns, Return::Unknown);
}

#[test]
fn an_unknown_node_is_an_error_and_an_equal_list_is_no_change() {
    let cluster = cluster().pod(web("shop/web-1")).build();
    let changes = [Changed {
        node: "n9".to_owned(),
        after: Vec::new(),
    }];
    let error = build(&cluster, &changes, None, Assumptions::default()).unwrap_err();
    assert_eq!(error.names, ["n9"]);
    let made = plan(&cluster, &[("n1", &[])]);
    assert_eq!(made.verdict, Verdict::Unchanged);
    assert!(made.undo.is_empty());
}
