//! Holds the roles in `deploy/` to their promises: preview writes nothing, act adds exactly
//! what a drain needs, force adds the right to delete pods and nothing else; and each is
//! enough for its work on a real server.

use std::collections::BTreeSet;
use std::process::{Command, Output, Stdio};

use controlplane::{Made, Space, User, space};
use serde::Deserialize;

const PREVIEW: &str = include_str!("../deploy/rbac-preview.yaml");
const ACT: &str = include_str!("../deploy/rbac-act.yaml");
const FORCE: &str = include_str!("../deploy/rbac-force.yaml");
const FIT: &str = include_str!("../deploy/rbac-fit.yaml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Role {
    api_version: String,
    kind: String,
    metadata: Metadata,
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    name: String,
    #[serde(rename = "labels")]
    _labels: std::collections::BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Rule {
    api_groups: Vec<String>,
    resources: Vec<String>,
    verbs: Vec<String>,
}

/// The rights a role grants, each as `verb group/resource`.
fn rights(text: &str, name: &str) -> BTreeSet<String> {
    let role: Role = serde_saphyr::from_str(text).expect("the role is valid YAML");
    assert_eq!(
        (role.api_version.as_str(), role.kind.as_str()),
        ("rbac.authorization.k8s.io/v1", "ClusterRole")
    );
    assert_eq!(role.metadata.name, name);
    role.rules.iter().flat_map(rights_of).collect()
}

fn rights_of(rule: &Rule) -> impl Iterator<Item = String> {
    let one =
        |group: &String, resource: &String, verb: &String| format!("{verb} {group}/{resource}");
    rule.api_groups.iter().flat_map(move |group| {
        rule.resources.iter().flat_map(move |resource| {
            rule.verbs
                .iter()
                .map(move |verb| one(group, resource, verb))
        })
    })
}

fn added(more: &BTreeSet<String>, fewer: &BTreeSet<String>) -> Vec<String> {
    assert!(fewer.is_subset(more), "lost: {:?}", fewer.difference(more));
    more.difference(fewer).cloned().collect()
}

/// What a plan is made from: nodes, pods, who makes them again, what protects them, the namespaces
/// that are ending, and what the scheduler's rules read.
#[test]
fn preview_reads_what_a_plan_needs_and_writes_nothing() {
    let lists = [
        "list /events",
        "list /namespaces",
        "list policy/poddisruptionbudgets",
    ];
    let mut expected: BTreeSet<String> = lists.map(str::to_owned).into();
    for resource in [
        "/nodes",
        "/pods",
        "/replicationcontrollers",
        "apps/daemonsets",
        "apps/replicasets",
        "apps/statefulsets",
        "batch/jobs",
    ] {
        expected.extend([format!("get {resource}"), format!("list {resource}")]);
    }
    for kind in nodemaint::adapters::live::resources_of_fit() {
        let (resource, group) = kind.split_once('.').unwrap_or((kind, ""));
        expected.insert(format!("list {group}/{resource}"));
    }
    assert_eq!(rights(PREVIEW, "nodemaint-preview"), expected);
}

#[test]
fn fit_reads_what_rules_ask_for_and_writes_nothing() {
    let fit = rights(FIT, "nodemaint-fit");
    let reads = fit
        .iter()
        .filter(|right| right.starts_with("get ") || right.starts_with("list "));
    assert_eq!(reads.count(), fit.len(), "{fit:?}");
    for kind in nodemaint::adapters::live::resources_of_fit() {
        let (resource, group) = kind.split_once('.').unwrap_or((kind, ""));
        assert!(fit.contains(&format!("list {group}/{resource}")), "{kind}");
    }
}

#[test]
fn act_adds_what_a_drain_needs() {
    let (act, preview) = (
        rights(ACT, "nodemaint-act"),
        rights(PREVIEW, "nodemaint-preview"),
    );
    let expected = [
        "create /pods/eviction",
        "patch /nodes",
        "watch /pods",
        "watch policy/poddisruptionbudgets",
    ];
    assert_eq!(added(&act, &preview), expected);
}

#[test]
fn force_adds_the_right_to_delete_pods() {
    let (force, act) = (
        rights(FORCE, "nodemaint-force"),
        rights(ACT, "nodemaint-act"),
    );
    assert_eq!(added(&force, &act), ["delete /pods"]);
}

/// A node with pods of all the owners that a drain looks up, some of them under a budget.
fn busy_node(space: &Space) -> Made {
    let [node] = space.nodes(["a"]);
    space.deployment("web").replicas(2).create_ready();
    space.daemon_set("agent").create_ready();
    space.job("task").create_ready();
    space.stateful_set("db").replicas(2).create_ready();
    space.budget("db").max_unavailable(1).create_allowing(1);
    node
}

/// A user with the rights of a role.
fn user(space: &Space, role: &str) -> User {
    let role: Role = serde_saphyr::from_str(role).expect("the role is valid YAML");
    let mut draft = space.user("u");
    for rule in &role.rules {
        for resource in &rule.resources {
            let resource = match rule.api_groups[0].as_str() {
                "" => resource.clone(),
                group => format!("{resource}.{group}"),
            };
            draft = draft.can_everywhere(&rule.verbs.join(","), &resource);
        }
    }
    draft.create()
}

fn run(user: &User, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-nodemaint"));
    command
        .args(args)
        .env("KUBECONFIG", user.kubeconfig())
        .stdin(Stdio::null());
    command.output().expect("the plugin can be started")
}

/// Runs the plugin as a user with the role's rights; returns its exit code and how many of its
/// requests were forbidden.
fn run_under(space: &Space, role: &str, args: &[&str]) -> (Option<i32>, usize) {
    let user = user(space, role);
    let mark = space.cluster().audit_mark();
    let output = run(&user, args);
    let requests = space.cluster().audit_since(mark).by_user(user.name());
    assert!(requests.count() > 0, "{output:?}");
    (output.status.code(), requests.answered(403).count())
}

#[test]
fn preview_is_enough_to_look() {
    let space = space("role-preview");
    let node = busy_node(&space);
    let [_refuge] = space.nodes(["b"]);
    let args = ["drain", node.name(), "--ignore-daemonsets", "--dry-run"];
    assert_eq!(run_under(&space, PREVIEW, &args), (Some(0), 0));
}

#[test]
fn preview_is_not_enough_to_drain() {
    let space = space("role-preview-drain");
    let node = busy_node(&space);
    let before = space.pods().len();
    let args = ["drain", node.name(), "--ignore-daemonsets"];
    assert_eq!(
        run_under(&space, PREVIEW, &args),
        (Some(6), 0),
        "nothing was tried"
    );
    let object = space.get_node(node.name()).expect("the node is there");
    assert!(object["spec"]["unschedulable"].is_null());
    assert_eq!(space.pods_on(node.name()).len(), before);
}

#[test]
fn act_is_enough_to_drain() {
    let space = space("role-act");
    let node = busy_node(&space);
    let [_refuge] = space.nodes(["b"]);
    let args = ["drain", node.name(), "--ignore-daemonsets", "--timeout=60s"];
    assert_eq!(run_under(&space, ACT, &args), (Some(0), 0));
    assert_eq!(
        space.pods_on(node.name()).len(),
        1,
        "the DaemonSet's pod stays"
    );
}

#[test]
fn force_is_enough_to_go_past_the_budgets() {
    let space = space("role-force");
    let node = busy_node(&space);
    let [_refuge] = space.nodes(["b"]);
    let args = [
        "drain",
        node.name(),
        "--ignore-daemonsets",
        "--disable-eviction",
        "--timeout=60s",
    ];
    assert_eq!(run_under(&space, FORCE, &args), (Some(0), 0));
    assert_eq!(
        space.pods_on(node.name()).len(),
        1,
        "the DaemonSet's pod stays"
    );
}
