//! `preview drain` and `snapshot`: offline on files and the demo, and on the real control plane.

mod course;
mod data;
pub mod documents;
mod files;
mod fleet;
mod landing;
mod live;
mod sources;
mod tickets;
mod usage;
mod verdicts;
mod what_if;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use nodemaint::present::drain_plan::{DrainPlan, Pod};

/// What a run of the program said.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// The program, without any cluster in its environment.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-nodemaint"));
    command
        .env("KUBECONFIG", "/nonexistent/kubeconfig")
        .env_remove("CLICOLOR_FORCE");
    command
}

/// Runs the program without a cluster.
pub fn offline(args: &[&str]) -> Run {
    said(program().args(args).output())
}

/// Runs the program without a cluster, with this on standard input.
pub fn piped(args: &[&str], input: &str) -> Run {
    let mut child = program()
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let run = said(child.wait_with_output());
    // A program that refuses early need not have read everything.
    let _ = writer.join().unwrap();
    run
}

/// Runs the program on a live cluster.
pub fn online(kubeconfig: &Path, args: &[&str]) -> Run {
    said(program().args(args).env("KUBECONFIG", kubeconfig).output())
}

fn said(output: std::io::Result<Output>) -> Run {
    let Output {
        status,
        stdout,
        stderr,
    } = output.unwrap();
    let out = String::from_utf8(stdout).unwrap();
    crate::documents::check(&out);
    Run {
        code: status.code().unwrap(),
        out,
        err: String::from_utf8(stderr).unwrap(),
    }
}

/// Parses a plan.
pub fn plan_of(run: &Run) -> DrainPlan {
    serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {run:?}"))
}

/// Finds a pod by the beginning of its name.
fn pod<'a>(plan: &'a DrainPlan, name: &str) -> &'a Pod {
    let mut pods = plan.nodes.iter().flat_map(|node| &node.pods);
    pods.find(|pod| pod.name.starts_with(name))
        .unwrap_or_else(|| panic!("no pod {name} in {plan:#?}"))
}
