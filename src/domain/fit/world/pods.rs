//! Pods on their way into a world: what the pods of one template and of one workload share is worked out once.
//!
//! Whoever reads a long list knows most of it after the first pods: such a reader keeps [`Template`] and [`Family`] and adds
//! what is a pod's own.

use std::hash::BuildHasher;
use std::sync::Arc;

use jiff::Timestamp;

use super::super::amount::Usage;
use super::super::object::Resources;
use super::super::object::pod::{Life, PodObject, PodResize, PodSpec};
use super::super::request;
use super::build::{WorldBuilder, share};
use super::rows::{ByNode, KindIx, Place, PodExtra, PodIx, PodKind, PodRow, Standing};
use crate::domain::labels::Labels;
use crate::domain::pod::ControllerRef;

/// What the pods of one template share, as one builder knows it.
#[derive(Debug, Clone)]
pub struct Template {
    spec: Arc<PodSpec>,
    /// What a new pod asks for.
    incoming: Arc<Usage>,
    /// What a pod takes of the node that it is on.
    existing: Arc<Usage>,
}

/// What the pods of one workload share besides the template, as one builder knows it.
#[derive(Debug, Clone)]
pub struct Family {
    namespace: Arc<str>,
    labels: Arc<Labels>,
    controller: Option<Arc<ControllerRef>>,
}

impl Family {
    /// Returns `metadata.namespace`.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Returns `metadata.labels`.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }
}

/// What a pod has to itself.
#[derive(Debug, Clone, Default)]
pub struct Own<'a> {
    /// `metadata.name`.
    pub name: &'a str,
    /// `metadata.uid`.
    pub uid: &'a str,
    /// `spec.nodeName`.
    pub node: Option<&'a str>,
    /// `status.nominatedNodeName`.
    pub nominated_node: Option<&'a str>,
    /// Whether the pod is being deleted.
    pub life: Life,
    /// `metadata.creationTimestamp`.
    pub created: Option<Timestamp>,
    /// `status.startTime`.
    pub started: Option<Timestamp>,
    /// What few pods have.
    pub extra: PodExtra,
}

/// What pods of one kind share.
pub(super) type KindKey = (Arc<str>, Arc<Labels>, Arc<PodSpec>);

/// Where the parts of a key are: each is kept once, so that equal ones are at one place.
pub(super) type KindPlace = [usize; 3];

fn place_of((namespace, labels, spec): &KindKey) -> KindPlace {
    [
        Arc::as_ptr(namespace).addr(),
        Arc::as_ptr(labels).addr(),
        Arc::as_ptr(spec).addr(),
    ]
}

impl WorldBuilder {
    /// Adds a pod and returns its number; a finished one counts nowhere and is left out. Of two with one name the later
    /// stands, which may give a number to another pod.
    pub fn pod(&mut self, pod: PodObject) -> Option<PodIx> {
        let (_, template) = self.pod_and_kin(pod);
        // A pod that is added is the last row.
        template.map(|_| PodIx::at(self.world.pods.len() - 1))
    }

    /// Adds a pod as [`WorldBuilder::pod`] does, and returns what it shares with others; a finished one has no template.
    pub fn pod_and_kin(&mut self, pod: PodObject) -> (Family, Option<Template>) {
        let family = self.family(&pod.namespace, pod.labels, pod.controller);
        if pod.phase.is_finished() {
            self.finished_pod(&family, &pod.name);
            return (family, None);
        }
        let template = self.template(pod.spec, pod.resize);
        let own = Own {
            name: &pod.name,
            uid: &pod.uid,
            node: pod.node.as_deref(),
            nominated_node: pod.nominated_node.as_deref(),
            life: pod.life,
            created: pod.created,
            started: pod.started,
            extra: PodExtra {
                claim_names: pod.claim_names,
                extended_claim: pod.extended_claim,
                preempted: pod.preempted,
            },
        };
        self.add_pod(&family, &template, own);
        (family, Some(template))
    }

    /// Makes a template known.
    pub fn template(&mut self, spec: PodSpec, resize: PodResize) -> Template {
        let (spec, incoming) = self.shared_spec(spec);
        let key = (Arc::as_ptr(&spec).addr(), resize);
        let existing = match self.existing.get(&key) {
            Some(usage) => Arc::clone(usage),
            None => {
                let usage = self.existing_usage(&spec, &key.1);
                self.existing.insert(key, Arc::clone(&usage));
                usage
            }
        };
        Template {
            spec,
            incoming,
            existing,
        }
    }

    /// Makes known what the pods of a workload share besides their template.
    pub fn family(
        &mut self,
        namespace: &str,
        labels: Labels,
        controller: Option<ControllerRef>,
    ) -> Family {
        Family {
            namespace: self.text(namespace),
            labels: share(&mut self.labels, labels),
            controller: controller.map(|controller| self.controller(controller)),
        }
    }

    /// Adds a pod that is not finished; else as [`WorldBuilder::pod`].
    pub fn add_pod(&mut self, family: &Family, template: &Template, own: Own<'_>) -> PodIx {
        let slot = self.forget_pod(&family.namespace, own.name);
        let pod = PodIx::at(self.world.pods.len());
        self.known.insert(slot, pod);
        let key = (
            Arc::clone(&family.namespace),
            Arc::clone(&family.labels),
            Arc::clone(&template.spec),
        );
        let kind = self.kind_of_shared(key, &template.incoming);
        let bound = own.node.map(|name| self.text(name));
        let nominated = own.nominated_node.map(|name| self.text(name));
        self.names.push((bound, nominated));
        self.world.pods.push(PodRow {
            kind,
            other_kind: kind,
            name: own.name.into(),
            uid: own.uid.into(),
            place: Place::Pending,
            nominated: None,
            life: own.life,
            usage: Arc::clone(&template.existing),
            created: own.created,
            started: own.started,
            controller: family.controller.clone(),
            extra: (own.extra != PodExtra::default()).then(|| Box::new(own.extra)),
            standing: Standing::AsRead,
        });
        pod
    }

    /// Notes that a pod is finished: one of its name that came before counts no more.
    pub fn finished_pod(&mut self, family: &Family, name: &str) {
        self.forget_pod(&family.namespace, name);
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

    fn shared_spec(&mut self, mut spec: PodSpec) -> (Arc<PodSpec>, Arc<Usage>) {
        if let Some((spec, usage)) = self.specs.get_key_value(&spec) {
            return (Arc::clone(spec), Arc::clone(usage));
        }
        let non_zero = request::incoming_non_zero(&spec);
        let usage = self.usage(&request::incoming(&spec), &non_zero);
        spec.containers.settle(&mut self.containers);
        spec.tolerations.settle(&mut self.tolerations);
        let spec = Arc::new(spec);
        self.specs.insert(Arc::clone(&spec), Arc::clone(&usage));
        (spec, usage)
    }

    /// Returns the kind of parts that are shared already.
    pub(super) fn kind_of_shared(&mut self, key: KindKey, usage: &Arc<Usage>) -> KindIx {
        let place = place_of(&key);
        if let Some(kind) = self.kinds.get(&place) {
            return *kind;
        }
        let kind = KindIx::at(self.world.kinds.len());
        let (namespace, labels, spec) = key;
        self.world.kinds.push(PodKind {
            namespace,
            labels,
            spec,
            usage: Arc::clone(usage),
            members: ByNode::default(),
        });
        self.kinds.insert(place, kind);
        kind
    }

    fn existing_usage(&mut self, spec: &PodSpec, resize: &PodResize) -> Arc<Usage> {
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

    fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(shared) = self.texts.get(text) {
            return Arc::clone(shared);
        }
        let shared: Arc<str> = text.into();
        self.texts.insert(Arc::clone(&shared));
        shared
    }

    fn controller(&mut self, controller: ControllerRef) -> Arc<ControllerRef> {
        if let Some(shared) = self.controllers.get(&controller) {
            return Arc::clone(shared);
        }
        let shared = Arc::new(controller);
        self.controllers.insert(Arc::clone(&shared));
        shared
    }
}
