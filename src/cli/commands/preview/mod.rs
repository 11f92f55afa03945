//! `preview`: what a command would do, computed from what can be read. Nothing here can write to a cluster.

pub mod drain;
pub mod judge;
pub mod planning;
pub mod show;
mod taint;

use clap::{Args, Subcommand};

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;

/// Tell what a command would do; needs no right to write and changes nothing
#[derive(Debug, Args)]
pub struct PreviewCommand {
    /// The command to preview.
    #[command(subcommand)]
    pub command: Previewed,
}

/// Commands that can be previewed.
#[derive(Debug, Subcommand)]
pub enum Previewed {
    /// Tell what draining nodes would do to each pod, and what stands in the way
    Drain(Box<drain::PreviewDrain>),
    /// Tell who leaves when nodes are tainted, when, past which budgets, and how to undo it
    Taint(Box<taint::PreviewTaint>),
}

/// Runs the command.
///
/// # Errors
///
/// Wrong usage, unknown nodes, a cluster or file that cannot be read.
pub async fn run(command: PreviewCommand, context: &Context) -> Result<Exit, CliError> {
    match command.command {
        Previewed::Drain(command) => drain::run(*command, context).await,
        Previewed::Taint(command) => taint::run(*command, context).await,
    }
}
