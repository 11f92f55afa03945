//! Who cordoned a node, when and why: written, shown, respected, removed.

use controlplane::{Made, Space, User, shared, space};

use crate::support::{Ran, is_cordoned, kubectl, marks, ours, plugin_writes};

fn operator(space: &Space, name: &str) -> User {
    space
        .user(name)
        .can_everywhere("get,list,patch", "nodes")
        .create()
}

fn run(space: &Space, user: &User, words: &[&str]) -> Ran {
    ours(user.kubeconfig(), words).tidy(space)
}

fn mark(space: &Space, node: &Made, key: &str) -> Option<String> {
    let all = marks(space, node.name());
    let wanted = format!("nodemaint.dev/{key}");
    all.into_iter().find(|(k, _)| *k == wanted).map(|(_, v)| v)
}

#[test]
fn a_cordon_says_who_when_and_why_until_it_ends() {
    let space = space("cordon_marks");
    let [node] = space.nodes(["a"]);
    let ada = operator(&space, "ada");
    let words = [
        "cordon",
        node.name(),
        "--reason",
        "disk replaced",
        "--ticket=OPS-4711",
    ];
    assert_eq!(run(&space, &ada, &words).out, "node/a cordoned\n");
    assert_eq!(
        mark(&space, &node, "cordoned-by").as_deref(),
        Some(ada.name())
    );
    assert_eq!(
        mark(&space, &node, "reason").as_deref(),
        Some("disk replaced")
    );
    assert_eq!(mark(&space, &node, "ticket").as_deref(), Some("OPS-4711"));
    let since = mark(&space, &node, "cordoned-at").unwrap();

    let again = run(&space, &ada, &["cordon", node.name()]);
    assert_eq!(again.out, "node/a already cordoned\n");
    let by = space.tidy(ada.name());
    assert_eq!(
        again.err,
        format!("node a is cordoned by {by} since {since}: disk replaced (OPS-4711)\n")
    );
    let reworded = run(
        &space,
        &ada,
        &["cordon", node.name(), "--reason", "both disks"],
    );
    assert_eq!(reworded.out, "node/a already cordoned\n");
    assert_eq!(mark(&space, &node, "reason").as_deref(), Some("both disks"));
    assert_eq!(mark(&space, &node, "cordoned-at"), Some(since));

    assert_eq!(
        run(&space, &ada, &["uncordon", node.name()]).out,
        "node/a uncordoned\n"
    );
    assert_eq!(marks(&space, node.name()), []);
}

#[test]
fn failure_17_a_cordon_with_somebody_elses_mark_is_not_ended() {
    let space = space("cordon_foreign");
    let [a, b] = space.nodes(["a", "b"]);
    let (ada, grace) = (operator(&space, "ada"), operator(&space, "grace"));
    run(&space, &ada, &["cordon", a.name(), "--reason", "kernel"]);
    run(&space, &grace, &["cordon", b.name()]);
    let since = mark(&space, &a, "cordoned-at").unwrap();

    let before = shared().audit_mark();
    let refused = run(&space, &grace, &["uncordon", b.name(), a.name()]);
    assert_eq!(refused.code, Some(7));
    assert_eq!(refused.out, "");
    assert_eq!(
        refused.err,
        format!(
            "error: unable to uncordon node \"a\": it is cordoned by {} since {since}: kernel\n\
             nothing was changed; --take-over ends somebody else's cordon all the same\n",
            space.tidy(ada.name())
        )
    );
    assert_eq!(plugin_writes(&space, before), 0);
    assert!(is_cordoned(&space, a.name()) && is_cordoned(&space, b.name()));

    let met = run(
        &space,
        &grace,
        &["cordon", a.name(), "--reason", "mine now"],
    );
    assert_eq!(met.out, "node/a already cordoned\n");
    assert!(
        met.err
            .contains("were not recorded, because the cordon is not yours"),
        "{met:?}"
    );
    assert_eq!(mark(&space, &a, "reason").as_deref(), Some("kernel"));

    let taken = run(
        &space,
        &grace,
        &["uncordon", a.name(), b.name(), "--take-over"],
    );
    assert_eq!(taken.out, "node/a uncordoned\nnode/b uncordoned\n");
    assert_eq!(
        taken.err,
        format!(
            "node a had been cordoned by {} since {since}: kernel\n",
            space.tidy(ada.name())
        )
    );
    assert_eq!(marks(&space, a.name()), []);
}

#[test]
fn failure_17_a_plain_cordon_may_be_ended_as_with_kubectl() {
    let space = space("cordon_plain");
    let node = space.node("a").unschedulable().create();
    let grace = operator(&space, "grace");
    assert_eq!(
        run(&space, &grace, &["uncordon", node.name()]).out,
        "node/a uncordoned\n"
    );

    // A mark that kubectl left behind on a schedulable node says nothing about the next cordon.
    run(&space, &grace, &["cordon", node.name(), "--reason", "old"]);
    kubectl(&space.kubeconfig(), &["uncordon", node.name()]);
    let ada = operator(&space, "ada");
    run(&space, &ada, &["cordon", node.name()]);
    assert_eq!(
        mark(&space, &node, "cordoned-by").as_deref(),
        Some(ada.name())
    );
    assert_eq!(mark(&space, &node, "reason"), None);
}

#[test]
fn dry_runs_write_nothing() {
    let space = space("cordon_dry");
    let [node] = space.nodes(["a"]);
    let config = space.kubeconfig();
    let before = shared().audit_mark();
    let client = ours(&config, &["cordon", node.name(), "--reason=x", "--dry-run"]);
    assert_eq!(client.tidy(&space).out, "node/a cordoned (dry run)\n");
    assert_eq!(plugin_writes(&space, before), 0);
    let server = ours(
        &config,
        &["cordon", node.name(), "--reason=x", "--dry-run=server"],
    );
    assert_eq!(
        server.tidy(&space).out,
        "node/a cordoned (server dry run)\n"
    );
    assert!(!is_cordoned(&space, node.name()));
    assert_eq!(marks(&space, node.name()), []);
}
