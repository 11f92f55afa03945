//! `preview drain`: the fate of each pod, and whether the nodes can be emptied.

use clap::{Args, ValueEnum};

use crate::adapters::files::Source;
use crate::adapters::live::LiveOptions;
use crate::adapters::live::clock::SystemClock;
use crate::cli::args::{AssumeArgs, CourseArgs, DrainArgs, SourceArgs};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::scheduler::SchedulerArgs;
use crate::engine::clock::Clock;

use super::judge::{Judge, Seen};
use super::planning::WhatIf;
use super::show::{self, PlanFormat};

/// Tell what draining nodes would do to each pod, and what stands in the way
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  # On the cluster that ships inside the program
  kubectl nodemaint preview drain worker-2 --snapshot demo

  # Two nodes together: budgets are spent over both
  kubectl nodemaint preview drain worker-2 worker-3 --ignore-daemonsets

  # One page with pictures for the change ticket
  kubectl nodemaint preview drain worker-2 --snapshot demo -o html > worker-2.html

  # Would it do with three more machines of this kind, and a budget that lets two go at once?
  kubectl nodemaint preview drain worker-2 worker-3 --assume-node big.yaml=3 --assume-budget shop/web:maxUnavailable=2

  # From what kubectl writes, on another machine
  kubectl get nodes,pods,pdb,rs,deploy,sts,ds,jobs -A -o yaml | kubectl nodemaint preview drain worker-2 --snapshot -

Exit codes: 0 everything would leave, 1 error, 2 usage, 3 something would not leave or is not known")]
pub struct PreviewDrain {
    /// Nodes and policy.
    #[command(flatten)]
    pub drain: DrainArgs,
    /// In which order, and how many at once.
    #[command(flatten)]
    pub course: CourseArgs,
    /// Live or from a file.
    #[command(flatten)]
    pub source: SourceArgs,
    /// Whose rules decide where the pods land.
    #[command(flatten)]
    pub scheduler: SchedulerArgs,
    /// What if.
    #[command(flatten)]
    pub assume: AssumeArgs,
    /// How much is read: the cluster, to tell where the pods land, or what concerns the named nodes alone
    #[arg(long, value_enum, value_name = "SCOPE", default_value = "cluster")]
    pub scope: Scope,
    /// Output: the plan as a document (json, yaml), as Markdown for a ticket, as one HTML file with pictures, more columns (wide), or the names of the pods that leave (name)
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT")]
    pub output: Option<PlanFormat>,
}

/// How much of the cluster is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Scope {
    /// Everything, to tell where the pods land.
    Cluster,
    /// What concerns the named nodes alone: quick on a large cluster, without landing.
    Node,
}

/// Runs the command.
///
/// # Errors
///
/// Wrong usage, unknown nodes, a cluster or file that cannot be read.
pub async fn run(command: PreviewDrain, context: &Context) -> Result<Exit, CliError> {
    let policy = command.drain.policy()?;
    command.drain.nodes.selection("preview drain")?;
    let judge = Judge::of(&command.scheduler, command.scope)?.in_course(&command.course);
    let what_if = command.what_if()?;
    let connection = &context.global.connection;
    let mut seen = match command.source.open(connection.first_given())? {
        Some(source) => command.read(&source, &judge)?,
        None => command.observe(context, &judge).await?,
    };
    let plan = match what_if {
        None => judge.plan(&mut seen, &policy, &context.ui)?,
        Some(what_if) => judge.plan_if(&mut seen, &policy, what_if, &context.ui)?,
    };
    show::plan(&plan, command.output, &command.drain, &context.ui)?;
    Ok(show::exit(&plan))
}

impl PreviewDrain {
    /// Returns what is assumed; `None` where nothing is.
    fn what_if(&self) -> Result<Option<WhatIf>, CliError> {
        if self.assume.is_empty() {
            return Ok(None);
        }
        let (drain, flags) = self.assume.flags(&self.drain)?;
        Ok(Some(WhatIf {
            policy: drain.policy()?,
            flags,
            edits: self.assume.edits()?,
        }))
    }

    /// Reads a file.
    fn read(&self, source: &Source, judge: &Judge) -> Result<Seen, CliError> {
        let snapshot = source.snapshot(SystemClock::new().now())?;
        let names = self.drain.nodes.find("preview drain", &snapshot)?;
        Ok(Seen {
            snapshot,
            names,
            ground: judge.read_file(source)?,
        })
    }

    /// Reads the live cluster.
    async fn observe(&self, context: &Context, judge: &Judge) -> Result<Seen, CliError> {
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
        let mut seen = judge
            .observe(&live, &nodes, None, SystemClock::new().now(), &context.ui)
            .await?;
        if self.scope == Scope::Node {
            // The plan does not rest on the version, so a server that does not tell it is no obstacle.
            seen.snapshot.cluster.version = live.cluster.version().await.unwrap_or_default();
        }
        Ok(seen)
    }
}
