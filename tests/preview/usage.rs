//! Wrong usage: the exact message, exit code 2 (or 1 for what is not there), and nothing on standard output.

use super::offline;

/// arguments after `preview drain`, exit code, first line of standard error
type Row<'a> = (&'a [&'a str], i32, &'a str);

#[test]
fn wrong_usage_is_told_exactly() {
    let table: &[Row] = &[
        (&[], 2, "error: USAGE: preview drain NODE [flags]"),
        (
            &["worker-2", "-l", "pool=gpu", "--snapshot", "demo"],
            2,
            "error: cannot specify both a node name and a --selector option",
        ),
        (
            &["worker-2", "nope", "--snapshot", "demo"],
            1,
            "Error from server (NotFound): nodes \"nope\" not found",
        ),
        (
            &["-l", "pool in gpu", "--snapshot", "demo"],
            2,
            "error: --selector \"pool in gpu\" is not a label selector: expected '(VALUE,...)' at \"gpu\"",
        ),
        (
            &["worker-2\u{1b}[2J", "--snapshot", "demo"],
            2,
            "error: \"worker-2\\u{1b}[2J\" is not a node name: a name has lower case letters, digits, '-' and '.', begins \
             and ends with a letter or digit and has at most 253 characters",
        ),
        (
            &["worker-2", "--snapshot", "demo", "--context", "prod"],
            2,
            "error: --context belongs to a live cluster; with --snapshot nothing is connected to",
        ),
        (
            &["worker-2", "--snapshot", ""],
            2,
            "error: --snapshot is empty: name a file, '-' or 'demo'",
        ),
        (
            &["worker-2", "--snapshot", "demo", "--grace-period", "NaN"],
            2,
            "error: invalid value 'NaN' for '--grace-period <SECONDS>': invalid digit found in string",
        ),
        (
            &["worker-2", "--snapshot", "demo", "--pod-selector", "=x"],
            2,
            "error: --pod-selector=<pod_selector> must be a valid label selector",
        ),
        (
            &["worker-2", "--snapshot", "demo", "-o", "csv"],
            2,
            "error: invalid value 'csv' for '--output <FORMAT>'",
        ),
    ];
    for (args, code, message) in table {
        let all: Vec<&str> = ["preview", "drain"].iter().chain(*args).copied().collect();
        let run = offline(&all);
        assert_eq!(
            (run.code, run.out.as_str()),
            (*code, ""),
            "{args:?}: {}",
            run.err
        );
        assert_eq!(run.err.lines().next(), Some(*message), "{args:?}");
    }
}

#[test]
fn a_selector_that_matches_nothing_is_said() {
    let run = offline(&["preview", "drain", "-l", "pool=none", "--snapshot", "demo"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert_eq!(
        run.err,
        "error: no node matches the selector \"pool=none\"\n"
    );
}

#[test]
fn names_without_a_terminal_are_cleaned_too() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let cluster = r#"{"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}},
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a\u001b[2Jb", "namespace": "x"}, "spec": {"nodeName": "n1"}}]}"#;
    std::fs::write(file.path(), cluster).unwrap();
    let path = file.path().display().to_string();
    let run = offline(&[
        "preview",
        "drain",
        "n1",
        "--snapshot",
        &path,
        "--color",
        "never",
    ]);
    assert!(run.out.contains("x/a\\u{1b}[2Jb"), "{}", run.out);
    assert!(!run.out.contains('\u{1b}'), "{:?}", run.out);
}

#[test]
fn snapshot_needs_a_file() {
    let run = offline(&["snapshot"]);
    assert_eq!(run.code, 2);
    assert_eq!(
        run.err.lines().next(),
        Some("error: the following required arguments were not provided:")
    );
    let run = offline(&["snapshot", "-o", ""]);
    assert_eq!(
        (run.code, run.err.as_str()),
        (2, "error: --output is empty: name a file, or '-'\n")
    );
}
