//! `preview drain`: the fate of each pod, and whether the nodes can be emptied.

use clap::Args;

use crate::adapters::live::LiveOptions;
use crate::adapters::live::clock::SystemClock;
use crate::cli::args::{DrainArgs, SourceArgs};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::domain::drain::plan::{self, DrainPlan};
use crate::domain::drain::policy::DrainPolicy;
use crate::domain::snapshot::{ClusterId, Snapshot};
use crate::engine::clock::Clock;
use crate::engine::observe::observe;

use super::show::{self, PlanFormat};

/// Tell what draining nodes would do to each pod, and what stands in the way
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  # On the cluster that ships inside the program
  kubectl nodemaint preview drain worker-2 --snapshot demo

  # Two nodes together: budgets are spent over both
  kubectl nodemaint preview drain worker-2 worker-3 --ignore-daemonsets

  # From what kubectl writes, on another machine
  kubectl get nodes,pods,pdb,rs,deploy,sts,ds,jobs -A -o yaml | kubectl nodemaint preview drain worker-2 --snapshot -

Exit codes: 0 everything would leave, 1 error, 2 usage, 3 something would not leave or is not known")]
pub struct PreviewDrain {
    /// Nodes and policy.
    #[command(flatten)]
    pub drain: DrainArgs,
    /// Live or from a file.
    #[command(flatten)]
    pub source: SourceArgs,
    /// Output: the plan as a document (json, yaml), more columns (wide), or the names of the pods that leave (name)
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT")]
    pub output: Option<PlanFormat>,
}

/// Runs the command.
///
/// # Errors
///
/// Wrong usage, unknown nodes, a cluster or file that cannot be read.
pub async fn run(command: PreviewDrain, context: &Context) -> Result<Exit, CliError> {
    let policy = command.drain.policy()?;
    command.drain.nodes.selection("preview drain")?;
    let read = command.source.read(&context.global.connection)?;
    let (snapshot, names) = match read {
        Some(snapshot) => {
            let names = command.drain.nodes.find("preview drain", &snapshot)?;
            (snapshot, names)
        }
        None => command.observe(context).await?,
    };
    let plan = make_plan(&snapshot, &names, &policy)?;
    show::plan(&plan, command.output, &context.ui)?;
    Ok(show::exit(&plan))
}

impl PreviewDrain {
    /// Reads the live cluster.
    async fn observe(&self, context: &Context) -> Result<(Snapshot, Vec<String>), CliError> {
        self.drain.page_size()?;
        let live = context
            .connect(LiveOptions {
                chunk_size: self.drain.chunk_size,
            })
            .await?;
        let nodes = self
            .drain
            .nodes
            .resolve("preview drain", &live.cluster)
            .await?;
        let names = nodes.iter().map(|node| node.name().to_owned()).collect();
        let id = ClusterId {
            server: live.server.clone(),
            version: String::new(),
        };
        let now = SystemClock::new().now();
        // The plan does not rest on the version, so a server that does not tell it is no obstacle.
        let (seen, version) = tokio::join!(
            observe(&live.cluster, &nodes, None, id, now),
            live.cluster.version()
        );
        let mut snapshot = seen?;
        snapshot.cluster.version = version.unwrap_or_default();
        Ok((snapshot, names))
    }
}

/// Plans as of the moment at which the snapshot was taken: its ages are of that moment too.
fn make_plan(
    snapshot: &Snapshot,
    names: &[String],
    policy: &DrainPolicy,
) -> Result<DrainPlan, CliError> {
    plan::build(snapshot, names, policy, snapshot.taken_at)
        .map_err(|unknown| CliError::unplanned(format!("Error from server (NotFound): {unknown}")))
}
