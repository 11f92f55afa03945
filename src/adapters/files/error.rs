//! What can be wrong with a snapshot file: which file, where in it, and what to do.

use std::fmt;
use std::sync::Arc;

use super::{API_VERSION, KIND};

/// How to make a file that can be read.
const TAKE_ANEW: &str = "take it with 'kubectl nodemaint snapshot -o FILE', or with 'kubectl get \
    nodes,pods,pdb,replicasets,deployments,statefulsets,daemonsets,jobs,namespaces -A -o yaml > FILE'";

/// A file that is no snapshot.
#[derive(Debug, Clone)]
pub struct FileError {
    /// The file, or where else the text came from.
    pub source: String,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a file.
#[derive(Debug, Clone)]
pub enum Problem {
    /// It is a directory.
    Directory,
    /// The system does not give it.
    Unreadable(Arc<std::io::Error>),
    /// It cannot be written.
    Unwritable(Arc<std::io::Error>),
    /// It is not UTF-8 text.
    NotText {
        /// The first line that is not.
        line: usize,
    },
    /// There is nothing in it.
    Empty,
    /// It is neither JSON nor YAML.
    Syntax {
        /// The line.
        line: usize,
        /// The parser's words.
        message: String,
    },
    /// It ends in the middle.
    CutOff {
        /// How one can tell.
        evidence: String,
    },
    /// Our format in another version.
    Version {
        /// The version that it says.
        found: String,
    },
    /// Something that is no snapshot and no API object.
    Kind {
        /// The line on which the document begins.
        line: usize,
        /// What it says it is; empty where it does not say.
        found: String,
    },
    /// One object that cannot be understood.
    Object {
        /// Which object and why, for example `Pod shop/web-1: metadata.name: is missing`.
        message: String,
    },
    /// No node is in it.
    NoNodes,
    /// No pod is in it, nor anything that makes pods.
    NoPods,
}

impl FileError {
    /// Builds an error about a file.
    pub fn new(source: &str, problem: Problem) -> FileError {
        FileError {
            source: source.to_owned(),
            problem,
        }
    }

    /// Returns what to do about it; empty where the message says all.
    pub fn hint(&self) -> &'static str {
        match self.problem {
            Problem::Unreadable(_) | Problem::Unwritable(_) => "",
            Problem::Directory => "name a file in it, '-' for standard input, or 'demo'",
            Problem::NoPods => "a pod, a workload with a template, or a list of such",
            _ => TAKE_ANEW,
        }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = self.source.escape_default();
        match &self.problem {
            Problem::Directory => write!(f, "{source} is a directory, not a snapshot file"),
            Problem::Unreadable(cause) => write!(f, "cannot read {source}: {cause}"),
            Problem::Unwritable(cause) => write!(f, "cannot write {source}: {cause}"),
            Problem::NotText { line } => write!(f, "{source}: line {line} is not UTF-8 text"),
            Problem::Empty => write!(f, "{source} is empty"),
            Problem::Syntax { line, message } => write!(f, "{source}: line {line}: {message}"),
            Problem::CutOff { evidence } => {
                write!(f, "{source} is only a part of a file: {evidence}")
            }
            Problem::Version { found } => write!(
                f,
                "{source} is a {KIND} of version {found:?}; this program reads {API_VERSION}"
            ),
            Problem::Kind { line, found } if found.is_empty() => write!(
                f,
                "{source}: what begins on line {line} has no kind: it is neither a {KIND} nor what kubectl get writes"
            ),
            Problem::Kind { line, found } => write!(
                f,
                "{source}: what begins on line {line} is of kind {found:?}: it is neither a {KIND} nor what kubectl \
                 get writes"
            ),
            Problem::Object { message } => write!(f, "{source}: {message}"),
            Problem::NoNodes => write!(f, "{source} holds no Node"),
            Problem::NoPods => write!(f, "{source} holds no pod, and nothing that makes pods"),
        }
    }
}

impl std::error::Error for FileError {}
