//! Which nodes are planned, and what their verdicts come to.

use super::tests::{plan, shop, web};
use super::*;
use crate::domain::drain::policy::DrainPolicy;
use crate::domain::node::Scheduling;
use crate::testing::{node, now, pod};

#[test]
fn each_node_has_its_own_verdict_and_the_plan_the_gravest() {
    let snapshot = shop()
        .pod(web("web-1", "n1"))
        .pod(pod("shop/bare").on("n2"))
        .build();
    let plan = plan(&snapshot, &["n1", "n2"]);
    let verdicts: Vec<Verdict> = plan.nodes.iter().map(|n| n.verdict).collect();
    assert_eq!(verdicts, [Verdict::Ready, Verdict::Refused]);
    assert_eq!(plan.verdict, Verdict::Refused);
}

#[test]
fn unknown_nodes_are_all_named_and_nothing_is_planned() {
    let names = ["n1", "nope", "n2", "neither"].map(str::to_owned);
    let error = build(&shop().build(), &names, &DrainPolicy::default(), now())
        .expect_err("two nodes are missing");
    assert_eq!(error.names, ["nope", "neither"]);
    assert_eq!(
        error.to_string(),
        r#"nodes "nope" not found, nodes "neither" not found"#
    );
}

#[test]
fn a_node_named_twice_is_planned_once() {
    let mut cordoned = node("n1");
    cordoned.scheduling = Scheduling::Disabled;
    let snapshot = shop().node(cordoned).pod(web("web-1", "n1")).build();
    let plan = plan(&snapshot, &["n1", "n1"]);
    assert_eq!(plan.nodes.len(), 1);
    assert!(plan.nodes[0].cordoned);
}
