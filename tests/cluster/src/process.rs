//! One program of the control plane: started through a small detour that ties its life to
//! ours, its output in a log.
//!
//! The detour: our own binary is started as `__exec PARENT PROGRAM ARGS...`, asks the
//! kernel for a SIGKILL when its parent dies, and becomes the program. So nothing is left
//! even when the supervisor itself is killed, and no unsafe code is needed.

use std::convert::Infallible;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::error::{Error, at, running};

/// The hidden subcommand of the binary that holds the supervisor.
pub const EXEC_COMMAND: &str = "__exec";
/// How much of a log an error shows.
const TAIL_LINES: usize = 20;

/// A running program and its log.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `program` with `arguments`; its output goes to `<logs>/<name>.log`.
    ///
    /// Must be called on a thread that lives as long as the program shall: the kernel's
    /// parent-death signal follows the thread, not the process.
    ///
    /// # Errors
    /// When the log or the process cannot be made.
    pub fn start(
        own: &Path,
        program: &Path,
        arguments: &[String],
        logs: &Path,
    ) -> Result<Self, Error> {
        let name = program
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let log_path = logs.join(format!("{name}.log"));
        let log = File::create(&log_path).map_err(at(&log_path))?;
        let errors = log.try_clone().map_err(at(&log_path))?;
        let child = Command::new(own)
            .arg(EXEC_COMMAND)
            .arg(std::process::id().to_string())
            .arg(program)
            .args(arguments)
            .current_dir(logs)
            .env("HOME", logs)
            .env_remove("KUBECONFIG")
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(running(name.as_str()))?;
        Ok(Self {
            name,
            child,
            log: log_path,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its process id, which stays the same when the detour becomes the program.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The end of its log.
    #[must_use]
    pub fn tail(&self) -> String {
        let text = fs::read(&self.log)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
    }

    /// Its exit status once it has ended.
    ///
    /// # Errors
    /// When the process cannot be asked.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>, Error> {
        self.child.try_wait().map_err(running(self.name.as_str()))
    }
}

impl Drop for Process {
    /// Kills it: the state is thrown away, so there is nothing to end in good order for.
    fn drop(&mut self) {
        // Fails only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The body of the hidden subcommand: becomes the program, or says why not.
///
/// # Errors
/// When the arguments are not those that [`Process::start`] gives, the parent is gone
/// already, or the program cannot be executed. Does not return otherwise.
pub fn exec(mut arguments: impl Iterator<Item = std::ffi::OsString>) -> Result<Infallible, Error> {
    let bad = |what: &str| running(EXEC_COMMAND)(io::Error::other(what.to_owned()));
    let parent = arguments
        .next()
        .and_then(|text| text.to_str()?.parse::<u32>().ok())
        .ok_or_else(|| bad("no parent"))?;
    let program = arguments.next().ok_or_else(|| bad("no program"))?;
    die_with_parent().map_err(running(EXEC_COMMAND))?;
    // The parent may have died before the kernel was asked.
    if std::os::unix::process::parent_id() != parent {
        return Err(bad("the parent is gone"));
    }
    let name = program.to_string_lossy().into_owned();
    Err(running(name)(Command::new(program).args(arguments).exec()))
}

#[cfg(target_os = "linux")]
fn die_with_parent() -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))
        .map_err(io::Error::from)
}

/// Elsewhere the supervisor's own teardown must do.
#[cfg(not(target_os = "linux"))]
fn die_with_parent() -> io::Result<()> {
    Ok(())
}
