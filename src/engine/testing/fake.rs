//! The in-memory cluster.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Mutex;

use futures::stream::{BoxStream, StreamExt};
use serde_json::json;

use crate::domain::budget::Budget;
use crate::domain::labels::LabelSelector;
use crate::domain::node::{Node, NodeRef, Scheduling};
use crate::domain::owner::OwnerLookup;
use crate::domain::pod::{ControllerRef, Pod};
use crate::domain::taint::Taint;
use crate::engine::cluster::{
    AnnotationEdit, Change, Cluster, Failure, Listed, NodeDocument, NodeQuery, NodeWrite,
    Permission, PodQuery, RemoveOutcome, RemoveRequest, Right, Scope, TaintWrite, WriteMode,
};

/// A request that the cluster saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// GET of a node.
    Node(String),
    /// LIST of nodes.
    Nodes,
    /// Who am I.
    WhoAmI,
    /// A write of `spec.unschedulable`.
    Scheduling {
        /// The node's name.
        node: String,
        /// Cordon or uncordon.
        to: Scheduling,
        /// Stored or not.
        mode: WriteMode,
    },
    /// A write of `spec.taints`.
    Taints {
        /// The node's name.
        node: String,
        /// The list that was sent, printed.
        taints: Vec<String>,
        /// Stored or not.
        mode: WriteMode,
    },
}

/// What happens when the next write arrives, before the cluster looks at it.
pub enum Step {
    /// Nothing.
    Pass,
    /// Somebody else changes the node first.
    Interfere(Box<dyn FnOnce(&mut Node) + Send>),
    /// The node is deleted first.
    Delete,
    /// The write fails.
    Fail(Failure),
    /// The write is answered as stored and is not.
    Swallow,
}

#[derive(Default)]
struct State {
    nodes: BTreeMap<String, Node>,
    pods: Vec<Pod>,
    budgets: Vec<Budget>,
    steps: VecDeque<Step>,
    requests: Vec<Request>,
    version: u64,
    user: Option<Result<String, Failure>>,
    read_failure: Option<Failure>,
    budgets_failure: Option<Failure>,
    namespaces: Option<Result<BTreeSet<String>, Failure>>,
    pod_queries: Vec<PodQuery>,
    permissions: Option<fn(Right, &Scope) -> Permission>,
    questions: Vec<(Right, Scope)>,
}

/// A cluster in memory.
#[derive(Default)]
pub struct FakeCluster {
    state: Mutex<State>,
}

impl FakeCluster {
    /// A cluster with these nodes and nothing else.
    pub fn with_nodes(nodes: impl IntoIterator<Item = Node>) -> FakeCluster {
        let cluster = FakeCluster::default();
        for node in nodes {
            cluster.put(node);
        }
        cluster
    }

    /// Sets what the next writes meet, in order; after that they simply work.
    pub fn script(self, steps: impl IntoIterator<Item = Step>) -> FakeCluster {
        self.edit(|state| state.steps.extend(steps));
        self
    }

    /// Sets the answer to "who am I".
    pub fn user(self, answer: Result<&str, Failure>) -> FakeCluster {
        self.edit(|state| state.user = Some(answer.map(str::to_owned)));
        self
    }

    /// Makes every read of a single node fail from now on.
    pub fn fail_reads(&self, failure: Failure) {
        self.edit(|state| state.read_failure = Some(failure));
    }

    /// Makes every list of budgets fail.
    pub fn fail_budgets(self, failure: Failure) -> FakeCluster {
        self.edit(|state| state.budgets_failure = Some(failure));
        self
    }

    /// Sets which namespaces are being deleted.
    pub fn with_ending_namespaces(self, answer: Result<&[&str], Failure>) -> FakeCluster {
        let names = answer.map(|names| names.iter().map(|&name| name.to_owned()).collect());
        self.edit(|state| state.namespaces = Some(names));
        self
    }

    /// Sets who may do what; without it everything is granted.
    pub fn permitting(self, rule: fn(Right, &Scope) -> Permission) -> FakeCluster {
        self.edit(|state| state.permissions = Some(rule));
        self
    }

    /// Returns the questions about rights so far.
    pub fn questions(&self) -> Vec<(Right, Scope)> {
        self.edit(|state| state.questions.clone())
    }

    /// Returns the lists of pods that were asked for besides those of one node.
    pub fn pod_queries(&self) -> Vec<PodQuery> {
        self.edit(|state| state.pod_queries.clone())
    }

    /// Adds pods.
    pub fn with_pods(self, pods: impl IntoIterator<Item = Pod>) -> FakeCluster {
        self.edit(|state| state.pods.extend(pods));
        self
    }

    /// Adds budgets.
    pub fn with_budgets(self, budgets: impl IntoIterator<Item = Budget>) -> FakeCluster {
        self.edit(|state| state.budgets.extend(budgets));
        self
    }

    /// Stores a node, as another client would.
    pub fn put(&self, node: Node) {
        self.edit(|state| store(state, node));
    }

    /// Returns a node as it is stored.
    pub fn stored(&self, name: &str) -> Option<Node> {
        self.edit(|state| state.nodes.get(name).cloned())
    }

    /// Returns the requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.edit(|state| state.requests.clone())
    }

    /// Returns the writes so far.
    pub fn writes(&self) -> Vec<Request> {
        let is_write =
            |r: &Request| matches!(r, Request::Scheduling { .. } | Request::Taints { .. });
        self.requests().into_iter().filter(is_write).collect()
    }

    fn edit<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap())
    }

    fn write(
        &self,
        request: Request,
        bound: &NodeRef,
        version: Option<&str>,
        mode: WriteMode,
        change: impl FnOnce(&mut Node),
    ) -> NodeWrite {
        self.edit(|state| {
            state.requests.push(request);
            let step = state.steps.pop_front().unwrap_or(Step::Pass);
            let swallowed = matches!(step, Step::Swallow);
            if let Err(failure) = take(state, step, &bound.name) {
                return NodeWrite::Failed(failure);
            }
            let Some(current) = state.nodes.get(&bound.name) else {
                return NodeWrite::Gone;
            };
            if current.id.uid != bound.uid {
                return stale("the UID in the precondition is another node's");
            }
            if version.is_some_and(|v| v != current.resource_version) {
                return stale("the object has been modified");
            }
            let mut node = current.clone();
            change(&mut node);
            let done = NodeWrite::Done(Box::new(document(&node)));
            if mode == WriteMode::Commit && !swallowed {
                store(state, node);
            }
            done
        })
    }
}

fn stale(message: &str) -> NodeWrite {
    NodeWrite::Stale {
        message: message.to_owned(),
    }
}

fn take(state: &mut State, step: Step, name: &str) -> Result<(), Failure> {
    match step {
        Step::Pass | Step::Swallow => {}
        Step::Fail(failure) => return Err(failure),
        Step::Delete => {
            state.nodes.remove(name);
        }
        Step::Interfere(change) => {
            if let Some(mut node) = state.nodes.get(name).cloned() {
                change(&mut node);
                store(state, node);
            }
        }
    }
    Ok(())
}

fn store(state: &mut State, mut node: Node) {
    state.version += 1;
    node.resource_version = state.version.to_string();
    state.nodes.insert(node.id.name.clone(), node);
}

fn document(node: &Node) -> NodeDocument {
    let taints: Vec<_> = node.taints.iter().map(Taint::to_string).collect();
    NodeDocument {
        document: json!({
            "kind": "Node",
            "apiVersion": "v1",
            "metadata": {"name": node.id.name, "resourceVersion": node.resource_version},
            "spec": {"taints": taints},
        }),
        node: node.clone(),
    }
}

impl Cluster for FakeCluster {
    async fn node(&self, name: &str) -> Result<Option<Node>, Failure> {
        self.edit(|state| {
            state.requests.push(Request::Node(name.to_owned()));
            match &state.read_failure {
                Some(failure) => Err(failure.clone()),
                None => Ok(state.nodes.get(name).cloned()),
            }
        })
    }

    async fn node_document(&self, name: &str) -> Result<Option<NodeDocument>, Failure> {
        Ok(self.node(name).await?.as_ref().map(document))
    }

    async fn whoami(&self) -> Result<String, Failure> {
        self.edit(|state| {
            state.requests.push(Request::WhoAmI);
            state.user.clone().expect("the test says who asks")
        })
    }

    async fn permission(&self, right: Right, scope: &Scope) -> Permission {
        self.edit(|state| {
            state.questions.push((right, scope.clone()));
            let rule = state.permissions;
            rule.map_or(Permission::Granted, |rule| rule(right, scope))
        })
    }

    async fn nodes(&self, _query: &NodeQuery) -> Result<Vec<Node>, Failure> {
        self.edit(|state| {
            state.requests.push(Request::Nodes);
            Ok(state.nodes.values().cloned().collect())
        })
    }

    async fn pods_on(&self, node: &str, _selector: Option<&str>) -> Result<Listed<Pod>, Failure> {
        let on_node = |pod: &&Pod| pod.node.as_deref() == Some(node);
        self.edit(|state| {
            Ok(Listed {
                items: state.pods.iter().filter(on_node).cloned().collect(),
                resource_version: state.version.to_string(),
            })
        })
    }

    async fn pods(&self, query: &PodQuery) -> Result<Vec<Pod>, Failure> {
        let wanted = |pod: &&Pod| match query {
            PodQuery::All => true,
            PodQuery::Selected {
                namespace,
                selector,
            } => {
                let selector =
                    LabelSelector::parse(selector).expect("the engine sends valid selectors");
                pod.id.namespace == *namespace && selector.matches(&pod.labels)
            }
        };
        self.edit(|state| {
            state.pod_queries.push(query.clone());
            Ok(state.pods.iter().filter(wanted).cloned().collect())
        })
    }

    async fn ending_namespaces(&self) -> Result<BTreeSet<String>, Failure> {
        self.edit(|state| state.namespaces.clone().unwrap_or(Ok(BTreeSet::new())))
    }

    async fn pod(&self, namespace: &str, name: &str) -> Result<Option<Pod>, Failure> {
        let named = |pod: &&Pod| pod.id.namespace == namespace && pod.id.name == name;
        self.edit(|state| Ok(state.pods.iter().find(named).cloned()))
    }

    async fn budgets(&self) -> Result<Listed<Budget>, Failure> {
        self.edit(|state| {
            if let Some(failure) = &state.budgets_failure {
                return Err(failure.clone());
            }
            Ok(Listed {
                items: state.budgets.clone(),
                resource_version: state.version.to_string(),
            })
        })
    }

    async fn owners(
        &self,
        wanted: &[(String, ControllerRef)],
    ) -> Vec<((String, ControllerRef), OwnerLookup)> {
        wanted
            .iter()
            .map(|key| (key.clone(), OwnerLookup::Gone))
            .collect()
    }

    fn watch_pods(&self, _node: &str, _since: &str) -> BoxStream<'static, Change<Pod>> {
        futures::stream::pending().boxed()
    }

    fn watch_budgets(&self, _since: &str) -> BoxStream<'static, Change<Budget>> {
        futures::stream::pending().boxed()
    }

    async fn set_scheduling(
        &self,
        node: &NodeRef,
        scheduling: Scheduling,
        annotations: &[AnnotationEdit],
        mode: WriteMode,
    ) -> NodeWrite {
        let request = Request::Scheduling {
            node: node.name.clone(),
            to: scheduling,
            mode,
        };
        self.write(request, node, None, mode, |stored| {
            stored.scheduling = scheduling;
            annotate(stored, annotations);
        })
    }

    async fn replace_taints(
        &self,
        node: &Node,
        taints: &[Taint],
        annotations: &[AnnotationEdit],
        options: &TaintWrite,
    ) -> NodeWrite {
        let request = Request::Taints {
            node: node.id.name.clone(),
            taints: taints.iter().map(Taint::to_string).collect(),
            mode: options.mode,
        };
        let version = Some(node.resource_version.as_str());
        self.write(request, &node.id, version, options.mode, |stored| {
            stored.taints = taints.to_vec();
            annotate(stored, annotations);
        })
    }

    async fn evict(&self, request: &RemoveRequest) -> RemoveOutcome {
        self.remove(request)
    }

    async fn delete(&self, request: &RemoveRequest) -> RemoveOutcome {
        self.remove(request)
    }
}

impl FakeCluster {
    /// Removes the pod at once if it is still the one that is meant.
    fn remove(&self, request: &RemoveRequest) -> RemoveOutcome {
        let same_name = |pod: &Pod| {
            (&pod.id.namespace, &pod.id.name) == (&request.pod.namespace, &request.pod.name)
        };
        self.edit(|state| match state.pods.iter().position(same_name) {
            None => RemoveOutcome::Gone,
            Some(at) if state.pods[at].id.uid != request.pod.uid => RemoveOutcome::Replaced,
            Some(at) => {
                state.pods.remove(at);
                RemoveOutcome::Accepted
            }
        })
    }
}

fn annotate(node: &mut Node, edits: &[AnnotationEdit]) {
    for edit in edits {
        match edit {
            AnnotationEdit::Set(key, value) => {
                node.annotations.insert(key.clone(), value.clone());
            }
            AnnotationEdit::Remove(key) => {
                node.annotations.remove(key);
            }
        }
    }
}
