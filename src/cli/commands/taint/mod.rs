//! `taint`: show, add, remove and replace taints, and kubectl's own form.
//!
//! The words are turned into one job; everything that touches the cluster is there.

mod job;
mod kubectl;
mod lost;
pub mod plan;
mod print;
pub mod seen;
mod show;
mod verbs;

use clap::{Args, Subcommand};

use crate::cli::args::{DryRunArgs, NodeArgs, ObjectFormat, ObjectOutputArgs};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::domain::node::Node;
use crate::engine::cluster::{Cluster, FieldValidation, NodeQuery};

pub use kubectl::split;
pub use verbs::ManyArgs;

/// Show, add, remove and replace taints
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    override_usage = "kubectl nodemaint taint add|remove NODE... SPEC...
       kubectl nodemaint taint patch NODE... --set SPEC...|--clear|-p JSON
       kubectl nodemaint taint show [NODE...]
       kubectl nodemaint taint nodes NODE... SPEC... SPEC-",
    after_help = "A SPEC is KEY=VALUE:EFFECT or KEY:EFFECT; KEY-, KEY:EFFECT- and KEY=VALUE:EFFECT- remove.
EFFECT is NoSchedule, PreferNoSchedule or NoExecute.

Examples:
  # Only pods that tolerate it
  kubectl nodemaint taint add node01 dedicated=db:NoSchedule

  # Who would leave? Nothing is written
  kubectl nodemaint preview taint node01 maintenance:NoExecute

  # Away with it
  kubectl nodemaint taint remove node01 dedicated

  # kubectl's own form
  kubectl nodemaint taint nodes node01 dedicated=db:NoSchedule gpu-

Exit codes: 0 done, 1 error, 2 usage, 3 refused and nothing changed, 5 some nodes done, 6 not permitted,
7 another machine has a node's name"
)]
pub struct TaintCommand {
    /// Our own form.
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// kubectl's form.
    #[command(flatten)]
    pub kubectl: kubectl::KubectlArgs,
}

/// Our own form.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Add taints; one that is there already is left as it is
    Add(verbs::AddArgs),
    /// Remove taints; one that is not there counts as removed
    Remove(verbs::RemoveArgs),
    /// Replace, clear or patch the list; the difference is shown first
    Patch(verbs::PatchArgs),
    /// Show the taints of nodes: age, origin, who tolerates them and by which toleration, who leaves and when
    Show(show::ShowArgs),
}

/// Flags of every form.
#[derive(Debug, Clone, Args)]
pub struct WriteArgs {
    /// Whether it is a rehearsal.
    #[command(flatten)]
    pub dry_run: DryRunArgs,
    /// What is printed.
    #[command(flatten)]
    pub output: ObjectOutputArgs,
    /// Name under which the server records the change; empty lets the server choose
    #[arg(long, value_name = "NAME", default_value = "kubectl-taint")]
    pub field_manager: String,
    /// What the server does about fields that it does not know: strict (or true), warn, ignore (or false)
    #[arg(long, value_name = "MODE", num_args = 0..=1, require_equals = true, default_value = "strict",
          default_missing_value = "strict")]
    pub validate: String,
}

impl WriteArgs {
    /// Checks the flags in kubectl's order.
    fn check(&self) -> Result<Options, CliError> {
        Ok(Options {
            dry_run: self.dry_run.mode()?,
            validation: self.validation()?,
            format: self.output.format()?,
            managed_fields: self.output.show_managed_fields,
            field_manager: self.field_manager.clone(),
        })
    }

    fn validation(&self) -> Result<FieldValidation, CliError> {
        match self.validate.as_str() {
            "strict" | "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(FieldValidation::Strict),
            "warn" => Ok(FieldValidation::Warn),
            "ignore" | "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(FieldValidation::Ignore),
            other => Err(CliError::usage(format!(
                "invalid - validate option {other:?}; must be one of: strict (or true), warn, ignore (or false)"
            ))),
        }
    }
}

/// Checked flags of every form.
#[derive(Debug, Clone, PartialEq)]
struct Options {
    dry_run: crate::cli::args::DryRun,
    validation: FieldValidation,
    format: ObjectFormat,
    managed_fields: bool,
    field_manager: String,
}

/// Which nodes are meant.
#[derive(Debug, Clone)]
pub enum Targets {
    /// All.
    All,
    /// By name or selector.
    Some(NodeArgs),
}

impl Targets {
    /// Reads the nodes; `command` is named in messages.
    ///
    /// # Errors
    ///
    /// As [`NodeArgs::resolve`].
    pub async fn read<C: Cluster>(
        &self,
        command: &str,
        cluster: &C,
    ) -> Result<Vec<Node>, CliError> {
        match self {
            Targets::All => Ok(cluster.nodes(&NodeQuery::All).await?),
            Targets::Some(nodes) => nodes.resolve(command, cluster).await,
        }
    }
}

/// Sorts out names, `-l` and `--all`, of which kubectl lets the latter two silently swallow the names.
///
/// # Errors
///
/// Names beside `-l` or `--all`, none of them, names that cannot be any.
pub fn targets(
    names: Vec<String>,
    selector: Option<String>,
    all: bool,
) -> Result<Targets, CliError> {
    let selected = selector.as_deref().is_some_and(|s| !s.is_empty());
    match (names.is_empty(), selected, all) {
        (_, true, true) => Err(CliError::usage(
            "setting 'all' parameter with a non empty selector is prohibited",
        )),
        (false, _, true) => Err(CliError::usage(format!(
            "cannot specify both a node name ({}) and --all",
            names.join(", ")
        ))
        .with_hint("kubectl would change all nodes here, whatever the names")),
        (true, false, true) => Ok(Targets::All),
        (true, false, false) => Err(CliError::usage(
            "at least one resource name must be specified since 'all' parameter is not set",
        )),
        (_, _, false) => {
            let nodes = NodeArgs {
                nodes: names,
                selector: selector.filter(|s| !s.is_empty()),
            };
            nodes.selection("taint")?;
            Ok(Targets::Some(nodes))
        }
    }
}

/// Adds kubectl's pointer to the help.
pub fn usage(message: &str) -> CliError {
    CliError::usage(format!(
        "{message}\nSee 'kubectl nodemaint taint -h' for help and examples"
    ))
}

/// Runs the command.
///
/// # Errors
///
/// Wrong usage, unknown nodes, a cluster that cannot be read.
pub async fn run(command: TaintCommand, context: &Context) -> Result<Exit, CliError> {
    let job = match command.verb {
        None => command.kubectl.job()?,
        Some(Verb::Add(args)) => args.job()?,
        Some(Verb::Remove(args)) => args.job()?,
        Some(Verb::Patch(args)) => args.job()?,
        Some(Verb::Show(args)) => return show::run(args, context).await,
    };
    job::run(&job, context).await
}
