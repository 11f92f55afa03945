//! The command line: arguments in, one of the documented exit codes out.
//!
//! This is the only layer that knows the process: its streams, its environment, its signals and its prompts. A command
//! is a file in [`commands`]: an `Args` struct with its help text, then a `run` function that turns what was typed into
//! checked options, calls the engine and hands the result to `present`.

pub mod args;
pub mod commands;
pub mod complete;
pub mod context;
pub mod error;
pub mod exit;
pub mod interrupt;
pub mod place;
pub mod reading;
pub mod scheduler;
pub mod shell;
pub mod ui;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use args::Cli;
use context::Context;
use exit::Exit;

/// Runs the program with these arguments (the first is the program's own name) and returns its exit code.
pub fn main(args: Vec<OsString>) -> ExitCode {
    if let Some(words) = complete::request(&args) {
        let ui = ui::Ui::from_process(ui::ColorChoice::Never, |_| None);
        ui.document(&complete::answer(&command(), words));
        return Exit::Done.into();
    }
    let matches = match command().try_get_matches_from(&args) {
        Ok(matches) => matches,
        Err(answer) => return usage(&answer).into(),
    };
    match Cli::from_arg_matches(&matches) {
        Ok(cli) => start(cli, &args).into(),
        Err(answer) => usage(&answer).into(),
    }
}

/// Returns the description of all arguments, also for completion scripts and manual pages.
pub fn command() -> clap::Command {
    Cli::command()
        .bin_name("kubectl nodemaint")
        .display_name("kubectl nodemaint")
}

/// Prints clap's answer: help and version go to standard output and are no error.
fn usage(answer: &clap::Error) -> Exit {
    // A closed pipe behind `--help | head` is not worth a complaint.
    let _ = answer.print();
    if answer.use_stderr() {
        Exit::Usage
    } else {
        Exit::Done
    }
}

/// Starts the runtime and runs the command in it.
fn start(cli: Cli, typed: &[OsString]) -> Exit {
    let context = Context::from_process(&cli.global, typed);
    // One thread: the program waits for the network and computes little; each more costs memory of its own.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => {
            let outcome = runtime.block_on(commands::run(cli.command, &context));
            // A request that hangs must not hold the process after its result is known.
            runtime.shutdown_background();
            outcome
        }
        Err(cause) => Err(error::CliError::unplanned(format!(
            "error: cannot start the runtime: {cause}"
        ))),
    };
    match outcome {
        Ok(exit) => exit,
        Err(error) => {
            context.ui.error(&error);
            error.exit
        }
    }
}
