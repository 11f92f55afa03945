//! The same words to kubectl and to the plugin, on twin nodes, in the same order.

use controlplane::{Space, space};
use serde_json::{Value, json};

use crate::support::{Ran, kubectl, ours, taints};

/// What may differ between the two.
enum Same {
    /// Nothing but the pointer to the help.
    All,
    /// A defect of kubectl that is fixed here: the reason, and our standard output.
    But(&'static str, &'static str),
}
use Same::{All, But};

/// Words in which `{a}`, `{b}` and `{pool}` stand for each side's own nodes; kubectl's and our exit code.
type Row = (&'static [&'static str], i32, i32, Same);

const NOT_MARKED: &str = "kubectl prints a dry run like a real change";

const ROWS: &[Row] = &[
    (&["nodes", "{a}", "foo=bar:NoSchedule"], 0, 0, All),
    (&["node", "{a}", "foo=bar:PreferNoSchedule"], 0, 0, All),
    (&["no", "{a}", "foo:NoExecute"], 0, 0, All),
    (
        &["NODES", "node/{a}", "{b}", "empty=:NoSchedule"],
        0,
        0,
        All,
    ),
    (&["nodes", "{a}", "foo=bar:NoSchedule"], 1, 3, All),
    (
        &["nodes", "{a}", "foo=barz:NoSchedule", "x:NoSchedule"],
        1,
        3,
        All,
    ),
    (
        &["nodes", "{a}", "foo=barz:NoSchedule", "--overwrite"],
        0,
        0,
        All,
    ),
    (
        &["nodes", "{a}", "foo=barz:NoSchedule", "--overwrite"],
        0,
        0,
        All,
    ),
    (
        &["--overwrite", "nodes", "{a}", "new=1:NoSchedule"],
        0,
        0,
        All,
    ),
    (&["nodes", "{a}", "foo:NoExecute-"], 0, 0, All),
    (
        &[
            "nodes",
            "{a}",
            "one=1:NoSchedule",
            "two=2:NoExecute",
            "new-",
        ],
        0,
        0,
        All,
    ),
    (&["nodes", "{a}", "foo=other:PreferNoSchedule-"], 0, 0, All),
    (&["nodes", "{a}", "missing-"], 1, 3, All),
    (
        &[
            "nodes",
            "{a}",
            "missing:NoSchedule-",
            "one-",
            "gone=x:NoExecute-",
        ],
        1,
        3,
        All,
    ),
    (&["nodes", "{a}", "one-", "one:NoSchedule-"], 1, 3, All),
    (
        &["nodes", "-l", "pool={pool}", "sel=1:NoSchedule"],
        0,
        0,
        All,
    ),
    (&["nodes", "--selector=pool={pool}", "sel-"], 0, 0, All),
    (
        &[
            "nodes",
            "{a}",
            "{b}",
            "k8s.io/long.key_1=v-1.2_3:PreferNoSchedule",
        ],
        0,
        0,
        All,
    ),
    (&["nodes", "{b}", "j=1:NoSchedule", "-o", "name"], 0, 0, All),
    (&["nodes", "{b}", "k=1:NoSchedule", "-o", "json"], 0, 0, All),
    (&["nodes", "{b}", "l=1:NoSchedule", "-o=yaml"], 0, 0, All),
    (
        &[
            "nodes",
            "{b}",
            "m=1:NoSchedule",
            "-o",
            "json",
            "--dry-run=client",
        ],
        0,
        0,
        All,
    ),
    (
        &[
            "nodes",
            "{b}",
            "m=1:NoSchedule",
            "-o",
            "yaml",
            "--dry-run=client",
        ],
        0,
        0,
        All,
    ),
    (
        &[
            "nodes",
            "{b}",
            "m=1:NoSchedule",
            "-o",
            "name",
            "--dry-run=server",
        ],
        0,
        0,
        All,
    ),
    (
        &["nodes", "{a}", "{b}", "n:NoSchedule", "-o", "json"],
        0,
        0,
        All,
    ),
    (
        &[
            "nodes",
            "{a}",
            "{b}",
            "n-",
            "-o",
            "jsonpath={.metadata.name}{\"\\n\"}",
        ],
        0,
        0,
        All,
    ),
    (
        &[
            "nodes",
            "{b}",
            "o:NoSchedule",
            "-o",
            "jsonpath={range .spec.taints[*]}{.key}={.value}:{.effect} {end}{.nope}",
        ],
        0,
        0,
        All,
    ),
    (
        &[
            "nodes",
            "{b}",
            "o-",
            "-o",
            "jsonpath-as-json={.spec.taints[?(@.key==\"k\")]}",
        ],
        0,
        0,
        All,
    ),
    (
        &[
            "nodes",
            "{b}",
            "p:NoSchedule",
            "--field-manager=me",
            "--validate=warn",
        ],
        0,
        0,
        All,
    ),
    (
        &[
            "nodes",
            "{b}",
            "q:NoSchedule",
            "--field-manager=",
            "--validate=false",
        ],
        0,
        0,
        All,
    ),
    (&["nodes", "{b}", "j-", "k-", "l-", "p-", "q-"], 0, 0, All),
    (
        &["nodes", "{b}", "r:NoSchedule", "--dry-run=client"],
        0,
        0,
        But(NOT_MARKED, "node/b tainted (dry run)\n"),
    ),
    (
        &["nodes", "{b}", "r:NoSchedule", "--dry-run=server"],
        0,
        0,
        But(NOT_MARKED, "node/b tainted (server dry run)\n"),
    ),
    (&["nodes", "{b}", "foo-", "--dry-run=client"], 1, 3, All),
    (
        &["nodes", "{a}", "{b}", "foo=barz:NoSchedule-"],
        1,
        3,
        But("kubectl changes some of the nodes", ""),
    ),
    (
        &["nodes", "{b}", "nope", "s:NoSchedule"],
        1,
        1,
        But("kubectl changes some of the nodes", ""),
    ),
    (
        &["nodes", "{b}", "{b}", "t:NoSchedule"],
        1,
        0,
        But(
            "kubectl works twice on a node named twice",
            "node/b tainted\n",
        ),
    ),
];

#[test]
fn words_mean_what_they_mean_to_kubectl() {
    let space = space("taint_parity");
    for name in ["k-a", "k-b", "o-a", "o-b"] {
        let pool = name.split('-').next().unwrap();
        space
            .node(name)
            .label("pool", pool)
            .annotation("html", "<a> & b")
            .create();
    }
    let config = space.kubeconfig();
    for (number, (words, theirs, mine, same)) in ROWS.iter().enumerate() {
        let reference = normal(&space, kubectl(&config, &fill(&space, words, "k")), "k");
        let result = normal(&space, ours(&config, &fill(&space, words, "o")), "o");
        let row = format!("row {number}: {words:?}\n{reference:?}\n{result:?}");
        assert_eq!(
            (reference.code, result.code),
            (Some(*theirs), Some(*mine)),
            "{row}"
        );
        match same {
            All => {
                assert_eq!(result.out, reference.out, "{row}");
                // What kubectl says is said word for word; our own line comes behind.
                let told = result.err.strip_prefix(&reference.err);
                assert!(
                    told.is_some_and(|rest| rest.is_empty() || *theirs != 0),
                    "{row}"
                );
                for node in ["a", "b"] {
                    let list = |side| taints(&space, &space.node_name(&format!("{side}-{node}")));
                    assert_eq!(list("o"), list("k"), "node {node} after {row}");
                }
            }
            But(why, out) => {
                assert_eq!(result.out, *out, "{why}: {row}");
                align(&space);
            }
        }
    }
}

/// Gives our nodes kubectl's taints after a row that ends differently on purpose.
fn align(space: &Space) {
    for node in ["a", "b"] {
        let path = |side: &str| {
            format!(
                "/api/v1/nodes/{}",
                space.node_name(&format!("{side}-{node}"))
            )
        };
        let reference = space.get(&path("k")).unwrap();
        let list = &reference["spec"]["taints"];
        space.patch(&path("o"), json!({"spec": {"taints": list}}));
    }
}

fn fill(space: &Space, words: &[&str], side: &str) -> Vec<String> {
    let node = |short: &str| space.node_name(&format!("{side}-{short}"));
    std::iter::once("taint")
        .chain(words.iter().copied())
        .map(|word| {
            word.replace("{a}", &node("a"))
                .replace("{b}", &node("b"))
                .replace("{pool}", side)
        })
        .collect()
}

/// Takes out what two nodes never share: names, identities, versions, times.
fn normal(space: &Space, ran: Ran, side: &str) -> Ran {
    let ran = ran.tidy(space);
    let plain = |text: &str| -> String {
        let lines = text.split_inclusive('\n').map(|line| {
            let varies = [
                "uid",
                "resourceVersion",
                "creationTimestamp",
                "lastHeartbeatTime",
                "lastTransitionTime",
            ];
            let key = line
                .trim_start()
                .trim_start_matches("- ")
                .trim_start_matches('"');
            match varies.iter().find(|field| key.starts_with(**field)) {
                Some(field) => format!("{field} ...\n"),
                None => line
                    .replace(&format!("{side}-"), "")
                    .replace(&format!("pool: {side}"), "pool: x"),
            }
        });
        lines
            .collect::<String>()
            .replace(&format!("\"pool\": \"{side}\""), "\"pool\": \"x\"")
    };
    Ran {
        out: plain(&ran.out),
        err: plain(&ran.err),
        code: ran.code,
    }
}

/// YAML of several nodes can be read back, which kubectl's cannot.
#[test]
fn several_nodes_in_yaml_are_several_documents() {
    let space = space("taint_yaml");
    let [a, b] = space.nodes(["a", "b"]);
    let words = [
        "taint",
        "nodes",
        a.name(),
        b.name(),
        "x:NoSchedule",
        "-o",
        "yaml",
    ];
    let ran = ours(&space.kubeconfig(), &words);
    let documents: Vec<Value> = ran
        .out
        .split("---\n")
        .map(|text| serde_saphyr::from_str(text).unwrap())
        .collect();
    let names: Vec<&str> = documents
        .iter()
        .map(|d| d["metadata"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, [a.name(), b.name()]);
}
