//! Carries a schedule out: sends, waits, watches, and looks at the node once more before it says "drained".

mod admission;
mod report;

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use futures::stream::{self, BoxStream, FuturesUnordered, StreamExt};

use crate::domain::budget::Budget;
use crate::domain::drain::policy::{DrainPolicy, Removal};
use crate::domain::node::NodeRef;
use crate::domain::owner::OwnerLookup;
use crate::domain::pod::{ControllerRef, Pod, PodRef};
use crate::engine::change::scheduling::Author;
use crate::engine::clock::Clock;
use crate::engine::cluster::{
    Change, Cluster, Failure, FailureKind, Listed, RemoveOutcome, RemoveRequest,
};
use crate::engine::event::{Event, EventKind, Listener, NodeEnd};
use crate::engine::stop::Stop;

use super::schedule::{Dispatch, Means, Schedule};
use admission::Verified;

/// Time between two signs of life.
const HEARTBEAT: Duration = Duration::from_secs(60);
/// Time between two lists while a watch is broken or not permitted.
const POLL: Duration = Duration::from_secs(1);
/// Time that requests on their way get after the user asked to stop, so that the report is true.
const LAST_ANSWERS: Duration = Duration::from_secs(2);
/// Rounds of newcomers after which a node that keeps getting pods is given up.
const ROUNDS_MOST: usize = 10;

/// Options of one node's drain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrainOptions {
    /// What may be removed, and how.
    pub policy: DrainPolicy,
    /// The pod selector as typed, for the server.
    pub pod_selector: Option<String>,
    /// Time for this node from its first request on; `None` is for ever.
    pub timeout: Option<Duration>,
    /// That time as typed, for messages.
    pub timeout_text: String,
    /// How many nodes are emptied at once; 0 counts as 1.
    pub max_parallel: usize,
    /// Who drains, and why: kept on the nodes that are cordoned for it.
    pub author: Author,
}

/// How the drain of a node ended.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeReport {
    /// Which node.
    pub node: NodeRef,
    /// How it ended.
    pub end: NodeEnd,
    /// Pods that left after being asked.
    pub evicted: usize,
    /// Pods that should have left and did not.
    pub remaining: Vec<PodRef>,
    /// What went wrong, one line a cause.
    pub errors: Vec<String>,
}

/// Owners by namespace and the reference that their pods carry.
pub type Owners = BTreeMap<(String, ControllerRef), OwnerLookup>;

/// Empties one node, which must be cordoned already, of every pod that the policy lets go.
///
/// The pods are listed anew, so that those which came after the plan was made are not missed; where a survey is known, its
/// list and the watch that goes on from it do that. A pod that the policy refuses stops the node before anything is sent.
/// Success is what the last list shows.
pub(super) async fn drain_node<C: Cluster, K: Clock>(
    cluster: &C,
    clock: &K,
    options: &DrainOptions,
    node: &NodeRef,
    known: Known,
    stop: &mut Stop,
    listener: &mut dyn Listener,
) -> NodeReport {
    let means = Means {
        removal: options.policy.removal,
        grace: options.policy.grace,
        skip_terminating_after: options.policy.skip_terminating_after,
    };
    let started = clock.monotonic();
    let mut drain = Drain {
        cluster,
        clock,
        options,
        node,
        listener,
        owners: known.owners,
        schedule: Schedule::new(means),
        pod_changes: stream::pending().boxed(),
        budget_changes: stream::pending().boxed(),
        requests: FuturesUnordered::new(),
        deadline: options.timeout.map(|timeout| started + timeout),
        next_heartbeat: started + HEARTBEAT,
        next_poll: None,
        rounds: 0,
    };
    let ending = match drain.begin(known.survey).await {
        Ok(()) => drain.run(stop).await,
        Err(ending) => ending,
    };
    drain.report(ending)
}

/// What was found out before a node's turn came.
pub(super) struct Known {
    /// What the plan knew of the owners.
    pub(super) owners: Owners,
    /// The node as it was right before its cordon.
    pub(super) survey: Option<Survey>,
}

/// A node's pods and the budgets, with the versions from which watches go on.
///
/// Taken right before the cordon, because the server answers a list that follows a write only when its cache has caught up
/// with that write, which takes up to a tenth of a second (consistent reads from cache, KEP-2340).
pub(super) struct Survey {
    pods: Listed<Pod>,
    budgets: Option<Listed<Budget>>,
}

impl Survey {
    /// Lists both; `None` where a list fails: the node's turn lists again, and then says so.
    pub(super) async fn take<C: Cluster>(
        cluster: &C,
        options: &DrainOptions,
        node: &NodeRef,
    ) -> Option<Survey> {
        let pods = cluster.pods_on(&node.name, options.pod_selector.as_deref());
        let budgets = budgets(cluster, options.policy.removal);
        let (pods, budgets) = futures::try_join!(pods, budgets).ok()?;
        Some(Survey { pods, budgets })
    }
}

/// What ends the wait for news.
enum News {
    Answer(usize, RemoveOutcome),
    Pod(Change<Pod>),
    Budget(Change<Budget>),
    Time,
    Stop,
}

/// Why the loop is left.
enum Ending {
    Empty,
    Deadline,
    Stopped,
    /// The policy refuses a pod; nothing was sent.
    Refused(Vec<String>),
    Given(Vec<String>),
}

struct Drain<'a, C, K> {
    cluster: &'a C,
    clock: &'a K,
    options: &'a DrainOptions,
    node: &'a NodeRef,
    listener: &'a mut dyn Listener,
    owners: Owners,
    schedule: Schedule,
    pod_changes: BoxStream<'static, Change<Pod>>,
    budget_changes: BoxStream<'static, Change<Budget>>,
    requests: FuturesUnordered<BoxFuture<'a, (usize, RemoveOutcome)>>,
    deadline: Option<Duration>,
    next_heartbeat: Duration,
    /// Set while the watch of the pods does not work.
    next_poll: Option<Duration>,
    rounds: usize,
}

impl<C: Cluster, K: Clock> Drain<'_, C, K> {
    /// Reads the node's pods and the budgets, and starts to watch both.
    async fn begin(&mut self, survey: Option<Survey>) -> Result<(), Ending> {
        let (pods, budgets) = match survey {
            Some(Survey { pods, budgets }) => (Ok(pods), Ok(budgets)),
            None => futures::join!(
                self.list(),
                budgets(self.cluster, self.options.policy.removal)
            ),
        };
        let listed = pods.map_err(|failure| {
            Ending::Given(vec![format!("cannot list the node's pods: {failure}")])
        })?;
        match budgets {
            Ok(Some(budgets)) => {
                self.budget_changes = self.cluster.watch_budgets(&budgets.resource_version);
                self.schedule
                    .budget_changed(Change::Restarted(budgets.items));
            }
            Ok(None) => {}
            Err(failure) => {
                let message = format!(
                    "cannot read budgets ({failure}): a pod that one holds back is asked for every few seconds"
                );
                self.tell(EventKind::Degraded { message });
            }
        }
        self.pod_changes = self
            .cluster
            .watch_pods(&self.node.name, &listed.resource_version);
        let admitted = self.admit(listed.items).await;
        if !admitted.refused.is_empty() {
            return Err(Ending::Refused(admitted.refused));
        }
        self.tell(EventKind::Planned {
            leaving: admitted.leaving,
            staying: admitted.staying,
        });
        Ok(())
    }

    async fn run(&mut self, stop: &mut Stop) -> Ending {
        loop {
            if let Some(ending) = self.settle_or_send().await {
                return ending;
            }
            match self.news(stop).await {
                News::Answer(member, outcome) => {
                    let now = self.clock.monotonic();
                    let events = self.schedule.answered(member, outcome, now);
                    self.tell_all(events);
                }
                News::Pod(change) => self.pod_changed(change),
                News::Budget(change) => self.budget_changed(change),
                News::Time => self.on_time().await,
                News::Stop => {
                    self.take_last_answers().await;
                    return Ending::Stopped;
                }
            }
            if self.is_past_deadline() {
                return Ending::Deadline;
            }
        }
    }

    /// Sends all that may be sent now; when nothing is left to do, looks at the node once more.
    async fn settle_or_send(&mut self) -> Option<Ending> {
        self.take_ready_changes();
        self.send_due();
        if !self.schedule.is_finished() || self.schedule.has_in_flight() {
            return None;
        }
        match self.verify().await {
            Ok(Verified::Empty) => Some(Ending::Empty),
            Ok(Verified::More) => {
                self.rounds += 1;
                self.send_due();
                (self.rounds > ROUNDS_MOST).then(|| {
                    Ending::Given(vec![format!(
                        "pods keep arriving on node \"{}\" although it is cordoned",
                        self.node.name
                    )])
                })
            }
            Ok(Verified::Refused(errors)) => Some(Ending::Given(errors)),
            Err(failure) if failure.is_transient() && !self.is_past_deadline() => {
                // Not known to be empty: asked again in a moment, by the clock.
                self.next_poll = Some(self.clock.monotonic() + POLL);
                self.rounds += 1;
                (self.rounds > ROUNDS_MOST).then(|| Ending::Given(vec![unverified(&failure)]))
            }
            Err(failure) => Some(Ending::Given(vec![unverified(&failure)])),
        }
    }

    /// Takes what the watches already hold, so that each request is compared with the newest state.
    fn take_ready_changes(&mut self) {
        while let Some(Some(change)) = self.pod_changes.next().now_or_never() {
            self.pod_changed(change);
        }
        while let Some(Some(change)) = self.budget_changes.next().now_or_never() {
            self.budget_changed(change);
        }
    }

    fn send_due(&mut self) {
        loop {
            let (dispatch, events) = self.schedule.next(self.clock.monotonic());
            self.tell_all(events);
            let Some(Dispatch { member, request }) = dispatch else {
                return;
            };
            let cluster = self.cluster;
            let removal = self.options.policy.removal;
            self.requests
                .push(async move { (member, remove(cluster, removal, &request).await) }.boxed());
        }
    }

    async fn news(&mut self, stop: &mut Stop) -> News {
        let wake = self.wake_in();
        tokio::select! {
            biased;
            () = stop.asked() => News::Stop,
            Some(change) = self.pod_changes.next() => News::Pod(change),
            Some(change) = self.budget_changes.next() => News::Budget(change),
            Some((member, outcome)) = self.requests.next() => News::Answer(member, outcome),
            () = self.clock.sleep(wake) => News::Time,
        }
    }

    /// Returns how long nothing but news can change anything.
    fn wake_in(&self) -> Duration {
        let now = self.clock.monotonic();
        let moments = [
            Some(self.next_heartbeat),
            self.deadline,
            self.next_poll,
            self.schedule.wake_at(now),
            // Ages of deletions are counted in seconds.
            self.options
                .policy
                .skip_terminating_after
                .map(|_| now + Duration::from_secs(1)),
        ];
        let next = moments
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(self.next_heartbeat);
        next.saturating_sub(now).max(Duration::from_millis(1))
    }

    async fn on_time(&mut self) {
        let now = self.clock.monotonic();
        let events = self.schedule.tick(self.clock.now());
        self.tell_all(events);
        if now >= self.next_heartbeat {
            self.next_heartbeat = now + HEARTBEAT;
            let pods = self.schedule.remaining(self.clock.now());
            self.tell(EventKind::Waiting { pods });
        }
        if self.next_poll.is_some_and(|at| now >= at) {
            self.poll().await;
        }
    }

    /// Lists the node's pods in place of a watch that does not work.
    async fn poll(&mut self) {
        let listed = self.list().await;
        self.next_poll = Some(self.clock.monotonic() + POLL);
        if let Ok(listed) = listed {
            let events = self.schedule.reconcile(listed.items, self.clock.now());
            self.tell_all(events);
        }
    }

    fn pod_changed(&mut self, change: Change<Pod>) {
        match &change {
            Change::Interrupted(failure) => {
                if self.next_poll.is_none() {
                    let message = format!("cannot watch pods ({failure}): listing them instead");
                    self.tell(EventKind::Degraded { message });
                }
                self.next_poll = Some(self.clock.monotonic() + POLL);
            }
            _ => self.next_poll = None,
        }
        let events = self.schedule.pod_changed(change, self.clock.now());
        self.tell_all(events);
    }

    fn budget_changed(&mut self, change: Change<Budget>) {
        if let Change::Interrupted(failure) = &change
            && failure.kind == FailureKind::Forbidden
        {
            let message =
                format!("cannot watch budgets ({failure}): asking again every few seconds");
            self.tell(EventKind::Degraded { message });
            self.budget_changes = futures::stream::pending().boxed();
        }
        self.schedule.budget_changed(change);
    }

    async fn list(&self) -> Result<Listed<Pod>, Failure> {
        let selector = self.options.pod_selector.as_deref();
        let list = self.cluster.pods_on(&self.node.name, selector);
        match self.deadline {
            None => list.await,
            Some(deadline) => {
                let left = deadline.saturating_sub(self.clock.monotonic());
                tokio::select! {
                    biased;
                    listed = list => listed,
                    () = self.clock.sleep(left) => Err(Failure::new(FailureKind::Transport, "context deadline exceeded")),
                }
            }
        }
    }

    async fn take_last_answers(&mut self) {
        let until = self.clock.monotonic() + LAST_ANSWERS;
        while self.schedule.has_in_flight() {
            let left = until.saturating_sub(self.clock.monotonic());
            let answer = tokio::select! {
                biased;
                answer = self.requests.next() => answer,
                () = self.clock.sleep(left) => None,
            };
            let Some((member, outcome)) = answer else {
                return;
            };
            let events = self
                .schedule
                .answered(member, outcome, self.clock.monotonic());
            self.tell_all(events);
        }
        self.take_ready_changes();
    }

    fn is_past_deadline(&self) -> bool {
        self.deadline
            .is_some_and(|deadline| self.clock.monotonic() >= deadline)
    }

    fn tell(&mut self, kind: EventKind) {
        let event = Event {
            time: self.clock.now(),
            node: Some(self.node.name.clone()),
            kind,
        };
        self.listener.on(&event);
    }

    fn tell_all(&mut self, kinds: Vec<EventKind>) {
        for kind in kinds {
            self.tell(kind);
        }
    }
}

/// Lists the budgets, where the removal asks them at all.
async fn budgets<C: Cluster>(
    cluster: &C,
    removal: Removal,
) -> Result<Option<Listed<Budget>>, Failure> {
    match removal {
        Removal::Evict => cluster.budgets().await.map(Some),
        Removal::Delete => Ok(None),
    }
}

async fn remove<C: Cluster>(
    cluster: &C,
    removal: Removal,
    request: &RemoveRequest,
) -> RemoveOutcome {
    match removal {
        Removal::Evict => cluster.evict(request).await,
        Removal::Delete => cluster.delete(request).await,
    }
}

fn unverified(failure: &Failure) -> String {
    format!("cannot list the node's pods to see that they are gone: {failure}")
}
