//! Runs the built plugin and the real kubectl the same way, and compares what they leave behind.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use controlplane::{Made, Mark, Space, shared};
use serde_json::Value;

/// What a program printed and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    pub out: String,
    pub err: String,
    /// The exit code; absent where a signal ended it.
    pub code: Option<i32>,
}

impl Ran {
    fn new(output: &Output) -> Ran {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        crate::documents::check(&text(&output.stdout));
        Ran {
            out: text(&output.stdout),
            err: text(&output.stderr),
            code: output.status.code(),
        }
    }

    /// The same with the space's names taken out.
    pub fn tidy(self, space: &Space) -> Ran {
        Ran {
            out: space.tidy(&self.out),
            err: space.tidy(&self.err),
            code: self.code,
        }
    }
}

/// The plugin as a command, with nothing of this machine's environment that matters.
pub fn plugin<S: AsRef<str>>(kubeconfig: &Path, arguments: &[S]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-nodemaint"));
    command
        .env_clear()
        .env("KUBECONFIG", kubeconfig)
        .env("HOME", &shared().description().folder)
        .args(arguments.iter().map(AsRef::as_ref))
        .stdin(Stdio::null());
    command
}

/// Runs the plugin.
pub fn ours<S: AsRef<str>>(kubeconfig: &Path, arguments: &[S]) -> Ran {
    Ran::new(&plugin(kubeconfig, arguments).output().unwrap())
}

/// Runs the real kubectl.
pub fn kubectl<S: AsRef<str>>(kubeconfig: &Path, arguments: &[S]) -> Ran {
    let arguments = arguments.iter().map(AsRef::as_ref);
    let mut command = shared().kubectl(kubeconfig, arguments);
    Ran::new(&command.stdin(Stdio::null()).output().unwrap())
}

/// A node's taints as text, without the one that the controller adds to a cordoned node when it gets round to it.
pub fn taints(space: &Space, node: &str) -> Vec<String> {
    let object = space.get_node(node).unwrap();
    let list = object["spec"]["taints"].as_array().cloned();
    let text = |taint: &Value| {
        let part = |name: &str| taint[name].as_str().unwrap_or_default().to_owned();
        let value = match part("value") {
            value if value.is_empty() => value,
            value => format!("={value}"),
        };
        format!("{}{value}:{}", part("key"), part("effect"))
    };
    list.unwrap_or_default()
        .iter()
        .map(text)
        .filter(|taint| taint != "node.kubernetes.io/unschedulable:NoSchedule")
        .collect()
}

/// Whether a node is cordoned.
pub fn is_cordoned(space: &Space, node: &str) -> bool {
    space.get_node(node).unwrap()["spec"]["unschedulable"] == true
}

/// The annotations that the plugin leaves on a node.
pub fn marks(space: &Space, node: &str) -> Vec<(String, String)> {
    let object = space.get_node(node).unwrap();
    let annotations = object["metadata"]["annotations"].as_object().cloned();
    annotations
        .unwrap_or_default()
        .into_iter()
        .filter(|(key, _)| key.starts_with("nodemaint.dev/"))
        .map(|(key, value)| (key, value.as_str().unwrap_or_default().to_owned()))
        .collect()
}

/// The writes to a space's nodes that the plugin sent since a place in the audit log.
pub fn plugin_writes(space: &Space, since: Mark) -> usize {
    let ours = shared().audit_since(since).by_agent("kubectl-nodemaint/");
    let here = |name: &str| name.starts_with(space.name());
    ours.writes().only(|request| here(&request.name)).count()
}

/// Names of nodes, for arguments.
pub fn names<'a>(nodes: impl IntoIterator<Item = &'a Made>) -> Vec<&'a str> {
    nodes.into_iter().map(Made::name).collect()
}
