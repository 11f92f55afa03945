//! kubectl's drain and this plugin's, in turn on the same real control plane.
//!
//! `cargo bench --bench drain` takes about a quarter of an hour and prints a Markdown report;
//! `docs/performance.md` keeps one. It ends with 0 whatever the ratios are, for a figure that
//! depends on the machine fails no build; only a program that fails to drain is a failure.

#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark looks at the real clock; the ban is the product's"
)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark has no `cli::ui` to print through"
)]

mod drains;
mod fleet;
mod meter;
mod options;
mod program;
mod reading;
mod report;
mod startup;
mod table;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;
use controlplane::{Space, space};
use tempfile::TempDir;

use drains::Case;
use options::{Options, Part};
use program::Program;
use report::Report;

fn main() -> ExitCode {
    if let Some(code) = meter::serve() {
        return code;
    }
    let options = Options::parse();
    if !options.bench {
        println!("not measured: run it by `cargo bench --bench drain`");
        return ExitCode::SUCCESS;
    }
    match measure(&options) {
        Ok(report) => {
            println!("{}", report.text());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> Result<Report, Box<dyn Error>> {
    let home = space("home");
    let scratch = TempDir::new()?;
    let mut report = Report::default();
    for part in options.parts() {
        match part {
            Part::Startup => report.add_starts(&startup::starts(options.starts, scratch.path())?),
            Part::Size => report.add_sizes(startup::sizes()?),
            Part::Read => {
                let size = reading::Size {
                    nodes: options.cluster_nodes,
                    pods: options.cluster_pods,
                };
                let read = reading::next_to_curl(size, options.readings, scratch.path())?;
                report.add_reading(size, &read);
            }
            Part::Typed => {
                let pods = options.cluster_pods;
                let read = reading::next_to_kubectl(pods, options.readings, scratch.path())?;
                report.add_typed(pods, &read);
            }
            Part::D1 | Part::D2 | Part::D1Replaced | Part::D2Replaced | Part::D3 => {
                drain(part, options, &home, &scratch, &mut report)?;
            }
        }
    }
    Ok(report)
}

fn drain(
    part: Part,
    options: &Options,
    home: &Space,
    scratch: &TempDir,
    report: &mut Report,
) -> Result<(), String> {
    let Some(case) = Case::of(part, options) else {
        return Ok(());
    };
    let mut runs = Vec::new();
    for pair in 1..=options.pairs {
        for program in Program::BOTH {
            let run = case.run(program, home, scratch.path())?;
            eprintln!(
                "{} {pair}/{} {}: {:.2} s, {} requests",
                case.name,
                options.pairs,
                program.name(),
                run.cost.wall.as_secs_f64(),
                run.requests()
            );
            runs.push(run);
        }
    }
    report.add_drain(&case, &runs);
    Ok(())
}
