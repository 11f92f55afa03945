//! The commands, one file each.

mod completion;
pub mod cordon;
pub mod drain;
pub mod fit;
pub mod fleet;
mod halfway;
mod man;
pub mod preview;
pub mod snapshot;
pub mod taint;

use clap::Subcommand;

use super::context::Context;
use super::error::CliError;
use super::exit::Exit;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Empty nodes for maintenance: plan, show, ask, cordon, evict, wait, verify
    Drain(drain::DrainCommand),
    /// Tell what a command would do; needs no right to write and changes nothing
    Preview(preview::PreviewCommand),
    /// Tell on which nodes a pod can run, which rules refuse the others, and why
    Fit(Box<fit::FitCommand>),
    /// Tell of every node what draining it alone would come to
    Fleet(Box<fleet::FleetCommand>),
    /// Write everything that a preview needs into one file, without secrets
    Snapshot(snapshot::SnapshotCommand),
    /// Keep new pods away from nodes, and keep who did it and why
    Cordon(cordon::CordonCommand),
    /// Let new pods back onto nodes
    Uncordon(cordon::UncordonCommand),
    /// Add, remove and replace taints
    Taint(Box<taint::TaintCommand>),
    /// Print a completion script, or let kubectl complete the plugin
    Completion(completion::CompletionArgs),
    /// Print a manual page
    Man(man::ManArgs),
}

/// Runs a command.
///
/// # Errors
///
/// What the user is told, with its exit code.
pub async fn run(command: Command, context: &Context) -> Result<Exit, CliError> {
    match command {
        Command::Drain(command) => drain::run(command, context).await,
        Command::Preview(command) => preview::run(command, context).await,
        Command::Fit(command) => fit::run(*command, context).await,
        Command::Fleet(command) => fleet::run(*command, context).await,
        Command::Snapshot(command) => snapshot::run(command, context).await,
        Command::Cordon(command) => cordon::cordon(command, context).await,
        Command::Uncordon(command) => cordon::uncordon(command, context).await,
        Command::Taint(command) => taint::run(*command, context).await,
        Command::Completion(args) => completion::run(&args, context),
        Command::Man(args) => man::run(&args, context),
    }
}
