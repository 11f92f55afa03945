//! The pod as the scheduler reads it: the part that comes from a template, and what is its own.

use jiff::Timestamp;

use super::Resources;
use super::affinity::{NodeAffinity, PodAffinity};
use super::claim::{ExtendedClaim, PodClaim};
use super::shared::Shared;
use super::spread::SpreadConstraint;
use super::toleration::Toleration;
use crate::domain::labels::Labels;
use crate::domain::pod::{ControllerRef, Phase};

/// A pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodObject {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.uid`.
    pub uid: String,
    /// `metadata.labels`.
    pub labels: Labels,
    /// The fields that pods of one template share.
    pub spec: PodSpec,
    /// `spec.nodeName`.
    pub node: Option<String>,
    /// `status.nominatedNodeName`.
    pub nominated_node: Option<String>,
    /// `status.phase`.
    pub phase: Phase,
    /// Whether the pod is being deleted.
    pub life: Life,
    /// `metadata.creationTimestamp`.
    pub created: Option<Timestamp>,
    /// `status.startTime`.
    pub started: Option<Timestamp>,
    /// The owner with `controller: true`.
    pub controller: Option<ControllerRef>,
    /// The part of the status that says what the pod really holds.
    pub resize: PodResize,
    /// Whether the scheduler made it leave for another pod.
    pub preempted: Preempted,
    /// `status.resourceClaimStatuses`: the pod's name of a claim and the generated claim's name; `None` where none was needed.
    pub claim_names: Vec<(String, Option<String>)>,
    /// `status.extendedResourceClaimStatus`.
    pub extended_claim: Option<ExtendedClaim>,
}

/// Whether an object carries a deletion timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Life {
    /// No.
    #[default]
    Active,
    /// Yes.
    Terminating,
}

/// Whether condition `DisruptionTarget` says `PreemptionByScheduler`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Preempted {
    /// No.
    #[default]
    No,
    /// Yes: room is being made for a pod of higher priority.
    ByScheduler,
}

/// The part of a pod that its template decides.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct PodSpec {
    /// `schedulerName`; absent is `default-scheduler`.
    pub scheduler_name: String,
    /// `priority`; absent is 0.
    pub priority: i32,
    /// `preemptionPolicy`.
    pub preemption: Preemption,
    /// `nodeSelector`, sorted.
    pub node_selector: Labels,
    /// `affinity.nodeAffinity`.
    pub node_affinity: NodeAffinity,
    /// `affinity.podAffinity`.
    pub pod_affinity: PodAffinity,
    /// `affinity.podAntiAffinity`.
    pub pod_anti_affinity: PodAffinity,
    /// `tolerations`.
    pub tolerations: Shared<Toleration>,
    /// `topologySpreadConstraints`.
    pub spread: Vec<SpreadConstraint>,
    /// `containers`.
    pub containers: Shared<Container>,
    /// `initContainers`, sidecars among them.
    pub init_containers: Vec<Container>,
    /// `overhead`.
    pub overhead: Resources,
    /// `resources.requests` of the pod as a whole.
    pub pod_requests: Option<Resources>,
    /// `volumes`.
    pub volumes: Vec<Volume>,
    /// `resourceClaims`.
    pub claims: Vec<PodClaim>,
    /// Names of `schedulingGates`.
    pub gates: Vec<String>,
    /// `hostNetwork`.
    pub host_network: Option<bool>,
    /// `hostUsers`.
    pub host_users: Option<bool>,
    /// `schedulingGroup` (or `workloadRef` up to 1.36), by the name it gives.
    pub scheduling_group: Option<String>,
}

/// `preemptionPolicy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Preemption {
    /// `PreemptLowerPriority`, also when absent.
    #[default]
    LowerPriority,
    /// `Never`.
    Never,
}

/// A container or init container.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Container {
    /// `name`.
    pub name: String,
    /// `image`.
    pub image: String,
    /// `resources.requests`.
    pub requests: Resources,
    /// `ports` with a `hostPort`.
    pub host_ports: Vec<HostPort>,
    /// Whether an init container keeps running.
    pub kind: ContainerKind,
    /// What the container needs of the kubelet, beyond what every kubelet does.
    pub needs: Vec<KubeletFeature>,
}

/// Whether a container of `initContainers` is a sidecar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ContainerKind {
    /// It ends, or it is not an init container.
    #[default]
    Plain,
    /// `restartPolicy: Always` on an init container: it runs on.
    Sidecar,
}

/// A feature that a node must declare (`k8s.io/component-helpers/nodedeclaredfeatures`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KubeletFeature {
    /// `restartPolicyRules` with action `RestartAllContainers`.
    RestartAllContainers,
    /// `volumeMounts[].bindMountOptions`.
    BindMountOptions,
}

/// A port with a `hostPort`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostPort {
    /// `hostPort`, above 0.
    pub port: i32,
    /// `protocol`; absent is `TCP`.
    pub protocol: String,
    /// `hostIP`; empty and `0.0.0.0` are every address.
    pub host_ip: String,
}

/// One entry of `volumes`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Volume {
    /// `name`.
    pub name: String,
    /// Where it comes from.
    pub source: VolumeSource,
}

/// The sources that a rule of the scheduler reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum VolumeSource {
    /// `persistentVolumeClaim.claimName`.
    Claim(String),
    /// `ephemeral`: the claim is named after pod and volume.
    Ephemeral,
    /// `gcePersistentDisk`.
    GcePersistentDisk {
        /// `pdName`.
        name: String,
        /// `partition`.
        partition: i32,
        /// `readOnly`.
        access: Access,
    },
    /// `awsElasticBlockStore`.
    AwsElasticBlockStore {
        /// `volumeID`.
        id: String,
    },
    /// `azureDisk`.
    AzureDisk {
        /// `diskName`.
        name: String,
        /// `diskURI`.
        uri: String,
        /// `kind`; `None` where absent. Only `Managed`, in any case, has a CSI driver.
        kind: Option<String>,
    },
    /// `cinder`.
    Cinder {
        /// `volumeID`.
        id: String,
    },
    /// `portworxVolume`.
    Portworx {
        /// `volumeID`.
        id: String,
    },
    /// `iscsi`.
    Iscsi {
        /// `iqn`.
        iqn: String,
        /// `readOnly`.
        access: Access,
    },
    /// `rbd`.
    Rbd {
        /// `monitors`.
        monitors: Vec<String>,
        /// `pool`.
        pool: String,
        /// `image`.
        image: String,
        /// `readOnly`.
        access: Access,
    },
    /// `image.reference`.
    Image(String),
    /// `csi` (inline): the driver.
    InlineCsi(String),
    /// Anything else: no rule reads it.
    Other,
}

/// `readOnly` of a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// False or absent.
    ReadWrite,
    /// True.
    ReadOnly,
}

/// What the status says of a pod's resources while, and after, they are changed in place.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct PodResize {
    /// `status.containerStatuses`, by container name.
    pub containers: Vec<ContainerResize>,
    /// `status.initContainerStatuses`, by container name.
    pub init_containers: Vec<ContainerResize>,
    /// `status.resources.requests`; `Some` where `status.resources` is there.
    pub requests: Option<Resources>,
    /// `status.allocatedResources`; `None` where absent.
    pub allocated: Option<Resources>,
    /// Whether condition `PodResizePending` has reason `Infeasible`.
    pub feasibility: ResizeFeasibility,
}

/// Whether a resize that waits can ever be done on the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ResizeFeasibility {
    /// Nothing says that it cannot.
    #[default]
    Possible,
    /// The kubelet said `Infeasible`.
    Infeasible,
}

/// The resources in one container status.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ContainerResize {
    /// The container.
    pub name: String,
    /// `resources.requests`; `Some` where `resources` is there.
    pub requests: Option<Resources>,
    /// `allocatedResources`; `None` where absent.
    pub allocated: Option<Resources>,
}
