//! The demo cluster and files on the command line; files that are none.

use super::{offline, piped, plan_of, pod};
use nodemaint::present::drain_plan::{BudgetVerdict, Code, Fate, Verdict};
use serde_json::{Value, json};

const DEMO: &str = "preview drain worker-2 --snapshot demo";

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

#[test]
fn the_demo_shows_a_plan_and_says_with_its_exit_code_that_something_stays() {
    let run = offline(&words(DEMO));
    assert_eq!((run.code, run.err.as_str()), (3, ""));
    let lines: Vec<&str> = run.out.lines().take(4).collect();
    assert_eq!(
        lines,
        [
            "refused: needs --delete-emptydir-data --ignore-daemonsets; 2 pods cannot leave even then",
            "  kept by shop/api (never), shop/cart (waiting) -> kubectl scale deployment/api -n shop --replicas=5",
            "",
            "node/worker-2: refused, 6 of 12 pods leave in 2 waves, 4 need a flag, 2 are blocked",
        ]
    );
}

#[test]
fn a_plan_that_can_be_carried_out_ends_with_0() {
    let run = offline(&words(
        "preview drain control-plane-1 --snapshot demo --ignore-daemonsets",
    ));
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(run.out.lines().next(), Some("ready: nothing has to leave"));
}

#[test]
fn output_forms_tell_the_same_plan() {
    let json = offline(&words(&format!("{DEMO} -o json")));
    let plan = plan_of(&json);
    assert_eq!((json.code, plan.verdict), (3, Verdict::Refused));
    let yaml = offline(&words(&format!("{DEMO} -o yaml")));
    let from_yaml: Value = serde_saphyr::from_str(&yaml.out).unwrap();
    assert_eq!(from_yaml, serde_json::from_str::<Value>(&json.out).unwrap());
    let name = offline(&words(&format!("{DEMO} -o name")));
    let leaving: Vec<String> = plan.nodes[0]
        .pods
        .iter()
        .filter(|pod| matches!(pod.fate, Fate::Evict | Fate::Delete))
        .map(|pod| format!("pod/{}", pod.name))
        .collect();
    assert_eq!(name.out.lines().collect::<Vec<_>>(), leaving);
    let wide = offline(&words(&format!("{DEMO} -o wide")));
    assert!(wide.out.contains("GRACE") && wide.out.contains("sessions, cache (Memory, 128Mi)"));
}

#[test]
fn budgets_are_spent_over_all_named_nodes() {
    let alone = offline(&words("preview drain worker-4 --snapshot demo -o json"));
    let both = offline(&words(
        "preview drain worker-2 worker-4 --snapshot demo -o json",
    ));
    let wave = |run| {
        let plan = plan_of(&run);
        let node = plan
            .nodes
            .iter()
            .find(|node| node.name == "worker-4")
            .unwrap();
        let web = node
            .pods
            .iter()
            .find(|pod| pod.name.starts_with("web-") && pod.namespace == "shop");
        web.unwrap().wave
    };
    assert_eq!(wave(alone), Some(1));
    assert_eq!(wave(both), Some(2), "worker-2 spends the first wave");
}

/// A budget of the demo's `shop` namespace with another status.
fn cluster_with_budget(status: Value) -> String {
    let labels = json!({"app": "web"});
    let owner = json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "r", "controller": true}]);
    json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1", "uid": "n"}},
        {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web", "namespace": "shop", "uid": "r"},
         "spec": {"replicas": 3}},
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1", "namespace": "shop", "uid": "p", "labels": labels,
         "ownerReferences": owner}, "spec": {"nodeName": "n1"},
         "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}},
        {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web", "namespace": "shop", "generation": 2},
         "spec": {"minAvailable": 2, "selector": {"matchLabels": labels}}, "status": status}]})
    .to_string()
}

#[test]
fn failure_27_a_stale_budget_is_not_trusted() {
    let stale = json!({"observedGeneration": 1, "disruptionsAllowed": 1, "currentHealthy": 3, "desiredHealthy": 2, "expectedPods": 3});
    let run = piped(
        &words("preview drain n1 --snapshot - -o json"),
        &cluster_with_budget(stale),
    );
    let plan = plan_of(&run);
    assert_eq!((run.code, plan.verdict), (3, Verdict::Blocked));
    assert_eq!(pod(&plan, "web-1").reasons[0].code, Code::BudgetStale);
    assert_eq!(plan.budgets[0].verdict, BudgetVerdict::Stale);
}

#[test]
fn failure_27_evictions_under_way_are_waited_for() {
    let busy = json!({"observedGeneration": 2, "disruptionsAllowed": 0, "currentHealthy": 2, "desiredHealthy": 2, "expectedPods": 3,
        "disruptedPods": {"web-9": "2026-01-01T00:00:00Z"}});
    let run = piped(
        &words("preview drain n1 --snapshot - -o json"),
        &cluster_with_budget(busy),
    );
    let plan = plan_of(&run);
    assert_eq!(plan.budgets[0].verdict, BudgetVerdict::Waiting);
    assert_eq!(
        plan.budgets[0].message,
        "budget shop/web needs 2 healthy pods and has 2: waits until 1 evicted before is replaced"
    );
}

#[test]
fn a_snapshot_of_a_newer_server_is_read_and_the_rules_that_judge_it_are_named() {
    let demo = include_str!("../../src/adapters/files/demo.yaml");
    let newer = demo
        .replace("version: v1.37.2", "version: v1.99.0")
        .replace(
            "    kind: Pod\n",
            "    kind: Pod\n    novelty: {ofLater: [1]}\n",
        );
    assert_ne!(newer, demo);
    let run = piped(&words("preview drain worker-2 --snapshot -"), &newer);
    let of_demo = offline(&words(DEMO));
    assert_eq!((run.code, run.out), (of_demo.code, of_demo.out));
    assert_eq!(
        run.err,
        "note: the rules of scheduler 1.99 are not known here: judged by those of 1.37\n"
    );
}

#[test]
fn files_that_are_no_snapshot_are_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let whole = cluster_with_budget(json!({}));
    std::fs::write(path("half.json"), &whole[..whole.len() / 2]).unwrap();
    std::fs::write(
        path("version.yaml"),
        "apiVersion: nodemaint.dev/v9\nkind: Snapshot\nitems: []\n",
    )
    .unwrap();
    std::fs::write(
        path("kubeconfig"),
        "apiVersion: v1\nkind: Config\nclusters: []\n",
    )
    .unwrap();
    std::fs::write(path("empty"), "").unwrap();
    std::fs::write(path("binary"), b"\xff\xfe").unwrap();
    let nameless = whole.replace("\"name\":\"web-1\",", "");
    std::fs::write(path("nameless.json"), nameless).unwrap();
    let table = [
        (String::new(), "is a directory, not a snapshot file".to_owned()),
        ("half.json".to_owned(), "is only a part of a file: it ends on line 1 in the middle of a value".to_owned()),
        ("version.yaml".to_owned(), "is a Snapshot of version \"nodemaint.dev/v9\"; this program reads nodemaint.dev/v1alpha1".to_owned()),
        ("empty".to_owned(), "is empty".to_owned()),
    ];
    for (name, problem) in table {
        let file = if name.is_empty() {
            folder.path().display().to_string()
        } else {
            path(&name)
        };
        let run = offline(&["preview", "drain", "n1", "--snapshot", &file]);
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{name}");
        let mut lines = run.err.lines();
        assert_eq!(
            lines.next(),
            Some(format!("error: {file} {problem}").as_str())
        );
        assert!(lines.next().unwrap().starts_with("hint: "), "{run:?}");
    }
    let with_colon = [
        (
            "kubeconfig",
            "document 1 (line 1) is of kind \"Config\": it is neither a Snapshot nor what kubectl get writes",
        ),
        ("binary", "line 1 is not UTF-8 text"),
        (
            "nameless.json",
            "document 1, items[2]: Pod shop/without a name: metadata.name: is missing",
        ),
    ];
    for (name, problem) in with_colon {
        let file = path(name);
        let run = offline(&["preview", "drain", "n1", "--snapshot", &file]);
        assert_eq!(run.code, 1);
        assert_eq!(
            run.err.lines().next(),
            Some(format!("error: {file}: {problem}").as_str())
        );
    }
    let missing = path("nope");
    let run = offline(&["preview", "drain", "n1", "--snapshot", &missing]);
    assert_eq!(
        run.err,
        format!("error: cannot read {missing}: No such file or directory (os error 2)\n")
    );
}

#[test]
fn half_of_what_snapshot_writes_is_refused() {
    let demo = nodemaint::adapters::files::demo().unwrap();
    let objects = nodemaint::adapters::files::Objects::default();
    let yaml = nodemaint::adapters::files::Format::Yaml;
    let text = nodemaint::adapters::files::render(&demo, &objects, yaml).unwrap();
    let half: String = text
        .lines()
        .take(1000)
        .map(|line| format!("{line}\n"))
        .collect();
    let run = piped(&words("preview drain worker-2 --snapshot -"), &half);
    assert_eq!(run.code, 1);
    assert!(
        run.err
            .starts_with("error: standard input is only a part of a file: "),
        "{}",
        run.err
    );
}
