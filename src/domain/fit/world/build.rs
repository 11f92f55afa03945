//! Folds objects into a world, one at a time, so that no list of whole objects ever exists.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use super::super::amount::{Amounts, Usage, is_scalar};
use super::super::object::Resources;
use super::super::object::claim::{DeviceClassObject, ResourceClaimObject};
use super::super::object::node::{NodeObject, Unschedulable};
use super::super::object::pod::{Container, PodObject, PodResize, PodSpec};
use super::super::object::storage::{
    AttachmentObject, CapacityObject, ClaimObject, ClassObject, CsiDriverObject, CsiNodeObject,
    VolumeObject,
};
use super::super::object::toleration::Toleration;
use super::super::object::workload::{NamespaceObject, ServiceObject, WorkloadObject};
use super::super::profile::Minor;
use super::super::request;
use super::derived::Derived;
use super::free::Free;
use super::rows::{
    ByNode, KindIx, NodeClass, NodeIx, NodeRow, Place, PodExtra, PodIx, PodKind, PodRow, Standing,
};
use super::{ObjectKind, World};
use crate::domain::labels::Labels;
use crate::domain::pod::ControllerRef;

/// The label that every node has to itself.
const HOSTNAME: &str = "kubernetes.io/hostname";

/// The nodes that a pod names: bound to, nominated to.
type NodeNames = (Option<Arc<str>>, Option<Arc<str>>);

/// What pods of one kind share.
pub(super) type KindKey = (Arc<str>, Arc<Labels>, Arc<PodSpec>);

/// Takes objects in any order.
pub struct WorldBuilder {
    pub(super) world: World,
    /// The nodes that pods name, by pod: bound, nominated.
    names: Vec<NodeNames>,
    texts: HashSet<Arc<str>>,
    pub(super) labels: HashSet<Arc<Labels>>,
    specs: HashMap<Arc<PodSpec>, Arc<Usage>>,
    containers: HashSet<Arc<Vec<Container>>>,
    tolerations: HashSet<Arc<Vec<Toleration>>>,
    usages: HashSet<Arc<Usage>>,
    controllers: HashMap<ControllerRef, Arc<ControllerRef>>,
    kinds: HashMap<KindKey, KindIx>,
    scalars: HashMap<String, u32>,
    /// Pods by a hash of namespace and name.
    known: HashMap<u64, PodIx>,
    hasher: RandomState,
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
            controllers: HashMap::new(),
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

    /// Adds a pod and returns its number; a finished one counts nowhere and is left out. Of two with one name the later
    /// stands, which may give a number to another pod.
    pub fn pod(&mut self, pod: PodObject) -> Option<PodIx> {
        let slot = self.forget_pod(&pod.namespace, &pod.name);
        if pod.phase.is_finished() {
            return None;
        }
        self.known.insert(slot, PodIx::at(self.world.pods.len()));
        let namespace = self.text(&pod.namespace);
        let labels = share(&mut self.labels, pod.labels);
        let usage = self.existing(&pod.spec, &pod.resize);
        let kind = self.kind(namespace, labels, pod.spec);
        let bound = pod.node.map(|name| self.text(&name));
        let nominated = pod.nominated_node.map(|name| self.text(&name));
        self.names.push((bound, nominated));
        let controller = pod.controller.map(|controller| self.controller(controller));
        let extra = PodExtra {
            claim_names: pod.claim_names,
            extended_claim: pod.extended_claim,
            preempted: pod.preempted,
        };
        self.world.pods.push(PodRow {
            kind,
            other_kind: kind,
            name: pod.name.into(),
            uid: pod.uid.into(),
            place: Place::Pending,
            nominated: None,
            life: pod.life,
            usage,
            created: pod.created,
            started: pod.started,
            controller,
            extra: (extra != PodExtra::default()).then(|| Box::new(extra)),
            standing: Standing::AsRead,
        });
        Some(PodIx::at(self.world.pods.len() - 1))
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

    /// Takes out a pod that came before, and returns where one of that name is to be noted.
    fn forget_pod(&mut self, namespace: &str, name: &str) -> u64 {
        let slot = self.slot(namespace, name);
        let Some(known) = self.known.get(&slot).copied() else {
            return slot;
        };
        // The last row moves into the gap; its key is looked up while it is still where the key says.
        if let Some(last) = self.world.pods.last() {
            let namespace = &self.world.kinds[last.kind.index()].namespace;
            let moved = self.slot(namespace, &last.name);
            self.known.insert(moved, known);
        }
        self.known.remove(&slot);
        self.world.pods.swap_remove(known.index());
        self.names.swap_remove(known.index());
        slot
    }

    /// Returns the key under which a pod is, or would be, noted: its hash, or the next that no other pod has.
    fn slot(&self, namespace: &str, name: &str) -> u64 {
        let mut slot = self.hasher.hash_one((namespace, name));
        while let Some(known) = self.known.get(&slot) {
            let row = &self.world.pods[known.index()];
            let kind = &self.world.kinds[row.kind.index()];
            if *row.name == *name && *kind.namespace == *namespace {
                break;
            }
            slot = slot.wrapping_add(1);
        }
        slot
    }

    fn kind(&mut self, namespace: Arc<str>, labels: Arc<Labels>, mut spec: PodSpec) -> KindIx {
        let (spec, usage) = match self.specs.get_key_value(&spec) {
            Some((spec, usage)) => (Arc::clone(spec), Arc::clone(usage)),
            None => {
                let usage = self.incoming(&spec);
                spec.containers.settle(&mut self.containers);
                spec.tolerations.settle(&mut self.tolerations);
                let spec = Arc::new(spec);
                self.specs.insert(Arc::clone(&spec), Arc::clone(&usage));
                (spec, usage)
            }
        };
        self.kind_of_shared((namespace, labels, spec), usage)
    }

    /// Returns the kind of parts that are shared already.
    pub(super) fn kind_of_shared(&mut self, key: KindKey, usage: Arc<Usage>) -> KindIx {
        if let Some(kind) = self.kinds.get(&key) {
            return *kind;
        }
        let kind = KindIx::at(self.world.kinds.len());
        self.world.kinds.push(PodKind {
            namespace: Arc::clone(&key.0),
            labels: Arc::clone(&key.1),
            spec: Arc::clone(&key.2),
            usage,
            members: ByNode::default(),
        });
        self.kinds.insert(key, kind);
        kind
    }

    fn incoming(&mut self, spec: &PodSpec) -> Arc<Usage> {
        let non_zero = request::incoming_non_zero(spec);
        self.usage(&request::incoming(spec), &non_zero)
    }

    fn existing(&mut self, spec: &PodSpec, resize: &PodResize) -> Arc<Usage> {
        let rule = self.world.minor.resize_rule();
        let non_zero = request::existing_non_zero(spec, resize, rule);
        self.usage(&request::existing(spec, resize, rule), &non_zero)
    }

    fn usage(&mut self, requests: &Resources, non_zero: &Resources) -> Arc<Usage> {
        let of = |name: &str| non_zero.get(name).copied().unwrap_or_default();
        let usage = Usage {
            amounts: self.amounts(requests),
            non_zero_cpu: of("cpu").milli_value(),
            non_zero_memory: of("memory").value(),
        };
        share(&mut self.usages, usage)
    }

    fn amounts(&mut self, resources: &Resources) -> Amounts {
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

    fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(shared) = self.texts.get(text) {
            return Arc::clone(shared);
        }
        let shared: Arc<str> = text.into();
        self.texts.insert(Arc::clone(&shared));
        shared
    }

    fn controller(&mut self, controller: ControllerRef) -> Arc<ControllerRef> {
        let shared = self.controllers.entry(controller);
        let fresh = Arc::new(shared.key().clone());
        Arc::clone(shared.or_insert(fresh))
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
