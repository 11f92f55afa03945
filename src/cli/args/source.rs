//! Where the cluster is read from: the live one, a file, standard input, or the one that ships inside the program.

use std::io::Read as _;

use clap::Args;

use crate::adapters::files::{self, FileError, Source};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::domain::labels::LabelSelector;
use crate::domain::snapshot::Snapshot;

use super::nodes::{NodeArgs, NodeSelection};

/// A cluster in a file instead of the live one.
#[derive(Debug, Clone, Default, Args)]
pub struct SourceArgs {
    /// Read this file instead of a cluster: a snapshot, or what `kubectl get ... -o yaml|json` wrote; `-` is standard
    /// input, `demo` the cluster that ships inside the program
    #[arg(long, value_name = "FILE")]
    pub snapshot: Option<String>,
}

impl SourceArgs {
    /// Opens what was named; `None` means the live cluster. `given` is a flag of a live cluster that was given beside it.
    ///
    /// # Errors
    ///
    /// An empty name, flags of a live cluster, a standard input that cannot be read.
    pub fn open(&self, given: Option<&str>) -> Result<Option<Source>, CliError> {
        let Some(name) = &self.snapshot else {
            return Ok(None);
        };
        if let Some(flag) = given {
            return Err(CliError::usage(format!(
                "{flag} belongs to a live cluster; with --snapshot nothing is connected to"
            )));
        }
        Ok(Some(match name.as_str() {
            "" => {
                return Err(CliError::usage(
                    "--snapshot is empty: name a file, '-' or 'demo'",
                ));
            }
            "demo" => Source::Demo,
            "-" => Source::Text {
                name: STANDARD_INPUT.to_owned(),
                bytes: standard_input()?,
            },
            path => Source::File(path.into()),
        }))
    }
}

/// What standard input is called in messages.
pub const STANDARD_INPUT: &str = "standard input";

/// Reads standard input to its end.
///
/// # Errors
///
/// The system's reason.
pub fn standard_input() -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().read_to_end(&mut bytes);
    read.map_err(|cause| {
        let problem = files::Problem::Unreadable(cause.into());
        FileError::new(STANDARD_INPUT, problem)
    })?;
    Ok(bytes)
}

impl From<FileError> for CliError {
    fn from(error: FileError) -> CliError {
        let told = CliError::new(Exit::Error, format!("error: {error}"));
        match error.hint() {
            "" => told,
            hint => told.with_hint(hint),
        }
    }
}

impl NodeArgs {
    /// Finds the nodes in a snapshot, as the server would in its cluster.
    ///
    /// # Errors
    ///
    /// As [`NodeArgs::selection`]; a selector that cannot be parsed; a name that is not in the snapshot.
    pub fn find(&self, command: &str, snapshot: &Snapshot) -> Result<Vec<String>, CliError> {
        match self.selection(command)? {
            NodeSelection::Names(names) => {
                let missing: Vec<&str> = names
                    .iter()
                    .map(String::as_str)
                    .filter(|name| !snapshot.nodes.contains_key(*name))
                    .collect();
                super::nodes::not_found(&missing).map_or(Ok(names), Err)
            }
            NodeSelection::Selector(text) => {
                let selector = LabelSelector::parse(&text).map_err(|cause| {
                    CliError::usage(format!(
                        "--selector {text:?} is not a label selector: {cause}"
                    ))
                })?;
                let names: Vec<String> = snapshot
                    .nodes
                    .values()
                    .filter(|node| selector.matches(&node.labels))
                    .map(|node| node.id.name.clone())
                    .collect();
                if names.is_empty() {
                    return Err(super::nodes::none_selected(&text));
                }
                Ok(names)
            }
        }
    }
}
