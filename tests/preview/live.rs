//! On the real control plane: what a preview asks, with which rights it works, and that it changes nothing.

use controlplane::{Space, shared, space};
use nodemaint::present::drain_plan::{BudgetVerdict, Code, Fate, Verdict};

use super::{online, plan_of, pod};

const AGENT: &str = "kubectl-nodemaint/";

/// What the role for previews allows, and no more.
fn viewer(space: &Space) -> controlplane::User {
    space
        .user("viewer")
        .can_everywhere("get,list", "namespaces")
        .can_everywhere("get,list", "nodes")
        .can_everywhere("get,list", "pods")
        .can_everywhere("get,list", "replicasets.apps")
        .can_everywhere("get,list", "daemonsets.apps")
        .can_everywhere("get,list", "jobs.batch")
        .can_everywhere("get,list", "poddisruptionbudgets.policy")
        .create()
}

#[test]
fn failure_10_a_preview_ends_under_a_closed_budget_and_writes_nothing() {
    let space = space("preview_writes_nothing");
    let node = space.node("a").create();
    space.deployment("web").replicas(2).on(&node).create_ready();
    space.budget("web").min_available(2).create_allowing(0);
    let user = viewer(&space);
    let before = space.get_node(node.name()).unwrap();
    let mark = shared().audit_mark();
    let run = online(
        user.kubeconfig(),
        &[
            "preview",
            "drain",
            node.name(),
            "--scope=node",
            "-o",
            "json",
        ],
    );
    let plan = plan_of(&run);
    assert_eq!(
        (run.code, plan.verdict, plan.complete),
        (3, Verdict::Blocked, true),
        "{run:?}"
    );
    assert_eq!(plan.budgets[0].verdict, BudgetVerdict::Never);
    assert_eq!(plan.cluster.version, "v1.37.2");
    let asked = shared()
        .audit_since(mark)
        .by_user(user.name())
        .by_agent(AGENT);
    assert!(asked.count() >= 4, "{asked:#?}");
    let reads = asked.only(|r| ["get", "list", "watch"].contains(&r.verb.as_str()));
    assert_eq!(reads.count(), asked.count(), "only reads: {asked:#?}");
    assert!(asked.count() <= 10, "few requests: {asked:#?}");
    let after = space.get_node(node.name()).unwrap();
    assert_eq!(before["spec"], after["spec"], "the node is not cordoned");
    assert_eq!(
        before["metadata"]["annotations"],
        after["metadata"]["annotations"]
    );
}

#[test]
fn budgets_that_may_not_be_read_make_the_answer_unknown() {
    let space = space("preview_forbidden");
    let node = space.node("a").create();
    space.deployment("web").replicas(1).on(&node).create_ready();
    let user = space
        .user("viewer")
        .can_everywhere("get,list", "nodes")
        .can_everywhere("get,list", "pods")
        .can_everywhere("get,list", "replicasets.apps")
        .create();
    let args = ["preview", "drain", node.name(), "-o", "json"];
    let run = online(user.kubeconfig(), &args);
    let plan = plan_of(&run);
    assert_eq!(
        (run.code, plan.verdict, plan.complete),
        (3, Verdict::Unknown, false),
        "{run:?}"
    );
    assert_eq!(plan.unread[0].what, "poddisruptionbudgets.policy");
    // Kinds that only say where pods land are told too.
    let told = |kind: &str| plan.unread.iter().any(|unread| unread.what == kind);
    assert!(told("persistentvolumes"), "{:?}", plan.unread);
    assert!(
        !told("replicasets.apps") && !told("pods"),
        "{:?}",
        plan.unread
    );
    let words = format!(
        "poddisruptionbudgets.policy is forbidden: User \"{}\" cannot list resource \"poddisruptionbudgets\" in API \
         group \"policy\" at the cluster scope",
        user.name()
    );
    assert_eq!(plan.unread[0].reason, words);
    assert_eq!(pod(&plan, "web-").fate, Fate::Evict);
    let table = online(user.kubeconfig(), &["preview", "drain", node.name()]);
    let line = table
        .out
        .lines()
        .find(|line| line.contains(" cannot list them "));
    let line = line.unwrap_or_default();
    assert!(
        line.starts_with("  poddisruptionbudgets.policy, ") && line.contains("persistentvolumes, "),
        "{}",
        table.out
    );
}

#[test]
fn owners_that_may_not_be_read_are_unknown() {
    let space = space("preview_owners");
    let node = space.node("a").create();
    space.deployment("web").replicas(1).on(&node).create_ready();
    let user = space
        .user("viewer")
        .can_everywhere("get,list", "nodes")
        .can_everywhere("get,list", "pods")
        .can_everywhere("get,list", "poddisruptionbudgets.policy")
        .create();
    let run = online(
        user.kubeconfig(),
        &["preview", "drain", node.name(), "-o", "json"],
    );
    let plan = plan_of(&run);
    let web = pod(&plan, "web-");
    assert_eq!((web.returns, web.reasons[0].code), (None, Code::Unreadable));
    assert_eq!((run.code, plan.verdict), (3, Verdict::Unknown));
}

#[test]
fn without_the_right_to_list_pods_the_server_is_quoted() {
    let space = space("preview_no_pods");
    let node = space.node("a").create();
    let user = space
        .user("viewer")
        .can_everywhere("get,list", "nodes")
        .create();
    let run = online(user.kubeconfig(), &["preview", "drain", node.name()]);
    assert_eq!((run.code, run.out.as_str()), (6, ""), "{run:?}");
    assert_eq!(
        run.err,
        format!(
            "Error from server (Forbidden): pods is forbidden: User \"{}\" cannot list resource \"pods\" in API group \
             \"\" at the cluster scope\n",
            user.name()
        )
    );
}

#[test]
fn an_unknown_node_among_known_ones_is_named_before_anything_else_is_read() {
    let space = space("preview_unknown_node");
    let node = space.node("a").create();
    let mark = shared().audit_mark();
    let user = viewer(&space);
    let run = online(
        user.kubeconfig(),
        &["preview", "drain", node.name(), "nope", "neither"],
    );
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert_eq!(
        run.err,
        "Error from server (NotFound): nodes \"nope\" not found\nhint: also not found: neither\n"
    );
    let asked = shared().audit_since(mark).by_user(user.name());
    assert_eq!(
        asked.only(|r| r.resource != "nodes").count(),
        0,
        "{asked:#?}"
    );
}

#[test]
fn all_reasons_of_a_pod_are_told_at_once() {
    let space = space("preview_reasons");
    let node = space.node("a").create();
    space
        .pod("bare")
        .on(&node)
        .empty_dir("cache")
        .create_ready();
    space.daemon_set("agent").on(&node).create_ready();
    space.pod("mirror").on(&node).mirror().create();
    let gone = "11111111-2222-3333-4444-555555555555";
    space
        .pod("orphan")
        .on(&node)
        .owned_by("apps/v1", "StatefulSet", "gone", gone)
        .apply(|object| {
            object["metadata"]["ownerReferences"][0]["blockOwnerDeletion"] = false.into()
        })
        .create();
    let run = online(
        &space.kubeconfig(),
        &["preview", "drain", node.name(), "-o", "json"],
    );
    let plan = plan_of(&run);
    let codes =
        |name: &str| -> Vec<Code> { pod(&plan, name).reasons.iter().map(|r| r.code).collect() };
    assert_eq!(codes("bare"), [Code::LocalData, Code::Unmanaged]);
    assert_eq!(codes("agent"), [Code::DaemonSet]);
    assert_eq!(
        (pod(&plan, "mirror").fate, codes("mirror")),
        (Fate::Skip, vec![Code::Mirror])
    );
    assert_eq!(pod(&plan, "bare").data_lost[0].volume, "cache");
    assert_eq!(plan.verdict, Verdict::Refused);
}

#[test]
fn a_server_that_is_gone_and_a_token_that_is_not_valid_are_told_as_kubectl_does() {
    let space = space("preview_unreachable");
    let node = space.node("a").create();
    let gone = [
        "preview",
        "drain",
        node.name(),
        "--server",
        "https://127.0.0.1:1",
    ];
    let run = online(&space.kubeconfig(), &gone);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert_eq!(
        run.err.lines().next(),
        Some(
            "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?"
        )
    );
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = folder.path().join("config");
    let known = std::fs::read_to_string(space.kubeconfig()).unwrap();
    let expired = known.replace(shared().token("admin"), "long-expired");
    assert_ne!(known, expired);
    std::fs::write(&kubeconfig, expired).unwrap();
    let run = online(&kubeconfig, &["preview", "drain", node.name()]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert_eq!(
        run.err.lines().next(),
        Some("error: You must be logged in to the server (Unauthorized)")
    );
}
