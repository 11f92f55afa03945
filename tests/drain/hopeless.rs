//! A drain that cannot end well says so before it begins, also without a terminal.

use controlplane::{Space, space};

use super::{Ran, drain, plugin};

/// Runs a drain with both streams in one, so that the order of their lines is kept.
fn in_one_stream(space: &Space, words: &[&str]) -> Ran {
    let plain = plugin(&space.kubeconfig(), words.iter().copied());
    let mut shell = std::process::Command::new("/bin/sh");
    shell.args(["-c", "exec \"$@\" 2>&1", "sh"]);
    shell.arg(plain.get_program()).args(plain.get_args());
    for (key, value) in plain.get_envs() {
        match value {
            Some(value) => shell.env(key, value),
            None => shell.env_remove(key),
        };
    }
    let output = shell.stdin(std::process::Stdio::null()).output();
    Ran::new(space, &output.expect("the plugin starts"))
}

#[test]
fn a_budget_that_never_opens_is_said_before_the_cordon_and_the_drain_begins_all_the_same() {
    let space = space("never-opens");
    let a = space.node("a").create();
    space.stateful_set("web").on(&a).replicas(1).create_ready();
    space.budget("web").max_unavailable(0).create_allowing(0);
    let ran = in_one_stream(&space, &["drain", a.name(), "--timeout=2s"]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    let line_of = |begin: &str| {
        let found = ran.out.lines().position(|line| line.starts_with(begin));
        found.unwrap_or_else(|| panic!("no line {begin:?} in {ran:?}"))
    };
    let warning = line_of("warning: as things stand, never allowed to leave: ");
    let end = line_of(
        "warning: the drain begins all the same, as kubectl's does: it waits until --timeout=2s is over, or Ctrl-C",
    );
    let remedy = line_of("  -> kubectl patch pdb web -n ");
    assert_eq!((remedy, end), (warning + 1, warning + 2), "{ran:?}");
    assert!(end < line_of("node/a cordoned"), "{ran:?}");
    assert!(end < line_of("evicting pod "), "{ran:?}");
}

#[test]
fn pods_that_the_server_never_lets_go_end_the_drain_with_an_error_as_it_said() {
    let space = space("two-guards");
    let a = space.node("a").create();
    space.stateful_set("web").on(&a).replicas(1).create_ready();
    space.stateful_set("api").on(&a).replicas(1).create_ready();
    for name in ["one", "two"] {
        space
            .budget(name)
            .selecting("app", "web")
            .max_unavailable(1)
            .create_allowing(1);
    }
    let ran = drain(&space, ["drain", a.name()]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.err.contains(
            "warning: the drain begins all the same, as kubectl's does: it removes the other pods and ends with an error"
        ),
        "{ran:?}"
    );
    assert_eq!(space.pods_on(&a).len(), 1, "the other pod left");
}

#[test]
fn a_budget_that_opens_again_is_no_warning() {
    let space = space("opens-again");
    let a = space.node("a").create();
    space.stateful_set("web").on(&a).replicas(2).create_ready();
    space.budget("web").max_unavailable(1).create_allowing(1);
    let ran = drain(&space, ["drain", a.name(), "--timeout=2s"]);
    assert_eq!(
        ran.code,
        Some(4),
        "the second replica is not replaced: {ran:?}"
    );
    assert!(!ran.err.contains("warning"), "{ran:?}");
}
