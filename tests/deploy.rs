//! Holds the roles in `deploy/` to their promises: preview writes nothing, act adds exactly
//! what a drain needs, force adds the right to delete pods and nothing else.

use std::collections::BTreeSet;

use serde::Deserialize;

const PREVIEW: &str = include_str!("../deploy/rbac-preview.yaml");
const ACT: &str = include_str!("../deploy/rbac-act.yaml");
const FORCE: &str = include_str!("../deploy/rbac-force.yaml");

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

/// What a plan is made from: nodes, pods, who makes them again, what protects them, and the
/// namespaces that are ending.
#[test]
fn preview_reads_what_a_plan_needs_and_writes_nothing() {
    let mut expected: BTreeSet<String> = ["list /namespaces", "list policy/poddisruptionbudgets"]
        .map(str::to_owned)
        .into();
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
    assert_eq!(rights(PREVIEW, "nodemaint-preview"), expected);
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
