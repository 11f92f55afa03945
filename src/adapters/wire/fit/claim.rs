//! Resource claims and device classes.

use super::super::error::ConvertError;
use super::super::meta::{Condition, Meta};
use super::affinity::NodeSelector;
use super::pod::life;
use super::slim;
use super::storage::controller_uid;
use crate::domain::fit::object::claim as domain;
use crate::domain::fit::object::claim::ClaimPurpose;

slim!(ResourceClaim {
    metadata: Meta<Annotations>,
    spec: ClaimSpec,
    status: ClaimStatus,
});

slim!(Annotations {
    #[serde(rename = "resource.kubernetes.io/extended-resource-claim")]
    extended_resource_claim: String,
});

slim!(ClaimSpec {
    devices: DeviceClaim
});

slim!(DeviceClaim {
    requests: Vec<DeviceRequest>,
});

slim!(DeviceRequest {
    name: String,
    exactly: Option<ClassName>,
    first_available: Vec<ClassName>,
});

slim!(ClassName {
    name: String,
    device_class_name: String,
});

slim!(ClaimStatus {
    allocation: Option<Allocation>,
    reserved_for: Vec<Consumer>,
    devices: Vec<DeviceStatus>,
});

slim!(Consumer { uid: String });

slim!(Allocation {
    node_selector: Option<NodeSelector>,
    devices: AllocatedDevices,
});

slim!(AllocatedDevices {
    results: Vec<AllocatedDevice>,
});

slim!(AllocatedDevice {
    request: String,
    driver: String,
    pool: String,
    device: String,
    #[serde(rename = "shareID")]
    share_id: Option<String>,
    binding_conditions: Vec<String>,
    binding_failure_conditions: Vec<String>,
});

slim!(DeviceStatus {
    driver: String,
    pool: String,
    device: String,
    #[serde(rename = "shareID")]
    share_id: Option<String>,
    conditions: Vec<Condition>,
});

impl TryFrom<ResourceClaim> for domain::ResourceClaimObject {
    type Error = ConvertError;

    fn try_from(claim: ResourceClaim) -> Result<Self, ConvertError> {
        let ResourceClaim {
            metadata,
            spec,
            status,
        } = claim;
        metadata.require_name("ResourceClaim")?;
        let devices = status.devices;
        let allocation = |allocation: Allocation| {
            let (binding_conditions, binding_failure) =
                unready(&allocation.devices.results, &devices).unwrap_or_default();
            let devices = allocation.devices.results.into_iter();
            domain::Allocation {
                node_terms: allocation.node_selector.map(NodeSelector::into_terms),
                requests: devices.map(|device| device.request).collect(),
                binding_conditions,
                binding_failure,
            }
        };
        Ok(domain::ResourceClaimObject {
            life: life(&metadata),
            purpose: match metadata.annotations.extended_resource_claim.as_str() {
                "true" => ClaimPurpose::ExtendedResources,
                _ => ClaimPurpose::Ordinary,
            },
            controller_uid: controller_uid(&metadata.owner_references),
            reserved_for: status.reserved_for.into_iter().map(|c| c.uid).collect(),
            allocation: status.allocation.map(allocation),
            requests: spec.devices.requests.into_iter().map(Into::into).collect(),
            namespace: metadata.namespace,
            name: metadata.name,
            uid: metadata.uid,
        })
    }
}

impl From<DeviceRequest> for domain::DeviceRequest {
    fn from(request: DeviceRequest) -> Self {
        let (classes, alternatives) = match request.exactly {
            Some(exactly) => (vec![exactly.device_class_name], Vec::new()),
            None => {
                let entries = request.first_available.into_iter();
                entries.map(|e| (e.device_class_name, e.name)).unzip()
            }
        };
        domain::DeviceRequest {
            name: request.name,
            classes,
            alternatives,
        }
    }
}

/// Returns what the first device that is not ready waits for, and what went wrong with it; `None` where all are ready.
fn unready(
    allocated: &[AllocatedDevice],
    statuses: &[DeviceStatus],
) -> Option<(Vec<String>, Option<String>)> {
    let waiting = allocated
        .iter()
        .filter(|device| !device.binding_conditions.is_empty());
    waiting
        .map(|device| {
            let status = statuses.iter().find(|status| status.is_of(device));
            let is_true = |name: &&String| status.is_some_and(|status| status.is_true(name));
            let unmet = device.binding_conditions.iter();
            let unmet = unmet.filter(|name| !is_true(name)).cloned().collect();
            let mut failures = device.binding_failure_conditions.iter();
            (unmet, failures.find(is_true).cloned())
        })
        .find(|(unmet, failure): &(Vec<String>, _)| !unmet.is_empty() || failure.is_some())
}

impl DeviceStatus {
    fn is_of(&self, device: &AllocatedDevice) -> bool {
        self.driver == device.driver
            && self.pool == device.pool
            && self.device == device.device
            && self.share_id == device.share_id
    }

    fn is_true(&self, name: &str) -> bool {
        let condition = Condition::find(&self.conditions, name);
        condition.is_some_and(|condition| condition.status == "True")
    }
}

slim!(DeviceClass {
    metadata: Meta,
    spec: DeviceClassSpec,
});

slim!(DeviceClassSpec {
    extended_resource_name: Option<String>,
});

impl TryFrom<DeviceClass> for domain::DeviceClassObject {
    type Error = ConvertError;

    fn try_from(class: DeviceClass) -> Result<Self, ConvertError> {
        class.metadata.require_name("DeviceClass")?;
        Ok(domain::DeviceClassObject {
            name: class.metadata.name,
            extended_resource: class.spec.extended_resource_name,
        })
    }
}
