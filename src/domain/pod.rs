//! The pod as a drain sees it: identity, who would make it again, what data dies with it, how long it may take to end.

use std::sync::Arc;

use jiff::Timestamp;

use super::labels::Labels;
use super::taint::toleration::Toleration;

/// Identifies one pod object; two pods of the same name are told apart by `uid`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodRef {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.uid`.
    pub uid: String,
}

impl PodRef {
    /// Returns `namespace/name`, the way messages name a pod.
    pub fn path(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

/// `status.phase`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Accepted, containers not all started.
    Pending,
    /// Bound, at least one container runs.
    Running,
    /// All containers ended well.
    Succeeded,
    /// All containers ended, one badly.
    Failed,
    /// The kubelet does not report, or the phase is absent.
    Unknown,
}

impl Phase {
    /// Tells whether all containers have ended for good.
    pub fn is_finished(self) -> bool {
        matches!(self, Phase::Succeeded | Phase::Failed)
    }
}

/// The pod's `Ready` condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// `Ready` is `True`.
    Ready,
    /// `Ready` is anything else or absent.
    NotReady,
}

/// Tells who made the pod object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Created through the API.
    Api,
    /// The kubelet's mirror of a static pod (annotation `kubernetes.io/config.mirror`): deleting it does nothing.
    Mirror,
}

/// An owner reference with `controller: true`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ControllerRef {
    /// `apiVersion`, for example `apps/v1`.
    pub api_version: String,
    /// `kind`, for example `ReplicaSet`.
    pub kind: String,
    /// `name`; the owner lives in the pod's namespace.
    pub name: String,
    /// `uid`.
    pub uid: String,
}

impl ControllerRef {
    /// Tells whether the reference is to a built-in DaemonSet (kubectl compares the group too since 1.34).
    pub fn is_daemon_set(&self) -> bool {
        self.kind == "DaemonSet" && self.api_version == "apps/v1"
    }
}

/// A running deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    /// `metadata.deletionTimestamp`: the grace period is already added.
    pub timestamp: Timestamp,
    /// `metadata.deletionGracePeriodSeconds`.
    pub grace_seconds: Option<i64>,
}

/// Data that lives on the node and is lost, or left behind, when the pod leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocalData {
    /// An `emptyDir` volume: deleted with the pod.
    EmptyDir {
        /// The volume's name.
        volume: String,
        /// `medium`; empty is the node's disk.
        medium: String,
        /// `sizeLimit` as written.
        size_limit: Option<String>,
    },
    /// A `hostPath` volume: stays on the node, the pod's next incarnation does not see it.
    HostPath {
        /// The volume's name.
        volume: String,
        /// The path on the node.
        path: String,
    },
}

impl LocalData {
    /// Names the volume with what is known of it: `cache (Memory, 1Gi)`, `logs (/var/log)`.
    pub fn describe(&self) -> String {
        let (volume, facts) = match self {
            LocalData::EmptyDir {
                volume,
                medium,
                size_limit,
            } => {
                let medium = Some(medium).filter(|medium| !medium.is_empty());
                let facts: Vec<&str> = medium
                    .into_iter()
                    .chain(size_limit)
                    .map(String::as_str)
                    .collect();
                (volume, facts.join(", "))
            }
            LocalData::HostPath { volume, path } => (volume, path.clone()),
        };
        if facts.is_empty() {
            volume.clone()
        } else {
            format!("{volume} ({facts})")
        }
    }

    /// Tells whether the data is deleted with the pod (kubectl asks consent only for this kind).
    pub fn is_deleted_with_pod(&self) -> bool {
        matches!(self, LocalData::EmptyDir { .. })
    }
}

/// A pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pod {
    /// Namespace, name and UID.
    pub id: PodRef,
    /// `metadata.labels`.
    pub labels: Labels,
    /// `metadata.creationTimestamp`.
    pub created: Option<Timestamp>,
    /// `spec.nodeName`.
    pub node: Option<String>,
    /// `status.phase`.
    pub phase: Phase,
    /// The `Ready` condition.
    pub readiness: Readiness,
    /// Since when it is ready; `None` where it is not, or nothing says it.
    pub ready_since: Option<Timestamp>,
    /// Who made it.
    pub origin: Origin,
    /// The owner with `controller: true`.
    pub controller: Option<ControllerRef>,
    /// Set while the pod terminates.
    pub deletion: Option<Deletion>,
    /// Volumes on the node.
    pub local_data: Vec<LocalData>,
    /// `spec.terminationGracePeriodSeconds`.
    pub grace_seconds: Option<i64>,
    /// `spec.priority`.
    pub priority: i32,
    /// `spec.tolerations`, in order; pods that are alike share the list.
    pub tolerations: Arc<[Toleration]>,
}

impl Pod {
    /// Tells whether the pod is being deleted.
    pub fn is_terminating(&self) -> bool {
        self.deletion.is_some()
    }

    /// Tells whether the eviction API asks a budget before it lets this pod go.
    ///
    /// Pending, finished and terminating pods pass (`pkg/registry/core/pod/storage/eviction.go`, `canIgnorePDB`).
    pub fn is_budgeted(&self) -> bool {
        !self.is_terminating() && !self.phase.is_finished() && self.phase != Phase::Pending
    }

    /// Returns how many seconds passed from its creation until it was ready; after a restart of a container that is more
    /// than it took.
    pub fn ready_after_seconds(&self) -> Option<i64> {
        let passed = self.ready_since?.duration_since(self.created?);
        Some(passed.as_secs().max(0))
    }

    /// Tells whether the pod is controlled by a built-in DaemonSet.
    pub fn is_daemon(&self) -> bool {
        self.controller
            .as_ref()
            .is_some_and(ControllerRef::is_daemon_set)
    }
}
