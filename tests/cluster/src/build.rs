//! Builds programs from their Go modules. Takes some ten minutes on two cores the first
//! time, so it says which of them it is at; takes a lock, so that two runs do not do the
//! work twice; and moves each program into place only when it is whole.

use std::fs::{self, File, TryLockError};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use crate::error::{Error, at, running};
use crate::lease::Lease;
use crate::programs::Program;
use crate::progress::Progress;
use crate::toolchain;

/// How often a waiting loop looks again.
const LOOK: Duration = Duration::from_millis(200);

/// What `go build` is to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The file name of the program.
    pub name: &'static str,
    /// The folder with its `go.mod`.
    pub module: PathBuf,
    /// The package, as seen from there.
    pub package: String,
    /// What the linker is told.
    pub linker_flags: String,
    /// Further flags of `go build`.
    pub flags: Vec<String>,
}

impl From<Program> for Target {
    fn from(program: Program) -> Self {
        Self {
            name: program.name(),
            module: program.module().folder(),
            package: program.package(),
            linker_flags: program.linker_flags(),
            flags: Vec::new(),
        }
    }
}

/// Builds into `folder` every program that it does not hold. `progress` tells the person who
/// waits; `patience` is how long that may take.
///
/// # Errors
/// No usable Go, a failed build, or the lease's end. What was built until then stays.
pub fn build_all(
    folder: &Path,
    targets: &[Target],
    patience: &str,
    mut progress: Progress,
    lease: &Lease,
) -> Result<(), Error> {
    let _lock = take_lock(folder, lease, &mut progress)?;
    let missing: Vec<_> = targets
        .iter()
        .filter(|target| !folder.join(target.name).is_file())
        .collect();
    let Some(first) = missing.first() else {
        return Ok(());
    };
    let version = toolchain::go(&first.module)?;
    progress.now(format!(
        "building with {version} into {}; once, {patience}",
        folder.display()
    ));
    for (index, target) in missing.iter().enumerate() {
        progress.now(format!(
            "building {} ({} of {})",
            target.name,
            index + 1,
            missing.len()
        ));
        build(target, folder, lease, &mut progress)?;
    }
    progress.done("built");
    Ok(())
}

/// Waits for whoever builds into the same folder. The lock ends with the process.
fn take_lock(folder: &Path, lease: &Lease, progress: &mut Progress) -> Result<File, Error> {
    let path = folder.join(".lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(at(&path))?;
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(at(&path)(error)),
            Err(TryLockError::WouldBlock) if !told => {
                progress.now("another run is building it; waiting");
                told = true;
            }
            Err(TryLockError::WouldBlock) => progress.tick(),
        }
        lease.check()?;
        thread::sleep(LOOK);
    }
}

fn build(
    target: &Target,
    folder: &Path,
    lease: &Lease,
    progress: &mut Progress,
) -> Result<(), Error> {
    let part = folder.join(format!(".{}.{}.part", target.name, std::process::id()));
    let log_path = folder.join(format!(".{}.log", target.name));
    let log = File::create(&log_path).map_err(at(&log_path))?;
    // A group of its own: `go` has children, and all must end when we are told to stop.
    let mut child = Command::new("go")
        .args(["build", "-trimpath", "-ldflags", &target.linker_flags])
        .args(&target.flags)
        .arg("-o")
        .arg(&part)
        .arg(&target.package)
        .current_dir(&target.module)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .process_group(0)
        .spawn()
        .map_err(running("go"))?;
    let outcome = wait(&mut child, target, &log_path, lease, progress);
    if outcome.is_err() {
        // Absent when `go` did not get that far.
        let _ = fs::remove_file(&part);
        return outcome;
    }
    let ready = folder.join(target.name);
    fs::rename(&part, &ready).map_err(at(&ready))?;
    fs::remove_file(&log_path).map_err(at(&log_path))
}

fn wait(
    child: &mut Child,
    target: &Target,
    log: &Path,
    lease: &Lease,
    progress: &mut Progress,
) -> Result<(), Error> {
    loop {
        if let Some(status) = child.try_wait().map_err(running("go"))? {
            return if status.success() {
                Ok(())
            } else {
                let output = fs::read_to_string(log).unwrap_or_default();
                Err(Error::Build {
                    program: target.name,
                    status: status.to_string(),
                    output,
                })
            };
        }
        if lease.is_over() {
            end_group(child);
            return Err(Error::Stopped);
        }
        progress.tick();
        thread::sleep(LOOK);
    }
}

/// Ends a child and all that it started.
fn end_group(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // Fails only when the group is gone, which is what is wanted.
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.wait();
}
