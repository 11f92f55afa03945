//! The cluster as the engine needs it: reads, watches and writes, with every expected answer as data.
//!
//! An answer that a healthy cluster gives in the course of a drain (blocked, gone, throttled, denied) is an outcome, not
//! an error. The rules that tell them apart are in the adapters; the table of the server's answers that they follow was
//! taken from a real 1.37 control plane.

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use futures::stream::BoxStream;

use crate::domain::budget::{Budget, BudgetRef};
use crate::domain::drain::policy::GracePeriod;
use crate::domain::node::{Node, NodeRef, Scheduling};
use crate::domain::owner::OwnerLookup;
use crate::domain::pod::{ControllerRef, Pod, PodRef};
use crate::domain::taint::Taint;

/// What kind of failure a request met, as far as the engine acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// 404.
    NotFound,
    /// 403 by authorization.
    Forbidden,
    /// 401, also after the credentials were fetched anew.
    Unauthorized,
    /// 409, where it is not about the object that the request names: others were writing too; may pass.
    Conflict,
    /// 400, 422 and the like: the request itself is wrong; or, whatever the code, an admission rule says no.
    Invalid,
    /// 429 by overload.
    Throttled,
    /// 410: the resourceVersion or continue token is too old.
    Expired,
    /// 5xx: the server or something behind it is in trouble; may pass.
    Server,
    /// No HTTP answer: refused, reset, timed out; may pass.
    Transport,
    /// An answer that could not be understood.
    Malformed,
}

/// A request that did not do what was asked, with words fit for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind.
    pub kind: FailureKind,
    /// The server's message, or the transport's, without a prefix.
    pub message: String,
    /// The same as a sentence of its own, in kubectl's words: `Error from server (BadRequest): ...`.
    pub sentence: String,
    /// `Retry-After`, where the answer had one.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// Builds a failure that is not an answer of the server.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Failure {
        let message = message.into();
        Failure {
            kind,
            sentence: match kind {
                // These messages name the server and are complete.
                FailureKind::Transport | FailureKind::Malformed => message.clone(),
                _ => format!("error: {message}"),
            },
            message,
            retry_after: None,
        }
    }

    /// Tells whether the same request may succeed a moment later.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.kind,
            FailureKind::Conflict
                | FailureKind::Throttled
                | FailureKind::Server
                | FailureKind::Transport
        )
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// Tells whether a write is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteMode {
    /// Stored.
    Commit,
    /// Checked by the server and thrown away (`dryRun=All`).
    DryRun,
}

/// A change of one annotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnnotationEdit {
    /// Set to this value.
    Set(String, String),
    /// Removed.
    Remove(String),
}

/// A node twice: as this program understands it, and as the server wrote it, for `-o json` and the like.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeDocument {
    /// The fields that the engine works with.
    pub node: Node,
    /// The whole object in the server's order of keys, with `apiVersion` and `kind`.
    pub document: serde_json::Value,
}

/// What became of a write to a node.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeWrite {
    /// Stored (or, in a dry run, accepted).
    Done(Box<NodeDocument>),
    /// The node changed since it was read (409), or another machine has its name (422 on the UID).
    Stale {
        /// The server's words.
        message: String,
    },
    /// There is no such node.
    Gone,
    /// Anything else.
    Failed(Failure),
}

/// Why a budget did not let a pod go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetBlock {
    /// No disruption is allowed now.
    Exhausted,
    /// The status is older than the spec, or was never computed.
    StillProcessing,
    /// The controller could not compute the budget.
    SyncFailed,
}

/// What became of a request to evict or delete a pod.
#[derive(Debug, Clone, PartialEq)]
pub enum RemoveOutcome {
    /// The pod terminates.
    Accepted,
    /// It was gone already.
    Gone,
    /// Another pod has the name now; nothing was done to it.
    Replaced,
    /// A budget said no.
    BlockedByBudget {
        /// The budget that the answer names.
        budget: Option<BudgetRef>,
        /// Why.
        block: BudgetBlock,
        /// Healthy pods that it needs, where the answer has numbers.
        needs: Option<i64>,
        /// Healthy pods that it has.
        has: Option<i64>,
        /// The answer's own message, as kubectl prints it.
        message: String,
        /// The cause, which names the budget.
        cause: String,
        /// When the server wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// More than one budget selects the pod; the server never lets it go.
    OverlappingBudgets {
        /// The server's words.
        message: String,
    },
    /// The server is overloaded.
    Throttled {
        /// When it wants to be asked again.
        retry_after: Option<Duration>,
        /// Its words.
        message: String,
    },
    /// The namespace is being deleted: the pod goes with it, evictions are refused.
    NamespaceEnding {
        /// The server's words.
        message: String,
    },
    /// A webhook or an admission policy said no.
    Denied {
        /// Its name, where the answer has one.
        by: Option<String>,
        /// The server's words.
        message: String,
    },
    /// No right.
    Forbidden {
        /// The server's words.
        message: String,
    },
    /// Anything else.
    Failed(Failure),
}

/// A request to remove one pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoveRequest {
    /// Which pod; its UID is sent as precondition.
    pub pod: PodRef,
    /// How long it gets.
    pub grace: GracePeriod,
}

/// Which nodes to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeQuery {
    /// All.
    All,
    /// Those that a label selector matches, in kubectl's syntax; the server parses it.
    Selector(String),
}

/// Which pods to read, besides those of one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PodQuery {
    /// All of all namespaces.
    All,
    /// Those of a namespace that a label selector matches, in kubectl's syntax; the empty one matches all.
    Selected {
        /// The namespace.
        namespace: String,
        /// The selector.
        selector: String,
    },
}

/// A consistent list with the version from which a watch continues.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<T> {
    /// The objects.
    pub items: Vec<T>,
    /// The list's `resourceVersion`.
    pub resource_version: String,
}

/// A change seen on a watch.
#[derive(Debug, Clone, PartialEq)]
pub enum Change<T> {
    /// Added or modified.
    Applied(T),
    /// Deleted; the last state.
    Deleted(T),
    /// The watch had to start anew: this is everything that exists now.
    Restarted(Vec<T>),
    /// The watch is broken and is tried again after a pause.
    Interrupted(Failure),
}

/// A right that a write needs, as authorization rules name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// `patch` of `nodes`: cordon.
    PatchNodes,
    /// `create` of `pods/eviction`.
    EvictPods,
    /// `delete` of `pods`.
    DeletePods,
}

/// What a right is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every object of its kind, in every namespace.
    Everything,
    /// One node.
    Node(String),
    /// One pod.
    Pod {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
}

/// The server's answer to whether the caller has a right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permission {
    /// Yes.
    Granted,
    /// No.
    Denied,
    /// The question itself was refused, or whoever decides could not be asked.
    Unknown,
}

/// A cluster.
///
/// No method retries by itself and none prints; `Err` is a request that failed, never an expected answer.
pub trait Cluster: Send + Sync {
    /// Reads one node; `None` where there is none of that name.
    fn node(&self, name: &str) -> impl Future<Output = Result<Option<Node>, Failure>> + Send;

    /// Reads one node with its whole object; `None` where there is none of that name.
    fn node_document(
        &self,
        name: &str,
    ) -> impl Future<Output = Result<Option<NodeDocument>, Failure>> + Send;

    /// Returns the name under which the server knows the caller (`SelfSubjectReview`).
    fn whoami(&self) -> impl Future<Output = Result<String, Failure>> + Send;

    /// Asks whether the caller has a right (`SelfSubjectAccessReview`); stores nothing.
    fn permission(&self, right: Right, scope: &Scope) -> impl Future<Output = Permission> + Send;

    /// Reads many nodes, sorted by name.
    fn nodes(&self, query: &NodeQuery) -> impl Future<Output = Result<Vec<Node>, Failure>> + Send;

    /// Lists the pods bound to a node, consistently (never from a stale cache).
    fn pods_on(
        &self,
        node: &str,
        selector: Option<&str>,
    ) -> impl Future<Output = Result<Listed<Pod>, Failure>> + Send;

    /// Lists pods of more than one node.
    fn pods(&self, query: &PodQuery) -> impl Future<Output = Result<Vec<Pod>, Failure>> + Send;

    /// Reads one pod.
    fn pod(
        &self,
        namespace: &str,
        name: &str,
    ) -> impl Future<Output = Result<Option<Pod>, Failure>> + Send;

    /// Lists all budgets.
    fn budgets(&self) -> impl Future<Output = Result<Listed<Budget>, Failure>> + Send;

    /// Lists the budgets of one namespace, which is all that some callers may read.
    fn budgets_of(
        &self,
        namespace: &str,
    ) -> impl Future<Output = Result<Vec<Budget>, Failure>> + Send {
        async move {
            let mut budgets = self.budgets().await?.items;
            budgets.retain(|budget| budget.id.namespace == namespace);
            Ok(budgets)
        }
    }

    /// Returns the names of the namespaces that are being deleted: evictions are refused there.
    fn ending_namespaces(&self) -> impl Future<Output = Result<BTreeSet<String>, Failure>> + Send;

    /// Looks up owners by the reference their pods carry, in as few requests as the kinds and namespaces allow.
    ///
    /// Never fails as a whole: what could not be read is `Unreadable`.
    fn owners(
        &self,
        wanted: &[(String, ControllerRef)],
    ) -> impl Future<Output = Vec<((String, ControllerRef), OwnerLookup)>> + Send;

    /// Watches the pods bound to a node from a list's version on. Ends only when dropped.
    fn watch_pods(&self, node: &str, since: &str) -> BoxStream<'static, Change<Pod>>;

    /// Watches all budgets from a list's version on. Ends only when dropped.
    fn watch_budgets(&self, since: &str) -> BoxStream<'static, Change<Budget>>;

    /// Cordons or uncordons a node and edits annotations in the same write, bound to the node's UID.
    fn set_scheduling(
        &self,
        node: &NodeRef,
        scheduling: Scheduling,
        annotations: &[AnnotationEdit],
        mode: WriteMode,
    ) -> impl Future<Output = NodeWrite> + Send;

    /// Replaces a node's taints and edits annotations, bound to the version of the node that they were computed from.
    fn replace_taints(
        &self,
        node: &Node,
        taints: &[Taint],
        annotations: &[AnnotationEdit],
        options: &TaintWrite,
    ) -> impl Future<Output = NodeWrite> + Send;

    /// Asks the eviction API to remove a pod (`policy/v1`, `fieldValidation=Strict`, UID precondition).
    fn evict(&self, request: &RemoveRequest) -> impl Future<Output = RemoveOutcome> + Send;

    /// Deletes a pod past its budgets, bound to its UID.
    fn delete(&self, request: &RemoveRequest) -> impl Future<Output = RemoveOutcome> + Send;
}

/// Query parameters of a taint write that the user may choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaintWrite {
    /// Stored or not.
    pub mode: WriteMode,
    /// `fieldManager`; empty sends none.
    pub field_manager: String,
    /// `fieldValidation`.
    pub validation: FieldValidation,
}

/// What the server does about fields that it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldValidation {
    /// Refuses the request.
    Strict,
    /// Warns.
    Warn,
    /// Drops them silently.
    Ignore,
}
