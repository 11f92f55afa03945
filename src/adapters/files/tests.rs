//! Files that are good, bad and half; and that what is written is what was read.

use super::*;
use crate::domain::drain::plan::{Verdict, build};
use crate::domain::drain::policy::DrainPolicy;
use crate::domain::owner::OwnerLookup;
use crate::testing::{budget, controller, node, now, pod, selector, snapshot, tolerates, workload};

fn read(text: &str) -> Result<Snapshot, FileError> {
    parse(text.as_bytes(), "f.yaml", now())
}

fn refusal(text: &str) -> String {
    let error = read(text).expect_err("the text is refused");
    assert!(!error.hint().is_empty(), "{error}");
    error.to_string()
}

const NODES: &str = "apiVersion: v1
items:
- apiVersion: v1
  kind: Node
  metadata:
    name: n1
    uid: u1
kind: List
metadata:
  resourceVersion: \"\"
";

const PODS: &str = "apiVersion: v1
items:
- apiVersion: v1
  kind: Pod
  metadata:
    name: web-1
    namespace: shop
    uid: p1
    ownerReferences:
    - {apiVersion: apps/v1, kind: ReplicaSet, name: web, uid: r1, controller: true}
  spec:
    containers:
    - {name: c, env: [{name: PASSWORD, value: hunter2}]}
    nodeName: n1
  status:
    phase: Running
kind: List
metadata:
  resourceVersion: \"\"
";

const REPLICA_SET: &str = "apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web, namespace: shop, uid: r1}
spec: {replicas: 2}
";

const BUDGET: &str = "apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop, generation: 1}
spec: {selector: {matchLabels: {app: web}}, minAvailable: 1}
";

#[test]
fn two_nodes_of_one_name_are_refused_and_one_that_stands_there_twice_is_not() {
    let other = NODES.replace("uid: u1", "uid: u2");
    let error = refusal(&format!("{NODES}---\n{other}"));
    let expected = r#"Node n1: the file has two nodes of this name, with the UIDs "u1" and "u2""#;
    assert!(error.contains(expected), "{error}");
    assert!(read(&format!("{NODES}---\n{NODES}")).is_ok());
}

#[test]
fn lists_are_read_whether_separated_or_just_appended() {
    let separated =
        format!("{NODES}---\n{PODS}---\n{REPLICA_SET}---\n# nothing here\n---\n{BUDGET}");
    let appended = format!("{NODES}{PODS}{REPLICA_SET}{BUDGET}");
    let snapshot = read(&appended).expect("appended lists");
    assert_eq!(read(&separated).expect("separated documents"), snapshot);
    assert_eq!(snapshot.nodes.len(), 1);
    assert_eq!(snapshot.pods[0].node.as_deref(), Some("n1"));
    assert!(matches!(
        snapshot.owner_of(&snapshot.pods[0]),
        Some(OwnerLookup::Found(_))
    ));
    assert!(snapshot.is_complete());
}

#[test]
fn json_is_read_as_yaml_is_also_several_documents() {
    let yaml = format!("{NODES}{PODS}{REPLICA_SET}{BUDGET}");
    let json: String = [NODES, PODS, REPLICA_SET, BUDGET]
        .iter()
        .map(|part| {
            let value: serde_json::Value = serde_saphyr::from_str(part).expect("valid YAML");
            serde_json::to_string_pretty(&value).expect("valid JSON") + "\n"
        })
        .collect();
    assert_eq!(read(&json).expect("JSON"), read(&yaml).expect("YAML"));
}

#[test]
fn a_raw_api_list_leaves_out_the_kind_of_its_items() {
    let raw = r#"{"kind": "NodeList", "apiVersion": "v1", "metadata": {}, "items": [{"metadata": {"name": "n1"}}]}
        {"kind": "ReplicaSetList", "apiVersion": "apps/v1", "items": [{"metadata": {"name": "r"}}]}"#;
    assert_eq!(read(raw).expect("raw lists").nodes.len(), 1);
}

#[test]
fn what_a_file_does_not_hold_is_unread_not_absent() {
    let snapshot = read(&format!("{NODES}{PODS}")).expect("two lists");
    assert_eq!(snapshot.unread[0].what, "poddisruptionbudgets.policy");
    let plan = build(
        &snapshot,
        &["n1".to_owned()],
        &DrainPolicy::default(),
        now(),
    );
    let plan = plan.expect("the node is there");
    assert_eq!(plan.verdict, Verdict::Unknown);
    assert_eq!(
        plan.unread.len(),
        2,
        "budgets and the ReplicaSet: {:?}",
        plan.unread
    );
}

#[test]
fn an_owner_is_gone_when_its_kind_was_read_and_it_is_not_there() {
    let other = REPLICA_SET.replace("uid: r1", "uid: r2");
    let absent = REPLICA_SET.replace("name: web", "name: db");
    for replica_set in [other, absent] {
        let snapshot = read(&format!("{NODES}{PODS}{replica_set}{BUDGET}")).expect("readable");
        let lookup = snapshot.owner_of(&snapshot.pods[0]);
        assert_eq!(lookup, Some(&OwnerLookup::Gone));
    }
}

#[test]
fn lists_that_overlap_count_each_object_once() {
    let snapshot = read(&format!("{NODES}{PODS}{PODS}{NODES}{BUDGET}{BUDGET}")).expect("readable");
    assert_eq!((snapshot.pods.len(), snapshot.budgets.len()), (1, 1));
}

#[test]
fn objects_of_no_use_are_passed_over() {
    let odd =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop}\ndata: {a: b}\n";
    let odder = "apiVersion: x.example.com/v1\nkind: Thing\nmetadata: {name: t}\nspec: text\n";
    assert!(read(&format!("{NODES}{odd}{odder}{BUDGET}")).is_ok());
}

#[test]
fn bad_files_say_what_is_wrong_and_where() {
    let table = [
        ("", "f.yaml is empty"),
        ("  \n", "f.yaml is empty"),
        (
            "apiVersion: nodemaint.dev/v2\nkind: Snapshot\nitems: []\n",
            "f.yaml is a Snapshot of version \"nodemaint.dev/v2\"; this program reads nodemaint.dev/v1alpha1",
        ),
        (
            "apiVersion: nodemaint.dev/v1alpha1\nkind: DrainPlan\nnodes: []\n",
            "f.yaml: document 1 (line 1) is of kind \"DrainPlan\": it is neither a Snapshot nor what kubectl get writes",
        ),
        (
            "apiVersion: v1\nkind: Config\nclusters: []\n",
            "f.yaml: document 1 (line 1) is of kind \"Config\": it is neither a Snapshot nor what kubectl get writes",
        ),
        (
            "just words\n",
            "f.yaml: document 1 (line 1) has no kind: it is neither a Snapshot nor what kubectl get writes",
        ),
        (
            "NAME STATUS ROLES AGE VERSION\n\nn1 Ready <none> 5d v1.37.2\n",
            "f.yaml: document 1 (line 1) has no kind: it is neither a Snapshot nor what kubectl get writes",
        ),
        (
            "apiVersion: nodemaint.dev/v1alpha1\nkind: Snapshot\ncontents: {objects: 1}\nitems:\n- {apiVersion: v1, kind: Frob, metadata: {name: x}}\n",
            "f.yaml: document 1, items[0]: Frob x: its kind (v1) does not belong into a snapshot",
        ),
        (
            "apiVersion: nodemaint.dev/v1alpha1\nkind: Snapshot\ncontents: {objects: 1}\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {namespace: shop}}\n",
            "f.yaml: document 1, items[0]: Pod shop/without a name: metadata.name: is missing",
        ),
        (
            "apiVersion: nodemaint.dev/v1alpha1\nkind: Snapshot\ncontents: {objects: 1}\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {nodeName: [1]}}\n",
            "f.yaml: document 1, items[0]: Pod p: spec.nodeName: invalid type: sequence, expected a string",
        ),
        (
            "apiVersion: nodemaint.dev/v1alpha1\nkind: Snapshot\ncontents: {objects: 1}\nitems:\n- {metadata: {name: p}}\n",
            "f.yaml: document 1, items[0]: it is not an object with an apiVersion and a kind",
        ),
        (
            "apiVersion: nodemaint.dev/v1alpha1\nkind: Snapshot\nitems: []\n",
            "f.yaml is only a part of a file: its last part, 'contents', is missing",
        ),
        (
            "apiVersion: nodemaint.dev/v1alpha1\nkind: Snapshot\nitems: []\ncontents: {objects: 2}\n",
            "f.yaml is only a part of a file: it holds 0 of 2 objects",
        ),
        (
            "apiVersion: nodemaint.dev/v1alpha1\nkind: Snapshot\nitems: []\ncontents: {objects: 0}\n",
            "f.yaml holds no Node",
        ),
    ];
    for (text, message) in table {
        assert_eq!(refusal(text), message, "{text}");
    }
}

#[test]
fn half_a_file_is_told_from_a_whole_one() {
    let list_without_end = NODES.split("kind: List").next().expect("a beginning");
    assert_eq!(
        refusal(list_without_end),
        "f.yaml is only a part of a file: the list of document 1 (line 1) has no kind behind its items"
    );
    let second = format!("{PODS}---\n{list_without_end}");
    let line = PODS.lines().count() + 2;
    assert_eq!(
        refusal(&second),
        format!(
            "f.yaml is only a part of a file: the list of document 2 (line {line}) has no kind behind its items"
        )
    );
    let json = "{\"apiVersion\": \"v1\",\n \"kind\": \"List\",\n \"items\": [{\"kind\": \"No";
    assert_eq!(
        refusal(json),
        "f.yaml is only a part of a file: it ends on line 3 in the middle of a value"
    );
    assert_eq!(
        refusal("{\"apiVersion\": \"v1\",\n \"kind\": }"),
        "f.yaml: line 2: expected value"
    );
    let quoted = refusal("apiVersion: v1\nkind: \"Li");
    assert!(quoted.starts_with("f.yaml: line 2: "), "{quoted}");
}

#[test]
fn a_mistake_in_a_later_document_is_told_by_the_lines_of_the_file() {
    let said = refusal(&format!("{PODS}---\nkind: Pod\nmetadata: {{name: y\n"));
    let line = PODS.lines().count() + 3;
    assert!(
        said.starts_with(&format!("f.yaml: line {line}: ")),
        "{said}"
    );
    assert!(!said.contains("at line"), "{said}");
}

#[test]
fn every_prefix_of_a_snapshot_is_refused() {
    for format in [Format::Yaml, Format::Json] {
        let text = render(&full(), &Objects::default(), format).expect("it can be written");
        assert_eq!(read(&text).expect("the whole is read"), full());
        let body = text.trim_end();
        let ends = (0..body.len()).filter(|end| end % 131 == 0 || body.len() - end < 60);
        for end in ends.filter(|end| body.is_char_boundary(*end)) {
            assert!(
                read(&body[..end]).is_err(),
                "{format:?} of {end} bytes was accepted"
            );
        }
    }
}

#[test]
fn a_directory_and_a_missing_file_are_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let error = load(folder.path()).expect_err("a directory");
    let name = folder.path().display().to_string();
    assert_eq!(
        error.to_string(),
        format!("{name} is a directory, not a snapshot file")
    );
    assert_eq!(
        error.hint(),
        "name a file in it, '-' for standard input, or 'demo'"
    );
    let error = load(&folder.path().join("nope")).expect_err("no such file");
    assert_eq!(
        error.to_string(),
        format!("cannot read {name}/nope: No such file or directory (os error 2)")
    );
}

#[test]
fn bytes_that_are_not_text_are_refused_by_line() {
    let error = parse(b"kind: x\nname: \xff\n", "f\u{1b}[2J", now()).expect_err("not UTF-8");
    assert_eq!(error.to_string(), "f\\u{1b}[2J: line 2 is not UTF-8 text");
}

/// A snapshot with every field that is written.
fn full() -> Snapshot {
    let mut tainted = node("n1");
    tainted
        .annotations
        .insert("nodemaint.dev/reason".to_owned(), "yes: \"no\"".to_owned());
    tainted.scheduling = crate::domain::node::Scheduling::Disabled;
    tainted.health = crate::domain::node::NodeHealth::Unreachable;
    tainted.taints.push(crate::domain::taint::Taint {
        key: "on".to_owned(),
        value: "1e3".to_owned(),
        effect: crate::domain::taint::Effect::NoExecute,
        time_added: Some(now()),
    });
    tainted.taints_written = Some(crate::domain::node::ListWrite {
        by: "kubectl-taint".to_owned(),
        at: now(),
    });
    let mut replica_set = workload("ReplicaSet", "shop/web", 3);
    replica_set.controller = Some(controller("Deployment", "web"));
    let mut ending = workload("StatefulSet", "shop/db", 0);
    ending.state = crate::domain::owner::WorkloadState::Ending;
    let unreadable = OwnerLookup::Unreadable {
        reason: "no: right".to_owned(),
    };
    let mut built = snapshot()
        .node(tainted)
        .node(node("n2"))
        .pod(
            pod("shop/db-0")
                .on("n2")
                .owned_by("StatefulSet", "db")
                .ending_since(5)
                .tolerating(&[tolerates("a", Some(5)), tolerates("", None)])
                .empty_dir("data"),
        )
        .pod(
            pod("shop/gone-1")
                .on("n2")
                .owned_by("ReplicaSet", "gone")
                .host_path("h", "/var/log"),
        )
        .pod(
            pod("shop/job-1")
                .on("n2")
                .owned_by("Job", "job")
                .phase(crate::domain::pod::Phase::Succeeded),
        )
        .pod(pod("shop/mirror").on("n1").mirror())
        .pod(pod("shop/pending").phase(crate::domain::pod::Phase::Pending))
        .pod(
            pod("shop/web-1")
                .on("n1")
                .owned_by("ReplicaSet", "web")
                .label("no", "null")
                .label("v", "0x1f"),
        )
        .budget(
            budget("shop/all")
                .selecting(&[])
                .max_unavailable(crate::domain::budget::Amount::Percent(30))
                .counts(2, 3)
                .disrupted("db-0")
                .always_allow(),
        )
        .budget(budget("shop/never").never_synced().sync_failed("why: not"))
        .budget(
            budget("shop/web")
                .selecting(&[("no", "null")])
                .min_available(crate::domain::budget::Amount::Count(1)),
        )
        .owner(replica_set)
        .owner(ending)
        .lookup("shop", controller("ReplicaSet", "gone"), OwnerLookup::Gone)
        .lookup("shop", controller("Job", "job"), unreadable)
        .ending_namespace("old")
        .unread("things.example.com", "forbidden: \"you\"")
        .build();
    built.budgets[2].selector = Some(selector(&[("no", "null")]));
    built
}

#[test]
fn what_is_written_is_what_is_read() {
    for format in [Format::Yaml, Format::Json] {
        let text = render(&full(), &Objects::default(), format).expect("it can be written");
        let back = parse(text.as_bytes(), "f", Timestamp::default()).expect("it can be read");
        assert_eq!(back, full(), "{format:?}\n{text}");
    }
}

#[test]
fn no_secret_gets_into_a_snapshot() {
    let noisy = NODES.replace(
        "    uid: u1",
        "    uid: u1\n    annotations: {note: tell-nobody}",
    );
    let snapshot = read(&format!("{noisy}{PODS}{BUDGET}")).expect("readable");
    for format in [Format::Yaml, Format::Json] {
        let text = render(&snapshot, &Objects::default(), format).expect("it can be written");
        for secret in ["hunter2", "PASSWORD", "tell-nobody", "containers"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

#[test]
fn json_is_written_to_files_named_so() {
    assert_eq!(Format::of_path(Path::new("a/b.json")), Format::Json);
    assert_eq!(Format::of_path(Path::new("a.json/b")), Format::Yaml);
    assert_eq!(Format::of_path(Path::new("b.yml")), Format::Yaml);
}
