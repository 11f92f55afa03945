//! The objects of a snapshot that is being taken, as they will stand in the file.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::project::project;
use crate::adapters::wire;
use crate::domain::node::Node;
use crate::domain::pod::Pod;

/// Where a kind stands in a file: what explains others comes first, pods last.
const ORDER: [&str; 21] = [
    "Namespace",
    "Node",
    "CSINode",
    "CSIDriver",
    "StorageClass",
    "CSIStorageCapacity",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "VolumeAttachment",
    "DeviceClass",
    "ResourceClaim",
    "PriorityClass",
    "Service",
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "ReplicationController",
    "PodDisruptionBudget",
    "Pod",
];

/// Names an object within a file, and its place there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ObjectKey {
    rank: usize,
    kind: String,
    namespace: String,
    name: String,
}

impl ObjectKey {
    /// Names an object.
    pub fn new(kind: &str, namespace: &str, name: &str) -> ObjectKey {
        let rank = ORDER.iter().position(|other| *other == kind);
        ObjectKey {
            rank: rank.unwrap_or(ORDER.len() - 2),
            kind: kind.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }
}

/// The objects of a snapshot that is being taken: only the fields that may stand in it.
#[derive(Debug, Default)]
pub struct Objects {
    pub(super) items: BTreeMap<ObjectKey, Value>,
    pub(in crate::adapters) kinds: BTreeSet<String>,
    pub(super) unread: BTreeMap<String, String>,
    /// The nodes among them, as a drain sees them.
    pub nodes: Vec<Node>,
    /// The pods among them, as a drain sees them.
    pub pods: Vec<Pod>,
}

impl Objects {
    /// Takes an object as the server wrote it.
    ///
    /// # Errors
    ///
    /// In words, where it is not what its kind should be.
    pub(in crate::adapters) fn take(
        &mut self,
        api_version: &str,
        kind: &str,
        json: &str,
    ) -> Result<(), String> {
        let object: Value = serde_json::from_str(json).map_err(|cause| cause.to_string())?;
        match kind {
            "Node" => self.nodes.push(read::<wire::Node, _>(kind, json)?),
            "Pod" => self.pods.push(read::<wire::Pod, _>(kind, json)?),
            _ => {}
        }
        let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default();
        let key = ObjectKey::new(kind, text("namespace"), text("name"));
        if let Some(mut item) = project(api_version, kind, &object) {
            forget_idle_template(kind, &mut item);
            self.items.insert(key, item);
        }
        Ok(())
    }

    /// Notes that all objects of a kind were read; `resource` is named as kubectl names it.
    pub(in crate::adapters) fn read_all(&mut self, resource: &str) {
        self.kinds.insert(resource.to_owned());
    }

    /// Notes that a kind could not be read.
    pub(in crate::adapters) fn unread(&mut self, resource: &str, reason: String) {
        self.unread.insert(resource.to_owned(), reason);
    }

    /// Returns the kinds that could not be read, each with the reason.
    pub fn missing(&self) -> impl Iterator<Item = (&str, &str)> {
        let missing = self.unread.iter();
        missing.map(|(resource, reason)| (resource.as_str(), reason.as_str()))
    }
}

/// Drops the template of a ReplicaSet that has no pods: a Deployment keeps ten of them for its history.
fn forget_idle_template(kind: &str, item: &mut Value) {
    if kind == "ReplicaSet"
        && item["spec"]["replicas"] == 0
        && let Some(spec) = item["spec"].as_object_mut()
    {
        spec.remove("template");
    }
}

fn read<W, D>(kind: &str, json: &str) -> Result<D, String>
where
    W: serde::de::DeserializeOwned,
    D: TryFrom<W, Error = wire::ConvertError>,
{
    let written = wire::decode::<W>(kind, json);
    let read = written.and_then(D::try_from);
    read.map_err(|cause| cause.to_string())
}
