//! What is kept of storage and devices: enough to tell where they can be used, and nothing that opens them.

use super::Keep::{self, All, Fields};
use super::{CONDITIONS, OWNERS};

pub(super) const CLAIM: Keep = Fields(&[
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

pub(super) const VOLUME: Keep = Fields(&[
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

pub(super) const CLASS: Keep = Fields(&[
    ("metadata", Fields(&[("name", All)])),
    ("provisioner", All),
    ("volumeBindingMode", All),
    ("allowedTopologies", All),
]);

pub(super) const CSI_NODE: Keep = Fields(&[
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

pub(super) const CSI_DRIVER: Keep = Fields(&[
    ("metadata", Fields(&[("name", All)])),
    (
        "spec",
        Fields(&[
            ("storageCapacity", All),
            ("preventPodSchedulingIfMissing", All),
        ]),
    ),
]);

pub(super) const CAPACITY: Keep = Fields(&[
    ("metadata", Fields(&[("namespace", All), ("name", All)])),
    ("storageClassName", All),
    ("nodeTopology", All),
    ("capacity", All),
    ("maximumVolumeSize", All),
]);

pub(super) const ATTACHMENT: Keep = Fields(&[
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

pub(super) const RESOURCE_CLAIM: Keep = Fields(&[
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

pub(super) const DEVICE_CLASS: Keep = Fields(&[
    ("metadata", Fields(&[("name", All)])),
    ("spec", Fields(&[("extendedResourceName", All)])),
]);
