//! Failures that other drainers are known for, each shown not to happen here, on the real control plane.

use std::process::{Child, Stdio};

use controlplane::{Space, shared, space, wait_until};
use serde_json::json;

use super::{Ran, drain, plugin};

/// Starts a drain in the background.
fn start(space: &Space, words: &[&str]) -> Child {
    plugin(&space.kubeconfig(), words.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the plugin starts")
}

fn finish(space: &Space, child: Child) -> Ran {
    Ran::new(space, &child.wait_with_output().expect("it ends"))
}

/// Counts the evictions that this program asked for in a space.
fn evictions(space: &Space, mark: controlplane::Mark) -> controlplane::Requests {
    shared()
        .audit_since(mark)
        .by_agent("kubectl-nodemaint/")
        .in_namespace(space.name())
        .to("create", "pods/eviction")
}

#[test]
fn failure_1_a_successor_on_another_node_is_not_evicted() {
    let space = space("successor");
    let [a, b] = space.nodes(["a", "b"]);
    let set = space.stateful_set("db").on(&a).replicas(1).create_ready();
    space.budget("db").max_unavailable(0).create_allowing(0);
    let mark = shared().audit_mark();
    let child = start(&space, &["drain", a.name(), "--timeout=60s"]);
    wait_until("the first refusal", || {
        evictions(&space, mark).answered(429).count() > 0
    });
    // The pod moves: its set may run on the other node now.
    let path = format!("/apis/apps/v1/namespaces/{}/statefulsets/db", space.name());
    let there = json!({"spec": {"template": {"spec": {"nodeSelector": {"kubernetes.io/hostname": b.name()}}}}});
    drop(set);
    space.patch(&path, there);
    let pod = format!("/api/v1/namespaces/{}/pods/db-0", space.name());
    space.delete(&pod, json!({"gracePeriodSeconds": 0}));
    let ran = finish(&space, child);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    wait_until("the successor runs elsewhere", || {
        space
            .pods_on(&b)
            .iter()
            .any(|pod| pod.metadata.deletion_timestamp.is_none())
    });
    assert_eq!(evictions(&space, mark).answered(201).count(), 0);
}

#[test]
fn failure_3_the_wait_ends_with_the_object_though_its_name_lives_on() {
    let space = space("name-lives-on");
    let [a, b] = space.nodes(["a", "b"]);
    space
        .stateful_set("db")
        .replicas(1)
        .spec(|spec| {
            // It may run on both, and starts on the first.
            spec["tolerations"] = json!([]);
        })
        .create_ready();
    let first = if space.pods_on(&a).is_empty() { &b } else { &a };
    let ran = drain(&space, ["drain", first.name(), "--timeout=60s"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(space.pods_on(first).is_empty());
}

#[test]
fn failure_4_a_node_whose_cordon_is_denied_is_not_drained() {
    let space = space("cordon-denied");
    let a = space.node("a").create();
    space.stateful_set("web").on(&a).replicas(1).create_ready();
    let user = space
        .user("half")
        .can_everywhere("get,list,watch", "pods")
        .can_everywhere("get,list", "nodes")
        .can_everywhere("create", "pods/eviction")
        .create();
    let mark = shared().audit_mark();
    let output = plugin(user.kubeconfig(), ["drain", a.name()]).output();
    let ran = Ran::new(&space, &output.expect("the plugin starts"));
    assert_ne!(ran.code, Some(0), "{ran:?}");
    assert!(!ran.out.contains("drained"), "{ran:?}");
    assert_eq!(evictions(&space, mark).count(), 0);
}

#[test]
fn failure_6_pods_that_are_still_there_are_no_success() {
    let space = space("still-there");
    let a = space.node("a").create();
    space
        .stateful_set("web")
        .on(&a)
        .replicas(1)
        .never_gone()
        .create_ready();
    let ran = drain(&space, ["drain", a.name(), "--timeout=2s"]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(!ran.out.contains("drained"), "{ran:?}");
    assert!(ran.err.contains("web-0"), "{ran:?}");
}

#[test]
fn failure_7_each_hazard_needs_its_own_consent_and_all_are_named_at_once() {
    let space = space("hazards");
    let a = space.node("a").create();
    space.pod("bare").on(&a).empty_dir("data").create_ready();
    let none = drain(&space, ["drain", a.name()]);
    assert_eq!(none.code, Some(3), "{none:?}");
    for words in ["declare no controller", "local storage"] {
        assert!(none.err.contains(words), "{none:?}");
    }
    for flag in ["--force", "--delete-emptydir-data"] {
        let one = drain(&space, ["drain", a.name(), flag]);
        assert_eq!(one.code, Some(3), "{one:?}");
        assert!(space.get_pod("bare").is_some());
    }
    let both = drain(
        &space,
        ["drain", a.name(), "--force", "--delete-emptydir-data"],
    );
    assert_eq!(both.code, Some(0), "{both:?}");
    assert!(
        both.err.contains("deleting Pods with local storage"),
        "{both:?}"
    );
    assert!(
        both.err
            .contains("deleting Pods that declare no controller"),
        "{both:?}"
    );
}

#[test]
fn failure_8_no_grace_given_none_at_all_and_a_negative_one_are_three_cases() {
    let space = space("grace");
    let a = space.node("a").create();
    let cases = [
        ("own", "--grace-period=-1", 30),
        ("none", "--grace-period=0", 0),
        ("five", "--grace-period=5", 5),
    ];
    for (name, flag, seconds) in cases {
        let pod = space
            .pod(name)
            .on(&a)
            .grace(30)
            .never_gone()
            .finalizer("example.com/stay")
            .create_ready();
        let selector = format!("app={name}");
        let selector = ["--pod-selector", &selector];
        let ran = drain(
            &space,
            [
                "drain",
                a.name(),
                "--force",
                "--timeout=1s",
                flag,
                selector[0],
                selector[1],
            ],
        );
        assert_eq!(ran.code, Some(4), "{ran:?}");
        let seen = space.get_pod(&pod).expect("its finalizer holds it");
        assert_eq!(
            seen["metadata"]["deletionGracePeriodSeconds"], seconds,
            "{name}: {ran:?}"
        );
    }
}

#[test]
fn a_drain_that_waits_in_vain_says_what_holds_the_pod_and_so_does_the_plan() {
    let space = space("held");
    let a = space.node("a").create();
    space
        .pod("held")
        .on(&a)
        .grace(0)
        .finalizer("example.com/hold")
        .create_ready();
    let ran = drain(&space, ["drain", a.name(), "--force", "--timeout=9s"]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    let (err, name) = (space.tidy(&ran.err), space.name());
    let held = "finalizer example.com/hold holds it until its controller has done its work";
    assert!(
        err.contains("node a: 1 pod still there\n  space/held: is ending"),
        "{err}"
    );
    assert!(err.contains(held), "{err}");
    assert!(err.contains(" -> kubectl get pod held -n space "), "{err}");
    let plan = drain(&space, ["preview", "drain", a.name()]);
    assert!(plan.out.contains(held), "{name}: {plan:?}");
}

#[test]
fn failure_9_mirror_pods_are_left_alone_and_nothing_is_deleted_unasked() {
    let space = space("mirror");
    let a = space.node("a").create();
    space.pod("static").on(&a).mirror().create_ready();
    space.stateful_set("web").on(&a).replicas(1).create_ready();
    let mark = shared().audit_mark();
    let ran = drain(&space, ["drain", a.name()]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(space.get_pod("static").is_some());
    let deleted = shared()
        .audit_since(mark)
        .by_agent("kubectl-nodemaint/")
        .in_namespace(space.name())
        .to("delete", "pods");
    assert_eq!(deleted.count(), 0, "{deleted:?}");
}

#[test]
fn failure_24_a_namespace_that_ends_takes_its_pods_along() {
    let space = space("ending-ns");
    let a = space.node("a").create();
    space
        .stateful_set("soft")
        .on(&a)
        .replicas(1)
        .gone_after("3s")
        .create_ready();
    space.delete(&format!("/api/v1/namespaces/{}", space.name()), json!({}));
    let ran = drain(&space, ["drain", a.name(), "--timeout=60s"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(space.pods_on(&a).is_empty());
}

#[test]
fn failure_25_two_budgets_over_a_pod_end_its_drain_at_once_with_the_servers_words() {
    let space = space("two-budgets");
    let a = space.node("a").create();
    space.stateful_set("web").on(&a).replicas(1).create_ready();
    for name in ["one", "two"] {
        space
            .budget(name)
            .selecting("app", "web")
            .max_unavailable(1)
            .create_allowing(1);
    }
    let mark = shared().audit_mark();
    let ran = drain(&space, ["drain", a.name()]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.err.contains("more than one PodDisruptionBudget"),
        "{ran:?}"
    );
    assert_eq!(evictions(&space, mark).count(), 1);
}

#[test]
fn failure_30_a_node_that_fails_does_not_stop_the_next() {
    let space = space("next-node");
    let [a, b] = space.nodes(["a", "b"]);
    space.stateful_set("web").on(&a).replicas(1).create_ready();
    space.budget("web").max_unavailable(0).create_allowing(0);
    space.stateful_set("api").on(&b).replicas(1).create_ready();
    let ran = drain(&space, ["drain", a.name(), b.name(), "--timeout=2s"]);
    assert_eq!(ran.code, Some(5), "{ran:?}");
    assert!(space.pods_on(&b).is_empty());
    let last: Vec<&str> = ran.err.lines().collect();
    assert!(
        last.contains(&"There are pending nodes to be drained:"),
        "{ran:?}"
    );
}

#[test]
fn failure_32_every_line_is_whole_and_names_node_and_namespace_where_kubectl_does_not() {
    let space = space("whole-lines");
    let a = space.node("a").create();
    space
        .stateful_set("web")
        .on(&a)
        .replicas(20)
        .apply(|object| {
            object["spec"]["podManagementPolicy"] = json!("Parallel");
        })
        .create_ready();
    let ran = drain(&space, ["drain", a.name()]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for line in ran.out.lines() {
        let known = line.starts_with("evicting pod ")
            || line.ends_with(" evicted")
            || line.starts_with("node/");
        assert!(known, "{line:?} in {ran:?}");
    }
    assert_eq!(
        ran.out
            .lines()
            .filter(|line| line.ends_with(" evicted"))
            .count(),
        20
    );
}

#[test]
fn failure_34_slow_pods_are_asked_once_each() {
    let space = space("asked-once");
    let a = space.node("a").create();
    space
        .stateful_set("web")
        .on(&a)
        .replicas(5)
        .gone_after("4s")
        .apply(|object| {
            object["spec"]["podManagementPolicy"] = json!("Parallel");
        })
        .create_ready();
    let mark = shared().audit_mark();
    let ran = drain(&space, ["drain", a.name()]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(evictions(&space, mark).count(), 5);
}

#[test]
fn failure_a_a_budget_that_never_synced_ends_with_its_reason_not_with_the_clock() {
    let space = space("never-synced");
    let a = space.node("a").create();
    // A Job has no scale, so its budget cannot be computed.
    space.job("batch").on(&a).replicas(1).create_ready();
    space
        .budget("batch")
        .selecting("app", "batch")
        .max_unavailable(1)
        .create();
    wait_until("the controller gave up", || {
        let path = format!(
            "/apis/policy/v1/namespaces/{}/poddisruptionbudgets/batch",
            space.name()
        );
        let budget = space.get(&path).expect("the budget");
        budget["status"]["conditions"]
            .to_string()
            .contains("SyncFailed")
    });
    let ran = drain(&space, ["drain", a.name(), "--timeout=60s"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("cannot be computed"), "{ran:?}");
}

#[test]
fn failure_19_a_node_that_stays_schedulable_is_not_drained() {
    let space = space("stays-open");
    let a = space.node("a").create();
    space.stateful_set("web").on(&a).replicas(1).create_ready();
    let denied = space.refuse("UPDATE", "nodes", "nodes stay as they are");
    let ran = drain(&space, ["drain", a.name()]);
    assert_ne!(ran.code, Some(0), "{ran:?}");
    assert!(ran.err.contains("nodes stay as they are"), "{ran:?}");
    assert_eq!(space.pods_on(&a).len(), 1);
    drop(denied);
}

#[test]
fn a_webhook_that_denies_is_asked_again_and_quoted() {
    let space = space("webhook-no");
    let a = space.node("a").create();
    space.stateful_set("web").on(&a).replicas(1).create_ready();
    let denied = space.refuse(
        "CREATE",
        "pods/eviction",
        "the broker moves this pod itself",
    );
    let ran = drain(&space, ["drain", a.name(), "--timeout=4s"]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(
        ran.err.contains("the broker moves this pod itself"),
        "{ran:?}"
    );
    drop(denied);
    assert_eq!(drain(&space, ["drain", a.name()]).code, Some(0));
}
