//! `completion`: prints the scripts of the shells, and lets kubectl complete the plugin.
//!
//! kubectl asks a second program for a plugin's completions, and krew can install only one: so this command writes the
//! second one itself, to where the first one lies.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::cli::complete::COMPLETER;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;

const BASH: &str = include_str!("../../../completions/kubectl-nodemaint.bash");
const ZSH: &str = include_str!("../../../completions/_kubectl-nodemaint");
const FISH: &str = include_str!("../../../completions/kubectl-nodemaint.fish");
const POWERSHELL: &str = include_str!("../../../completions/kubectl-nodemaint.ps1");
const FOR_KUBECTL: &str = include_str!("../../../completions/kubectl_complete-nodemaint");

/// By this a file is known as ours, whichever version wrote it.
const OUR_CALL: &str = "__complete";

/// Print a completion script, or let kubectl complete the plugin.
#[derive(Debug, Args)]
pub struct CompletionArgs {
    #[command(subcommand)]
    what: Completion,
}

#[derive(Debug, Subcommand)]
enum Completion {
    /// Print the script for bash
    Bash,
    /// Print the script for zsh
    Zsh,
    /// Print the script for fish
    Fish,
    /// Print the script for PowerShell
    Powershell,
    /// Let kubectl complete "kubectl nodemaint": write the program that it asks next to this one
    Install(InstallArgs),
}

#[derive(Debug, Args)]
struct InstallArgs {
    /// Print the file and say where it belongs; write nothing
    #[arg(long)]
    print: bool,
}

/// Runs `completion`.
///
/// # Errors
///
/// The program's own folder cannot be found or written to, or holds a file of that name that is not ours.
pub fn run(args: &CompletionArgs, context: &Context) -> Result<Exit, CliError> {
    let script = match &args.what {
        Completion::Bash => BASH,
        Completion::Zsh => ZSH,
        Completion::Fish => FISH,
        Completion::Powershell => POWERSHELL,
        Completion::Install(install) => return run_install(install, context),
    };
    context.ui.document(script);
    Ok(Exit::Done)
}

fn run_install(args: &InstallArgs, context: &Context) -> Result<Exit, CliError> {
    let path = context
        .variable("PATH")
        .map(OsString::from)
        .unwrap_or_default();
    let program = std::env::args_os().next().unwrap_or_default();
    let folder = folder_of(&program, &path).ok_or_else(|| {
        CliError::unplanned("error: cannot tell in which folder this program lies")
            .with_hint(format!("write the file yourself: {}", by_hand()))
    })?;
    let file = for_kubectl(&folder);
    if args.print {
        context.ui.err(&format!("# {}", file.path.display()));
        context.ui.document(&file.text);
        return Ok(Exit::Done);
    }
    let written = write(&file)?;
    context
        .ui
        .out(&format!("{} {}", file.path.display(), written.word()));
    if !std::env::split_paths(&path).any(|on_path| on_path == folder) {
        let folder = folder.display();
        context.ui.err(&format!(
            "Warning: {folder} is not on the PATH: kubectl will not find it"
        ));
    }
    Ok(Exit::Done)
}

fn by_hand() -> &'static str {
    "kubectl nodemaint completion install --print"
}

/// A file to be written.
struct File {
    path: PathBuf,
    text: String,
}

/// The program that kubectl asks; on Windows, which knows no `#!`, a batch file.
fn for_kubectl(folder: &Path) -> File {
    if cfg!(windows) {
        let text = "@kubectl-nodemaint.exe __complete %*\r\n".to_owned();
        return File {
            path: folder.join(format!("{COMPLETER}.bat")),
            text,
        };
    }
    File {
        path: folder.join(COMPLETER),
        text: FOR_KUBECTL.to_owned(),
    }
}

/// Returns the folder from which the program was started: that of krew's link, not of what it leads to.
fn folder_of(program: &OsStr, path: &OsStr) -> Option<PathBuf> {
    let program = Path::new(program);
    match program.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => std::path::absolute(folder).ok(),
        _ => {
            let name = program.file_name()?;
            std::env::split_paths(path).find(|folder| folder.join(name).is_file())
        }
    }
}

/// What became of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    New,
    Updated,
    Unchanged,
}

impl Written {
    fn word(self) -> &'static str {
        match self {
            Written::New => "installed",
            Written::Updated => "updated",
            Written::Unchanged => "already installed",
        }
    }
}

fn write(file: &File) -> Result<Written, CliError> {
    let path = file.path.display();
    let failed = |verb: &str, cause: &std::io::Error| {
        CliError::unplanned(format!("error: cannot {verb} {path}: {cause}"))
            .with_hint(format!("write the file yourself: {}", by_hand()))
    };
    let written = match std::fs::read_to_string(&file.path) {
        Ok(text) if text == file.text => return Ok(Written::Unchanged),
        Ok(text) if text.contains(OUR_CALL) => Written::Updated,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Written::New,
        Ok(_) => {
            let message = format!("error: {path} exists and was not written by this program");
            return Err(CliError::new(Exit::Foreign, message).with_hint(format!(
                "look at it, remove it, and run this again; the file: {}",
                by_hand()
            )));
        }
        Err(cause) => return Err(failed("read", &cause)),
    };
    std::fs::write(&file.path, &file.text).map_err(|cause| failed("write", &cause))?;
    make_executable(&file.path).map_err(|cause| failed("write", &cause))?;
    Ok(written)
}

#[cfg(unix)]
fn make_executable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
}

#[cfg(windows)]
fn make_executable(_path: &Path) -> std::io::Result<()> {
    // The ending `.bat` says it.
    Ok(())
}
