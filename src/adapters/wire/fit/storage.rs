//! Claims, volumes, classes and drivers.

use serde::de::IgnoredAny;

use super::super::error::ConvertError;
use super::super::meta::Meta;
use super::affinity::{NodeSelector, Selector};
use super::amount::{Amount, Amounts};
use super::here::Here;
use super::pod::{life, non_empty};
use super::slim;
use super::volume::{AzureDisk, GceDisk, VolumeId};
use crate::domain::fit::csi_translation::{self, InTreeSource};
use crate::domain::fit::object::storage as domain;
use crate::domain::fit::object::storage::{Binding, BindingMode, VolumeOrigin};
use crate::domain::labels::Labels;
use crate::domain::quantity::Quantity;

/// What `volumeMode` is where nothing is written.
const FILESYSTEM: &str = "Filesystem";

slim!(Claim {
    metadata: Meta<ClaimAnnotations>,
    spec: ClaimSpec,
    status: Phase,
});

slim!(ClaimAnnotations {
    #[serde(rename = "pv.kubernetes.io/bind-completed")]
    bind_completed: Option<IgnoredAny>,
    #[serde(rename = "volume.kubernetes.io/selected-node")]
    selected_node: Option<String>,
    #[serde(rename = "volume.beta.kubernetes.io/storage-class")]
    class: Option<String>,
});

slim!(ClaimSpec {
    volume_name: String,
    storage_class_name: Option<String>,
    volume_attributes_class_name: Option<String>,
    access_modes: Vec<String>,
    volume_mode: String,
    selector: Option<Selector>,
    resources: ClaimResources,
});

slim!(ClaimResources { requests: Amounts });

slim!(Phase { phase: String });

impl TryFrom<Claim> for domain::ClaimObject {
    type Error = ConvertError;

    fn try_from(claim: Claim) -> Result<Self, ConvertError> {
        let Claim {
            metadata,
            spec,
            status,
        } = claim;
        let here = Here::at("PersistentVolumeClaim", &metadata)?;
        let request = storage(spec.resources.requests, here, "spec.resources.requests")?;
        let life = life(&metadata);
        let annotations = metadata.annotations;
        Ok(domain::ClaimObject {
            request,
            life,
            controller_uid: controller_uid(&metadata.owner_references),
            volume_name: spec.volume_name,
            binding: match annotations.bind_completed {
                Some(IgnoredAny) => Binding::Completed,
                None => Binding::Open,
            },
            selected_node: annotations.selected_node,
            class: annotations
                .class
                .or_else(|| spec.storage_class_name.clone()),
            spec_class: spec.storage_class_name,
            attributes_class: spec.volume_attributes_class_name,
            access_modes: spec.access_modes,
            volume_mode: mode(spec.volume_mode),
            selector: spec.selector.map(Into::into),
            phase: status.phase,
            namespace: metadata.namespace,
            name: metadata.name,
            uid: metadata.uid,
        })
    }
}

/// Returns the UID of the owner with `controller: true`.
pub(super) fn controller_uid(owners: &[super::super::meta::OwnerReference]) -> Option<String> {
    let mut owners = owners.iter();
    let owner = owners.find(|owner| owner.controller == Some(true))?;
    Some(owner.uid.clone())
}

fn mode(written: String) -> String {
    non_empty(written).unwrap_or_else(|| FILESYSTEM.to_owned())
}

/// Returns the amount of storage among amounts; none is 0.
fn storage(mut amounts: Amounts, here: Here<'_>, field: &str) -> Result<Quantity, ConvertError> {
    match amounts.remove("storage") {
        Some(amount) => amount.into_domain(here, || format!("{field}.storage")),
        None => Ok(Quantity::ZERO),
    }
}

slim!(Volume {
    metadata: Meta<VolumeAnnotations>,
    spec: VolumeSpec,
    status: Phase,
});

slim!(VolumeAnnotations {
    #[serde(rename = "volume.beta.kubernetes.io/storage-class")]
    class: Option<String>,
});

slim!(VolumeSpec {
    capacity: Amounts,
    storage_class_name: String,
    volume_attributes_class_name: Option<String>,
    access_modes: Vec<String>,
    volume_mode: String,
    node_affinity: VolumeAffinity,
    claim_ref: Option<ClaimReference>,
    csi: Option<CsiSource>,
    aws_elastic_block_store: Option<VolumeId>,
    gce_persistent_disk: Option<GceDisk>,
    azure_disk: Option<AzureDisk>,
    cinder: Option<VolumeId>,
    portworx_volume: Option<VolumeId>,
});

slim!(VolumeAffinity {
    required: Option<NodeSelector>,
});

slim!(ClaimReference {
    namespace: String,
    name: String,
    uid: String,
});

slim!(CsiSource {
    driver: String,
    volume_handle: String,
});

impl TryFrom<Volume> for domain::VolumeObject {
    type Error = ConvertError;

    fn try_from(volume: Volume) -> Result<Self, ConvertError> {
        let Volume {
            metadata,
            spec,
            status,
        } = volume;
        let here = Here::at("PersistentVolume", &metadata)?;
        let claim = |claim: ClaimReference| domain::ClaimReference {
            namespace: claim.namespace,
            name: claim.name,
            uid: claim.uid,
        };
        let source = spec.origin(&metadata.labels);
        Ok(domain::VolumeObject {
            source,
            capacity: storage(spec.capacity, here, "spec.capacity")?,
            life: life(&metadata),
            class: metadata
                .annotations
                .class
                .unwrap_or(spec.storage_class_name),
            attributes_class: spec.volume_attributes_class_name,
            access_modes: spec.access_modes,
            volume_mode: mode(spec.volume_mode),
            node_affinity: spec.node_affinity.required.map(NodeSelector::into_terms),
            claim: spec.claim_ref.map(claim),
            phase: status.phase,
            name: metadata.name,
            labels: metadata.labels,
        })
    }
}

impl VolumeSpec {
    /// Returns where the data is; in-tree sources as what they become at their CSI driver.
    fn origin(&self, labels: &Labels) -> VolumeOrigin {
        let in_tree = if let Some(csi) = &self.csi {
            return VolumeOrigin::Csi {
                driver: csi.driver.clone(),
                handle: csi.volume_handle.clone(),
            };
        } else if let Some(disk) = &self.aws_elastic_block_store {
            InTreeSource::AwsEbs {
                id: &disk.volume_id,
            }
        } else if let Some(disk) = &self.gce_persistent_disk {
            InTreeSource::GcePd {
                name: &disk.pd_name,
            }
        } else if let Some(disk) = &self.azure_disk {
            InTreeSource::AzureDisk {
                uri: &disk.disk_uri,
                kind: disk.kind.as_deref(),
            }
        } else if let Some(disk) = &self.cinder {
            InTreeSource::Cinder {
                id: &disk.volume_id,
            }
        } else if let Some(disk) = &self.portworx_volume {
            InTreeSource::Portworx {
                id: &disk.volume_id,
            }
        } else {
            return VolumeOrigin::Other;
        };
        csi_translation::origin(in_tree, labels)
    }
}

slim!(Class {
    metadata: Meta,
    provisioner: String,
    volume_binding_mode: Option<String>,
    allowed_topologies: Vec<TopologyTerm>,
});

slim!(TopologyTerm {
    match_label_expressions: Vec<TopologyRequirement>,
});

slim!(TopologyRequirement {
    key: String,
    values: Vec<String>,
});

impl TryFrom<Class> for domain::ClassObject {
    type Error = ConvertError;

    fn try_from(class: Class) -> Result<Self, ConvertError> {
        let here = Here::at("StorageClass", &class.metadata)?;
        let binding_mode = match class.volume_binding_mode.as_deref() {
            None => None,
            Some("Immediate") => Some(BindingMode::Immediate),
            Some("WaitForFirstConsumer") => Some(BindingMode::WaitForFirstConsumer),
            Some(other) => {
                let problem = format!("{other:?} is not Immediate or WaitForFirstConsumer");
                return Err(here.error("volumeBindingMode", problem));
            }
        };
        let term = |term: TopologyTerm| {
            let requirements = term.match_label_expressions.into_iter();
            requirements.map(|r| (r.key, r.values)).collect()
        };
        Ok(domain::ClassObject {
            binding_mode,
            provisioner: class.provisioner,
            allowed_topologies: class.allowed_topologies.into_iter().map(term).collect(),
            name: class.metadata.name,
        })
    }
}

slim!(CsiNode {
    metadata: Meta<CsiNodeAnnotations>,
    spec: CsiNodeSpec,
});

slim!(CsiNodeAnnotations {
    #[serde(rename = "storage.alpha.kubernetes.io/migrated-plugins")]
    migrated_plugins: String,
});

slim!(CsiNodeSpec {
    drivers: Vec<CsiNodeDriver>,
});

slim!(CsiNodeDriver {
    name: String,
    allocatable: VolumeLimit,
});

slim!(VolumeLimit { count: Option<i32> });

impl TryFrom<CsiNode> for domain::CsiNodeObject {
    type Error = ConvertError;

    fn try_from(node: CsiNode) -> Result<Self, ConvertError> {
        let metadata = node.metadata;
        metadata.require_name("CSINode")?;
        let plugins = metadata.annotations.migrated_plugins;
        let plugins = plugins.split(',').filter(|plugin| !plugin.is_empty());
        let driver = |driver: CsiNodeDriver| (driver.name, driver.allocatable.count);
        Ok(domain::CsiNodeObject {
            migrated_plugins: plugins.map(str::to_owned).collect(),
            drivers: node.spec.drivers.into_iter().map(driver).collect(),
            name: metadata.name,
        })
    }
}

slim!(CsiDriver {
    metadata: Meta,
    spec: CsiDriverSpec,
});

slim!(CsiDriverSpec {
    storage_capacity: bool,
    prevent_pod_scheduling_if_missing: bool,
});

impl TryFrom<CsiDriver> for domain::CsiDriverObject {
    type Error = ConvertError;

    fn try_from(driver: CsiDriver) -> Result<Self, ConvertError> {
        driver.metadata.require_name("CSIDriver")?;
        Ok(domain::CsiDriverObject {
            name: driver.metadata.name,
            storage_capacity: driver.spec.storage_capacity,
            prevent_scheduling_if_missing: driver.spec.prevent_pod_scheduling_if_missing,
        })
    }
}

slim!(Capacity {
    metadata: Meta,
    storage_class_name: String,
    node_topology: Option<Selector>,
    capacity: Option<Amount>,
    maximum_volume_size: Option<Amount>,
});

impl TryFrom<Capacity> for domain::CapacityObject {
    type Error = ConvertError;

    fn try_from(capacity: Capacity) -> Result<Self, ConvertError> {
        let metadata = capacity.metadata;
        let here = Here::at("CSIStorageCapacity", &metadata)?;
        let amount = |amount: Option<Amount>, field: &str| {
            amount
                .map(|amount| amount.into_domain(here, || field.to_owned()))
                .transpose()
        };
        Ok(domain::CapacityObject {
            capacity: amount(capacity.capacity, "capacity")?,
            maximum_volume_size: amount(capacity.maximum_volume_size, "maximumVolumeSize")?,
            class: capacity.storage_class_name,
            topology: capacity.node_topology.map(Into::into),
            namespace: metadata.namespace,
            name: metadata.name,
        })
    }
}

slim!(Attachment {
    metadata: Meta,
    spec: AttachmentSpec,
});

slim!(AttachmentSpec {
    attacher: String,
    node_name: String,
    source: AttachmentSource,
});

slim!(AttachmentSource {
    persistent_volume_name: Option<String>,
    inline_volume_spec: Option<InlineVolume>,
});

slim!(InlineVolume { csi: Option<CsiSource> });

impl TryFrom<Attachment> for domain::AttachmentObject {
    type Error = ConvertError;

    fn try_from(attachment: Attachment) -> Result<Self, ConvertError> {
        let Attachment { metadata, spec } = attachment;
        metadata.require_name("VolumeAttachment")?;
        let inline = spec.source.inline_volume_spec;
        Ok(domain::AttachmentObject {
            name: metadata.name,
            node: spec.node_name,
            attacher: spec.attacher,
            volume: spec.source.persistent_volume_name,
            inline_handle: inline
                .and_then(|volume| volume.csi)
                .map(|csi| csi.volume_handle),
        })
    }
}
