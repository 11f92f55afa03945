//! Wrong input and a cluster that will not answer: the exact message, the exit code, and nothing written.

use std::net::TcpListener;

use controlplane::{Space, shared, space};

use super::{Ran, drain, plugin};

/// Runs and asserts that nothing of this space was written by it.
fn refused<'a>(space: &Space, words: impl IntoIterator<Item = &'a str>) -> Ran {
    let mark = shared().audit_mark();
    let ran = drain(space, words);
    let written = shared()
        .audit_since(mark)
        .by_agent("kubectl-nodemaint/")
        .writes();
    let mine = written.only(|request| format!("{request:?}").contains(space.name()));
    assert_eq!(mine.count(), 0, "{mine:?}");
    assert!(ran.out.is_empty(), "{ran:?}");
    ran
}

#[test]
fn an_unknown_node_among_known_ones_stops_everything_and_all_unknown_ones_are_named() {
    let space = space("unknown-node");
    let a = space.node("a").create();
    let ran = refused(&space, ["drain", "nope", a.name(), "nope2"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(
        ran.err,
        "Error from server (NotFound): nodes \"nope\" not found\nhint: also not found: nope2\n"
    );
}

#[test]
fn names_and_a_selector_together_are_wrong_usage() {
    let space = space("name-and-selector");
    let a = space.node("a").create();
    let ran = refused(&space, ["drain", a.name(), "-l", "pool=x"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(
        ran.err,
        "error: cannot specify both a node name and a --selector option\n\
         hint: See 'kubectl nodemaint drain -h' for help and examples\n"
    );
}

#[test]
fn a_selector_that_matches_nothing_is_no_success() {
    let space = space("empty-selector");
    let ran = refused(&space, ["drain", "-l", "no=such"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.err, "error: no node matches the selector \"no=such\"\n");
}

#[test]
fn a_duration_that_is_none_is_named_with_what_it_may_be() {
    let space = space("bad-duration");
    let a = space.node("a").create();
    let ran = refused(&space, ["drain", a.name(), "--timeout=NaN"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(
        ran.err,
        "error: invalid argument \"NaN\" for \"--timeout\" flag: it must be a duration such as 90s, 10m or 1h30m\n"
    );
}

#[test]
fn control_characters_in_a_name_are_shown_not_obeyed() {
    let space = space("control-chars");
    let ran = refused(&space, ["drain", "n1\u{1b}[31m\r"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.err
            .starts_with("error: \"n1\\u{1b}[31m\\r\" is not a node name: "),
        "{ran:?}"
    );
}

#[test]
fn a_user_without_any_right_is_told_which_one_is_missing() {
    let space = space("no-right");
    let a = space.node("a").create();
    let nobody = space.user("nobody").create();
    let output = plugin(nobody.kubeconfig(), ["drain", a.name()]).output();
    let ran = Ran::new(&space, &output.expect("the plugin starts"));
    assert_eq!(ran.code, Some(6), "{ran:?}");
    let name = space.tidy(nobody.name());
    assert_eq!(
        ran.err,
        format!(
            "Error from server (Forbidden): nodes \"a\" is forbidden: User \"{name}\" cannot get resource \"nodes\" \
             in API group \"\" at the cluster scope\n"
        )
    );
}

#[test]
fn a_server_that_is_gone_is_named() {
    let space = space("server-gone");
    // A port that was free a moment ago, and that nobody listens on.
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = free.local_addr().expect("its address");
    drop(free);
    let server = format!("--server=https://{address}");
    let ran = refused(&space, ["drain", "n1", &server]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(
        ran.err,
        format!(
            "The connection to the server {address} was refused - did you specify the right host or port?\n"
        )
    );
}

#[test]
fn a_token_that_is_not_valid_any_more_is_said_in_kubectls_words() {
    let space = space("expired-token");
    let server = format!("--server={}", shared().description().server);
    let ca = format!(
        "--certificate-authority={}",
        shared().description().ca.display()
    );
    let empty = tempfile::NamedTempFile::new().expect("an empty kubeconfig");
    let words = ["drain", "n1", "--token=expired", &server, &ca];
    let output = plugin(empty.path(), words).output();
    let ran = Ran::new(&space, &output.expect("the plugin starts"));
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(
        ran.err,
        "error: You must be logged in to the server (Unauthorized)\n"
    );
}
