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

#[test]
fn preview_only_reads() {
    let rights = rights(PREVIEW, "nodemaint-preview");
    let writing: Vec<&String> = rights
        .iter()
        .filter(|right| !right.starts_with("get ") && !right.starts_with("list "))
        .collect();
    assert!(writing.is_empty(), "{writing:?}");
    assert!(rights.contains("list /pods") && rights.contains("list policy/poddisruptionbudgets"));
    assert!(
        !rights
            .iter()
            .any(|right| right.contains("secrets") || right.contains('*'))
    );
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
