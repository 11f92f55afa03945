//! Where the cluster is read from: the live one, a file, standard input, or the one that ships inside the program.

use std::io::Read;
use std::path::Path;

use clap::Args;

use crate::adapters::files::{self, FileError};
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
        self.read_unless(connection.first_given())
    }

    /// As [`SourceArgs::read`], for commands to which a namespace means something without a cluster too.
    ///
    /// # Errors
    ///
    /// As [`SourceArgs::read`].
    pub fn read_with_namespace(
        &self,
        connection: &ConnectionArgs,
    ) -> Result<Option<Snapshot>, CliError> {
        self.read_unless(connection.first_given_besides_namespace())
    }

    fn read_unless(&self, of_live: Option<&'static str>) -> Result<Option<Snapshot>, CliError> {
        let Some(name) = &self.snapshot else {
            return Ok(None);
        };
        if let Some(flag) = of_live {
            return Err(CliError::usage(format!(
                "{flag} belongs to a live cluster; with --snapshot nothing is connected to"
            )));
        }
        let snapshot = match name.as_str() {
            "" => {
                return Err(CliError::usage(
                    "--snapshot is empty: name a file, '-' or 'demo'",
                ));
            }
            "demo" => files::demo(),
            "-" => standard_input(),
            path => files::load(Path::new(path)),
        };
        snapshot.map(Some).map_err(CliError::from)
    }
}

fn standard_input() -> Result<Snapshot, FileError> {
    let source = "standard input";
    let mut bytes = Vec::new();
    std::io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|cause| FileError::new(source, files::Problem::Unreadable(cause.into())))?;
    files::parse(&bytes, source, SystemClock::new().now())
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
