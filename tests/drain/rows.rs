//! The table of drains that kubectl and the plugin both run. Data: one row a situation.

use std::path::PathBuf;

use controlplane::Space;

/// A situation, a command line and how both programs end.
pub struct Row {
    /// What it is about.
    pub name: &'static str,
    /// Makes the nodes and pods; returns another user's kubeconfig where the row has one.
    pub setup: fn(&Space) -> Option<PathBuf>,
    /// The command line; `{a}`, `{b}` and `{space}` are filled in.
    pub arguments: &'static [&'static str],
    /// kubectl's exit code.
    pub kubectl_code: i32,
    /// The plugin's exit code.
    pub code: i32,
    /// Why standard output differs from kubectl's; `None` where it does not.
    pub difference: Option<&'static str>,
}

const REFUSED_BEFORE_CORDON: Option<&str> = Some(
    "kubectl cordons before it looks at the pods and leaves the node cordoned when it refuses",
);

/// Returns a row that both programs do alike.
const fn same(
    name: &'static str,
    setup: fn(&Space) -> Option<PathBuf>,
    arguments: &'static [&'static str],
    codes: (i32, i32),
) -> Row {
    Row {
        name,
        setup,
        arguments,
        kubectl_code: codes.0,
        code: codes.1,
        difference: None,
    }
}

/// Returns a row with a difference.
const fn differs(row: Row, reason: Option<&'static str>) -> Row {
    Row {
        difference: reason,
        ..row
    }
}

/// Returns the table.
pub fn rows() -> Vec<Row> {
    let mut rows = plain_rows();
    rows.extend(filter_rows());
    rows.extend(flag_rows());
    rows.extend(blocked_rows());
    rows.extend(usage_rows());
    rows.extend(rights_rows());
    rows
}

fn plain_rows() -> Vec<Row> {
    vec![
        same("an empty node", node, &["drain", "{a}"], (0, 0)),
        same(
            "three pods of a StatefulSet",
            three,
            &["drain", "{a}"],
            (0, 0),
        ),
        same(
            "a pod of a controller of an unknown kind",
            replica,
            &["drain", "{a}"],
            (0, 0),
        ),
        same(
            "the name as node/NAME",
            three,
            &["drain", "node/{a}"],
            (0, 0),
        ),
        same(
            "the name as nodes/NAME",
            three,
            &["drain", "nodes/{a}"],
            (0, 0),
        ),
        same("the name as no/NAME", node, &["drain", "no/{a}"], (0, 0)),
        same("two nodes", two_nodes, &["drain", "{a}", "{b}"], (0, 0)),
        same(
            "a node that is cordoned already",
            cordoned,
            &["drain", "{a}"],
            (0, 0),
        ),
        same(
            "nodes by label",
            labelled,
            &["drain", "-l", "pool={space}"],
            (0, 0),
        ),
        same(
            "a label on both nodes",
            two_labelled,
            &["drain", "--selector=pool={space}"],
            (0, 0),
        ),
        differs(
            same(
                "the same node twice",
                node,
                &["drain", "{a}", "{a}"],
                (0, 0),
            ),
            Some("kubectl works on it twice"),
        ),
        differs(
            same(
                "the same node in two spellings",
                node,
                &["drain", "{a}", "node/{a}"],
                (0, 0),
            ),
            Some("kubectl works on it twice"),
        ),
    ]
}

fn filter_rows() -> Vec<Row> {
    vec![
        differs(
            same("a DaemonSet", daemons, &["drain", "{a}"], (1, 3)),
            REFUSED_BEFORE_CORDON,
        ),
        same(
            "a DaemonSet, ignored",
            daemons,
            &["drain", "{a}", "--ignore-daemonsets"],
            (0, 0),
        ),
        same(
            "a DaemonSet with emptyDir, ignored",
            daemons_with_data,
            &["drain", "{a}", "--ignore-daemonsets"],
            (0, 0),
        ),
        differs(
            same("a bare pod", bare, &["drain", "{a}"], (1, 3)),
            REFUSED_BEFORE_CORDON,
        ),
        same(
            "a bare pod, forced",
            bare,
            &["drain", "{a}", "--force"],
            (0, 0),
        ),
        differs(
            same("a pod with emptyDir", with_data, &["drain", "{a}"], (1, 3)),
            REFUSED_BEFORE_CORDON,
        ),
        same(
            "a pod with emptyDir, agreed to",
            with_data,
            &["drain", "{a}", "--delete-emptydir-data"],
            (0, 0),
        ),
        differs(
            same(
                "a pod with emptyDir, agreed to in the old words",
                with_data,
                &["drain", "{a}", "--delete-local-data"],
                (1, 0),
            ),
            Some("kubectl 1.31 dropped the flag, runbooks still have it"),
        ),
        differs(
            same(
                "a bare pod with emptyDir and only one consent",
                bare_with_data,
                &["drain", "{a}", "--force"],
                (1, 3),
            ),
            REFUSED_BEFORE_CORDON,
        ),
        same(
            "a bare pod with emptyDir and both consents",
            bare_with_data,
            &["drain", "{a}", "--force", "--delete-emptydir-data"],
            (0, 0),
        ),
        same("a mirror pod", mirror, &["drain", "{a}"], (0, 0)),
        same(
            "a bare pod that succeeded",
            succeeded,
            &["drain", "{a}"],
            (0, 0),
        ),
        same(
            "a bare pod that failed, with emptyDir",
            failed,
            &["drain", "{a}"],
            (0, 0),
        ),
        differs(
            same("a pod that ends already", ending, &["drain", "{a}"], (0, 0)),
            Some("kubectl evicts it once more, which can shorten its grace"),
        ),
        same(
            "a pod that ends for too long",
            stuck,
            &[
                "drain",
                "{a}",
                "--skip-wait-for-delete-timeout=1",
                "--timeout=30s",
            ],
            (0, 0),
        ),
        same(
            "only some of the pods",
            three_and_bare,
            &["drain", "{a}", "--pod-selector=app=web"],
            (0, 0),
        ),
        same(
            "none of the pods",
            three,
            &["drain", "{a}", "--pod-selector", "app notin (web),app"],
            (0, 0),
        ),
    ]
}

fn flag_rows() -> Vec<Row> {
    vec![
        same(
            "deleted, not evicted",
            three,
            &["drain", "{a}", "--disable-eviction"],
            (0, 0),
        ),
        same(
            "a grace of one second",
            three,
            &["drain", "{a}", "--grace-period=1"],
            (0, 0),
        ),
        same(
            "no grace",
            three,
            &["drain", "{a}", "--grace-period=0"],
            (0, 0),
        ),
        same(
            "a negative grace",
            three,
            &["drain", "{a}", "--grace-period", "-1"],
            (0, 0),
        ),
        same(
            "small pages",
            three,
            &["drain", "{a}", "--chunk-size=1"],
            (0, 0),
        ),
        same(
            "one page",
            three,
            &["drain", "{a}", "--chunk-size=0"],
            (0, 0),
        ),
        same(
            "a generous timeout",
            three,
            &["drain", "{a}", "--timeout=1m"],
            (0, 0),
        ),
        same(
            "a client dry run",
            three,
            &["drain", "{a}", "--dry-run=client"],
            (0, 0),
        ),
        same(
            "a server dry run",
            three,
            &["drain", "{a}", "--dry-run=server"],
            (0, 0),
        ),
        same(
            "a dry run without a word",
            three,
            &["drain", "{a}", "--dry-run"],
            (0, 0),
        ),
        same(
            "a dry run in the old words",
            three,
            &["drain", "{a}", "--dry-run=true"],
            (0, 0),
        ),
        same(
            "no dry run",
            three,
            &["drain", "{a}", "--dry-run=none"],
            (0, 0),
        ),
        same(
            "a dry run of a cordoned node",
            cordoned,
            &["drain", "{a}", "--dry-run=client"],
            (0, 0),
        ),
        differs(
            same(
                "a client dry run of a DaemonSet",
                daemons,
                &["drain", "{a}", "--dry-run=client"],
                (1, 3),
            ),
            REFUSED_BEFORE_CORDON,
        ),
    ]
}

fn blocked_rows() -> Vec<Row> {
    vec![
        same(
            "a budget with room",
            roomy_budget,
            &["drain", "{a}"],
            (0, 0),
        ),
        same(
            "a closed budget",
            closed_budget,
            &["drain", "{a}", "--timeout=3s"],
            (1, 4),
        ),
        same(
            "a pod that ends slowly",
            slow,
            &["drain", "{a}", "--timeout=2s"],
            (1, 4),
        ),
        same(
            "a pod that ends slowly, deleted",
            slow,
            &["drain", "{a}", "--timeout=2s", "--disable-eviction"],
            (1, 4),
        ),
        same(
            "two budgets over one pod",
            two_budgets,
            &["drain", "{a}"],
            (1, 1),
        ),
        same(
            "a closed budget, deleted past it",
            closed_budget,
            &["drain", "{a}", "--disable-eviction"],
            (0, 0),
        ),
        same(
            "a client dry run under a closed budget",
            closed_budget,
            &["drain", "{a}", "--dry-run=client"],
            (0, 3),
        ),
    ]
}

fn usage_rows() -> Vec<Row> {
    vec![
        same("an unknown node", node, &["drain", "nope-{space}"], (1, 1)),
        same(
            "an unknown node among known ones",
            three,
            &["drain", "{a}", "nope-{space}"],
            (1, 1),
        ),
        same("no node at all", node, &["drain"], (1, 2)),
        same(
            "a name and a selector",
            node,
            &["drain", "{a}", "-l", "pool=x"],
            (1, 2),
        ),
        same(
            "a pod in place of a node",
            node,
            &["drain", "pod/x"],
            (1, 2),
        ),
        same(
            "a selector that matches nothing",
            node,
            &["drain", "-l", "no-such={space}"],
            (0, 1),
        ),
        same(
            "a selector that is none",
            node,
            &["drain", "-l", "a=b=c"],
            (1, 1),
        ),
        same(
            "a pod selector that is none",
            node,
            &["drain", "{a}", "--pod-selector==x"],
            (1, 2),
        ),
        same(
            "a timeout that is none",
            node,
            &["drain", "{a}", "--timeout=x"],
            (1, 2),
        ),
        differs(
            same(
                "a negative timeout",
                three,
                &["drain", "{a}", "--timeout=-1s"],
                (1, 2),
            ),
            Some("kubectl cordons the node and then fails"),
        ),
        same(
            "an unknown flag",
            node,
            &["drain", "{a}", "--no-such-flag"],
            (1, 2),
        ),
        same(
            "an unknown kind of dry run",
            node,
            &["drain", "{a}", "--dry-run=maybe"],
            (1, 2),
        ),
    ]
}

fn rights_rows() -> Vec<Row> {
    vec![
        differs(
            same("no right to cordon", no_cordon, &["drain", "{a}"], (0, 6)),
            Some("kubectl drains a node that it could not cordon and says that all is well"),
        ),
        same("no right to evict", no_evict, &["drain", "{a}"], (1, 1)),
        differs(
            same(
                "no right to read DaemonSets, which are ignored",
                no_daemon_sets,
                &["drain", "{a}", "--ignore-daemonsets"],
                (1, 0),
            ),
            Some("kubectl asks for what it does not need"),
        ),
    ]
}

fn node(space: &Space) -> Option<PathBuf> {
    space.node("a").create();
    None
}

fn cordoned(space: &Space) -> Option<PathBuf> {
    space.node("a").unschedulable().create();
    None
}

fn two_nodes(space: &Space) -> Option<PathBuf> {
    let [a, b] = space.nodes(["a", "b"]);
    space.stateful_set("web").on(&a).replicas(1).create_ready();
    space.stateful_set("api").on(&b).replicas(1).create_ready();
    None
}

fn labelled(space: &Space) -> Option<PathBuf> {
    space.node("a").label("pool", space.name()).create();
    space.node("b").create();
    None
}

fn two_labelled(space: &Space) -> Option<PathBuf> {
    for short in ["a", "b"] {
        space.node(short).label("pool", space.name()).create();
    }
    None
}

fn three(space: &Space) -> Option<PathBuf> {
    let a = space.node("a").create();
    space.stateful_set("web").on(&a).replicas(3).create_ready();
    None
}

fn replica(space: &Space) -> Option<PathBuf> {
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

fn three_and_bare(space: &Space) -> Option<PathBuf> {
    three(space);
    space.pod("bare").on(space.node_name("a")).create_ready();
    None
}

fn daemons(space: &Space) -> Option<PathBuf> {
    // Each twin has one DaemonSet pod; its random name is not printed on standard output.
    space.node("a").create();
    space.daemon_set("agent").create_ready();
    None
}

fn daemons_with_data(space: &Space) -> Option<PathBuf> {
    space.node("a").create();
    space.daemon_set("agent").empty_dir("buffer").create_ready();
    None
}

fn bare(space: &Space) -> Option<PathBuf> {
    let a = space.node("a").create();
    space.pod("bare").on(&a).create_ready();
    None
}

fn with_data(space: &Space) -> Option<PathBuf> {
    let a = space.node("a").create();
    space
        .stateful_set("cache")
        .on(&a)
        .replicas(1)
        .empty_dir("data")
        .create_ready();
    None
}

fn bare_with_data(space: &Space) -> Option<PathBuf> {
    let a = space.node("a").create();
    space.pod("bare").on(&a).empty_dir("data").create_ready();
    None
}

fn mirror(space: &Space) -> Option<PathBuf> {
    three(space);
    space
        .pod("static")
        .on(space.node_name("a"))
        .mirror()
        .create_ready();
    None
}

fn succeeded(space: &Space) -> Option<PathBuf> {
    finished(space, "done", "Succeeded")
}

fn failed(space: &Space) -> Option<PathBuf> {
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

fn ending(space: &Space) -> Option<PathBuf> {
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

fn stuck(space: &Space) -> Option<PathBuf> {
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

fn roomy_budget(space: &Space) -> Option<PathBuf> {
    let a = space.node("a").create();
    space.stateful_set("web").on(&a).replicas(2).create_ready();
    space.budget("web").max_unavailable(2).create_allowing(2);
    None
}

fn closed_budget(space: &Space) -> Option<PathBuf> {
    let a = space.node("a").create();
    space.stateful_set("web").on(&a).replicas(1).create_ready();
    space.budget("web").max_unavailable(0).create_allowing(0);
    None
}

fn two_budgets(space: &Space) -> Option<PathBuf> {
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

fn slow(space: &Space) -> Option<PathBuf> {
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

fn no_cordon(space: &Space) -> Option<PathBuf> {
    three(space);
    user(space, "patch nodes")
}

fn no_evict(space: &Space) -> Option<PathBuf> {
    three(space);
    user(space, "create pods/eviction")
}

fn no_daemon_sets(space: &Space) -> Option<PathBuf> {
    daemons(space);
    user(space, "get,list daemonsets.apps")
}
