//! Which files are read, and in which order.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::Kubeconfig;
use crate::adapters::live::connect::error::ConnectError;
use crate::adapters::live::connect::flags::{ConnectEnv, ConnectFlags};

/// Loads `--kubeconfig`, else the files of `KUBECONFIG`, else `~/.kube/config`, merged.
///
/// # Errors
/// Fails when the file named by the flag is absent, or any file that exists cannot be read or parsed. Absent files
/// of the list are skipped.
pub(crate) fn load(flags: &ConnectFlags, env: &ConnectEnv) -> Result<Kubeconfig, ConnectError> {
    let mut merged = Kubeconfig::default();
    let mut failures = Vec::new();
    for path in files(flags, env)? {
        match read(&path) {
            Ok(config) => merged.merge(config.unwrap_or_default()),
            Err(reason) => failures.push(format!(
                "error loading config file \"{}\": {reason}",
                path.display()
            )),
        }
    }
    if failures.is_empty() {
        Ok(merged)
    } else {
        Err(ConnectError::Load(failures))
    }
}

fn files(flags: &ConnectFlags, env: &ConnectEnv) -> Result<Vec<PathBuf>, ConnectError> {
    if let Some(path) = flags
        .kubeconfig
        .as_ref()
        .filter(|path| !path.as_os_str().is_empty())
    {
        return match std::fs::metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(ConnectError::NoSuchFile(path.clone()))
            }
            _ => Ok(vec![path.clone()]),
        };
    }
    let mut files: Vec<PathBuf> = Vec::new();
    if let Some(list) = &env.kubeconfig {
        for path in std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()) {
            if !files.contains(&path) {
                files.push(path);
            }
        }
    } else if let Some(home) = &env.home {
        files.push(home.join(".kube").join("config"));
    }
    Ok(files)
}

/// One file with its paths made absolute, or `None` when it does not exist.
fn read(path: &Path) -> Result<Option<Kubeconfig>, String> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(reading(path, &error)),
    };
    let text = String::from_utf8(bytes).map_err(|_| "yaml: invalid UTF-8".to_owned())?;
    let mut config = Kubeconfig::parse(&text)?;
    let absolute = std::path::absolute(path).map_err(|error| error.to_string())?;
    config.resolve_paths(absolute.parent().unwrap_or(&absolute));
    Ok(Some(config))
}

/// Go's words for a file that is there and cannot be read.
fn reading(path: &Path, error: &std::io::Error) -> String {
    let path = path.display();
    match error.kind() {
        ErrorKind::IsADirectory => format!("read {path}: is a directory"),
        ErrorKind::PermissionDenied => format!("open {path}: permission denied"),
        _ => format!("open {path}: {error}"),
    }
}
