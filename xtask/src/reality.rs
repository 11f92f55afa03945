//! `cargo xtask reality`: what plans say next to what a real control plane then does, in more rounds than a run of all tests
//! has, and with the controllers at two rates.

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use controlplane::Error;
use controlplane::description::CLUSTER_VARIABLE;
use controlplane::start::CONTROLLER_RATE;

use crate::test::{Variables, run_with};

/// How many clusters are planned and drained unless told otherwise; half as many nodes are tainted.
const ROUNDS: u64 = 200;
const DRAINS: &str = "reality::";
const TAINTINGS: &str = "taint::truth::random";
/// Seconds by which a deletion may miss what was said.
const LATE: &str = "2";
/// Seconds between two taintings where the controller is slow: they share its rate, and a plan knows of its own alone.
const PACE: &str = "2";

/// What the command line says.
struct Options {
    rounds: u64,
    seed: Option<OsString>,
}

/// Runs the drains, and the taintings with controllers at a thousand requests a second and at the twenty that they make
/// unless configured otherwise.
///
/// # Errors
/// What keeps the control plane or cargo from being there.
pub fn run(arguments: impl Iterator<Item = OsString>) -> Result<ExitCode, Error> {
    let Some(options) = read(arguments) else {
        eprintln!("error: reality takes --rounds N and --seed SEED, both whole numbers");
        return Ok(ExitCode::from(2));
    };
    let count = |count: u64| OsString::from(count.to_string());
    let taintings = [
        ("NODEMAINT_TAINT_RUNS", count((options.rounds / 2).max(1))),
        ("NODEMAINT_TAINT_LATE", LATE.into()),
    ];
    let drains = [("NODEMAINT_REALITY_ROUNDS", count(options.rounds))];
    let drained = part(
        DRAINS,
        &drains,
        &seed(&options, "NODEMAINT_REALITY_SEED"),
        &[],
    )?;
    let seed = seed(&options, "NODEMAINT_TAINT_SEED");
    let tainted = part(TAINTINGS, &taintings, &seed, &[])?;
    let slowly = match env::var_os(CLUSTER_VARIABLE) {
        Some(_) => {
            println!(
                "NOT RUN: taintings at 20 requests a second, as the cluster that runs already has a rate of its own"
            );
            ExitCode::SUCCESS
        }
        None => {
            let paced = [("NODEMAINT_TAINT_PACE", PACE.into())];
            let taintings = [&taintings[..], &paced[..]].concat();
            part(
                TAINTINGS,
                &taintings,
                &seed,
                &[(CONTROLLER_RATE, "20,30".into())],
            )?
        }
    };
    let parts = [drained, tainted, slowly].into_iter();
    let mut failed = parts.filter(|code| *code != ExitCode::SUCCESS);
    Ok(failed.next().unwrap_or(ExitCode::SUCCESS))
}

fn read(mut arguments: impl Iterator<Item = OsString>) -> Option<Options> {
    let mut options = Options {
        rounds: ROUNDS,
        seed: None,
    };
    while let Some(flag) = arguments.next() {
        let value = arguments.next()?;
        let number: u64 = value.to_str()?.parse().ok()?;
        match flag.to_str()? {
            "--rounds" => options.rounds = number.max(1),
            "--seed" => options.seed = Some(value),
            _ => return None,
        }
    }
    Some(options)
}

fn seed(options: &Options, name: &'static str) -> Vec<(&'static str, OsString)> {
    let seed = options.seed.iter();
    seed.map(|seed| (name, seed.clone())).collect()
}

fn part(
    only: &str,
    variables: &Variables,
    seed: &Variables,
    for_cluster: &Variables,
) -> Result<ExitCode, Error> {
    let arguments = [
        "-p",
        "nodemaint",
        "--test",
        "all",
        only,
        "--",
        "--nocapture",
    ];
    let arguments = arguments.map(OsString::from);
    run_with(arguments.into(), &[variables, seed].concat(), for_cluster)
}
