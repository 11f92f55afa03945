//! One way from an object into a world, whatever its kind and wherever it comes from.

use serde::de::DeserializeOwned;

use super::super::encoded::Encoded;
use super::super::error::ConvertError;
use super::{claim, node, pod, storage, workload};
use crate::domain::fit::object::claim::{DeviceClassObject, ResourceClaimObject};
use crate::domain::fit::object::node::NodeObject;
use crate::domain::fit::object::pod::PodObject;
use crate::domain::fit::object::storage::{
    AttachmentObject, CapacityObject, ClaimObject, ClassObject, CsiDriverObject, CsiNodeObject,
    VolumeObject,
};
use crate::domain::fit::object::workload::{
    NamespaceObject, ServiceObject, WorkloadKind, WorkloadObject,
};
use crate::domain::fit::world::{ObjectKind, WorldBuilder};

/// A kind that a rule of the scheduler reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::adapters) enum FitKind {
    /// Without nodes there is no answer.
    Node,
    /// Nor without pods.
    Pod,
    /// Anything else, of which only some rules ask.
    Other(ObjectKind),
}

/// Group, kind and path of each kind; the path is up to the resource, without namespaces.
const KINDS: [(FitKind, &str, &str, &str); 16] = [
    (FitKind::Node, "", "Node", "/api/v1/nodes"),
    (FitKind::Pod, "", "Pod", "/api/v1/pods"),
    (
        FitKind::Other(ObjectKind::Namespaces),
        "",
        "Namespace",
        "/api/v1/namespaces",
    ),
    (
        FitKind::Other(ObjectKind::Claims),
        "",
        "PersistentVolumeClaim",
        "/api/v1/persistentvolumeclaims",
    ),
    (
        FitKind::Other(ObjectKind::Volumes),
        "",
        "PersistentVolume",
        "/api/v1/persistentvolumes",
    ),
    (
        FitKind::Other(ObjectKind::Classes),
        "storage.k8s.io",
        "StorageClass",
        "/apis/storage.k8s.io/v1/storageclasses",
    ),
    (
        FitKind::Other(ObjectKind::CsiNodes),
        "storage.k8s.io",
        "CSINode",
        "/apis/storage.k8s.io/v1/csinodes",
    ),
    (
        FitKind::Other(ObjectKind::CsiDrivers),
        "storage.k8s.io",
        "CSIDriver",
        "/apis/storage.k8s.io/v1/csidrivers",
    ),
    (
        FitKind::Other(ObjectKind::Capacities),
        "storage.k8s.io",
        "CSIStorageCapacity",
        "/apis/storage.k8s.io/v1/csistoragecapacities",
    ),
    (
        FitKind::Other(ObjectKind::Attachments),
        "storage.k8s.io",
        "VolumeAttachment",
        "/apis/storage.k8s.io/v1/volumeattachments",
    ),
    (
        FitKind::Other(ObjectKind::Services),
        "",
        "Service",
        "/api/v1/services",
    ),
    (
        FitKind::Other(ObjectKind::ReplicationControllers),
        "",
        "ReplicationController",
        "/api/v1/replicationcontrollers",
    ),
    (
        FitKind::Other(ObjectKind::ReplicaSets),
        "apps",
        "ReplicaSet",
        "/apis/apps/v1/replicasets",
    ),
    (
        FitKind::Other(ObjectKind::StatefulSets),
        "apps",
        "StatefulSet",
        "/apis/apps/v1/statefulsets",
    ),
    (
        FitKind::Other(ObjectKind::ResourceClaims),
        "resource.k8s.io",
        "ResourceClaim",
        "/apis/resource.k8s.io/v1/resourceclaims",
    ),
    (
        FitKind::Other(ObjectKind::DeviceClasses),
        "resource.k8s.io",
        "DeviceClass",
        "/apis/resource.k8s.io/v1/deviceclasses",
    ),
];

impl FitKind {
    /// Returns all kinds.
    pub fn all() -> impl Iterator<Item = FitKind> {
        KINDS.iter().map(|(kind, ..)| *kind)
    }

    /// Finds the kind of an object; `None` where no rule reads it.
    pub fn of(api_version: &str, kind: &str) -> Option<FitKind> {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let mut kinds = KINDS.iter();
        let found = kinds.find(|(_, of_group, name, _)| *of_group == group && *name == kind)?;
        Some(found.0)
    }

    /// Returns the kind's name in objects.
    pub fn name(self) -> &'static str {
        self.entry().map_or("", |(_, _, name, _)| name)
    }

    /// Returns the apiVersion of its objects.
    pub fn api_version(self) -> String {
        match self.entry().map_or("", |(_, group, _, _)| group) {
            "" => "v1".to_owned(),
            group => format!("{group}/v1"),
        }
    }

    /// Returns the path under which the API server lists the kind in all namespaces.
    pub fn path(self) -> &'static str {
        self.entry().map_or("", |(.., path)| path)
    }

    fn entry(self) -> Option<&'static (FitKind, &'static str, &'static str, &'static str)> {
        let mut kinds = KINDS.iter();
        kinds.find(|(kind, ..)| *kind == self)
    }
}

/// An object that a rule reads.
#[derive(Debug)]
#[cfg_attr(test, derive(PartialEq))]
pub(in crate::adapters) enum Object {
    Node(NodeObject),
    Pod(Box<PodObject>),
    Namespace(NamespaceObject),
    Claim(ClaimObject),
    Volume(VolumeObject),
    Class(ClassObject),
    CsiNode(CsiNodeObject),
    CsiDriver(CsiDriverObject),
    Capacity(CapacityObject),
    Attachment(AttachmentObject),
    Service(ServiceObject),
    Workload(WorkloadObject),
    ResourceClaim(ResourceClaimObject),
    DeviceClass(DeviceClassObject),
}

/// Reads an object of a known kind.
pub(in crate::adapters) fn read<'a>(
    kind: FitKind,
    object: impl Into<Encoded<'a>>,
) -> Result<Object, ConvertError> {
    let name = kind.name();
    let object = object.into();
    Ok(match kind {
        FitKind::Node => Object::Node(convert::<node::Node, _>(name, object)?),
        FitKind::Pod => Object::Pod(Box::new(convert::<pod::Pod, _>(name, object)?)),
        FitKind::Other(kind) => other(kind, name, object)?,
    })
}

fn other(kind: ObjectKind, name: &str, object: Encoded<'_>) -> Result<Object, ConvertError> {
    Ok(match kind {
        ObjectKind::Namespaces => {
            Object::Namespace(convert::<workload::Namespace, _>(name, object)?)
        }
        ObjectKind::Claims => Object::Claim(convert::<storage::Claim, _>(name, object)?),
        ObjectKind::Volumes => Object::Volume(convert::<storage::Volume, _>(name, object)?),
        ObjectKind::Classes => Object::Class(convert::<storage::Class, _>(name, object)?),
        ObjectKind::CsiNodes => Object::CsiNode(convert::<storage::CsiNode, _>(name, object)?),
        ObjectKind::CsiDrivers => {
            Object::CsiDriver(convert::<storage::CsiDriver, _>(name, object)?)
        }
        ObjectKind::Capacities => Object::Capacity(convert::<storage::Capacity, _>(name, object)?),
        ObjectKind::Attachments => {
            Object::Attachment(convert::<storage::Attachment, _>(name, object)?)
        }
        ObjectKind::Services => Object::Service(convert::<workload::Service, _>(name, object)?),
        ObjectKind::ReplicationControllers => {
            Object::Workload(convert::<workload::Controller, _>(name, object)?)
        }
        ObjectKind::ReplicaSets => workload(WorkloadKind::ReplicaSet, name, object)?,
        ObjectKind::StatefulSets => workload(WorkloadKind::StatefulSet, name, object)?,
        ObjectKind::ResourceClaims => {
            Object::ResourceClaim(convert::<claim::ResourceClaim, _>(name, object)?)
        }
        ObjectKind::DeviceClasses => {
            Object::DeviceClass(convert::<claim::DeviceClass, _>(name, object)?)
        }
    })
}

fn workload(kind: WorkloadKind, name: &str, object: Encoded<'_>) -> Result<Object, ConvertError> {
    let workload: workload::Workload = object.decode(name)?;
    Ok(Object::Workload(workload.into_domain(kind)?))
}

pub(super) fn convert<W, D>(name: &str, object: Encoded<'_>) -> Result<D, ConvertError>
where
    W: DeserializeOwned,
    D: TryFrom<W, Error = ConvertError>,
{
    D::try_from(object.decode::<W>(name)?)
}

impl Object {
    /// Gives the object to a world.
    pub fn fold(self, world: &mut WorldBuilder) {
        match self {
            Object::Node(node) => world.node(node),
            Object::Pod(pod) => {
                world.pod(*pod);
            }
            Object::Namespace(namespace) => world.namespace(namespace),
            Object::Claim(claim) => world.claim(claim),
            Object::Volume(volume) => world.volume(volume),
            Object::Class(class) => world.storage_class(class),
            Object::CsiNode(node) => world.csi_node(node),
            Object::CsiDriver(driver) => world.csi_driver(driver),
            Object::Capacity(capacity) => world.capacity(capacity),
            Object::Attachment(attachment) => world.attachment(attachment),
            Object::Service(service) => world.service(service),
            Object::Workload(workload) => world.workload(workload),
            Object::ResourceClaim(claim) => world.resource_claim(claim),
            Object::DeviceClass(class) => world.device_class(class),
        }
    }
}
