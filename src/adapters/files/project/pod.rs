//! What of a pod may stand in a snapshot, and of the templates that make pods.

use super::Keep::{self, All, Fields, Presence};
use super::OWNERS;

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

pub(super) const POD_SPEC: Keep = Fields(&[
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
    ("readinessGates", All),
    ("schedulingGroup", All),
    ("workloadRef", All),
    ("resourceClaims", All),
    ("overhead", All),
    ("resources", REQUESTS),
    ("initContainers", CONTAINERS),
    ("containers", CONTAINERS),
    ("volumes", VOLUMES),
]);

/// How a container stands, without what it or the kubelet wrote about it: a message can hold a command line.
const CONTAINER_STATE: Keep = Fields(&[
    ("waiting", Fields(&[("reason", All)])),
    ("running", Fields(&[("startedAt", All)])),
    (
        "terminated",
        Fields(&[("reason", All), ("exitCode", All), ("finishedAt", All)]),
    ),
]);

const CONTAINER_STATUSES: Keep = Fields(&[
    ("name", All),
    ("ready", All),
    ("started", All),
    ("restartCount", All),
    ("state", CONTAINER_STATE),
    ("lastState", CONTAINER_STATE),
    ("resources", REQUESTS),
    ("allocatedResources", All),
]);

/// A pod's conditions: since when it is ready tells how long its like takes to get ready.
const POD_CONDITIONS: Keep = Fields(&[
    ("type", All),
    ("status", All),
    ("reason", All),
    ("lastTransitionTime", All),
]);

pub(super) const POD: Keep = Fields(&[
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
            ("finalizers", All),
            ("ownerReferences", OWNERS),
        ]),
    ),
    ("spec", POD_SPEC),
    (
        "status",
        Fields(&[
            ("phase", All),
            ("reason", All),
            ("startTime", All),
            ("nominatedNodeName", All),
            ("conditions", POD_CONDITIONS),
            ("containerStatuses", CONTAINER_STATUSES),
            ("initContainerStatuses", CONTAINER_STATUSES),
            ("resources", REQUESTS),
            ("allocatedResources", All),
            ("resourceClaimStatuses", All),
            (
                "extendedResourceClaimStatus",
                Fields(&[("resourceClaimName", All)]),
            ),
        ]),
    ),
]);
