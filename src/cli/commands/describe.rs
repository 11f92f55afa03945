//! `describe`: nodes as somebody needs to see them before maintenance.

use clap::{Args, ValueEnum};

use crate::adapters::files::Source;
use crate::adapters::live::LiveOptions;
use crate::adapters::live::clock::SystemClock;
use crate::cli::args::{NodeArgs, NodeSelection, SourceArgs, nodes_not_found};
use crate::cli::context::{Context, Live};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::ui::{Paint, Ui};
use crate::domain::describe::{NodeDescription, View, describe};
use crate::domain::snapshot::{ClusterId, Snapshot};
use crate::engine::clock::Clock;

use crate::engine::observe::observe_around;
use crate::present::describe_table::describe_table;
use crate::present::document::{self, DocumentFormat};
use crate::present::markdown::describe_markdown;
use crate::present::node_description;
use crate::present::plan_table::{Detail, Page};
use crate::present::style::Colors;

/// Describe nodes to somebody about to maintain them: state, who cordoned them, pods with their fates
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  # On the cluster that ships inside the program
  kubectl nodemaint describe worker-2 --snapshot demo

  # For a ticket
  kubectl nodemaint describe worker-2 --snapshot demo -o markdown

  # What is wrong on a node, and what would a drain of it come to?
  kubectl nodemaint describe worker-2

  # Pods that are stuck on the nodes of a pool, each with the next command to type
  kubectl nodemaint describe -l pool=gpu -o json | jq '.nodes[].pods[] | select(.findings != [])'

Exit codes: 0 described, whatever the verdict; 1 error, 2 usage, 6 nodes or pods may not be read")]
pub struct DescribeCommand {
    /// Which nodes.
    #[command(flatten)]
    pub nodes: NodeArgs,
    /// Live or from a file.
    #[command(flatten)]
    pub source: SourceArgs,
    /// Output: the description as a document (json, yaml), or as Markdown for a ticket
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT")]
    pub output: Option<DescribeFormat>,
}

/// What `-o` may say of a description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DescribeFormat {
    /// One JSON document of kind NodeDescription.
    Json,
    /// The same as YAML.
    Yaml,
    /// The description as Markdown, for a ticket.
    Markdown,
}

/// Runs the command.
///
/// # Errors
///
/// Wrong usage, unknown nodes, a cluster or file that cannot be read.
pub async fn run(command: DescribeCommand, context: &Context) -> Result<Exit, CliError> {
    command.nodes.selection(NAME)?;
    let connection = &context.global.connection;
    let (views, snapshot) = match command.source.open(connection.first_given())? {
        Some(source) => command.read(&source)?,
        None => {
            let live = context.connect(LiveOptions::default()).await?;
            command.observe(&live).await?
        }
    };
    let described = views.into_iter().map(|view| describe(view, &snapshot));
    let described: Result<Vec<NodeDescription>, _> = described.collect();
    let described = described.map_err(|unknown| {
        CliError::unplanned(format!("Error from server (NotFound): {unknown}"))
    })?;
    command.show(&described, &context.ui)?;
    Ok(Exit::Done)
}

/// The command in messages.
const NAME: &str = "describe";

impl DescribeCommand {
    /// Reads a file.
    fn read(&self, source: &Source) -> Result<(Vec<View>, Snapshot), CliError> {
        let snapshot = source.snapshot(SystemClock::new().now())?;
        let names = self.nodes.find(NAME, &snapshot)?;
        Ok((source.views(&names)?, snapshot))
    }

    /// Reads the live cluster.
    async fn observe(&self, live: &Live) -> Result<(Vec<View>, Snapshot), CliError> {
        let names = self.names(live).await?;
        let read = live.cluster.views(&names).await?;
        let named = names.iter().zip(&read);
        let missing = named.filter(|(_, view)| view.is_none());
        let missing: Vec<&str> = missing.map(|(name, _)| name.as_str()).collect();
        if let Some(error) = nodes_not_found(&missing) {
            return Err(error);
        }
        let views: Vec<View> = read.into_iter().flatten().collect();
        let nodes: Vec<_> = views.iter().map(|view| view.node.clone()).collect();
        let pods = views.iter().flat_map(|view| &view.pods);
        let pods = pods.map(|facts| facts.pod.clone()).collect();
        let id = ClusterId {
            server: live.server.clone(),
            version: String::new(),
        };
        let now = SystemClock::new().now();
        // Nothing that is told rests on the version, so a server that does not tell it is no obstacle.
        let (seen, version) = tokio::join!(
            observe_around(&live.cluster, &nodes, pods, id, now),
            live.cluster.version()
        );
        let mut snapshot = seen?;
        snapshot.cluster.version = version.unwrap_or_default();
        Ok((views, snapshot))
    }

    /// Returns the names; those that were typed are looked up together with what hangs on them.
    async fn names(&self, live: &Live) -> Result<Vec<String>, CliError> {
        match self.nodes.selection(NAME)? {
            NodeSelection::Names(names) => Ok(names),
            NodeSelection::Selector(_) => {
                let nodes = self.nodes.resolve(NAME, &live.cluster).await?;
                Ok(nodes.iter().map(|node| node.name().to_owned()).collect())
            }
        }
    }

    fn show(&self, described: &[NodeDescription], ui: &Ui) -> Result<(), CliError> {
        let format = match self.output {
            Some(DescribeFormat::Json) => DocumentFormat::Json,
            Some(DescribeFormat::Yaml) => DocumentFormat::Yaml,
            Some(DescribeFormat::Markdown) => {
                ui.document(&describe_markdown(described));
                return Ok(());
            }
            None => {
                let page = Page {
                    colors: match ui.output_paint {
                        Paint::Color => Colors::On,
                        Paint::Plain => Colors::Off,
                    },
                    width: ui.output_width(),
                    detail: Detail::Normal,
                };
                let nodes = described
                    .iter()
                    .map(|node| describe_table(node, page).join("\n"));
                ui.document(&nodes.collect::<Vec<String>>().join("\n\n"));
                return Ok(());
            }
        };
        let document = node_description::NodeDescription::new(described);
        let text = document::render(&document, format).map_err(|cause| {
            CliError::unplanned(format!("error: the description cannot be written: {cause}"))
        })?;
        ui.document(&text);
        Ok(())
    }
}
