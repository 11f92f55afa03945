//! A cluster as the scheduler's cache holds it: nodes with what is used on them, pods folded to rows that share their
//! template, and everything else that a rule looks up.
//!
//! A row of a pod is small because pods of one template share it; counts per node are kept as pods are placed and taken
//! away, so that judging a pod reads sums instead of walking pods.

mod added;
mod build;
mod class_labels;
mod cordon;
mod derived;
mod free;
mod images;
mod kind_index;
mod meanwhile;
mod place;
mod pods;
mod postings;
mod rows;
mod selecting;
mod successor;
mod topology;
mod trial;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

pub use build::WorldBuilder;
pub(in crate::domain::fit) use cordon::UNSCHEDULABLE;
use derived::Derived;
pub use free::Free;
pub use kind_index::{KindIndex, OthersTerm, TermRole};
pub use pods::{Family, Own, Template};
pub use rows::{
    ByNode, KindIx, Members, NodeClass, NodeIx, NodeRow, Place, PodExtra, PodIx, PodKind, PodRow,
    RowHasher, Standing,
};
pub use topology::Topology;

use super::amount::Amounts;
use super::object::claim::{DeviceClassObject, ResourceClaimObject};
use super::object::storage::{
    AttachmentObject, CapacityObject, ClaimObject, ClassObject, CsiDriverObject, CsiNodeObject,
    VolumeObject,
};
use super::object::workload::{ServiceObject, WorkloadKind, WorkloadObject};
use super::profile::Minor;
use crate::domain::labels::Labels;

/// Namespace and name of an object.
pub type ObjectName = (String, String);

/// A kind of object that rules read and that may be missing from what was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// Namespaces.
    Namespaces,
    /// PersistentVolumeClaims.
    Claims,
    /// PersistentVolumes.
    Volumes,
    /// StorageClasses.
    Classes,
    /// CSINodes.
    CsiNodes,
    /// CSIDrivers.
    CsiDrivers,
    /// CSIStorageCapacities.
    Capacities,
    /// VolumeAttachments.
    Attachments,
    /// Services.
    Services,
    /// ReplicationControllers.
    ReplicationControllers,
    /// ReplicaSets.
    ReplicaSets,
    /// StatefulSets.
    StatefulSets,
    /// ResourceClaims.
    ResourceClaims,
    /// DeviceClasses.
    DeviceClasses,
}

impl ObjectKind {
    /// All kinds.
    pub const ALL: [ObjectKind; 14] = [
        ObjectKind::Namespaces,
        ObjectKind::Claims,
        ObjectKind::Volumes,
        ObjectKind::Classes,
        ObjectKind::CsiNodes,
        ObjectKind::CsiDrivers,
        ObjectKind::Capacities,
        ObjectKind::Attachments,
        ObjectKind::Services,
        ObjectKind::ReplicationControllers,
        ObjectKind::ReplicaSets,
        ObjectKind::StatefulSets,
        ObjectKind::ResourceClaims,
        ObjectKind::DeviceClasses,
    ];

    /// Returns the resource's name as kubectl prints it.
    pub fn resource(self) -> &'static str {
        match self {
            ObjectKind::Namespaces => "namespaces",
            ObjectKind::Claims => "persistentvolumeclaims",
            ObjectKind::Volumes => "persistentvolumes",
            ObjectKind::Classes => "storageclasses.storage.k8s.io",
            ObjectKind::CsiNodes => "csinodes.storage.k8s.io",
            ObjectKind::CsiDrivers => "csidrivers.storage.k8s.io",
            ObjectKind::Capacities => "csistoragecapacities.storage.k8s.io",
            ObjectKind::Attachments => "volumeattachments.storage.k8s.io",
            ObjectKind::Services => "services",
            ObjectKind::ReplicationControllers => "replicationcontrollers",
            ObjectKind::ReplicaSets => "replicasets.apps",
            ObjectKind::StatefulSets => "statefulsets.apps",
            ObjectKind::ResourceClaims => "resourceclaims.resource.k8s.io",
            ObjectKind::DeviceClasses => "deviceclasses.resource.k8s.io",
        }
    }
}

/// A cluster, ready to be asked where pods fit.
#[derive(Debug)]
pub struct World {
    /// Whose rules the sums follow.
    pub minor: Minor,
    /// Nodes, by name.
    pub nodes: Vec<NodeRow>,
    /// Sets of nodes that are alike in labels (but for their host name), taints, cordon and declared features.
    pub classes: Vec<NodeClass>,
    /// Pods that are not finished, in the order in which they came.
    pub pods: Vec<PodRow>,
    /// What pods share: namespace, labels and template.
    pub kinds: Vec<PodKind>,
    /// The pods on each node, by node.
    pub on_node: Vec<Vec<PodIx>>,
    /// What is requested on each node, by node.
    pub used: Vec<Amounts>,
    /// What the scores count as requested on each node (containers without requests count a default), by node: milli-CPU
    /// and bytes.
    pub non_zero: Vec<(i64, i64)>,
    /// Names of the resources beyond CPU, memory and ephemeral storage, as [`Amounts`] number them.
    pub scalars: Vec<String>,
    /// Labels of the namespaces that are known.
    pub namespaces: BTreeMap<String, Labels>,
    /// Claims.
    pub claims: BTreeMap<ObjectName, ClaimObject>,
    /// Volumes, by name.
    pub volumes: BTreeMap<String, VolumeObject>,
    /// Storage classes, by name.
    pub storage_classes: BTreeMap<String, ClassObject>,
    /// CSINodes, by name.
    pub csi_nodes: BTreeMap<String, CsiNodeObject>,
    /// CSIDrivers, by name.
    pub csi_drivers: BTreeMap<String, CsiDriverObject>,
    /// CSIStorageCapacities.
    pub capacities: Vec<CapacityObject>,
    /// VolumeAttachments, by node.
    pub attachments: Vec<AttachmentObject>,
    /// Services.
    pub services: Vec<ServiceObject>,
    /// ReplicationControllers, ReplicaSets and StatefulSets.
    pub workloads: Vec<WorkloadObject>,
    /// Resource claims.
    pub resource_claims: BTreeMap<ObjectName, ResourceClaimObject>,
    /// Device classes, by name.
    pub device_classes: BTreeMap<String, DeviceClassObject>,
    /// Kinds that could not be read, with the reason.
    pub unread: BTreeMap<ObjectKind, String>,
    by_name: HashMap<String, NodeIx>,
    class_of: Vec<u32>,
    free: Free,
    /// Pods for which room was made on a node; few, but every judged pod asks for them.
    nominated: Vec<PodIx>,
    /// Pods that a dry run of preemption took off a node.
    removed: Vec<(PodIx, NodeIx)>,
    derived: Derived,
}

impl World {
    /// Returns the node of a name.
    pub fn node_named(&self, name: &str) -> Option<NodeIx> {
        self.by_name.get(name).copied()
    }

    /// Returns a node.
    pub fn node(&self, node: NodeIx) -> &NodeRow {
        &self.nodes[node.index()]
    }

    /// Returns a pod.
    pub fn pod(&self, pod: PodIx) -> &PodRow {
        &self.pods[pod.index()]
    }

    /// Returns what a pod shares with its like.
    pub fn kind_of(&self, pod: PodIx) -> &PodKind {
        &self.kinds[self.pod(pod).kind.index()]
    }

    /// Returns all nodes.
    pub fn node_indexes(&self) -> impl Iterator<Item = NodeIx> + use<> {
        (0..self.nodes.len()).map(NodeIx::at)
    }

    /// Returns the class of a node, as an index into [`World::classes`].
    pub fn class_of(&self, node: NodeIx) -> usize {
        self.class_of[node.index()] as usize
    }

    /// Returns for each node what is said of its class.
    pub fn by_node<T: Copy>(&self, by_class: &[T]) -> Vec<T> {
        let classes = self.class_of.iter();
        classes.map(|class| by_class[*class as usize]).collect()
    }

    /// Takes out the classes of nodes whose label of a key does not hold; an absent label is `None`. The label of host names,
    /// in which nodes of a class may differ, must not be asked for.
    pub fn narrow_classes(
        &self,
        classes: &mut [bool],
        key: &str,
        holds: impl Fn(Option<&str>) -> bool,
    ) {
        let labels = self.derived.class_labels(&self.nodes, &self.classes, key);
        labels.narrow(classes, holds);
    }

    /// Returns what is free on each node.
    pub fn free(&self) -> &Free {
        &self.free
    }

    /// Returns the pods that wait for a node on which room was made for them, each with that node.
    pub fn nominated(&self) -> impl Iterator<Item = (PodIx, NodeIx)> {
        self.nominated.iter().filter_map(|pod| {
            let row = self.pod(*pod);
            let node = row.nominated?;
            (row.place == Place::Pending).then_some((*pod, node))
        })
    }

    /// Finds the pod of that namespace and name.
    pub fn find_pod(&self, namespace: &str, name: &str) -> Option<PodIx> {
        let found = self.pods.iter().position(|pod| {
            &*pod.name == name && *self.kinds[pod.kind.index()].namespace == *namespace
        });
        found.map(PodIx::at)
    }

    /// Returns a claim.
    pub fn claim(&self, namespace: &str, name: &str) -> Option<&ClaimObject> {
        self.claims.get(&(namespace.to_owned(), name.to_owned()))
    }

    /// Returns the attachments of volumes to a node.
    pub fn attachments_on(&self, node: &str) -> &[AttachmentObject] {
        let first = self.attachments.partition_point(|one| *one.node < *node);
        let rest = &self.attachments[first..];
        &rest[..rest.partition_point(|one| one.node == node)]
    }

    /// Returns `namespace/name` of a pod.
    pub fn path(&self, pod: PodIx) -> String {
        format!("{}/{}", self.kind_of(pod).namespace, self.pod(pod).name)
    }

    /// Returns the labels of a namespace; those of an unknown one are empty, as the scheduler takes them.
    pub fn namespace_labels(&self, namespace: &str) -> &Labels {
        static NONE: Labels = Labels::new();
        self.namespaces.get(namespace).unwrap_or(&NONE)
    }

    /// Says why a kind could not be read; `None` where it was.
    pub fn unread(&self, kind: ObjectKind) -> Option<String> {
        let reason = self.unread.get(&kind)?;
        Some(format!("{} could not be read: {reason}", kind.resource()))
    }

    /// Returns, for a topology key, the domain of each node; worked out once for each key.
    pub fn topology(&self, key: &str) -> Arc<Topology> {
        self.derived.topology(&self.nodes, key)
    }

    /// Returns the kinds of pods by label, and what their affinity terms say of other pods; worked out once.
    pub fn kind_index(&self) -> Arc<KindIndex> {
        self.derived.kind_index(&self.kinds)
    }

    /// Returns the nodes that have an image of a name, with its size there in bytes.
    pub fn nodes_with_image(&self, name: &str) -> &[(NodeIx, i64)] {
        self.derived.images(&self.nodes).nodes(name)
    }

    /// Returns the Services of a namespace.
    pub fn services_in(&self, namespace: &str) -> impl Iterator<Item = &ServiceObject> {
        self.derived.selecting(self).services(self, namespace)
    }

    /// Returns the ReplicationController, ReplicaSet or StatefulSet of a name.
    pub fn workload(
        &self,
        kind: WorkloadKind,
        namespace: &str,
        name: &str,
    ) -> Option<&WorkloadObject> {
        self.derived
            .selecting(self)
            .workload(self, kind, namespace, name)
    }

    /// Returns the name of a resource beyond CPU, memory and ephemeral storage.
    pub fn scalar_name(&self, scalar: usize) -> &str {
        &self.scalars[scalar]
    }
}
