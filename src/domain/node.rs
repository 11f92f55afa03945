//! The node as maintenance sees it: is it schedulable, what repels pods, who put it in that state.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::labels::Labels;
use super::taint::Taint;

/// Identifies one node object: a name can be reused by another machine, a UID cannot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeRef {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.uid`.
    pub uid: String,
}

/// Tells whether the scheduler may place new pods on a node (`spec.unschedulable`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheduling {
    /// New pods may be placed.
    Enabled,
    /// The node is cordoned.
    Disabled,
}

/// Tells what the node's `Ready` condition says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeHealth {
    /// `True`: the kubelet reports and can end pods.
    Ready,
    /// `False`: the kubelet reports that it is not ready.
    NotReady,
    /// `Unknown` or absent: the kubelet does not report, so terminating pods will not finish.
    Unreachable,
}

/// A write of a whole list, as `metadata.managedFields` keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListWrite {
    /// The field manager: the name that a program gives itself.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A node, with the versions that a write to it must name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Name and UID.
    pub id: NodeRef,
    /// `metadata.resourceVersion`; empty in a snapshot that does not carry it.
    pub resource_version: String,
    /// `metadata.labels`.
    pub labels: Labels,
    /// `metadata.annotations`.
    pub annotations: BTreeMap<String, String>,
    /// Cordoned or not.
    pub scheduling: Scheduling,
    /// `spec.taints`, in the server's order.
    pub taints: Vec<Taint>,
    /// The `Ready` condition.
    pub health: NodeHealth,
    /// The last write of the list of taints that the server remembers; `None` where it does not say.
    pub taints_written: Option<ListWrite>,
}

impl Node {
    /// Returns the node's name.
    pub fn name(&self) -> &str {
        &self.id.name
    }

    /// Tells whether the node is cordoned.
    pub fn is_cordoned(&self) -> bool {
        self.scheduling == Scheduling::Disabled
    }
}
