//! Folds objects into a world, one at a time, so that no list of whole objects ever exists.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::RandomState;
use std::sync::Arc;

use super::super::amount::{Amounts, Usage, is_scalar};
use super::super::object::Resources;
use super::super::object::claim::{DeviceClassObject, ResourceClaimObject};
use super::super::object::node::{NodeObject, Unschedulable};
use super::super::object::pod::{Container, PodResize, PodSpec};
use super::super::object::storage::{
    AttachmentObject, CapacityObject, ClaimObject, ClassObject, CsiDriverObject, CsiNodeObject,
    VolumeObject,
};
use super::super::object::toleration::Toleration;
use super::super::object::workload::{NamespaceObject, ServiceObject, WorkloadObject};
use super::super::profile::Minor;
use super::derived::Derived;
use super::free::Free;
use super::pods::KindPlace;
use super::rows::{KindIx, NodeClass, NodeIx, NodeRow, Place, PodIx};
use super::{ObjectKind, World};
use crate::domain::labels::Labels;
use crate::domain::pod::ControllerRef;

/// The label that every node has to itself.
const HOSTNAME: &str = "kubernetes.io/hostname";

/// The nodes that a pod names: bound to, nominated to.
type NodeNames = (Option<Arc<str>>, Option<Arc<str>>);

/// Takes objects in any order.
pub struct WorldBuilder {
    pub(super) world: World,
    /// The nodes that pods name, by pod: bound, nominated.
    pub(super) names: Vec<NodeNames>,
    pub(super) texts: HashSet<Arc<str>>,
    pub(super) labels: HashSet<Arc<Labels>>,
    pub(super) specs: HashMap<Arc<PodSpec>, Arc<Usage>>,
    pub(super) containers: HashSet<Arc<Vec<Container>>>,
    pub(super) tolerations: HashSet<Arc<Vec<Toleration>>>,
    pub(super) usages: HashSet<Arc<Usage>>,
    /// What a pod takes of its node, by the place of its spec and what its status says.
    pub(super) existing: HashMap<(usize, PodResize), Arc<Usage>>,
    pub(super) controllers: HashSet<Arc<ControllerRef>>,
    pub(super) kinds: HashMap<KindPlace, KindIx>,
    scalars: HashMap<String, u32>,
    /// Pods by a hash of namespace and name.
    pub(super) known: HashMap<u64, PodIx>,
    pub(super) hasher: RandomState,
}

impl WorldBuilder {
    /// Begins an empty world that counts as a minor of the scheduler does.
    pub fn new(minor: Minor) -> WorldBuilder {
        WorldBuilder {
            world: World {
                minor,
                nodes: Vec::new(),
                classes: Vec::new(),
                pods: Vec::new(),
                kinds: Vec::new(),
                on_node: Vec::new(),
                used: Vec::new(),
                non_zero: Vec::new(),
                scalars: Vec::new(),
                namespaces: BTreeMap::new(),
                claims: BTreeMap::new(),
                volumes: BTreeMap::new(),
                storage_classes: BTreeMap::new(),
                csi_nodes: BTreeMap::new(),
                csi_drivers: BTreeMap::new(),
                capacities: Vec::new(),
                attachments: Vec::new(),
                services: Vec::new(),
                workloads: Vec::new(),
                resource_claims: BTreeMap::new(),
                device_classes: BTreeMap::new(),
                unread: BTreeMap::new(),
                by_name: HashMap::new(),
                class_of: Vec::new(),
                free: Free::default(),
                nominated: Vec::new(),
                removed: Vec::new(),
                derived: Derived::default(),
            },
            names: Vec::new(),
            texts: HashSet::new(),
            labels: HashSet::new(),
            specs: HashMap::new(),
            containers: HashSet::new(),
            tolerations: HashSet::new(),
            usages: HashSet::new(),
            existing: HashMap::new(),
            controllers: HashSet::new(),
            kinds: HashMap::new(),
            scalars: HashMap::new(),
            known: HashMap::new(),
            hasher: RandomState::new(),
        }
    }

    /// Adds a node; of two with one name the later stands.
    pub fn node(&mut self, object: NodeObject) {
        let allocatable = self.amounts(&object.allocatable);
        let pod_limit = object
            .allocatable
            .get("pods")
            .map_or(0, |pods| pods.value());
        let row = NodeRow {
            object,
            allocatable,
            pod_limit,
        };
        match self.world.by_name.get(&row.object.name) {
            Some(known) => self.world.nodes[known.index()] = row,
            None => {
                let place = NodeIx::at(self.world.nodes.len());
                self.world.by_name.insert(row.object.name.clone(), place);
                self.world.nodes.push(row);
            }
        }
    }

    /// Adds a namespace.
    pub fn namespace(&mut self, object: NamespaceObject) {
        self.world.namespaces.insert(object.name, object.labels);
    }

    /// Adds a claim.
    pub fn claim(&mut self, object: ClaimObject) {
        let name = (object.namespace.clone(), object.name.clone());
        self.world.claims.insert(name, object);
    }

    /// Adds a volume.
    pub fn volume(&mut self, object: VolumeObject) {
        self.world.volumes.insert(object.name.clone(), object);
    }

    /// Adds a storage class.
    pub fn storage_class(&mut self, object: ClassObject) {
        self.world
            .storage_classes
            .insert(object.name.clone(), object);
    }

    /// Adds a CSINode.
    pub fn csi_node(&mut self, object: CsiNodeObject) {
        self.world.csi_nodes.insert(object.name.clone(), object);
    }

    /// Adds a CSIDriver.
    pub fn csi_driver(&mut self, object: CsiDriverObject) {
        self.world.csi_drivers.insert(object.name.clone(), object);
    }

    /// Adds a CSIStorageCapacity.
    pub fn capacity(&mut self, object: CapacityObject) {
        self.world.capacities.push(object);
    }

    /// Adds a VolumeAttachment.
    pub fn attachment(&mut self, object: AttachmentObject) {
        self.world.attachments.push(object);
    }

    /// Adds a Service.
    pub fn service(&mut self, object: ServiceObject) {
        self.world.services.push(object);
    }

    /// Adds a ReplicationController, ReplicaSet or StatefulSet.
    pub fn workload(&mut self, object: WorkloadObject) {
        self.world.workloads.push(object);
    }

    /// Adds a resource claim.
    pub fn resource_claim(&mut self, object: ResourceClaimObject) {
        let name = (object.namespace.clone(), object.name.clone());
        self.world.resource_claims.insert(name, object);
    }

    /// Adds a device class.
    pub fn device_class(&mut self, object: DeviceClassObject) {
        self.world
            .device_classes
            .insert(object.name.clone(), object);
    }

    /// Notes that a kind could not be read.
    pub fn unread(&mut self, kind: ObjectKind, reason: impl Into<String>) {
        self.world.unread.insert(kind, reason.into());
    }

    /// Puts the pods on their nodes and returns the world.
    pub fn finish(mut self) -> World {
        self.foresee_successors();
        let WorldBuilder {
            mut world, names, ..
        } = self;
        world
            .nodes
            .sort_by(|a, b| a.object.name.cmp(&b.object.name));
        keep_last(&mut world.capacities, |c| {
            (c.namespace.clone(), c.name.clone())
        });
        keep_last(&mut world.attachments, |a| a.name.clone());
        keep_last(&mut world.services, |s| {
            (s.namespace.clone(), s.name.clone())
        });
        keep_last(&mut world.workloads, |w| {
            (w.kind, w.namespace.clone(), w.name.clone())
        });
        world.attachments.sort_by(|a, b| a.node.cmp(&b.node));
        world.by_name = (0..world.nodes.len())
            .map(|at| (world.nodes[at].object.name.clone(), NodeIx::at(at)))
            .collect();
        world.on_node = vec![Vec::new(); world.nodes.len()];
        world.used = vec![Amounts::default(); world.nodes.len()];
        world.non_zero = vec![(0, 0); world.nodes.len()];
        world.free = Free::of(&world.nodes);
        classify(&mut world);
        for (at, (bound, nominated)) in names.into_iter().enumerate() {
            let pod = PodIx::at(at);
            world.pods[at].nominated = nominated.and_then(|name| world.node_named(&name));
            // Up to 1.34 the nomination of a pod that was bound since stays in its status.
            if bound.is_none() && world.pods[at].nominated.is_some() {
                world.nominated.push(pod);
            }
            match bound {
                None => {}
                Some(name) => match world.node_named(&name) {
                    Some(node) => world.place(pod, node),
                    None => world.pods[at].place = Place::Lost((&*name).into()),
                },
            }
        }
        world
    }

    /// Returns the name of the node that a pod is bound to, there or not.
    pub(super) fn bound_to(&self, pod: PodIx) -> Option<&str> {
        self.names[pod.index()].0.as_deref()
    }

    pub(super) fn amounts(&mut self, resources: &Resources) -> Amounts {
        amounts(resources, |name| self.scalar(name))
    }

    fn scalar(&mut self, name: &str) -> u32 {
        if let Some(number) = self.scalars.get(name) {
            return *number;
        }
        let number = u32::try_from(self.world.scalars.len()).unwrap_or(u32::MAX);
        self.world.scalars.push(name.to_owned());
        self.scalars.insert(name.to_owned(), number);
        number
    }
}

/// Reads amounts; the function numbers resources beyond CPU, memory and ephemeral storage.
pub(super) fn amounts(resources: &Resources, mut scalar: impl FnMut(&str) -> u32) -> Amounts {
    let mut amounts = Amounts::default();
    for (name, quantity) in resources {
        match name.as_str() {
            "cpu" => amounts.milli_cpu = quantity.milli_value(),
            "memory" => amounts.memory = quantity.value(),
            "ephemeral-storage" => amounts.ephemeral_storage = quantity.value(),
            "pods" => {}
            name if is_scalar(name) => amounts.set_scalar(scalar(name), quantity.value()),
            _ => {}
        }
    }
    amounts
}

pub(super) fn share<T: Eq + std::hash::Hash>(known: &mut HashSet<Arc<T>>, value: T) -> Arc<T> {
    if let Some(shared) = known.get(&value) {
        return Arc::clone(shared);
    }
    let shared = Arc::new(value);
    known.insert(Arc::clone(&shared));
    shared
}

/// Keeps the last of the objects that have one key.
fn keep_last<T, K: Eq + std::hash::Hash>(objects: &mut Vec<T>, key: impl Fn(&T) -> K) {
    let mut seen = HashSet::new();
    objects.reverse();
    objects.retain(|object| seen.insert(key(object)));
    objects.reverse();
}

/// What static rules read of a node.
#[derive(PartialEq, Eq, Hash)]
struct ClassKey<'a> {
    labels: Vec<(&'a str, &'a str)>,
    taints: Vec<(&'a str, &'a str, crate::domain::taint::Effect)>,
    unschedulable: Unschedulable,
    features: &'a [String],
}

/// Sorts the nodes into classes.
pub(super) fn classify(world: &mut World) {
    let mut numbers: HashMap<ClassKey<'_>, usize> = HashMap::new();
    let mut classes: Vec<NodeClass> = Vec::new();
    let mut of_node = Vec::with_capacity(world.nodes.len());
    for (at, node) in world.nodes.iter().enumerate() {
        let node_ix = NodeIx::at(at);
        let class = *numbers.entry(class_key(&node.object)).or_insert_with(|| {
            classes.push(NodeClass {
                example: node_ix,
                nodes: Vec::new(),
            });
            classes.len() - 1
        });
        classes[class].nodes.push(node_ix);
        // More classes than 32 bits can name do not fit any machine's memory.
        of_node.push(u32::try_from(class).unwrap_or(u32::MAX));
    }
    world.class_of = of_node;
    world.classes = classes;
}

fn class_key(node: &NodeObject) -> ClassKey<'_> {
    let labels = node.labels.iter().filter(|(key, _)| *key != HOSTNAME);
    let taints = node.taints.iter();
    ClassKey {
        labels: labels.map(|(k, v)| (k.as_str(), v.as_str())).collect(),
        taints: taints
            .map(|t| (t.key.as_str(), t.value.as_str(), t.effect))
            .collect(),
        unschedulable: node.unschedulable,
        features: &node.declared_features,
    }
}
