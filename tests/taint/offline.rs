//! `preview taint` and `taint show` without a cluster: the demo, files, and everything that can be typed wrongly.

use nodemaint::present::taint_plan::{Entry, Fate, TaintPlan, Verdict};
use nodemaint::present::taint_report::TaintReport;

use crate::preview::{Run, offline, piped};

fn demo(words: &[&str]) -> Run {
    offline(&[words, &["--snapshot", "demo"]].concat())
}

/// The plan; the demo holds an owner that may not be read, so one that is about its pods is incomplete.
fn plan(words: &[&str]) -> TaintPlan {
    let run = demo(&[&["preview", "taint"], words, &["-o", "json"]].concat());
    let plan: TaintPlan =
        serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {}{}", run.out, run.err));
    assert_eq!(
        run.code,
        if plan.complete { 0 } else { 3 },
        "{:?}",
        plan.unread
    );
    plan
}

#[test]
fn the_demo_tells_who_leaves_and_which_budgets_break() {
    let plan = plan(&["worker-2", "maintenance=true:NoExecute"]);
    assert_eq!(plan.verdict, Verdict::BreaksBudgets);
    assert!(plan.complete);
    assert_eq!(
        plan.undo,
        ["kubectl nodemaint taint remove worker-2 maintenance=true:NoExecute"]
    );
    let node = &plan.nodes[0];
    assert_eq!((node.before.len(), node.after.len()), (0, 1));
    let number = |fate| node.pods.iter().filter(|pod| pod.fate == fate).count();
    assert_eq!(
        (
            number(Fate::LeavesNow),
            number(Fate::LeavesLater),
            number(Fate::Stays)
        ),
        (9, 0, 3)
    );
    let broken: Vec<&str> = plan
        .budgets
        .iter()
        .filter(|budget| budget.broken)
        .map(|budget| budget.name.as_str())
        .collect();
    assert_eq!(broken, ["api", "cart", "web"]);
    let web = node
        .pods
        .iter()
        .find(|pod| pod.name.starts_with("web-"))
        .unwrap();
    assert_eq!(web.budgets_ignored, ["shop/web"]);
    assert_eq!(web.taint.as_ref().unwrap().key, "maintenance");
    assert_eq!((web.after_seconds, web.latest_seconds), (Some(0), Some(0)));
}

#[test]
fn a_taint_that_is_taken_away_lets_pods_in_that_it_alone_kept_out() {
    let plan = plan(&["worker-7", "dedicated-"]);
    assert_eq!(plan.verdict, Verdict::NothingLeaves);
    let pending = plan.nodes[0].pending.as_ref().unwrap();
    let names: Vec<_> = pending
        .iter()
        .map(|pod| (pod.name.as_str(), pod.entry))
        .collect();
    assert_eq!(names, [("images-pd7558-ng2tn", Entry::LetIn)]);
    assert_eq!(
        plan.undo,
        ["kubectl nodemaint taint add worker-7 dedicated=gpu:NoSchedule"]
    );
}

#[test]
fn a_value_that_is_replaced_needs_to_be_asked_for() {
    let words = ["preview", "taint", "worker-7", "dedicated=db:NoSchedule"];
    let refused = demo(&words);
    assert_eq!(
        (refused.code, refused.out.as_str(), refused.err.as_str()),
        (
            3,
            "",
            "error: node worker-7 already has dedicated taint(s) with same effect(s) and --overwrite is false\n\
             nothing was changed; refused by worker-7\n\
             hint: node worker-7 has dedicated=gpu:NoSchedule\n"
        )
    );
    let plan = plan(&["worker-7", "dedicated=db:NoSchedule", "--overwrite"]);
    assert_eq!(
        plan.undo,
        ["kubectl nodemaint taint add worker-7 dedicated=gpu:NoSchedule --overwrite"]
    );
    let there = demo(&["preview", "taint", "worker-7", "dedicated=gpu:NoSchedule"]);
    assert_eq!(there.code, 0);
    assert!(
        there
            .out
            .starts_with("unchanged: the taints are so already\n"),
        "{there:?}"
    );
}

#[test]
fn every_form_of_output_is_written() {
    let words = ["preview", "taint", "worker-2", "worker-3", "m:NoExecute"];
    let table = demo(&words);
    assert!(table.out.starts_with("breaks budgets: "), "{table:?}");
    let wide = demo(&[&words[..], &["-o", "wide"]].concat());
    assert!(wide.out.contains("BUDGETS NOT ASKED"), "{wide:?}");
    let yaml = demo(&[&words[..], &["-o", "yaml"]].concat());
    assert!(
        yaml.out
            .starts_with("apiVersion: nodemaint.dev/v1alpha1\nkind: TaintPlan\n"),
        "{yaml:?}"
    );
    let names = demo(&[&words[..], &["-o", "name"]].concat());
    assert!(
        names.out.lines().all(|line| line.starts_with("pod/")),
        "{names:?}"
    );
    let json = plan(&["worker-2", "worker-3", "m:NoExecute"]);
    let leaving = json.nodes.iter().flat_map(|node| &node.pods);
    let leaving = leaving.filter(|pod| pod.fate != Fate::Stays).count();
    assert_eq!(names.out.lines().count(), leaving);
}

#[test]
fn a_plan_is_written_for_all_nodes_and_for_a_selector() {
    let all = plan(&["--all", "m:NoExecute"]);
    let selected = plan(&["-l", "pool=general", "m:NoExecute"]);
    assert!(all.nodes.len() > selected.nodes.len());
    let batch = &all.batches[0];
    assert!(
        batch.pods > 30 && batch.last_seconds > batch.first_seconds,
        "{batch:?}"
    );
}

#[test]
fn the_plan_of_a_file_is_that_of_standard_input() {
    let text = offline(&["snapshot", "--help"]);
    assert_eq!(text.code, 0);
    let cluster = "apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: Node, metadata: {name: a, uid: u}}
  - apiVersion: v1
    kind: Pod
    metadata: {name: p, namespace: s, uid: p, ownerReferences: []}
    spec: {nodeName: a, tolerations: [{key: m, operator: Exists, effect: NoExecute, tolerationSeconds: 90}], containers: [{name: c}]}
    status: {phase: Running}
  - {apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: b, namespace: s}, spec: {}}
";
    let words = [
        "preview",
        "taint",
        "a",
        "m:NoExecute",
        "-o",
        "json",
        "--snapshot",
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cluster.yaml");
    std::fs::write(&path, cluster).unwrap();
    let file = offline(&[&words[..], &[path.to_str().unwrap()]].concat());
    let input = piped(&[&words[..], &["-"]].concat(), cluster);
    let read = |run: &Run| -> TaintPlan {
        serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {run:?}"))
    };
    let (file, input) = (read(&file), read(&input));
    assert_eq!(file.nodes, input.nodes);
    let pod = &file.nodes[0].pods[0];
    assert_eq!((pod.fate, pod.after_seconds), (Fate::LeavesLater, Some(90)));
    assert_eq!(pod.tolerations[0].toleration_seconds, Some(90));
}

#[test]
fn wrong_words_are_told_with_the_way_out() {
    let see = "\nSee 'kubectl nodemaint taint -h' for help and examples\n";
    for (words, code, message) in [
        (vec!["nope", "a:NoSchedule"], 1, "Error from server (NotFound): nodes \"nope\" not found\n".to_owned()),
        (vec!["worker-2"], 2, format!("error: at least one taint update is required{see}")),
        (vec!["worker-2", "a"], 2, format!("error: at least one taint update is required{see}")),
        (
            vec!["worker-2", "a:NoExcute"],
            2,
            format!("error: invalid taint effect: NoExcute, unsupported taint effect{see}"),
        ),
        (
            vec!["worker-2", "a=b=c:NoExecute"],
            2,
            format!("error: invalid taint spec: a=b=c:NoExecute{see}"),
        ),
        (
            vec!["worker-2", "a:NoExecute", "worker-3"],
            2,
            "error: all resources must be specified before taint changes: worker-3\n".to_owned(),
        ),
        (
            vec!["worker-2", "a:NoExecute", "a-"],
            2,
            "error: can not both modify and remove the following taint(s) in the same command: a=\n".to_owned(),
        ),
        (
            vec!["worker-7", "gone-"],
            3,
            "error: taint \"gone\" not found\nnothing was changed; refused by worker-7\nhint: node worker-7 has dedicated=gpu:NoSchedule\n"
                .to_owned(),
        ),
        (
            vec!["worker-2", "gone:NoExecute-"],
            3,
            "error: taint \"gone:NoExecute\" not found\nnothing was changed; refused by worker-2\nhint: node worker-2 has no taints\n"
                .to_owned(),
        ),
        (
            vec!["worker-7", "dedicated=db:NoSchedule-"],
            3,
            "error: taint \"dedicated=db:NoSchedule\" not found: \"dedicated:NoSchedule\" is there with the value \"gpu\"\n\
             nothing was changed; refused by worker-7\nhint: node worker-7 has dedicated=gpu:NoSchedule\n"
                .to_owned(),
        ),
        (
            vec!["worker-2", "a:NoExecute", "--feature-gates", "Other=true"],
            2,
            "error: --feature-gates \"Other=true\": the gate that matters here is TaintTolerationComparisonOperators\n".to_owned(),
        ),
        (
            vec!["worker-2", "a:NoExecute", "--context", "x"],
            2,
            "error: --context belongs to a live cluster; with --snapshot nothing is connected to\n".to_owned(),
        ),
    ] {
        let run = demo(&[&["preview", "taint"], &words[..]].concat());
        assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (code, "", message.as_str()), "{words:?}");
    }
}

#[test]
fn the_taints_of_the_demo_are_shown() {
    let one = demo(&["taint", "show", "worker-9"]);
    assert_eq!(one.code, 0);
    for part in [
        "node/worker-9: NotReady (its kubelet does not report), 5 pods\n",
        "  node.kubernetes.io/unreachable:NoExecute\n    Age:        9m (since 2026-01-15T02:51:00Z)\n",
        "Origin:     node lifecycle controller: the node's Ready condition is Unknown",
        "Tolerated:  by 3 of 5 pods: 3 by every key\n",
        "Leaves:     logging/loki-2 now",
    ] {
        assert!(one.out.contains(part), "{part}\n{}", one.out);
    }
    let filtered = demo(&[
        "taint",
        "show",
        "--key",
        "dedicated",
        "--effect",
        "NoSchedule",
        "-o",
        "json",
    ]);
    let report: TaintReport = serde_json::from_str(&filtered.out).unwrap();
    let with: Vec<&str> = report
        .nodes
        .iter()
        .filter(|node| !node.taints.is_empty())
        .map(|node| node.name.as_str())
        .collect();
    assert_eq!(with, ["worker-7"]);
    let grid = demo(&["taint", "show", "-o", "wide"]);
    assert!(
        grid.out.starts_with("NODE             1  2  3  4  5\n"),
        "{grid:?}"
    );
    assert!(grid.out.lines().all(|line| line.len() <= 100));
    let yaml = demo(&["taint", "show", "worker-1", "-o", "yaml"]);
    assert!(yaml.out.contains("kind: TaintReport\n"), "{yaml:?}");
    let unknown = demo(&["taint", "show", "nope"]);
    assert_eq!(
        (unknown.code, unknown.err.as_str()),
        (
            1,
            "Error from server (NotFound): nodes \"nope\" not found\n"
        )
    );
    let effect = demo(&["taint", "show", "--effect", "NoExcute"]);
    assert_eq!(effect.code, 2);
    assert!(effect.err.contains("NoExecute"), "{effect:?}");
}

#[test]
fn greater_and_less_count_where_the_gate_is_said_to_be_on() {
    let cluster = r#"{"apiVersion": "v1", "kind": "List", "items": [
      {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a", "uid": "u"}},
      {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "s", "uid": "p"},
       "spec": {"nodeName": "a", "tolerations": [{"key": "load", "operator": "Gt", "value": "5", "effect": "NoExecute"}]},
       "status": {"phase": "Running"}}]}"#;
    let words = [
        "preview",
        "taint",
        "a",
        "load=7:NoExecute",
        "-o",
        "json",
        "--snapshot",
        "-",
    ];
    let fate = |more: &[&str]| {
        let run = piped(&[&words[..], more].concat(), cluster);
        let plan: TaintPlan =
            serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {run:?}"));
        assert!(!plan.complete, "the file has no budgets");
        assert_eq!(run.code, 3);
        plan.nodes[0].pods[0].fate
    };
    assert_eq!(fate(&[]), Fate::LeavesNow);
    let on = "--feature-gates=TaintTolerationComparisonOperators=true";
    assert_eq!(fate(&[on]), Fate::Stays);
}
