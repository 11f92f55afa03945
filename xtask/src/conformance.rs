//! `cargo xtask conformance`: the comparison with the real scheduler's plugins, compiled to be fast.

use std::env;
use std::ffi::OsString;
use std::process::{Command, ExitCode};

use controlplane::Error;
use controlplane::error::at;

use crate::test::root;

/// Runs the comparison; its exit code is ours.
///
/// # Errors
/// When cargo cannot be started.
pub fn run(arguments: impl Iterator<Item = OsString>) -> Result<ExitCode, Error> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(&cargo)
        .current_dir(root())
        .args([
            "run",
            "--quiet",
            "--profile",
            "conformance",
            "--package",
            "conformance",
            "--",
        ])
        .args(arguments)
        .status()
        .map_err(at(root()))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
