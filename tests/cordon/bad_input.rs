//! Wrong words: the exact message, the exit code, and nothing written.

use controlplane::{shared, space};

use crate::support::{is_cordoned, ours, plugin_writes};

#[test]
fn wrong_words_change_nothing() {
    let space = space("cordon_bad_input");
    let [node] = space.nodes(["a"]);
    let (name, config) = (node.name(), space.kubeconfig());
    let before = shared().audit_mark();
    let selector = format!("pool={}", space.name());
    for (words, code, message) in [
        (
            vec!["cordon", name, "nope"],
            1,
            "Error from server (NotFound): nodes \"nope\" not found",
        ),
        (
            vec!["cordon", "nope", name, "nope2"],
            1,
            "Error from server (NotFound): nodes \"nope\" not found\nhint: also not found: nope2",
        ),
        (
            vec!["cordon", name, "-l", "a=b"],
            2,
            "error: cannot specify both a node name and a --selector option\n\
             hint: See 'kubectl nodemaint cordon -h' for help and examples",
        ),
        (
            vec!["cordon", "-l", &selector],
            1,
            "error: no node matches the selector \"pool=space\"",
        ),
        (
            vec!["cordon", name, "--reason", "a\u{1b}[2Jb"],
            2,
            "error: invalid argument \"a\\u{1b}[2Jb\" for \"--reason\" flag: it has control characters",
        ),
        (
            vec!["cordon", name, "--ticket", "a\nb"],
            2,
            "error: invalid argument \"a\\nb\" for \"--ticket\" flag: it has control characters",
        ),
        (
            vec!["cordon", name, "b\u{7}"],
            2,
            "error: \"b\\u{7}\" is not a node name: a name has lower case letters, digits, '-' and '.', begins and ends \
             with a letter or digit and has at most 253 characters",
        ),
        (
            vec!["cordon", name, "pod/x"],
            2,
            "error: expected resource of type node, got \"pod\" in \"pod/x\"",
        ),
        (
            vec!["uncordon", name, "--dry-run=maybe"],
            2,
            "error: Invalid dry-run value (maybe). Must be \"none\", \"server\", or \"client\".",
        ),
    ] {
        let ran = ours(&config, &words).tidy(&space);
        assert_eq!(ran.err, format!("{message}\n"), "{words:?}");
        assert_eq!((ran.out.as_str(), ran.code), ("", Some(code)), "{words:?}");
    }
    let bad_selector = ours(&config, &["cordon", "-l", "a=("]);
    assert_eq!(bad_selector.code, Some(1));
    assert!(
        bad_selector.err.contains("unable to parse requirement"),
        "{bad_selector:?}"
    );
    assert_eq!(plugin_writes(&space, before), 0);
    assert!(!is_cordoned(&space, name));
}
