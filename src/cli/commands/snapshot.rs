//! `snapshot`: everything that a preview needs, in one file that can be kept and carried.

use std::path::Path;

use clap::Args;

use crate::adapters::files::{self, Format, Objects};
use crate::adapters::live::LiveOptions;
use crate::adapters::live::clock::SystemClock;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::ui::Ui;
use crate::domain::snapshot::{ClusterId, Snapshot};
use crate::engine::clock::Clock;
use crate::engine::observe::observe_all;
use crate::present::text::count;

/// Write everything that a preview needs into one file, without secrets
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  # Keep the state of the cluster as it is now
  kubectl nodemaint snapshot -o before.yaml

  # Preview from it, without the cluster
  kubectl nodemaint preview drain worker-2 --snapshot before.yaml")]
pub struct SnapshotCommand {
    /// The file: JSON where its name ends in .json, otherwise YAML; `-` is standard output
    #[arg(short = 'o', long, value_name = "FILE")]
    pub output: String,
}

/// Runs the command.
///
/// # Errors
///
/// A cluster that cannot be read, a file that cannot be written.
pub async fn run(command: SnapshotCommand, context: &Context) -> Result<Exit, CliError> {
    if command.output.is_empty() {
        return Err(CliError::usage("--output is empty: name a file, or '-'"));
    }
    let (snapshot, objects) = take(context).await?;
    let path = Path::new(&command.output);
    let text = files::render(&snapshot, &objects, Format::of_path(path)).map_err(|cause| {
        CliError::unplanned(format!("error: the snapshot cannot be written: {cause}"))
    })?;
    if command.output == "-" {
        context.ui.document(&text);
    } else {
        files::save(path, &text)?;
    }
    tell(&snapshot, &objects, &command.output, &context.ui);
    Ok(Exit::Done)
}

async fn take(context: &Context) -> Result<(Snapshot, Objects), CliError> {
    let live = context.connect(LiveOptions::default()).await?;
    let mut objects = live.cluster.objects().await?;
    let nodes = std::mem::take(&mut objects.nodes);
    let pods = std::mem::take(&mut objects.pods);
    let id = ClusterId {
        server: live.server.clone(),
        version: live.cluster.version().await.unwrap_or_default(),
    };
    let now = SystemClock::new().now();
    let snapshot = observe_all(&live.cluster, &nodes, pods, id, now).await?;
    Ok((snapshot, objects))
}

/// Says on standard error what is in the file and what is not.
fn tell(snapshot: &Snapshot, objects: &Objects, name: &str, ui: &Ui) {
    ui.err(&format!(
        "{}: {}, {}, {}",
        name.escape_default(),
        count(snapshot.nodes.len(), "node"),
        count(snapshot.pods.len(), "pod"),
        count(snapshot.budgets.len(), "budget"),
    ));
    for unread in &snapshot.unread {
        ui.err(&format!("not in it: {}: {}", unread.what, unread.reason));
    }
    for (kind, reason) in objects.missing() {
        ui.err(&format!("not in it: {kind}: {reason}"));
    }
}
