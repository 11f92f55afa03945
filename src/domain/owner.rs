//! Workload owners: who makes a pod again after it left.

use super::pod::ControllerRef;

/// A workload controller's object (ReplicaSet, StatefulSet, DaemonSet, Job, ReplicationController, ...).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    /// `metadata.namespace`.
    pub namespace: String,
    /// apiVersion, kind, name, UID.
    pub id: ControllerRef,
    /// Its own controller, such as the Deployment of a ReplicaSet.
    pub controller: Option<ControllerRef>,
    /// `spec.replicas` where the kind has it.
    pub replicas: Option<i64>,
    /// Whether the object is being deleted.
    pub state: WorkloadState,
}

/// Tells whether a workload's object is being deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkloadState {
    /// It works.
    Active,
    /// It carries a deletion timestamp and makes no new pods.
    Ending,
}

/// What is known about the owner that a pod names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnerLookup {
    /// The object exists with the UID that the pod names.
    Found(Box<Workload>),
    /// It is not there, or another object has its name.
    Gone,
    /// It could not be read: no right, a kind that this program does not know, a failed request.
    Unreadable {
        /// Why, in the server's words where it gave any.
        reason: String,
    },
}
