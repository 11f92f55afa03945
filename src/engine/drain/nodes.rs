//! Several nodes: all are cordoned first, then emptied in the order given, one batch after another.
//!
//! Nodes of a batch are emptied at the same time. Each asks the budgets for itself: two of them may ask one at the same moment,
//! and the server then makes one wait for half a second.
//!
//! A node whose cordon did not take is not touched further, and a node that fails does not stop the others.

use std::sync::{Mutex, PoisonError};

use futures::future::join_all;

use crate::domain::mark::Mark;
use crate::domain::node::{Node, NodeRef, Scheduling};
use crate::engine::change::scheduling::{
    self, Author, ForeignMark, Reach, SchedulingOutcome, SchedulingRequest,
};
use crate::engine::clock::Clock;
use crate::engine::cluster::{Cluster, FailureKind, WriteMode};
use crate::engine::event::{Event, EventKind, Listener, NodeEnd};
use crate::engine::stop::Stop;

use super::run::{DrainOptions, Known, NodeReport, Owners, Survey, drain_node};

/// How a run over several nodes ended.
#[derive(Debug, Clone, PartialEq)]
pub struct RunReport {
    /// One report a node, in the order given.
    pub nodes: Vec<NodeReport>,
    /// Nodes that this run cordoned, so that an undo leaves alone those that were cordoned before.
    pub cordoned: Vec<String>,
}

/// Cordons all nodes and then empties them, as many at once as the options say.
pub async fn drain_nodes<C: Cluster, K: Clock>(
    cluster: &C,
    clock: &K,
    options: &DrainOptions,
    owners: &Owners,
    nodes: &[Node],
    stop: &mut Stop,
    listener: &mut dyn Listener,
) -> RunReport {
    let mut survey = first_survey(cluster, options, nodes).await;
    let mut cordons = Vec::new();
    for node in nodes {
        let cordon = if stop.was_asked() {
            Cordon::NotStarted
        } else {
            cordon(cluster, clock, node, &options.author, listener).await
        };
        cordons.push(cordon);
    }
    let turns: Vec<(&Node, &Cordon)> = nodes.iter().zip(&cordons).collect();
    let listener = Mutex::new(listener);
    let mut reports = Vec::new();
    for batch in turns.chunks(options.max_parallel.max(1)) {
        let turns = batch.iter().map(|(node, cordon)| {
            let known = Known {
                owners: owners.clone(),
                survey: survey.take(),
            };
            let (mut stop, mut listener) = (stop.clone(), Shared(&listener));
            async move {
                let told = (&mut stop, &mut listener as &mut dyn Listener);
                turn(cluster, clock, options, (node, cordon), known, told).await
            }
        });
        reports.extend(join_all(turns).await);
    }
    let ours = nodes.iter().zip(&cordons);
    RunReport {
        cordoned: ours
            .filter(|(_, cordon)| **cordon == Cordon::Ours)
            .map(|(node, _)| node.name().to_owned())
            .collect(),
        nodes: reports,
    }
}

/// Empties a node whose turn it is, unless its cordon did not take.
async fn turn<C: Cluster, K: Clock>(
    cluster: &C,
    clock: &K,
    options: &DrainOptions,
    (node, cordon): (&Node, &Cordon),
    known: Known,
    (stop, listener): (&mut Stop, &mut dyn Listener),
) -> NodeReport {
    match cordon {
        Cordon::NotTaken(error) => untouched(&node.id, NodeEnd::NotCordoned, vec![error.clone()]),
        Cordon::Forbidden(error) => untouched(&node.id, NodeEnd::NotPermitted, vec![error.clone()]),
        _ if stop.was_asked() => untouched(&node.id, NodeEnd::NotStarted, Vec::new()),
        Cordon::NotStarted => untouched(&node.id, NodeEnd::NotStarted, Vec::new()),
        Cordon::Ours | Cordon::Before => {
            drain_node(cluster, clock, options, &node.id, known, stop, listener).await
        }
    }
}

/// A listener that several nodes tell.
struct Shared<'m, 'l>(&'m Mutex<&'l mut dyn Listener>);

impl Listener for Shared<'_, '_> {
    fn on(&mut self, event: &Event) {
        // A listener that panicked has told what it could.
        let mut listener = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        listener.on(event);
    }
}

/// Looks at a single node before its cordon. Of several nodes the others would be old news when their turn comes, and a
/// deadline has its own way of waiting for lists.
async fn first_survey<C: Cluster>(
    cluster: &C,
    options: &DrainOptions,
    nodes: &[Node],
) -> Option<Survey> {
    match nodes {
        [node] if options.timeout.is_none() => Survey::take(cluster, options, &node.id).await,
        _ => None,
    }
}

/// How a node came to be cordoned, or not.
#[derive(Debug, Clone, PartialEq)]
enum Cordon {
    /// By this run.
    Ours,
    /// By somebody, before this run.
    Before,
    /// It did not take.
    NotTaken(String),
    /// There is no right to.
    Forbidden(String),
    /// The user asked to stop before it.
    NotStarted,
}

async fn cordon<C: Cluster, K: Clock>(
    cluster: &C,
    clock: &K,
    node: &Node,
    author: &Author,
    listener: &mut dyn Listener,
) -> Cordon {
    let request = SchedulingRequest {
        to: Scheduling::Disabled,
        author: author.clone(),
        foreign: ForeignMark::Respect,
        reach: Reach::Server(WriteMode::Commit),
    };
    let outcome = scheduling::set(cluster, clock, node, &request).await;
    let (kind, cordon) = match outcome {
        SchedulingOutcome::Changed { .. } => (EventKind::Cordoned, Cordon::Ours),
        SchedulingOutcome::Already { mark, .. } => (already(mark.as_ref()), Cordon::Before),
        SchedulingOutcome::Foreign { mark } => (already(Some(&mark)), Cordon::Before),
        refused => not_cordoned(&refused),
    };
    listener.on(&Event {
        time: clock.now(),
        node: Some(node.name().to_owned()),
        kind,
    });
    cordon
}

fn already(mark: Option<&Mark>) -> EventKind {
    EventKind::AlreadyCordoned {
        mark: mark.map(|mark| format!("cordoned {mark}")),
    }
}

fn not_cordoned(outcome: &SchedulingOutcome) -> (EventKind, Cordon) {
    let (message, forbidden) = why(outcome);
    let kind = EventKind::CordonFailed {
        message: message.clone(),
    };
    if forbidden {
        (kind, Cordon::Forbidden(message))
    } else {
        (kind, Cordon::NotTaken(message))
    }
}

/// Says why a node is not cordoned, and whether a right is missing.
fn why(outcome: &SchedulingOutcome) -> (String, bool) {
    let forbidden = matches!(
        outcome,
        SchedulingOutcome::Failed(failure) if failure.kind == FailureKind::Forbidden
    );
    let problem = outcome.problem(Scheduling::Disabled);
    (problem.unwrap_or_default(), forbidden)
}

fn untouched(node: &NodeRef, end: NodeEnd, errors: Vec<String>) -> NodeReport {
    NodeReport {
        node: node.clone(),
        end,
        evicted: 0,
        remaining: Vec::new(),
        errors,
    }
}
