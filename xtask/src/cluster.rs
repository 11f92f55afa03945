//! `cargo xtask cluster`: a control plane to play with.

use std::env;
use std::ffi::OsString;
use std::process::{Command, ExitCode};
use std::thread;
use std::time::Duration;

use controlplane::Error;
use controlplane::description::{CLUSTER_VARIABLE, Description};
use controlplane::lease::Lease;
use controlplane::supervisor::{SUPERVISE_COMMAND, Supervised};

const LOOK: Duration = Duration::from_millis(100);

/// Starts one, says how to use it, and ends it on Ctrl-C.
///
/// # Errors
/// What keeps the control plane from being there.
pub fn run(_arguments: impl Iterator<Item = OsString>) -> Result<ExitCode, Error> {
    let lease = Lease::until_signal()?;
    let mut supervised = start()?;
    print!("{}", usage(supervised.description()));
    while !lease.is_over() {
        if supervised.has_ended() {
            return Ok(ExitCode::FAILURE);
        }
        thread::sleep(LOOK);
    }
    eprintln!("stopping");
    Ok(ExitCode::SUCCESS)
}

/// Starts a control plane held by this binary's supervisor.
///
/// # Errors
/// What keeps the control plane from being there.
pub fn start() -> Result<Supervised, Error> {
    let own = env::current_exe().map_err(|source| Error::Process {
        program: "own binary".to_owned(),
        source,
    })?;
    Supervised::start(Command::new(own).arg(SUPERVISE_COMMAND))
}

fn usage(cluster: &Description) -> String {
    format!(
        "A control plane runs at {server}. Ctrl-C ends it.\n\n  export KUBECONFIG={kubeconfig}\n  \
         export {CLUSTER_VARIABLE}={description}   # `cargo test` uses it too\n\nLogs and keys: {folder}\n\
         kubectl of the same version: {programs}/kubectl\n",
        server = cluster.server,
        kubeconfig = cluster.kubeconfig.display(),
        description = Description::path_in(&cluster.folder).display(),
        folder = cluster.folder.display(),
        programs = cluster.programs.display(),
    )
}
