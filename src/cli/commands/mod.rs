//! The commands, one file each.

pub mod drain;
pub mod preview;
pub mod snapshot;

use clap::Subcommand;

use super::context::Context;
use super::error::CliError;
use super::exit::Exit;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Empty nodes.
    Drain(drain::DrainCommand),
    /// Tell what a command would do.
    Preview(preview::PreviewCommand),
    /// Keep a cluster in a file.
    Snapshot(snapshot::SnapshotCommand),
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
        Command::Snapshot(command) => snapshot::run(command, context).await,
    }
}
