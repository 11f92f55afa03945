//! What can be typed: kubectl's own words wherever kubectl has a word for it.

mod assume;
mod connection;
mod course;
mod drain;
mod dry_run;
mod gates;
mod nodes;
mod object_output;
mod source;

pub use assume::{AssumeArgs, NoAssumeArgs, no_flags};
pub use connection::ConnectionArgs;
pub use course::CourseArgs;
pub use drain::DrainArgs;
pub use dry_run::DryRunArgs;
pub use gates::GateArgs;
pub use nodes::{
    DryRun, NodeArgs, NodeSelection, is_node_kind, names as node_names, none_selected,
    not_found as nodes_not_found,
};
pub use object_output::{ObjectFormat, ObjectOutputArgs};
pub use source::{STANDARD_INPUT, SourceArgs, standard_input};

use clap::{Args, Parser};

use super::commands::Command;
use super::ui::ColorChoice;

/// Taint, cordon, drain and uncordon nodes, and know beforehand what will happen
#[derive(Debug, Parser)]
#[command(
    name = "kubectl-nodemaint",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = "Examples:
  # What would a drain of worker-2 do? Shown on the cluster that ships inside the program
  kubectl nodemaint preview drain worker-2 --snapshot demo

  # Drain a node, with kubectl's flags
  kubectl nodemaint drain worker-2 --ignore-daemonsets

  # Put it back
  kubectl nodemaint uncordon worker-2"
)]
pub struct Cli {
    /// Flags of every command.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command.
#[derive(Debug, Clone, Args)]
pub struct GlobalArgs {
    /// How to reach the cluster.
    #[command(flatten)]
    pub connection: ConnectionArgs,
    /// When to use colours
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        help_heading = "Output"
    )]
    pub color: ColorChoice,
    /// Log level: from 6 on each request is logged, from 7 on with its headers
    #[arg(
        short = 'v',
        long = "v",
        global = true,
        default_value_t = 0,
        value_name = "N",
        help_heading = "Output"
    )]
    pub verbosity: u8,
}
