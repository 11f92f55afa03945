//! Gathers objects into a snapshot and decides what a missing one means.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::document::{Object, ObjectOrigin, SnapshotHead, Visitor};
use super::error::Problem;
use super::owners::{OwnerIndex, group};
use crate::adapters::wire;
use crate::adapters::wire::fit::FitKind;
use crate::domain::budget::{Budget, BudgetRef};
use crate::domain::node::Node;
use crate::domain::owner::OwnerLookup;
use crate::domain::pod::{ControllerRef, Pod};
use crate::domain::snapshot::{ClusterId, Snapshot, Unread};
use crate::engine::observe::BUDGETS;

/// What the objects read so far make. Lists that were appended to each other may overlap: the later object stands.
pub(super) struct Collector {
    snapshot: Snapshot,
    pods: BTreeMap<(String, String), Pod>,
    budgets: BTreeMap<BudgetRef, Budget>,
    owners: OwnerIndex,
    stated: BTreeMap<(String, ControllerRef), OwnerLookup>,
    kinds: BTreeSet<String>,
    says_what_it_holds: bool,
}

impl Collector {
    /// Begins; `taken_at` stands until a snapshot says otherwise.
    pub fn new(taken_at: Timestamp) -> Collector {
        Collector {
            snapshot: Snapshot {
                taken_at,
                ..Snapshot::default()
            },
            pods: BTreeMap::new(),
            budgets: BTreeMap::new(),
            owners: OwnerIndex::default(),
            stated: BTreeMap::new(),
            kinds: BTreeSet::new(),
            says_what_it_holds: false,
        }
    }

    /// Resolves the owners and returns the snapshot.
    pub fn finish(mut self) -> Result<Snapshot, Problem> {
        if self.snapshot.nodes.is_empty() {
            return Err(Problem::NoNodes);
        }
        // A list that kubectl wrote does not say what was asked for, so no budget at all may mean that none was read.
        if !self.says_what_it_holds && !self.kinds.contains("PodDisruptionBudget") {
            self.snapshot.unread.push(Unread {
                what: BUDGETS.to_owned(),
                reason: "the file holds no PodDisruptionBudget, and does not say that the cluster has none"
                    .to_owned(),
            });
        }
        self.snapshot.pods = self.pods.into_values().collect();
        self.snapshot.budgets = self.budgets.into_values().collect();
        let mut owners = self.owners.resolve(&self.snapshot.pods);
        owners.extend(self.stated);
        self.snapshot.owners = owners;
        Ok(self.snapshot)
    }

    fn known(&mut self, object: &Object<'_>) -> Result<bool, Problem> {
        match (group(object.api_version), object.kind) {
            ("", "Node") => {
                self.node(read::<wire::Node, _>(object)?)
                    .map_err(|cause| object.fault(cause))?;
            }
            ("", "Pod") => {
                let pod: Pod = read::<wire::Pod, _>(object)?;
                let name = (pod.id.namespace.clone(), pod.id.name.clone());
                self.pods.insert(name, pod);
            }
            ("policy", "PodDisruptionBudget") => {
                let budget: Budget = read::<wire::PodDisruptionBudget, _>(object)?;
                self.budgets.insert(budget.id.clone(), budget);
            }
            ("", "Namespace") => {
                let namespace: wire::Namespace = decode(object)?;
                if namespace.is_ending() {
                    let name = namespace.metadata.name;
                    self.snapshot.ending_namespaces.insert(name);
                }
            }
            ("apps", "ReplicaSet" | "Deployment" | "StatefulSet" | "DaemonSet")
            | ("batch", "Job" | "CronJob")
            | ("", "ReplicationController") => self.add_owner(object)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Takes a node. The same one may stand in a file twice; two machines under one name cannot be told apart.
    fn node(&mut self, node: Node) -> Result<(), String> {
        let name = node.id.name.clone();
        let uid = node.id.uid.clone();
        match self.snapshot.nodes.insert(name, node) {
            Some(other) if other.id.uid != uid => Err(format!(
                "Node {}: the file has two nodes of this name, with the UIDs {:?} and {uid:?}: leave out the one that is gone",
                other.id.name, other.id.uid
            )),
            _ => Ok(()),
        }
    }

    fn add_owner(&mut self, object: &Object<'_>) -> Result<(), Problem> {
        let mut workload: wire::Workload = decode(object)?;
        // The items of a typed list leave both out.
        workload.api_version = Some(object.api_version.to_owned());
        workload.kind = Some(object.kind.to_owned());
        let workload = workload.try_into().map_err(|cause| object.fault(cause))?;
        self.owners.add(workload);
        Ok(())
    }
}

impl Visitor for Collector {
    fn snapshot(&mut self, head: SnapshotHead) -> Result<(), Problem> {
        self.says_what_it_holds = true;
        self.snapshot.cluster = ClusterId {
            server: head.cluster.server,
            version: head.cluster.version,
        };
        if let Some(taken_at) = head.taken_at {
            self.snapshot.taken_at = taken_at;
        }
        let unread = head.unread.into_iter().map(|entry| Unread {
            what: entry.what,
            reason: entry.reason,
        });
        self.snapshot.unread.extend(unread);
        for owner in head.unresolved_owners {
            let controller = ControllerRef {
                api_version: owner.api_version,
                kind: owner.kind,
                name: owner.name,
                uid: owner.uid,
            };
            let lookup = match owner.unreadable {
                Some(reason) => OwnerLookup::Unreadable { reason },
                None => OwnerLookup::Gone,
            };
            self.stated.insert((owner.namespace, controller), lookup);
        }
        Ok(())
    }

    fn object(&mut self, object: Object<'_>) -> Result<(), Problem> {
        self.kinds.insert(object.kind.to_owned());
        if self.known(&object)? {
            return Ok(());
        }
        match object.origin {
            // Any object may own pods; one that does not even look like an owner is of no use here.
            ObjectOrigin::Kubectl => self.add_owner(&object).or(Ok(())),
            ObjectOrigin::Snapshot if is_custom(object.api_version) => self.add_owner(&object),
            ObjectOrigin::Snapshot if is_for_scheduling(&object) => Ok(()),
            ObjectOrigin::Snapshot => Err(object.fault(format!(
                "{}: its kind ({}) does not belong into a snapshot",
                wire::describe(object.kind, object.json),
                object.api_version
            ))),
        }
    }
}

/// Tells whether only the scheduler's rules, and what prepares a pod for them, read an object.
fn is_for_scheduling(object: &Object<'_>) -> bool {
    let is_priority =
        (group(object.api_version), object.kind) == ("scheduling.k8s.io", "PriorityClass");
    is_priority || FitKind::of(object.api_version, object.kind).is_some()
}

/// Tells whether an apiVersion is of a custom resource: built-in groups have no dot or end in `.k8s.io`.
fn is_custom(api_version: &str) -> bool {
    let group = group(api_version);
    group.contains('.') && !group.ends_with(".k8s.io")
}

fn decode<T: DeserializeOwned>(object: &Object<'_>) -> Result<T, Problem> {
    wire::decode(object.kind, object.json).map_err(|cause| object.fault(cause))
}

fn read<W, D>(object: &Object<'_>) -> Result<D, Problem>
where
    W: DeserializeOwned,
    D: TryFrom<W, Error = wire::ConvertError>,
{
    D::try_from(decode::<W>(object)?).map_err(|cause| object.fault(cause))
}
