//! The project's tasks, as `cargo xtask TASK`: the same on every machine, and what the
//! checks of a change run too.

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use controlplane::process::EXEC_COMMAND;
use controlplane::supervisor::{self, SUPERVISE_COMMAND};
use controlplane::{Error, process};

mod cluster;
mod conformance;
mod reality;
mod test;

const HELP: &str = "\
Tasks of this project. Needed: Rust (https://rustup.rs) and Go 1.26 (https://go.dev/dl/).

  cargo xtask test [ARG...]   run all tests on a control plane of their own; what follows
                              is handed to `cargo test`: a part of a test's name, -p CRATE,
                              and after -- the test runner's own flags
  cargo xtask cluster [--demo]
                              start a control plane to play with, empty or with nodes and
                              workloads; Ctrl-C ends it
  cargo xtask conformance [--seeds N] [--first SEED] [--minor 1.35]
                              compare the evaluator with the real scheduler's plugins on
                              random clusters, and make what differs small
  cargo xtask conformance --goldens [--seeds N]
                              choose anew the clusters that are kept with the answers of
                              every minor
  cargo xtask reality [--rounds N] [--seed SEED]
                              plan random clusters on a real control plane, drain them, and
                              compare, 200 unless told otherwise; then taint half as many
                              nodes, with controllers at 1000 and at 20 requests a second
  cargo xtask help            this text

Environment:
  KUBEBUILDER_ASSETS       a folder with etcd, kube-apiserver, kube-controller-manager,
                           kube-scheduler, kubectl and kwok, to be used instead of a build
  NODEMAINT_CACHE          where the build is kept; default: ~/.cache/nodemaint
  NODEMAINT_TEST_CLUSTER   a cluster that runs already, as `cargo xtask cluster` prints it
";

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let task = arguments.next().unwrap_or_default();
    let outcome = match task.to_str() {
        Some("test") => test::run(arguments),
        Some("cluster") => cluster::run(arguments),
        Some("conformance") => conformance::run(arguments),
        Some("reality") => reality::run(arguments),
        Some("help" | "--help" | "-h") => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        Some(SUPERVISE_COMMAND) => supervisor::supervise().map(|()| ExitCode::SUCCESS),
        Some(EXEC_COMMAND) => process::exec(arguments).map(|never| match never {}),
        _ => Ok(unknown(&task)),
    };
    outcome.unwrap_or_else(|error: Error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

fn unknown(task: &OsString) -> ExitCode {
    if task.is_empty() {
        eprint!("{HELP}");
    } else {
        eprintln!(
            "error: there is no task {:?}; `cargo xtask help` lists them",
            task.to_string_lossy()
        );
    }
    ExitCode::from(2)
}
