//! Changes of one node's taints: computed from a version of the node, written under that version.
//!
//! `kubectl taint` sends the whole list without a version, so two of them at once keep one's taints. Here the server
//! refuses the second (409), and it reads, computes and writes again.

use serde_json::Value;

use super::attempts::Attempts;
use super::patch::{PatchError, TaintPatch, set_taints};
use crate::domain::node::Node;
use crate::domain::taint::Taint;
use crate::domain::taint::set::{self, Diff, DiffLine, Refusal, Rules, Word};
use crate::domain::taint::spec::{Changes, Removal};
use crate::engine::clock::Clock;
use crate::engine::cluster::{Cluster, Failure, NodeDocument, NodeWrite, TaintWrite, WriteMode};

/// What to do to a list.
#[derive(Debug, Clone, PartialEq)]
pub enum TaintChange {
    /// Add and remove single taints.
    Edit {
        /// Which.
        changes: Changes,
        /// How strictly.
        rules: Rules,
    },
    /// Put this list in its place.
    Replace {
        /// The new list.
        taints: Vec<Taint>,
        /// Built-in taints that may go.
        named: Vec<Removal>,
    },
    /// Patch it.
    Patch {
        /// How.
        patch: TaintPatch,
        /// Built-in taints that may go.
        named: Vec<Removal>,
    },
}

/// Why a node's list cannot be changed as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// A taint is in the way or missing.
    Taints(Refusal),
    /// The patch does not apply.
    Patch(PatchError),
}

impl Refused {
    /// Returns the words about this node, kubectl's where it has any, one message a fault.
    pub fn messages(&self, node: &str) -> Vec<String> {
        match self {
            Refused::Taints(refusal) => refusal.messages(node),
            Refused::Patch(error) => vec![format!("node {node}: {error}")],
        }
    }
}

/// A list as it will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Computed {
    /// The whole new list.
    pub taints: Vec<Taint>,
    /// What happens.
    pub word: Word,
    /// Built-in taints that a replacement keeps unasked.
    pub kept: Vec<Taint>,
}

impl TaintChange {
    /// Computes the new list.
    ///
    /// # Errors
    ///
    /// Why nothing is changed.
    pub fn compute(&self, old: &[Taint]) -> Result<Computed, Refused> {
        let (new, named) = match self {
            TaintChange::Edit { changes, rules } => return edit(old, changes, *rules),
            TaintChange::Replace { taints, named } => (taints.clone(), named),
            TaintChange::Patch { patch, named } => {
                (patch.apply(old).map_err(Refused::Patch)?, named)
            }
        };
        let replaced = set::replace(old, &new, named);
        let word = match Diff::between(old, &replaced.taints).is_empty() {
            true => Word::PatchedNoChange,
            false => Word::Patched,
        };
        Ok(Computed {
            taints: replaced.taints,
            word,
            kept: replaced.kept,
        })
    }
}

impl TaintChange {
    /// Returns the removals that find nothing in a list, by name.
    pub fn absent_from(&self, old: &[Taint]) -> Vec<String> {
        let TaintChange::Edit { changes, .. } = self else {
            return Vec::new();
        };
        let finds = |removal: &&Removal| old.iter().any(|t| removal.matches(&t.key, t.effect));
        changes
            .remove
            .iter()
            .filter(|removal| !finds(removal))
            .map(Removal::name)
            .collect()
    }
}

fn edit(old: &[Taint], changes: &Changes, rules: Rules) -> Result<Computed, Refused> {
    let applied = set::apply(old, changes, rules).map_err(Refused::Taints)?;
    Ok(Computed {
        taints: applied.taints,
        word: applied.word,
        kept: Vec::new(),
    })
}

/// How far a change of taints goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// Nothing is sent (`--dry-run=client`).
    Nowhere,
    /// Sent with these parameters.
    Server(TaintWrite),
}

/// Whether the whole node is wanted afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// The taints will do.
    Taints,
    /// The whole object (`-o json` and the like).
    Document,
}

/// What became of a change of taints.
#[derive(Debug, Clone, PartialEq)]
pub enum TaintOutcome {
    /// Done, or nothing to do.
    Done(Box<TaintDone>),
    /// Not possible with the list that is there by now.
    Refused(Refused),
    /// The server accepted the change, but its answer lacks these (or still has them).
    NotStored(Vec<Taint>),
    /// The node is gone.
    Gone,
    /// Another machine has the name now; it was not touched.
    Replaced,
    /// Others changed the node again and again.
    Contended {
        /// Tries that were made.
        tries: u32,
    },
    /// The request failed.
    Failed(Failure),
}

/// A change that is made.
#[derive(Debug, Clone, PartialEq)]
pub struct TaintDone {
    /// What happened.
    pub word: Word,
    /// The list before.
    pub before: Vec<Taint>,
    /// The list after.
    pub after: Vec<Taint>,
    /// The whole node, where asked for.
    pub document: Option<Value>,
    /// Writes that lost a race before.
    pub lost_races: u32,
}

/// Changes the taints of a node that was read as `node`.
pub async fn change<C: Cluster, K: Clock>(
    cluster: &C,
    clock: &K,
    node: &Node,
    change: &TaintChange,
    delivery: &Delivery,
    report: Report,
) -> TaintOutcome {
    let mut attempts = Attempts::default();
    let mut node = node.clone();
    loop {
        let computed = match change.compute(&node.taints) {
            Ok(computed) => computed,
            Err(refused) => return TaintOutcome::Refused(refused),
        };
        let write = match delivery {
            Delivery::Server(write) if computed.taints != node.taints => write,
            _ => return settle(cluster, &node, computed, change, report).await,
        };
        let written = cluster
            .replace_taints(&node, &computed.taints, &[], write)
            .await;
        match written {
            NodeWrite::Done(answer) => {
                return finish(&node, &computed, *answer, attempts.made(), report);
            }
            NodeWrite::Gone => return TaintOutcome::Gone,
            NodeWrite::Failed(failure) => {
                if attempts.after_failure(&failure, clock).await.is_none() {
                    return TaintOutcome::Failed(failure);
                }
            }
            NodeWrite::Stale { .. } => {
                if attempts.after_race(clock).await.is_none() {
                    let tries = attempts.made();
                    return TaintOutcome::Contended { tries };
                }
            }
        }
        node = match reread(cluster, &node).await {
            Ok(fresh) => fresh.node,
            Err(outcome) => return outcome,
        };
    }
}

/// Ends a change that needs no write: nothing is different, or it is a client's dry run.
async fn settle<C: Cluster>(
    cluster: &C,
    node: &Node,
    computed: Computed,
    change: &TaintChange,
    report: Report,
) -> TaintOutcome {
    let done = |before: &[Taint], computed: Computed, document| {
        TaintOutcome::Done(Box::new(TaintDone {
            word: computed.word,
            before: before.to_vec(),
            after: computed.taints,
            document,
            lost_races: 0,
        }))
    };
    if report == Report::Taints {
        return done(&node.taints, computed, None);
    }
    let mut fresh = match reread(cluster, node).await {
        Ok(fresh) => fresh,
        Err(outcome) => return outcome,
    };
    match change.compute(&fresh.node.taints) {
        Err(refused) => TaintOutcome::Refused(refused),
        Ok(computed) => {
            set_taints(&mut fresh.document, &computed.taints);
            done(&fresh.node.taints, computed, Some(fresh.document))
        }
    }
}

/// Compares what the server answered with what was sent.
fn finish(
    node: &Node,
    computed: &Computed,
    answer: NodeDocument,
    lost_races: u32,
    report: Report,
) -> TaintOutcome {
    let wrong: Vec<Taint> = Diff::between(&node.taints, &computed.taints)
        .lines
        .into_iter()
        .filter_map(|line| missed(line, &answer.node.taints))
        .collect();
    if !wrong.is_empty() {
        return TaintOutcome::NotStored(wrong);
    }
    TaintOutcome::Done(Box::new(TaintDone {
        word: computed.word,
        before: node.taints.clone(),
        after: answer.node.taints,
        document: (report == Report::Document).then_some(answer.document),
        lost_races,
    }))
}

/// Returns the taint that should have come or gone, and did not.
fn missed(line: DiffLine, stored: &[Taint]) -> Option<Taint> {
    let there = |taint: &Taint| {
        stored
            .iter()
            .any(|s| s.same_place(taint) && s.value == taint.value)
    };
    match line {
        DiffLine::New(taint) | DiffLine::Changed { to: taint, .. } if !there(&taint) => Some(taint),
        DiffLine::Gone(taint) if there(&taint) => Some(taint),
        _ => None,
    }
}

async fn reread<C: Cluster>(cluster: &C, node: &Node) -> Result<NodeDocument, TaintOutcome> {
    match cluster.node_document(node.name()).await {
        Ok(Some(fresh)) if fresh.node.id.uid == node.id.uid => Ok(fresh),
        Ok(Some(_)) => Err(TaintOutcome::Replaced),
        Ok(None) => Err(TaintOutcome::Gone),
        Err(failure) => Err(TaintOutcome::Failed(failure)),
    }
}

impl Delivery {
    /// Tells whether a change that is done is stored.
    pub fn stores(&self) -> bool {
        matches!(self, Delivery::Server(write) if write.mode == WriteMode::Commit)
    }
}

#[cfg(test)]
mod tests;
