//! `describe`: on the demo, on the real control plane, and next to `kubectl describe node`.

mod figures;
mod live;

use nodemaint::present::node_description::{Cause, Node, NodeDescription, Pod};

use crate::preview::{Run, offline, piped};

fn description_of(run: &Run) -> NodeDescription {
    serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {run:?}"))
}

/// The only node of a description.
fn only(run: &Run) -> Node {
    let [node] = description_of(run).nodes.try_into().expect("one node");
    node
}

fn pod<'a>(node: &'a Node, name: &str) -> &'a Pod {
    let found = node.pods.iter().find(|pod| pod.name.starts_with(name));
    found.unwrap_or_else(|| panic!("no pod {name} in {node:#?}"))
}

fn causes(pod: &Pod) -> Vec<Cause> {
    pod.findings.iter().map(|finding| finding.cause).collect()
}

/// arguments after `describe`, exit code, first line of standard error
type Row<'a> = (&'a [&'a str], i32, &'a str);

#[test]
fn wrong_usage_is_told_exactly() {
    let table: &[Row] = &[
        (&[], 2, "error: USAGE: describe NODE [flags]"),
        (
            &["worker-2", "nope", "neither", "--snapshot", "demo"],
            1,
            "Error from server (NotFound): nodes \"nope\" not found",
        ),
        (
            &["worker-2", "-l", "a=b", "--snapshot", "demo"],
            2,
            "error: cannot specify both a node name and a --selector option",
        ),
        (
            &["worker-2", "--snapshot", "demo", "--context", "prod"],
            2,
            "error: --context belongs to a live cluster; with --snapshot nothing is connected to",
        ),
        (
            &["worker-2", "--snapshot", ""],
            2,
            "error: --snapshot is empty: name a file, '-' or 'demo'",
        ),
    ];
    for (args, code, message) in table {
        let all: Vec<&str> = ["describe"].iter().chain(*args).copied().collect();
        let run = offline(&all);
        assert_eq!((run.code, run.out.as_str()), (*code, ""), "{args:?}");
        assert_eq!(run.err.lines().next(), Some(*message), "{args:?}");
    }
}

#[test]
fn every_node_of_the_demo_can_be_described_and_rows_fit_a_page() {
    let demo = nodemaint::adapters::files::demo().unwrap();
    for name in demo.nodes.keys() {
        let run = offline(&["describe", name, "--snapshot", "demo"]);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{run:?}");
        assert!(run.out.starts_with("Name: "), "{}", run.out);
        assert!(
            run.out
                .contains("\nEvents:\n  not known: the file holds no events")
        );
        let json = offline(&["describe", name, "--snapshot", "demo", "-o", "json"]);
        let plan = [
            "preview",
            "drain",
            name,
            "--ignore-daemonsets",
            "--scope",
            "node",
        ];
        let plan: Vec<&str> = plan
            .into_iter()
            .chain(["--snapshot", "demo", "-o", "json"])
            .collect();
        let plan: nodemaint::present::drain_plan::DrainPlan =
            serde_json::from_str(&offline(&plan).out).unwrap();
        let node = only(&json);
        assert_eq!(node.verdict, plan.nodes[0].verdict, "{name}");
        let fates = node.pods.iter().map(|pod| (&pod.name, pod.fate, pod.wave));
        let planned = plan.nodes[0]
            .pods
            .iter()
            .map(|pod| (&pod.name, pod.fate, pod.wave));
        assert!(fates.eq(planned), "{name}");
    }
}

#[test]
fn several_nodes_come_in_the_order_given_and_by_selector() {
    let run = offline(&[
        "describe",
        "worker-3",
        "node/worker-1",
        "--snapshot",
        "demo",
        "-o",
        "json",
    ]);
    let names: Vec<String> = description_of(&run)
        .nodes
        .into_iter()
        .map(|n| n.name)
        .collect();
    assert_eq!(names, ["worker-3", "worker-1"]);
    let table = offline(&["describe", "worker-3", "worker-1", "--snapshot", "demo"]);
    assert!(table.out.contains("\n\nName:"), "{}", table.out);
    let yaml = offline(&["describe", "worker-3", "--snapshot", "demo", "-o", "yaml"]);
    assert!(yaml.out.contains("kind: NodeDescription"), "{}", yaml.out);
}

#[test]
fn standard_input_is_read_once_and_tells_all_it_holds() {
    let text = r#"{"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}, "status": {"allocatable": {"cpu": "2"},
          "conditions": [{"type": "Ready", "status": "True"}]}},
        {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e", "namespace": "default"},
          "involvedObject": {"kind": "Node", "name": "n1"}, "type": "Warning", "reason": "Rebooted", "message": "it was",
          "lastTimestamp": "2026-01-01T00:00:00Z"},
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "s"}, "spec": {"nodeName": "n1",
          "containers": [{"name": "main", "resources": {"requests": {"cpu": "500m"}}}]},
          "status": {"phase": "Pending", "containerStatuses": [{"name": "main",
            "state": {"waiting": {"reason": "ErrImagePull", "message": "no such host"}}}]}}]}"#;
    let run = piped(&["describe", "n1", "--snapshot", "-", "-o", "json"], text);
    let node = only(&run);
    assert_eq!(node.events.as_ref().unwrap()[0].reason, "Rebooted");
    assert_eq!(node.attachments, None);
    assert_eq!(node.allocated[0].requests.percent, Some(25));
    assert_eq!(causes(pod(&node, "p")), [Cause::ImagePull]);
    assert!(
        pod(&node, "p").findings[0]
            .message
            .ends_with(": no such host")
    );
    let unread: Vec<&str> = node
        .unread
        .iter()
        .map(|unread| unread.what.as_str())
        .collect();
    assert_eq!(
        unread,
        [
            "poddisruptionbudgets.policy",
            "volumeattachments.storage.k8s.io"
        ]
    );
}
