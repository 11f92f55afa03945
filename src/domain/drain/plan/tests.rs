//! Plans of small clusters, one rule a test.

use super::*;
use crate::domain::budget::Amount;
use crate::domain::drain::fate::ReasonCode;
use crate::domain::drain::policy::{Consent, DaemonSetRule, DrainPolicy, GracePeriod, Removal};
use crate::domain::owner::OwnerLookup;
use crate::domain::pod::Phase;
use crate::domain::snapshot::Snapshot;
use crate::testing::{
    PodBuilder, SnapshotBuilder, budget, controller, node, now, pod, snapshot, workload,
};

/// A ready replica of Deployment `web`.
pub(super) fn web(name: &str, node: &str) -> PodBuilder {
    pod(&format!("shop/{name}"))
        .on(node)
        .label("app", "web")
        .owned_by("ReplicaSet", "web-5d4")
}

/// Nodes n1 and n2, and the ReplicaSet of Deployment `web`.
pub(super) fn shop() -> SnapshotBuilder {
    let mut replica_set = workload("ReplicaSet", "shop/web-5d4", 3);
    replica_set.controller = Some(controller("Deployment", "web"));
    snapshot()
        .node(node("n1"))
        .node(node("n2"))
        .owner(replica_set)
}

pub(super) fn min(count: i64) -> Amount {
    Amount::Count(count)
}

pub(super) fn web_budget(
    minimum: i64,
    healthy: i64,
    expected: i64,
) -> crate::testing::BudgetBuilder {
    budget("shop/web")
        .selecting(&[("app", "web")])
        .min_available(min(minimum))
        .counts(healthy, expected)
}

fn plan_of(snapshot: &Snapshot, nodes: &[&str], policy: &DrainPolicy) -> DrainPlan {
    let names: Vec<String> = nodes.iter().map(|n| (*n).to_owned()).collect();
    build(snapshot, &names, policy, now()).expect("the nodes are in the snapshot")
}

pub(super) fn plan(snapshot: &Snapshot, nodes: &[&str]) -> DrainPlan {
    plan_of(snapshot, nodes, &DrainPolicy::default())
}

fn find<'a>(plan: &'a DrainPlan, name: &str) -> &'a PodPlan {
    plan.pods()
        .find(|p| p.pod.id.name == name)
        .expect("the pod is in the plan")
}

fn codes(pod: &PodPlan) -> Vec<ReasonCode> {
    pod.reasons.iter().map(|r| r.code).collect()
}

#[test]
fn pods_without_budget_leave_in_the_first_wave() {
    let snapshot = shop().pod(web("web-1", "n1")).build();
    let plan = plan(&snapshot, &["n1"]);
    let pod = find(&plan, "web-1");
    assert_eq!((pod.fate, pod.wave), (Fate::Evict, Some(1)));
    assert_eq!(pod.returns, Return::Comes);
    let owner = pod.owner.as_ref().expect("it has an owner");
    assert_eq!(
        (owner.kind.as_str(), owner.name.as_str()),
        ("Deployment", "web")
    );
    assert_eq!(plan.verdict, Verdict::Ready);
    assert!(plan.is_complete());
}

#[test]
fn one_budget_is_spent_over_the_pods_of_a_node() {
    let snapshot = shop()
        .pod(web("web-1", "n1"))
        .pod(web("web-2", "n1"))
        .pod(web("web-3", "n1"))
        .budget(web_budget(2, 3, 3))
        .build();
    let plan = plan(&snapshot, &["n1"]);
    let waves: Vec<Option<u32>> = plan.pods().map(|p| p.wave).collect();
    assert_eq!(waves, [Some(1), Some(2), Some(3)]);
    let budget = &plan.budgets[0];
    assert_eq!((budget.allowed, budget.needed), (1, 3));
    assert_eq!(budget.verdict, BudgetVerdict::Waves);
    assert_eq!(
        budget.message,
        "budget shop/web allows 1 at once, the plan needs 3: 3 waves, each when the last one's pods are replaced"
    );
    assert_eq!(plan.verdict, Verdict::Ready);
}

#[test]
fn one_budget_is_spent_over_all_named_nodes_in_their_order() {
    let snapshot = shop()
        .pod(web("web-1", "n1"))
        .pod(web("web-2", "n2"))
        .budget(web_budget(2, 3, 3))
        .build();
    let forward = plan(&snapshot, &["n1", "n2"]);
    assert_eq!(find(&forward, "web-1").wave, Some(1));
    assert_eq!(find(&forward, "web-2").wave, Some(2));
    let backward = plan(&snapshot, &["n2", "n1"]);
    assert_eq!(find(&backward, "web-1").wave, Some(2));
    assert_eq!(find(&backward, "web-2").wave, Some(1));
    let alone = plan(&snapshot, &["n2"]);
    assert_eq!(find(&alone, "web-2").wave, Some(1));
}

#[test]
fn a_pod_that_is_not_replaced_gives_nothing_back() {
    let force = DrainPolicy {
        unmanaged: Consent::Given,
        ..DrainPolicy::default()
    };
    let snapshot = shop()
        .pod(pod("shop/a").on("n1").label("app", "web"))
        .pod(pod("shop/b").on("n1").label("app", "web"))
        .budget(web_budget(2, 3, 3))
        .build();
    let plan = plan_of(&snapshot, &["n1"], &force);
    assert_eq!(find(&plan, "a").fate, Fate::Evict);
    assert_eq!(find(&plan, "b").fate, Fate::Blocked);
    assert_eq!(find(&plan, "b").wave, None);
    assert_eq!(plan.budgets[0].verdict, BudgetVerdict::Never);
    assert_eq!(
        plan.budgets[0].message,
        "budget shop/web allows 1, the plan needs 2: 1 can leave, the pods that leave are not replaced, so 1 never can"
    );
}

#[test]
fn a_replaced_pod_goes_before_one_that_is_not() {
    let force = DrainPolicy {
        unmanaged: Consent::Given,
        ..DrainPolicy::default()
    };
    let snapshot = shop()
        .pod(pod("shop/a-bare").on("n1").label("app", "web"))
        .pod(web("web-1", "n1"))
        .budget(web_budget(2, 3, 3))
        .build();
    let plan = plan_of(&snapshot, &["n1"], &force);
    assert_eq!(find(&plan, "web-1").wave, Some(1));
    assert_eq!(find(&plan, "a-bare").wave, Some(2));
    assert_eq!(plan.verdict, Verdict::Ready);
}

/// name, budget, whether the pod is ready; expected codes of the pod and verdict of the budget
type BlockedRow = (
    &'static str,
    crate::testing::BudgetBuilder,
    bool,
    &'static [ReasonCode],
    BudgetVerdict,
);

#[test]
fn failure_26_failure_27_failure_e_blocked_pods_say_why_and_for_how_long() {
    use BudgetVerdict::{Never, Stale, Waiting};
    use ReasonCode::{Budget, BudgetNotComputable, BudgetStale, NoHealthyPod, UnhealthyProtected};
    let failed = || web_budget(2, 3, 3).never_synced().sync_failed("no scale");
    let rows: [BlockedRow; 9] = [
        (
            "minimum is all",
            web_budget(3, 3, 3),
            true,
            &[Budget],
            Never,
        ),
        (
            "another is sick",
            web_budget(2, 2, 3),
            true,
            &[Budget],
            Waiting,
        ),
        (
            "spec is newer",
            web_budget(2, 3, 3).stale(),
            true,
            &[BudgetStale],
            Stale,
        ),
        (
            "never computed",
            web_budget(2, 3, 3).never_synced(),
            true,
            &[BudgetStale],
            Stale,
        ),
        (
            "not computable",
            failed(),
            true,
            &[BudgetNotComputable],
            Never,
        ),
        (
            "itself sick",
            web_budget(2, 1, 3),
            false,
            &[UnhealthyProtected],
            Never,
        ),
        (
            "sick, minimum is all",
            web_budget(3, 2, 3),
            false,
            &[Budget, UnhealthyProtected],
            Never,
        ),
        (
            "none healthy",
            web_budget(0, 0, 3),
            false,
            &[NoHealthyPod, UnhealthyProtected],
            Never,
        ),
        (
            "sick, not computable",
            web_budget(2, 1, 3).sync_failed("no scale"),
            false,
            &[BudgetNotComputable, UnhealthyProtected],
            Never,
        ),
    ];
    for (name, budget, ready, expected, verdict) in rows {
        let pod = if ready {
            web("web-1", "n1")
        } else {
            web("web-1", "n1").unready()
        };
        let snapshot = shop().pod(pod).budget(budget).build();
        let plan = plan(&snapshot, &["n1"]);
        let pod = find(&plan, "web-1");
        assert_eq!(pod.fate, Fate::Blocked, "{name}");
        assert_eq!(codes(pod), expected, "{name}");
        assert_eq!(plan.budgets[0].verdict, verdict, "{name}");
        assert_eq!(plan.verdict, Verdict::Blocked, "{name}");
        assert!(!plan.budgets[0].message.is_empty(), "{name}");
    }
}

#[test]
fn failure_26_always_allow_lets_the_same_pods_go() {
    for budget in [
        web_budget(2, 1, 3),
        web_budget(0, 0, 3),
        web_budget(3, 2, 3).stale(),
    ] {
        let snapshot = shop()
            .pod(web("web-1", "n1").unready())
            .budget(budget.always_allow())
            .build();
        let plan = plan(&snapshot, &["n1"]);
        assert_eq!(find(&plan, "web-1").fate, Fate::Evict);
        assert_eq!(plan.budgets[0].verdict, BudgetVerdict::Ok);
        assert_eq!(plan.budgets[0].needed, 0);
    }
}

#[test]
fn the_sick_pod_elsewhere_is_named() {
    let snapshot = shop()
        .pod(web("web-1", "n1"))
        .pod(web("web-7", "n9").unready())
        .budget(web_budget(2, 2, 3))
        .build();
    let plan = plan(&snapshot, &["n1"]);
    let reason = &find(&plan, "web-1").reasons[0];
    assert_eq!(
        reason.message,
        "budget shop/web needs 2 healthy pods and has 2: waits until shop/web-7 is ready"
    );
    assert_eq!(reason.hint, "kubectl describe pod web-7 -n shop");
}

#[test]
fn two_budgets_on_a_pod_are_both_named() {
    let snapshot = shop()
        .pod(web("web-1", "n1"))
        .budget(web_budget(1, 3, 3))
        .budget(
            budget("shop/all")
                .selecting(&[])
                .min_available(min(1))
                .counts(9, 9),
        )
        .budget(
            budget("pay/all")
                .selecting(&[])
                .min_available(min(1))
                .counts(9, 9),
        )
        .build();
    let plan = plan(&snapshot, &["n1"]);
    let pod = find(&plan, "web-1");
    assert_eq!(codes(pod), [ReasonCode::MultipleBudgets]);
    assert_eq!(
        pod.reasons[0].message,
        "2 budgets select it (shop/all for every pod, shop/web for app=web): the server evicts no pod with more than one"
    );
    let verdicts: Vec<BudgetVerdict> = plan.budgets.iter().map(|b| b.verdict).collect();
    assert_eq!(verdicts, [BudgetVerdict::Overlap, BudgetVerdict::Overlap]);
}

#[test]
fn pods_that_the_server_lets_past_its_budgets_spend_nothing() {
    let closed = || web_budget(3, 3, 3);
    let rows = [
        (
            "pending",
            web("web-1", "n1").phase(Phase::Pending),
            Fate::Evict,
        ),
        (
            "finished",
            web("web-1", "n1").phase(Phase::Failed),
            Fate::Delete,
        ),
        ("ending", web("web-1", "n1").ending_since(1), Fate::Delete),
        ("mirror", web("web-1", "n1").mirror(), Fate::Skip),
    ];
    for (name, pod, fate) in rows {
        let snapshot = shop().pod(pod).budget(closed()).build();
        let plan = plan(&snapshot, &["n1"]);
        assert_eq!(find(&plan, "web-1").fate, fate, "{name}");
        assert!(plan.budgets.is_empty(), "{name}");
    }
}

#[test]
fn delete_asks_no_budget() {
    let policy = DrainPolicy {
        removal: Removal::Delete,
        ..DrainPolicy::default()
    };
    let snapshot = shop()
        .pod(web("web-1", "n1"))
        .budget(web_budget(3, 3, 3))
        .build();
    let plan = plan_of(&snapshot, &["n1"], &policy);
    assert_eq!(find(&plan, "web-1").fate, Fate::Delete);
    assert_eq!(plan.verdict, Verdict::Ready);
}

#[test]
fn failure_8_a_grace_period_of_0_is_not_one_that_is_absent() {
    let snapshot = shop().pod(web("web-1", "n1")).build();
    for (grace, expected) in [
        (GracePeriod::PodsOwn, Some(30)),
        (GracePeriod::Seconds(0), Some(0)),
        (GracePeriod::Seconds(5), Some(5)),
    ] {
        let policy = DrainPolicy {
            grace,
            ..DrainPolicy::default()
        };
        let plan = plan_of(&snapshot, &["n1"], &policy);
        assert_eq!(find(&plan, "web-1").grace_seconds, expected);
    }
}

#[test]
fn a_refused_pod_names_its_budget_too_and_counts_in_it() {
    let snapshot = shop()
        .pod(web("web-1", "n1").empty_dir("cache"))
        .budget(web_budget(3, 3, 3))
        .build();
    let plan = plan(&snapshot, &["n1"]);
    let pod = find(&plan, "web-1");
    assert_eq!(pod.fate, Fate::Refused);
    assert_eq!(codes(pod), [ReasonCode::LocalData, ReasonCode::Budget]);
    assert_eq!(plan.budgets[0].needed, 1);
    assert_eq!(plan.verdict, Verdict::Refused);
}

#[test]
fn a_daemon_pod_spends_nothing_whether_it_is_skipped_or_refused() {
    for rule in [DaemonSetRule::Ignore, DaemonSetRule::Refuse] {
        let policy = DrainPolicy {
            daemon_sets: rule,
            ..DrainPolicy::default()
        };
        let snapshot = shop()
            .pod(
                pod("shop/d")
                    .on("n1")
                    .label("app", "web")
                    .owned_by("DaemonSet", "d"),
            )
            .owner(workload("DaemonSet", "shop/d", 1))
            .budget(web_budget(3, 3, 3))
            .build();
        assert!(plan_of(&snapshot, &["n1"], &policy).budgets.is_empty());
    }
}

#[test]
fn pods_of_a_namespace_that_ends_go_with_it_past_its_budgets() {
    let snapshot = shop()
        .pod(web("web-1", "n1"))
        .pod(web("web-2", "n1").ending_since(1))
        .budget(web_budget(3, 3, 3))
        .ending_namespace("shop")
        .build();
    let plan = plan(&snapshot, &["n1"]);
    assert_eq!(find(&plan, "web-1").fate, Fate::Delete);
    assert_eq!(codes(find(&plan, "web-1")), [ReasonCode::NamespaceEnding]);
    assert!(plan.budgets.is_empty());
    assert_eq!(find(&plan, "web-2").fate, Fate::Delete);
    assert_eq!(
        codes(find(&plan, "web-2")),
        [ReasonCode::Terminating, ReasonCode::NamespaceEnding]
    );
}

#[test]
fn unread_budgets_make_the_verdict_unknown() {
    let snapshot = shop()
        .pod(web("web-1", "n1"))
        .unread("poddisruptionbudgets.policy", "forbidden: no right to list")
        .build();
    let plan = plan(&snapshot, &["n1"]);
    assert_eq!(plan.verdict, Verdict::Unknown);
    assert_eq!(plan.nodes[0].verdict, Verdict::Unknown);
    assert!(!plan.is_complete());
    assert_eq!(plan.unread[0].what, "poddisruptionbudgets.policy");
}

#[test]
fn an_unreadable_owner_makes_the_verdict_unknown() {
    let lookup = OwnerLookup::Unreadable {
        reason: "no right".to_owned(),
    };
    let snapshot = snapshot()
        .node(node("n1"))
        .pod(web("web-1", "n1"))
        .lookup("shop", controller("ReplicaSet", "web-5d4"), lookup)
        .build();
    let plan = plan(&snapshot, &["n1"]);
    assert_eq!(plan.verdict, Verdict::Unknown);
    assert_eq!(find(&plan, "web-1").returns, Return::Unknown);
    assert_eq!(plan.unread[0].what, "ReplicaSet shop/web-5d4");
}

#[test]
fn a_blocked_pod_outweighs_what_is_unknown_and_a_missing_flag_outweighs_both() {
    let blocked = shop()
        .pod(web("web-1", "n1"))
        .budget(web_budget(3, 3, 3))
        .unread("namespaces", "forbidden");
    assert_eq!(
        plan(&blocked.clone().build(), &["n1"]).verdict,
        Verdict::Blocked
    );
    let refused = blocked.pod(pod("shop/bare").on("n1")).build();
    assert_eq!(plan(&refused, &["n1"]).verdict, Verdict::Refused);
}
