//! A cluster in a file: our own snapshot, or what `kubectl get ... -o yaml|json` wrote.
//!
//! Both hold API objects and are read through the same slim types as the live cluster, so a plan made from a file is the
//! plan that would have been made live. What a file does not hold is recorded as unread, never taken for absent.

mod collect;
#[cfg(test)]
mod demo_tests;
mod document;
mod error;
mod owners;
#[cfg(test)]
mod tests;
mod write;

pub use error::{FileError, Problem};
pub use write::{Format, render};

use std::fs;
use std::path::Path;

use jiff::Timestamp;

use crate::domain::snapshot::Snapshot;
use collect::Collector;

/// The `apiVersion` of our snapshot.
pub const API_VERSION: &str = "nodemaint.dev/v1alpha1";

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
    let text = std::str::from_utf8(bytes).map_err(|cause| {
        let line = 1 + bytes[..cause.valid_up_to()]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        failed(Problem::NotText { line })
    })?;
    if text.trim().is_empty() {
        return Err(failed(Problem::Empty));
    }
    let mut collector = Collector::new(taken_at);
    document::for_each(text, &mut collector).map_err(failed)?;
    collector.finish().map_err(failed)
}

/// Returns the cluster that ships inside the program.
///
/// # Errors
///
/// Never in a build whose tests passed: one of them reads it.
pub fn demo() -> Result<Snapshot, FileError> {
    parse(
        include_bytes!("demo.yaml"),
        "the demo cluster",
        Timestamp::default(),
    )
}
