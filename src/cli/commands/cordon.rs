//! `cordon` and `uncordon`: keep new pods away from nodes and let them back, and keep who did it and why.

use clap::Args;

use crate::adapters::live::LiveOptions;
use crate::adapters::live::clock::SystemClock;
use crate::cli::args::{DryRun, DryRunArgs, NodeArgs};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::cli::ui::Ui;
use crate::domain::node::{Node, Scheduling};
use crate::engine::change::scheduling::{
    self, Author, ForeignMark, Reach, SchedulingOutcome, SchedulingRequest, Words,
};
use crate::engine::change::{Came, caller, in_order};
use crate::engine::cluster::{FailureKind, WriteMode};

use super::halfway::{Halfway, Reached};

/// Keep new pods away from nodes, and keep who did it and why
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  # Keep new pods away from a node
  kubectl nodemaint cordon node01 --reason \"disk replaced\" --ticket OPS-4711

  # All nodes of a pool
  kubectl nodemaint cordon -l pool=workers

Exit codes: 0 cordoned, 1 error, 2 usage, 5 some nodes cordoned, 6 not permitted")]
pub struct CordonCommand {
    /// Which nodes.
    #[command(flatten)]
    pub nodes: NodeArgs,
    /// Whether it is a rehearsal.
    #[command(flatten)]
    pub dry_run: DryRunArgs,
    /// Why; kept on the node until it is uncordoned
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Where more is written; kept on the node until it is uncordoned
    #[arg(long, value_name = "ID")]
    pub ticket: Option<String>,
}

/// Let new pods back onto nodes
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  # Let new pods back onto a node
  kubectl nodemaint uncordon node01

Exit codes: 0 uncordoned, 1 error, 2 usage, 5 some nodes uncordoned, 6 not permitted,
7 somebody else cordoned a node and nothing was changed")]
pub struct UncordonCommand {
    /// Which nodes.
    #[command(flatten)]
    pub nodes: NodeArgs,
    /// Whether it is a rehearsal.
    #[command(flatten)]
    pub dry_run: DryRunArgs,
    /// Also end cordons that carry somebody else's mark
    #[arg(long)]
    pub take_over: bool,
}

/// Runs `cordon`.
///
/// # Errors
///
/// Wrong usage, unknown nodes, a cluster that cannot be read.
pub async fn cordon(command: CordonCommand, context: &Context) -> Result<Exit, CliError> {
    let author = Author {
        user: None,
        reason: words("--reason", command.reason)?,
        ticket: words("--ticket", command.ticket)?,
    };
    let job = Job {
        verb: "cordon",
        to: Scheduling::Disabled,
        dry_run: command.dry_run.mode()?,
        author,
        foreign: ForeignMark::Respect,
    };
    job.run(&command.nodes, context).await
}

/// Runs `uncordon`.
///
/// # Errors
///
/// Wrong usage, unknown nodes, a cluster that cannot be read.
pub async fn uncordon(command: UncordonCommand, context: &Context) -> Result<Exit, CliError> {
    let job = Job {
        verb: "uncordon",
        to: Scheduling::Enabled,
        dry_run: command.dry_run.mode()?,
        author: Author::default(),
        foreign: if command.take_over {
            ForeignMark::TakeOver
        } else {
            ForeignMark::Respect
        },
    };
    job.run(&command.nodes, context).await
}

/// Refuses words that would garble the terminal of whoever reads them later.
pub(super) fn words(flag: &str, text: Option<String>) -> Result<Option<String>, CliError> {
    match text {
        Some(text) if text.chars().any(char::is_control) => Err(CliError::usage(format!(
            "invalid argument \"{}\" for \"{flag}\" flag: it has control characters",
            text.escape_debug()
        ))),
        text => Ok(text.filter(|text| !text.is_empty())),
    }
}

struct Job {
    verb: &'static str,
    to: Scheduling,
    dry_run: DryRun,
    author: Author,
    foreign: ForeignMark,
}

impl Job {
    async fn run(mut self, nodes: &NodeArgs, context: &Context) -> Result<Exit, CliError> {
        nodes.selection(self.verb)?;
        let live = context.connect(LiveOptions::default()).await?;
        let nodes = nodes.resolve(self.verb, &live.cluster).await?;
        let marked = nodes.iter().any(|node| !node.annotations.is_empty());
        if self.to == Scheduling::Disabled || marked {
            self.author.user = caller(&live.cluster, live.user.as_deref()).await;
        }
        let request = self.request();
        if let Some(refused) = refuse_foreign(&nodes, &request, &context.ui) {
            return Ok(refused);
        }
        let mut stop = interrupt::listen(context.ui.clone()).map_err(|cause| {
            CliError::unplanned(format!("error: cannot listen for signals: {cause}"))
        })?;
        let clock = SystemClock::new();
        let (mut ends, mut halfway) = (Vec::new(), Halfway::default());
        let work = |node| scheduling::set(&live.cluster, &clock, node, &request);
        in_order(&clock, &mut stop, &nodes, work, |index, came| {
            let node = nodes[index].name();
            let reached = match came {
                Came::Finished(outcome) => {
                    let exit = self.tell(node, &outcome, &context.ui);
                    let end = End {
                        node: node.to_owned(),
                        exit,
                        changed: is_change(&outcome),
                    };
                    let stored = end.changed && self.dry_run == DryRun::None;
                    ends.push(end);
                    if stored {
                        Reached::Changed
                    } else {
                        Reached::AsBefore
                    }
                }
                Came::NotBegun => Reached::NotBegun,
                Came::Unanswered => Reached::Unanswered,
            };
            halfway.add(node, reached);
        })
        .await;
        // A wish that came with the last answer changes nothing.
        if ends.len() < nodes.len() {
            return Ok(halfway.tell(context, Some(self.opposite())));
        }
        Ok(self.end(&ends, &context.ui))
    }

    fn opposite(&self) -> &'static str {
        match self.to {
            Scheduling::Disabled => "uncordon",
            Scheduling::Enabled => "cordon",
        }
    }

    fn request(&self) -> SchedulingRequest {
        SchedulingRequest {
            to: self.to,
            author: self.author.clone(),
            foreign: self.foreign,
            reach: match self.dry_run {
                DryRun::None => Reach::Server(WriteMode::Commit),
                DryRun::Server => Reach::Server(WriteMode::DryRun),
                DryRun::Client => Reach::Nowhere,
            },
        }
    }

    /// Prints what became of a node: kubectl's line, and on standard error whose cordon it met.
    fn tell(&self, node: &str, outcome: &SchedulingOutcome, ui: &Ui) -> Exit {
        let line = |word: &str| ui.out(&format!("node/{node} {word}{}", self.dry_run.suffix()));
        match outcome {
            SchedulingOutcome::Changed { mark } => {
                line(&format!("{}ed", self.verb));
                let foreign =
                    |mark: &&_| self.foreign == ForeignMark::TakeOver && !self.author.owns(mark);
                if let Some(mark) = mark.as_ref().filter(foreign) {
                    ui.err(&format!("node {node} had been cordoned {mark}"));
                }
                Exit::Done
            }
            SchedulingOutcome::Already { mark, words } => {
                line(&format!("already {}ed", self.verb));
                if let Some(mark) = mark {
                    ui.err(&format!("node {node} is cordoned {mark}"));
                }
                if *words == Words::NotRecorded {
                    ui.err(&format!(
                        "node {node}: --reason and --ticket were not recorded, because the cordon is not yours"
                    ));
                }
                Exit::Done
            }
            refused => self.tell_failure(node, refused, ui),
        }
    }

    fn tell_failure(&self, node: &str, outcome: &SchedulingOutcome, ui: &Ui) -> Exit {
        let Some(problem) = outcome.problem(self.to) else {
            return Exit::Done;
        };
        ui.err(&format!(
            "error: unable to {} node \"{node}\": {problem}",
            self.verb
        ));
        match outcome {
            SchedulingOutcome::Foreign { .. } | SchedulingOutcome::Replaced => Exit::Foreign,
            SchedulingOutcome::Failed(failure) if failure.kind == FailureKind::Forbidden => {
                Exit::NotPermitted
            }
            _ => Exit::Error,
        }
    }

    /// Says after a cordon that some nodes refused how to undo the others.
    fn end(&self, ends: &[End], ui: &Ui) -> Exit {
        let exit = Exit::merge(ends.iter().map(|end| end.exit));
        let changed: Vec<&str> = ends
            .iter()
            .filter(|end| end.changed)
            .map(|end| end.node.as_str())
            .collect();
        let cordoned = self.to == Scheduling::Disabled && self.dry_run == DryRun::None;
        if exit != Exit::Done && cordoned && !changed.is_empty() {
            ui.err(&format!(
                "put back: kubectl nodemaint uncordon {}",
                changed.join(" ")
            ));
        }
        exit
    }
}

/// How a node ended.
struct End {
    node: String,
    exit: Exit,
    changed: bool,
}

fn is_change(outcome: &SchedulingOutcome) -> bool {
    matches!(outcome, SchedulingOutcome::Changed { .. })
}

/// Refuses before the first write when one of the cordons is somebody else's.
fn refuse_foreign(nodes: &[Node], request: &SchedulingRequest, ui: &Ui) -> Option<Exit> {
    let foreign: Vec<_> = nodes
        .iter()
        .filter_map(|node| Some((node.name(), scheduling::foreign_mark(node, request)?)))
        .collect();
    if foreign.is_empty() {
        return None;
    }
    for (node, mark) in &foreign {
        ui.err(&format!(
            "error: unable to uncordon node \"{node}\": it is cordoned {mark}"
        ));
    }
    ui.err("nothing was changed; --take-over ends somebody else's cordon all the same");
    Some(Exit::Foreign)
}
