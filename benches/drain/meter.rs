//! What a program costs: wall time, processor time, peak memory.
//!
//! The program is started by a copy of this benchmark that does nothing else. So the figures of
//! finished children (`getrusage`) are those of that one program; and its peak memory, which
//! Linux counts from before the `exec`, begins at that small copy's and not at the benchmark's,
//! which holds a cluster's client and its answers.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, io};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use serde::{Deserialize, Serialize};

/// The first argument of the copy that measures.
const METER: &str = "measure-one-program";

/// What a program cost.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Cost {
    /// From just before it was started until it had ended.
    pub wall: Duration,
    /// User and system time of the program and its children.
    pub cpu: Duration,
    /// Peak resident memory in bytes.
    pub memory: u64,
    /// Its exit code; absent where a signal ended it.
    pub code: Option<i32>,
}

/// Runs a command to its end, its output in `log`, and returns what it cost.
///
/// # Errors
///
/// When the program or the copy that measures cannot be started.
pub fn measure(command: &Command, log: &Path) -> io::Result<Cost> {
    let answer = log.with_extension("cost");
    let output = fs::File::create(log)?;
    let mut copy = Command::new(env::current_exe()?);
    copy.arg(METER).arg(&answer).arg(command.get_program());
    copy.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => copy.env(name, value),
            None => copy.env_remove(name),
        };
    }
    copy.stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output);
    let status = copy.status()?;
    if !status.success() {
        let said = fs::read_to_string(log)?;
        return Err(io::Error::other(format!("{status}: {said}")));
    }
    serde_json::from_slice(&fs::read(&answer)?).map_err(io::Error::other)
}

/// Where this process is the copy that measures: measures, and returns how to end.
pub fn serve() -> Option<ExitCode> {
    let mut arguments = env::args_os().skip(1);
    if arguments.next()? != METER {
        return None;
    }
    match serve_one(arguments) {
        Ok(()) => Some(ExitCode::SUCCESS),
        Err(error) => {
            eprintln!("{error}");
            Some(ExitCode::FAILURE)
        }
    }
}

fn serve_one(mut arguments: impl Iterator<Item = OsString>) -> io::Result<()> {
    let missing = || io::Error::other("an answer file and a program are needed");
    let answer = arguments.next().ok_or_else(missing)?;
    let mut command = Command::new(arguments.next().ok_or_else(missing)?);
    command.args(arguments);
    let start = Instant::now();
    let status = command.status()?;
    let wall = start.elapsed();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cost = Cost {
        wall,
        cpu: duration(usage.user_time()) + duration(usage.system_time()),
        memory: u64::try_from(usage.max_rss()).unwrap_or(0) * RSS_UNIT,
        code: status.code(),
    };
    fs::write(answer, serde_json::to_vec(&cost)?)
}

/// Bytes in the unit of `ru_maxrss`.
const RSS_UNIT: u64 = if cfg!(target_vendor = "apple") {
    1
} else {
    1024
};

fn duration(time: TimeVal) -> Duration {
    let seconds = u64::try_from(time.tv_sec()).unwrap_or(0);
    let micros = u64::try_from(time.tv_usec()).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_micros(micros)
}
