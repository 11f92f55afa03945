//! `drain`: plan, show, ask, cordon, evict, wait, verify.

mod ending;
mod reporter;
mod rights;

use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::adapters::live::LiveOptions;
use crate::adapters::live::clock::SystemClock;
use crate::cli::args::{CourseArgs, DrainArgs, DryRun, DryRunArgs, NoAssumeArgs};
use crate::cli::commands::plan;
use crate::cli::commands::preview::drain::Scope;
use crate::cli::commands::preview::judge::Judge;
use crate::cli::commands::preview::show::{self, PlanFormat};
use crate::cli::context::{Context, Live};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::cli::scheduler::SchedulerArgs;
use crate::cli::ui::{Answer, Peer};
use crate::domain::drain::plan::DrainPlan;
use crate::domain::duration::GoDuration;
use crate::domain::node::Node;
use crate::domain::snapshot::Snapshot;
use crate::engine::change;
use crate::engine::change::scheduling::Author;
use crate::engine::clock::Clock;
use crate::engine::drain::{DrainOptions, drain_nodes};
use crate::engine::event::NodeEnd;
use crate::engine::rights::missing;
use crate::engine::stop::Stop;
use crate::present::saved_plan::SavedPlan;
use crate::present::{hopeless, refusal};

use reporter::Reporter;

/// Empty nodes for maintenance: plan, show, ask, cordon, evict, wait, verify
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  # Drain a node; on a terminal the plan is shown first and you are asked
  kubectl nodemaint drain worker-2 --ignore-daemonsets

  # In a runbook: no question, ten minutes at most, one JSON event a line
  kubectl nodemaint drain worker-2 --ignore-daemonsets --yes --timeout 10m -o json

  # A whole pool, zone by zone, two nodes at the same time
  kubectl nodemaint drain -l pool=a --order zone --max-parallel 2 --ignore-daemonsets

  # Exactly the plan that was agreed on, or nothing
  kubectl nodemaint drain --plan worker-2.json

  # What would happen, without changing anything
  kubectl nodemaint drain worker-2 --ignore-daemonsets --dry-run

Exit codes: 0 drained, 1 error, 2 usage, 3 refused or blocked with nothing changed, 4 deadline reached,
5 some nodes drained, 6 not permitted, 7 the plan no longer matches the cluster, 130 interrupted")]
pub struct DrainCommand {
    /// Nodes and policy.
    #[command(flatten)]
    pub drain: DrainArgs,
    /// In which order, and how many at once.
    #[command(flatten)]
    pub course: CourseArgs,
    /// Refused with words: what is assumed cannot be carried out.
    #[command(flatten)]
    pub assume: NoAssumeArgs,
    /// How long each node may take, such as 90s or 10m; 0 waits for ever
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "0s",
        allow_hyphen_values = true
    )]
    pub timeout: String,
    /// Whether it is a preview; `client` and `server` do the same here, and neither writes anything.
    #[command(flatten)]
    pub dry_run: DryRunArgs,
    /// Carry out exactly the plan of this file, made by `plan save`; where the cluster is no longer as it was, nothing is
    /// changed
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "nodes", "selector", "force", "ignore_daemonsets", "delete_emptydir_data", "grace_period", "pod_selector",
        "disable_eviction", "skip_wait_for_delete_timeout", "order", "max_parallel",
    ])]
    pub plan: Option<String>,
    /// Do not ask
    #[arg(short = 'y', long)]
    pub yes: bool,
    /// Why; kept on the node until it is uncordoned
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Where more is written; kept on the node until it is uncordoned
    #[arg(long, value_name = "ID")]
    pub ticket: Option<String>,
    /// `json`: one event a line; with --dry-run the plan, then the other forms work too
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT")]
    pub output: Option<OutputFormat>,
}

/// What `-o` may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// JSON.
    Json,
    /// YAML.
    Yaml,
    /// The plan as Markdown, for a ticket.
    Markdown,
    /// The plan as one HTML file with pictures.
    Html,
}

impl OutputFormat {
    /// Returns the name of a form that a running drain does not have.
    fn of_plan_alone(self) -> Option<&'static str> {
        match self {
            OutputFormat::Json => None,
            OutputFormat::Yaml => Some("yaml"),
            OutputFormat::Markdown => Some("markdown"),
            OutputFormat::Html => Some("html"),
        }
    }

    /// Returns the form of a plan; one that runs has events alone.
    fn of_plan(self) -> PlanFormat {
        match self {
            OutputFormat::Json => PlanFormat::Json,
            OutputFormat::Yaml => PlanFormat::Yaml,
            OutputFormat::Markdown => PlanFormat::Markdown,
            OutputFormat::Html => PlanFormat::Html,
        }
    }
}

/// A drain that was thought through and not begun.
struct Prepared {
    live: Live,
    nodes: Vec<Node>,
    seen: Snapshot,
    plan: DrainPlan,
}

/// Runs the command.
///
/// # Errors
///
/// Wrong usage, unknown nodes, a cluster that cannot be read.
pub async fn run(mut command: DrainCommand, context: &Context) -> Result<Exit, CliError> {
    command.assume.refuse("drain")?;
    let mode = command.dry_run.mode()?;
    let saved = command.plan.as_deref().map(plan::load).transpose()?;
    if let Some(saved) = &saved {
        command.drain = plan::arguments(saved, &command.drain);
        command.course = plan::course(saved);
    }
    let options = command.options(mode)?;
    let clock = SystemClock::new();
    let mut stop = interrupt::listen(context.ui.clone()).map_err(|cause| {
        CliError::unplanned(format!("error: cannot listen for signals: {cause}"))
    })?;
    let prepared = tokio::select! {
        biased;
        () = stop.asked() => return Ok(ending::nothing_changed(&context.ui)),
        prepared = command.prepare(&options, mode, saved.as_ref(), context, &clock) => prepared?,
    };
    if mode != DryRun::None {
        return command.show_dry_run(&prepared, mode, context);
    }
    if let Some(refused) = refuse(&prepared.plan, context) {
        command.summarise_untouched(&prepared, NodeEnd::Refused, context, &clock);
        return Ok(refused);
    }
    tokio::select! {
        biased;
        () = stop.asked() => return Ok(ending::nothing_changed(&context.ui)),
        permitted = command.check_rights(&prepared, &options, context, &clock) => permitted?,
    }
    let asks = command.asks(context);
    if asks {
        show::aside(&prepared.plan, &context.ui);
    }
    let timeout = options.timeout.map(|_| options.timeout_text.as_str());
    for line in hopeless::warnings(&prepared.plan, timeout) {
        context.ui.err(&line);
    }
    if asks && let Some(stopped) = command.ask(&prepared, context, &mut stop).await? {
        return Ok(stopped);
    }
    command
        .carry_out(prepared, options, context, &clock, &mut stop)
        .await
}

impl DrainCommand {
    /// Checks what was typed.
    fn options(&self, mode: DryRun) -> Result<DrainOptions, CliError> {
        self.drain.nodes.selection("drain")?;
        self.drain.page_size()?;
        if mode == DryRun::None
            && let Some(format) = self.output.and_then(OutputFormat::of_plan_alone)
        {
            return Err(CliError::usage(format!(
                "-o {format} needs --dry-run: a running drain is told as one JSON event a line (-o json)"
            )));
        }
        Ok(DrainOptions {
            policy: self.drain.policy()?,
            pod_selector: self.drain.pod_selector.clone(),
            timeout: self.timeout()?,
            timeout_text: GoDuration::parse(&self.timeout)
                .map_or_else(|| self.timeout.clone(), |d| d.to_string()),
            max_parallel: self.course.at_once(),
            author: Author {
                user: None,
                reason: self.reason.clone(),
                ticket: self.ticket.clone(),
            },
        })
    }

    fn timeout(&self) -> Result<Option<Duration>, CliError> {
        let invalid = |why: &str| {
            CliError::usage(format!(
                "invalid argument {:?} for \"--timeout\" flag: {why}",
                self.timeout
            ))
        };
        let duration = GoDuration::parse(&self.timeout)
            .ok_or_else(|| invalid("it must be a duration such as 90s, 10m or 1h30m"))?;
        let duration = duration
            .non_negative()
            .ok_or_else(|| invalid("it is negative; 0 waits for ever"))?;
        Ok(Some(duration).filter(|limit| !limit.is_zero()))
    }

    /// Reads the cluster and plans; writes nothing. Only a preview reads what it takes to tell where the pods land.
    async fn prepare(
        &self,
        options: &DrainOptions,
        mode: DryRun,
        saved: Option<&SavedPlan>,
        context: &Context,
        clock: &SystemClock,
    ) -> Result<Prepared, CliError> {
        let live = context
            .connect(LiveOptions {
                chunk_size: self.drain.chunk_size,
            })
            .await?;
        let nodes = self.drain.nodes.resolve("drain", &live.cluster).await?;
        let scope = match (mode, saved) {
            (DryRun::None, None) => Scope::Node,
            // A plan that was saved knew where the pods land, and what that means for the budgets.
            (DryRun::Client | DryRun::Server, _) | (_, Some(_)) => Scope::Cluster,
        };
        let judge = Judge::of(&SchedulerArgs::default(), scope)?.in_course(&self.course);
        let selector = options.policy.pod_selector.as_ref();
        let mut seen = judge
            .observe(&live, &nodes, selector, clock.now(), &context.ui)
            .await?;
        let plan = judge.plan(&mut seen, &options.policy, &context.ui)?;
        if let (Some(saved), Some(name)) = (saved, &self.plan) {
            plan::check(saved, &plan, &live, name).await?;
        }
        Ok(Prepared {
            live,
            nodes: in_order(nodes, &seen.names),
            seen: seen.snapshot,
            plan,
        })
    }

    /// Asks whether the caller may do what the plan needs, so that a missing right does not leave a cordoned node behind.
    async fn check_rights(
        &self,
        prepared: &Prepared,
        options: &DrainOptions,
        context: &Context,
        clock: &SystemClock,
    ) -> Result<(), CliError> {
        let live = &prepared.live;
        let removal = options.policy.removal;
        let missing = missing(&live.cluster, &prepared.plan, removal).await;
        if missing.is_empty() {
            return Ok(());
        }
        let user = change::caller(&live.cluster, live.user.as_deref()).await;
        self.summarise_untouched(prepared, NodeEnd::NotPermitted, context, clock);
        Err(rights::error(&missing, user.as_deref(), removal))
    }

    /// Ends the JSON of a drain that did not begin as that of every other.
    fn summarise_untouched(
        &self,
        prepared: &Prepared,
        end: NodeEnd,
        context: &Context,
        clock: &SystemClock,
    ) {
        if self.output.is_none() {
            return;
        }
        let report = ending::untouched(&prepared.nodes, end);
        let requests = prepared.live.cluster.requests();
        let exit = ending::exit(&report);
        let took = clock.monotonic();
        Reporter::new(&context.ui, self.output).summarise(
            &report,
            requests,
            took,
            exit,
            clock.now(),
        );
    }

    /// Tells whether somebody is there to be asked.
    fn asks(&self, context: &Context) -> bool {
        !self.yes && context.ui.input == Peer::Terminal && context.ui.errors == Peer::Terminal
    }

    /// Asks on a terminal; `Some` ends the command.
    async fn ask(
        &self,
        prepared: &Prepared,
        context: &Context,
        stop: &mut Stop,
    ) -> Result<Option<Exit>, CliError> {
        let question = ending::question(&prepared.plan, prepared.live.context.as_deref());
        let ui = context.ui.clone();
        let asked = tokio::task::spawn_blocking(move || ui.confirm(&question));
        let answer = tokio::select! {
            biased;
            () = stop.asked() => None,
            answer = asked => answer.ok().flatten(),
        };
        context.ui.show_cursor();
        Ok(match answer {
            Some(Answer::Yes) => None,
            Some(Answer::No) if !stop.was_asked() => {
                context.ui.err("not confirmed: nothing was changed");
                Some(Exit::Blocked)
            }
            _ => Some(ending::nothing_changed(&context.ui)),
        })
    }

    /// Cordons and drains, and tells how it ended.
    async fn carry_out(
        &self,
        prepared: Prepared,
        mut options: DrainOptions,
        context: &Context,
        clock: &SystemClock,
        stop: &mut Stop,
    ) -> Result<Exit, CliError> {
        let cluster = &prepared.live.cluster;
        let started = clock.monotonic();
        options.author.user = change::caller(cluster, prepared.live.user.as_deref()).await;
        let mut reporter = Reporter::new(&context.ui, self.output);
        reporter.warn(prepared.plan.nodes.iter().filter_map(refusal::warnings));
        let owners = &prepared.seen.owners;
        let report = drain_nodes(
            cluster,
            clock,
            &options,
            owners,
            &prepared.nodes,
            stop,
            &mut reporter,
        )
        .await;
        let took = clock.monotonic().saturating_sub(started);
        let exit = ending::exit(&report);
        reporter.summarise(&report, cluster.requests(), took, exit, clock.now());
        drop(reporter);
        ending::tell(&report, exit, context);
        Ok(exit)
    }

    /// Shows the plan in place of a drain.
    fn show_dry_run(
        &self,
        prepared: &Prepared,
        mode: DryRun,
        context: &Context,
    ) -> Result<Exit, CliError> {
        let plan = &prepared.plan;
        let ui = &context.ui;
        match self.output {
            Some(format) => show::plan(plan, Some(format.of_plan()), &self.drain, ui)?,
            None if ui.output == Peer::Terminal => show::plan(plan, None, &self.drain, ui)?,
            None => {
                if let Some(refused) = refuse(plan, context) {
                    return Ok(refused);
                }
                let warnings = plan.nodes.iter().filter_map(refusal::warnings);
                warnings.for_each(|line| ui.err(&line));
                ending::dry_run(plan, mode, ui);
                show::aside(plan, ui);
            }
        }
        Ok(show::exit(plan))
    }
}

/// Puts nodes in the order of their names in a list.
fn in_order(mut nodes: Vec<Node>, names: &[String]) -> Vec<Node> {
    nodes.sort_by_key(|node| names.iter().position(|name| name == node.name()));
    nodes
}

/// Says in kubectl's words what the plan refuses; `None` where it refuses nothing.
fn refuse(plan: &DrainPlan, context: &Context) -> Option<Exit> {
    let refused: Vec<(String, Vec<String>)> = plan
        .nodes
        .iter()
        .map(|node| (node.node.name.clone(), refusal::refusals(node)))
        .filter(|(_, errors)| !errors.is_empty())
        .collect();
    if refused.is_empty() {
        return None;
    }
    ending::refused(&refused, &context.ui);
    Some(Exit::Blocked)
}
