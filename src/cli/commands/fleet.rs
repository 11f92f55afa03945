//! `fleet`: every node, each drained alone.

use clap::{Args, ValueEnum};

use crate::adapters::live::clock::SystemClock;
use crate::adapters::live::{LiveOptions, Whose};
use crate::cli::args::{AssumeArgs, SourceArgs, no_flags};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::place::Read;
use crate::cli::reading::reading;
use crate::cli::scheduler::{self, SchedulerArgs, minor};
use crate::domain::drain::fleet::{FleetNode, fleet};
use crate::domain::drain::policy::DrainPolicy;
use crate::domain::fit::emptying::Emptying;
use crate::domain::labels::LabelSelector;
use crate::domain::snapshot::Snapshot;
use crate::engine::clock::Clock;
use crate::present::document::{self, DocumentFormat};
use crate::present::drain_plan;
use crate::present::fleet::{FleetReport, Supposed, fleet_table};
use crate::present::markdown::fleet_markdown;
use crate::present::plan_table::{Detail, Page};
use crate::present::text::clean;

use super::preview::drain::Scope;
use super::preview::judge::Judge;
use super::preview::show;

/// Tell of every node what draining it alone would come to, worst first
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  # Which nodes of the cluster that ships inside the program can be drained, and what holds the others up?
  kubectl nodemaint fleet --snapshot demo

  # The nodes of one pool, with all names and the flags that a drain would need
  kubectl nodemaint fleet -l pool=a -o wide

  # For the change ticket
  kubectl nodemaint fleet --snapshot demo -o markdown

  # Which could be drained with three more machines of this kind?
  kubectl nodemaint fleet --assume-node big.yaml=3

Exit codes: 0 told, 1 error, 2 usage")]
pub struct FleetCommand {
    /// Only nodes with these labels
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    pub selector: Option<String>,
    /// Whose rules decide where pods can land.
    #[command(flatten)]
    pub scheduler: SchedulerArgs,
    /// Live or from a file.
    #[command(flatten)]
    pub source: SourceArgs,
    /// What if.
    #[command(flatten)]
    pub assume: AssumeArgs,
    /// Output: a document (json, yaml), Markdown for a ticket, all names and the flags that a drain needs (wide), or the names of the nodes that
    /// can be drained (name)
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT")]
    pub output: Option<FleetFormat>,
}

/// What `-o` may say of a fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FleetFormat {
    /// One JSON document of kind FleetReport.
    Json,
    /// The same as YAML.
    Yaml,
    /// The table as Markdown, for a ticket.
    Markdown,
    /// All names, and the flags that a drain needs.
    Wide,
    /// `node/NAME` of each node of which everything leaves and lands.
    Name,
}

/// Runs the command.
///
/// # Errors
///
/// Wrong usage, a cluster or file that cannot be read.
pub async fn run(command: FleetCommand, context: &Context) -> Result<Exit, CliError> {
    let selector = command.selector()?;
    let judge = Judge::of(&command.scheduler, Scope::Cluster)?;
    let connection = &context.global.connection;
    let (snapshot, ground) = match command.source.open(connection.first_given())? {
        Some(source) => {
            let snapshot = source.snapshot(SystemClock::new().now())?;
            (snapshot, judge.read_file(&source)?)
        }
        None => observed(context, &judge).await?,
    };
    let names: Vec<String> = snapshot
        .nodes
        .values()
        .filter(|node| {
            selector
                .as_ref()
                .is_none_or(|one| one.matches(&node.labels))
        })
        .map(|node| node.id.name.clone())
        .collect();
    if names.is_empty() {
        let text = command.selector.as_deref().unwrap_or_default();
        return Err(crate::cli::args::none_selected(text));
    }
    let mut seen = (snapshot, ground);
    let mut withheld = Vec::new();
    if let Some(read) = &mut seen.1 {
        withheld = std::mem::take(&mut read.withheld);
        minor::tell(judge.asked(), read, &context.ui);
    }
    if command.assume.is_empty() {
        let nodes = judged(&mut seen, &names, &DrainPolicy::default(), &judge)?;
        seen.0.unread.extend(withheld);
        command.show(&seen.0, &nodes, None, context)?;
        return Ok(Exit::Done);
    }
    let (drain, flags) = command.assume.flags(&no_flags()?)?;
    let (policy, edits) = (drain.policy()?, command.assume.edits()?);
    let without = judged(&mut seen, &names, &DrainPolicy::default(), &judge)?;
    let world = seen.1.as_mut().map(|read| &mut read.world);
    let mut assumptions = edits.apply(&mut seen.0, world)?;
    assumptions.extend(flags);
    let nodes = judged(&mut seen, &names, &policy, &judge)?;
    seen.0.unread.extend(withheld);
    let supposed = Supposed {
        assumptions: &assumptions,
        without: &without,
    };
    command.show(&seen.0, &nodes, Some(supposed), context)?;
    Ok(Exit::Done)
}

/// Drains each node alone, in thought.
fn judged(
    (snapshot, ground): &mut (Snapshot, Option<Read>),
    names: &[String],
    policy: &DrainPolicy,
    judge: &Judge,
) -> Result<Vec<FleetNode>, CliError> {
    let now = snapshot.taken_at;
    let Some(read) = ground else {
        return Ok(fleet(snapshot, names, policy, now, None));
    };
    let profiles = scheduler::profiles(judge.config(), read.world.minor)?;
    let mut emptying = Emptying::new(&mut read.world, profiles.first());
    Ok(fleet(snapshot, names, policy, now, Some(&mut emptying)))
}

/// Reads the live cluster.
async fn observed(context: &Context, judge: &Judge) -> Result<(Snapshot, Option<Read>), CliError> {
    let live = context.connect(LiveOptions::default()).await?;
    let picture = live.picture(Whose::All, judge.asked(), SystemClock::new().now());
    let (snapshot, ground) = reading(&live, &context.ui, picture).await?;
    Ok((snapshot, Some(ground)))
}

impl FleetCommand {
    fn selector(&self) -> Result<Option<LabelSelector>, CliError> {
        let Some(text) = &self.selector else {
            return Ok(None);
        };
        let parsed = LabelSelector::parse(text).map_err(|cause| {
            CliError::usage(format!(
                "--selector {text:?} is not a label selector: {cause}"
            ))
        });
        parsed.map(Some)
    }

    fn show(
        &self,
        snapshot: &Snapshot,
        nodes: &[FleetNode],
        supposed: Option<Supposed<'_>>,
        context: &Context,
    ) -> Result<(), CliError> {
        let ui = &context.ui;
        let format = match self.output {
            Some(FleetFormat::Json) => DocumentFormat::Json,
            Some(FleetFormat::Yaml) => DocumentFormat::Yaml,
            Some(FleetFormat::Markdown) => {
                let at = snapshot.taken_at;
                ui.document(&fleet_markdown(nodes, &snapshot.unread, supposed, at));
                return Ok(());
            }
            Some(FleetFormat::Name) => {
                for node in nodes.iter().filter(|node| node.can_be_drained()) {
                    ui.out(&format!("node/{}", clean(&node.node.name)));
                }
                return Ok(());
            }
            Some(FleetFormat::Wide) | None => {
                let page = Page {
                    colors: show::colors(ui.output_paint),
                    width: ui.output_width(),
                    detail: match self.output {
                        Some(_) => Detail::Wide,
                        None => Detail::Normal,
                    },
                };
                ui.document(&fleet_table(nodes, &snapshot.unread, supposed, page).join("\n"));
                return Ok(());
            }
        };
        let cluster = drain_plan::ClusterId::from(&snapshot.cluster);
        let taken_at = snapshot.taken_at.to_string();
        let report = FleetReport::new(cluster, taken_at, &snapshot.unread, nodes, supposed);
        let text = document::render(&report, format).map_err(|cause| {
            CliError::unplanned(format!("error: the report cannot be written: {cause}"))
        })?;
        ui.document(&text);
        Ok(())
    }
}
