//! The table of drains that kubectl and the plugin both run. Data: one row a situation.

use std::path::PathBuf;

use controlplane::Space;

use super::fleets::*;

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
        differs(
            same("no right to evict", no_evict, &["drain", "{a}"], (1, 6)),
            Some("kubectl cordons the node, is refused, and leaves it cordoned"),
        ),
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
