//! What yaml.v2 writes, taken from kubectl 1.37.2's output.

use serde_json::json;

use super::*;

fn scalar(text: &str) -> String {
    let yaml = to_yaml(&json!({ "k": text }));
    yaml.strip_prefix("k: ")
        .unwrap()
        .trim_end_matches('\n')
        .to_owned()
}

#[test]
fn a_node() {
    let node = json!({
        "kind": "Node", "apiVersion": "v1",
        "metadata": {"name": "n", "annotations": {"x": "a<b>&c", "ttl": "0"}, "creationTimestamp": "2026-11-23T04:39:31Z"},
        "spec": {"taints": [{"key": "e", "value": "d", "effect": "NoSchedule"}, {"key": "f", "effect": "NoExecute"}],
                 "unschedulable": true},
        "status": {"nodeInfo": {"bootID": ""}, "daemonEndpoints": {"kubeletEndpoint": {"Port": 0}}, "images": [],
                   "empty": {}, "none": null},
    });
    assert_eq!(
        to_yaml(&node),
        "apiVersion: v1
kind: Node
metadata:
  annotations:
    ttl: \"0\"
    x: a<b>&c
  creationTimestamp: \"2026-11-23T04:39:31Z\"
  name: \"n\"
spec:
  taints:
  - effect: NoSchedule
    key: e
    value: d
  - effect: NoExecute
    key: f
  unschedulable: true
status:
  daemonEndpoints:
    kubeletEndpoint:
      Port: 0
  empty: {}
  images: []
  nodeInfo:
    bootID: \"\"
  none: null
"
    );
}

#[test]
fn strings_that_look_like_something_else_are_quoted() {
    for text in [
        "",
        "~",
        "null",
        "y",
        "No",
        "on",
        "true",
        "1",
        "-1",
        "+1",
        "010",
        "0x1F",
        "0b1",
        "0o7",
        "1_000",
        "1.5",
        ".5",
        "1e3",
        "-.inf",
        ".NaN",
        "12:30",
        "1:2:3",
        "2026-01-02",
        "2026-1-2 3:4:5",
        "2026-11-23T04:39:31Z",
        "2026-11-23T04:39:31.5+01:00",
        "09",
    ] {
        assert_eq!(scalar(text), format!("\"{text}\""));
    }
    for text in [
        "a",
        "node01",
        "1a",
        "16Gi",
        "v1",
        "8m",
        "1.2.3",
        "a:b",
        "-a",
        "--",
        "?a",
        "<none>",
        "yess",
        "2026-13-01",
        "10.0.0.1",
        "0x",
        "+",
        ".",
        "1:60",
        "=",
        "a#b",
        "2026-01-02T1",
    ] {
        assert_eq!(scalar(text), text);
    }
}

#[test]
fn strings_with_signs_get_single_quotes() {
    for text in [
        "a: b", "a:", "-", "- a", "? a", "#a", "a #b", "*", "&a", "!a", "|", ">", "%", "@", "`",
        "{}", "[1]", "\"a\"", " a", "a ", "---", "...x", ",",
    ] {
        assert_eq!(scalar(text), format!("'{text}'"));
    }
    assert_eq!(scalar("'a'"), "'''a'''");
    assert_eq!(scalar("it's"), "it's");
}

#[test]
fn what_cannot_be_shown_is_escaped() {
    assert_eq!(scalar("a\tb"), r#""a\tb""#);
    assert_eq!(scalar("\u{1b}[2J\u{7}"), r#""\e[2J\a""#);
    assert_eq!(scalar("\u{1f600}"), r#""\U0001F600""#);
    assert_eq!(scalar("\u{feff}\u{1}"), r#""\uFEFF\x01""#);
    assert_eq!(scalar("caf\u{e9}"), "caf\u{e9}");
    assert_eq!(scalar("a \nb"), r#""a \nb""#);
}

#[test]
fn several_lines_become_a_block() {
    assert_eq!(
        to_yaml(&json!({"k": {"a": "x\ny\n", "b": 1}})),
        "k:\n  a: |\n    x\n    y\n  b: 1\n"
    );
    assert_eq!(to_yaml(&json!({"k": "x\n\ny"})), "k: |-\n  x\n\n  y\n");
    assert_eq!(to_yaml(&json!({"k": " x\ny\n\n"})), "k: |2+\n   x\n  y\n\n");
    assert_eq!(
        to_yaml(&json!([["a", ["b"]], [{"c": 1, "d": 2}]])),
        "- - a\n  - - b\n- - c: 1\n    d: 2\n"
    );
}

#[test]
fn long_lines_are_folded_behind_the_80th_column() {
    let words = |n: usize| vec!["word"; n].join(" ");
    let text = words(40);
    let yaml = to_yaml(&json!({"metadata": {"message": text}}));
    let lines: Vec<&str> = yaml.lines().collect();
    // The line ends at the first space behind column 80.
    assert_eq!(lines[1], format!("  message: {}", words(14) + " word"));
    assert_eq!(lines[2], format!("    {}", words(16)));
    assert_eq!(lines.len(), 4);
    let quoted = to_yaml(&json!({"k": format!("a: {text}")}));
    assert!(quoted.starts_with("k: 'a: word"));
    assert!(quoted.ends_with("word'\n"));
    assert!(quoted.lines().nth(1).unwrap().starts_with("  word"));
    let unbroken = "x".repeat(200);
    assert_eq!(scalar(&unbroken), unbroken);
    let key = "k".repeat(129);
    assert_eq!(
        to_yaml(&json!({ key.clone(): "v" })),
        format!("? {key}\n: v\n")
    );
}

#[test]
fn keys_are_in_yaml_v2s_order() {
    let keys = [
        "b", "a10", "a9", "a", "_a", "1", "A", "a.b", "a/b", "a-b", "a01", "a1",
    ];
    let map = keys
        .iter()
        .map(|k| ((*k).to_owned(), Value::Null))
        .collect();
    let sorted: Vec<&str> = sorted_entries(&map)
        .iter()
        .map(|(k, _)| k.as_str())
        .collect();
    assert_eq!(
        sorted,
        [
            "_a", "1", "A", "a", "a-b", "a.b", "a/b", "a1", "a01", "a9", "a10", "b"
        ]
    );
}
