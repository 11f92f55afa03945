//! Plans of taints as they look on a page.

use super::super::style::Colors;
use super::*;
use crate::domain::budget::Amount;
use crate::domain::node::{Node, NodeHealth};
use crate::domain::snapshot::Snapshot;
use crate::domain::taint::out_of_service;
use crate::domain::taint::pending::PendingPod;
use crate::domain::taint::plan::{Assumptions, Changed, build};
use crate::domain::taint::toleration::TolerationOperator;
use crate::testing::{
    PodBuilder, SnapshotBuilder, budget, controller, node, pod, snapshot, taint, tolerates,
    workload,
};

const PLAIN: Page = Page {
    colors: Colors::Off,
    width: None,
    detail: Detail::Normal,
};

const NARROW: Page = Page {
    width: Some(100),
    ..PLAIN
};

fn web(name: &str) -> PodBuilder {
    pod(name)
        .on("n1")
        .label("app", "web")
        .owned_by("ReplicaSet", "web-5d4")
}

fn shop() -> SnapshotBuilder {
    let mut replica_set = workload("ReplicaSet", "shop/web-5d4", 3);
    replica_set.controller = Some(controller("Deployment", "web"));
    snapshot()
        .owner(replica_set)
        .owner(workload("DaemonSet", "shop/agent", 1))
        .pod(web("shop/web-1"))
        .pod(web("shop/web-2").tolerating(&[tolerates("repair", Some(300))]))
        .pod(
            pod("shop/agent-1")
                .on("n1")
                .owned_by("DaemonSet", "agent")
                .tolerating(&[tolerates("repair", Some(10))]),
        )
        .pod(
            pod("shop/proxy-1")
                .on("n1")
                .owned_by("DaemonSet", "agent")
                .tolerating(&[tolerates("", None)]),
        )
        .budget(
            budget("shop/web")
                .selecting(&[("app", "web")])
                .min_available(Amount::Count(2))
                .counts(3, 3),
        )
}

fn repair() -> Taint {
    taint("repair", "", Effect::NoExecute)
}

fn tainted(taints: &[Taint]) -> Node {
    Node {
        taints: taints.to_vec(),
        ..node("n1")
    }
}

fn plan(snapshot: &Snapshot, after: &[Taint]) -> TaintPlan {
    let changes = [Changed {
        node: "n1".to_owned(),
        after: after.to_vec(),
    }];
    build(snapshot, &changes, None, Assumptions::default()).unwrap()
}

fn shown(plan: &TaintPlan, page: Page) -> String {
    taint_table(plan, page).join("\n")
}

#[test]
fn the_summary_comes_first_then_who_leaves_when_and_what_budgets_lose() {
    let cluster = shop().node(node("n1")).build();
    let expected = "\
breaks budgets: 3 of 4 pods leave, 1 now and 2 later, and no budget is asked; too few healthy pods are left for shop/web
  1 pod due at once
  1 pod due after 10s
  1 pod due after 5m
  a drain asks the budgets -> kubectl nodemaint drain n1
  to undo (what left stays gone, what waits is saved) -> kubectl nodemaint taint remove n1 repair:NoExecute

node/n1: 3 of 4 pods leave, 1 now and 2 later
  + repair:NoExecute
POD           FATE          WHEN  RETURNS  OWNER
shop/web-1    leaves now    0s    yes      Deployment/web
shop/agent-1  leaves later  10s   yes      DaemonSet/agent
  its DaemonSet puts it back at once, and it goes again after 10s, over and over
shop/web-2    leaves later  5m    yes      Deployment/web
  its successor may be scheduled here, and goes again after 5m
  1 pod stays: shop/proxy-1
  next pods kept out: shop Deployment/web

BUDGET NOT ASKED  NEEDS  HAS  LEAVE  LEFT
shop/web          2      3    2      1     too few";
    assert_eq!(shown(&plan(&cluster, &[repair()]), PLAIN), expected);
}

#[test]
fn a_taint_that_makes_nobody_leave_names_whom_it_keeps_out() {
    let cluster = shop().node(node("n1")).build();
    let hard = taint("dedicated", "db", Effect::NoSchedule);
    let mut made = plan(&cluster, std::slice::from_ref(&hard));
    made.nodes[0].pending = Some(vec![PendingPod {
        namespace: "shop".to_owned(),
        name: "waits".to_owned(),
        entry: Entry::ShutOut,
        taint: hard,
    }]);
    let expected = "\
nothing leaves: no pod leaves because of it, of 4
  to undo -> kubectl nodemaint taint remove n1 dedicated=db:NoSchedule

node/n1: all 4 pods stay
  + dedicated=db:NoSchedule
  next pods kept out: shop DaemonSet/agent, shop Deployment/web
  pending pods kept out: shop/waits";
    assert_eq!(shown(&made, PLAIN), expected);
}

#[test]
fn taking_a_taint_away_tells_whom_it_saves() {
    let cluster = shop().node(tainted(&[repair()])).build();
    let shown = shown(&plan(&cluster, &[]), PLAIN);
    assert!(
        shown.starts_with(
            "nothing leaves: no pod leaves because of it, of 4; 2 that would have left stay\n"
        ),
        "{shown}"
    );
    assert!(shown.contains("\n  - repair:NoExecute\n"), "{shown}");
    assert!(
        shown.contains("  would have left: its timer is stopped\n"),
        "{shown}"
    );
    assert!(
        shown.contains("\n  next pods let in: shop Deployment/web"),
        "{shown}"
    );
}

#[test]
fn a_list_that_stays_as_it_is_says_so() {
    let cluster = snapshot().node(tainted(&[repair()])).build();
    let shown = shown(&plan(&cluster, &[repair()]), PLAIN);
    assert_eq!(
        shown,
        "unchanged: the taints are so already\n\nnode/n1: no pods\n    repair:NoExecute"
    );
}

#[test]
fn a_full_node_leaves_at_the_controllers_pace() {
    let mut cluster = snapshot().node(node("n1"));
    for index in 0..110 {
        cluster = cluster.pod(pod(&format!("shop/p{index:03}")).on("n1"));
    }
    let shown = shown(&plan(&cluster.build(), &[repair()]), PLAIN);
    assert!(
        shown.contains(
            "  110 pods due at once: the controller's default limits let it delete the first after 9s, the last after 15s\n"
        ),
        "{shown}"
    );
    assert!(
        shown.contains("shop/p000  leaves now  0-15s  no\n"),
        "{shown}"
    );
}

#[test]
fn wide_shows_every_pod_with_what_decides() {
    let cluster = shop().node(node("n1")).build();
    let wide = Page {
        detail: Detail::Wide,
        ..PLAIN
    };
    let shown = shown(&plan(&cluster, &[repair()]), wide);
    for line in [
        "POD           FATE          WHEN  RETURNS  OWNER            TAINT             TOLERATES       GRACE  BUDGETS NOT ASKED",
        "shop/web-2    leaves later  5m    yes      Deployment/web   repair:NoExecute  repair for 5m   30s    shop/web",
        "shop/proxy-1  stays                        DaemonSet/agent                    every key       30s",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
}

#[test]
fn declaring_a_node_lost_is_called_dangerous() {
    let lost = taint(out_of_service::KEY, "nodeshutdown", Effect::NoExecute);
    let cluster = shop().node(node("n1")).build();
    let alive = shown(&plan(&cluster, std::slice::from_ref(&lost)), NARROW);
    assert!(
        alive.contains("danger: node.kubernetes.io/out-of-service: once"),
        "{alive}"
    );
    assert!(
        alive.contains("refuses node.kubernetes.io/out-of-service without"),
        "{alive}"
    );
    assert!(
        alive
            .lines()
            .all(|line| line.chars().count() <= 100 || line.contains("-> ")),
        "{alive}"
    );
    let silent = Node {
        health: NodeHealth::Unreachable,
        ..node("n1")
    };
    let silent = shown(&plan(&shop().node(silent).build(), &[lost]), PLAIN);
    assert!(
        silent.contains("danger:") && !silent.contains("without --force"),
        "{silent}"
    );
}

#[test]
fn pods_of_a_silent_kubelet_do_not_end() {
    let silent = Node {
        health: NodeHealth::Unreachable,
        ..node("n1")
    };
    let shown = shown(&plan(&shop().node(silent).build(), &[repair()]), PLAIN);
    assert!(
        shown.contains("danger: node n1: its kubelet does not report: pods that are deleted will not end until it does"),
        "{shown}"
    );
}

#[test]
fn what_else_happens_to_a_pod_is_remarked() {
    let mut above = tolerates("load", None);
    above.operator = TolerationOperator::Greater;
    above.value = "5".to_owned();
    let cluster = snapshot()
        .node(node("n1"))
        .pod(pod("shop/ending").on("n1").ending_since(1))
        .pod(pod("shop/gated").on("n1").tolerating(&[above]))
        .pod(pod("shop/static").on("n1").mirror())
        .build();
    let shown = shown(
        &plan(&cluster, &[taint("load", "7", Effect::NoExecute)]),
        PLAIN,
    );
    for remark in [
        "  is ending already, whatever the taints are\n",
        "  its toleration load>5 counts only under the feature gate TaintTolerationComparisonOperators\n",
        "  is the mirror of a static pod: its containers go on, and the kubelet writes it again",
    ] {
        assert!(shown.contains(remark), "{remark}{shown}");
    }
}

#[test]
fn names_from_the_cluster_cannot_steer_a_terminal() {
    let cluster = snapshot()
        .node(node("n1"))
        .pod(pod("shop/a\u{1b}[2Jb").on("n1"))
        .build();
    let shown = shown(&plan(&cluster, &[repair()]), PLAIN);
    assert!(!shown.contains('\u{1b}'), "{shown}");
}
