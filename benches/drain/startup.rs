//! The parts that need no fleet: how fast the programs start, and how big they are.

use std::fs;
use std::io;
use std::path::Path;

use controlplane::shared;

use crate::meter::{Cost, measure};
use crate::program::Program;

/// Starts each program in turn with `--help`, first once unmeasured; kubectl's and the plugin's
/// costs.
///
/// # Errors
///
/// When one does not start, or fails.
pub fn starts(times: u32, scratch: &Path) -> io::Result<[Vec<Cost>; 2]> {
    let log = scratch.join("help.log");
    let mut costs = [Vec::new(), Vec::new()];
    for turn in 0..=times {
        for (program, costs) in Program::BOTH.iter().zip(&mut costs) {
            let command = program.command(shared().kubeconfig(), &["--help"]);
            let cost = measure(&command, &log)?;
            if cost.code != Some(0) {
                return Err(io::Error::other(format!(
                    "{} --help failed",
                    program.name()
                )));
            }
            if turn > 0 {
                costs.push(cost);
            }
        }
    }
    Ok(costs)
}

/// The sizes of kubectl's file and the plugin's, in bytes.
///
/// # Errors
///
/// When one is not there.
pub fn sizes() -> io::Result<[u64; 2]> {
    let size = |program: Program| fs::metadata(program.path()).map(|file| file.len());
    Ok([size(Program::Kubectl)?, size(Program::Nodemaint)?])
}
