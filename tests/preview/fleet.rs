//! `fleet`: every node drained alone, on the demo and on the real control plane.

use controlplane::space;
use nodemaint::present::fleet::{FleetReport, Node, Verdict};

use super::{Run, offline, online};
use crate::documents::check;

fn report_of(run: &Run) -> FleetReport {
    assert_eq!((run.code, check(&run.out)), (0, 1), "{run:?}");
    serde_json::from_str(&run.out).unwrap()
}

fn node<'r>(report: &'r FleetReport, name: &str) -> &'r Node {
    report.nodes.iter().find(|node| node.name == name).unwrap()
}

#[test]
fn the_demo_has_every_verdict_but_unknown_and_the_worst_comes_first() {
    let run = offline(&["fleet", "--snapshot", "demo", "-o", "json"]);
    let report = report_of(&run);
    assert_eq!(report.nodes.len(), 12);
    let verdicts: Vec<Verdict> = report.nodes.iter().map(|node| node.verdict).collect();
    assert!(verdicts.is_sorted(), "{verdicts:?}");
    let worker = node(&report, "worker-2");
    assert_eq!(worker.verdict, Verdict::Blocked);
    let blockers = worker.blockers.iter().map(|one| one.name.as_str());
    assert_eq!(blockers.collect::<Vec<&str>>(), ["api", "cart"]);
    assert_eq!(
        worker.flags,
        ["--delete-emptydir-data", "--ignore-daemonsets"]
    );
}

#[test]
fn the_table_and_the_names_tell_the_same_as_the_document() {
    let report = report_of(&offline(&["fleet", "--snapshot", "demo", "-o", "json"]));
    let table = offline(&["fleet", "--snapshot", "demo"]).out;
    assert!(table.starts_with("12 nodes: "), "{table}");
    let names = offline(&["fleet", "--snapshot", "demo", "-o", "name"]).out;
    let free = report
        .nodes
        .iter()
        .filter(|node| matches!(node.verdict, Verdict::Ready | Verdict::Waves));
    let expected: String = free.map(|node| format!("node/{}\n", node.name)).collect();
    assert_eq!(names, expected);
    let widest = table.lines().map(|line| line.chars().count()).max();
    assert!(widest.unwrap_or(0) <= 100, "{table}");
}

#[test]
fn a_selector_that_selects_nothing_and_one_that_is_none_are_told() {
    let run = offline(&["fleet", "--snapshot", "demo", "-l", "pool=none"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert_eq!(
        run.err.lines().next(),
        Some("error: no node matches the selector \"pool=none\"")
    );
    let run = offline(&["fleet", "--snapshot", "demo", "-l", "pool in"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(run.err.contains("\"pool in\""), "{}", run.err);
}

#[test]
fn a_live_fleet_says_what_each_drain_alone_says() {
    let space = space("fleet");
    let [a, b] = space.nodes(["a", "b"]);
    space.deployment("web").replicas(2).on(&a).create_ready();
    space.budget("web").min_available(2).create_allowing(0);
    // The nodes of other tests come and go, and their pods with them: these two are asked for by label.
    let selector = format!("kubernetes.io/hostname in ({},{})", a.name(), b.name());
    let run = online(
        &space.kubeconfig(),
        &["fleet", "-l", &selector, "-o", "json"],
    );
    let report = report_of(&run);
    assert_eq!(report.nodes.len(), 2, "{report:#?}");
    let blocked = node(&report, a.name());
    assert_eq!((blocked.verdict, blocked.blocked), (Verdict::Blocked, 2));
    assert_eq!(blocked.blockers[0].name, "web");
    assert_eq!(node(&report, b.name()).verdict, Verdict::Ready);
}

#[test]
fn a_plan_for_a_ticket_is_markdown() {
    let args = [
        "preview",
        "drain",
        "worker-2",
        "--snapshot",
        "demo",
        "-o",
        "markdown",
    ];
    let run = offline(&args);
    assert_eq!(run.code, 3);
    assert!(
        run.out.starts_with("# Drain of worker-2\n\n**refused: "),
        "{}",
        run.out
    );
    assert!(
        run.out.contains("| shop/web | 2 | 3 | waves |"),
        "{}",
        run.out
    );
}
