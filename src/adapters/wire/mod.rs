//! The API's objects, as far as this program reads them, and their way into the domain.
//!
//! Slim on purpose: a pod on the wire is 10 KB, of which a drain needs a twentieth, and skipping the rest while parsing
//! is what makes a large list cheap. The same types serve the live API and files, so that a snapshot cannot mean
//! something else than the cluster it was taken from. `null` is read as absent everywhere, as the API server does.

mod budget;
pub(in crate::adapters) mod describe;
mod encoded;
mod error;
pub(in crate::adapters) mod fit;
mod lenient;
mod list;
mod meta;
mod misshapen;
mod namespace;
mod node;
mod pod;
mod pod_status;
pub(in crate::adapters) mod protobuf;
mod status;
mod toleration;
mod workload;

pub use budget::{PodDisruptionBudget, PodDisruptionBudgetSpec, PodDisruptionBudgetStatus};
pub(in crate::adapters) use encoded::Encoded;
pub use error::ConvertError;
pub use lenient::IntOrString;
pub use list::{List, ListMeta};
pub use meta::{
    Condition, Meta, NoAnnotations, OwnerReference, Selector, SelectorRequirement, Skipped,
};
pub(in crate::adapters) use misshapen::{decode, describe, misshapen, words};
pub use namespace::{Namespace, NamespaceStatus};
pub use node::{ManagedFields, Node, NodeSpec, NodeStatus, Taint};
pub use pod::{EmptyDir, HostPath, Pod, PodAnnotations, PodSpec, Volume};
pub use pod_status::{
    ContainerState, ContainerStatus, PodStatus, ReadinessGate, Running, Terminated, Waiting,
};
pub use status::{Status, StatusCause, StatusDetails};
pub use toleration::Toleration;
pub use workload::{Workload, WorkloadSpec};

/// A type that reads the objects of one kind.
pub trait OfKind {
    /// The kind's name.
    const KIND: &'static str;
}

impl OfKind for Pod {
    const KIND: &'static str = "Pod";
}

impl OfKind for Node {
    const KIND: &'static str = "Node";
}

impl OfKind for Namespace {
    const KIND: &'static str = "Namespace";
}

impl OfKind for PodDisruptionBudget {
    const KIND: &'static str = "PodDisruptionBudget";
}
