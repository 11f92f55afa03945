//! What is worked out of a world once and then read for every pod: it follows from the nodes' labels, the kinds and the
//! objects that select pods, never from where pods are, so placing a pod leaves it true.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::World;
use super::class_labels::ClassLabels;
use super::images::Images;
use super::kind_index::KindIndex;
use super::rows::{NodeClass, NodeRow, PodKind};
use super::selecting::Selecting;
use super::topology::Topology;

/// Worked out when it is first asked for.
#[derive(Debug, Default)]
pub(super) struct Derived {
    class_labels: Mutex<HashMap<String, Arc<ClassLabels>>>,
    topologies: Mutex<HashMap<String, Arc<Topology>>>,
    kinds: Mutex<Option<Arc<KindIndex>>>,
    selecting: OnceLock<Selecting>,
    images: OnceLock<Images>,
}

impl Derived {
    pub(super) fn topology(&self, nodes: &[NodeRow], key: &str) -> Arc<Topology> {
        let mut known = lock(&self.topologies);
        if let Some(topology) = known.get(key) {
            return Arc::clone(topology);
        }
        let topology = Arc::new(Topology::of(nodes, key));
        known.insert(key.to_owned(), Arc::clone(&topology));
        topology
    }

    pub(super) fn class_labels(
        &self,
        nodes: &[NodeRow],
        classes: &[NodeClass],
        key: &str,
    ) -> Arc<ClassLabels> {
        let mut known = lock(&self.class_labels);
        if let Some(labels) = known.get(key) {
            return Arc::clone(labels);
        }
        let labels = Arc::new(ClassLabels::of(nodes, classes, key));
        known.insert(key.to_owned(), Arc::clone(&labels));
        labels
    }

    /// Drops what follows from the classes of nodes, after those changed.
    pub(super) fn forget_classes(&mut self) {
        lock(&self.class_labels).clear();
    }

    /// Kinds are only ever added: an index of fewer is out of date.
    pub(super) fn kind_index(&self, kinds: &[PodKind]) -> Arc<KindIndex> {
        let mut known = lock(&self.kinds);
        match &*known {
            Some(index) if index.len() == kinds.len() => Arc::clone(index),
            _ => {
                let index = Arc::new(KindIndex::of(kinds));
                *known = Some(Arc::clone(&index));
                index
            }
        }
    }

    pub(super) fn selecting(&self, world: &World) -> &Selecting {
        self.selecting.get_or_init(|| Selecting::of(world))
    }

    pub(super) fn images(&self, nodes: &[NodeRow]) -> &Images {
        self.images.get_or_init(|| Images::of(nodes))
    }
}

/// A thread that panicked while it held the lock left a whole value: values are put in at once.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
