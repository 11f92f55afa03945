//! What can be wrong with a snapshot file: which file, where in it, and what to do.

use std::fmt;
use std::sync::Arc;

use super::{API_VERSION, KIND};

/// How to make a file that can be read.
const TAKE_ANEW: &str = "take it with 'kubectl nodemaint snapshot -o FILE', or with 'kubectl get \
    nodes,pods,pdb,replicasets,deployments,statefulsets,daemonsets,jobs,namespaces -A -o yaml > FILE'";

/// What a manifest holds.
const MANIFEST: &str =
    "it takes what 'kubectl apply -f' takes: a pod, a workload with a template, or a list of such";

/// What a configuration holds.
const CONFIGURATION: &str =
    "it takes one document, in YAML or JSON, as the scheduler itself takes it";

/// What a manifest of nodes holds.
const NODES: &str = "it takes what 'kubectl get node NAME -o yaml' writes";

/// A file that cannot be used.
#[derive(Debug, Clone)]
pub struct FileError {
    /// The file, or where else the text came from.
    pub source: String,
    /// What is wrong.
    pub problem: Problem,
    /// What the file was read for.
    pub purpose: Purpose,
}

/// What a file is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A cluster.
    Cluster,
    /// Objects that are not in the cluster yet.
    Manifest,
    /// How a scheduler decides.
    Configuration,
    /// Nodes that are not in the cluster.
    Nodes,
}

/// Where a document stands in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// Counted from 1; what holds nothing is not counted.
    pub document: usize,
    /// The line on which it begins; `None` where the file is read as a stream.
    pub line: Option<usize>,
}

/// Where an object stands in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The document, counted from 1; what holds nothing is not counted.
    pub document: usize,
    /// The index in the document's list; `None` where the document is the object.
    pub item: Option<usize>,
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
        /// Where it begins.
        start: Start,
        /// What it says it is; empty where it does not say.
        found: String,
    },
    /// One object that cannot be understood.
    Object {
        /// Where it stands.
        place: Place,
        /// Which object and why, for example `Pod shop/web-1: metadata.name: is missing`.
        message: String,
    },
    /// An object that was to be added to the cluster: which and why.
    Addition(String),
    /// More documents than can be used.
    Several {
        /// How many.
        documents: usize,
    },
    /// No node is in it.
    NoNodes,
    /// No pod is in it, nor anything that makes pods.
    NoPods,
}

impl FileError {
    /// Builds an error about a cluster's file.
    pub fn new(source: &str, problem: Problem) -> FileError {
        FileError::about(source, Purpose::Cluster, problem)
    }

    /// Builds an error about any file.
    pub fn about(source: &str, purpose: Purpose, problem: Problem) -> FileError {
        FileError {
            source: source.to_owned(),
            problem,
            purpose,
        }
    }

    /// Returns what to do about it; empty where the message says all.
    pub fn hint(&self) -> &'static str {
        match (&self.problem, self.purpose) {
            (Problem::Unreadable(_) | Problem::Unwritable(_) | Problem::Addition(_), _) => "",
            (Problem::Directory, Purpose::Cluster) => {
                "name a file in it, '-' for standard input, or 'demo'"
            }
            (Problem::Directory, _) => "name a file in it, or '-' for standard input",
            // The message names the field.
            (
                Problem::Object { .. },
                Purpose::Manifest | Purpose::Configuration | Purpose::Nodes,
            ) => "",
            (_, Purpose::Cluster) => TAKE_ANEW,
            (_, Purpose::Manifest) => MANIFEST,
            (_, Purpose::Configuration) => CONFIGURATION,
            (_, Purpose::Nodes) => NODES,
        }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = self.source.escape_default();
        match &self.problem {
            Problem::Directory => {
                write!(f, "{source} is a directory, not a {}", self.purpose.noun())
            }
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
            Problem::Kind { start, found } => {
                match found.as_str() {
                    "" => write!(f, "{source}: {start} has no kind")?,
                    found => write!(f, "{source}: {start} is of kind {found:?}")?,
                }
                match self.purpose {
                    Purpose::Cluster => {
                        write!(f, ": it is neither a {KIND} nor what kubectl get writes")
                    }
                    Purpose::Manifest | Purpose::Configuration | Purpose::Nodes => Ok(()),
                }
            }
            Problem::Object { place, message } => write!(f, "{source}: {place}: {message}"),
            Problem::Addition(message) => f.write_str(message),
            Problem::Several { documents } => {
                write!(f, "{source} holds {documents} documents, and one is taken")
            }
            Problem::NoNodes => write!(f, "{source} holds no Node"),
            Problem::NoPods => write!(f, "{source} holds no pod, and nothing that makes pods"),
        }
    }
}

impl std::error::Error for FileError {}

impl Purpose {
    fn noun(self) -> &'static str {
        match self {
            Purpose::Cluster => "snapshot file",
            Purpose::Manifest => "manifest",
            Purpose::Configuration => "configuration",
            Purpose::Nodes => "manifest of nodes",
        }
    }
}

impl Start {
    /// Returns the place of the document itself.
    pub fn place(self) -> Place {
        Place {
            document: self.document,
            item: None,
        }
    }

    /// Returns the place of an entry of the document's list.
    pub fn item(self, index: usize) -> Place {
        Place {
            document: self.document,
            item: Some(index),
        }
    }
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "document {}", self.document)?;
        match self.line {
            Some(line) => write!(f, " (line {line})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "document {}", self.document)?;
        match self.item {
            Some(index) => write!(f, ", items[{index}]"),
            None => Ok(()),
        }
    }
}
