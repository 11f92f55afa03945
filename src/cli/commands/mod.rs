//! The commands, one file each.

use clap::Subcommand;

use super::context::Context;
use super::error::CliError;
use super::exit::Exit;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {}

/// Runs a command.
///
/// # Errors
///
/// What the user is told, with its exit code.
pub async fn run(command: Command, _context: &Context) -> Result<Exit, CliError> {
    match command {}
}
