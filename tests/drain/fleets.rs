//! The nodes, pods, budgets and users of the table in `rows`: one function a situation.
//!
//! Each returns another user's kubeconfig where the situation has one.

use std::path::PathBuf;

use controlplane::Space;

pub fn node(space: &Space) -> Option<PathBuf> {
    space.node("a").create();
    None
}

pub fn cordoned(space: &Space) -> Option<PathBuf> {
    space.node("a").unschedulable().create();
    None
}

pub fn two_nodes(space: &Space) -> Option<PathBuf> {
    let [a, b] = space.nodes(["a", "b"]);
    space.stateful_set("web").on(&a).replicas(1).create_ready();
    space.stateful_set("api").on(&b).replicas(1).create_ready();
    None
}

pub fn labelled(space: &Space) -> Option<PathBuf> {
    space.node("a").label("pool", space.name()).create();
    space.node("b").create();
    None
}

pub fn two_labelled(space: &Space) -> Option<PathBuf> {
    for short in ["a", "b"] {
        space.node(short).label("pool", space.name()).create();
    }
    None
}

pub fn three(space: &Space) -> Option<PathBuf> {
    let a = space.node("a").create();
    space.stateful_set("web").on(&a).replicas(3).create_ready();
    None
}

pub fn replica(space: &Space) -> Option<PathBuf> {
    let a = space.node("a").create();
    space
        .pod("web-1")
        .on(&a)
        .owned_by(
            "example.com/v1",
            "Widget",
            "web",
            "00000000-0000-0000-0000-000000000001",
        )
        .create_ready();
    None
}

pub fn three_and_bare(space: &Space) -> Option<PathBuf> {
    three(space);
    space.pod("bare").on(space.node_name("a")).create_ready();
    None
}

pub fn daemons(space: &Space) -> Option<PathBuf> {
    // Each twin has one DaemonSet pod; its random name is not printed on standard output.
    space.node("a").create();
    space.daemon_set("agent").create_ready();
    None
}

pub fn daemons_with_data(space: &Space) -> Option<PathBuf> {
    space.node("a").create();
    space.daemon_set("agent").empty_dir("buffer").create_ready();
    None
}

pub fn bare(space: &Space) -> Option<PathBuf> {
    let a = space.node("a").create();
    space.pod("bare").on(&a).create_ready();
    None
}

pub fn with_data(space: &Space) -> Option<PathBuf> {
    let a = space.node("a").create();
    space
        .stateful_set("cache")
        .on(&a)
        .replicas(1)
        .empty_dir("data")
        .create_ready();
    None
}

pub fn bare_with_data(space: &Space) -> Option<PathBuf> {
    let a = space.node("a").create();
    space.pod("bare").on(&a).empty_dir("data").create_ready();
    None
}

pub fn mirror(space: &Space) -> Option<PathBuf> {
    three(space);
    space
        .pod("static")
        .on(space.node_name("a"))
        .mirror()
        .create_ready();
    None
}

pub fn succeeded(space: &Space) -> Option<PathBuf> {
    finished(space, "done", "Succeeded")
}

pub fn failed(space: &Space) -> Option<PathBuf> {
    finished(space, "broken", "Failed")
}

fn finished(space: &Space, name: &str, phase: &str) -> Option<PathBuf> {
    let a = space.node("a").create();
    let draft = space.pod(name).on(&a).empty_dir("data");
    match phase {
        "Succeeded" => draft.finish_after("1ms"),
        _ => draft.fail_after("1ms"),
    }
    .create();
    controlplane::wait_until("the pod has finished", || {
        let pod = space.get_pod(name);
        pod.is_some_and(|pod| pod["status"]["phase"] == phase)
    });
    None
}

pub fn ending(space: &Space) -> Option<PathBuf> {
    let a = space.node("a").create();
    space
        .stateful_set("web")
        .on(&a)
        .replicas(1)
        .gone_after("4s")
        .create_ready();
    end(space, "web-0", 30);
    None
}

pub fn stuck(space: &Space) -> Option<PathBuf> {
    let a = space.node("a").create();
    space
        .stateful_set("web")
        .on(&a)
        .replicas(1)
        .never_gone()
        .create_ready();
    end(space, "web-0", 1);
    controlplane::wait_until("the deletion is three seconds past its grace", || {
        let pod = space.get_pod("web-0").expect("it never goes");
        let timestamp = pod["metadata"]["deletionTimestamp"]
            .as_str()
            .unwrap_or_default();
        let at: jiff::Timestamp = timestamp.parse().expect("a time");
        jiff::Timestamp::now().duration_since(at).as_secs() > 3
    });
    None
}

/// Begins to delete a pod.
fn end(space: &Space, name: &str, grace: u32) {
    let path = format!("/api/v1/namespaces/{}/pods/{name}", space.name());
    space.delete(&path, serde_json::json!({ "gracePeriodSeconds": grace }));
}

pub fn roomy_budget(space: &Space) -> Option<PathBuf> {
    let a = space.node("a").create();
    space.stateful_set("web").on(&a).replicas(2).create_ready();
    space.budget("web").max_unavailable(2).create_allowing(2);
    None
}

pub fn closed_budget(space: &Space) -> Option<PathBuf> {
    let a = space.node("a").create();
    space.stateful_set("web").on(&a).replicas(1).create_ready();
    space.budget("web").max_unavailable(0).create_allowing(0);
    None
}

pub fn two_budgets(space: &Space) -> Option<PathBuf> {
    let a = space.node("a").create();
    space.stateful_set("web").on(&a).replicas(1).create_ready();
    for name in ["one", "two"] {
        space
            .budget(name)
            .selecting("app", "web")
            .max_unavailable(1)
            .create_allowing(1);
    }
    None
}

pub fn slow(space: &Space) -> Option<PathBuf> {
    let a = space.node("a").create();
    space
        .stateful_set("web")
        .on(&a)
        .replicas(1)
        .gone_after("20s")
        .create_ready();
    None
}

/// A user who may do everything that kubectl's drain needs, but for what `without` names.
fn user(space: &Space, without: &str) -> Option<PathBuf> {
    let rights = [
        ("get,list", "nodes"),
        ("patch", "nodes"),
        ("get,list,watch", "pods"),
        ("create", "pods/eviction"),
        ("list,watch", "poddisruptionbudgets.policy"),
        ("get,list", "daemonsets.apps"),
        ("get,list", "statefulsets.apps"),
    ];
    let mut draft = space.user("worker");
    for (verbs, resource) in rights {
        let right = format!("{verbs} {resource}");
        if right != without {
            draft = draft.can_everywhere(verbs, resource);
        }
    }
    Some(draft.create().kubeconfig().to_owned())
}

pub fn no_cordon(space: &Space) -> Option<PathBuf> {
    three(space);
    user(space, "patch nodes")
}

pub fn no_evict(space: &Space) -> Option<PathBuf> {
    three(space);
    user(space, "create pods/eviction")
}

pub fn no_daemon_sets(space: &Space) -> Option<PathBuf> {
    daemons(space);
    user(space, "get,list daemonsets.apps")
}
