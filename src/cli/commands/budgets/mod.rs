//! `budgets`: every PodDisruptionBudget with its headroom, whom it selects and which nodes it would hold up.

mod placements;

use clap::{Args, ValueEnum};

use crate::adapters::live::LiveOptions;
use crate::adapters::live::clock::SystemClock;
use crate::cli::args::SourceArgs;
use crate::cli::context::{Context, Live};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::ui::{Paint, Ui};
use crate::domain::drain::budgets::{BudgetReport, Reach, report};
use crate::domain::snapshot::{ClusterId, Snapshot};
use crate::engine::clock::Clock;
use crate::engine::observe::{BUDGETS, observe_budgets};
use crate::present::budget_report;
use crate::present::budgets_table::{Choice, budgets_table};
use crate::present::document::{self, DocumentFormat};
use crate::present::plan_table::{Detail, Page};
use crate::present::style::Colors;
use crate::present::text::clean;

/// Tell how every PodDisruptionBudget stands, and which nodes it would hold up
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  # Every budget of the cluster that ships inside the program
  kubectl nodemaint budgets -A --snapshot demo

  # Only those that somebody has to look after before the next maintenance
  kubectl nodemaint budgets -A --problems

  # Names of the budgets that no drain will get past, for a runbook
  kubectl nodemaint budgets -A -o json | jq -r '.budgets[] | select(.verdict == \"never\") | .name'

Exit codes: 0 listed, whatever the verdicts; 1 error, 2 usage, 6 budgets may not be read")]
pub struct BudgetsCommand {
    /// Look at the budgets of all namespaces
    #[arg(short = 'A', long)]
    pub all_namespaces: bool,
    /// Show only those that are never, waiting, stale, overlapping, matching nothing or not known
    #[arg(long)]
    pub problems: bool,
    /// Live or from a file.
    #[command(flatten)]
    pub source: SourceArgs,
    /// Output: the report as a document (json, yaml), rules, owners and selectors too (wide), or names (name)
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT")]
    pub output: Option<BudgetsFormat>,
}

/// What `-o` may say of budgets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BudgetsFormat {
    /// One JSON document of kind BudgetReport.
    Json,
    /// The same as YAML.
    Yaml,
    /// The table with rules, owners and selectors.
    Wide,
    /// `poddisruptionbudget.policy/NAME` of each budget.
    Name,
}

/// Runs the command.
///
/// # Errors
///
/// Wrong usage, a cluster or file that cannot be read, a file without budgets.
pub async fn run(command: BudgetsCommand, context: &Context) -> Result<Exit, CliError> {
    let connection = &context.global.connection;
    let (snapshot, reach, placements) = match command
        .source
        .open(connection.first_given_besides_namespace())?
    {
        Some(source) => {
            let snapshot = source.snapshot(SystemClock::new().now())?;
            let namespace = connection.namespace.clone();
            let reach = command.reach(&namespace.unwrap_or_else(|| "default".to_owned()));
            let placements = placements::from_file(&source, &snapshot, &reach)?;
            (snapshot, reach, placements)
        }
        None => {
            let live = context.connect(LiveOptions::default()).await?;
            let (snapshot, reach) = command.observe(&live).await?;
            let placements = placements::live(&live, &snapshot, &reach).await;
            (snapshot, reach, placements)
        }
    };
    check_read(&snapshot)?;
    let report = report(&snapshot, &reach, &placements);
    command.show(report, &reach, &context.ui)?;
    Ok(Exit::Done)
}

/// Refuses a file that does not say which budgets there are: an empty list would look like good news.
fn check_read(snapshot: &Snapshot) -> Result<(), CliError> {
    let mut unread = snapshot.unread.iter();
    let Some(budgets) = unread.find(|unread| unread.what == BUDGETS) else {
        return Ok(());
    };
    let message = format!(
        "error: the budgets are not known: {BUDGETS}: {}",
        budgets.reason
    );
    let hint =
        "kubectl get nodes,pods,pdb,rs,deploy,sts,ds,jobs -A -o yaml writes a list that has them";
    Err(CliError::unplanned(message).with_hint(hint))
}

impl BudgetsCommand {
    fn reach(&self, namespace: &str) -> Reach {
        match self.all_namespaces {
            true => Reach::Cluster,
            false => Reach::Namespace(namespace.to_owned()),
        }
    }

    async fn observe(&self, live: &Live) -> Result<(Snapshot, Reach), CliError> {
        let reach = self.reach(&live.namespace);
        let id = ClusterId {
            server: live.server.clone(),
            version: String::new(),
        };
        let now = SystemClock::new().now();
        // No verdict rests on the version, so a server that does not tell it is no obstacle.
        let (seen, version) = tokio::join!(
            observe_budgets(&live.cluster, &reach, id, now),
            live.cluster.version()
        );
        let mut snapshot = seen?;
        snapshot.cluster.version = version.unwrap_or_default();
        Ok((snapshot, reach))
    }

    fn show(&self, mut report: BudgetReport, reach: &Reach, ui: &Ui) -> Result<(), CliError> {
        let choice = match self.problems {
            true => Choice::Problems,
            false => Choice::All,
        };
        let detail = match self.output {
            None => Detail::Normal,
            Some(BudgetsFormat::Wide) => Detail::Wide,
            Some(format) => {
                report.budgets.retain(|state| choice.shows(state));
                return documents(&report, format, ui);
            }
        };
        if let (true, Reach::Namespace(name)) = (report.budgets.is_empty(), reach) {
            ui.err(&format!(
                "no budget in namespace {}; -A looks at all namespaces",
                clean(name)
            ));
            return Ok(());
        }
        let page = Page {
            colors: match ui.output_paint {
                Paint::Color => Colors::On,
                Paint::Plain => Colors::Off,
            },
            width: ui.output_width(),
            detail,
        };
        ui.document(&budgets_table(&report, choice, page).join("\n"));
        Ok(())
    }
}

fn documents(report: &BudgetReport, format: BudgetsFormat, ui: &Ui) -> Result<(), CliError> {
    let format = match format {
        BudgetsFormat::Json => DocumentFormat::Json,
        BudgetsFormat::Yaml => DocumentFormat::Yaml,
        BudgetsFormat::Wide | BudgetsFormat::Name => {
            for state in &report.budgets {
                let name = clean(&state.budget.id.name);
                ui.out(&format!("poddisruptionbudget.policy/{name}"));
            }
            return Ok(());
        }
    };
    let document = budget_report::BudgetReport::from(report);
    let text = document::render(&document, format).map_err(|cause| {
        CliError::unplanned(format!("error: the report cannot be written: {cause}"))
    })?;
    ui.document(&text);
    Ok(())
}
