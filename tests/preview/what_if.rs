//! What-if: plans and fleets with nodes, budgets and flags that are only assumed.

use controlplane::{shared, space};
use nodemaint::present::assumed::Kind;
use nodemaint::present::drain_plan::Verdict;
use nodemaint::present::fleet::{self, FleetReport};
use nodemaint::present::landing;

use super::{Run, offline, online, plan_of, pod};

const NODE: &str = "
apiVersion: v1
kind: Node
metadata: {name: big, labels: {kubernetes.io/arch: amd64, topology.kubernetes.io/zone: zone-a}}
status: {allocatable: {cpu: '16', memory: 64Gi, pods: '110'}}
";

struct Scene {
    folder: tempfile::TempDir,
}

impl Scene {
    fn new(manifest: &str) -> Scene {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("big.yaml"), manifest).unwrap();
        Scene { folder }
    }

    fn file(&self) -> String {
        self.folder.path().join("big.yaml").display().to_string()
    }

    fn preview(&self, more: &[&str]) -> Run {
        let node = self.file();
        let args = [
            "preview",
            "drain",
            "worker-2",
            "--snapshot",
            "demo",
            "--assume-node",
            &node,
        ];
        offline(&[&args[..], more].concat())
    }
}

fn demo(more: &[&str]) -> Run {
    let args = ["preview", "drain", "worker-2", "--snapshot", "demo"];
    offline(&[&args[..], more].concat())
}

#[test]
fn a_budget_and_flags_that_are_assumed_change_the_plan_and_are_told_first() {
    let flags = "--delete-emptydir-data --ignore-daemonsets";
    let args = ["--assume-budget", "shop/cart=none", "--assume-flags", flags];
    let run = demo(&args);
    let lines: Vec<&str> = run.out.lines().collect();
    assert_eq!(
        lines[0], "what if: budget shop/cart is not there",
        "{run:?}"
    );
    assert_eq!(lines[1], format!("what if: {flags}"));
    assert!(lines[2].starts_with("without: refused ("), "{}", lines[2]);
    assert!(
        run.out.contains("; with: blocked (1 pod blocked"),
        "{}",
        run.out
    );
    let plan = plan_of(&demo(&[&args[..], &["-o", "json"]].concat()));
    let assumed = plan.assumed.expect("it says so");
    let kinds: Vec<Kind> = assumed.assumptions.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [Kind::Budget, Kind::Flags]);
    assert_eq!(
        (assumed.without.verdict, assumed.without.blocked),
        (Verdict::Refused, 2)
    );
    assert_eq!(plan.verdict, Verdict::Blocked);
    let same = plan_of(&demo(&[
        "--ignore-daemonsets",
        "--delete-emptydir-data",
        "-o",
        "json",
    ]));
    assert_eq!((same.assumed, same.verdict), (None, Verdict::Blocked));
    let ticket = demo(&[&args[..], &["-o", "markdown"]].concat()).out;
    assert!(
        ticket.contains("\n- what if: budget shop/cart is not there\n"),
        "{ticket}"
    );
}

#[test]
fn a_budget_with_another_minimum_allows_what_the_controller_would_allow() {
    let plan = plan_of(&demo(&[
        "--assume-budget",
        "shop/web:minAvailable=1",
        "-o",
        "json",
    ]));
    let text = &plan.assumed.expect("it says so").assumptions[0].text;
    assert!(
        text.starts_with("budget shop/web with minAvailable 1 instead of "),
        "{text}"
    );
    let web = plan.budgets.iter().find(|one| one.name == "web").unwrap();
    assert!(
        text.ends_with(&format!("it allows {} instead of 2", web.allowed)),
        "{text}"
    );
}

#[test]
fn nodes_that_are_assumed_take_pods_and_have_names_of_their_own() {
    let scene = Scene::new(NODE);
    let two = format!("{}=2", scene.file());
    let args = [
        "preview",
        "drain",
        "worker-2",
        "--snapshot",
        "demo",
        "-o",
        "json",
        "--assume-node",
    ];
    let plan = plan_of(&offline(&[&args[..], &[&two]].concat()));
    let assumed = plan.assumed.as_ref().expect("it says so");
    let texts: Vec<&str> = assumed
        .assumptions
        .iter()
        .map(|one| one.text.as_str())
        .collect();
    assert_eq!(
        texts,
        [
            "node big with cpu 16, memory 64Gi, pods 110",
            "node big-1 with cpu 16, memory 64Gi, pods 110"
        ]
    );
    let landings = plan.nodes[0]
        .pods
        .iter()
        .filter_map(|pod| pod.landing.as_ref());
    let on_big = landings.filter(|landing| landing.nodes.iter().any(|node| node == "big-1"));
    assert!(on_big.count() > 0);
    assert!(
        scene
            .preview(&[])
            .out
            .starts_with("what if: node big with cpu 16")
    );
}

#[test]
fn a_fleet_with_assumptions_says_what_it_was_without() {
    let args = [
        "fleet",
        "--snapshot",
        "demo",
        "--assume-budget",
        "shop/cart=none",
    ];
    let table = offline(&args).out;
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0], "what if: budget shop/cart is not there");
    assert!(lines[1].starts_with("without: 12 nodes: "), "{table}");
    assert!(lines[2].starts_with("with: 12 nodes: "), "{table}");
    let json = offline(&[&args[..], &["-o", "json"]].concat());
    let report: FleetReport = serde_json::from_str(&json.out).unwrap();
    let assumed = report.assumed.expect("it says so");
    assert_eq!(assumed.without.values().sum::<usize>(), 12);
    let blocked = |nodes: &[fleet::Node]| {
        let blocked = nodes
            .iter()
            .filter(|one| one.verdict == fleet::Verdict::Blocked);
        blocked.count()
    };
    assert!(blocked(&report.nodes) <= assumed.without[&fleet::Verdict::Blocked]);
    let scene = Scene::new(NODE);
    let nodes = offline(&[
        "fleet",
        "--snapshot",
        "demo",
        "--assume-node",
        &scene.file(),
        "-o",
        "name",
    ]);
    assert!(!nodes.out.contains("node/big"), "{}", nodes.out);
}

#[test]
fn what_cannot_be_assumed_is_told_by_file_field_or_name() {
    let scene = Scene::new(&NODE.replace(", pods: '110'", ""));
    let run = scene.preview(&[]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert!(
        run.err
            .contains("big.yaml: document 1: Node big: status.allocatable.pods: is not there"),
        "{}",
        run.err
    );
    for (args, code, part) in [
        (
            ["--assume-budget", "shop/web"],
            2,
            "NAMESPACE/NAME:minAvailable=1",
        ),
        (
            ["--assume-budget", "shop/wbe=none"],
            1,
            "budget shop/wbe is not there",
        ),
        (
            ["--assume-flags", "--fource"],
            2,
            "unexpected argument '--fource'",
        ),
        (
            ["--assume-node", "/nonexistent"],
            1,
            "cannot read /nonexistent",
        ),
        (["--assume-node", ""], 2, "--assume-node is empty"),
    ] {
        let run = demo(&args);
        assert_eq!((run.code, run.out.as_str()), (code, ""), "{run:?}");
        assert!(run.err.contains(part), "{}", run.err);
    }
}

#[test]
fn plans_with_assumptions_are_neither_saved_nor_carried_out() {
    for command in [&["plan", "save", "n1", "-o", "x"][..], &["drain", "n1"]] {
        let run = offline(&[command, &["--assume-flags", "--force"]].concat());
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{run:?}");
        assert!(
            run.err.contains("--assume-flags is for previews"),
            "{}",
            run.err
        );
    }
}

#[test]
fn a_node_that_is_assumed_on_a_live_cluster_is_where_the_pod_then_goes() {
    let space = space("what_if_live");
    let [a, _b] = space.nodes(["a", "b"]);
    space
        .deployment("web")
        .replicas(1)
        .on(&a)
        .spec(|spec| {
            spec["nodeSelector"] = serde_json::json!({"kind": space.name()});
            spec.as_object_mut().unwrap().remove("nodeName");
        })
        .create();
    space.patch(
        &format!("/api/v1/nodes/{}", a.name()),
        serde_json::json!({"metadata": {"labels": {"kind": space.name()}}}),
    );
    controlplane::wait_for("the pod runs", || {
        let on = space.pods_on(a.name()).len();
        if on == 1 { Ok(()) } else { Err(space.pods()) }
    });
    let name = space.node_name("new");
    let scene = Scene::new(&format!(
        "apiVersion: v1\nkind: Node\nmetadata: {{name: {name}, labels: {{kind: {}}}}}\nstatus: {{allocatable: {{cpu: '4', memory: 8Gi, pods: '110'}}}}\n",
        space.name()
    ));
    let mark = shared().audit_mark();
    let args = ["preview", "drain", a.name(), "-o", "json"];
    let without = plan_of(&online(&space.kubeconfig(), &args));
    let nowhere = pod(&without, "web-").landing.clone().expect("it has one");
    assert_eq!(nowhere.verdict, landing::Verdict::Nowhere);
    let file = scene.file();
    let with = online(
        &space.kubeconfig(),
        &[&args[..], &["--assume-node", &file]].concat(),
    );
    let with = plan_of(&with);
    let found = pod(&with, "web-").landing.clone().expect("it has one");
    assert_eq!(
        (found.verdict, &found.best[..]),
        (landing::Verdict::Fits, &[name.clone()][..])
    );
    assert_eq!(with.assumed.map(|assumed| assumed.without.nowhere), Some(1));
    let writes = shared()
        .audit_since(mark)
        .by_agent("kubectl-nodemaint/")
        .to("create", "nodes");
    assert_eq!(writes.count(), 0);
    space.node("new").label("kind", space.name()).create();
    let drained = online(
        &space.kubeconfig(),
        &["drain", a.name(), "--yes", "--timeout=60s"],
    );
    assert_eq!(drained.code, 0, "{drained:?}");
    controlplane::wait_for("the pod is where it was said", || {
        let on = space.pods_on(&name).len();
        if on == 1 { Ok(()) } else { Err(space.pods()) }
    });
}
