//! One node as somebody sees it who is about to take it out of service.
//!
//! The facts come from the node, its pods and what hangs on it; the fates are those of a plan for this node alone, the
//! figures of allocated resources those of `kubectl describe node`.

mod allocated;
mod build;
mod load;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use super::diagnose::Finding;
use super::drain::plan::{BudgetPlan, NodePlan, PodPlan};
use super::fit::object::Resources;
use super::mark::Mark;
use super::node::Node;
use super::pod::Pod;
use super::snapshot::{ClusterId, Unread};

pub use allocated::{Allocated, Share};
pub use build::{FATES, describe};
pub use load::{ContainerAmounts, Load, PodAmounts, Side};

/// A condition of a node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NodeCondition {
    /// `type`.
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// `reason`.
    pub reason: String,
    /// `message`; empty in snapshots.
    pub message: String,
    /// `lastTransitionTime`.
    pub since: Option<Timestamp>,
    /// `lastHeartbeatTime`.
    pub heartbeat: Option<Timestamp>,
}

/// What a description says of a node beyond what a drain needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NodeFacts {
    /// `metadata.creationTimestamp`.
    pub created: Option<Timestamp>,
    /// `status.conditions`, in the server's order.
    pub conditions: Vec<NodeCondition>,
    /// `status.capacity`.
    pub capacity: Resources,
    /// `status.allocatable`.
    pub allocatable: Resources,
    /// `status.nodeInfo.kubeletVersion`.
    pub kubelet: String,
    /// `osImage`, `kernelVersion`, `architecture` and `containerRuntimeVersion`, as far as they are known.
    pub system: Vec<String>,
}

/// What a description says of a pod beyond what a drain needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodFacts {
    /// The pod.
    pub pod: Pod,
    /// What it asks for.
    pub amounts: PodAmounts,
    /// The claims that it mounts, by name.
    pub claims: Vec<String>,
}

/// A volume that is attached to a node, or is being.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attachment {
    /// The PersistentVolume, or the handle of one that has none.
    pub volume: String,
    /// The driver.
    pub attacher: String,
    /// Whether it is done.
    pub state: AttachmentState,
    /// Namespace and name of the claim, where the volume was read and has one.
    pub claim: Option<(String, String)>,
}

/// `status.attached` of an attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AttachmentState {
    /// True.
    Attached,
    /// False or absent: it is being attached, or detached.
    Pending,
}

/// An event about a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// `Normal` or `Warning`.
    pub kind: String,
    /// `reason`.
    pub reason: String,
    /// `message`.
    pub message: String,
    /// The component that tells.
    pub from: String,
    /// How often.
    pub count: i64,
    /// When last.
    pub last: Option<Timestamp>,
}

/// Something that was read, or the reason for which it was not.
pub type Known<T> = Result<T, String>;

/// Everything that was read of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The node.
    pub node: Node,
    /// More of it.
    pub facts: NodeFacts,
    /// All its pods.
    pub pods: Vec<PodFacts>,
    /// Volumes attached to it.
    pub attachments: Known<Vec<Attachment>>,
    /// Events about it.
    pub events: Known<Vec<Event>>,
}

/// One pod of a description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodView {
    /// What it asks for and may use, as the rows of `kubectl describe node` count it.
    pub load: Load,
    /// What is wrong with it, gravest first.
    pub findings: Vec<Finding>,
}

/// A node described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeDescription {
    /// Which cluster.
    pub cluster: ClusterId,
    /// When it was read.
    pub taken_at: Timestamp,
    /// The node.
    pub node: Node,
    /// More of it.
    pub facts: NodeFacts,
    /// Its roles, sorted.
    pub roles: Vec<String>,
    /// Who keeps new pods away from it and why, where this program's mark says so.
    pub mark: Option<Mark>,
    /// The plan of draining it, with its pods by namespace and name.
    pub plan: NodePlan,
    /// More of each pod of the plan, in the plan's order.
    pub pods: Vec<PodView>,
    /// What its pods have of it.
    pub allocated: Vec<Allocated>,
    /// The budgets that a drain would spend from.
    pub budgets: Vec<BudgetPlan>,
    /// Volumes attached to it, sorted.
    pub attachments: Known<Vec<Attachment>>,
    /// Events about it, the newest last.
    pub events: Known<Vec<Event>>,
    /// What else could not be read.
    pub unread: Vec<Unread>,
}

impl NodeDescription {
    /// Returns the pods with what is said of each.
    pub fn rows(&self) -> impl Iterator<Item = (&PodPlan, &PodView)> {
        self.plan.pods.iter().zip(&self.pods)
    }
}
