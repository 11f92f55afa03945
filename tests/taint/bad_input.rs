//! Wrong words and missing rights: the exact message, the exit code, and nothing written.

use controlplane::{shared, space};

use crate::support::{ours, plugin_writes, taints};

const SEE: &str = "\nSee 'kubectl nodemaint taint -h' for help and examples";

#[test]
fn wrong_words_change_nothing() {
    let space = space("taint_bad_input");
    let node = space.node("a").taint("old=1:NoSchedule").create();
    let (n, config) = (node.name(), space.kubeconfig());
    let before = shared().audit_mark();
    let selector = format!("pool={}", space.name());
    let see = |message: &str| format!("{message}{SEE}");
    let rows: Vec<(Vec<&str>, i32, String)> = vec![
        (
            vec!["nodes", n, "nope", "a:NoSchedule"],
            1,
            "Error from server (NotFound): nodes \"nope\" not found".to_owned(),
        ),
        (
            vec!["nodes", n, "foo=bar:NoExcute"],
            2,
            see("error: invalid taint effect: NoExcute, unsupported taint effect"),
        ),
        (
            vec!["nodes", n, "a:NoSchedule", "foo=abc=xyz:NoSchedule"],
            2,
            see("error: invalid taint spec: foo=abc=xyz:NoSchedule"),
        ),
        (
            vec!["nodes", n, "nospecialchars^@=banana:NoSchedule"],
            2,
            see("error: invalid taint spec: nospecialchars^@=banana:NoSchedule, name part must consist of alphanumeric \
                 characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or \
                 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"),
        ),
        (
            vec!["nodes", n, "foo=bar:NoExecute", "foo=barz:NoExecute"],
            2,
            see("error: duplicated taints with the same key and effect: foo=barz:NoExecute"),
        ),
        (
            vec!["nodes", n, "foo=:NoExecute", "foo=:NoExecute-"],
            2,
            "error: can not both modify and remove the following taint(s) in the same command: foo=NoExecute".to_owned(),
        ),
        (
            vec!["nodes", n, "old=1:NoSchedule"],
            3,
            "error: node a already has old taint(s) with same effect(s) and --overwrite is false\n\
             nothing was changed; refused by a".to_owned(),
        ),
        (
            vec!["nodes", n, "a:NoSchedule", "gone-"],
            3,
            "error: taint \"gone\" not found\nnothing was changed; refused by a".to_owned(),
        ),
        (
            vec!["nodes", n, "--all", "a:NoSchedule"],
            2,
            "error: cannot specify both a node name (a) and --all\n\
             hint: kubectl would change all nodes here, whatever the names".to_owned(),
        ),
        (
            vec!["nodes", n, "-l", "a=b", "a:NoSchedule"],
            2,
            "error: cannot specify both a node name and a --selector option\n\
             hint: See 'kubectl nodemaint taint -h' for help and examples".to_owned(),
        ),
        (
            vec!["nodes", "-l", &selector, "a:NoSchedule"],
            1,
            "error: no node matches the selector \"pool=space\"".to_owned(),
        ),
        (
            vec!["nodes", n, "a:NoSchedule", "-o", "go-template={{.metadata.name}}"],
            2,
            "error: unable to match a printer suitable for the output format \"go-template\", allowed formats are: \
             json,jsonpath,jsonpath-as-json,jsonpath-file,name,yaml\nhint: Go templates exist only in programs written \
             in Go: use -o jsonpath=TEMPLATE, or -o json with jq".to_owned(),
        ),
        (
            vec!["nodes", n, "a:NoSchedule", "-o", "jsonpath={.a"],
            2,
            "error: error parsing jsonpath {.a, unclosed action".to_owned(),
        ),
        (
            vec!["nodes", n, "a\u{1b}[2J:NoSchedule", "--dry-run=NaN"],
            2,
            "error: Invalid dry-run value (NaN). Must be \"none\", \"server\", or \"client\".".to_owned(),
        ),
        (
            vec!["add", n, "old-"],
            2,
            "error: `taint add` adds, and \"old-\" removes\nhint: use `taint remove`, or both at once: taint nodes \
             NODE... SPEC... SPEC-".to_owned(),
        ),
        (
            vec!["remove", n, "old=1"],
            2,
            see("error: invalid taint spec: old=1, name part must consist of alphanumeric characters, '-', '_' or '.', \
                 and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', \
                 regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"),
        ),
        (
            vec!["patch", n, "-p", r#"{"spec":{"unschedulable":true}}"#],
            2,
            "error: `taint patch` changes spec.taints and nothing else, but the patch has spec.unschedulable".to_owned(),
        ),
        (
            vec!["patch", n, "-p", r#"{"spec":{"taints":[{"key":"a","effect":"Nope"}]}}"#],
            2,
            "error: taint 1 of the new list: invalid taint effect: Nope".to_owned(),
        ),
    ];
    for (words, code, message) in rows {
        let ran = ours(&config, &[&["taint"], &words[..]].concat()).tidy(&space);
        assert_eq!(ran.err, format!("{message}\n"), "{words:?}");
        assert_eq!((ran.out.as_str(), ran.code), ("", Some(code)), "{words:?}");
    }
    assert_eq!(plugin_writes(&space, before), 0);
    assert_eq!(taints(&space, n), ["old=1:NoSchedule"]);
}

#[test]
fn without_the_right_nothing_is_written() {
    let space = space("taint_forbidden");
    let [node] = space.nodes(["a"]);
    let viewer = space.user("viewer").can_everywhere("get", "nodes").create();
    let ran = ours(
        viewer.kubeconfig(),
        &["taint", "nodes", node.name(), "a:NoSchedule"],
    )
    .tidy(&space);
    assert_eq!(
        ran.err,
        format!(
            "Error from server (Forbidden): nodes \"a\" is forbidden: User \"{}\" cannot patch resource \"nodes\" in API \
             group \"\" at the cluster scope\n",
            space.tidy(viewer.name())
        )
    );
    assert_eq!((ran.out.as_str(), ran.code), ("", Some(6)));
    let nobody = space.user("nobody").create();
    let ran = ours(
        nobody.kubeconfig(),
        &["taint", "nodes", node.name(), "a:NoSchedule"],
    )
    .tidy(&space);
    assert!(
        ran.err
            .starts_with("Error from server (Forbidden): nodes \"a\" is forbidden: "),
        "{ran:?}"
    );
    assert_eq!(ran.code, Some(6));
    assert_eq!(taints(&space, node.name()), [""; 0]);
}

/// kubectl's own words for both, and for either command.
#[test]
fn a_server_that_is_gone_and_a_token_that_has_expired() {
    let space = space("taint_no_server");
    let [node] = space.nodes(["a"]);
    let config = space.kubeconfig();
    let before = shared().audit_mark();
    let taint = ["taint", "nodes", node.name(), "a:NoSchedule"];
    let cordon = ["cordon", node.name()];
    let gone = "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?\n";
    let expired = "error: You must be logged in to the server (Unauthorized)\n";
    for (flag, message) in [
        ("--server=https://127.0.0.1:1", gone),
        ("--token=expired", expired),
    ] {
        for words in [&taint[..], &cordon[..]] {
            let ran = ours(&config, &[words, &[flag]].concat());
            assert_eq!(
                (ran.err.as_str(), ran.out.as_str()),
                (message, ""),
                "{words:?}"
            );
            assert_eq!(ran.code, Some(1), "{words:?}");
        }
    }
    assert_eq!(plugin_writes(&space, before), 0);
    assert_eq!(taints(&space, node.name()), [""; 0]);
}
