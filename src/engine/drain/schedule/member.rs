//! One pod on its way out: where it stands and what it waits for.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::budget::BudgetRef;
use crate::domain::diagnose::{Cause, Facts, diagnose};
use crate::domain::pod::Pod;
use crate::engine::event::WaitingFor;

/// Where a pod stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// Waits for its turn.
    Queued,
    /// A request is on its way.
    InFlight,
    /// Terminates; nothing more is sent.
    Terminating,
    /// A budget said no, or its status says that it would.
    Blocked { message: String },
    /// Is tried again at this moment.
    Retrying { at: Duration, message: String },
    /// Left the node.
    Gone,
    /// Stays on the node, and is not waited for.
    NotAwaited,
    /// Given up.
    Failed { message: String },
}

impl State {
    pub(super) fn is_settled(&self) -> bool {
        matches!(self, State::Gone | State::NotAwaited | State::Failed { .. })
    }
}

/// One pod of the drain.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) pod: Pod,
    pub(super) budgets: Vec<BudgetRef>,
    /// The budgets under which its request was sent: they are released by the answer, whatever the pod looks like then.
    pub(super) charged: Vec<BudgetRef>,
    pub(super) state: State,
    /// Whether a request was accepted, so that its going is ours to report.
    pub(super) asked: Asked,
    pub(super) failures: u32,
}

/// Tells whether the server accepted a request for a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Accepted,
    NotYet,
}

impl Member {
    fn termination(&self, wall: Timestamp) -> WaitingFor {
        let deletion = self.pod.deletion.as_ref();
        let left = deletion.map(|d| d.timestamp.duration_since(wall).as_secs());
        let mut stuck = match left {
            Some(..0) => diagnose(&Facts::new(&self.pod, wall)),
            _ => Vec::new(),
        };
        // That it has just run out says nothing more.
        stuck.retain(|finding| finding.cause != Cause::GraceRunning);
        WaitingFor::Termination {
            grace_left_seconds: left,
            stuck,
        }
    }

    /// Returns what the pod waits for; `None` where it need not leave any more.
    pub(super) fn waiting_for(&self, wall: Timestamp) -> Option<WaitingFor> {
        match &self.state {
            State::Gone | State::NotAwaited => None,
            State::Queued | State::InFlight => Some(WaitingFor::Turn),
            State::Blocked { message } => Some(WaitingFor::Budget {
                budget: self.budgets.first().cloned(),
                message: message.clone(),
            }),
            State::Terminating => Some(self.termination(wall)),
            State::Retrying { message, .. } | State::Failed { message } => {
                Some(WaitingFor::Retry {
                    message: message.clone(),
                })
            }
        }
    }
}
