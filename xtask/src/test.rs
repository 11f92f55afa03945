//! `cargo xtask test`: every test of the workspace, on one control plane.

use std::env;
use std::ffi::OsString;
use std::process::{Command, ExitCode};

use controlplane::Error;
use controlplane::description::{CLUSTER_VARIABLE, Description};

use crate::cluster;

/// Runs `cargo test` with the control plane at hand; its exit code is ours.
///
/// # Errors
/// What keeps the control plane or cargo from being there.
pub fn run(arguments: impl Iterator<Item = OsString>) -> Result<ExitCode, Error> {
    // Compiled first: the compiler and a starting control plane would slow each other down.
    let arguments: Vec<_> = arguments.collect();
    let own = match env::var_os(CLUSTER_VARIABLE) {
        Some(_) => None,
        None => Some(cluster::start()?),
    };
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.arg("test");
    if !arguments
        .iter()
        .any(|argument| matches!(argument.to_str(), Some("-p" | "--package" | "--workspace")))
    {
        command.arg("--workspace");
    }
    command.args(&arguments);
    if let Some(supervised) = &own {
        command.env(
            CLUSTER_VARIABLE,
            Description::path_in(&supervised.description().folder),
        );
    }
    let status = command.status().map_err(|source| Error::Process {
        program: "cargo".to_owned(),
        source,
    })?;
    Ok(status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from))
}
