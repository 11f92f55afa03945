//! Objects that select pods: the default spreading follows them.

use super::affinity::Selector;
use crate::domain::labels::Labels;
use crate::domain::pod::ControllerRef;

/// A Service's namespace, name and `spec.selector`; an empty selector selects nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceObject {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `spec.selector`.
    pub selector: Labels,
}

/// A ReplicationController, ReplicaSet or StatefulSet with its selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkloadObject {
    /// `kind`.
    pub kind: WorkloadKind,
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `spec.selector`; absent selects nothing.
    pub selector: Option<Selector>,
    /// Those of the template's labels that are [`TOPOLOGY_LABELS`].
    pub template_topology: Labels,
}

/// The labels that admission copies from a node to the pods that are bound to it, over what these had, since 1.35.
///
/// Source: `plugin/pkg/admission/podtopologylabels`.
pub const TOPOLOGY_LABELS: [&str; 2] = [
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
];

/// The kinds that default spreading knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WorkloadKind {
    /// `v1`.
    ReplicationController,
    /// `apps/v1`.
    ReplicaSet,
    /// `apps/v1`.
    StatefulSet,
}

impl WorkloadKind {
    /// Returns the kind that an owner reference names; `None` for every other.
    pub fn of(controller: &ControllerRef) -> Option<WorkloadKind> {
        match (controller.api_version.as_str(), controller.kind.as_str()) {
            ("v1", "ReplicationController") => Some(WorkloadKind::ReplicationController),
            ("apps/v1", "ReplicaSet") => Some(WorkloadKind::ReplicaSet),
            ("apps/v1", "StatefulSet") => Some(WorkloadKind::StatefulSet),
            _ => None,
        }
    }
}

/// A Namespace and its labels, which namespace selectors read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamespaceObject {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.labels`.
    pub labels: Labels,
}
