//! A cluster in a file: our own snapshot, or what `kubectl get ... -o yaml|json` wrote.
//!
//! Both hold API objects and are read through the same slim types as the live cluster, so a plan made from a file is the
//! plan that would have been made live. What a file does not hold is recorded as unread, never taken for absent.

#[cfg(any(test, feature = "testing"))]
mod again;
mod budgets;
mod collect;
#[cfg(test)]
mod demo_tests;
mod document;
mod error;
mod nodes;
mod objects;
mod owners;
mod project;
mod stream;
#[cfg(test)]
mod tests;
mod values;
mod views;
mod world;
mod write;

pub use budgets::BudgetsFile;
pub use error::{FileError, Place, Problem, Purpose, Start};
pub use nodes::nodes;
pub use objects::Objects;
pub use world::{Source, Wanted, WorldFile};
pub use write::{Format, render};

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::domain::snapshot::Snapshot;
use collect::Collector;

/// The `apiVersion` of our snapshot.
pub const API_VERSION: &str = "nodemaint.dev/v1alpha1";

/// The cluster that ships inside the program.
const DEMO: &[u8] = include_bytes!("demo.yaml");

/// The `kind` of our snapshot.
pub const KIND: &str = "Snapshot";

/// Reads a snapshot from a file.
///
/// What `kubectl get` wrote does not say when; the file's modification time is taken.
///
/// # Errors
///
/// Names the file, the line or object, and what to do.
pub fn load(path: &Path) -> Result<Snapshot, FileError> {
    let name = path.display().to_string();
    let failed = |problem| FileError::new(&name, problem);
    let metadata = fs::metadata(path).map_err(|cause| failed(Problem::Unreadable(cause.into())))?;
    if metadata.is_dir() {
        return Err(failed(Problem::Directory));
    }
    let bytes = fs::read(path).map_err(|cause| failed(Problem::Unreadable(cause.into())))?;
    let modified = metadata
        .modified()
        .ok()
        .and_then(|time| Timestamp::try_from(time).ok())
        .unwrap_or_default();
    parse(&bytes, &name, modified)
}

/// Reads a snapshot from text that came from `source`, which is named in errors; `taken_at` stands where the text itself
/// does not say when it was taken.
///
/// # Errors
///
/// As [`load`].
pub fn parse(bytes: &[u8], source: &str, taken_at: Timestamp) -> Result<Snapshot, FileError> {
    let failed = |problem| FileError::new(source, problem);
    let text = text(bytes).map_err(failed)?;
    let mut collector = Collector::new(taken_at);
    document::for_each(text, &mut collector).map_err(failed)?;
    collector.finish().map_err(failed)
}

/// Returns the objects of manifests, in order, each with its place.
///
/// # Errors
///
/// Names the source, and the line or the place.
pub(super) fn objects(
    bytes: &[u8],
    source: &str,
) -> Result<Vec<(Place, serde_json::Value)>, FileError> {
    let objects = text(bytes).and_then(values::objects);
    objects.map_err(|problem| FileError::about(source, Purpose::Manifest, problem))
}

/// Returns the one document of a configuration.
///
/// # Errors
///
/// Names the source, and the line or how many documents there are.
pub(super) fn single(bytes: &[u8], source: &str) -> Result<serde_json::Value, FileError> {
    let failed = |problem| FileError::about(source, Purpose::Configuration, problem);
    let mut documents = text(bytes).and_then(values::documents).map_err(failed)?;
    match (documents.len(), documents.pop()) {
        (1, Some((_, document))) => Ok(document),
        (0, _) | (_, None) => Err(failed(Problem::Empty)),
        (documents, _) => Err(failed(Problem::Several { documents })),
    }
}

/// Returns what was read as text with something in it.
fn text(bytes: &[u8]) -> Result<&str, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|cause| {
        let before = bytes[..cause.valid_up_to()].iter();
        let line = 1 + before.filter(|byte| **byte == b'\n').count();
        Problem::NotText { line }
    })?;
    match text.trim().is_empty() {
        true => Err(Problem::Empty),
        false => Ok(text),
    }
}

/// Writes a text to a file, readable by its owner alone; a file of that name is replaced as a whole or not at all.
///
/// # Errors
///
/// Names the file and the system's reason.
pub fn save(path: &Path, text: &str) -> Result<(), FileError> {
    let failed = |cause: std::io::Error| {
        let problem = Problem::Unwritable(cause.into());
        FileError::new(&path.display().to_string(), problem)
    };
    if path.is_dir() {
        let name = path.display().to_string();
        return Err(FileError::new(&name, Problem::Directory));
    }
    // A terminal, a pipe: nothing that could be replaced.
    if path.exists() && !path.is_file() {
        return fs::write(path, text).map_err(failed);
    }
    let draft = draft_of(path);
    let written = write_privately(&draft, text).and_then(|()| fs::rename(&draft, path));
    written.map_err(|cause| {
        // The draft may not even exist; what is worth telling is why.
        let _ = fs::remove_file(&draft);
        failed(cause)
    })
}

/// Returns the name under which a file is written before it takes its place, in the same folder.
fn draft_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    path.with_file_name(name)
}

fn write_privately(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    std::io::Write::write_all(&mut file, text.as_bytes())?;
    file.sync_all()
}

/// Returns the cluster that ships inside the program.
///
/// # Errors
///
/// Never in a build whose tests passed: one of them reads it.
pub fn demo() -> Result<Snapshot, FileError> {
    parse(DEMO, "the demo cluster", Timestamp::default())
}
