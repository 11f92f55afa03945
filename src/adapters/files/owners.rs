//! Finds the owners that pods name among the objects of a file.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::owner::{OwnerLookup, Workload};
use crate::domain::pod::{ControllerRef, Origin, Pod};

/// Returns the group of an apiVersion; empty for the core group.
pub(super) fn group(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// The workloads of a file, by group, kind, namespace and name.
#[derive(Default)]
pub(super) struct OwnerIndex {
    workloads: BTreeMap<(String, String, String, String), Workload>,
    kinds: BTreeSet<(String, String)>,
}

impl OwnerIndex {
    /// Adds a workload.
    pub fn add(&mut self, workload: Workload) {
        let group = group(&workload.id.api_version).to_owned();
        let kind = workload.id.kind.clone();
        self.kinds.insert((group.clone(), kind.clone()));
        let key = (
            group,
            kind,
            workload.namespace.clone(),
            workload.id.name.clone(),
        );
        self.workloads.insert(key, workload);
    }

    /// Looks up the controllers of all pods.
    pub fn resolve(&self, pods: &[Pod]) -> BTreeMap<(String, ControllerRef), OwnerLookup> {
        pods.iter()
            .filter(|pod| pod.origin == Origin::Api)
            .filter_map(|pod| Some((pod.id.namespace.clone(), pod.controller.clone()?)))
            .map(|key| {
                let found = self.find(&key.0, &key.1);
                (key, found)
            })
            .collect()
    }

    /// A kind of which the file holds nothing was perhaps not asked for; one of which it holds something was.
    fn find(&self, namespace: &str, wanted: &ControllerRef) -> OwnerLookup {
        let group = group(&wanted.api_version).to_owned();
        let key = (
            group.clone(),
            wanted.kind.clone(),
            namespace.to_owned(),
            wanted.name.clone(),
        );
        match self.workloads.get(&key) {
            Some(workload) if workload.id.uid == wanted.uid => {
                OwnerLookup::Found(Box::new(workload.clone()))
            }
            // Another object has the name now.
            Some(_) => OwnerLookup::Gone,
            None if self.kinds.contains(&(group, wanted.kind.clone())) => OwnerLookup::Gone,
            None => OwnerLookup::Unreadable {
                reason: format!("the file holds no {}", wanted.kind),
            },
        }
    }
}
