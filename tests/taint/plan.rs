//! Plans of taints on the real control plane: what is read, with which rights, and that nothing is written.

use controlplane::{Space, User, shared, space};
use nodemaint::present::taint_plan::{ComesBack, Fate, TaintPlan, Timer};
use nodemaint::present::taint_report::TaintReport;
use serde_json::json;

use crate::support::{Ran, ours, plugin_writes, taints};

pub fn plan_of(ran: &Ran) -> TaintPlan {
    serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {ran:?}"))
}

fn viewer(space: &Space) -> User {
    [
        "namespaces",
        "nodes",
        "pods",
        "replicasets.apps",
        "daemonsets.apps",
        "poddisruptionbudgets.policy",
    ]
    .iter()
    .fold(space.user("viewer"), |user, resource| {
        user.can_everywhere("get,list", resource)
    })
    .create()
}

#[test]
fn a_preview_needs_read_rights_alone_and_writes_nothing() {
    let space = space("taint_preview_reads");
    let node = space.node("a").taint("old=1:NoSchedule").create();
    space
        .deployment("web")
        .replicas(2)
        .on(&node)
        .toleration(json!({"key": "old", "operator": "Exists"}))
        .create_ready();
    space.budget("web").min_available(2).create_allowing(0);
    let user = viewer(&space);
    let before = space.get_node(node.name()).unwrap();
    let mark = shared().audit_mark();
    let words = [
        "preview",
        "taint",
        node.name(),
        "gone:NoExecute",
        "-o",
        "json",
    ];
    let ran = ours(user.kubeconfig(), &words);
    let plan = plan_of(&ran);
    assert_eq!((ran.code, plan.complete), (Some(0), true), "{ran:?}");
    assert_eq!(plan.cluster.version, "v1.37.2");
    let pods = &plan.nodes[0].pods;
    assert!(
        pods.iter().all(|pod| pod.fate == Fate::LeavesNow),
        "{pods:#?}"
    );
    assert_eq!(pods[0].budgets_ignored, [format!("{}/web", space.name())]);
    assert_eq!(pods[0].owner.as_ref().unwrap().kind, "Deployment");
    assert!(plan.budgets[0].broken, "{plan:#?}");
    let shown = ours(
        user.kubeconfig(),
        &["taint", "show", node.name(), "-o", "json"],
    );
    let report: TaintReport = serde_json::from_str(&shown.out).unwrap();
    assert_eq!(report.nodes[0].taints[0].tolerated_by[0].pods, 2);
    let asked = shared().audit_since(mark).by_user(user.name());
    let reads = asked.only(|request| ["get", "list"].contains(&request.verb.as_str()));
    assert!(reads.count() > 10);
    assert_eq!(reads.count(), asked.count(), "only reads: {asked:#?}");
    assert_eq!(before, space.get_node(node.name()).unwrap());
}

#[test]
fn a_dry_run_of_taint_add_prints_the_plan_and_of_kubectls_form_the_node() {
    let space = space("taint_dry_plan");
    let node = space.node("a").create();
    space.pod("p").on(&node).create_ready();
    let config = space.kubeconfig();
    let before = shared().audit_mark();
    let ours_words = [
        "taint",
        "add",
        node.name(),
        "m:NoExecute",
        "--dry-run",
        "-o",
        "json",
    ];
    let ran = ours(&config, &ours_words);
    let plan = plan_of(&ran);
    assert_eq!(
        (ran.code, plan.kind.as_str()),
        (Some(0), "TaintPlan"),
        "{ran:?}"
    );
    assert_eq!(plan.nodes[0].pods[0].fate, Fate::LeavesNow);
    let remove = [
        "taint",
        "remove",
        node.name(),
        "m",
        "--dry-run=client",
        "-o",
        "yaml",
    ];
    let ran = ours(&config, &remove);
    assert!(
        ran.out.contains("kind: TaintPlan\n") && ran.out.contains("verdict: unchanged\n"),
        "{ran:?}"
    );
    let kubectls = [
        "taint",
        "nodes",
        node.name(),
        "m:NoExecute",
        "--dry-run=client",
        "-o",
        "json",
    ];
    let ran = ours(&config, &kubectls);
    assert!(ran.out.contains("\"kind\": \"Node\""), "{ran:?}");
    assert_eq!(plugin_writes(&space, before), 0);
    assert_eq!(taints(&space, node.name()), [""; 0]);
}

#[test]
fn daemon_pods_are_told_apart_by_what_their_controller_does() {
    let space = space("taint_daemons");
    let node = space.node("a").create();
    let limited =
        json!({"key": "m", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 40});
    space
        .daemon_set("limited")
        .toleration(limited)
        .create_ready();
    space.daemon_set("plain").create_ready();
    space.daemon_set("all").tolerates_all().create_ready();
    let ran = ours(
        &space.kubeconfig(),
        &["preview", "taint", node.name(), "m:NoExecute", "-o", "json"],
    );
    let plan = plan_of(&ran);
    let pod = |name: &str| {
        let mut pods = plan.nodes[0].pods.iter();
        pods.find(|pod| pod.name.starts_with(name)).unwrap()
    };
    let limited = pod("limited-");
    assert_eq!(
        (limited.fate, limited.comes_back),
        (Fate::LeavesLater, ComesBack::Again)
    );
    assert_eq!(
        (limited.again_after_seconds, limited.timer),
        (Some(40), Some(Timer::Starts))
    );
    assert_eq!(
        (pod("plain-").fate, pod("plain-").comes_back),
        (Fate::LeavesNow, ComesBack::No)
    );
    assert_eq!(pod("all-").fate, Fate::Stays);
}

#[test]
fn the_age_and_the_last_writer_come_from_the_server() {
    let space = space("taint_ages");
    let node = space.node("a").create();
    let added = ours(
        &space.kubeconfig(),
        &["taint", "add", node.name(), "m=1:PreferNoSchedule"],
    );
    assert_eq!(added.code, Some(0), "{added:?}");
    let ran = ours(
        &space.kubeconfig(),
        &["taint", "show", node.name(), "-o", "json"],
    );
    let report: TaintReport = serde_json::from_str(&ran.out).unwrap();
    let taint = &report.nodes[0].taints[0];
    assert_eq!(taint.last_writer.as_deref(), Some("kubectl-taint"));
    assert!(taint.since.is_some() && taint.or_before, "{taint:?}");
    let text = ours(&space.kubeconfig(), &["taint", "show", node.name()]);
    assert!(
        text.out
            .contains("the list was last written by kubectl-taint"),
        "{text:?}"
    );
}

#[test]
fn what_may_not_be_read_is_told() {
    let space = space("taint_unread");
    let node = space.node("a").create();
    space.pod("p").on(&node).create_ready();
    let user = space
        .user("viewer")
        .can_everywhere("get,list", "nodes")
        .can_everywhere("get,list", "pods")
        .create();
    let words = ["preview", "taint", node.name(), "m:NoExecute", "-o", "json"];
    let ran = ours(user.kubeconfig(), &words);
    let plan = plan_of(&ran);
    assert_eq!((ran.code, plan.complete), (Some(3), false), "{ran:?}");
    assert_eq!(plan.unread[0].what, "poddisruptionbudgets.policy");
    assert_eq!(plan.nodes[0].pods[0].fate, Fate::LeavesNow);
    let none = space.user("nobody").create();
    let ran = ours(none.kubeconfig(), &words);
    assert_eq!(ran.code, Some(6), "{ran:?}");
}
