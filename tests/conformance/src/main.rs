//! Compares the evaluator with the real scheduler's plugins on random clusters.
//!
//! Prints the coverage, and for each kind of difference the smallest cluster that still shows it. Ends with 1 where
//! anything differs.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use conformance::compare::{What, compare};
use conformance::coverage::Coverage;
use conformance::generator;
use conformance::oracle::Oracle;
use conformance::shrink::shrink;
use controlplane::lease::Lease;
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
    /// This program instead of the one that is built
    #[arg(long, value_name = "FILE")]
    oracle: Option<PathBuf>,
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

fn run(options: &Options) -> Result<usize, Box<dyn Error>> {
    let minor = Minor::NEWEST;
    let program = match &options.oracle {
        Some(program) => program.clone(),
        None => controlplane::oracle::ensure(&Lease::until_signal()?)?,
    };
    let mut oracle = Oracle::start(&program)?;
    let mut coverage = Coverage::default();
    let (mut pairs, mut unknown, mut different) = (0, 0, 0);
    let mut kinds: BTreeMap<What, usize> = BTreeMap::new();
    let mut shown = 0;
    for seed in options.first..options.first + options.seeds {
        let case = generator::case(seed);
        let answer = oracle.ask(&case.to_json())?;
        coverage.add(&answer);
        let comparison = compare(&case, &answer, minor);
        pairs += comparison.pairs;
        unknown += comparison.unknown;
        different += comparison.differences.len();
        for difference in &comparison.differences {
            *kinds.entry(difference.what).or_default() += 1;
        }
        let Some(first) = comparison.differences.first() else {
            continue;
        };
        println!(
            "seed {seed}: {} differences, the first:\n{first}",
            comparison.differences.len()
        );
        if shown < options.show {
            shown += 1;
            let small = shrink(&case, first, &mut oracle, minor)?;
            println!("smallest: {}", serde_json::to_string(&small.objects)?);
            let answer = oracle.ask(&small.to_json())?;
            for difference in compare(&small, &answer, minor).differences {
                println!("  {difference}");
            }
        }
    }
    println!("{coverage}");
    println!(
        "{pairs} pairs compared, {unknown} of them unknown to the evaluator, {different} differences {kinds:?}"
    );
    Ok(different)
}
