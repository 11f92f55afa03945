//! `preview taint`: who leaves and when, past which budgets, who is kept out, and how to undo it.

use clap::Args;

use crate::adapters::live::LiveOptions;
use crate::cli::args::{GateArgs, SourceArgs};
use crate::cli::commands::taint::plan::{self, TaintFormat};
use crate::cli::commands::taint::seen::{self, Seen};
use crate::cli::commands::taint::{ManyArgs, Targets, split, targets, usage};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::domain::node::Node;
use crate::domain::snapshot::Snapshot;
use crate::domain::taint::plan::Assumptions;
use crate::domain::taint::set::{Absent, Existing, RemovalValue, Rules};
use crate::domain::taint::spec::Changes;
use crate::engine::change::taints::TaintChange;

/// Tell who leaves when nodes are tainted, when, past which budgets, and how to undo it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  # Who leaves? On the cluster that ships inside the program
  kubectl nodemaint preview taint worker-2 maintenance=true:NoExecute --snapshot demo

  # Whom does a taint keep out?
  kubectl nodemaint preview taint worker-2 dedicated=db:NoSchedule --snapshot demo

  # What happens when a taint is taken away?
  kubectl nodemaint preview taint worker-7 dedicated- --snapshot demo

  # Every pod with the taint that decides, the tolerations that are used and the budgets that are not asked
  kubectl nodemaint preview taint worker-2 worker-3 maintenance:NoExecute -o wide --snapshot demo

Exit codes: 0 said, 1 error, 2 usage, 3 refused (there already, or not there), or something could not be read")]
pub struct PreviewTaint {
    /// Names of nodes, then KEY=VALUE:EFFECT or KEY:EFFECT to add; KEY-, KEY:EFFECT- or KEY=VALUE:EFFECT- to remove
    #[arg(value_name = "NODE... SPEC", required = true)]
    pub words: Vec<String>,
    /// Nodes without names.
    #[command(flatten)]
    pub many: ManyArgs,
    /// Replace the value of a taint that is there with another value
    #[arg(long)]
    pub overwrite: bool,
    /// Feature gates of the cluster.
    #[command(flatten)]
    pub gates: GateArgs,
    /// Live or from a file.
    #[command(flatten)]
    pub source: SourceArgs,
    /// Output: the plan as a document (json, yaml), more columns (wide), or the names of the pods that leave (name)
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT")]
    pub output: Option<TaintFormat>,
}

/// Runs the command.
///
/// # Errors
///
/// Wrong usage, unknown nodes, a cluster or file that cannot be read.
pub async fn run(command: PreviewTaint, context: &Context) -> Result<Exit, CliError> {
    let assumptions = Assumptions {
        comparisons: command.gates.comparisons()?,
        ..Assumptions::default()
    };
    let (targets, change) = command.wish()?;
    let (mut seen, nodes) = match command
        .source
        .open(context.global.connection.first_given())?
    {
        Some(source) => {
            let seen = seen::from_file(&source)?;
            let nodes = named(&targets, &seen.snapshot)?;
            (seen, nodes)
        }
        None => live(&targets, context).await?,
    };
    let changes = match plan::changed(&nodes, &change, &context.ui) {
        Ok(changes) => changes,
        Err(exit) => return Ok(exit),
    };
    let made = plan::think(&mut seen, &changes, assumptions)?;
    plan::show(&made, command.output, &context.ui)?;
    Ok(plan::exit(&made))
}

impl PreviewTaint {
    /// Checks what was typed.
    fn wish(&self) -> Result<(Targets, TaintChange), CliError> {
        let (names, specs) = split(&self.words)?;
        if specs.is_empty() {
            return Err(usage("at least one taint update is required"));
        }
        let changes = Changes::parse(&specs).map_err(|fault| usage(&fault.to_string()))?;
        changes
            .check_conflicts()
            .map_err(|fault| CliError::usage(fault.to_string()))?;
        let rules = Rules {
            existing: match self.overwrite {
                true => Existing::Overwrite,
                false => Existing::KeepIdentical,
            },
            absent: Absent::Refuse,
            removal_value: RemovalValue::Compared,
        };
        let targets = targets(names, self.many.selector.clone(), self.many.all)?;
        Ok((targets, TaintChange::Edit { changes, rules }))
    }
}

/// Finds the nodes in a file.
fn named(targets: &Targets, snapshot: &Snapshot) -> Result<Vec<Node>, CliError> {
    Ok(match targets {
        Targets::All => snapshot.nodes.values().cloned().collect(),
        Targets::Some(nodes) => {
            let names = nodes.find("preview taint", snapshot)?;
            names
                .iter()
                .filter_map(|name| snapshot.nodes.get(name).cloned())
                .collect()
        }
    })
}

async fn live(targets: &Targets, context: &Context) -> Result<(Seen, Vec<Node>), CliError> {
    let live = context.connect(LiveOptions::default()).await?;
    let nodes = targets.read("preview taint", &live.cluster).await?;
    Ok((seen::from_cluster(&live, &nodes, &context.ui).await?, nodes))
}
