//! Claims, volumes, classes and drivers as the volume rules read them.

use super::affinity::{NodeTerm, Selector};
use super::pod::Life;
use crate::domain::labels::Labels;
use crate::domain::quantity::Quantity;

/// A PersistentVolumeClaim.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClaimObject {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.uid`.
    pub uid: String,
    /// Whether it is being deleted.
    pub life: Life,
    /// UID of the owner with `controller: true`.
    pub controller_uid: Option<String>,
    /// `spec.volumeName`; empty where unbound.
    pub volume_name: String,
    /// Whether annotation `pv.kubernetes.io/bind-completed` is there, whatever its value.
    pub binding: Binding,
    /// Annotation `volume.kubernetes.io/selected-node`; `None` where absent.
    pub selected_node: Option<String>,
    /// Class: annotation `volume.beta.kubernetes.io/storage-class` before `spec.storageClassName`; `None` where neither is there.
    pub class: Option<String>,
    /// `spec.storageClassName` alone; `None` where absent.
    pub spec_class: Option<String>,
    /// `spec.volumeAttributesClassName`; `None` where absent.
    pub attributes_class: Option<String>,
    /// `spec.accessModes`.
    pub access_modes: Vec<String>,
    /// `spec.volumeMode`; absent is `Filesystem`.
    pub volume_mode: String,
    /// `spec.selector`; absent selects every volume.
    pub selector: Option<Selector>,
    /// `spec.resources.requests.storage`.
    pub request: Quantity,
    /// `status.phase`.
    pub phase: String,
}

/// Whether the controller finished binding a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Binding {
    /// Not yet.
    #[default]
    Open,
    /// Annotation `pv.kubernetes.io/bind-completed` is there.
    Completed,
}

/// A PersistentVolume.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VolumeObject {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.labels`.
    pub labels: Labels,
    /// Whether it is being deleted.
    pub life: Life,
    /// `spec.capacity.storage`.
    pub capacity: Quantity,
    /// Class: annotation before `spec.storageClassName`; empty where neither is there.
    pub class: String,
    /// `spec.volumeAttributesClassName`; `None` where absent.
    pub attributes_class: Option<String>,
    /// `spec.accessModes`.
    pub access_modes: Vec<String>,
    /// `spec.volumeMode`; absent is `Filesystem`.
    pub volume_mode: String,
    /// `spec.nodeAffinity.required.nodeSelectorTerms`; `None` where absent.
    pub node_affinity: Option<Vec<NodeTerm>>,
    /// `spec.claimRef`.
    pub claim: Option<ClaimReference>,
    /// `status.phase`.
    pub phase: String,
    /// Where the data is.
    pub source: VolumeOrigin,
}

/// `spec.claimRef`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClaimReference {
    /// `namespace`.
    pub namespace: String,
    /// `name`.
    pub name: String,
    /// `uid`; empty where it was bound beforehand by hand.
    pub uid: String,
}

/// The source of a PersistentVolume, as far as limits read it; in-tree sources are already translated to their CSI driver.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum VolumeOrigin {
    /// `csi`.
    Csi {
        /// `driver`.
        driver: String,
        /// `volumeHandle`.
        handle: String,
    },
    /// An in-tree source that upstream translates to CSI.
    InTree {
        /// The CSI driver it becomes, such as `ebs.csi.aws.com`.
        driver: String,
        /// The in-tree plugin's name, such as `kubernetes.io/aws-ebs`.
        plugin: String,
        /// The handle it becomes.
        handle: String,
    },
    /// An in-tree source of a plugin that upstream translates, in a form that the translation fails on.
    Untranslatable {
        /// The in-tree plugin's name.
        plugin: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Anything else, also Azure File and vSphere volumes, which the scheduler's rules leave alone.
    #[default]
    Other,
}

/// A StorageClass.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClassObject {
    /// `metadata.name`.
    pub name: String,
    /// `provisioner`.
    pub provisioner: String,
    /// `volumeBindingMode`; `None` where absent.
    pub binding_mode: Option<BindingMode>,
    /// `allowedTopologies`: terms of keys with values, ORed.
    pub allowed_topologies: Vec<Vec<(String, Vec<String>)>>,
}

/// `volumeBindingMode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BindingMode {
    /// `Immediate`.
    Immediate,
    /// `WaitForFirstConsumer`.
    WaitForFirstConsumer,
}

/// A CSINode.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CsiNodeObject {
    /// `metadata.name`: the node's.
    pub name: String,
    /// Annotation `storage.alpha.kubernetes.io/migrated-plugins`, split at commas.
    pub migrated_plugins: Vec<String>,
    /// `spec.drivers`: name and `allocatable.count`.
    pub drivers: Vec<(String, Option<i32>)>,
}

/// A CSIDriver.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CsiDriverObject {
    /// `metadata.name`.
    pub name: String,
    /// `spec.storageCapacity`.
    pub storage_capacity: bool,
    /// `spec.preventPodSchedulingIfMissing`.
    pub prevent_scheduling_if_missing: bool,
}

/// A CSIStorageCapacity.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CapacityObject {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `storageClassName`.
    pub class: String,
    /// `nodeTopology`; absent selects no node.
    pub topology: Option<Selector>,
    /// `capacity`.
    pub capacity: Option<Quantity>,
    /// `maximumVolumeSize`.
    pub maximum_volume_size: Option<Quantity>,
}

/// A VolumeAttachment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AttachmentObject {
    /// `metadata.name`.
    pub name: String,
    /// `spec.nodeName`.
    pub node: String,
    /// `spec.attacher`.
    pub attacher: String,
    /// `spec.source.persistentVolumeName`.
    pub volume: Option<String>,
    /// `spec.source.inlineVolumeSpec` where it is of a CSI driver: its handle.
    pub inline_handle: Option<String>,
}
