//! Compares the evaluator with the real scheduler's plugins on random clusters.
//!
//! Prints the coverage, and for each kind of difference the smallest cluster that still shows it. Ends with 1 where
//! anything differs.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use clap::Parser;
use conformance::campaign::{self, Findings};
use conformance::compare::compare;
use conformance::generator;
use conformance::goldens::choose::Choice;
use conformance::goldens::{self, Head};
use conformance::oracle::{Oracle, oracle_of};
use conformance::shrink::shrink;
use controlplane::lease::Lease;
use controlplane::oracle::ensure_of;
use nodemaint::domain::fit::profile::Minor;

/// Compares the evaluator with the real scheduler's plugins on random clusters
#[derive(Debug, Parser)]
struct Options {
    /// How many clusters
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first cluster's seed
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// How many differences are made small and printed
    #[arg(long, default_value_t = 5)]
    show: usize,
    /// The scheduler's minor, such as 1.35; default: the newest
    #[arg(long, value_parser = minor, default_value_t = Minor::NEWEST)]
    minor: Minor,
    /// Writes the clusters that show most, with the answers of every minor, into tests/conformance/goldens.jsonl.gz
    #[arg(long, conflicts_with_all = ["minor", "oracle"])]
    goldens: bool,
    /// This program instead of the one that is built
    #[arg(long, value_name = "FILE")]
    oracle: Option<PathBuf>,
}

/// A minor that is modelled.
fn minor(text: &str) -> Result<Minor, String> {
    let number = Minor::in_version(text);
    let mut all = Minor::ALL.into_iter();
    all.find(|minor| Some(minor.number()) == number)
        .ok_or_else(|| "it is not one of 1.34, 1.35, 1.36 and 1.37".to_owned())
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Clusters between two lines that tell how far it is.
const STEP: u64 = 500;

fn run(options: &Options) -> Result<usize, Box<dyn Error>> {
    if options.goldens {
        return keep(options).map(|()| 0);
    }
    let minor = options.minor;
    let program = match &options.oracle {
        Some(program) => program.clone(),
        None => ensure_of(oracle_of(minor), &Lease::until_signal()?)?,
    };
    let workers = thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let last = options.first + options.seeds;
    let mut found = Findings::default();
    for first in (options.first..last).step_by(usize::try_from(STEP)?) {
        let seeds = first..last.min(first + STEP);
        found.absorb(campaign::over(&program, &seeds, minor, workers)?);
        eprintln!(
            "{} pairs, {} clusters that differ",
            found.pairs,
            found.differing.len()
        );
    }
    show(options, &found, &mut Oracle::start(&program)?, minor)?;
    println!("{}", found.coverage);
    if found.crashes > 0 {
        println!(
            "{} clusters without an answer: the scheduler's own plugin crashes",
            found.crashes
        );
    }
    let (pairs, unknown, differing) = (found.pairs, found.unknown, found.differing.len());
    let rooms = found.rooms;
    println!(
        "{pairs} pairs compared, {unknown} of them unknown to the evaluator, in {rooms} preemption makes room; {differing} clusters differ"
    );
    Ok(differing)
}

/// Chooses the goldens anew.
fn keep(options: &Options) -> Result<(), Box<dyn Error>> {
    let lease = Lease::until_signal()?;
    let mut oracles = Vec::new();
    for minor in Minor::ALL {
        oracles.push(Oracle::start(&ensure_of(oracle_of(minor), &lease)?)?);
    }
    let mut choice = Choice::default();
    for seed in options.first..options.first + options.seeds {
        let case = generator::small_case(seed);
        let json = case.to_json();
        let answers = oracles.iter_mut().map(|oracle| oracle.ask(&json));
        let answers = answers.collect::<Result<Vec<_>, _>>()?;
        choice.offer(case, &answers);
    }
    let chosen = choice.finish();
    goldens::write(&goldens::file(), &Head::of_today()?, &chosen)?;
    println!("{} clusters in {}", chosen.len(), goldens::file().display());
    Ok(())
}

/// Prints what differs, and the first few as small as they can be made.
fn show(
    options: &Options,
    found: &Findings,
    oracle: &mut Oracle,
    minor: Minor,
) -> Result<(), Box<dyn Error>> {
    for (at, (seed, differences)) in found.differing.iter().enumerate() {
        println!(
            "seed {seed}: {} differences, the first:\n{}",
            differences.len(),
            differences[0]
        );
        if at >= options.show {
            continue;
        }
        let small = shrink(&generator::case(*seed), &differences[0], oracle, minor)?;
        println!("smallest: {}", serde_json::to_string(&small.objects)?);
        let answer = oracle.ask(&small.to_json())?;
        for difference in compare(&small, &answer, minor).differences {
            println!("  {difference}");
        }
    }
    Ok(())
}
