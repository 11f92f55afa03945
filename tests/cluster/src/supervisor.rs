//! The process between a test run and its control plane. It holds the programs, and ends
//! them when whoever started it is no more, however that came about: its standard input is
//! a pipe that only the starter holds, and a pipe ends with its last holder. It runs in a
//! process group of its own, so that Ctrl-C reaches the tests first.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::assets;
use crate::description::Description;
use crate::error::{Error, running};
use crate::lease::Lease;
use crate::start::ControlPlane;

/// The hidden subcommand of the binary that holds the supervisor.
pub const SUPERVISE_COMMAND: &str = "__supervise";
const LOOK: Duration = Duration::from_millis(100);

/// The supervisor's body: builds what is missing, starts the control plane, prints its
/// description as one line, and waits for the end of standard input or a signal.
///
/// # Errors
/// What keeps the control plane from being there, or a program that ended by itself.
/// Being told to stop is no error.
pub fn supervise() -> Result<(), Error> {
    let lease = Lease::until_signal()?.and_until_input_ends();
    match hold(&lease) {
        Err(Error::Stopped) => Ok(()),
        outcome => outcome,
    }
}

fn hold(lease: &Lease) -> Result<(), Error> {
    // Now: a rebuild may replace the file while we run.
    let own = env::current_exe().map_err(running("own binary"))?;
    let programs = assets::ensure(lease)?;
    let mut plane = ControlPlane::start(&programs, &own, lease)?;
    let line = plane.description().to_line()?;
    writeln!(std::io::stdout(), "{line}").map_err(running("standard output"))?;
    while !lease.is_over() {
        plane.check()?;
        thread::sleep(LOOK);
    }
    Ok(())
}

/// A supervisor that this process started; the control plane ends when this is dropped or
/// the process ends.
#[derive(Debug)]
pub struct Supervised {
    description: Description,
    child: Child,
    hold: Option<ChildStdin>,
}

impl Supervised {
    /// Starts a supervisor by `command`, which must lead to [`supervise`], and waits for
    /// its control plane.
    ///
    /// # Errors
    /// When it cannot be started or ends without a control plane; its own standard error
    /// is ours, and tells why.
    pub fn start(command: &mut Command) -> Result<Self, Error> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(running("supervisor"))?;
        let hold = child.stdin.take();
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output)
                .read_line(&mut line)
                .map_err(running("supervisor"))?;
        }
        if line.is_empty() {
            let status = child.wait().map_err(running("supervisor"))?;
            return Err(Error::Supervisor(status.to_string()));
        }
        Ok(Self {
            description: Description::parse(&line, "the supervisor")?,
            child,
            hold,
        })
    }

    /// The control plane's description.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Whether the supervisor has ended, as it does when a program of its fails.
    pub fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }
}

impl Drop for Supervised {
    /// Closes the pipe and waits until everything is gone.
    fn drop(&mut self) {
        drop(self.hold.take());
        let _ = self.child.wait();
    }
}
