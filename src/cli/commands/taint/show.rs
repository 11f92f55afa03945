//! `taint show`: the taints that nodes have, where they come from, who tolerates them, and who leaves.

use clap::{Args, ValueEnum};

use crate::adapters::live::LiveOptions;
use crate::adapters::live::clock::SystemClock;
use crate::cli::args::{GateArgs, NodeArgs, SourceArgs};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::ui::Ui;
use crate::domain::snapshot::{ClusterId, Snapshot};
use crate::domain::taint::Effect;
use crate::domain::taint::survey::{Filter, Survey, survey};
use crate::engine::clock::Clock;
use crate::engine::cluster::{Cluster, NodeQuery};
use crate::engine::observe::observe_pods;
use crate::present::document::{self, DocumentFormat};
use crate::present::markdown::survey_markdown;
use crate::present::plan_table::Detail;
use crate::present::taint_report::TaintReport;
use crate::present::taint_show::{described, grid};

use super::plan::page;

/// Show the taints of nodes: age, origin, who tolerates them and by which toleration, who leaves and when
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  # Everything about one node's taints
  kubectl nodemaint taint show worker-9 --snapshot demo

  # All nodes against all taints
  kubectl nodemaint taint show -o wide --snapshot demo

  # Where is this taint?
  kubectl nodemaint taint show --key dedicated --snapshot demo

Exit codes: 0 shown, 1 error, 2 usage, 6 not permitted")]
pub struct ShowArgs {
    /// Which nodes; without names and selector all.
    #[command(flatten)]
    pub nodes: NodeArgs,
    /// Only taints of these keys
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    pub key: Vec<String>,
    /// Only taints of these effects
    #[arg(long, value_enum, value_name = "EFFECT", value_delimiter = ',')]
    pub effect: Vec<EffectArg>,
    /// Feature gates of the cluster.
    #[command(flatten)]
    pub gates: GateArgs,
    /// Live or from a file.
    #[command(flatten)]
    pub source: SourceArgs,
    /// Output: nodes against taints (wide), Markdown for a ticket, or a document (json, yaml)
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT")]
    pub output: Option<ShowFormat>,
}

/// An effect as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub enum EffectArg {
    /// No new pods.
    NoSchedule,
    /// New pods only where nothing else will do.
    PreferNoSchedule,
    /// No new pods, and running ones leave.
    NoExecute,
}

/// What `-o` may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ShowFormat {
    /// One JSON document of kind TaintReport.
    Json,
    /// The same as YAML.
    Yaml,
    /// A row for each taint as Markdown, for a ticket.
    Markdown,
    /// Nodes against taints.
    Wide,
}

impl From<EffectArg> for Effect {
    fn from(effect: EffectArg) -> Effect {
        match effect {
            EffectArg::NoSchedule => Effect::NoSchedule,
            EffectArg::PreferNoSchedule => Effect::PreferNoSchedule,
            EffectArg::NoExecute => Effect::NoExecute,
        }
    }
}

/// Runs the command.
///
/// # Errors
///
/// Wrong usage, unknown nodes, a cluster or file that cannot be read.
pub(super) async fn run(args: ShowArgs, context: &Context) -> Result<Exit, CliError> {
    let comparisons = args.gates.comparisons()?;
    if !args.is_for_all() {
        args.nodes.selection("taint show")?;
    }
    let (snapshot, names) = match args.source.open(context.global.connection.first_given())? {
        Some(source) => {
            let snapshot = source.snapshot(SystemClock::new().now())?;
            let names = match args.is_for_all() {
                true => snapshot.nodes.keys().cloned().collect(),
                false => args.nodes.find("taint show", &snapshot)?,
            };
            (snapshot, names)
        }
        None => args.observe(context).await?,
    };
    let filter = Filter {
        keys: args.key.clone(),
        effects: args.effect.iter().map(|effect| (*effect).into()).collect(),
    };
    let found = survey(&snapshot, &names, &filter, comparisons);
    show(&found, args.output, &context.ui)?;
    Ok(Exit::Done)
}

impl ShowArgs {
    fn is_for_all(&self) -> bool {
        self.nodes.nodes.is_empty() && self.nodes.selector.is_none()
    }

    async fn observe(&self, context: &Context) -> Result<(Snapshot, Vec<String>), CliError> {
        let live = context.connect(LiveOptions::default()).await?;
        let nodes = match self.is_for_all() {
            true => live.cluster.nodes(&NodeQuery::All).await?,
            false => self.nodes.resolve("taint show", &live.cluster).await?,
        };
        let id = ClusterId {
            server: live.server.clone(),
            version: String::new(),
        };
        let names = nodes.iter().map(|node| node.name().to_owned()).collect();
        let now = SystemClock::new().now();
        let (snapshot, version) = tokio::join!(
            observe_pods(&live.cluster, &nodes, id, now),
            live.cluster.version()
        );
        let mut snapshot = snapshot?;
        snapshot.cluster.version = version.unwrap_or_default();
        Ok((snapshot, names))
    }
}

fn show(found: &Survey, format: Option<ShowFormat>, ui: &Ui) -> Result<(), CliError> {
    let form = match format {
        Some(ShowFormat::Json) => DocumentFormat::Json,
        Some(ShowFormat::Yaml) => DocumentFormat::Yaml,
        Some(ShowFormat::Markdown) => {
            ui.document(&survey_markdown(found));
            return Ok(());
        }
        Some(ShowFormat::Wide) => {
            ui.document(&grid(found, page(Detail::Wide, ui)).join("\n"));
            return Ok(());
        }
        None => {
            ui.document(&described(found, page(Detail::Normal, ui)).join("\n"));
            return Ok(());
        }
    };
    let text = document::render(&TaintReport::from(found), form).map_err(|cause| {
        CliError::unplanned(format!("error: the report cannot be written: {cause}"))
    })?;
    ui.document(&text);
    Ok(())
}
