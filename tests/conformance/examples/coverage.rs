//! Asks the oracle about many random clusters and prints which plugin decided how often:
//! `cargo run --release -p conformance --example coverage -- FIRST-SEED CASES [PROGRAM]`.

use std::env;
use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use conformance::coverage::Coverage;
use conformance::generator;
use conformance::oracle::Oracle;
use controlplane::lease::Lease;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let first: u64 = arguments.next().as_deref().unwrap_or("1").parse()?;
    let cases: u64 = arguments.next().as_deref().unwrap_or("300").parse()?;
    let program = match arguments.next() {
        Some(path) => PathBuf::from(path),
        None => controlplane::oracle::ensure(&Lease::until_signal()?)?,
    };
    let mut oracle = Oracle::start(&program)?;
    let mut coverage = Coverage::default();
    let started = Instant::now();
    for seed in first..first + cases {
        coverage.add(&oracle.ask(&generator::case(seed).to_json())?);
    }
    println!("{coverage}in {:.1} s", started.elapsed().as_secs_f64());
    Ok(())
}
