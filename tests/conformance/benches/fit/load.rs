//! Reads a cluster from a file in a process of its own, whose memory is then that of the reading alone.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};
use std::{env, fs, io};

use nodemaint::adapters::files::Source;
use nodemaint::adapters::manifest::Additions;
use nodemaint::domain::fit::profile::Minor;
use nodemaint::domain::fit::world::World;
use serde::{Deserialize, Serialize};

/// The first argument of the process that reads.
const READER: &str = "read-one-file";

/// What reading a file cost.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Load {
    /// Until the world stood.
    pub time: Duration,
    /// The pods in it.
    pub pods: usize,
    /// Resident bytes of the process before it read anything.
    pub before: u64,
    /// Resident bytes with the world.
    pub after: u64,
    /// The most that was ever resident.
    pub peak: u64,
}

/// Reads a file here.
///
/// # Errors
///
/// When it holds no cluster.
pub fn world(file: &Path) -> io::Result<World> {
    let source = Source::File(PathBuf::from(file));
    let read = source.world(Some(Minor::NEWEST), &Additions::default());
    Ok(read.map_err(io::Error::other)?.world)
}

/// Reads a file in a process of its own.
///
/// # Errors
///
/// When the process fails.
pub fn measure(file: &Path) -> io::Result<Load> {
    let output = Command::new(env::current_exe()?)
        .arg(READER)
        .arg(file)
        .output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(io::Error::other(said));
    }
    serde_json::from_slice(&output.stdout).map_err(io::Error::other)
}

/// Where this process is the one that reads: reads, and returns how to end.
pub fn serve() -> Option<ExitCode> {
    let mut arguments = env::args_os().skip(1);
    if arguments.next()? != READER {
        return None;
    }
    let file = PathBuf::from(arguments.next()?);
    match read(&file) {
        Ok(load) => {
            println!("{}", serde_json::json!(load));
            Some(ExitCode::SUCCESS)
        }
        Err(error) => {
            eprintln!("{error}");
            Some(ExitCode::FAILURE)
        }
    }
}

fn read(file: &Path) -> io::Result<Load> {
    let before = memory("VmRSS:")?;
    let start = Instant::now();
    let world = world(file)?;
    let time = start.elapsed();
    Ok(Load {
        time,
        pods: world.pods.len(),
        before,
        after: memory("VmRSS:")?,
        peak: memory("VmHWM:")?,
    })
}

/// A line of `/proc/self/status`, in bytes. Only Linux tells; the peak there begins anew with each program.
fn memory(field: &str) -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(field));
    let kibibytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    let missing = || io::Error::other(format!("/proc/self/status has no {field}"));
    Ok(kibibytes.ok_or_else(missing)? * 1024)
}
