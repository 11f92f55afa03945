//! Resource claims of dynamic resource allocation, as far as they can be judged without its allocator.

use super::affinity::NodeTerm;
use super::pod::Life;

/// One entry of a pod's `spec.resourceClaims`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PodClaim {
    /// `name`.
    pub name: String,
    /// Where the claim comes from.
    pub source: ClaimSource,
}

/// Where a pod's claim comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ClaimSource {
    /// `resourceClaimName`.
    Named(String),
    /// `resourceClaimTemplateName`: the claim's name stands in the pod's status.
    Template(String),
    /// Neither field is set.
    Neither,
}

/// `status.extendedResourceClaimStatus`: the claim that stands behind the pod's extended resources.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExtendedClaim {
    /// `resourceClaimName`.
    pub name: String,
}

/// A ResourceClaim.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResourceClaimObject {
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
    /// UIDs in `status.reservedFor`.
    pub reserved_for: Vec<String>,
    /// `status.allocation`.
    pub allocation: Option<Allocation>,
    /// `spec.devices.requests`: name and the device classes it may use.
    pub requests: Vec<DeviceRequest>,
    /// Who asks for it.
    pub purpose: ClaimPurpose,
}

/// Whether a claim was written by somebody or made by the scheduler itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ClaimPurpose {
    /// Somebody wrote it, or a template did.
    #[default]
    Ordinary,
    /// Annotation `resource.kubernetes.io/extended-resource-claim` is `true`: it stands for a pod's extended resources.
    ExtendedResources,
}

/// `status.allocation`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Allocation {
    /// `nodeSelector` terms; `None` where absent: every node.
    pub node_terms: Option<Vec<NodeTerm>>,
    /// `devices.results`: the request that each device is for, or `request/alternative`.
    pub requests: Vec<String>,
    /// Conditions that a device of the allocation still waits for before binding.
    ///
    /// Only the first device of `devices.results` that is not ready counts: one with `bindingConditions` for which
    /// `status.devices` (same driver, pool, device and share) has no entry, or where one of these is not `True`. They
    /// are that device's conditions which are not `True`; empty where every device is ready.
    pub binding_conditions: Vec<String>,
    /// The first of that same device's `bindingFailureConditions` that is `True`; a device with such a condition is not
    /// ready either. Devices without `bindingConditions` are passed over.
    pub binding_failure: Option<String>,
}

/// One entry of `spec.devices.requests`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeviceRequest {
    /// `name`.
    pub name: String,
    /// `exactly.deviceClassName`, or those of `firstAvailable`; empty where the request is of no known type.
    pub classes: Vec<String>,
    /// Names of the entries of `firstAvailable`, one for each of `classes`; empty for `exactly`.
    pub alternatives: Vec<String>,
}

/// A DeviceClass.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeviceClassObject {
    /// `metadata.name`.
    pub name: String,
    /// `spec.extendedResourceName`.
    pub extended_resource: Option<String>,
}
