//! A cluster in memory on a clock that jumps to the next thing that happens.
//!
//! It has what a drain meets: pods that need time to end, replacements that need time to get ready, budgets that the
//! server spends and a controller counts, and answers that a test scripts.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use futures::stream::{self, BoxStream, StreamExt};
use jiff::{SignedDuration, Timestamp};

use crate::domain::budget::{Budget, BudgetRef};
use crate::domain::node::{Node, NodeRef, Scheduling};
use crate::domain::owner::OwnerLookup;
use crate::domain::pod::{ControllerRef, Deletion, Pod, Readiness};
use crate::domain::taint::Taint;
use crate::engine::clock::Clock;
use crate::engine::cluster::{
    AnnotationEdit, BudgetBlock, Change, Cluster, Failure, Listed, NodeDocument, NodeQuery,
    NodeWrite, Permission, PodQuery, RemoveOutcome, RemoveRequest, Right, Scope, TaintWrite,
    WriteMode,
};
use crate::testing;

/// Something that happens at a moment.
type Happening = Box<dyn FnOnce(&mut State) + Send>;

#[derive(Default)]
pub(super) struct State {
    now: Duration,
    pub(super) pods: Vec<Pod>,
    pub(super) budgets: Vec<Budget>,
    /// How long a pod needs to end, and its replacement to get ready.
    pub(super) ends_after: Duration,
    pub(super) ready_after: Duration,
    happenings: BTreeMap<(Duration, u64), Happening>,
    count: u64,
    pod_news: VecDeque<Change<Pod>>,
    budget_news: VecDeque<Change<Budget>>,
    /// Answers to the next removals of a pod name, before the world looks at them.
    scripts: HashMap<String, VecDeque<RemoveOutcome>>,
    /// Every removal: when, which, with which UID.
    pub(super) removals: Vec<(Duration, String, String)>,
    pub(super) answers: Vec<RemoveOutcome>,
    pub(super) lists: usize,
    pub(super) list_failures: VecDeque<Failure>,
    pub(super) replacements: bool,
    pub(super) watch_is_mute: bool,
}

/// The cluster and its clock; clones are the same world.
#[derive(Clone, Default)]
pub(super) struct World {
    state: Arc<Mutex<State>>,
}

impl World {
    pub(super) fn new(pods: impl IntoIterator<Item = Pod>) -> World {
        let world = World::default();
        world.edit(|state| {
            state.pods.extend(pods);
            state.ends_after = Duration::from_secs(1);
            state.ready_after = Duration::from_millis(500);
        });
        world
    }

    pub(super) fn with_budget(self, budget: Budget) -> World {
        self.edit(|state| state.budgets.push(budget));
        self
    }

    /// Lets every pod that ends be replaced on another node, so that budgets recover.
    pub(super) fn with_replacements(self) -> World {
        self.edit(|state| state.replacements = true);
        self
    }

    /// Answers the next removals of a pod of this name.
    pub(super) fn script(
        self,
        pod: &str,
        answers: impl IntoIterator<Item = RemoveOutcome>,
    ) -> World {
        self.edit(|state| {
            state
                .scripts
                .entry(pod.to_owned())
                .or_default()
                .extend(answers);
        });
        self
    }

    /// Makes something happen later.
    pub(super) fn at(
        self,
        moment: Duration,
        happening: impl FnOnce(&mut State) + Send + 'static,
    ) -> World {
        self.edit(|state| state.schedule(moment, happening));
        self
    }

    pub(super) fn edit<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap())
    }

    /// Returns how often each pod name was asked to go.
    pub(super) fn asked(&self) -> BTreeMap<String, usize> {
        let mut asked = BTreeMap::new();
        self.edit(|state| {
            for (_, name, _) in &state.removals {
                *asked.entry(name.clone()).or_default() += 1;
            }
        });
        asked
    }

    fn remove(&self, request: &RemoveRequest) -> RemoveOutcome {
        self.edit(|state| {
            let outcome = state.remove(request);
            state.answers.push(outcome.clone());
            outcome
        })
    }
}

impl State {
    pub(super) fn schedule(
        &mut self,
        moment: Duration,
        happening: impl FnOnce(&mut State) + Send + 'static,
    ) {
        self.count += 1;
        let key = (moment.max(self.now), self.count);
        self.happenings.insert(key, Box::new(happening));
    }

    pub(super) fn tell_pod(&mut self, change: Change<Pod>) {
        if !self.watch_is_mute {
            self.pod_news.push_back(change);
        }
    }

    pub(super) fn tell_budget(&mut self, change: Change<Budget>) {
        self.budget_news.push_back(change);
    }

    /// Puts a pod there, as a controller or a person would.
    pub(super) fn put(&mut self, pod: Pod) {
        self.pods.push(pod.clone());
        self.tell_pod(Change::Applied(pod));
    }

    /// Takes a pod away at once.
    pub(super) fn vanish(&mut self, uid: &str) {
        if let Some(at) = self.pods.iter().position(|pod| pod.id.uid == uid) {
            let pod = self.pods.remove(at);
            self.tell_pod(Change::Deleted(pod));
        }
    }

    fn remove(&mut self, request: &RemoveRequest) -> RemoveOutcome {
        let name = request.pod.name.clone();
        self.removals
            .push((self.now, name.clone(), request.pod.uid.clone()));
        let scripted = self.scripts.get_mut(&name).and_then(VecDeque::pop_front);
        if let Some(answer) = scripted {
            return answer;
        }
        let named = |pod: &&Pod| pod.id.name == name && pod.id.namespace == request.pod.namespace;
        let Some(pod) = self.pods.iter().find(named).cloned() else {
            return RemoveOutcome::Gone;
        };
        if pod.id.uid != request.pod.uid {
            return RemoveOutcome::Replaced;
        }
        if let Some(refusal) = self.spend(&pod) {
            return refusal;
        }
        self.end(pod);
        RemoveOutcome::Accepted
    }

    /// Spends from the pod's budget as the server does; returns the refusal where there is no room.
    fn spend(&mut self, pod: &Pod) -> Option<RemoveOutcome> {
        let selects =
            |budget: &Budget| pod.is_budgeted() && budget.selects(&pod.id.namespace, &pod.labels);
        let at = self.budgets.iter().position(selects)?;
        let now = self.wall();
        let budget = &mut self.budgets[at];
        if budget.status.disruptions_allowed <= 0 {
            return Some(blocked(budget));
        }
        budget.status.disruptions_allowed -= 1;
        let name = pod.id.name.clone();
        budget.status.disrupted_pods.insert(name.clone(), now);
        let spent = budget.clone();
        let id = spent.id.clone();
        self.tell_budget(Change::Applied(spent));
        // The controller sees the pod end and takes it off the list.
        self.schedule(self.now + Duration::from_millis(13), move |state| {
            state.count_budget(&id, -1, &name);
        });
        None
    }

    fn count_budget(&mut self, id: &BudgetRef, healthier: i64, settled: &str) {
        let Some(budget) = self.budgets.iter_mut().find(|b| b.id == *id) else {
            return;
        };
        budget.status.disrupted_pods.remove(settled);
        budget.status.current_healthy += healthier;
        let room = budget.status.current_healthy - budget.status.desired_healthy;
        budget.status.disruptions_allowed = room.max(0);
        let counted = budget.clone();
        self.tell_budget(Change::Applied(counted));
    }

    fn end(&mut self, mut pod: Pod) {
        pod.deletion = Some(Deletion {
            timestamp: self.wall(),
            grace_seconds: Some(30),
        });
        if let Some(known) = self.pods.iter_mut().find(|p| p.id.uid == pod.id.uid) {
            *known = pod.clone();
        }
        self.tell_pod(Change::Applied(pod.clone()));
        let uid = pod.id.uid.clone();
        self.schedule(self.now + self.ends_after, move |state| state.vanish(&uid));
        if self.replacements {
            let ready = self.now + self.ready_after;
            self.schedule(ready, move |state| state.replace(&pod));
        }
    }

    /// A replacement got ready somewhere else.
    fn replace(&mut self, pod: &Pod) {
        let ids: Vec<BudgetRef> = self
            .budgets
            .iter()
            .filter(|b| b.selects(&pod.id.namespace, &pod.labels))
            .map(|b| b.id.clone())
            .collect();
        for id in ids {
            self.count_budget(&id, 1, &pod.id.name);
        }
    }

    fn wall(&self) -> Timestamp {
        testing::now() + SignedDuration::try_from(self.now).unwrap()
    }

    /// Moves time to a moment, or to the first thing that happens before it.
    fn advance(&mut self, target: Duration) {
        match self.happenings.first_key_value() {
            Some((&(moment, _), _)) if moment <= target => {
                self.now = self.now.max(moment);
                if let Some((_, happening)) = self.happenings.pop_first() {
                    happening(self);
                }
            }
            _ => self.now = self.now.max(target),
        }
    }
}

fn blocked(budget: &Budget) -> RemoveOutcome {
    RemoveOutcome::BlockedByBudget {
        budget: Some(budget.id.clone()),
        block: BudgetBlock::Exhausted,
        needs: Some(budget.status.desired_healthy),
        has: Some(budget.status.current_healthy),
        message: "Cannot evict pod as it would violate the pod's disruption budget.".to_owned(),
        cause: format!(
            "The disruption budget {} needs {} healthy pods and has {} currently",
            budget.id.name, budget.status.desired_healthy, budget.status.current_healthy
        ),
        retry_after: None,
    }
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        self.edit(|state| state.wall())
    }

    fn monotonic(&self) -> Duration {
        self.edit(|state| state.now)
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send {
        let world = self.clone();
        let mut target = None;
        poll_fn(move |context| {
            world.edit(|state| {
                let target = *target.get_or_insert(state.now + duration);
                if state.now >= target {
                    return Poll::Ready(());
                }
                // Everybody else is asked again before time moves on.
                state.advance(target);
                context.waker().wake_by_ref();
                Poll::Pending
            })
        })
    }
}

fn news<T: Send + 'static>(
    world: World,
    take: fn(&mut State) -> Option<Change<T>>,
) -> BoxStream<'static, Change<T>> {
    // Woken by the clock: whoever waits for news waits for time as well.
    stream::poll_fn(move |_| match world.edit(take) {
        Some(change) => Poll::Ready(Some(change)),
        None => Poll::Pending,
    })
    .boxed()
}

impl Cluster for World {
    async fn pods_on(&self, node: &str, _selector: Option<&str>) -> Result<Listed<Pod>, Failure> {
        self.edit(|state| {
            state.lists += 1;
            if let Some(failure) = state.list_failures.pop_front() {
                return Err(failure);
            }
            let on_node = |pod: &&Pod| pod.node.as_deref() == Some(node);
            Ok(Listed {
                items: state.pods.iter().filter(on_node).cloned().collect(),
                resource_version: "1".to_owned(),
            })
        })
    }

    async fn budgets(&self) -> Result<Listed<Budget>, Failure> {
        self.edit(|state| {
            Ok(Listed {
                items: state.budgets.clone(),
                resource_version: "1".to_owned(),
            })
        })
    }

    async fn owners(
        &self,
        wanted: &[(String, ControllerRef)],
    ) -> Vec<((String, ControllerRef), OwnerLookup)> {
        let found = |key: &(String, ControllerRef)| {
            let path = format!("{}/{}", key.0, key.1.name);
            let mut workload = testing::workload(&key.1.kind, &path, 3);
            workload.id = key.1.clone();
            (key.clone(), OwnerLookup::Found(Box::new(workload)))
        };
        wanted.iter().map(found).collect()
    }

    fn watch_pods(&self, _node: &str, _since: &str) -> BoxStream<'static, Change<Pod>> {
        news(self.clone(), |state| state.pod_news.pop_front())
    }

    fn watch_budgets(&self, _since: &str) -> BoxStream<'static, Change<Budget>> {
        news(self.clone(), |state| state.budget_news.pop_front())
    }

    async fn evict(&self, request: &RemoveRequest) -> RemoveOutcome {
        self.remove(request)
    }

    async fn delete(&self, request: &RemoveRequest) -> RemoveOutcome {
        self.remove(request)
    }

    async fn pod(&self, namespace: &str, name: &str) -> Result<Option<Pod>, Failure> {
        let named = |pod: &&Pod| pod.id.namespace == namespace && pod.id.name == name;
        self.edit(|state| Ok(state.pods.iter().find(named).cloned()))
    }

    async fn pods(&self, _query: &PodQuery) -> Result<Vec<Pod>, Failure> {
        self.edit(|state| Ok(state.pods.clone()))
    }

    async fn ending_namespaces(&self) -> Result<BTreeSet<String>, Failure> {
        Ok(BTreeSet::new())
    }

    // A drain of one node neither reads nor writes nodes: that is the business of `nodes` and `change`.

    async fn node(&self, _name: &str) -> Result<Option<Node>, Failure> {
        unreachable!("a drain of one node reads no nodes")
    }

    async fn node_document(&self, _name: &str) -> Result<Option<NodeDocument>, Failure> {
        unreachable!("a drain of one node reads no nodes")
    }

    async fn whoami(&self) -> Result<String, Failure> {
        unreachable!("a drain of one node asks no names")
    }

    async fn permission(&self, _right: Right, _scope: &Scope) -> Permission {
        unreachable!("a drain of one node asks for no rights")
    }

    async fn nodes(&self, _query: &NodeQuery) -> Result<Vec<Node>, Failure> {
        unreachable!("a drain of one node reads no nodes")
    }

    async fn set_scheduling(
        &self,
        _node: &NodeRef,
        _scheduling: Scheduling,
        _annotations: &[AnnotationEdit],
        _mode: WriteMode,
    ) -> NodeWrite {
        unreachable!("a drain of one node writes no nodes")
    }

    async fn replace_taints(
        &self,
        _node: &Node,
        _taints: &[Taint],
        _annotations: &[AnnotationEdit],
        _options: &TaintWrite,
    ) -> NodeWrite {
        unreachable!("a drain of one node writes no nodes")
    }
}

/// A pod of a ReplicaSet on node `n1`, with label `app`.
pub(super) fn replica(name: &str, app: &str) -> Pod {
    testing::pod(&format!("shop/{name}"))
        .on("n1")
        .owned_by("ReplicaSet", app)
        .label("app", app)
        .build()
}

/// A copy of a pod with another UID.
pub(super) fn reborn(pod: &Pod, uid: &str, node: &str) -> Pod {
    let mut pod = pod.clone();
    pod.id.uid = uid.to_owned();
    pod.node = Some(node.to_owned());
    pod.deletion = None;
    pod.readiness = Readiness::Ready;
    pod
}
