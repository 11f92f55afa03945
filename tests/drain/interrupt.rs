//! Ctrl-C in the middle of a drain, sent to the real process.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use controlplane::{Space, space};

use super::plugin;

/// Starts a drain and returns it once it printed a line that contains `mark`.
fn started(space: &Space, node: &str, mark: &str) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = plugin(&space.kubeconfig(), ["drain", node])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the plugin starts");
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    while !line.contains(mark) {
        line.clear();
        let read = out.read_line(&mut line).expect("it prints text");
        assert!(read > 0, "it ended before it printed {mark:?}");
    }
    (child, out)
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill")
        .args([format!("-{name}"), child.id().to_string()])
        .status();
    assert!(status.expect("kill runs").success());
}

#[test]
fn failure_16_an_interrupt_tells_what_left_what_remains_and_both_commands() {
    let space = space("interrupt-one");
    let a = space.node("a").create();
    space.stateful_set("web").on(&a).replicas(2).create_ready();
    space.budget("web").max_unavailable(1).create_allowing(1);
    let (child, _out) = started(&space, a.name(), "evicted");
    signal(&child, "INT");
    let output = child.wait_with_output().expect("it ends");
    let err = space.tidy(&String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert!(err.contains("interrupted: 1 pod left node"), "{err}");
    assert!(
        err.contains("1 pod still there; the node is cordoned"),
        "{err}"
    );
    assert!(err.contains("go on:    kubectl nodemaint drain"), "{err}");
    assert!(
        err.contains("put back: kubectl nodemaint uncordon"),
        "{err}"
    );
    assert_eq!(space.pods_on(&a).len(), 1);
}

#[test]
fn two_interrupts_end_it_at_once() {
    let space = space("interrupt-two");
    let a = space.node("a").create();
    space.stateful_set("web").on(&a).replicas(1).create_ready();
    space.budget("web").max_unavailable(0).create_allowing(0);
    let (mut child, _out) = started(&space, a.name(), "evicting pod");
    signal(&child, "INT");
    signal(&child, "INT");
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(130));
    assert_eq!(space.pods_on(&a).len(), 1);
}

#[test]
fn termination_is_an_interrupt_as_well() {
    let space = space("interrupt-term");
    let a = space.node("a").create();
    space.stateful_set("web").on(&a).replicas(1).create_ready();
    space.budget("web").max_unavailable(0).create_allowing(0);
    let (child, _out) = started(&space, a.name(), "evicting pod");
    signal(&child, "TERM");
    let output = child.wait_with_output().expect("it ends");
    let err = space.tidy(&String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert!(err.contains("interrupted: 0 pods left node"), "{err}");
}
