//! Which number stands for which field, for the fields that our types read.
//!
//! Numbers never change and are never used twice, so one table serves every version of Kubernetes; a field that a server
//! does not know is absent. A field that is missing here is absent too, which is why the tests read the same objects in
//! both formats. `Optional...` are the fields that are pointers in Go.

use super::{Field, Message, Shape};

use Shape::{
    Flag, Inline, Json, Many, Number, One, OptionalFlag, OptionalNumber, OptionalText, Quantity,
    QuantityMap, Text, TextMap, Texts, Time,
};

/// Declares messages: `NAME { number "field" shape, ... }`.
macro_rules! messages {
    ($($name:ident { $($number:literal $field:literal $shape:expr),* $(,)? })*) => {
        $(pub(in crate::adapters) static $name: Message = Message::new(
            &[$(Field { number: $number, name: $field, shape: $shape }),*],
        );)*
    };
}

/// Returns the message of a kind; `None` where it is read as JSON, because it is rare or small.
pub(in crate::adapters) fn of(kind: &str) -> Option<&'static Message> {
    Some(match kind {
        "Pod" => &POD,
        "Node" => &NODE,
        "Namespace" => &NAMESPACE,
        "ReplicaSet" | "StatefulSet" => &REPLICATED,
        "DaemonSet" => &DAEMON_SET,
        "Job" => &ONLY_METADATA,
        "Service" => &SERVICE,
        "PersistentVolumeClaim" => &CLAIM,
        "PersistentVolume" => &VOLUME,
        _ => return None,
    })
}

/// Declares `metadata`, for some kinds with more fields than for others.
macro_rules! metadata {
    ($($name:ident { $($more:tt)* })*) => {
        messages! {
            $($name {
                1 "name" Text,
                3 "namespace" Text,
                5 "uid" Text,
                6 "resourceVersion" Text,
                7 "generation" Number,
                8 "creationTimestamp" Time,
                9 "deletionTimestamp" Time,
                10 "deletionGracePeriodSeconds" OptionalNumber,
                11 "labels" TextMap,
                12 "annotations" TextMap,
                13 "ownerReferences" Many(&OWNER_REFERENCE),
                14 "finalizers" Texts,
                $($more)*
            })*
        }
    };
}

// k8s.io/apimachinery/pkg/apis/meta/v1
metadata! {
    META {}
    // Who wrote which field is asked of nodes alone, and is most of the metadata.
    NODE_META { 17 "managedFields" Many(&MANAGED_FIELDS) }
}

messages! {
    OWNER_REFERENCE {
        1 "kind" Text,
        3 "name" Text,
        4 "uid" Text,
        5 "apiVersion" Text,
        6 "controller" OptionalFlag,
    }
    MANAGED_FIELDS { 1 "manager" Text, 4 "time" Time, 7 "fieldsV1" Json }
    LIST_META {
        2 "resourceVersion" Text,
        3 "continue" Text,
        4 "remainingItemCount" OptionalNumber,
    }
    STATUS {
        2 "status" Text,
        3 "message" Text,
        4 "reason" Text,
        5 "details" One(&STATUS_DETAILS),
        6 "code" Number,
    }
    STATUS_DETAILS {
        1 "name" Text,
        2 "group" Text,
        3 "kind" Text,
        4 "causes" Many(&STATUS_CAUSE),
        5 "retryAfterSeconds" Number,
        6 "uid" Text,
    }
    STATUS_CAUSE { 1 "reason" Text, 2 "message" Text, 3 "field" Text }
    SELECTOR { 1 "matchLabels" TextMap, 2 "matchExpressions" Many(&REQUIREMENT) }
    // Also `core/v1` NodeSelectorRequirement, which has the same fields.
    REQUIREMENT { 1 "key" Text, 2 "operator" Text, 3 "values" Texts }
}

// k8s.io/api/core/v1: pods
messages! {
    POD { 1 "metadata" One(&META), 2 "spec" One(&POD_SPEC), 3 "status" One(&POD_STATUS) }
    POD_SPEC {
        1 "volumes" Many(&POD_VOLUME),
        2 "containers" Many(&CONTAINER),
        4 "terminationGracePeriodSeconds" OptionalNumber,
        7 "nodeSelector" TextMap,
        10 "nodeName" Text,
        11 "hostNetwork" Flag,
        18 "affinity" One(&AFFINITY),
        19 "schedulerName" Text,
        20 "initContainers" Many(&CONTAINER),
        22 "tolerations" Many(&TOLERATION),
        25 "priority" OptionalNumber,
        28 "readinessGates" Many(&READINESS_GATE),
        31 "preemptionPolicy" OptionalText,
        32 "overhead" QuantityMap,
        33 "topologySpreadConstraints" Many(&SPREAD),
        37 "hostUsers" OptionalFlag,
        38 "schedulingGates" Many(&NAMED),
        39 "resourceClaims" Many(&POD_CLAIM),
        40 "resources" One(&REQUIREMENTS),
        42 "workloadRef" One(&NAMED),
        43 "schedulingGroup" One(&SCHEDULING_GROUP),
    }
    NAMED { 1 "name" Text }
    SCHEDULING_GROUP { 1 "podGroupName" OptionalText }
    READINESS_GATE { 1 "conditionType" Text }
    POD_CLAIM {
        1 "name" Text,
        3 "resourceClaimName" OptionalText,
        4 "resourceClaimTemplateName" OptionalText,
    }
    TOLERATION {
        1 "key" Text,
        2 "operator" Text,
        3 "value" Text,
        4 "effect" Text,
        5 "tolerationSeconds" OptionalNumber,
    }
    CONTAINER {
        1 "name" Text,
        2 "image" Text,
        6 "ports" Many(&PORT),
        8 "resources" One(&REQUIREMENTS),
        9 "volumeMounts" Many(&VOLUME_MOUNT),
        24 "restartPolicy" OptionalText,
        25 "restartPolicyRules" Many(&RESTART_RULE),
    }
    PORT { 2 "hostPort" Number, 4 "protocol" Text, 5 "hostIP" Text }
    RESTART_RULE { 1 "action" Text }
    VOLUME_MOUNT { 8 "bindMountOptions" Texts }
    REQUIREMENTS { 1 "limits" QuantityMap, 2 "requests" QuantityMap }
    AFFINITY {
        1 "nodeAffinity" One(&NODE_AFFINITY),
        2 "podAffinity" One(&POD_AFFINITY),
        3 "podAntiAffinity" One(&POD_AFFINITY),
    }
    NODE_AFFINITY {
        1 "requiredDuringSchedulingIgnoredDuringExecution" One(&NODE_SELECTOR),
        2 "preferredDuringSchedulingIgnoredDuringExecution" Many(&PREFERRED_NODE_TERM),
    }
    NODE_SELECTOR { 1 "nodeSelectorTerms" Many(&NODE_TERM) }
    NODE_TERM { 1 "matchExpressions" Many(&REQUIREMENT), 2 "matchFields" Many(&REQUIREMENT) }
    PREFERRED_NODE_TERM { 1 "weight" Number, 2 "preference" One(&NODE_TERM) }
    POD_AFFINITY {
        1 "requiredDuringSchedulingIgnoredDuringExecution" Many(&POD_TERM),
        2 "preferredDuringSchedulingIgnoredDuringExecution" Many(&PREFERRED_POD_TERM),
    }
    PREFERRED_POD_TERM { 1 "weight" Number, 2 "podAffinityTerm" One(&POD_TERM) }
    POD_TERM {
        1 "labelSelector" One(&SELECTOR),
        2 "namespaces" Texts,
        3 "topologyKey" Text,
        4 "namespaceSelector" One(&SELECTOR),
    }
    SPREAD {
        1 "maxSkew" Number,
        2 "topologyKey" Text,
        3 "whenUnsatisfiable" Text,
        4 "labelSelector" One(&SELECTOR),
        5 "minDomains" OptionalNumber,
        6 "nodeAffinityPolicy" OptionalText,
        7 "nodeTaintsPolicy" OptionalText,
        8 "matchLabelKeys" Texts,
    }
    POD_STATUS {
        1 "phase" Text,
        2 "conditions" Many(&CONDITION),
        3 "message" Text,
        4 "reason" Text,
        7 "startTime" Time,
        8 "containerStatuses" Many(&CONTAINER_STATUS),
        10 "initContainerStatuses" Many(&CONTAINER_STATUS),
        11 "nominatedNodeName" Text,
        15 "resourceClaimStatuses" Many(&CLAIM_STATUS),
        18 "extendedResourceClaimStatus" One(&EXTENDED_CLAIM_STATUS),
        19 "allocatedResources" QuantityMap,
        20 "resources" One(&REQUIREMENTS),
    }
    // Also the NodeCondition, which has the same fields as far as they are read.
    CONDITION {
        1 "type" Text,
        2 "status" Text,
        4 "lastTransitionTime" Time,
        5 "reason" Text,
        6 "message" Text,
    }
    CONTAINER_STATUS {
        1 "name" Text,
        2 "state" One(&CONTAINER_STATE),
        3 "lastState" One(&CONTAINER_STATE),
        4 "ready" Flag,
        5 "restartCount" Number,
        9 "started" OptionalFlag,
        10 "allocatedResources" QuantityMap,
        11 "resources" One(&REQUIREMENTS),
    }
    // What of it says how much of the node the container holds.
    CONTAINER_RESOURCES {
        1 "name" Text,
        10 "allocatedResources" QuantityMap,
        11 "resources" One(&REQUIREMENTS),
    }
    CONTAINER_STATE {
        1 "waiting" One(&WAITING),
        2 "running" One(&RUNNING),
        3 "terminated" One(&TERMINATED),
    }
    WAITING { 1 "reason" Text, 2 "message" Text }
    RUNNING { 1 "startedAt" Time }
    TERMINATED { 1 "exitCode" Number, 3 "reason" Text, 6 "finishedAt" Time }
    CLAIM_STATUS { 1 "name" Text, 2 "resourceClaimName" OptionalText }
    EXTENDED_CLAIM_STATUS { 2 "resourceClaimName" Text }
}

// k8s.io/api/core/v1: what pods mount
messages! {
    POD_VOLUME { 1 "name" Text, 2 "volumeSource" Inline(&VOLUME_SOURCE) }
    VOLUME_SOURCE {
        1 "hostPath" One(&HOST_PATH),
        2 "emptyDir" One(&EMPTY_DIR),
        3 "gcePersistentDisk" One(&GCE_DISK),
        4 "awsElasticBlockStore" One(&VOLUME_ID),
        8 "iscsi" One(&ISCSI),
        10 "persistentVolumeClaim" One(&CLAIM_NAME),
        11 "rbd" One(&RBD),
        13 "cinder" One(&VOLUME_ID),
        22 "azureDisk" One(&AZURE_DISK),
        24 "portworxVolume" One(&VOLUME_ID),
        28 "csi" One(&INLINE_CSI),
        29 "ephemeral" One(&EMPTY),
        30 "image" One(&IMAGE),
    }
    EMPTY {}
    HOST_PATH { 1 "path" Text }
    EMPTY_DIR { 1 "medium" Text, 2 "sizeLimit" Quantity }
    GCE_DISK { 1 "pdName" Text, 3 "partition" Number, 4 "readOnly" Flag }
    VOLUME_ID { 1 "volumeID" Text }
    AZURE_DISK { 1 "diskName" Text, 2 "diskURI" Text, 6 "kind" OptionalText }
    ISCSI { 2 "iqn" Text, 6 "readOnly" Flag }
    RBD { 1 "monitors" Texts, 2 "image" Text, 4 "pool" Text, 8 "readOnly" Flag }
    CLAIM_NAME { 1 "claimName" Text }
    INLINE_CSI { 1 "driver" Text }
    IMAGE { 1 "reference" Text }
}

// k8s.io/api/core/v1: nodes, and the rest
messages! {
    NODE { 1 "metadata" One(&NODE_META), 2 "spec" One(&NODE_SPEC), 3 "status" One(&NODE_STATUS) }
    NODE_SPEC { 4 "unschedulable" Flag, 5 "taints" Many(&TAINT) }
    TAINT { 1 "key" Text, 2 "value" Text, 3 "effect" Text, 4 "timeAdded" Time }
    NODE_STATUS {
        2 "allocatable" QuantityMap,
        4 "conditions" Many(&CONDITION),
        8 "images" Many(&NODE_IMAGE),
        14 "declaredFeatures" Texts,
    }
    NODE_IMAGE { 1 "names" Texts, 2 "sizeBytes" Number }
    NAMESPACE { 1 "metadata" One(&META), 3 "status" One(&PHASE) }
    PHASE { 1 "phase" Text }
    SERVICE { 1 "metadata" One(&META), 2 "spec" One(&MAP_SELECTOR) }
    MAP_SELECTOR { 2 "selector" TextMap }
    CLAIM { 1 "metadata" One(&META), 2 "spec" One(&CLAIM_SPEC), 3 "status" One(&PHASE) }
    CLAIM_SPEC {
        1 "accessModes" Texts,
        2 "resources" One(&REQUIREMENTS),
        3 "volumeName" Text,
        4 "selector" One(&SELECTOR),
        5 "storageClassName" OptionalText,
        6 "volumeMode" OptionalText,
        9 "volumeAttributesClassName" OptionalText,
    }
    VOLUME { 1 "metadata" One(&META), 2 "spec" One(&VOLUME_SPEC), 3 "status" One(&PHASE) }
    VOLUME_SPEC {
        1 "capacity" QuantityMap,
        2 "persistentVolumeSource" Inline(&PERSISTENT_SOURCE),
        3 "accessModes" Texts,
        4 "claimRef" One(&OBJECT_REFERENCE),
        6 "storageClassName" Text,
        8 "volumeMode" OptionalText,
        9 "nodeAffinity" One(&VOLUME_AFFINITY),
        10 "volumeAttributesClassName" OptionalText,
    }
    PERSISTENT_SOURCE {
        1 "gcePersistentDisk" One(&GCE_DISK),
        2 "awsElasticBlockStore" One(&VOLUME_ID),
        3 "hostPath" One(&HOST_PATH),
        8 "cinder" One(&VOLUME_ID),
        16 "azureDisk" One(&AZURE_DISK),
        18 "portworxVolume" One(&VOLUME_ID),
        20 "local" One(&HOST_PATH),
        22 "csi" One(&CSI_SOURCE),
    }
    CSI_SOURCE { 1 "driver" Text, 2 "volumeHandle" Text }
    VOLUME_AFFINITY { 1 "required" One(&NODE_SELECTOR) }
    OBJECT_REFERENCE { 2 "namespace" Text, 3 "name" Text, 4 "uid" Text }
}

// k8s.io/api/apps/v1, batch/v1
messages! {
    REPLICATED { 1 "metadata" One(&META), 2 "spec" One(&REPLICATED_SPEC) }
    REPLICATED_SPEC {
        1 "replicas" OptionalNumber,
        2 "selector" One(&SELECTOR),
        3 "template" One(&TEMPLATE),
    }
    TEMPLATE { 1 "metadata" One(&META) }
    DAEMON_SET { 1 "metadata" One(&META), 2 "spec" One(&DAEMON_SET_SPEC) }
    DAEMON_SET_SPEC { 1 "selector" One(&SELECTOR), 2 "template" One(&TEMPLATE) }
    ONLY_METADATA { 1 "metadata" One(&META) }
}
