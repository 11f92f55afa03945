//! How the drain of a node ended, in data and in kubectl's words.

use crate::domain::drain::policy::Removal;
use crate::domain::pod::PodRef;
use crate::engine::clock::Clock;
use crate::engine::cluster::Cluster;
use crate::engine::event::{EventKind, NodeEnd, WaitingFor};

use super::{Drain, Ending, NodeReport};

impl<C: Cluster, K: Clock> Drain<'_, C, K> {
    /// Tells how it ended and sums it up.
    pub(super) fn report(&mut self, ending: Ending) -> NodeReport {
        let waiting = self.schedule.remaining(self.clock.now());
        let failed = self.schedule.failed();
        if matches!(ending, Ending::Deadline) {
            self.tell_stuck(&waiting);
        }
        let mut errors: Vec<String> = failed
            .iter()
            .map(|(pod, message)| self.removal_error(pod, message))
            .collect();
        let end = match ending {
            Ending::Empty if errors.is_empty() => NodeEnd::Drained,
            Ending::Empty => NodeEnd::Failed,
            Ending::Given(more) => {
                errors.extend(more);
                NodeEnd::Failed
            }
            Ending::Refused(more) => {
                errors.extend(more);
                NodeEnd::Refused
            }
            Ending::Deadline => {
                errors.extend(self.deadline_errors(&waiting, &failed));
                NodeEnd::DeadlineReached
            }
            Ending::Stopped => NodeEnd::Interrupted,
        };
        let remaining: Vec<PodRef> = waiting.into_iter().map(|(pod, _)| pod).collect();
        self.tell(match end {
            NodeEnd::Drained => EventKind::NodeDrained,
            NodeEnd::Interrupted => EventKind::Interrupted {
                remaining: remaining.clone(),
            },
            _ => EventKind::NodeFailed {
                errors: errors.clone(),
                remaining: remaining.clone(),
            },
        });
        NodeReport {
            node: self.node.clone(),
            end,
            evicted: self.schedule.evicted(),
            remaining,
            errors,
        }
    }

    /// Says once more what holds pods whose grace is over: kubectl's words for the deadline do not.
    fn tell_stuck(&mut self, waiting: &[(PodRef, WaitingFor)]) {
        let is_stuck = |waiting: &WaitingFor| match waiting {
            WaitingFor::Termination { stuck, .. } => !stuck.is_empty(),
            WaitingFor::Turn | WaitingFor::Budget { .. } | WaitingFor::Retry { .. } => false,
        };
        let stuck = waiting.iter().filter(|(_, waiting)| is_stuck(waiting));
        let pods: Vec<_> = stuck.cloned().collect();
        if !pods.is_empty() {
            self.tell(EventKind::Waiting { pods });
        }
    }

    /// Says what each pod was waiting for when time was up, in kubectl's words.
    fn deadline_errors(
        &self,
        waiting: &[(PodRef, WaitingFor)],
        failed: &[(PodRef, String)],
    ) -> Vec<String> {
        let limit = format!("global timeout reached: {}", self.options.timeout_text);
        waiting
            .iter()
            .filter(|(pod, _)| !failed.iter().any(|(known, _)| known == pod))
            .map(|(pod, waiting_for)| match waiting_for {
                WaitingFor::Termination { .. } => format!(
                    "error when waiting for pod \"{}\" in namespace \"{}\" to terminate: context deadline exceeded",
                    pod.name, pod.namespace
                ),
                _ => self.removal_error(pod, &limit),
            })
            .collect()
    }

    fn removal_error(&self, pod: &PodRef, message: &str) -> String {
        let doing = match self.options.policy.removal {
            Removal::Evict => "evicting",
            Removal::Delete => "deleting",
        };
        format!(
            "error when {doing} pods/\"{}\" -n \"{}\": {message}",
            pod.name, pod.namespace
        )
    }
}
