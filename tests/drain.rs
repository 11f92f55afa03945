//! `drain` of the built binary against the real control plane.

mod bad_input;
mod codes;
mod course;
mod events;
mod failures;
mod fleets;
mod hopeless;
mod interrupt;
mod parity;
mod plan;
mod rights;
mod rows;

use std::path::Path;
use std::process::{Command, Output};

use controlplane::Space;

/// Returns the plugin with arguments, on a space's cluster, with nothing of this machine's environment that matters.
pub fn plugin<'a>(kubeconfig: &Path, arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-nodemaint"));
    command
        .args(arguments)
        .env("KUBECONFIG", kubeconfig)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .stdin(std::process::Stdio::null());
    command
}

/// What a command printed, with the space's name taken out, and how it ended.
#[derive(Debug)]
pub struct Ran {
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// The exit code; absent where a signal ended it.
    pub code: Option<i32>,
}

impl Ran {
    /// Takes over a finished command's output, whose documents must keep to their schemas.
    pub fn new(space: &Space, output: &Output) -> Ran {
        let out = String::from_utf8_lossy(&output.stdout);
        crate::documents::check(&out);
        Ran {
            out: space.tidy(&out),
            err: space.tidy(&String::from_utf8_lossy(&output.stderr)),
            code: output.status.code(),
        }
    }

    /// Returns the lines of standard output, sorted; "evicting pod" comes once for each pod, however often it was tried.
    pub fn lines(&self) -> Vec<&str> {
        let mut lines: Vec<&str> = self.out.lines().collect();
        lines.sort_unstable();
        lines.dedup_by(|a, b| a == b && a.starts_with("evicting pod "));
        lines
    }
}

/// Runs the plugin as administrator of a space.
pub fn drain<'a>(space: &Space, arguments: impl IntoIterator<Item = &'a str>) -> Ran {
    let output = plugin(&space.kubeconfig(), arguments).output();
    Ran::new(space, &output.expect("the plugin starts"))
}
