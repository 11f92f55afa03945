//! Where the cluster is read from: the live one or a file, asked in the same words.

use std::collections::BTreeMap;
use std::io::Read as _;

use serde_json::Value;

use crate::adapters::files::{self, BudgetsFile, FileError, Purpose, Source, Wanted, WorldFile};
use crate::adapters::live::LiveOptions;
use crate::adapters::manifest::Additions;
use crate::cli::context::{Context, Live};
use crate::cli::error::CliError;
use crate::domain::fit::profile::Minor;
use crate::domain::fit::world::World;
use crate::engine::cluster::Cluster as _;

use super::FitCommand;
use super::minor::Asked;

/// A cluster to judge pods in.
pub(super) struct Place {
    origin: Origin,
    /// The namespace of pods that name none.
    pub namespace: String,
}

enum Origin {
    Live(Box<Live>),
    File(Source),
}

/// What was read.
pub(super) struct Read {
    /// The cluster.
    pub world: World,
    /// The server's version; empty where nothing says it.
    pub version: String,
    /// How many objects of each kind no rule reads.
    pub skipped: BTreeMap<String, usize>,
}

impl Place {
    /// Opens what the arguments name; nothing but standard input is read yet.
    pub async fn open(command: &FitCommand, context: &Context) -> Result<Place, CliError> {
        let connection = &context.global.connection;
        let Some(name) = &command.source.snapshot else {
            let live = context.connect(LiveOptions::default()).await?;
            return Ok(Place {
                namespace: live.namespace.clone(),
                origin: Origin::Live(Box::new(live)),
            });
        };
        if let Some(flag) = connection.first_given_besides_namespace() {
            return Err(CliError::usage(format!(
                "{flag} belongs to a live cluster; with --snapshot nothing is connected to"
            )));
        }
        let namespace = connection.namespace.clone();
        Ok(Place {
            origin: Origin::File(source(name)?),
            namespace: namespace.unwrap_or_else(|| "default".to_owned()),
        })
    }

    /// Reads the cluster, with what a manifest adds to it.
    pub async fn world(
        &self,
        asked: Option<Asked>,
        additions: &Additions,
    ) -> Result<Read, CliError> {
        let asked = asked.map(|asked| asked.minor);
        match &self.origin {
            Origin::File(source) => {
                let WorldFile {
                    world,
                    version,
                    skipped,
                } = source.world(asked, additions)?;
                Ok(Read {
                    world,
                    version,
                    skipped,
                })
            }
            Origin::Live(live) => {
                // The rules can be applied by a server that does not tell its version too.
                let version = live.cluster.version().await.unwrap_or_default();
                let stated = Minor::in_version(&version).map(Minor::nearest);
                let minor = asked.or(stated).unwrap_or(Minor::NEWEST);
                Ok(Read {
                    world: live.cluster.world(minor, additions).await?,
                    version,
                    skipped: BTreeMap::new(),
                })
            }
        }
    }

    /// Reads the budgets. Where they may not be read the answer says so: they decide about no node, only among several.
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

fn source(name: &str) -> Result<Source, CliError> {
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

const STANDARD_INPUT: &str = "standard input";

/// Reads a manifest: its text and what it is called.
pub(super) fn manifest(name: &str) -> Result<(Vec<u8>, String), CliError> {
    text(name, Purpose::Manifest, "--filename")
}

/// Reads a configuration: its text and what it is called.
pub(super) fn configuration(name: &str, flag: &str) -> Result<(Vec<u8>, String), CliError> {
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

fn standard_input() -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().read_to_end(&mut bytes);
    read.map_err(|cause| {
        let problem = files::Problem::Unreadable(cause.into());
        FileError::new(STANDARD_INPUT, problem)
    })?;
    Ok(bytes)
}
