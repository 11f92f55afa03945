//! What of an object may stand in a snapshot: a list of fields for each kind, and nothing that is not on it.
//!
//! A list of what to leave out would let every new field of the API through. Values are kept as they were written, so
//! that a rule reads in the file what it read in the cluster.

mod pod;

use serde_json::{Map, Value};

use super::write::KEPT_ANNOTATIONS;
use pod::{POD, POD_SPEC};

/// Names the controllers whose pods should stay off a node.
const PREFER_AVOID_PODS: &str = "scheduler.alpha.kubernetes.io/preferAvoidPods";

/// What is kept of a value; applied to a list, it means each of its entries.
enum Keep {
    /// All of it.
    All,
    /// That it is there.
    Presence,
    /// These fields.
    Fields(&'static [(&'static str, Keep)]),
    /// Annotations of a node: our own marks, and what removed rules read.
    NodeAnnotations,
}

use Keep::{All, Fields, NodeAnnotations};

const OWNERS: Keep = Fields(&[
    ("apiVersion", All),
    ("kind", All),
    ("name", All),
    ("uid", All),
    ("controller", All),
]);

/// Metadata without annotations.
const META: Keep = Fields(&[
    ("namespace", All),
    ("name", All),
    ("uid", All),
    ("labels", All),
    ("creationTimestamp", All),
    ("deletionTimestamp", All),
    ("ownerReferences", OWNERS),
]);

const CONDITIONS: Keep = Fields(&[("type", All), ("status", All), ("reason", All)]);

const NODE_CONDITIONS: Keep = Fields(&[
    ("type", All),
    ("status", All),
    ("reason", All),
    ("lastHeartbeatTime", All),
    ("lastTransitionTime", All),
]);

const NODE: Keep = Fields(&[
    (
        "metadata",
        Fields(&[
            ("name", All),
            ("uid", All),
            ("resourceVersion", All),
            ("creationTimestamp", All),
            ("labels", All),
            ("annotations", NodeAnnotations),
        ]),
    ),
    ("spec", Fields(&[("unschedulable", All), ("taints", All)])),
    (
        "status",
        Fields(&[
            ("capacity", All),
            ("allocatable", All),
            ("conditions", NODE_CONDITIONS),
            (
                "nodeInfo",
                Fields(&[
                    ("kubeletVersion", All),
                    ("containerRuntimeVersion", All),
                    ("osImage", All),
                    ("kernelVersion", All),
                    ("architecture", All),
                ]),
            ),
            ("images", All),
            ("declaredFeatures", All),
        ]),
    ),
]);

const NAMESPACE: Keep = Fields(&[
    ("metadata", Fields(&[("name", All), ("labels", All)])),
    ("status", Fields(&[("phase", All)])),
]);

/// What makes pods: its selector, and the template without anything secret.
const WORKLOAD: Keep = Fields(&[
    ("metadata", META),
    (
        "spec",
        Fields(&[
            ("replicas", All),
            ("selector", All),
            (
                "template",
                Fields(&[("metadata", Fields(&[("labels", All)])), ("spec", POD_SPEC)]),
            ),
        ]),
    ),
]);

const SERVICE: Keep = Fields(&[
    ("metadata", Fields(&[("namespace", All), ("name", All)])),
    ("spec", Fields(&[("selector", All)])),
]);

const CLAIM: Keep = Fields(&[
    (
        "metadata",
        Fields(&[
            ("namespace", All),
            ("name", All),
            ("uid", All),
            (
                "annotations",
                Fields(&[
                    ("pv.kubernetes.io/bind-completed", All),
                    ("volume.kubernetes.io/selected-node", All),
                    ("volume.beta.kubernetes.io/storage-class", All),
                ]),
            ),
            ("deletionTimestamp", All),
            ("ownerReferences", OWNERS),
        ]),
    ),
    (
        "spec",
        Fields(&[
            ("volumeName", All),
            ("storageClassName", All),
            ("volumeAttributesClassName", All),
            ("accessModes", All),
            ("volumeMode", All),
            ("selector", All),
            ("resources", Fields(&[("requests", All)])),
        ]),
    ),
    ("status", Fields(&[("phase", All)])),
]);

const CSI_SOURCE: Keep = Fields(&[("driver", All), ("volumeHandle", All)]);

const VOLUME: Keep = Fields(&[
    (
        "metadata",
        Fields(&[
            ("name", All),
            ("labels", All),
            (
                "annotations",
                Fields(&[("volume.beta.kubernetes.io/storage-class", All)]),
            ),
            ("deletionTimestamp", All),
        ]),
    ),
    (
        "spec",
        Fields(&[
            ("capacity", All),
            ("storageClassName", All),
            ("volumeAttributesClassName", All),
            ("accessModes", All),
            ("volumeMode", All),
            ("nodeAffinity", All),
            (
                "claimRef",
                Fields(&[("namespace", All), ("name", All), ("uid", All)]),
            ),
            ("csi", CSI_SOURCE),
            ("awsElasticBlockStore", Fields(&[("volumeID", All)])),
            ("gcePersistentDisk", Fields(&[("pdName", All)])),
            (
                "azureDisk",
                Fields(&[("diskName", All), ("diskURI", All), ("kind", All)]),
            ),
            ("cinder", Fields(&[("volumeID", All)])),
            ("portworxVolume", Fields(&[("volumeID", All)])),
        ]),
    ),
    ("status", Fields(&[("phase", All)])),
]);

const CLASS: Keep = Fields(&[
    ("metadata", Fields(&[("name", All)])),
    ("provisioner", All),
    ("volumeBindingMode", All),
    ("allowedTopologies", All),
]);

const CSI_NODE: Keep = Fields(&[
    (
        "metadata",
        Fields(&[
            ("name", All),
            (
                "annotations",
                Fields(&[("storage.alpha.kubernetes.io/migrated-plugins", All)]),
            ),
        ]),
    ),
    (
        "spec",
        Fields(&[("drivers", Fields(&[("name", All), ("allocatable", All)]))]),
    ),
]);

const CSI_DRIVER: Keep = Fields(&[
    ("metadata", Fields(&[("name", All)])),
    (
        "spec",
        Fields(&[
            ("storageCapacity", All),
            ("preventPodSchedulingIfMissing", All),
        ]),
    ),
]);

const CAPACITY: Keep = Fields(&[
    ("metadata", Fields(&[("namespace", All), ("name", All)])),
    ("storageClassName", All),
    ("nodeTopology", All),
    ("capacity", All),
    ("maximumVolumeSize", All),
]);

const ATTACHMENT: Keep = Fields(&[
    ("metadata", Fields(&[("name", All)])),
    (
        "spec",
        Fields(&[
            ("attacher", All),
            ("nodeName", All),
            (
                "source",
                Fields(&[
                    ("persistentVolumeName", All),
                    ("inlineVolumeSpec", Fields(&[("csi", CSI_SOURCE)])),
                ]),
            ),
        ]),
    ),
    ("status", Fields(&[("attached", All)])),
]);

const RESOURCE_CLAIM: Keep = Fields(&[
    (
        "metadata",
        Fields(&[
            ("namespace", All),
            ("name", All),
            ("uid", All),
            (
                "annotations",
                Fields(&[("resource.kubernetes.io/extended-resource-claim", All)]),
            ),
            ("deletionTimestamp", All),
            ("ownerReferences", OWNERS),
        ]),
    ),
    (
        "spec",
        Fields(&[(
            "devices",
            Fields(&[(
                "requests",
                Fields(&[
                    ("name", All),
                    ("exactly", Fields(&[("deviceClassName", All)])),
                    (
                        "firstAvailable",
                        Fields(&[("name", All), ("deviceClassName", All)]),
                    ),
                ]),
            )]),
        )]),
    ),
    (
        "status",
        Fields(&[
            ("reservedFor", All),
            (
                "allocation",
                Fields(&[
                    ("nodeSelector", All),
                    (
                        "devices",
                        Fields(&[(
                            "results",
                            Fields(&[
                                ("driver", All),
                                ("pool", All),
                                ("device", All),
                                ("shareID", All),
                                ("bindingConditions", All),
                                ("bindingFailureConditions", All),
                            ]),
                        )]),
                    ),
                ]),
            ),
            (
                "devices",
                Fields(&[
                    ("driver", All),
                    ("pool", All),
                    ("device", All),
                    ("shareID", All),
                    ("conditions", CONDITIONS),
                ]),
            ),
        ]),
    ),
]);

const DEVICE_CLASS: Keep = Fields(&[
    ("metadata", Fields(&[("name", All)])),
    ("spec", Fields(&[("extendedResourceName", All)])),
]);

const PRIORITY_CLASS: Keep = Fields(&[
    ("metadata", Fields(&[("name", All)])),
    ("value", All),
    ("globalDefault", All),
    ("preemptionPolicy", All),
]);

fn keep(kind: &str) -> Option<&'static Keep> {
    Some(match kind {
        "Pod" => &POD,
        "Node" => &NODE,
        "Namespace" => &NAMESPACE,
        "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job" | "ReplicationController" => &WORKLOAD,
        "Service" => &SERVICE,
        "PersistentVolumeClaim" => &CLAIM,
        "PersistentVolume" => &VOLUME,
        "StorageClass" => &CLASS,
        "CSINode" => &CSI_NODE,
        "CSIDriver" => &CSI_DRIVER,
        "CSIStorageCapacity" => &CAPACITY,
        "VolumeAttachment" => &ATTACHMENT,
        "ResourceClaim" => &RESOURCE_CLAIM,
        "DeviceClass" => &DEVICE_CLASS,
        "PriorityClass" => &PRIORITY_CLASS,
        _ => return None,
    })
}

/// Returns the fields of an object that may stand in a snapshot; `None` for a kind of which none may.
pub(super) fn project(api_version: &str, kind: &str, object: &Value) -> Option<Value> {
    let mut projected = Map::new();
    projected.insert("apiVersion".to_owned(), api_version.into());
    projected.insert("kind".to_owned(), kind.into());
    match keep(kind)?.of(object) {
        Value::Object(fields) => projected.extend(fields),
        _ => return None,
    }
    Some(projected.into())
}

impl Keep {
    fn of(&self, value: &Value) -> Value {
        match (self, value) {
            (Keep::All, value) => value.clone(),
            (keep, Value::Array(items)) => items.iter().map(|item| keep.of(item)).collect(),
            (Keep::Presence, _) => Map::new().into(),
            (Keep::Fields(fields), Value::Object(object)) => {
                let kept = fields.iter().filter_map(|(name, keep)| {
                    let value = object.get(*name).filter(|value| !value.is_null())?;
                    Some(((*name).to_owned(), keep.of(value)))
                });
                kept.collect::<Map<String, Value>>().into()
            }
            (Keep::NodeAnnotations, Value::Object(object)) => {
                let kept = object.iter().filter(|(key, _)| {
                    key.starts_with(KEPT_ANNOTATIONS) || *key == PREFER_AVOID_PODS
                });
                let owned = kept.map(|(key, value)| (key.clone(), value.clone()));
                owned.collect::<Map<String, Value>>().into()
            }
            // Not of the shape that the API has: whatever it is, it is not what was allowed.
            _ => Value::Null,
        }
    }
}

#[cfg(test)]
#[path = "project_tests.rs"]
mod tests;
