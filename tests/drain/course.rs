//! Several nodes in an order, and several at the same time, on the real control plane.

use controlplane::{Space, space};
use serde_json::Value;

use crate::preview::{Run, online};

/// The events of a drain of these nodes whose pods take three seconds to end.
fn events(space: &Space, nodes: &[&str], flags: &[&str]) -> Vec<Value> {
    let args = [
        &["drain", "--yes", "--force", "-o", "json", "--timeout=60s"],
        nodes,
        flags,
    ]
    .concat();
    let Run { code, out, err } = online(&space.kubeconfig(), &args);
    assert_eq!(code, 0, "{out}{err}");
    let lines = out.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.collect()
}

fn position(events: &[Value], kind: &str, node: &str) -> usize {
    let found = events
        .iter()
        .position(|event| event["type"] == kind && event["node"] == node);
    found.unwrap_or_else(|| panic!("no {kind} of {node}: {events:#?}"))
}

fn scene(hint: &str) -> (Space, [String; 3]) {
    let space = space(hint);
    let nodes = space.nodes(["a", "b", "c"]);
    for node in &nodes {
        space
            .pod(&format!("on-{}", node.name()))
            .on(node)
            .gone_after("3s")
            .create_ready();
    }
    let names = nodes.map(|node| node.name().to_owned());
    (space, names)
}

#[test]
fn two_at_a_time_are_emptied_beside_each_other_and_the_third_follows() {
    let (space, [a, b, c]) = scene("course_parallel");
    let events = events(
        &space,
        &[&c, &b, &a],
        &["--max-parallel", "2", "--order", "name"],
    );
    let drained = |node: &str| position(&events, "nodeDrained", node);
    let evicting = |node: &str| position(&events, "evicting", node);
    assert!(evicting(&b) < drained(&a), "{events:#?}");
    assert!(evicting(&a) < drained(&b), "{events:#?}");
    assert!(
        evicting(&c) > drained(&a) && evicting(&c) > drained(&b),
        "{events:#?}"
    );
    assert_eq!(events.last().unwrap()["type"], "summary");
    assert_eq!(events.last().unwrap()["evicted"], 3);
}

#[test]
fn without_the_flag_one_node_follows_the_other_in_the_order_asked_for() {
    let (space, [a, b, c]) = scene("course_order");
    let events = events(&space, &[&c, &a, &b], &["--order", "name"]);
    let drained = |node: &str| position(&events, "nodeDrained", node);
    let evicting = |node: &str| position(&events, "evicting", node);
    assert!(
        drained(&a) < evicting(&b) && drained(&b) < evicting(&c),
        "{events:#?}"
    );
}

#[test]
fn a_budget_over_nodes_that_are_emptied_at_once_is_kept() {
    let space = space("course_budget");
    let [a, b, _c] = space.nodes(["a", "b", "c"]);
    space.deployment("web").replicas(4).create_ready();
    space.budget("web").min_available(3).create_allowing(1);
    let events = events(&space, &[a.name(), b.name()], &["--max-parallel", "2"]);
    let summary = events.last().unwrap();
    assert_eq!(
        (&summary["type"], &summary["exitCode"]),
        (&"summary".into(), &0.into())
    );
    assert!(space.pods_on(a.name()).is_empty() && space.pods_on(b.name()).is_empty());
}
