//! `cargo xtask cluster`: a control plane to play with.

use std::env;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::Duration;

use controlplane::Error;
use controlplane::description::{CLUSTER_VARIABLE, Description};
use controlplane::lease::Lease;
use controlplane::programs::Program;
use controlplane::supervisor::{SUPERVISE_COMMAND, Supervised};

use crate::test::Variables;

const LOOK: Duration = Duration::from_millis(100);
/// Three nodes, a web shop under a budget, and what a drain asks a flag for.
const DEMO: &str = include_str!("demo.yaml");

/// Starts one, says how to use it, and ends it on Ctrl-C.
///
/// # Errors
/// What keeps the control plane from being there.
pub fn run(arguments: impl Iterator<Item = OsString>) -> Result<ExitCode, Error> {
    let arguments: Vec<_> = arguments.collect();
    let with_demo = match arguments.as_slice() {
        [] => false,
        [only] if only == "--demo" => true,
        _ => {
            eprintln!("error: `cargo xtask cluster` takes nothing but --demo");
            return Ok(ExitCode::from(2));
        }
    };
    let lease = Lease::until_signal()?;
    let mut supervised = start(&own_binary()?, &[])?;
    if with_demo {
        apply(supervised.description(), DEMO)?;
    }
    print!("{}", usage(supervised.description(), with_demo));
    while !lease.is_over() {
        if supervised.has_ended() {
            return Ok(ExitCode::FAILURE);
        }
        thread::sleep(LOOK);
    }
    eprintln!("stopping");
    Ok(ExitCode::SUCCESS)
}

/// Starts a control plane held by the supervisor of `own`, this binary.
///
/// # Errors
/// What keeps the control plane from being there.
pub fn start(own: &Path, variables: &Variables) -> Result<Supervised, Error> {
    let mut command = Command::new(own);
    command.envs(variables.iter().cloned());
    Supervised::start(command.arg(SUPERVISE_COMMAND))
}

/// Where this binary is. To be asked before cargo builds anything: it may replace the file,
/// and then the system has no name for the one that runs.
///
/// # Errors
/// When the system does not tell.
pub fn own_binary() -> Result<PathBuf, Error> {
    env::current_exe().map_err(failed("own binary"))
}

fn apply(cluster: &Description, manifest: &str) -> Result<(), Error> {
    let mut kubectl = Command::new(cluster.programs.join(Program::Kubectl.name()))
        .args(["apply", "-f", "-"])
        .env("KUBECONFIG", &cluster.kubeconfig)
        .env("HOME", &cluster.folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .map_err(failed("kubectl"))?;
    if let Some(mut input) = kubectl.stdin.take() {
        input
            .write_all(manifest.as_bytes())
            .map_err(failed("kubectl"))?;
    }
    let status = kubectl.wait().map_err(failed("kubectl"))?;
    if status.success() {
        return Ok(());
    }
    Err(failed("kubectl")(std::io::Error::other(format!(
        "apply of the demo: {status}"
    ))))
}

fn failed(program: &str) -> impl FnOnce(std::io::Error) -> Error {
    let program = program.to_owned();
    move |source| Error::Process { program, source }
}

fn usage(cluster: &Description, with_demo: bool) -> String {
    let node = if with_demo { "worker-1" } else { "NODE" };
    let next = if with_demo {
        format!(
            "  cargo run -- preview drain {node}\n  cargo run -- drain {node} --ignore-daemonsets\n"
        )
    } else {
        "Nothing is in it; `cargo xtask cluster --demo` has nodes and workloads.\n".to_owned()
    };
    format!(
        "A control plane runs at {server}. Ctrl-C ends it.\n\n  export KUBECONFIG={kubeconfig}\n  \
         export PATH={programs}:$PATH   # kubectl {version}\n{next}\nTests use it instead of one of their own after\n\n  \
         export {CLUSTER_VARIABLE}={description}\n\nLogs and keys: {folder}\n",
        server = cluster.server,
        kubeconfig = cluster.kubeconfig.display(),
        programs = cluster.programs.display(),
        version = controlplane::programs::kubernetes_version(),
        description = Description::path_in(&cluster.folder).display(),
        folder = cluster.folder.display(),
    )
}
