//! Exit code 6: a right that is missing is found before the first write.

use controlplane::{Space, User, UserDraft, shared, space, wait_until};
use serde_json::json;

use super::{Ran, plugin};

/// A user who may look, and what a test adds.
fn user<'s>(space: &'s Space, name: &str) -> UserDraft<'s> {
    space
        .user(name)
        .can_everywhere("get,list", "nodes")
        .can_everywhere("get,list,watch", "pods")
        .can_everywhere("list,watch", "poddisruptionbudgets.policy")
        .can_everywhere("list", "namespaces")
        .can_everywhere("get,list", "statefulsets.apps")
}

fn drain(space: &Space, user: &User, words: &[&str]) -> Ran {
    let words = std::iter::once("drain").chain(words.iter().copied());
    let output = plugin(user.kubeconfig(), words).output();
    Ran::new(space, &output.expect("the plugin starts"))
}

/// Drains as a user and asserts that the missing right ended it before anything was tried.
fn refused(space: &Space, user: &User, words: &[&str]) -> Ran {
    let mark = shared().audit_mark();
    let ran = drain(space, user, words);
    assert_eq!(ran.code, Some(6), "{ran:?}");
    let requests = shared().audit_since(mark).by_user(user.name());
    assert!(requests.count() > 4, "{requests:?}");
    let tried = requests.only(|request| request.is_write() || request.code == 403);
    assert_eq!(tried.count(), 0, "{tried:?}");
    let node = space.get_node(space.node_name("a")).expect("the node");
    assert!(node["spec"]["unschedulable"].is_null(), "{node}");
    ran
}

fn three_pods(space: &Space) -> String {
    let a = space.node("a").create();
    space.stateful_set("web").on(&a).replicas(3).create_ready();
    a.name().to_owned()
}

#[test]
fn code_6_no_right_to_cordon_is_found_before_the_first_write() {
    let space = space("no-cordon");
    let a = three_pods(&space);
    let evictor = user(&space, "evictor")
        .can_everywhere("create", "pods/eviction")
        .create();
    let ran = refused(&space, &evictor, &[&a]);
    let name = space.tidy(evictor.name());
    assert_eq!(
        ran.err,
        format!(
            "error: unable to cordon node \"a\": nodes \"a\" is forbidden: User \"{name}\" cannot patch resource \"nodes\" \
             in API group \"\" at the cluster scope\n\
             nothing was changed: no node was cordoned and no pod was touched\n\
             hint: deploy/rbac-act.yaml has the smallest role for this; an administrator gives it by: kubectl create \
             clusterrolebinding NAME --clusterrole=nodemaint-act --user={name}\n"
        )
    );
    assert!(ran.out.is_empty(), "{ran:?}");
    assert_eq!(space.pods_on(&a).len(), 3);
}

#[test]
fn code_6_no_right_to_evict_leaves_the_node_schedulable() {
    let space = space("no-evict");
    let a = three_pods(&space);
    let cordoner = user(&space, "cordoner")
        .can_everywhere("patch", "nodes")
        .create();
    let ran = refused(&space, &cordoner, &[&a]);
    assert!(
        ran.err.starts_with(&format!(
            "error: unable to drain: User \"{}\" cannot create resource \"pods/eviction\" in API group \"\" in the \
             namespace \"{}\"\nnothing was changed",
            space.tidy(cordoner.name()),
            space.tidy(space.name()),
        )),
        "{ran:?}"
    );
}

#[test]
fn code_6_no_right_to_delete_is_asked_for_only_where_pods_are_deleted() {
    let space = space("no-delete");
    let a = three_pods(&space);
    let evictor = user(&space, "evictor")
        .can_everywhere("patch", "nodes")
        .can_everywhere("create", "pods/eviction")
        .create();
    let ran = refused(&space, &evictor, &[&a, "--disable-eviction"]);
    assert!(
        ran.err
            .contains("cannot delete resource \"pods\" in API group \"\" in the namespace"),
        "{ran:?}"
    );
    assert!(ran.err.contains("deploy/rbac-force.yaml"), "{ran:?}");
    assert_eq!(drain(&space, &evictor, &[&a]).code, Some(0));
}

#[test]
fn rights_in_the_namespace_and_on_the_node_alone_are_enough() {
    let space = space("narrow-rights");
    let a = three_pods(&space);
    let narrow = user(&space, "narrow")
        .can_everywhere("patch", "nodes")
        .can("create", "pods/eviction")
        .create();
    let mark = shared().audit_mark();
    let ran = drain(&space, &narrow, &[&a]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let requests = shared().audit_since(mark).by_user(narrow.name());
    let asked = requests.to("create", "selfsubjectaccessreviews").count();
    assert_eq!(
        asked, 3,
        "both rights everywhere, one right in one namespace"
    );
    assert_eq!(requests.answered(403).count(), 0, "{requests:?}");
}

#[test]
fn two_questions_are_asked_of_those_who_may_do_everything() {
    let space = space("few-questions");
    let a = three_pods(&space);
    let admin = user(&space, "admin")
        .can_everywhere("patch", "nodes")
        .can_everywhere("create", "pods/eviction")
        .create();
    let mark = shared().audit_mark();
    assert_eq!(drain(&space, &admin, &[&a]).code, Some(0));
    let requests = shared().audit_since(mark).by_user(admin.name());
    let asked = requests.to("create", "selfsubjectaccessreviews");
    assert_eq!(asked.count(), 2, "{asked:?}");
    // What nothing is done for needs no right: the second run finds an empty, cordoned node.
    let mark = shared().audit_mark();
    assert_eq!(drain(&space, &admin, &[&a]).code, Some(0));
    let requests = shared().audit_since(mark).by_user(admin.name());
    let asked = requests.to("create", "selfsubjectaccessreviews");
    assert_eq!(asked.count(), 0, "{asked:?}");
}

#[test]
fn a_preview_asks_for_no_rights() {
    let space = space("preview-rights");
    let a = three_pods(&space);
    let viewer = user(&space, "viewer").create();
    let mark = shared().audit_mark();
    let ran = drain(&space, &viewer, &[&a, "--dry-run"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let requests = shared().audit_since(mark).by_user(viewer.name());
    let asked = requests.to("create", "selfsubjectaccessreviews");
    assert_eq!(asked.count(), 0, "{asked:?}");
}

#[test]
fn the_events_of_a_drain_without_the_right_end_with_a_summary() {
    let space = space("no-right-json");
    let a = three_pods(&space);
    let viewer = user(&space, "viewer").create();
    let ran = refused(&space, &viewer, &[&a, "-o", "json"]);
    let lines: Vec<&str> = ran.out.lines().collect();
    let [line] = lines[..] else {
        panic!("{ran:?}");
    };
    let summary: serde_json::Value = serde_json::from_str(line).expect(line);
    assert_eq!(summary["type"], "summary");
    assert_eq!(summary["exitCode"], 6);
    assert_eq!(summary["nodes"][0]["end"], "notPermitted");
}

/// Gives a group every right that a drain needs, but for that to ask about rights, which only authenticated users have.
fn group_that_may_not_ask(space: &Space) -> String {
    let group = format!("{}-mute", space.name());
    let root = "/apis/rbac.authorization.k8s.io/v1/clusterrole";
    let rule = |resource: &str, verbs: &[&str]| {
        let (api, resource) = resource.split_once(':').unwrap_or(("", resource));
        json!({"apiGroups": [api], "resources": [resource], "verbs": verbs})
    };
    let rules = [
        rule("nodes", &["get", "list", "patch"]),
        rule("pods", &["get", "list", "watch"]),
        rule("pods/eviction", &["create"]),
        rule("namespaces", &["list"]),
        rule("apps:statefulsets", &["get", "list"]),
        rule("policy:poddisruptionbudgets", &["list", "watch"]),
    ];
    let version = "rbac.authorization.k8s.io/v1";
    space.post(
        &format!("{root}s"),
        json!({"apiVersion": version, "kind": "ClusterRole", "metadata": {"name": group}, "rules": rules}),
    );
    let subject = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group});
    space.post(
        &format!("{root}bindings"),
        json!({
            "apiVersion": version, "kind": "ClusterRoleBinding", "metadata": {"name": group},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": group},
            "subjects": [subject],
        }),
    );
    wait_until("the group's rights are in force", || {
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
            "spec": {
                "groups": [group],
                "resourceAttributes": {"verb": "watch", "group": "policy", "resource": "poddisruptionbudgets"},
            },
        });
        let answer = space.try_post("/apis/authorization.k8s.io/v1/subjectaccessreviews", review);
        answer.is_ok_and(|answer| answer["status"]["allowed"] == true)
    });
    group
}

#[test]
fn who_may_not_ask_about_rights_is_not_held_up() {
    let space = space("mute");
    let a = three_pods(&space);
    let group = format!("--as-group={}", group_that_may_not_ask(&space));
    let mark = shared().audit_mark();
    let words = ["drain", &a, "--as=system:anonymous", &group];
    let output = plugin(&space.kubeconfig(), words).output();
    let ran = Ran::new(&space, &output.expect("the plugin starts"));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let mine = |request: &controlplane::Request| request.agent.starts_with("kubectl-nodemaint/");
    let refused = shared()
        .audit_since(mark)
        .only(mine)
        .to("create", "selfsubjectaccessreviews")
        .answered(403);
    assert!(refused.count() >= 2, "{refused:?}");
    assert!(space.pods_on(&a).is_empty());
}
