//! Batches of nodes and how long they take.

use super::tests::{shop, web, web_budget};
use super::*;
use crate::domain::drain::policy::DrainPolicy;
use crate::domain::snapshot::Snapshot;
use crate::testing::{node, now};

fn drain(snapshot: &Snapshot, names: &[&str], max_parallel: usize) -> DrainPlan {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let site = Site {
        max_parallel,
        ..Site::default()
    };
    build_at(snapshot, &names, &DrainPolicy::default(), now(), site).expect("the nodes are there")
}

fn told(plan: &DrainPlan) -> Vec<(String, i64, Option<i64>)> {
    let batches = plan.course.batches.iter();
    batches
        .map(|batch| (batch.nodes.join(" "), batch.span.least, batch.span.most))
        .collect()
}

/// Three nodes with one pod each, ready after 20 s and with a grace of 30 s, of which one may be away.
fn three() -> Snapshot {
    let web = |name: &str, on: &str| web(name, on).ready_after(20).grace(30);
    shop()
        .node(node("n3"))
        .pod(web("web-1", "n1"))
        .pod(web("web-2", "n2"))
        .pod(web("web-3", "n3"))
        .budget(web_budget(2, 3, 3))
        .build()
}

#[test]
fn nodes_follow_each_other_and_each_waits_for_the_replacements_of_the_last() {
    let plan = drain(&three(), &["n1", "n2", "n3"], 0);
    assert_eq!(plan.course.max_parallel, 1);
    assert_eq!(
        told(&plan),
        [
            ("n1".to_owned(), 20, Some(30)),
            ("n2".to_owned(), 20, Some(30)),
            ("n3".to_owned(), 0, Some(30)),
        ]
    );
    assert_eq!((plan.span.least, plan.span.most), (40, Some(90)));
}

#[test]
fn several_at_once_share_what_the_budget_gives() {
    let plan = drain(&three(), &["n3", "n1", "n2"], 2);
    let batches: Vec<String> = told(&plan).into_iter().map(|one| one.0).collect();
    assert_eq!(batches, ["n3 n1", "n2"]);
    let all = drain(&three(), &["n1", "n2", "n3"], 5);
    assert_eq!(told(&all), [("n1 n2 n3".to_owned(), 40, Some(70))]);
    assert_eq!(all.span, all.course.batches[0].span);
}

#[test]
fn a_wave_over_two_batches_is_waited_for_once() {
    let snapshot = shop()
        .node(node("n3"))
        .pod(web("web-1", "n1").ready_after(20).grace(30))
        .pod(web("web-2", "n2").ready_after(20).grace(30))
        .pod(web("web-3", "n3").ready_after(20).grace(30))
        .budget(web_budget(1, 3, 3))
        .build();
    let plan = drain(&snapshot, &["n1", "n2", "n3"], 1);
    let waves: Vec<Option<u32>> = plan.pods().map(|pod| pod.wave).collect();
    assert_eq!(waves, [Some(1), Some(1), Some(2)]);
    assert_eq!(plan.span.least, 20);
}
