//! Which nodes a command is about: names, `node/NAME`, or a label selector.

use clap::{Args, ValueEnum};

use crate::cli::error::CliError;
use crate::domain::node::Node;
use crate::engine::cluster::{Cluster, NodeQuery};

/// Nodes by name or by selector.
#[derive(Debug, Clone, Default, Args)]
pub struct NodeArgs {
    /// Names of nodes; `node/NAME` works too
    #[arg(value_name = "NODE")]
    pub nodes: Vec<String>,
    /// Label selector instead of names (=, ==, !=, in, notin, exists, !)
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    pub selector: Option<String>,
}

/// What was asked for, checked for form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeSelection {
    /// These, in this order, without duplicates.
    Names(Vec<String>),
    /// Those that the server finds.
    Selector(String),
}

impl NodeArgs {
    /// Checks what was typed; `command` is named in the messages as kubectl does.
    ///
    /// # Errors
    ///
    /// Both names and selector, neither, an empty selector, another resource type, a name that cannot be one.
    pub fn selection(&self, command: &str) -> Result<NodeSelection, CliError> {
        let see = format!("See 'kubectl nodemaint {command} -h' for help and examples");
        match (&self.selector, self.nodes.is_empty()) {
            (Some(_), false) => Err(CliError::usage(
                "cannot specify both a node name and a --selector option",
            )
            .with_hint(see)),
            (None, true) => {
                Err(CliError::usage(format!("USAGE: {command} NODE [flags]")).with_hint(see))
            }
            (Some(selector), true) if selector.is_empty() => Err(CliError::usage(
                "--selector is empty: name the nodes, or give a selector such as -l pool=workers",
            )),
            (Some(selector), true) => Ok(NodeSelection::Selector(selector.clone())),
            (None, false) => names(&self.nodes).map(NodeSelection::Names),
        }
    }

    /// Reads the nodes; all of them, or none of them is touched.
    ///
    /// # Errors
    ///
    /// As [`NodeArgs::selection`]; the first unknown name in kubectl's words, with all others in a hint; a failed read.
    pub async fn resolve<C: Cluster>(
        &self,
        command: &str,
        cluster: &C,
    ) -> Result<Vec<Node>, CliError> {
        match self.selection(command)? {
            NodeSelection::Selector(selector) => {
                let query = NodeQuery::Selector(selector.clone());
                let nodes = cluster.nodes(&query).await?;
                if nodes.is_empty() {
                    return Err(none_selected(&selector));
                }
                Ok(nodes)
            }
            NodeSelection::Names(names) => named(&names, cluster).await,
        }
    }
}

async fn named<C: Cluster>(names: &[String], cluster: &C) -> Result<Vec<Node>, CliError> {
    use futures::stream::{self, StreamExt};
    // Eight at a time: names are few, and the server may be far.
    let answers: Vec<_> = stream::iter(names)
        .map(|name| cluster.node(name))
        .buffered(8)
        .collect()
        .await;
    let mut nodes = Vec::new();
    let mut missing = Vec::new();
    for (name, answer) in names.iter().zip(answers) {
        match answer? {
            Some(node) => nodes.push(node),
            None => missing.push(name.as_str()),
        }
    }
    not_found(&missing).map_or(Ok(nodes), Err)
}

/// Builds the error for a selector that selects nothing: a misspelt one must not look like work done.
pub fn none_selected(selector: &str) -> CliError {
    CliError::unplanned(format!(
        "error: no node matches the selector \"{selector}\""
    ))
}

/// Builds the error for unknown names: kubectl's line for the first, the others as a hint.
pub fn not_found(missing: &[&str]) -> Option<CliError> {
    let (first, others) = missing.split_first()?;
    let error = CliError::unplanned(format!(
        "Error from server (NotFound): nodes \"{first}\" not found"
    ));
    Some(if others.is_empty() {
        error
    } else {
        error.with_hint(format!("also not found: {}", others.join(", ")))
    })
}

/// Strips `node/`, refuses what cannot be a node's name, keeps the first of duplicates.
///
/// # Errors
///
/// Another resource type, a name that cannot be one.
pub fn names<'a>(typed: impl IntoIterator<Item = &'a String>) -> Result<Vec<String>, CliError> {
    let mut names: Vec<String> = Vec::new();
    for argument in typed {
        let name = match argument.split_once('/') {
            None => argument.as_str(),
            Some((kind, name)) if is_node_kind(kind) => name,
            Some((kind, _)) => {
                return Err(CliError::usage(format!(
                    "expected resource of type node, got \"{kind}\" in \"{}\"",
                    argument.escape_default()
                )));
            }
        };
        check_name(name, argument)?;
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

/// Tells whether a resource word means nodes, as kubectl's REST mapper does.
pub fn is_node_kind(word: &str) -> bool {
    ["node", "nodes", "no"].contains(&word.to_ascii_lowercase().as_str())
}

/// Refuses what the API can never have as a node's name (a DNS-1123 subdomain), so that it never becomes a URL.
fn check_name(name: &str, argument: &str) -> Result<(), CliError> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    let edges = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let valid = (1..=253).contains(&name.len())
        && name.chars().all(allowed)
        && name.starts_with(edges)
        && name.ends_with(edges);
    if valid {
        return Ok(());
    }
    Err(CliError::usage(format!(
        "\"{}\" is not a node name: a name has lower case letters, digits, '-' and '.', begins and ends with a letter \
         or digit and has at most 253 characters",
        argument.escape_default()
    )))
}

/// What `--dry-run` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum DryRun {
    /// Really do it.
    #[default]
    #[value(alias = "false")]
    None,
    /// Send nothing.
    #[value(alias = "true")]
    Client,
    /// Send it marked as a dry run.
    Server,
}

impl DryRun {
    /// Returns what kubectl puts behind the lines of a dry run.
    pub fn suffix(self) -> &'static str {
        match self {
            DryRun::None => "",
            DryRun::Client => " (dry run)",
            DryRun::Server => " (server dry run)",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(nodes: &[&str], selector: Option<&str>) -> NodeArgs {
        NodeArgs {
            nodes: nodes.iter().map(|&n| n.to_owned()).collect(),
            selector: selector.map(str::to_owned),
        }
    }

    fn message(args: &NodeArgs) -> String {
        args.selection("drain").expect_err("refused").message
    }

    #[test]
    fn names_lose_their_prefix_and_duplicates() {
        let typed = args(&["n1", "node/n2", "nodes/n1", "no/n3", "NODE/n2"], None);
        let expected = ["n1", "n2", "n3"].map(str::to_owned).to_vec();
        assert_eq!(typed.selection("drain"), Ok(NodeSelection::Names(expected)));
    }

    #[test]
    fn wrong_combinations_are_refused_in_kubectls_words() {
        assert_eq!(
            message(&args(&["n1"], Some("a=b"))),
            "error: cannot specify both a node name and a --selector option"
        );
        assert_eq!(
            message(&args(&[], None)),
            "error: USAGE: drain NODE [flags]"
        );
        assert!(message(&args(&[], Some(""))).starts_with("error: --selector is empty"));
    }

    #[test]
    fn what_cannot_be_a_name_is_refused_before_any_request() {
        for bad in [
            "a\u{1b}[2J",
            "A",
            "-a",
            "a/",
            "",
            "a b",
            "../x",
            &"a".repeat(254),
        ] {
            assert!(
                message(&args(&[bad], None)).starts_with("error: "),
                "{bad:?}"
            );
        }
        assert_eq!(
            message(&args(&["pod/p1"], None)),
            "error: expected resource of type node, got \"pod\" in \"pod/p1\""
        );
    }
}
