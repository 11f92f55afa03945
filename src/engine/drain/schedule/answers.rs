//! What the server's answer to a removal means for the pod.

use std::time::Duration;

use crate::engine::cluster::{BudgetBlock, RemoveOutcome};
use crate::engine::drain::budgets::{Answer, RETRY_WITHOUT_CHANGE};
use crate::engine::event::EventKind;

use super::member::{Asked, State};
use super::{Schedule, not_computable};

/// Pause after an overload without Retry-After.
const OVERLOAD_PAUSE: Duration = Duration::from_secs(1);
/// First pause after a failure that may pass; doubles up to [`BACKOFF_MOST`].
const BACKOFF_FIRST: Duration = Duration::from_secs(1);
/// Longest pause between two tries after failures or denials.
const BACKOFF_MOST: Duration = Duration::from_secs(30);
/// Failures that may pass, in a row, after which a pod is given up: about half a minute.
const FAILURES_MOST: u32 = 6;
/// Denials by a webhook or policy, in a row, after which a pod is given up: about two minutes.
///
/// Some webhooks deny an eviction and move the pod themselves, so the first denial is not the end.
const DENIALS_MOST: u32 = 8;

impl Schedule {
    /// Takes the answer to a request.
    pub(in crate::engine::drain) fn answered(
        &mut self,
        index: usize,
        outcome: RemoveOutcome,
        now: Duration,
    ) -> Vec<EventKind> {
        self.in_flight -= 1;
        let charged = std::mem::take(&mut self.members[index].charged);
        self.budgets.answered(&charged, about_budget(&outcome), now);
        if self.members[index].state != State::InFlight {
            // The watch was faster: the pod is gone, or terminates and is reported when it is gone.
            return self.late_answer(index, outcome);
        }
        match outcome {
            RemoveOutcome::Accepted => self.accepted(index),
            // The answer was lost or late, the watch shows what became of the pod.
            _ if self.members[index].pod.is_terminating() => self.accepted(index),
            RemoveOutcome::Gone => self.settle(index, State::Gone).into_iter().collect(),
            RemoveOutcome::Replaced => self.replaced(index),
            RemoveOutcome::BlockedByBudget { .. } => self.blocked(index, outcome, now),
            RemoveOutcome::Throttled {
                retry_after,
                message,
            } => self.throttled(index, retry_after, message, now),
            RemoveOutcome::NamespaceEnding { message } => {
                let pod = self.pod(index).clone();
                self.retry(index, now + RETRY_WITHOUT_CHANGE, message.clone());
                vec![EventKind::NamespaceEnding { pod, message }]
            }
            RemoveOutcome::Denied { by, message } => self.denied(index, by, message, now),
            RemoveOutcome::OverlappingBudgets { message }
            | RemoveOutcome::Forbidden { message } => {
                vec![self.fail(index, message)]
            }
            RemoveOutcome::Failed(failure) if failure.is_transient() => {
                self.failed_for_now(index, failure.message, failure.retry_after, now)
            }
            RemoveOutcome::Failed(failure) => vec![self.fail(index, failure.message)],
        }
    }

    fn accepted(&mut self, index: usize) -> Vec<EventKind> {
        let member = &mut self.members[index];
        member.asked = Asked::Accepted;
        member.state = State::Terminating;
        vec![EventKind::Accepted {
            pod: member.pod.id.clone(),
        }]
    }

    fn late_answer(&mut self, index: usize, outcome: RemoveOutcome) -> Vec<EventKind> {
        let member = &mut self.members[index];
        if outcome != RemoveOutcome::Accepted || member.asked == Asked::Accepted {
            return Vec::new();
        }
        member.asked = Asked::Accepted;
        let pod = member.pod.id.clone();
        let mut events = vec![EventKind::Accepted { pod: pod.clone() }];
        if member.state == State::Gone {
            events.push(EventKind::Gone {
                pod,
                removal: self.means.removal,
            });
        }
        events
    }

    fn replaced(&mut self, index: usize) -> Vec<EventKind> {
        self.members[index].state = State::Gone;
        vec![EventKind::Replaced {
            pod: self.pod(index).clone(),
        }]
    }

    fn blocked(&mut self, index: usize, outcome: RemoveOutcome, now: Duration) -> Vec<EventKind> {
        let RemoveOutcome::BlockedByBudget {
            budget,
            block,
            needs,
            has,
            message,
            cause,
            retry_after,
        } = outcome
        else {
            return Vec::new();
        };
        let pod = self.pod(index).clone();
        if block == BudgetBlock::SyncFailed {
            let text = not_computable(&self.members[index], &cause);
            return vec![self.fail(index, text)];
        }
        if self.members[index].budgets.is_empty() {
            // The budget is not known here (no right to read it), so only time can tell.
            let pause = retry_after.unwrap_or(RETRY_WITHOUT_CHANGE);
            self.retry(index, now + pause.max(RETRY_WITHOUT_CHANGE), cause.clone());
        } else {
            self.members[index].state = State::Blocked {
                message: cause.clone(),
            };
        }
        vec![EventKind::Blocked {
            pod,
            budget,
            needs,
            has,
            message,
            cause,
        }]
    }

    fn throttled(
        &mut self,
        index: usize,
        retry_after: Option<Duration>,
        message: String,
        now: Duration,
    ) -> Vec<EventKind> {
        let pause = retry_after.unwrap_or(OVERLOAD_PAUSE).max(OVERLOAD_PAUSE);
        // The whole server is short of breath, not this pod.
        self.paused_until = self.paused_until.max(now + pause);
        self.retry(index, now + pause, message.clone());
        vec![EventKind::Throttled {
            pod: self.pod(index).clone(),
            retry_after: pause,
            message,
        }]
    }

    fn denied(
        &mut self,
        index: usize,
        by: Option<String>,
        message: String,
        now: Duration,
    ) -> Vec<EventKind> {
        let failures = self.count_failure(index);
        if failures >= DENIALS_MOST {
            return vec![self.fail(index, message)];
        }
        self.retry(index, now + backoff(failures), message.clone());
        vec![EventKind::Denied {
            pod: self.pod(index).clone(),
            by,
            message,
        }]
    }

    fn failed_for_now(
        &mut self,
        index: usize,
        message: String,
        retry_after: Option<Duration>,
        now: Duration,
    ) -> Vec<EventKind> {
        let failures = self.count_failure(index);
        if failures >= FAILURES_MOST {
            return vec![self.fail(index, message)];
        }
        let pause = backoff(failures).max(retry_after.unwrap_or_default());
        self.retry(index, now + pause, message.clone());
        vec![EventKind::Retrying {
            pod: self.pod(index).clone(),
            retry_after: pause,
            message,
        }]
    }

    fn count_failure(&mut self, index: usize) -> u32 {
        let member = &mut self.members[index];
        member.failures += 1;
        member.failures
    }

    fn retry(&mut self, index: usize, at: Duration, message: String) {
        self.members[index].state = State::Retrying { at, message };
    }

    pub(super) fn fail(&mut self, index: usize, message: String) -> EventKind {
        self.members[index].state = State::Failed {
            message: message.clone(),
        };
        EventKind::Failed {
            pod: self.pod(index).clone(),
            message,
        }
    }
}

/// Returns the pause after this many failures in a row.
fn backoff(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(5);
    (BACKOFF_FIRST * 2_u32.pow(doublings)).min(BACKOFF_MOST)
}

fn about_budget(outcome: &RemoveOutcome) -> Answer {
    match outcome {
        RemoveOutcome::Accepted => Answer::Accepted,
        RemoveOutcome::BlockedByBudget { .. } => Answer::Refused,
        _ => Answer::Other,
    }
}
