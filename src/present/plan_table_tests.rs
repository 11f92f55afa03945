//! Plans of small clusters as they look on a page.

use super::*;
use crate::domain::budget::Amount;
use crate::domain::drain::plan::build;
use crate::domain::drain::policy::{DaemonSetRule, DrainPolicy};
use crate::domain::snapshot::Snapshot;
use crate::testing::{budget, controller, node, now, pod, snapshot, workload};

const PLAIN: Page = Page {
    colors: Colors::Off,
    width: None,
    detail: Detail::Normal,
};

fn shop() -> Snapshot {
    let mut replica_set = workload("ReplicaSet", "shop/web-5d4", 3);
    replica_set.controller = Some(controller("Deployment", "web"));
    let web = |name: &str| {
        pod(name)
            .on("n1")
            .label("app", "web")
            .owned_by("ReplicaSet", "web-5d4")
    };
    snapshot()
        .node(node("n1"))
        .node(node("n2"))
        .owner(replica_set)
        .owner(workload("DaemonSet", "shop/proxy", 1))
        .pod(web("shop/web-1"))
        .pod(web("shop/web-2"))
        .pod(
            pod("shop/bare")
                .on("n1")
                .empty_dir("cache")
                .empty_dir("tmp"),
        )
        .pod(pod("shop/proxy-1").on("n1").owned_by("DaemonSet", "proxy"))
        .budget(
            budget("shop/web")
                .selecting(&[("app", "web")])
                .min_available(Amount::Count(2))
                .counts(3, 3),
        )
        .build()
}

fn plan(snapshot: &Snapshot, nodes: &[&str]) -> DrainPlan {
    let policy = DrainPolicy {
        daemon_sets: DaemonSetRule::Ignore,
        ..DrainPolicy::default()
    };
    let names: Vec<String> = nodes.iter().map(|n| (*n).to_owned()).collect();
    build(snapshot, &names, &policy, now()).expect("the nodes are there")
}

#[test]
fn a_plan_says_what_stands_in_the_way_first() {
    let lines = plan_table(&plan(&shop(), &["n1", "n2"]), PLAIN);
    let expected = "\
refused: needs --delete-emptydir-data --force

node/n1: refused, 2 of 4 pods leave in 2 waves, 1 needs a flag, 1 stays
POD           FATE     WAVE  RETURNS  OWNER
shop/bare     refused        no
  loses the data of emptyDir cache, tmp -> --delete-emptydir-data
  declares no controller: nobody makes it again -> --force
shop/web-1    evict    1     yes      Deployment/web
shop/web-2    evict    2     yes      Deployment/web
  leaves in wave 2: budget shop/web allows 1 at once
shop/proxy-1  skip           yes      DaemonSet/proxy
  is managed by DaemonSet proxy and stays

node/n2: ready, no pods

BUDGET    ALLOWED  NEEDED  VERDICT
shop/web  1        2       waves
  budget shop/web allows 1 at once, the plan needs 2: 2 waves, each when the last one's pods are replaced

order: all nodes are cordoned first, then emptied one after the other as given
  1  n1: how long is not known
  2  n2: nothing has to leave";
    assert_eq!(lines.join("\n"), expected);
}

#[test]
fn lines_break_at_the_terminals_edge_and_commands_do_not() {
    let page = Page {
        width: Some(40),
        ..PLAIN
    };
    let mut cluster = shop();
    cluster.budgets[0] = budget("shop/web")
        .selecting(&[("app", "web")])
        .min_available(Amount::Count(3))
        .counts(3, 3)
        .build();
    let text = plan_table(&plan(&cluster, &["n1"]), page).join("\n");
    let expected = "\
  budget shop/web needs 3 healthy pods
  and has 3: with minAvailable 3 of 3 it
  never lets one go
  -> kubectl scale deployment/web -n shop --replicas=4
";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn names_from_outside_are_cleaned_and_colours_are_ours() {
    let cluster = snapshot()
        .node(node("n1"))
        .pod(pod("shop/a\u{1b}[2Jb").on("n1").mirror())
        .unread("things", "no\u{1b}[31m right")
        .build();
    let colored = Page {
        colors: Colors::On,
        ..PLAIN
    };
    let plain = plan_table(&plan(&cluster, &["n1"]), PLAIN).join("\n");
    assert!(!plain.contains('\u{1b}'), "{plain:?}");
    assert!(plain.contains("shop/a\\u{1b}[2Jb  skip"), "{plain}");
    let shown = plan_table(&plan(&cluster, &["n1"]), colored).join("\n");
    assert!(shown.contains("\u{1b}[2mskip\u{1b}[0m"), "{shown:?}");
    assert!(!shown.contains("\u{1b}[2J"), "{shown:?}");
}

#[test]
fn what_could_not_be_read_is_said() {
    let cluster = snapshot()
        .node(node("n1"))
        .unread("poddisruptionbudgets.policy", "is forbidden")
        .build();
    let text = plan_table(&plan(&cluster, &["n1"]), PLAIN).join("\n");
    let first =
        "unknown: 1 thing could not be read, so nobody knows whether everything can leave\n\n";
    assert!(text.starts_with(first), "{text}");
    let last = "\ncould not be read:\n  poddisruptionbudgets.policy: is forbidden";
    assert!(text.ends_with(last), "{text}");
}

#[test]
fn wide_shows_budgets_grace_and_losses() {
    let page = Page {
        detail: Detail::Wide,
        ..PLAIN
    };
    let lines = plan_table(&plan(&shop(), &["n1"]), page);
    assert!(
        lines.contains(
            &"POD           FATE     WAVE  RETURNS  OWNER            GRACE  BUDGETS   LOSES"
                .to_owned()
        ),
        "{lines:#?}"
    );
    assert!(
        lines.contains(
            &"shop/bare     refused        no                        30s              cache, tmp"
                .to_owned()
        ),
        "{lines:#?}"
    );
}

#[test]
fn lost_pods_and_nodes_that_do_not_report_are_pointed_out() {
    let mut silent = node("n1");
    silent.health = NodeHealth::Unreachable;
    let cluster = snapshot()
        .node(silent)
        .pod(pod("shop/bare").on("n1"))
        .pod(
            pod("shop/done")
                .on("n1")
                .phase(crate::domain::pod::Phase::Succeeded),
        )
        .build();
    let policy = DrainPolicy {
        unmanaged: crate::domain::drain::policy::Consent::Given,
        ..DrainPolicy::default()
    };
    let plan = build(&cluster, &["n1".to_owned()], &policy, now()).expect("the node is there");
    let lines = plan_table(&plan, PLAIN);
    assert_eq!(
        lines[2..4],
        [
            "node/n1: ready, 2 of 2 pods leave, 1 is lost for good",
            "  its kubelet does not report: pods that are asked to leave will not end until it does",
        ]
    );
}
