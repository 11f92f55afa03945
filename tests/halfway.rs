//! Ctrl-C in the middle of a change of many nodes: what was changed is said, and it is true.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use controlplane::{Space, space};
use serde_json::json;

use crate::connect::servers::{Reply, Seen, Server};
use crate::support::{Ran, is_cordoned, ours, plugin, taints};

/// Starts the plugin and interrupts it when it has printed so many lines.
fn interrupted_after(lines: usize, mut command: Command) -> Ran {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the plugin starts");
    let mut stream = BufReader::new(child.stdout.take().expect("piped"));
    let mut out = String::new();
    for _ in 0..lines {
        stream.read_line(&mut out).expect("text");
    }
    interrupt(&child);
    stream.read_to_string(&mut out).expect("text");
    let output = child.wait_with_output().expect("it ends");
    Ran {
        out,
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        code: output.status.code(),
    }
}

fn interrupt(child: &Child) {
    let status = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(status.expect("kill runs").success());
}

/// The nodes behind `  WORDS: ` on standard error.
fn listed(ran: &Ran, words: &str) -> Vec<String> {
    let begin = format!("  {words}: ");
    let line = ran.err.lines().find_map(|line| line.strip_prefix(&begin));
    let names = line.into_iter().flat_map(|names| names.split(", "));
    names.map(str::to_owned).collect()
}

/// The words of a command that was printed behind `MARK kubectl nodemaint `.
fn printed_command(ran: &Ran, mark: &str) -> Option<Vec<String>> {
    let begin = format!("{mark} kubectl nodemaint ");
    let line = ran.err.lines().find_map(|line| line.strip_prefix(&begin))?;
    Some(line.split(' ').map(str::to_owned).collect())
}

const MANY: usize = 60;

/// Interrupts a command over many nodes until it stops half way, which a quick machine does not do at the first try;
/// `undo` makes the nodes as they were.
fn half_way(space: &Space, begin: &[&str], end: &[&str], undo: impl Fn(&[String])) -> Ran {
    let names: Vec<String> = (0..MANY)
        .map(|index| space.node(&format!("n{index:02}")).create_unready())
        .map(|node| node.name().to_owned())
        .collect();
    let mut words: Vec<&str> = begin.to_vec();
    words.extend(names.iter().map(String::as_str));
    words.extend(end);
    for _ in 0..20 {
        let ran = interrupted_after(1, plugin(&space.kubeconfig(), &words));
        if ran.code == Some(130) && !listed(&ran, "not begun").is_empty() {
            return ran;
        }
        undo(&names);
    }
    panic!("it was always faster than the signal");
}

#[test]
fn an_interrupted_cordon_says_truly_which_nodes_it_cordoned_and_how_to_put_them_back() {
    let space = space("half-cordon");
    let undo = |names: &[String]| {
        let words = ["uncordon".to_owned()].into_iter().chain(names.to_vec());
        let words: Vec<String> = words.collect();
        assert_eq!(ours(&space.kubeconfig(), &words).code, Some(0));
    };
    let ran = half_way(&space, &["cordon"], &[], undo);
    let changed = listed(&ran, "changed");
    let said = format!("interrupted: {} of {MANY} node(s) changed\n", changed.len());
    assert!(ran.err.starts_with(&said), "{ran:?}");
    assert_eq!(
        listed(&ran, "asked, but no answer came"),
        [""; 0],
        "{ran:?}"
    );
    for index in 0..MANY {
        let name = space.node_name(&format!("n{index:02}"));
        assert_eq!(
            is_cordoned(&space, &name),
            changed.contains(&name),
            "{name}: {ran:?}"
        );
    }
    // Both commands do what they say.
    let go_on = printed_command(&ran, "go on:   ").expect("a command");
    let put_back = printed_command(&ran, "put back:").expect("a command");
    assert_eq!(put_back[0], "uncordon");
    assert_eq!(put_back[1..], changed);
    let gone_on = ours(&space.kubeconfig(), &go_on);
    assert_eq!(gone_on.code, Some(0), "{gone_on:?}");
    assert_eq!(
        gone_on.out.matches("already cordoned").count(),
        changed.len()
    );
    let back = ours(&space.kubeconfig(), &put_back);
    assert_eq!(back.code, Some(0), "{back:?}");
    assert!(!is_cordoned(&space, &changed[0]));
}

#[test]
fn an_interrupted_taint_says_truly_which_nodes_it_tainted() {
    let space = space("half-taint");
    let undo = |names: &[String]| {
        let mut words = vec!["taint".to_owned(), "remove".to_owned()];
        words.extend(names.to_vec());
        words.push("half".to_owned());
        assert_eq!(ours(&space.kubeconfig(), &words).code, Some(0));
    };
    let ran = half_way(&space, &["taint", "nodes"], &["half=way:NoSchedule"], undo);
    let changed = listed(&ran, "changed");
    assert!(!changed.is_empty(), "{ran:?}");
    for index in 0..MANY {
        let name = space.node_name(&format!("n{index:02}"));
        let tainted = taints(&space, &name).contains(&"half=way:NoSchedule".to_owned());
        assert_eq!(tainted, changed.contains(&name), "{name}: {ran:?}");
    }
    let go_on = printed_command(&ran, "go on:   ").expect("a command");
    assert_eq!(
        go_on.last().map(String::as_str),
        Some("half=way:NoSchedule")
    );
    assert!(!ran.err.contains("put back"), "{ran:?}");
}

/// Answers about twelve nodes, and writes only the first two; the other writes get no answer.
fn stuck(seen: &Seen) -> Reply {
    let Some(name) = seen.target.strip_prefix("/api/v1/nodes/") else {
        return Reply::forbidden("nobody knows you");
    };
    let name = name.split('?').next().unwrap_or_default();
    let number: usize = name.trim_start_matches('n').parse().expect("a number");
    let node = |taints: serde_json::Value| {
        let metadata = json!({"name": name, "uid": format!("u-{name}"), "resourceVersion": "1"});
        let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": {"taints": taints}});
        Reply::json(200, &node)
    };
    match seen.method.as_str() {
        "GET" => node(json!([{"key": "k", "effect": "NoSchedule"}])),
        _ if number > 2 => Reply::Never,
        _ => node(json!([])),
    }
}

#[test]
fn requests_without_an_answer_are_not_waited_for_and_not_called_done() {
    let server = Server::plain(stuck);
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    let text = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "m",
        "clusters": [{"name": "m", "cluster": {"server": server.url()}}],
        "users": [{"name": "m", "user": {}}],
        "contexts": [{"name": "m", "context": {"cluster": "m", "user": "m"}}],
    });
    std::fs::write(&config, text.to_string()).expect("it can be written");
    let mut words = vec!["taint".to_owned(), "remove".to_owned()];
    words.extend((1..=12).map(|number| format!("n{number:02}")));
    words.push("k".to_owned());
    let ran = interrupted_after(2, plugin(&config, &words));
    assert_eq!(ran.code, Some(130), "{ran:?}");
    assert!(
        ran.err
            .starts_with("interrupted: 2 of 12 node(s) changed\n"),
        "{ran:?}"
    );
    assert_eq!(listed(&ran, "changed"), ["n01", "n02"], "{ran:?}");
    // Eight are worked on at once; whether the next two had begun depends on the machine.
    let unanswered = listed(&ran, "asked, but no answer came");
    assert!(unanswered.len() >= 6, "{ran:?}");
    let not_begun = listed(&ran, "not begun");
    assert!(not_begun.contains(&"n12".to_owned()), "{ran:?}");
    let rest: Vec<String> = (3..=12).map(|number| format!("n{number:02}")).collect();
    assert_eq!([unanswered, not_begun].concat(), rest, "{ran:?}");
}
