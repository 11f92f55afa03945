//! What was read of a cluster at one moment, and what could not be read.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::budget::Budget;
use super::node::Node;
use super::owner::{OwnerLookup, Workload};
use super::pod::{ControllerRef, Pod};

/// Which cluster a snapshot shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClusterId {
    /// The server's URL; empty where the source does not say.
    pub server: String,
    /// The server's `gitVersion`; empty where unknown.
    pub version: String,
}

/// Something that was asked for and could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// What: a resource such as `poddisruptionbudgets.policy`.
    pub what: String,
    /// Why, in the server's words where it gave any.
    pub reason: String,
}

/// The state of a cluster, as far as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    /// Which cluster.
    pub cluster: ClusterId,
    /// When it was read.
    pub taken_at: Timestamp,
    /// Nodes, by name.
    pub nodes: BTreeMap<String, Node>,
    /// Pods, in the source's order.
    pub pods: Vec<Pod>,
    /// Budgets, in the source's order.
    pub budgets: Vec<Budget>,
    /// Owners, by namespace and the reference that names them.
    pub owners: BTreeMap<(String, ControllerRef), OwnerLookup>,
    /// Names of the namespaces that are being deleted.
    pub ending_namespaces: std::collections::BTreeSet<String>,
    /// What could not be read.
    pub unread: Vec<Unread>,
}

impl Snapshot {
    /// Returns the pods bound to a node, in the snapshot's order.
    pub fn pods_on<'a>(&'a self, node: &'a str) -> impl Iterator<Item = &'a Pod> {
        self.pods
            .iter()
            .filter(move |pod| pod.node.as_deref() == Some(node))
    }

    /// Returns what is known about a pod's controller; `None` where the pod names none.
    pub fn owner_of(&self, pod: &Pod) -> Option<&OwnerLookup> {
        let controller = pod.controller.as_ref()?;
        self.owners
            .get(&(pod.id.namespace.clone(), controller.clone()))
    }

    /// Records a workload under the reference by which its pods name it.
    pub fn insert_owner(&mut self, workload: Workload) {
        let key = (workload.namespace.clone(), workload.id.clone());
        self.owners
            .insert(key, OwnerLookup::Found(Box::new(workload)));
    }

    /// Tells whether everything that was asked for could be read.
    pub fn is_complete(&self) -> bool {
        self.unread.is_empty()
    }
}
