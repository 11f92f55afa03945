//! The work behind every form: read all nodes, compute all lists, and only then write.

use crate::adapters::live::clock::SystemClock;
use crate::adapters::live::{LiveCluster, LiveOptions};
use crate::cli::args::{DryRun, ObjectFormat};
use crate::cli::context::{Context, Live};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::cli::ui::Ui;
use crate::domain::node::Node;
use crate::domain::taint::Taint;
use crate::domain::taint::plan::Assumptions;
use crate::engine::change::taints::{self, Computed, Delivery, Refused, TaintChange, TaintOutcome};
use crate::engine::change::{Came, in_order};
use crate::engine::cluster::{TaintWrite, WriteMode};
use crate::engine::stop::Stop;

use super::lost::{self, Alive};
use super::print::{Printer, difference};
use super::{Options, Targets, plan as thought, seen};
use crate::cli::commands::halfway::{Halfway, Reached};
use crate::present::document::DocumentFormat;

/// What is shown besides the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// The result alone.
    Result,
    /// First the difference, on standard error.
    Difference,
}

/// A checked command.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) targets: Targets,
    pub(super) change: TaintChange,
    pub(super) options: Options,
    pub(super) shown: Shown,
    pub(super) alive: Alive,
    pub(super) documents: Documents,
}

/// What `-o json` and `-o yaml` of a client's dry run print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Documents {
    /// The nodes as they would be: kubectl's own form.
    Nodes,
    /// What it would do: a `TaintPlan`.
    Plan,
}

/// Runs a job.
pub(super) async fn run(job: &Job, context: &Context) -> Result<Exit, CliError> {
    let ui = &context.ui;
    let live = context.connect(LiveOptions::default()).await?;
    let nodes = job.targets.read("taint", &live.cluster).await?;
    if let Some(format) = job.plan_format() {
        return plan_instead(job, &live, &nodes, format, context).await;
    }
    let planned = match plan(&nodes, &job.change) {
        Ok(planned) => planned,
        Err(refusals) => return Ok(refuse(&refusals, nodes.len(), ui)),
    };
    if let Some(exit) = lost::check(&planned, job.alive, ui) {
        return Ok(exit);
    }
    for (node, computed) in &planned {
        show(job, node, computed, ui);
    }
    let mut stop = interrupt::listen(context.ui.clone()).map_err(|cause| {
        CliError::unplanned(format!("error: cannot listen for signals: {cause}"))
    })?;
    write(job, &live.cluster, &nodes, context, &mut stop).await
}

impl Job {
    /// Returns the form of the plan that is asked for instead of a write.
    fn plan_format(&self) -> Option<DocumentFormat> {
        if (self.options.dry_run, self.documents) != (DryRun::Client, Documents::Plan) {
            return None;
        }
        match self.options.format {
            ObjectFormat::Json => Some(DocumentFormat::Json),
            ObjectFormat::Yaml => Some(DocumentFormat::Yaml),
            _ => None,
        }
    }
}

/// Says what the job would do.
async fn plan_instead(
    job: &Job,
    live: &Live,
    nodes: &[Node],
    format: DocumentFormat,
    context: &Context,
) -> Result<Exit, CliError> {
    let changes = match thought::changed(nodes, &job.change, &context.ui) {
        Ok(changes) => changes,
        Err(exit) => return Ok(exit),
    };
    let mut seen = seen::from_cluster(live, nodes, &context.ui).await?;
    let made = thought::think(&mut seen, &changes, Assumptions::default())?;
    thought::document(&made, format, &context.ui)?;
    Ok(thought::exit(&made))
}

/// Nodes with their new lists.
type Planned<'a> = Vec<(&'a Node, Computed)>;
/// Names of nodes with the reason why they refuse.
type Refusals<'a> = Vec<(&'a str, Refused)>;

/// Computes all lists, or says which nodes refuse and why.
pub(super) fn plan<'a>(
    nodes: &'a [Node],
    change: &TaintChange,
) -> Result<Planned<'a>, Refusals<'a>> {
    let mut planned = Vec::new();
    let mut refusals = Vec::new();
    for node in nodes {
        match change.compute(&node.taints) {
            Ok(computed) => planned.push((node, computed)),
            Err(refused) => refusals.push((node.name(), refused)),
        }
    }
    if refusals.is_empty() {
        Ok(planned)
    } else {
        Err(refusals)
    }
}

/// Prints kubectl's words, `error: ` in front only where there is one, and the nodes, which kubectl leaves out.
pub(super) fn refuse(refusals: &[(&str, Refused)], nodes: usize, ui: &Ui) -> Exit {
    let messages: Vec<String> = refusals
        .iter()
        .flat_map(|(node, refused)| refused.messages(node))
        .collect();
    match &messages[..] {
        [one] => ui.err(&format!("error: {one}")),
        many => many.iter().for_each(|message| ui.err(message)),
    }
    let names: Vec<&str> = refusals.iter().map(|(node, _)| *node).collect();
    let of = if nodes == names.len() {
        String::new()
    } else {
        format!(" of {nodes} nodes")
    };
    ui.err(&format!(
        "nothing was changed; refused by {}{of}",
        names.join(", ")
    ));
    Exit::Blocked
}

/// Shows what is worth knowing before the write.
fn show(job: &Job, node: &Node, computed: &Computed, ui: &Ui) {
    if job.shown == Shown::Difference {
        difference(node.name(), &node.taints, &computed.taints, ui);
    }
    for taint in &computed.kept {
        ui.err(&format!(
            "node {}: {taint} stays, because Kubernetes itself keeps it there; --drop {} takes it away",
            node.name(),
            taint.key
        ));
    }
    for spec in job.change.absent_from(&node.taints) {
        ui.err(&format!("node {} has no taint {spec:?}", node.name()));
    }
}

async fn write(
    job: &Job,
    cluster: &LiveCluster,
    nodes: &[Node],
    context: &Context,
    stop: &mut Stop,
) -> Result<Exit, CliError> {
    let ui = &context.ui;
    let clock = SystemClock::new();
    let delivery = delivery(&job.options);
    let report = Printer::report(&job.options);
    let mut printer = Printer::new(ui, &job.options);
    let (mut ends, mut broken, mut halfway) = (Vec::new(), None, Halfway::default());
    let work = |node| taints::change(cluster, &clock, node, &job.change, &delivery, report);
    in_order(&clock, stop, nodes, work, |index, came| {
        let node = nodes[index].name();
        let reached = match &came {
            Came::Finished(outcome) => {
                ends.push(match outcome {
                    TaintOutcome::Done(done) => match printer.node(node, done) {
                        Ok(()) => Exit::Done,
                        Err(error) => {
                            let exit = error.exit;
                            broken.get_or_insert(error);
                            exit
                        }
                    },
                    failed => tell(node, failed, ui),
                });
                reached(outcome, job.options.dry_run)
            }
            Came::NotBegun => Reached::NotBegun,
            Came::Unanswered => Reached::Unanswered,
        };
        halfway.add(node, reached);
    })
    .await;
    // A wish that came with the last answer changes nothing.
    if ends.len() < nodes.len() {
        return Ok(halfway.tell(context, None));
    }
    broken.map_or_else(|| Ok(Exit::merge(ends)), Err)
}

/// Tells whether a node is another one than before.
fn reached(outcome: &TaintOutcome, dry_run: DryRun) -> Reached {
    match outcome {
        TaintOutcome::Done(done) if dry_run == DryRun::None && done.before != done.after => {
            Reached::Changed
        }
        // The server accepted something; what it stored was said.
        TaintOutcome::NotStored(_) => Reached::Changed,
        _ => Reached::AsBefore,
    }
}

fn delivery(options: &Options) -> Delivery {
    let mode = match options.dry_run {
        DryRun::Client => return Delivery::Nowhere,
        DryRun::Server => WriteMode::DryRun,
        DryRun::None => WriteMode::Commit,
    };
    Delivery::Server(TaintWrite {
        mode,
        field_manager: options.field_manager.clone(),
        validation: options.validation,
    })
}

/// Says why a node was not changed.
fn tell(node: &str, outcome: &TaintOutcome, ui: &Ui) -> Exit {
    let list = |taints: &[Taint]| {
        let texts: Vec<String> = taints.iter().map(Taint::to_string).collect();
        texts.join(", ")
    };
    let (message, exit) = match outcome {
        TaintOutcome::Done(_) => return Exit::Done,
        TaintOutcome::Refused(refused) => {
            let text = refused.messages(node).join("; ");
            (format!("error: {text} (changed meanwhile)"), Exit::Blocked)
        }
        TaintOutcome::NotStored(wrong) => (
            format!(
                "error: node {node}: the server accepted the change, but its answer does not have it: {}",
                list(wrong)
            ),
            Exit::Error,
        ),
        TaintOutcome::Gone => (
            format!("Error from server (NotFound): nodes \"{node}\" not found"),
            Exit::Error,
        ),
        TaintOutcome::Replaced => (
            format!(
                "error: node {node}: another machine has the node's name now; it was not touched"
            ),
            Exit::Foreign,
        ),
        TaintOutcome::Contended { tries } => (
            format!(
                "error: node {node}: others changed it at the same moment, {tries} times in a row"
            ),
            Exit::Error,
        ),
        TaintOutcome::Failed(failure) => {
            let error = CliError::from(failure.clone());
            (error.message, error.exit)
        }
    };
    ui.err(&message);
    exit
}
