//! Reads what a plan of taints rests on: nodes, pods, owners and budgets, and the scheduler's picture for pods that wait.

use std::io::Read as _;

use crate::adapters::files::{self, FileError, Problem, Source};
use crate::adapters::live::clock::SystemClock;
use crate::adapters::manifest::Additions;
use crate::cli::args::SourceArgs;
use crate::cli::context::{Context, Live};
use crate::cli::error::CliError;
use crate::domain::fit::profile::Minor;
use crate::domain::fit::world::World;
use crate::domain::node::Node;
use crate::domain::snapshot::{ClusterId, Snapshot};
use crate::engine::clock::Clock;
use crate::engine::observe::observe;

/// What was read.
pub struct Seen {
    /// Nodes, their pods, owners, budgets.
    pub snapshot: Snapshot,
    /// The cluster as the scheduler sees it.
    pub world: World,
}

/// Opens the file that was named; `None` means the live cluster.
///
/// # Errors
///
/// An empty name, flags of a live cluster beside it, a standard input that cannot be read.
pub fn open(args: &SourceArgs, context: &Context) -> Result<Option<Source>, CliError> {
    let Some(name) = &args.snapshot else {
        return Ok(None);
    };
    if let Some(flag) = context.global.connection.first_given() {
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
        "-" => standard_input()?,
        path => Source::File(path.into()),
    }))
}

fn standard_input() -> Result<Source, FileError> {
    let name = "standard input".to_owned();
    let mut bytes = Vec::new();
    let read = std::io::stdin().read_to_end(&mut bytes);
    read.map_err(|cause| FileError::new(&name, Problem::Unreadable(cause.into())))?;
    Ok(Source::Text { name, bytes })
}

/// Reads the snapshot of a file.
///
/// # Errors
///
/// Names the file, the object and the field.
pub fn snapshot_of(source: &Source) -> Result<Snapshot, CliError> {
    Ok(match source {
        Source::File(path) => files::load(path)?,
        Source::Text { name, bytes } => files::parse(bytes, name, SystemClock::new().now())?,
        Source::Demo => files::demo()?,
    })
}

/// Reads a file.
///
/// # Errors
///
/// As [`snapshot_of`].
pub fn from_file(source: &Source) -> Result<Seen, CliError> {
    Ok(Seen {
        snapshot: snapshot_of(source)?,
        world: source.world(None, &Additions::default())?.world,
    })
}

/// Reads the live cluster.
///
/// # Errors
///
/// Nodes or pods that cannot be read.
pub async fn from_cluster(live: &Live, nodes: &[Node]) -> Result<Seen, CliError> {
    // The rules can be applied by a server that does not tell its version too.
    let version = live.cluster.version().await.unwrap_or_default();
    let minor = Minor::in_version(&version).map_or(Minor::NEWEST, Minor::nearest);
    let id = ClusterId {
        server: live.server.clone(),
        version,
    };
    let now = SystemClock::new().now();
    let nothing = Additions::default();
    let (snapshot, world) = tokio::join!(
        observe(&live.cluster, nodes, None, id, now),
        live.cluster.world(minor, &nothing)
    );
    Ok(Seen {
        snapshot: snapshot?,
        world: world?,
    })
}
