//! Reads what a plan of taints rests on: nodes, pods, owners and budgets, and the scheduler's picture for pods that wait.

use crate::adapters::files::Source;
use crate::adapters::live::Whose;
use crate::adapters::live::clock::SystemClock;
use crate::adapters::manifest::Additions;
use crate::cli::context::Live;
use crate::cli::error::CliError;
use crate::cli::place::Read;
use crate::cli::reading::reading;
use crate::cli::ui::Ui;
use crate::domain::node::Node;
use crate::domain::snapshot::Snapshot;
use crate::engine::clock::Clock;

/// What was read.
pub struct Seen {
    /// Nodes, their pods, owners, budgets.
    pub snapshot: Snapshot,
    /// The cluster as the scheduler sees it.
    pub ground: Read,
}

/// Reads a file.
///
/// # Errors
///
/// Names the file, the object and the field.
pub fn from_file(source: &Source) -> Result<Seen, CliError> {
    Ok(Seen {
        snapshot: source.snapshot(SystemClock::new().now())?,
        ground: Read::file(source, None, &Additions::default())?,
    })
}

/// Reads the live cluster.
///
/// # Errors
///
/// Nodes or pods that cannot be read.
pub async fn from_cluster(live: &Live, nodes: &[Node], ui: &Ui) -> Result<Seen, CliError> {
    let whose = Whose::Of {
        nodes,
        selector: None,
    };
    let picture = live.picture(whose, None, SystemClock::new().now());
    let (snapshot, ground) = reading(live, ui, picture).await?;
    Ok(Seen { snapshot, ground })
}
