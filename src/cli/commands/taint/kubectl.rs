//! `taint nodes NODE... SPEC... SPEC-`: kubectl's words, checked in kubectl's order.

use clap::Args;

use crate::cli::args::is_node_kind;
use crate::cli::error::CliError;
use crate::domain::taint::set::{Existing, Rules};
use crate::domain::taint::spec::{Changes, TaintSpec};
use crate::engine::change::taints::TaintChange;

use super::job::{Documents, Job, Shown};
use super::lost::Alive;
use super::{WriteArgs, targets, usage};

/// kubectl's form.
#[derive(Debug, Args)]
pub struct KubectlArgs {
    /// `nodes`, then names of nodes, then specs
    #[arg(id = "kind_and_words", value_name = "nodes NODE... SPEC", hide = true)]
    pub words: Vec<String>,
    /// Label selector instead of names (=, ==, !=, in, notin, exists, !)
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    pub selector: Option<String>,
    /// All nodes of the cluster
    #[arg(long)]
    pub all: bool,
    /// Replace the value of a taint that is there
    #[arg(long)]
    pub overwrite: bool,
    /// Flags of every form.
    #[command(flatten)]
    pub write: WriteArgs,
}

impl KubectlArgs {
    /// Checks what was typed.
    pub(super) fn job(self) -> Result<Job, CliError> {
        let options = self.write.check()?;
        let (resources, specs) = split(&self.words)?;
        let Some((kind, names)) = resources.split_first() else {
            return Err(CliError::usage(
                "one or more resources must be specified as <resource> <name>",
            ));
        };
        if specs.is_empty() {
            return Err(CliError::usage("at least one taint update is required"));
        }
        let changes = Changes::parse(&specs).map_err(|fault| usage(&fault.to_string()))?;
        check_kind(kind)?;
        changes
            .check_conflicts()
            .map_err(|fault| CliError::usage(fault.to_string()))?;
        let existing = if self.overwrite {
            Existing::Overwrite
        } else {
            Existing::Refuse
        };
        Ok(Job {
            targets: targets(names.to_vec(), self.selector, self.all)?,
            change: TaintChange::Edit {
                changes,
                rules: Rules::kubectl(existing),
            },
            options,
            shown: Shown::Result,
            alive: Alive::Warn,
            documents: Documents::Nodes,
        })
    }
}

/// Splits words into names and specs; all names must stand before the first spec.
///
/// # Errors
///
/// A name behind a spec.
pub fn split(words: &[String]) -> Result<(Vec<String>, Vec<String>), CliError> {
    let first = words.iter().position(|word| TaintSpec::looks_like(word));
    let (names, specs) = words.split_at(first.unwrap_or(words.len()));
    match specs.iter().find(|word| !TaintSpec::looks_like(word)) {
        Some(late) => Err(CliError::usage(format!(
            "all resources must be specified before taint changes: {}",
            late.escape_debug()
        ))),
        None => Ok((names.to_vec(), specs.to_vec())),
    }
}

/// Resource words that kubectl knows and cannot taint; others it does not find on the server.
const OTHER_KINDS: [&str; 24] = [
    "pod",
    "pods",
    "po",
    "service",
    "services",
    "svc",
    "namespace",
    "namespaces",
    "ns",
    "deployment",
    "deployments",
    "deploy",
    "daemonset",
    "daemonsets",
    "ds",
    "statefulset",
    "statefulsets",
    "sts",
    "configmap",
    "configmaps",
    "cm",
    "secret",
    "secrets",
    "all",
];

fn check_kind(word: &str) -> Result<(), CliError> {
    let kind = word.to_ascii_lowercase();
    if is_node_kind(kind.strip_suffix(".v1").unwrap_or(&kind)) {
        return Ok(());
    }
    if OTHER_KINDS.contains(&kind.as_str()) {
        return Err(CliError::usage(format!(
            "invalid resource type {kind}, only node types are supported"
        )));
    }
    let error = CliError::new(
        crate::cli::exit::Exit::Usage,
        format!(
            "the server doesn't have a resource type \"{}\"",
            kind.escape_debug()
        ),
    );
    Err(error.with_hint("write: kubectl nodemaint taint nodes NODE... SPEC..."))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: KubectlArgs,
    }

    fn job(words: &[&str]) -> Result<Job, CliError> {
        let line = std::iter::once("taint").chain(words.iter().copied());
        Line::try_parse_from(line).unwrap().args.job()
    }

    /// Words and their order taken from kubectl 1.37.2.
    #[test]
    fn refusals_are_kubectls() {
        let see = "\nSee 'kubectl nodemaint taint -h' for help and examples";
        let duplicate =
            format!("error: duplicated taints with the same key and effect: a=2:NoSchedule{see}");
        let effect = format!("error: invalid taint effect: x, unsupported taint effect{see}");
        for (words, message) in [
            (
                vec![],
                "error: one or more resources must be specified as <resource> <name>",
            ),
            (
                vec!["a:NoSchedule"],
                "error: one or more resources must be specified as <resource> <name>",
            ),
            (
                vec!["nodes", "n1"],
                "error: at least one taint update is required",
            ),
            (
                vec!["nodes", "n1", "a:NoSchedule", "n2"],
                "error: all resources must be specified before taint changes: n2",
            ),
            (
                vec!["nodes", "a:NoSchedule"],
                "error: at least one resource name must be specified since 'all' parameter is not set",
            ),
            (
                vec!["nodes", "--all", "-l", "a=b", "a:NoSchedule"],
                "error: setting 'all' parameter with a non empty selector is prohibited",
            ),
            (
                vec!["pods", "n1", "a:NoSchedule"],
                "error: invalid resource type pods, only node types are supported",
            ),
            (
                vec!["node/n1", "a:NoSchedule"],
                "the server doesn't have a resource type \"node/n1\"",
            ),
            (
                vec!["xx", "n1", "a:NoSchedule"],
                "the server doesn't have a resource type \"xx\"",
            ),
            (
                vec!["nodes", "n1", "a=1:NoSchedule", "a=2:NoSchedule"],
                &duplicate,
            ),
            // The spec is looked at before the type.
            (vec!["xx", "n1", "a:x"], &effect),
            (
                vec![
                    "nodes",
                    "n1",
                    "a:NoSchedule",
                    "a-",
                    "b:NoExecute",
                    "b:NoExecute-",
                ],
                "error: can not both modify and remove the following taint(s) in the same command: a=, b=NoExecute",
            ),
            (
                vec!["nodes", "n1", "a:NoSchedule", "--dry-run=x"],
                "error: Invalid dry-run value (x). Must be \"none\", \"server\", or \"client\".",
            ),
            (
                vec!["nodes", "n1", "a:NoSchedule", "--validate=x"],
                "error: invalid - validate option \"x\"; must be one of: strict (or true), warn, ignore (or false)",
            ),
            (
                vec!["nodes", "n1", "--all", "a:NoSchedule"],
                "error: cannot specify both a node name (n1) and --all",
            ),
            (
                vec!["nodes", "n1", "-l", "a=b", "a:NoSchedule"],
                "error: cannot specify both a node name and a --selector option",
            ),
        ] {
            let error = job(&words).unwrap_err();
            assert_eq!(error.message, message, "{words:?}");
            assert_eq!(error.exit, crate::cli::exit::Exit::Usage, "{words:?}");
        }
    }

    #[test]
    fn the_type_is_named_as_in_kubectl() {
        for kind in ["node", "nodes", "no", "NODE", "nodes.v1"] {
            let job = job(&[kind, "n1", "node/n2", "a=b:NoSchedule", "c-"]).unwrap();
            let TaintChange::Edit { changes, .. } = job.change else {
                panic!("{job:?}");
            };
            assert_eq!((changes.add.len(), changes.remove.len()), (1, 1));
        }
    }

    /// `TestValidateFlags` of kubectl.
    #[test]
    fn upstream_validate_flags() {
        let spec = "a:NoSchedule";
        assert!(job(&["nodes", "-l", "myLabel=X", spec]).is_ok());
        assert!(job(&["nodes", "--all", spec]).is_ok());
        assert!(job(&["nodes", "--all", "-l", "myLabel=X", spec]).is_err());
        assert!(job(&["nodes", spec]).is_err());
        assert!(job(&["nodes", "n1", spec]).is_ok());
    }
}
