//! Objects that select pods: the default spreading follows them.

use super::affinity::Selector;
use crate::domain::labels::Labels;

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
}

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

/// A Namespace and its labels, which namespace selectors read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamespaceObject {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.labels`.
    pub labels: Labels,
}
