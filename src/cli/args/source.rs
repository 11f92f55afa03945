//! Where the cluster is read from: the live one, a file, standard input, or the one that ships inside the program.

use std::io::Read;

use clap::Args;

use crate::adapters::files::{self, FileError, Source};
use crate::adapters::live::clock::SystemClock;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::domain::labels::LabelSelector;
use crate::domain::snapshot::Snapshot;
use crate::engine::clock::Clock;

use super::connection::ConnectionArgs;
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
    /// Reads the file that was named; `None` means the live cluster.
    ///
    /// # Errors
    ///
    /// A file that is no snapshot; flags of a live cluster beside it.
    pub fn read(&self, connection: &ConnectionArgs) -> Result<Option<Snapshot>, CliError> {
        let source = self.open(connection.first_given())?;
        let snapshot = source.map(|source| source.snapshot(SystemClock::new().now()));
        Ok(snapshot.transpose()?)
    }

    /// Opens the file that was named, of which nothing but standard input is read yet; `None` means the live cluster.
    ///
    /// `of_live` is a flag that was given and means something to a live cluster alone.
    ///
    /// # Errors
    ///
    /// Such a flag beside a file; an empty name; standard input that cannot be read.
    pub fn open(&self, of_live: Option<&str>) -> Result<Option<Source>, CliError> {
        let Some(name) = &self.snapshot else {
            return Ok(None);
        };
        if let Some(flag) = of_live {
            return Err(CliError::usage(format!(
                "{flag} belongs to a live cluster; with --snapshot nothing is connected to"
            )));
        }
        named(name).map(Some)
    }
}

fn named(name: &str) -> Result<Source, CliError> {
    Ok(match name {
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
    })
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
