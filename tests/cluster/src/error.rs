//! What can keep the control plane from being there. The texts are for a newcomer: they
//! say what is missing and where to get it.

use std::io;
use std::path::{Path, PathBuf};

/// Why there is no control plane.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No usable Go.
    #[error(
        "{found}; the programs that the tests need are built with Go {needed} or newer: https://go.dev/dl/"
    )]
    Go {
        /// What is there instead.
        found: String,
        /// The oldest version that will do.
        needed: String,
    },
    /// `go build` failed.
    #[error("building {program} failed ({status}):\n{output}")]
    Build {
        /// What was being built.
        program: &'static str,
        /// How `go` ended.
        status: String,
        /// What `go` said.
        output: String,
    },
    /// A program of the control plane ended although nobody asked it to.
    #[error("{name} ended by itself ({status}); its last lines:\n{tail}")]
    Ended {
        /// The program.
        name: String,
        /// Its exit status.
        status: String,
        /// The end of its log.
        tail: String,
    },
    /// The control plane did not get ready in time.
    #[error("the control plane is not ready after {seconds} s: {waiting_for}\n{tail}")]
    NotReady {
        /// How long it was given.
        seconds: u64,
        /// The condition that did not come true.
        waiting_for: String,
        /// The end of the log that tells most.
        tail: String,
    },
    /// Asked to stop before the work was done.
    #[error("stopped")]
    Stopped,
    /// The supervisor ended without a word about a control plane.
    #[error("the supervisor of the control plane ended ({0}); its reason stands above")]
    Supervisor(String),
    /// A file or folder of ours could not be used.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A process could not be started or waited for.
    #[error("{program}: {source}")]
    Process {
        /// Which.
        program: String,
        /// Why not.
        source: io::Error,
    },
    /// Keys or certificates could not be made.
    #[error("certificates: {0}")]
    Certificates(String),
    /// Somebody handed over something that is no description of a cluster.
    #[error("{from} is no description of a running cluster: {reason}")]
    Description {
        /// Where it came from.
        from: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Attaches the path to an I/O error.
pub fn at(path: &Path) -> impl FnOnce(io::Error) -> Error + '_ {
    move |source| Error::File {
        path: path.to_owned(),
        source,
    }
}

/// Attaches the program's name to an I/O error.
pub(crate) fn running(program: impl Into<String>) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::Process {
        program: program.into(),
        source,
    }
}
