//! `cargo xtask test`: every test of the workspace, on one control plane.

use std::env;
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use controlplane::description::{CLUSTER_VARIABLE, Description};
use controlplane::lease::Lease;
use controlplane::supervisor::Supervised;
use controlplane::{Error, assets};

use crate::cluster;

const LOOK: Duration = Duration::from_millis(50);
/// What Ctrl-C leaves cargo and the tests to end by themselves.
const GRACE: Duration = Duration::from_secs(5);
/// The exit code of what was interrupted, as shells count it.
const INTERRUPTED: u8 = 130;

/// Runs `cargo test` with the control plane at hand; its exit code is ours.
///
/// The programs are built first, then the tests, and only then the control plane starts:
/// each would slow the others down.
///
/// # Errors
/// What keeps the control plane or cargo from being there.
pub fn run(arguments: impl Iterator<Item = OsString>) -> Result<ExitCode, Error> {
    run_with(arguments.collect(), &[], &[])
}

/// Environment variables, by name.
pub type Variables = [(&'static str, OsString)];

/// Runs `cargo test` with more variables: for the tests, and for a control plane that is started here.
///
/// # Errors
/// As [`run`].
pub fn run_with(
    arguments: Vec<OsString>,
    variables: &Variables,
    for_cluster: &Variables,
) -> Result<ExitCode, Error> {
    let lease = Lease::until_signal()?;
    let own = cluster::own_binary()?;
    let request = Request::split(arguments);
    let is_given = env::var_os(CLUSTER_VARIABLE).is_some();
    if !is_given {
        assets::ensure(&lease)?;
    }
    let built = finish(request.cargo(&["--no-run"], &[]).spawn(), &lease)?;
    if !built.success() {
        return Ok(code(built, &lease));
    }
    let supervised = if is_given {
        None
    } else {
        Some(cluster::start(&own, for_cluster)?)
    };
    let mut command = request.cargo(&[], &request.for_runner);
    if let Some(cluster) = supervised.as_ref().map(Supervised::description) {
        command.env(CLUSTER_VARIABLE, Description::path_in(&cluster.folder));
    }
    command.envs(variables.iter().cloned());
    let status = finish(command.spawn(), &lease)?;
    Ok(code(status, &lease))
}

/// The arguments, split as `cargo test` splits them.
struct Request {
    for_cargo: Vec<OsString>,
    for_runner: Vec<OsString>,
}

impl Request {
    fn split(mut arguments: Vec<OsString>) -> Self {
        let split = arguments
            .iter()
            .position(|argument| argument == "--")
            .unwrap_or(arguments.len());
        let for_runner = arguments.split_off(split);
        Self {
            for_cargo: arguments,
            for_runner,
        }
    }

    fn cargo(&self, more: &[&str], for_runner: &[OsString]) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.arg("test");
        if !self.names_packages() {
            command.arg("--workspace");
        }
        // One broken test program must not hide what the next would say.
        if !self.has("--no-fail-fast") {
            command.arg("--no-fail-fast");
        }
        command
            .current_dir(root())
            .args(more)
            .args(&self.for_cargo)
            .args(for_runner);
        command
    }

    fn has(&self, flag: &str) -> bool {
        self.for_cargo.iter().any(|argument| argument == flag)
    }

    fn names_packages(&self) -> bool {
        let chooses = |text: &str| {
            matches!(text, "-p" | "--package" | "--workspace" | "--all")
                || text.starts_with("--package=")
        };
        self.for_cargo
            .iter()
            .filter_map(|argument| argument.to_str())
            .any(chooses)
    }
}

/// The workspace's folder: cargo aliases run wherever the person stands.
pub fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}

/// Waits for cargo. A signal reaches it by the terminal too; when it does not end then, it
/// is killed.
fn finish(child: std::io::Result<Child>, lease: &Lease) -> Result<ExitStatus, Error> {
    let failed = |source| Error::Process {
        program: "cargo".to_owned(),
        source,
    };
    let mut child = child.map_err(failed)?;
    let mut deadline = None;
    loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            return Ok(status);
        }
        if lease.is_over()
            && *deadline.get_or_insert_with(|| Instant::now() + GRACE) < Instant::now()
        {
            child.kill().map_err(failed)?;
        }
        thread::sleep(LOOK);
    }
}

/// What ended by a signal has the code that shells give it.
fn code(status: ExitStatus, lease: &Lease) -> ExitCode {
    if lease.is_over() {
        return ExitCode::from(INTERRUPTED);
    }
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(request: &str) -> Vec<String> {
        let request = Request::split(request.split_whitespace().map(OsString::from).collect());
        let command = request.cargo(&[], &request.for_runner);
        command
            .get_args()
            .map(|argument| argument.to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn the_whole_workspace_is_tested_unless_packages_are_named() {
        assert_eq!(
            words("drain"),
            ["test", "--workspace", "--no-fail-fast", "drain"]
        );
        assert_eq!(
            words("-p nodemaint drain"),
            ["test", "--no-fail-fast", "-p", "nodemaint", "drain"]
        );
        assert_eq!(
            words("-- -p x"),
            ["test", "--workspace", "--no-fail-fast", "--", "-p", "x"]
        );
    }
}
