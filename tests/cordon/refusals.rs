//! Cordons that the server refuses, or accepts and does not keep.

use controlplane::{Made, Space, space, wait_until};
use serde_json::json;

use crate::support::{is_cordoned, kubectl, marks, names, ours};

#[test]
fn failure_5_a_refused_cordon_is_an_error() {
    let space = space("cordon_refused");
    let [a, b] = space.nodes(["a", "b"]);
    let viewer = space
        .user("viewer")
        .can_everywhere("get,list", "nodes")
        .create();
    for (verb, words) in [("cordon", ["a", "b"]), ("uncordon", ["a", "b"])] {
        let wanted = verb == "uncordon";
        for node in [&a, &b] {
            let spec = if wanted { json!(true) } else { json!(null) };
            space.patch(&path(node), json!({"spec": {"unschedulable": spec}}));
        }
        let line = words.map(|node| {
            format!(
                "error: unable to {verb} node \"{node}\": nodes \"{node}\" is forbidden: User \"{}\" cannot patch \
                 resource \"nodes\" in API group \"\" at the cluster scope\n",
                space.tidy(viewer.name())
            )
        });
        let arguments = [verb, a.name(), b.name()];
        let theirs = kubectl(viewer.kubeconfig(), &arguments).tidy(&space);
        let mine = ours(viewer.kubeconfig(), &arguments).tidy(&space);
        assert_eq!(theirs.err, line.concat());
        assert_eq!(mine.err, theirs.err);
        assert_eq!((mine.out.as_str(), mine.code), ("", Some(6)));
        assert_eq!(theirs.code, Some(0), "kubectl calls this success");
        for node in [&a, &b] {
            assert_eq!(is_cordoned(&space, node.name()), wanted);
        }
    }
}

#[test]
fn failure_5_a_cordon_that_a_policy_denies_is_an_error() {
    let space = space("cordon_denied");
    let [node] = space.nodes(["a"]);
    let _policy = space.refuse("UPDATE", "nodes", "not on a Friday");
    let denied = ours(&space.kubeconfig(), &["cordon", node.name()]).tidy(&space);
    assert_eq!(denied.code, Some(1));
    assert_eq!(denied.out, "");
    assert!(
        denied
            .err
            .starts_with("error: unable to cordon node \"a\": "),
        "{denied:?}"
    );
    assert!(denied.err.contains("not on a Friday"), "{denied:?}");
}

/// A role that may patch these nodes and no others.
fn may_patch(space: &Space, user: &str, nodes: &[&str]) {
    let name = format!("{}-patcher", space.name());
    let group = "rbac.authorization.k8s.io";
    let root = format!("/apis/{group}/v1/clusterrole");
    let rules = json!([{"apiGroups": [""], "resources": ["nodes"], "verbs": ["patch"], "resourceNames": nodes}]);
    space.post(
        &format!("{root}s"),
        json!({"apiVersion": format!("{group}/v1"), "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules}),
    );
    let subjects = json!([{"apiGroup": group, "kind": "User", "name": user}]);
    space.post(
        &format!("{root}bindings"),
        json!({
            "apiVersion": format!("{group}/v1"), "kind": "ClusterRoleBinding", "metadata": {"name": name},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": name}, "subjects": subjects,
        }),
    );
    wait_until("the role is in force", || {
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
            "spec": {"user": user, "resourceAttributes": {"verb": "patch", "resource": "nodes", "name": nodes[0]}},
        });
        let answer = space.try_post("/apis/authorization.k8s.io/v1/subjectaccessreviews", review);
        answer.is_ok_and(|answer| answer["status"]["allowed"] == true)
    });
}

#[test]
fn failure_16_a_cordon_that_stops_half_way_can_be_put_back() {
    let space = space("cordon_half");
    let nodes = space.nodes(["a", "b", "c"]);
    let [a, b, c] = &nodes;
    let user = space
        .user("half")
        .can_everywhere("get,list", "nodes")
        .create();
    may_patch(&space, user.name(), &[a.name(), c.name()]);
    let arguments = [vec!["cordon", "--reason=x"], names(&nodes)].concat();
    let half = ours(user.kubeconfig(), &arguments);
    assert_eq!(half.code, Some(5));
    let put_back = format!(
        "put back: kubectl nodemaint uncordon {} {}",
        a.name(),
        c.name()
    );
    assert!(half.err.ends_with(&format!("{put_back}\n")), "{half:?}");
    assert_eq!(half.tidy(&space).out, "node/a cordoned\nnode/c cordoned\n");
    assert!(!is_cordoned(&space, b.name()));

    let words: Vec<&str> = put_back.split(' ').skip(4).collect();
    let undone = ours(user.kubeconfig(), &words);
    assert_eq!(
        undone.tidy(&space).out,
        "node/a uncordoned\nnode/c uncordoned\n"
    );
    for node in &nodes {
        assert!(!is_cordoned(&space, node.name()));
        assert_eq!(marks(&space, node.name()), []);
    }
}

/// A policy of the server itself that puts `unschedulable` back in the very write that sets it.
struct Undoing<'s> {
    space: &'s Space,
    name: String,
}

const MUTATING: &str = "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolic";

impl<'s> Undoing<'s> {
    fn new(space: &'s Space, node: &Made) -> Undoing<'s> {
        let name = format!("{}.undo.example.com", space.name());
        let rule = json!({"apiGroups": [""], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["nodes"]});
        space.post(
            &format!("{MUTATING}ies"),
            json!({
                "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicy",
                "metadata": {"name": name},
                "spec": {
                    "matchConstraints": {"resourceRules": [rule]},
                    "matchConditions": [{"name": "one", "expression": format!("object.metadata.name == '{}'", node.name())}],
                    "failurePolicy": "Fail", "reinvocationPolicy": "Never",
                    "mutations": [{"patchType": "ApplyConfiguration",
                        "applyConfiguration": {"expression": "Object{spec: Object.spec{unschedulable: false}}"}}],
                },
            }),
        );
        space.post(
            &format!("{MUTATING}ybindings"),
            json!({
                "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicyBinding",
                "metadata": {"name": name}, "spec": {"policyName": name},
            }),
        );
        let undoing = Undoing { space, name };
        wait_until("the policy is in force", || {
            let cordon = json!({"spec": {"unschedulable": true}});
            space.patch(&path(node), cordon)["spec"]["unschedulable"] != true
        });
        undoing
    }
}

impl Drop for Undoing<'_> {
    fn drop(&mut self) {
        for plural in ["ybindings", "ies"] {
            self.space
                .delete(&format!("{MUTATING}{plural}/{}", self.name), json!({}));
        }
    }
}

fn path(node: &Made) -> String {
    format!("/api/v1/nodes/{}", node.name())
}

#[test]
fn failure_19_a_cordon_that_is_accepted_and_does_not_take_is_an_error() {
    let space = space("cordon_swallowed");
    let [node] = space.nodes(["a"]);
    let _undoing = Undoing::new(&space, &node);
    let config = space.kubeconfig();
    let mine = ours(&config, &["cordon", node.name()]).tidy(&space);
    assert_eq!(
        mine.err,
        "error: unable to cordon node \"a\": the server accepted the change, but the node is still schedulable\n"
    );
    assert_eq!((mine.out.as_str(), mine.code), ("", Some(1)));
    let theirs = kubectl(&config, &["cordon", node.name()]).tidy(&space);
    assert_eq!(
        (theirs.out.as_str(), theirs.code),
        ("node/a cordoned\n", Some(0)),
        "kubectl believes it"
    );
}
