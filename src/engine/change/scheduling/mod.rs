//! Cordon and uncordon one node, and read back whether it took.
//!
//! A patch can be accepted and the node be schedulable a moment later: a webhook, a controller or another person put
//! it back. Whoever then evicts gets the pods back on the same node, so success is what a fresh read shows.

use jiff::Timestamp;

use super::attempts::Attempts;
use crate::domain::mark::{self, Mark, Owner};
use crate::domain::node::{Node, Scheduling};
use crate::engine::clock::Clock;
use crate::engine::cluster::{AnnotationEdit, Cluster, Failure, NodeWrite, WriteMode};

/// What to do about a cordon that carries somebody else's mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignMark {
    /// Leave it alone.
    Respect,
    /// End it all the same (`--take-over`).
    TakeOver,
}

/// How far a change goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Nothing is sent (`--dry-run=client`).
    Nowhere,
    /// Sent, stored or not.
    Server(WriteMode),
}

/// Who asks, and why.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Author {
    /// The caller's name; `None` where neither the server nor the kubeconfig tells it.
    pub user: Option<String>,
    /// `--reason`.
    pub reason: Option<String>,
    /// `--ticket`.
    pub ticket: Option<String>,
}

/// The mark's user where the caller is not known; never taken for the caller's own.
pub const UNKNOWN_USER: &str = "unknown";

impl Author {
    /// Returns the mark of a cordon by this author.
    fn mark(&self, at: Timestamp) -> Mark {
        let by = self.user.as_deref().unwrap_or(UNKNOWN_USER);
        Mark::new(by, at, self.reason.as_deref(), self.ticket.as_deref())
    }

    /// Tells whose mark it is; an unknown caller owns none.
    pub fn owner_of(&self, mark: &Mark) -> Owner {
        self.user
            .as_deref()
            .map_or(Owner::SomebodyElse, |user| mark.owner(user))
    }

    /// Tells whether the mark is this author's own.
    pub fn owns(&self, mark: &Mark) -> bool {
        self.owner_of(mark) == Owner::Caller
    }

    /// Returns the mark with this author's words, where those are given and differ.
    fn reworded(&self, mark: &Mark) -> Option<Mark> {
        let mut new = mark.clone();
        new.reason = self.reason.clone().or(new.reason);
        new.ticket = self.ticket.clone().or(new.ticket);
        (new != *mark).then_some(new)
    }
}

/// A cordon or an uncordon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchedulingRequest {
    /// Where to.
    pub to: Scheduling,
    /// Who and why.
    pub author: Author,
    /// About marks of others, when uncordoning.
    pub foreign: ForeignMark,
    /// How far.
    pub reach: Reach,
}

/// What became of a cordon or an uncordon.
#[derive(Debug, Clone, PartialEq)]
pub enum SchedulingOutcome {
    /// It took; the mark that the node carried before.
    Changed {
        /// Whose cordon was ended, where it said.
        mark: Option<Mark>,
    },
    /// It was so before.
    Already {
        /// Who made it so, where the node says.
        mark: Option<Mark>,
        /// What became of this author's words.
        words: Words,
    },
    /// The cordon is somebody else's and was left alone.
    Foreign {
        /// Theirs.
        mark: Mark,
    },
    /// The server accepted the change, but a fresh read shows the old state.
    DidNotTake,
    /// The change was accepted; whether it took could not be read.
    Unverified(Failure),
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

impl SchedulingOutcome {
    /// Says why a node is not in the state `to`; `None` where it is.
    pub fn problem(&self, to: Scheduling) -> Option<String> {
        Some(match self {
            SchedulingOutcome::Changed { .. } | SchedulingOutcome::Already { .. } => return None,
            SchedulingOutcome::Foreign { mark } => format!("it is cordoned {mark}"),
            SchedulingOutcome::DidNotTake => {
                let state = match to {
                    Scheduling::Disabled => "schedulable",
                    Scheduling::Enabled => "cordoned",
                };
                format!("the server accepted the change, but the node is still {state}")
            }
            SchedulingOutcome::Unverified(failure) => {
                format!("the change was accepted, but whether it took could not be read: {failure}")
            }
            SchedulingOutcome::Gone => "the node is gone".to_owned(),
            SchedulingOutcome::Replaced => {
                "another machine has the node's name now; it was not touched".to_owned()
            }
            SchedulingOutcome::Contended { tries } => {
                format!("others changed the node at the same moment, {tries} times in a row")
            }
            SchedulingOutcome::Failed(failure) => failure.message.clone(),
        })
    }
}

/// What became of a reason or ticket given for a node that was cordoned before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// None were given, or they are there already.
    NothingToSay,
    /// Written into the caller's own mark.
    Recorded,
    /// Not written: the cordon is not the caller's.
    NotRecorded,
}

/// Cordons or uncordons a node that was read as `node`.
pub async fn set<C: Cluster, K: Clock>(
    cluster: &C,
    clock: &K,
    node: &Node,
    request: &SchedulingRequest,
) -> SchedulingOutcome {
    let mut attempts = Attempts::default();
    let mut node = node.clone();
    loop {
        let step = decide(&node, request, clock.now());
        let (edits, done) = match step {
            Decision::Settled(outcome) => return outcome,
            Decision::Write { edits, done } => (edits, done),
        };
        let Reach::Server(mode) = request.reach else {
            return done;
        };
        let written = cluster
            .set_scheduling(&node.id, request.to, &edits, mode)
            .await;
        match written {
            NodeWrite::Done(answer) if answer.node.scheduling != request.to => {
                return SchedulingOutcome::DidNotTake;
            }
            NodeWrite::Done(_) if mode == WriteMode::DryRun => return done,
            NodeWrite::Done(_) => return verify(cluster, &node, request.to, done).await,
            NodeWrite::Gone => return SchedulingOutcome::Gone,
            NodeWrite::Failed(failure) => {
                if attempts.after_failure(&failure, clock).await.is_none() {
                    return SchedulingOutcome::Failed(failure);
                }
            }
            NodeWrite::Stale { .. } => {
                if attempts.after_race(clock).await.is_none() {
                    let tries = attempts.made();
                    return SchedulingOutcome::Contended { tries };
                }
            }
        }
        node = match reread(cluster, &node).await {
            Ok(fresh) => fresh,
            Err(outcome) => return outcome,
        };
    }
}

enum Decision {
    /// Nothing is to be written.
    Settled(SchedulingOutcome),
    /// These annotations are written with the state; the outcome if that works.
    Write {
        edits: Vec<AnnotationEdit>,
        done: SchedulingOutcome,
    },
}

/// Decides what a node needs, from what was read of it.
fn decide(node: &Node, request: &SchedulingRequest, now: Timestamp) -> Decision {
    let mark = Mark::read(&node.annotations);
    match (request.to, node.scheduling) {
        (Scheduling::Disabled, Scheduling::Enabled) => Decision::Write {
            // A mark on a schedulable node is left over from a cordon that another tool ended.
            edits: edits(&request.author.mark(now)),
            done: SchedulingOutcome::Changed { mark: None },
        },
        (Scheduling::Disabled, Scheduling::Disabled) => recordon(mark, &request.author),
        (Scheduling::Enabled, Scheduling::Disabled) => uncordon(node, mark, request),
        (Scheduling::Enabled, Scheduling::Enabled) => {
            let own = |m: &Mark| request.author.owner_of(m) == Owner::Caller;
            let leftover = mark.as_ref().is_some_and(own);
            let done = SchedulingOutcome::Already {
                mark: None,
                words: Words::NothingToSay,
            };
            if leftover {
                let edits = removals(node);
                Decision::Write { edits, done }
            } else {
                Decision::Settled(done)
            }
        }
    }
}

/// A node that is cordoned already keeps its mark; only its own author adds words to it.
fn recordon(mark: Option<Mark>, author: &Author) -> Decision {
    let said_something = author.reason.is_some() || author.ticket.is_some();
    let own = mark
        .as_ref()
        .filter(|m| author.owner_of(m) == Owner::Caller);
    if let Some(new) = own.and_then(|m| author.reworded(m)) {
        return Decision::Write {
            edits: edits(&new),
            done: SchedulingOutcome::Already {
                mark: Some(new),
                words: Words::Recorded,
            },
        };
    }
    let words = match (said_something, own) {
        (true, None) => Words::NotRecorded,
        _ => Words::NothingToSay,
    };
    Decision::Settled(SchedulingOutcome::Already { mark, words })
}

fn uncordon(node: &Node, mark: Option<Mark>, request: &SchedulingRequest) -> Decision {
    let foreign = mark.as_ref().filter(|m| {
        request.foreign == ForeignMark::Respect && request.author.owner_of(m) == Owner::SomebodyElse
    });
    if let Some(mark) = foreign {
        return Decision::Settled(SchedulingOutcome::Foreign { mark: mark.clone() });
    }
    Decision::Write {
        edits: removals(node),
        done: SchedulingOutcome::Changed { mark },
    }
}

/// Tells, without sending anything, whether an uncordon would end somebody else's cordon.
pub fn foreign_mark(node: &Node, request: &SchedulingRequest) -> Option<Mark> {
    let settled = match (request.to, node.scheduling) {
        (Scheduling::Enabled, Scheduling::Disabled) => {
            uncordon(node, Mark::read(&node.annotations), request)
        }
        _ => return None,
    };
    match settled {
        Decision::Settled(SchedulingOutcome::Foreign { mark }) => Some(mark),
        _ => None,
    }
}

fn edits(mark: &Mark) -> Vec<AnnotationEdit> {
    let edit = |(key, value): (&str, Option<String>)| match value {
        Some(value) => AnnotationEdit::Set(key.to_owned(), value),
        None => AnnotationEdit::Remove(key.to_owned()),
    };
    mark.annotations().into_iter().map(edit).collect()
}

/// Removes what is there of a mark; absent keys are not named, so that a plain uncordon stays plain.
fn removals(node: &Node) -> Vec<AnnotationEdit> {
    mark::KEYS
        .into_iter()
        .filter(|key| node.annotations.contains_key(*key))
        .map(|key| AnnotationEdit::Remove(key.to_owned()))
        .collect()
}

async fn verify<C: Cluster>(
    cluster: &C,
    node: &Node,
    wanted: Scheduling,
    done: SchedulingOutcome,
) -> SchedulingOutcome {
    match cluster.node(node.name()).await {
        Ok(Some(fresh)) if fresh.id.uid != node.id.uid => SchedulingOutcome::Replaced,
        Ok(Some(fresh)) if fresh.scheduling == wanted => done,
        Ok(Some(_)) => SchedulingOutcome::DidNotTake,
        Ok(None) => SchedulingOutcome::Gone,
        Err(failure) => SchedulingOutcome::Unverified(failure),
    }
}

async fn reread<C: Cluster>(cluster: &C, node: &Node) -> Result<Node, SchedulingOutcome> {
    match cluster.node(node.name()).await {
        Ok(Some(fresh)) if fresh.id.uid == node.id.uid => Ok(fresh),
        Ok(Some(_)) => Err(SchedulingOutcome::Replaced),
        Ok(None) => Err(SchedulingOutcome::Gone),
        Err(failure) => Err(SchedulingOutcome::Failed(failure)),
    }
}

#[cfg(test)]
mod tests;
