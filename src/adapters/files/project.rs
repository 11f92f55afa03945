//! What of an object may stand in a snapshot: a list of fields for each kind, and nothing that is not on it.
//!
//! A list of what to leave out would let every new field of the API through. Values are kept as they were written, so
//! that a rule reads in the file what it read in the cluster.

mod storage;

use serde_json::{Map, Value};

use super::write::KEPT_ANNOTATIONS;
use storage::{
    ATTACHMENT, CAPACITY, CLAIM, CLASS, CSI_DRIVER, CSI_NODE, DEVICE_CLASS, RESOURCE_CLAIM, VOLUME,
};

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
    /// Of the managers of a node's fields those of the list of taints: name and time.
    TaintManagers,
}

use Keep::{All, Fields, NodeAnnotations, Presence, TaintManagers};

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

/// What a spec or status of requests says.
const REQUESTS: Keep = Fields(&[("requests", All), ("limits", All)]);

const CONTAINERS: Keep = Fields(&[
    ("name", All),
    ("image", All),
    (
        "ports",
        Fields(&[
            ("containerPort", All),
            ("hostPort", All),
            ("protocol", All),
            ("hostIP", All),
        ]),
    ),
    ("resources", REQUESTS),
    ("restartPolicy", All),
    ("restartPolicyRules", Fields(&[("action", All)])),
    ("volumeMounts", Fields(&[("bindMountOptions", All)])),
]);

const VOLUMES: Keep = Fields(&[
    ("name", All),
    ("emptyDir", Fields(&[("medium", All), ("sizeLimit", All)])),
    ("hostPath", Fields(&[("path", All)])),
    ("persistentVolumeClaim", Fields(&[("claimName", All)])),
    ("ephemeral", Presence),
    (
        "gcePersistentDisk",
        Fields(&[("pdName", All), ("partition", All), ("readOnly", All)]),
    ),
    ("awsElasticBlockStore", Fields(&[("volumeID", All)])),
    (
        "azureDisk",
        Fields(&[("diskName", All), ("diskURI", All), ("kind", All)]),
    ),
    ("cinder", Fields(&[("volumeID", All)])),
    ("portworxVolume", Fields(&[("volumeID", All)])),
    ("iscsi", Fields(&[("iqn", All), ("readOnly", All)])),
    (
        "rbd",
        Fields(&[
            ("monitors", All),
            ("pool", All),
            ("image", All),
            ("readOnly", All),
        ]),
    ),
    ("image", Fields(&[("reference", All)])),
    ("csi", Fields(&[("driver", All)])),
]);

const POD_SPEC: Keep = Fields(&[
    ("nodeName", All),
    ("schedulerName", All),
    ("terminationGracePeriodSeconds", All),
    ("priority", All),
    ("priorityClassName", All),
    ("preemptionPolicy", All),
    ("nodeSelector", All),
    ("affinity", All),
    ("tolerations", All),
    ("topologySpreadConstraints", All),
    ("hostNetwork", All),
    ("hostUsers", All),
    ("schedulingGates", All),
    ("schedulingGroup", All),
    ("workloadRef", All),
    ("resourceClaims", All),
    ("overhead", All),
    ("resources", REQUESTS),
    ("initContainers", CONTAINERS),
    ("containers", CONTAINERS),
    ("volumes", VOLUMES),
]);

const STATUS_RESOURCES: Keep = Fields(&[("requests", All)]);

const CONTAINER_STATUSES: Keep = Fields(&[
    ("name", All),
    ("resources", STATUS_RESOURCES),
    ("allocatedResources", All),
]);

const CONDITIONS: Keep = Fields(&[("type", All), ("status", All), ("reason", All)]);

/// A pod's conditions: since when it is ready tells how long its like takes to get ready.
const POD_CONDITIONS: Keep = Fields(&[
    ("type", All),
    ("status", All),
    ("reason", All),
    ("lastTransitionTime", All),
]);

const POD: Keep = Fields(&[
    (
        "metadata",
        Fields(&[
            ("namespace", All),
            ("name", All),
            ("uid", All),
            ("labels", All),
            (
                "annotations",
                Fields(&[("kubernetes.io/config.mirror", All)]),
            ),
            ("creationTimestamp", All),
            ("deletionTimestamp", All),
            ("deletionGracePeriodSeconds", All),
            ("ownerReferences", OWNERS),
        ]),
    ),
    ("spec", POD_SPEC),
    (
        "status",
        Fields(&[
            ("phase", All),
            ("startTime", All),
            ("nominatedNodeName", All),
            ("conditions", POD_CONDITIONS),
            ("containerStatuses", CONTAINER_STATUSES),
            ("initContainerStatuses", CONTAINER_STATUSES),
            ("resources", STATUS_RESOURCES),
            ("allocatedResources", All),
            ("resourceClaimStatuses", All),
            (
                "extendedResourceClaimStatus",
                Fields(&[("resourceClaimName", All)]),
            ),
        ]),
    ),
]);

const NODE: Keep = Fields(&[
    (
        "metadata",
        Fields(&[
            ("name", All),
            ("uid", All),
            ("resourceVersion", All),
            ("labels", All),
            ("annotations", NodeAnnotations),
            ("managedFields", TaintManagers),
        ]),
    ),
    ("spec", Fields(&[("unschedulable", All), ("taints", All)])),
    (
        "status",
        Fields(&[
            ("allocatable", All),
            ("conditions", Fields(&[("type", All), ("status", All)])),
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
            (Keep::TaintManagers, Value::Array(entries)) => {
                entries.iter().filter_map(taint_manager).collect()
            }
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

/// Returns an entry of `managedFields` without the other fields that it is about; `None` where it is not about taints.
fn taint_manager(entry: &Value) -> Option<Value> {
    entry.pointer("/fieldsV1/f:spec/f:taints")?;
    let fields = serde_json::json!({"f:spec": {"f:taints": {}}});
    Some(
        serde_json::json!({"manager": entry["manager"], "time": entry["time"], "fieldsV1": fields}),
    )
}

#[cfg(test)]
#[path = "project_tests.rs"]
mod tests;
