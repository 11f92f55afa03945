//! Taints of nodes as they look on a page.

use super::super::plan_table::Detail;
use super::super::style::Colors;
use super::*;
use crate::domain::mark::Mark;
use crate::domain::node::{ListWrite, Node, Scheduling};
use crate::domain::taint::survey::{Filter, survey};
use crate::domain::taint::toleration::Comparisons;
use crate::testing::{SnapshotBuilder, node, now, pod, snapshot, taint, tolerates};

const PLAIN: Page = Page {
    colors: Colors::Off,
    width: None,
    detail: Detail::Normal,
};

fn ago(seconds: i64) -> Timestamp {
    Timestamp::from_second(now().as_second() - seconds).unwrap()
}

fn cluster() -> SnapshotBuilder {
    let mut cordoned = node("n1");
    cordoned.scheduling = Scheduling::Disabled;
    let mark = Mark::new("ada", ago(7200), Some("disk"), None);
    for (key, value) in mark.annotations() {
        cordoned
            .annotations
            .extend(value.map(|value| (key.to_owned(), value)));
    }
    cordoned.taints = vec![
        Taint {
            time_added: Some(ago(7200)),
            ..taint("node.kubernetes.io/unschedulable", "", Effect::NoSchedule)
        },
        Taint {
            time_added: Some(ago(60)),
            ..taint("repair", "", Effect::NoExecute)
        },
    ];
    let dedicated = Node {
        taints: vec![taint("dedicated", "db", Effect::PreferNoSchedule)],
        taints_written: Some(ListWrite {
            by: "kubectl-taint".to_owned(),
            at: ago(90_000),
        }),
        ..node("n2")
    };
    let aged = |name: &str| {
        let mut pod = pod(name).on("n1");
        pod = pod.tolerating(&[tolerates("repair", Some(300))]);
        let mut pod = pod.build();
        pod.created = Some(ago(9000));
        pod
    };
    snapshot()
        .node(cordoned)
        .node(dedicated)
        .node(node("n3"))
        .node(node("n4"))
        .pod(pod("shop/now").on("n1"))
        .pod(aged("shop/later"))
        .pod(
            pod("shop/stays")
                .on("n1")
                .tolerating(&[tolerates("", None)]),
        )
        .pod(pod("shop/db").on("n2"))
}

fn found(filter: &Filter) -> Survey {
    let cluster = cluster().build();
    let names: Vec<String> = cluster.nodes.keys().cloned().collect();
    survey(&cluster, &names, filter, Comparisons::Off)
}

#[test]
fn each_taint_is_described_with_age_origin_who_tolerates_it_and_who_leaves() {
    let expected = "\
node/n1: Ready, SchedulingDisabled (by ada since 2025-12-31T22:00:00Z: disk), 3 pods
  node.kubernetes.io/unschedulable:NoSchedule
    Age:        2h (since 2025-12-31T22:00:00Z)
    Origin:     node lifecycle controller: the node is cordoned; cordoned by ada since 2025-12-31T22:00:00Z: disk
    Tolerated:  by 1 of 3 pods: 1 by every key
    Leaves:     nobody; the next pods like 2 of them cannot come
  repair:NoExecute
    Age:        1m (since 2025-12-31T23:59:00Z)
    Origin:     not one of Kubernetes' own keys
    Tolerated:  by 2 of 3 pods: 1 by repair for 5m, 1 by every key
    Leaves:     shop/later in 4m, shop/now now

node/n2: Ready, 1 pod
  dedicated=db:PreferNoSchedule
    Age:        1d1h or more (the node's list of taints was last written 2025-12-30T23:00:00Z)
    Origin:     not one of Kubernetes' own keys; the list was last written by kubectl-taint
    Tolerated:  by none of 1 pod
    Leaves:     nobody; the next pods like 1 of them go elsewhere where there is room

2 nodes more: no taints";
    assert_eq!(
        described(&found(&Filter::default()), PLAIN).join("\n"),
        expected
    );
}

#[test]
fn nodes_stand_against_taints() {
    let expected = "\
NODE  1  2  3
n1    .  x  x
n2    x  .  .
2 nodes without one

  1  dedicated=db:PreferNoSchedule (1 node)
  2  node.kubernetes.io/unschedulable:NoSchedule (1 node)
  3  repair:NoExecute (1 node)";
    assert_eq!(grid(&found(&Filter::default()), PLAIN).join("\n"), expected);
}

#[test]
fn a_filter_that_finds_nothing_says_so() {
    let filter = Filter {
        keys: vec!["nope".to_owned()],
        effects: Vec::new(),
    };
    assert_eq!(
        described(&found(&filter), PLAIN),
        ["4 nodes: no such taint"]
    );
    assert_eq!(grid(&found(&filter), PLAIN), ["4 nodes without a taint"]);
}

#[test]
fn lines_break_in_their_column() {
    let narrow = Page {
        width: Some(80),
        ..PLAIN
    };
    let lines = described(&found(&Filter::default()), narrow);
    assert!(
        lines.iter().skip(1).all(|line| line.chars().count() <= 80),
        "{lines:#?}"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("                ")),
        "{lines:#?}"
    );
}
