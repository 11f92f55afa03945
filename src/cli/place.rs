//! Where the cluster is read from: the live one or a file, asked in the same words.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use crate::adapters::files::{self, BudgetsFile, FileError, Purpose, Source, Wanted, WorldFile};
use crate::adapters::live::{self, LiveOptions, Whose};
use crate::adapters::manifest::Additions;
use crate::cli::context::{Context, Live};
use crate::cli::error::CliError;
use crate::domain::fit::profile::Minor;
use crate::domain::fit::world::World;
use crate::domain::snapshot::{Snapshot, Unread};
use crate::engine::cluster::Cluster as _;

use super::args::{STANDARD_INPUT, SourceArgs, standard_input};
use super::scheduler::minor::Asked;

/// A cluster to judge pods in.
pub struct Place {
    origin: Origin,
    /// The namespace of pods that name none.
    pub namespace: String,
}

enum Origin {
    Live(Box<Live>),
    File(Source),
}

/// What was read.
pub struct Read {
    /// The cluster.
    pub world: World,
    /// The server's version; empty where nothing says it.
    pub version: String,
    /// How many objects of each kind no rule reads.
    pub skipped: BTreeMap<String, usize>,
    /// Kinds that may not be read, where the live cluster was read for a plan.
    pub withheld: Vec<Unread>,
}

impl Read {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// Names the file, the object and the field.
    pub fn file(
        source: &Source,
        asked: Option<Asked>,
        additions: &Additions,
    ) -> Result<Read, CliError> {
        let WorldFile {
            world,
            version,
            skipped,
        } = source.world(asked.map(|asked| asked.minor), additions)?;
        Ok(Read {
            world,
            version,
            skipped,
            withheld: Vec::new(),
        })
    }

    /// Reads the live cluster.
    ///
    /// # Errors
    ///
    /// A cluster that cannot be read.
    pub async fn live(
        live: &Live,
        asked: Option<Asked>,
        additions: &Additions,
    ) -> Result<Read, CliError> {
        // The rules can be applied by a server that does not tell its version too.
        let version = live.cluster.version().await.unwrap_or_default();
        let minor = asked.map_or_else(|| Minor::of_server(&version), |asked| asked.minor);
        Ok(Read {
            world: live.cluster.world(minor, additions).await?,
            version,
            skipped: BTreeMap::new(),
            withheld: Vec::new(),
        })
    }
}

impl Live {
    /// Reads what a plan rests on, each kind once: what a drain asks, and what the scheduler asks.
    ///
    /// # Errors
    ///
    /// Nodes or pods that cannot be read.
    pub async fn picture(
        &self,
        whose: Whose<'_>,
        asked: Option<Asked>,
        now: Timestamp,
    ) -> Result<(Snapshot, Read), CliError> {
        let question = live::Asked {
            whose,
            minor: asked.map(|asked| asked.minor),
            server: self.server.clone(),
            now,
        };
        let live::Picture {
            snapshot,
            world,
            withheld,
        } = self.cluster.picture(question).await?;
        let read = Read {
            world,
            version: snapshot.cluster.version.clone(),
            skipped: BTreeMap::new(),
            withheld,
        };
        Ok((snapshot, read))
    }
}

impl Place {
    /// Opens what the arguments name; nothing but standard input is read yet.
    ///
    /// # Errors
    ///
    /// Flags that contradict each other, a connection that cannot be made.
    pub async fn open(source: &SourceArgs, context: &Context) -> Result<Place, CliError> {
        let connection = &context.global.connection;
        match source.open(connection.first_given_besides_namespace())? {
            None => {
                let live = context.connect(LiveOptions::default()).await?;
                Ok(Place {
                    namespace: live.namespace.clone(),
                    origin: Origin::Live(Box::new(live)),
                })
            }
            Some(file) => Ok(Place {
                origin: Origin::File(file),
                namespace: connection
                    .namespace
                    .clone()
                    .unwrap_or_else(|| "default".to_owned()),
            }),
        }
    }

    /// Reads the cluster, with what a manifest adds to it.
    ///
    /// # Errors
    ///
    /// A cluster or file that cannot be read.
    pub async fn world(
        &self,
        asked: Option<Asked>,
        additions: &Additions,
    ) -> Result<Read, CliError> {
        match &self.origin {
            Origin::File(source) => Read::file(source, asked, additions),
            Origin::Live(live) => Read::live(live, asked, additions).await,
        }
    }

    /// Reads the budgets. Where they may not be read the answer says so: they decide about no node, only among several.
    ///
    /// # Errors
    ///
    /// A file that cannot be read.
    pub async fn budgets(&self) -> Result<BudgetsFile, CliError> {
        match &self.origin {
            Origin::File(source) => Ok(source.budgets()?),
            Origin::Live(live) => Ok(match live.cluster.budgets().await {
                Ok(listed) => BudgetsFile {
                    budgets: listed.items,
                    unread: None,
                },
                Err(failure) => BudgetsFile {
                    budgets: Vec::new(),
                    unread: Some(failure.message),
                },
            }),
        }
    }

    /// Finds one object as it was written.
    pub async fn find(&self, wanted: Wanted<'_>) -> Result<Option<Value>, CliError> {
        match &self.origin {
            Origin::Live(live) => Ok(live.cluster.find(wanted).await?),
            Origin::File(source) => Ok(source.find(wanted)?),
        }
    }
}

/// Reads a manifest: its text and what it is called.
pub fn manifest(name: &str) -> Result<(Vec<u8>, String), CliError> {
    text(name, Purpose::Manifest, "--filename")
}

/// Reads a manifest of nodes: its text and what it is called.
pub fn node_manifest(name: &str, flag: &str) -> Result<(Vec<u8>, String), CliError> {
    text(name, Purpose::Nodes, flag)
}

/// Reads a configuration: its text and what it is called.
pub fn configuration(name: &str, flag: &str) -> Result<(Vec<u8>, String), CliError> {
    text(name, Purpose::Configuration, flag)
}

fn text(name: &str, purpose: Purpose, flag: &str) -> Result<(Vec<u8>, String), CliError> {
    match name {
        "" => {
            return Err(CliError::usage(format!(
                "{flag} is empty: name a file, or '-'"
            )));
        }
        "-" => return Ok((standard_input()?, STANDARD_INPUT.to_owned())),
        _ => {}
    }
    let failed = |problem| FileError::about(name, purpose, problem);
    if std::path::Path::new(name).is_dir() {
        return Err(failed(files::Problem::Directory).into());
    }
    let bytes =
        std::fs::read(name).map_err(|cause| failed(files::Problem::Unreadable(cause.into())))?;
    Ok((bytes, name.to_owned()))
}
