//! One object of each kind with every field that a rule reads, and some secrets besides.

use super::FitKind;

pub const POD: &str = r#"{"metadata": {"name": "web-1", "namespace": "shop", "uid": "u", "labels": {"app": "web"},
    "deletionTimestamp": "2026-01-01T00:00:00Z", "creationTimestamp": "2025-01-01T00:00:00Z",
    "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "r", "controller": true}]},
  "spec": {"nodeName": "n1", "priority": 7, "preemptionPolicy": "Never", "nodeSelector": {"disk": "ssd"},
    "affinity": {
      "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
          {"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["3"]}],
           "matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n1"]}]}]},
        "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 5, "preference": {"matchExpressions": [
          {"key": "b", "operator": "Exists"}]}}]},
      "podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"labelSelector": {"matchLabels": {"app": "web"}},
          "namespaces": ["x"], "namespaceSelector": {}, "topologyKey": "kubernetes.io/hostname"}]}},
    "tolerations": [{"key": "k", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}, {"operator": "Gt", "effect": "Later"}],
    "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
      "labelSelector": {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["a"]}]}, "minDomains": 2, "nodeTaintsPolicy": "Honor",
      "matchLabelKeys": ["pod-template-hash"]}],
    "initContainers": [{"name": "side", "restartPolicy": "Always", "resources": {"requests": {"cpu": "200m"}}}, {"name": "init"}],
    "containers": [{"name": "c", "image": "web:1", "resources": {"requests": {"cpu": 0.5, "memory": "1Gi", "example.com/gpu": 1}, "limits": {"cpu": "2"}},
      "ports": [{"containerPort": 80}, {"containerPort": 81, "hostPort": 8081, "hostIP": "127.0.0.1"}],
      "restartPolicyRules": [{"action": "RestartAllContainers"}], "volumeMounts": [{"name": "d", "bindMountOptions": ["noexec"]}]}],
    "overhead": {"cpu": "10m"}, "resources": {"requests": {"cpu": "3"}}, "hostNetwork": true, "hostUsers": false,
    "volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}, {"name": "e", "ephemeral": {}},
      {"name": "kube-api-access-x7k2p", "projected": {}}, {"name": "g", "gcePersistentDisk": {"pdName": "p", "readOnly": true}},
      {"name": "r", "rbd": {"monitors": ["a", "b"], "image": "i"}}],
    "resourceClaims": [{"name": "gpu", "resourceClaimTemplateName": "t"}], "schedulingGates": [{"name": "gate"}],
    "schedulingGroup": {"podGroupName": "gang"}},
  "status": {"phase": "Running", "startTime": "2025-01-01T00:00:05Z", "nominatedNodeName": "n2",
    "conditions": [{"type": "PodResizePending", "status": "True", "reason": "Infeasible"}],
    "containerStatuses": [{"name": "c", "resources": {}, "allocatedResources": {"cpu": "1"}}],
    "allocatedResources": {"cpu": "4"}, "resourceClaimStatuses": [{"name": "gpu", "resourceClaimName": "web-1-gpu"}],
    "extendedResourceClaimStatus": {"resourceClaimName": "ext"}}}"#;

const NODE: &str = r#"{"metadata": {"name": "n1", "uid": "u", "labels": {"zone": "a"}, "annotations": {"secret": "hunter2",
    "scheduler.alpha.kubernetes.io/preferAvoidPods": "{\"preferAvoidPods\": [{\"podSignature\": {\"podController\": {\"kind\": \"ReplicaSet\", \"uid\": \"r\"}}}]}"}},
  "spec": {"unschedulable": true, "podCIDR": "10.0.0.0/24", "taints": [{"key": "k", "value": "v", "effect": "NoSchedule"}]},
  "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110", "example.com/gpu": "2"},
    "conditions": [{"type": "Ready", "status": "True", "message": "hunter2"}],
    "images": [{"names": ["web:1", "web@sha256:1"], "sizeBytes": 1000}], "declaredFeatures": ["RestartAllContainersOnContainerExits"]}}"#;

const NAMESPACE: &str =
    r#"{"metadata": {"name": "shop", "labels": {"team": "a"}}, "status": {"phase": "Active"}}"#;

const CLAIM: &str = r#"{"metadata": {"name": "data", "namespace": "shop", "uid": "c", "deletionTimestamp": "2026-01-01T00:00:00Z",
    "annotations": {"pv.kubernetes.io/bind-completed": "yes", "volume.kubernetes.io/selected-node": "n1", "volume.beta.kubernetes.io/storage-class": "old",
      "secret": "hunter2"}, "ownerReferences": [{"kind": "Pod", "name": "web-1", "uid": "u", "controller": true}]},
  "spec": {"volumeName": "pv", "storageClassName": "fast", "volumeAttributesClassName": "gold", "accessModes": ["ReadWriteOnce"], "volumeMode": "Block",
    "selector": {"matchLabels": {"a": "b"}}, "resources": {"requests": {"storage": "1Gi"}}}, "status": {"phase": "Bound"}}"#;

const VOLUME: &str = r#"{"metadata": {"name": "pv", "labels": {"topology.kubernetes.io/zone": "a"}, "deletionTimestamp": "2026-01-01T00:00:00Z",
    "annotations": {"volume.beta.kubernetes.io/storage-class": "old"}},
  "spec": {"capacity": {"storage": "2Gi"}, "storageClassName": "fast", "volumeAttributesClassName": "gold", "accessModes": ["ReadWriteOnce"],
    "volumeMode": "Block", "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}]}},
    "claimRef": {"namespace": "shop", "name": "data", "uid": "c"},
    "csi": {"driver": "d", "volumeHandle": "h", "nodeStageSecretRef": {"name": "hunter2"}}}, "status": {"phase": "Bound"}}"#;

const CLASS: &str = r#"{"metadata": {"name": "fast"}, "provisioner": "d", "parameters": {"secret": "hunter2"}, "volumeBindingMode": "Immediate",
    "allowedTopologies": [{"matchLabelExpressions": [{"key": "zone", "values": ["a"]}]}]}"#;

const CSI_NODE: &str = r#"{"metadata": {"name": "n1", "annotations": {"storage.alpha.kubernetes.io/migrated-plugins": "a,b"}},
    "spec": {"drivers": [{"name": "d", "nodeID": "x", "allocatable": {"count": 3}}]}}"#;

const CSI_DRIVER: &str = r#"{"metadata": {"name": "d"}, "spec": {"storageCapacity": true, "preventPodSchedulingIfMissing": true}}"#;

const CAPACITY: &str = r#"{"metadata": {"name": "cap", "namespace": "kube-system"}, "storageClassName": "fast",
    "nodeTopology": {"matchLabels": {"zone": "a"}}, "capacity": "10Gi", "maximumVolumeSize": "5Gi"}"#;

const ATTACHMENT: &str = r#"{"metadata": {"name": "att"}, "spec": {"attacher": "d", "nodeName": "n1", "source": {"persistentVolumeName": "pv",
    "inlineVolumeSpec": {"csi": {"driver": "d", "volumeHandle": "h"}}}}}"#;

const SERVICE: &str = r#"{"metadata": {"name": "web", "namespace": "shop"}, "spec": {"selector": {"app": "web"}, "ports": []}}"#;

const CONTROLLER: &str = r#"{"metadata": {"name": "old", "namespace": "shop", "uid": "rc"}, "spec": {"replicas": 1, "selector": {"app": "old"}}}"#;

const WORKLOAD: &str = r#"{"metadata": {"name": "web", "namespace": "shop", "uid": "r"}, "spec": {"replicas": 2,
    "selector": {"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "b", "operator": "Exists"}]},
    "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "env": [{"name": "P", "value": "hunter2"}]}]}}}}"#;

const RESOURCE_CLAIM: &str = r#"{"metadata": {"name": "gpu", "namespace": "shop", "uid": "g", "deletionTimestamp": "2026-01-01T00:00:00Z",
    "annotations": {"resource.kubernetes.io/extended-resource-claim": "true"},
    "ownerReferences": [{"kind": "Pod", "name": "web-1", "uid": "u", "controller": true}]},
  "spec": {"devices": {"requests": [{"name": "a", "exactly": {"deviceClassName": "gpu"}}, {"name": "b", "firstAvailable": [{"name": "x", "deviceClassName": "big"}]}]}},
  "status": {"reservedFor": [{"resource": "pods", "name": "p", "uid": "u"}],
    "allocation": {"devices": {"results": [{"driver": "d", "pool": "p", "device": "1", "shareID": "s", "bindingConditions": ["Ready", "Attached"], "bindingFailureConditions": ["Broken"]}]},
      "nodeSelector": {"nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n1"]}]}]}},
    "devices": [{"driver": "d", "pool": "p", "device": "1", "shareID": "s", "conditions": [{"type": "Ready", "status": "True"}, {"type": "Broken", "status": "True"}]}]}}"#;

const DEVICE_CLASS: &str =
    r#"{"metadata": {"name": "gpu"}, "spec": {"extendedResourceName": "example.com/gpu"}}"#;

/// Returns the example of a kind.
pub fn of(kind: FitKind) -> &'static str {
    match kind.name() {
        "Node" => NODE,
        "Pod" => POD,
        "Namespace" => NAMESPACE,
        "PersistentVolumeClaim" => CLAIM,
        "PersistentVolume" => VOLUME,
        "StorageClass" => CLASS,
        "CSINode" => CSI_NODE,
        "CSIDriver" => CSI_DRIVER,
        "CSIStorageCapacity" => CAPACITY,
        "VolumeAttachment" => ATTACHMENT,
        "Service" => SERVICE,
        "ReplicationController" => CONTROLLER,
        "ReplicaSet" | "StatefulSet" => WORKLOAD,
        "ResourceClaim" => RESOURCE_CLAIM,
        "DeviceClass" => DEVICE_CLASS,
        other => panic!("{other}"),
    }
}
