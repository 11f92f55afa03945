//! The commands, one file each.

pub mod drain;

use clap::Subcommand;

use super::context::Context;
use super::error::CliError;
use super::exit::Exit;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Empty nodes.
    Drain(drain::DrainCommand),
}

/// Runs a command.
///
/// # Errors
///
/// What the user is told, with its exit code.
pub async fn run(command: Command, context: &Context) -> Result<Exit, CliError> {
    match command {
        Command::Drain(command) => drain::run(command, context).await,
    }
}
