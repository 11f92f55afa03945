//! Which pod is asked to go next, and what an answer or a change means for it.
//!
//! Pure: time is a parameter, requests and events are values. One pod is in exactly one [`State`]; only the functions
//! here move it.

mod answers;
mod member;

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::budget::Budget;
use crate::domain::drain::policy::{GracePeriod, Removal};
use crate::domain::pod::{Pod, PodRef};
use crate::engine::cluster::{Change, RemoveRequest};
use crate::engine::event::{EventKind, WaitingFor};

use super::budgets::{Budgets, Coverage, Gate};
use member::{Asked, Member, State};

/// Requests in flight at most: enough to be limited by the server, few enough to be polite.
pub(super) const CONCURRENCY: usize = 32;

/// A decision: send this request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dispatch {
    /// Names the pod in later calls.
    pub(super) member: usize,
    /// What to send.
    pub(super) request: RemoveRequest,
}

/// How pods are removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Means {
    /// By eviction or by DELETE.
    pub(super) removal: Removal,
    /// With how much time.
    pub(super) grace: GracePeriod,
    /// Pods whose deletion timestamp is older than this many seconds are not waited for.
    pub(super) skip_terminating_after: Option<Duration>,
}

/// The pods of one node on their way out.
#[derive(Debug)]
pub(super) struct Schedule {
    means: Means,
    members: Vec<Member>,
    by_uid: HashMap<String, usize>,
    budgets: Budgets,
    in_flight: usize,
    /// No request is sent before this moment: the server asked for a pause.
    paused_until: Duration,
}

impl Schedule {
    /// Starts without pods and budgets.
    pub(super) fn new(means: Means) -> Schedule {
        Schedule {
            means,
            members: Vec::new(),
            by_uid: HashMap::new(),
            budgets: Budgets::default(),
            in_flight: 0,
            paused_until: Duration::ZERO,
        }
    }

    /// Adds a pod that has to leave; one that terminates already is only waited for.
    ///
    /// A pod that is known already is only refreshed.
    pub(super) fn add(&mut self, pod: Pod) {
        if self.by_uid.contains_key(&pod.id.uid) {
            self.refresh(pod);
            return;
        }
        let state = if pod.is_terminating() {
            State::Terminating
        } else {
            State::Queued
        };
        self.by_uid.insert(pod.id.uid.clone(), self.members.len());
        self.members.push(Member {
            budgets: self.budgets.of(&pod),
            charged: Vec::new(),
            pod,
            state,
            asked: Asked::NotYet,
            failures: 0,
        });
    }

    /// Tells whether the drain knows this pod object.
    pub(super) fn knows(&self, pod: &PodRef) -> bool {
        self.by_uid.contains_key(&pod.uid)
    }

    /// Tells whether every pod has left, was given up or is not waited for.
    pub(super) fn is_finished(&self) -> bool {
        self.members.iter().all(|m| m.state.is_settled())
    }

    /// Returns the next request to send, if one may be sent now, with the events to tell before it.
    pub(super) fn next(&mut self, now: Duration) -> (Option<Dispatch>, Vec<EventKind>) {
        let mut events = Vec::new();
        if self.in_flight >= CONCURRENCY || now < self.paused_until {
            return (None, events);
        }
        for index in 0..self.members.len() {
            if !self.is_due(index, now) {
                continue;
            }
            match self.gate(index, now) {
                Gate::Open | Gate::Probe => {
                    events.push(self.send(index, now));
                    return (Some(self.dispatch(index)), events);
                }
                Gate::Closed { .. } => events.extend(self.hold(index)),
                Gate::NotComputable { message } => {
                    events.push(self.fail(index, not_computable(&self.members[index], &message)));
                }
            }
        }
        (None, events)
    }

    /// Returns the earliest moment at which [`Schedule::next`] may answer differently without any news.
    pub(super) fn wake_at(&self, now: Duration) -> Option<Duration> {
        let gates = (0..self.members.len())
            .filter(|&index| self.waits(index))
            .filter_map(|index| match self.members[index].state {
                State::Retrying { at, .. } if at > now => Some(at),
                _ => match self.gate(index, now) {
                    Gate::Closed { until } => Some(until),
                    // Only a full pipe or a pause can hold these back.
                    _ => Some(self.paused_until).filter(|until| *until > now),
                },
            });
        gates.min()
    }

    /// Takes a change of a pod on the node.
    pub(super) fn pod_changed(&mut self, change: Change<Pod>, wall: Timestamp) -> Vec<EventKind> {
        match change {
            Change::Applied(pod) => self.observed(pod, wall).into_iter().collect(),
            Change::Deleted(pod) => self.left(&pod.id.uid).into_iter().collect(),
            Change::Restarted(pods) => self.reconcile(pods, wall),
            Change::Interrupted(_) => Vec::new(),
        }
    }

    /// Takes a full list of the node's pods: who is not in it has left.
    pub(super) fn reconcile(&mut self, pods: Vec<Pod>, wall: Timestamp) -> Vec<EventKind> {
        let missing: Vec<String> = self
            .members
            .iter()
            .filter(|m| !pods.iter().any(|pod| pod.id.uid == m.pod.id.uid))
            .map(|m| m.pod.id.uid.clone())
            .collect();
        let mut events: Vec<EventKind> = missing.iter().filter_map(|uid| self.left(uid)).collect();
        for pod in pods {
            events.extend(self.observed(pod, wall));
        }
        events
    }

    /// Takes a change of a budget.
    pub(super) fn budget_changed(&mut self, change: Change<Budget>) {
        if self.budgets.apply(change) == Coverage::Changed {
            for member in &mut self.members {
                member.budgets = self.budgets.of(&member.pod);
            }
        }
    }

    /// Returns the pods that should have left and have not, and what each waits for.
    pub(super) fn remaining(&self, wall: Timestamp) -> Vec<(PodRef, WaitingFor)> {
        let mut remaining: Vec<(PodRef, WaitingFor)> = self
            .members
            .iter()
            .filter_map(|m| Some((m.pod.id.clone(), m.waiting_for(wall)?)))
            .collect();
        remaining.sort_by(|a, b| a.0.cmp(&b.0));
        remaining
    }

    /// Returns the pods that were given up, with the reason.
    pub(super) fn failed(&self) -> Vec<(PodRef, String)> {
        let failed = self.members.iter().filter_map(|m| match &m.state {
            State::Failed { message } => Some((m.pod.id.clone(), message.clone())),
            _ => None,
        });
        failed.collect()
    }

    /// Returns how many pods left after the server accepted a request for them.
    pub(super) fn evicted(&self) -> usize {
        self.members
            .iter()
            .filter(|m| m.state == State::Gone && m.asked == Asked::Accepted)
            .count()
    }

    /// Tells whether a request is on its way.
    pub(super) fn has_in_flight(&self) -> bool {
        self.in_flight > 0
    }

    fn pod(&self, index: usize) -> &PodRef {
        &self.members[index].pod.id
    }

    fn gate(&self, index: usize, now: Duration) -> Gate {
        if self.means.removal == Removal::Delete {
            // DELETE does not ask the budgets.
            return Gate::Open;
        }
        let member = &self.members[index];
        self.budgets.gate(&member.budgets, &member.pod, now)
    }

    /// Tells whether a pod still has to be asked for.
    fn waits(&self, index: usize) -> bool {
        matches!(
            self.members[index].state,
            State::Queued | State::Blocked { .. } | State::Retrying { .. }
        )
    }

    fn is_due(&self, index: usize, now: Duration) -> bool {
        match self.members[index].state {
            State::Retrying { at, .. } => now >= at,
            _ => self.waits(index),
        }
    }

    /// Notes that a budget holds a pod back, without asking the server; told once.
    fn hold(&mut self, index: usize) -> Option<EventKind> {
        let member = &mut self.members[index];
        let budget = member.budgets.first().cloned();
        let budget = budget.filter(|_| member.state == State::Queued)?;
        let message = format!("budget {} allows no disruption now", budget.path());
        member.state = State::Blocked {
            message: message.clone(),
        };
        Some(EventKind::Held {
            pod: member.pod.id.clone(),
            budget,
            message,
        })
    }

    fn send(&mut self, index: usize, now: Duration) -> EventKind {
        let member = &mut self.members[index];
        member.charged.clone_from(&member.budgets);
        member.state = State::InFlight;
        self.budgets.sent(&member.charged, now);
        self.in_flight += 1;
        EventKind::Evicting {
            pod: self.pod(index).clone(),
            removal: self.means.removal,
        }
    }

    fn dispatch(&self, index: usize) -> Dispatch {
        Dispatch {
            member: index,
            request: RemoveRequest {
                pod: self.pod(index).clone(),
                grace: self.means.grace,
            },
        }
    }

    /// Takes the present state of a pod object that exists.
    fn observed(&mut self, pod: Pod, wall: Timestamp) -> Option<EventKind> {
        let index = *self.by_uid.get(&pod.id.uid)?;
        self.refresh(pod);
        let member = &mut self.members[index];
        if !member.pod.is_terminating() || member.state.is_settled() {
            return None;
        }
        if member.state != State::InFlight {
            // Somebody, maybe we, asked it to go. It is not asked again: that could shorten its grace.
            member.state = State::Terminating;
        }
        self.stop_waiting(index, wall)
    }

    /// Gives up waiting for a pod whose deletion began too long ago.
    fn stop_waiting(&mut self, index: usize, wall: Timestamp) -> Option<EventKind> {
        let limit = self.means.skip_terminating_after?;
        let deletion = self.members[index].pod.deletion.as_ref()?;
        let age = wall.duration_since(deletion.timestamp).as_secs();
        let limit_seconds = limit.as_secs();
        if age <= limit_seconds.cast_signed() {
            return None;
        }
        self.settle(index, State::NotAwaited);
        Some(EventKind::NotAwaited {
            pod: self.pod(index).clone(),
            limit_seconds,
        })
    }

    /// Looks again at pods whose grace period may be over by now.
    pub(super) fn tick(&mut self, wall: Timestamp) -> Vec<EventKind> {
        let terminating: Vec<usize> = (0..self.members.len())
            .filter(|&i| self.members[i].state == State::Terminating)
            .collect();
        terminating
            .into_iter()
            .filter_map(|index| self.stop_waiting(index, wall))
            .collect()
    }

    fn refresh(&mut self, pod: Pod) {
        if let Some(&index) = self.by_uid.get(&pod.id.uid) {
            let budgets = self.budgets.of(&pod);
            let member = &mut self.members[index];
            member.budgets = budgets;
            member.pod = pod;
        }
    }

    fn left(&mut self, uid: &str) -> Option<EventKind> {
        let index = *self.by_uid.get(uid)?;
        self.settle(index, State::Gone)
    }

    /// Settles a pod and reports its going if it was asked to go.
    fn settle(&mut self, index: usize, state: State) -> Option<EventKind> {
        let member = &mut self.members[index];
        if member.state == State::Gone || member.state == State::NotAwaited {
            return None;
        }
        let was_terminating = member.state == State::Terminating;
        member.state = state;
        let reported = member.asked == Asked::Accepted || was_terminating;
        (member.state == State::Gone && reported).then(|| EventKind::Gone {
            pod: member.pod.id.clone(),
            removal: self.means.removal,
        })
    }
}

fn not_computable(member: &Member, cause: &str) -> String {
    let budget = member.budgets.first().map_or_else(
        || "its budget".to_owned(),
        |b| format!("budget {}", b.path()),
    );
    format!("{budget} cannot be computed, so the pod can never be evicted: {cause}")
}
