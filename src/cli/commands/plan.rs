//! `plan save`, and what `drain --plan` makes of the file: exactly that plan, or nothing.

use std::path::Path;

use clap::{Args, Subcommand};

use crate::adapters::files;
use crate::adapters::live::LiveOptions;
use crate::adapters::live::clock::SystemClock;
use crate::cli::args::{CourseArgs, DrainArgs, NoAssumeArgs, NodeArgs};
use crate::cli::context::{Context, Live};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::scheduler::SchedulerArgs;
use crate::domain::drain::plan::DrainPlan;
use crate::engine::clock::Clock;
use crate::present::document::{self, DocumentFormat};
use crate::present::drain_plan;
use crate::present::saved_plan::{Flags, SavedPlan, differences};
use crate::present::text::count;

use super::preview::drain::Scope;
use super::preview::judge::Judge;
use super::preview::show;

/// Keep plans in files
#[derive(Debug, Args)]
pub struct PlanCommand {
    /// What to do.
    #[command(subcommand)]
    pub command: PlanVerb,
}

/// What can be done with plans.
#[derive(Debug, Subcommand)]
pub enum PlanVerb {
    /// Plan a drain of the live cluster and keep the plan in a file; nothing in the cluster is changed
    Save(SaveCommand),
}

/// Plan a drain of the live cluster and keep the plan in a file; nothing in the cluster is changed
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  # Agree on a plan today
  kubectl nodemaint plan save worker-2 --ignore-daemonsets -o worker-2.json

  # Carry out exactly that plan tonight; where the cluster is no longer as it was, nothing is changed (exit code 7)
  kubectl nodemaint drain --plan worker-2.json

Exit codes: 0 everything would leave, 1 error, 2 usage, 3 something would not leave or is not known; the file is written
in both cases")]
pub struct SaveCommand {
    /// Nodes and policy.
    #[command(flatten)]
    pub drain: DrainArgs,
    /// In which order, and how many at once.
    #[command(flatten)]
    pub course: CourseArgs,
    /// Refused with words: what is assumed cannot be carried out.
    #[command(flatten)]
    pub assume: NoAssumeArgs,
    /// The file; a file of that name is replaced
    #[arg(short = 'o', long, value_name = "FILE")]
    pub output: String,
}

/// Runs the command.
///
/// # Errors
///
/// Wrong usage, unknown nodes, a cluster that cannot be read, a file that cannot be written.
pub async fn run(command: PlanCommand, context: &Context) -> Result<Exit, CliError> {
    let PlanVerb::Save(command) = command.command;
    command.save(context).await
}

impl SaveCommand {
    async fn save(self, context: &Context) -> Result<Exit, CliError> {
        self.assume.refuse("plan save")?;
        let policy = self.drain.policy()?;
        self.drain.nodes.selection("plan save")?;
        self.drain.page_size()?;
        if self.output.is_empty() {
            return Err(CliError::usage("--output is empty: name a file"));
        }
        let live = context
            .connect(LiveOptions {
                chunk_size: self.drain.chunk_size,
            })
            .await?;
        let nodes = self.drain.nodes.resolve("plan save", &live.cluster).await?;
        let judge = Judge::of(&SchedulerArgs::default(), Scope::Cluster)?.in_course(&self.course);
        let (selector, now) = (policy.pod_selector.as_ref(), SystemClock::new().now());
        let (seen, uid) = tokio::join!(
            judge.observe(&live, &nodes, selector, now, &context.ui),
            cluster_uid(&live)
        );
        let mut seen = seen?;
        let plan = judge.plan(&mut seen, &policy, &context.ui)?;
        let saved = SavedPlan {
            api_version: SavedPlan::API_VERSION.to_owned(),
            kind: SavedPlan::KIND.to_owned(),
            cluster_uid: uid?,
            flags: flags(&self.drain),
            plan: drain_plan::DrainPlan::from(&plan),
        };
        let text = document::render(&saved, DocumentFormat::Json).map_err(|cause| {
            CliError::unplanned(format!("error: the plan cannot be written: {cause}"))
        })?;
        files::save(Path::new(&self.output), &text)?;
        context.ui.err(&format!(
            "{}: {}",
            self.output.escape_default(),
            count(plan.nodes.len(), "node")
        ));
        show::plan(&plan, None, &self.drain, &context.ui)?;
        Ok(show::exit(&plan))
    }
}

/// Reads a saved plan.
///
/// # Errors
///
/// Names the file and what is wrong with it.
pub(super) fn load(name: &str) -> Result<SavedPlan, CliError> {
    let wrong = |why: String| {
        CliError::new(Exit::Error, format!("error: plan {name:?}: {why}"))
            .with_hint("`kubectl nodemaint plan save NODE... -o FILE` writes one")
    };
    if name.is_empty() {
        return Err(CliError::usage("--plan is empty: name a file"));
    }
    let text = std::fs::read_to_string(name).map_err(|cause| wrong(cause.to_string()))?;
    let saved: SavedPlan = serde_json::from_str(&text)
        .map_err(|cause| wrong(format!("it is no plan that can be carried out: {cause}")))?;
    if saved.plan.assumed.is_some() {
        return Err(wrong(
            "it rests on assumptions, so that it cannot be carried out".to_owned(),
        ));
    }
    match (saved.api_version.as_str(), saved.kind.as_str()) {
        (SavedPlan::API_VERSION, SavedPlan::KIND) => Ok(saved),
        (version, kind) => Err(wrong(format!(
            "it is a {kind} of {version}, not a {} of {}",
            SavedPlan::KIND,
            SavedPlan::API_VERSION
        ))),
    }
}

/// Returns the arguments by which a saved plan is made again.
pub(super) fn arguments(saved: &SavedPlan, typed: &DrainArgs) -> DrainArgs {
    let Flags {
        force,
        ignore_daemonsets,
        delete_emptydir_data,
        grace_period,
        pod_selector,
        disable_eviction,
        skip_wait_for_delete_timeout,
    } = saved.flags.clone();
    DrainArgs {
        nodes: NodeArgs {
            nodes: saved.nodes(),
            selector: None,
        },
        force,
        ignore_daemonsets,
        delete_emptydir_data,
        grace_period,
        pod_selector,
        disable_eviction,
        skip_wait_for_delete_timeout,
        chunk_size: typed.chunk_size,
    }
}

/// Returns the course of a saved plan: its nodes are in their order.
pub(super) fn course(saved: &SavedPlan) -> CourseArgs {
    CourseArgs {
        max_parallel: u16::try_from(saved.plan.course.max_parallel).ok(),
        ..CourseArgs::default()
    }
}

/// Ends the drain where the cluster is not the one, or no longer as it was, when the plan was saved.
///
/// # Errors
///
/// Says what is different, with the exit code for what is somebody else's.
pub(super) async fn check(
    saved: &SavedPlan,
    plan: &DrainPlan,
    live: &Live,
    name: &str,
) -> Result<(), CliError> {
    let foreign = |why: &str| {
        CliError::new(
            Exit::Foreign,
            format!("error: plan {name:?} {why}; nothing was changed"),
        )
    };
    let uid = cluster_uid(live).await?;
    if uid != saved.cluster_uid {
        return Err(foreign("is of another cluster").with_hint(format!(
            "its namespace kube-system has the UID {:?}, that of {} {uid:?}",
            saved.cluster_uid, live.server
        )));
    }
    let found = differences(&saved.plan, &drain_plan::DrainPlan::from(plan));
    if found.is_empty() {
        return Ok(());
    }
    let mut error = foreign("no longer matches the cluster");
    for line in found {
        error = error.with_hint(line);
    }
    Err(error.with_hint("`kubectl nodemaint plan save` makes a new one"))
}

fn flags(drain: &DrainArgs) -> Flags {
    Flags {
        force: drain.force,
        ignore_daemonsets: drain.ignore_daemonsets,
        delete_emptydir_data: drain.delete_emptydir_data,
        grace_period: drain.grace_period,
        pod_selector: drain.pod_selector.clone(),
        disable_eviction: drain.disable_eviction,
        skip_wait_for_delete_timeout: drain.skip_wait_for_delete_timeout,
    }
}

async fn cluster_uid(live: &Live) -> Result<String, CliError> {
    live.cluster.uid().await?.ok_or_else(|| {
        CliError::unplanned(
            "error: the cluster has no namespace kube-system, by whose UID a plan knows it again",
        )
    })
}
