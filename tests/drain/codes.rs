//! Every documented exit code of `drain`, with the proof of what was and was not written.

use controlplane::{shared, space, wait_until};

use super::{Ran, drain, plugin};

/// Tells whether a node is cordoned.
fn cordoned(space: &controlplane::Space, short: &str) -> bool {
    let node = space.get_node(space.node_name(short)).expect("the node");
    node["spec"]["unschedulable"] == true
}

#[test]
fn code_0_all_pods_left_and_the_node_is_cordoned() {
    let space = space("code-zero");
    let a = space.node("a").create();
    space.stateful_set("web").on(&a).replicas(2).create_ready();
    let ran = drain(&space, ["drain", a.name(), "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(cordoned(&space, "a"));
    assert!(space.pods_on(&a).is_empty());
}

#[test]
fn code_2_wrong_usage_sends_nothing() {
    let space = space("code-two");
    let a = space.node("a").create();
    let user = space.user("typist").can_everywhere("*", "nodes").create();
    let mark = shared().audit_mark();
    let bad: [&[&str]; 9] = [
        &["drain"],
        &["drain", a.name(), "-l", "a=b"],
        &["drain", a.name(), "--timeout", "NaN"],
        &["drain", a.name(), "--timeout=-1s"],
        &["drain", a.name(), "--chunk-size=-1"],
        &["drain", a.name(), "--skip-wait-for-delete-timeout=-1"],
        &["drain", a.name(), "--pod-selector", "=x"],
        &["drain", "bad\u{1b}[2Jname"],
        &["drain", a.name(), "-o", "yaml"],
    ];
    for words in bad {
        let ran = plugin(user.kubeconfig(), words.iter().copied()).output();
        let ran = Ran::new(&space, &ran.expect("the plugin starts"));
        assert_eq!(ran.code, Some(2), "{words:?}: {ran:?}");
        assert!(ran.out.is_empty(), "{words:?}: {ran:?}");
        assert!(ran.err.starts_with("error: "), "{words:?}: {ran:?}");
        assert!(!ran.err.contains('\u{1b}'), "{words:?}: {ran:?}");
    }
    let asked = shared().audit_since(mark).by_user(user.name());
    assert_eq!(asked.count(), 0, "{asked:?}");
    assert!(!cordoned(&space, "a"));
}

#[test]
fn code_3_a_refused_pod_leaves_everything_as_it_was() {
    let space = space("code-three");
    let [a, b] = space.nodes(["a", "b"]);
    space.pod("bare").on(&a).create_ready();
    space.stateful_set("web").on(&b).replicas(1).create_ready();
    let mark = shared().audit_mark();
    let ran = drain(&space, ["drain", a.name(), b.name()]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.out.is_empty(), "{ran:?}");
    assert!(
        ran.err
            .contains("cannot delete Pods that declare no controller (use --force to override)"),
        "{ran:?}"
    );
    assert!(ran.err.contains("nothing was changed"), "{ran:?}");
    assert!(!cordoned(&space, "a") && !cordoned(&space, "b"));
    let written = shared()
        .audit_since(mark)
        .by_agent("kubectl-nodemaint/")
        .writes();
    let mine = written.only(|request| format!("{request:?}").contains(space.name()));
    assert_eq!(mine.count(), 0, "{mine:?}");
}

#[test]
fn code_4_the_deadline_leaves_pods_and_names_them() {
    let space = space("code-four");
    let a = space.node("a").create();
    space.stateful_set("web").on(&a).replicas(1).create_ready();
    space.budget("web").max_unavailable(0).create_allowing(0);
    let ran = drain(&space, ["drain", a.name(), "--timeout=2s"]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(ran.err.contains("global timeout reached: 2s"), "{ran:?}");
    assert!(
        ran.err.contains("go on:    kubectl nodemaint drain"),
        "{ran:?}"
    );
    assert!(
        ran.err.contains("put back: kubectl nodemaint uncordon"),
        "{ran:?}"
    );
    assert_eq!(space.pods_on(&a).len(), 1);
}

#[test]
fn code_5_one_node_is_drained_and_another_is_not() {
    let space = space("code-five");
    let [a, b] = space.nodes(["a", "b"]);
    space.stateful_set("web").on(&a).replicas(1).create_ready();
    space.budget("web").max_unavailable(0).create_allowing(0);
    space.stateful_set("api").on(&b).replicas(1).create_ready();
    let ran = drain(&space, ["drain", a.name(), b.name(), "--timeout=2s"]);
    assert_eq!(ran.code, Some(5), "{ran:?}");
    assert!(ran.out.contains("drained"), "{ran:?}");
    assert!(space.pods_on(&b).is_empty());
}

#[test]
fn a_second_run_over_a_drained_node_changes_nothing() {
    let space = space("run-twice");
    let a = space.node("a").create();
    space.stateful_set("web").on(&a).replicas(1).create_ready();
    assert_eq!(drain(&space, ["drain", a.name()]).code, Some(0));
    wait_until("the node's version settles", || {
        space.pods_on(&a).is_empty()
    });
    let mark = shared().audit_mark();
    let ran = drain(&space, ["drain", a.name()]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("already cordoned"), "{ran:?}");
    let writes = shared()
        .audit_since(mark)
        .by_agent("kubectl-nodemaint/")
        .to("patch", "nodes");
    let mine = writes.only(|request| format!("{request:?}").contains(a.name()));
    assert_eq!(mine.count(), 0, "{mine:?}");
}
