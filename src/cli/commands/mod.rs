//! The commands, one file each.

mod completion;
pub mod drain;
mod man;

use clap::Subcommand;

use super::context::Context;
use super::error::CliError;
use super::exit::Exit;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Empty nodes for maintenance: plan, show, ask, cordon, evict, wait, verify
    Drain(drain::DrainCommand),
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
        Command::Completion(args) => completion::run(&args, context),
        Command::Man(args) => man::run(&args, context),
    }
}
