//! Builders of nodes, pods, budgets and snapshots for tests: only what a test names differs from a healthy default.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::budget::{Amount, Budget, BudgetRef, BudgetStatus, SyncState, UnhealthyPolicy};
use crate::domain::labels::{LabelSelector, Labels, Operator, Requirement};
use crate::domain::node::{Node, NodeHealth, NodeRef, Scheduling};
use crate::domain::owner::{OwnerLookup, Workload, WorkloadState};
use crate::domain::pod::{
    ControllerRef, Deletion, LocalData, Origin, Phase, Pod, PodRef, Readiness,
};
use crate::domain::snapshot::{ClusterId, Snapshot, Unread};
use crate::domain::taint::toleration::{Toleration, TolerationEffect, TolerationOperator};
use crate::domain::taint::{Effect, Taint};

/// The moment at which all tests take place: 2026-01-01T00:00:00Z.
pub fn now() -> Timestamp {
    Timestamp::from_second(1_767_225_600).unwrap_or_default()
}

/// Begins a ready, schedulable node.
pub fn node(name: &str) -> Node {
    Node {
        id: NodeRef {
            name: name.to_owned(),
            uid: format!("uid-{name}"),
        },
        resource_version: "1".to_owned(),
        labels: labels(&[("kubernetes.io/hostname", name)]),
        annotations: BTreeMap::new(),
        scheduling: Scheduling::Enabled,
        taints: Vec::new(),
        health: NodeHealth::Ready,
        taints_written: None,
    }
}

/// Makes labels of pairs.
pub fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

/// Makes a selector of pairs; no pairs select everything.
pub fn selector(pairs: &[(&str, &str)]) -> LabelSelector {
    let requirements = pairs
        .iter()
        .map(|(key, value)| Requirement {
            key: (*key).to_owned(),
            operator: Operator::In(vec![(*value).to_owned()]),
        })
        .collect();
    LabelSelector { requirements }
}

/// Splits `namespace/name`; a name alone is in `default`.
fn split(path: &str) -> (String, String) {
    let (namespace, name) = path.split_once('/').unwrap_or(("default", path));
    (namespace.to_owned(), name.to_owned())
}

/// Builds a pod.
#[derive(Debug, Clone)]
pub struct PodBuilder {
    pod: Pod,
}

/// Begins a running, ready pod without controller: `pod("shop/web-1")`.
pub fn pod(path: &str) -> PodBuilder {
    let (namespace, name) = split(path);
    PodBuilder {
        pod: Pod {
            id: PodRef {
                uid: format!("uid-{namespace}-{name}"),
                namespace,
                name,
            },
            labels: Labels::new(),
            created: None,
            node: None,
            phase: Phase::Running,
            readiness: Readiness::Ready,
            ready_since: None,
            origin: Origin::Api,
            controller: None,
            deletion: None,
            local_data: Vec::new(),
            grace_seconds: Some(30),
            priority: 0,
            tolerations: Arc::default(),
        },
    }
}

impl PodBuilder {
    /// Binds it to a node.
    pub fn on(mut self, node: &str) -> PodBuilder {
        self.pod.node = Some(node.to_owned());
        self
    }

    /// Names its controller, for example `owned_by("ReplicaSet", "web-5d4")`.
    pub fn owned_by(mut self, kind: &str, name: &str) -> PodBuilder {
        self.pod.controller = Some(controller(kind, name));
        self
    }

    /// Adds a label.
    pub fn label(mut self, key: &str, value: &str) -> PodBuilder {
        self.pod.labels.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Sets the phase; finished and pending pods are not ready.
    pub fn phase(mut self, phase: Phase) -> PodBuilder {
        self.pod.phase = phase;
        if phase != Phase::Running {
            self.pod.readiness = Readiness::NotReady;
        }
        self
    }

    /// Makes it not ready.
    pub fn unready(mut self) -> PodBuilder {
        self.pod.readiness = Readiness::NotReady;
        self
    }

    /// Ready so many seconds after it was made, which was an hour ago.
    pub fn ready_after(mut self, seconds: i64) -> PodBuilder {
        let created = now() - jiff::SignedDuration::from_hours(1);
        self.pod.created = Some(created);
        self.pod.ready_since = Some(created + jiff::SignedDuration::from_secs(seconds));
        self
    }

    /// With this grace period.
    pub fn grace(mut self, seconds: i64) -> PodBuilder {
        self.pod.grace_seconds = Some(seconds);
        self
    }

    /// Makes it a mirror of a static pod.
    pub fn mirror(mut self) -> PodBuilder {
        self.pod.origin = Origin::Mirror;
        self
    }

    /// Lets it end since so many seconds before [`now`].
    pub fn ending_since(mut self, seconds: i64) -> PodBuilder {
        let timestamp = Timestamp::from_second(now().as_second() - seconds).unwrap_or_default();
        self.pod.deletion = Some(Deletion {
            timestamp,
            grace_seconds: Some(30),
        });
        self
    }

    /// Sets its tolerations.
    pub fn tolerating(mut self, tolerations: &[Toleration]) -> PodBuilder {
        self.pod.tolerations = tolerations.into();
        self
    }

    /// Gives it an emptyDir on the node's disk.
    pub fn empty_dir(mut self, volume: &str) -> PodBuilder {
        self.pod.local_data.push(LocalData::EmptyDir {
            volume: volume.to_owned(),
            medium: String::new(),
            size_limit: None,
        });
        self
    }

    /// Gives it a hostPath.
    pub fn host_path(mut self, volume: &str, path: &str) -> PodBuilder {
        self.pod.local_data.push(LocalData::HostPath {
            volume: volume.to_owned(),
            path: path.to_owned(),
        });
        self
    }

    /// Returns the pod.
    pub fn build(self) -> Pod {
        self.pod
    }
}

impl From<PodBuilder> for Pod {
    fn from(builder: PodBuilder) -> Pod {
        builder.pod
    }
}

/// Returns a reference to a controller of a built-in kind.
pub fn controller(kind: &str, name: &str) -> ControllerRef {
    let api_version = match kind {
        "Job" | "CronJob" => "batch/v1",
        "ReplicationController" | "Node" => "v1",
        _ => "apps/v1",
    };
    ControllerRef {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        name: name.to_owned(),
        uid: format!("uid-{kind}-{name}"),
    }
}

/// Makes an active workload with this many replicas.
pub fn workload(kind: &str, path: &str, replicas: i64) -> Workload {
    let (namespace, name) = split(path);
    Workload {
        namespace,
        id: controller(kind, &name),
        controller: None,
        replicas: Some(replicas),
        state: WorkloadState::Active,
    }
}

/// Makes a taint: `taint("dedicated", "db", Effect::NoSchedule)`.
pub fn taint(key: &str, value: &str, effect: Effect) -> Taint {
    Taint {
        key: key.to_owned(),
        value: value.to_owned(),
        effect,
        time_added: None,
    }
}

/// Makes a toleration of every taint with a key, for ever or for so many seconds; the empty key is every key.
pub fn tolerates(key: &str, seconds: Option<i64>) -> Toleration {
    Toleration {
        key: key.to_owned(),
        operator: TolerationOperator::Exists,
        value: String::new(),
        effect: TolerationEffect::Any,
        seconds,
    }
}

/// Builds a budget.
#[derive(Debug, Clone)]
pub struct BudgetBuilder {
    budget: Budget,
}

/// Begins a computed budget that selects nothing: `budget("shop/web").selecting(&[("app", "web")]).counts(3, 2, 3)`.
pub fn budget(path: &str) -> BudgetBuilder {
    let (namespace, name) = split(path);
    BudgetBuilder {
        budget: Budget {
            uid: format!("uid-{namespace}-{name}"),
            id: BudgetRef { namespace, name },
            generation: 1,
            selector: None,
            min_available: None,
            max_unavailable: None,
            unhealthy_policy: UnhealthyPolicy::IfHealthyBudget,
            status: BudgetStatus {
                observed_generation: Some(1),
                disruptions_allowed: 0,
                current_healthy: 0,
                desired_healthy: 0,
                expected_pods: 0,
                disrupted_pods: BTreeMap::new(),
                sync: SyncState::Computed,
            },
        },
    }
}

impl BudgetBuilder {
    /// Selects pods with these labels; no pairs select the namespace.
    pub fn selecting(mut self, pairs: &[(&str, &str)]) -> BudgetBuilder {
        self.budget.selector = Some(selector(pairs));
        self
    }

    /// Sets `minAvailable`.
    pub fn min_available(mut self, amount: Amount) -> BudgetBuilder {
        self.budget.min_available = Some(amount);
        self
    }

    /// Sets `maxUnavailable`.
    pub fn max_unavailable(mut self, amount: Amount) -> BudgetBuilder {
        self.budget.max_unavailable = Some(amount);
        self
    }

    /// Fills the status as the controller would: so many healthy of so many expected.
    pub fn counts(mut self, healthy: i64, expected: i64) -> BudgetBuilder {
        let desired = self.budget.desired_by_spec(expected);
        let status = &mut self.budget.status;
        status.current_healthy = healthy;
        status.expected_pods = expected;
        status.desired_healthy = desired;
        status.disruptions_allowed = if expected > 0 {
            (healthy - desired).max(0)
        } else {
            0
        };
        self
    }

    /// Lets unready pods go always.
    pub fn always_allow(mut self) -> BudgetBuilder {
        self.budget.unhealthy_policy = UnhealthyPolicy::AlwaysAllow;
        self
    }

    /// Makes the spec newer than the status.
    pub fn stale(mut self) -> BudgetBuilder {
        self.budget.generation += 1;
        self
    }

    /// Says that it was never computed.
    pub fn never_synced(mut self) -> BudgetBuilder {
        self.budget.status.observed_generation = None;
        self
    }

    /// Says that the controller failed on it.
    pub fn sync_failed(mut self, message: &str) -> BudgetBuilder {
        self.budget.status.sync = SyncState::Failed {
            message: message.to_owned(),
        };
        self.budget.status.disruptions_allowed = 0;
        self
    }

    /// Adds an eviction that the controller has not seen the end of.
    pub fn disrupted(mut self, pod: &str) -> BudgetBuilder {
        self.budget
            .status
            .disrupted_pods
            .insert(pod.to_owned(), now());
        self
    }

    /// Returns the budget.
    pub fn build(self) -> Budget {
        self.budget
    }
}

impl From<BudgetBuilder> for Budget {
    fn from(builder: BudgetBuilder) -> Budget {
        builder.budget
    }
}

/// Builds a snapshot.
#[derive(Debug, Clone, Default)]
pub struct SnapshotBuilder {
    snapshot: Snapshot,
}

/// Begins an empty, complete snapshot taken [`now`].
pub fn snapshot() -> SnapshotBuilder {
    SnapshotBuilder {
        snapshot: Snapshot {
            cluster: ClusterId {
                server: "https://cluster.test:6443".to_owned(),
                version: "v1.37.2".to_owned(),
            },
            taken_at: now(),
            ..Snapshot::default()
        },
    }
}

impl SnapshotBuilder {
    /// Adds a node.
    pub fn node(mut self, node: Node) -> SnapshotBuilder {
        self.snapshot.nodes.insert(node.id.name.clone(), node);
        self
    }

    /// Adds a pod.
    pub fn pod(mut self, pod: impl Into<Pod>) -> SnapshotBuilder {
        self.snapshot.pods.push(pod.into());
        self
    }

    /// Adds a budget.
    pub fn budget(mut self, budget: impl Into<Budget>) -> SnapshotBuilder {
        self.snapshot.budgets.push(budget.into());
        self
    }

    /// Adds an owner that exists.
    pub fn owner(mut self, workload: Workload) -> SnapshotBuilder {
        self.snapshot.insert_owner(workload);
        self
    }

    /// Says what is known of an owner.
    pub fn lookup(
        mut self,
        namespace: &str,
        controller: ControllerRef,
        lookup: OwnerLookup,
    ) -> SnapshotBuilder {
        self.snapshot
            .owners
            .insert((namespace.to_owned(), controller), lookup);
        self
    }

    /// Says that a namespace is being deleted.
    pub fn ending_namespace(mut self, name: &str) -> SnapshotBuilder {
        self.snapshot.ending_namespaces.insert(name.to_owned());
        self
    }

    /// Says that something could not be read.
    pub fn unread(mut self, what: &str, reason: &str) -> SnapshotBuilder {
        self.snapshot.unread.push(Unread {
            what: what.to_owned(),
            reason: reason.to_owned(),
        });
        self
    }

    /// Returns the snapshot.
    pub fn build(self) -> Snapshot {
        self.snapshot
    }
}
