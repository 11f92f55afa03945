//! Resource claims and device classes.

use super::super::error::ConvertError;
use super::super::meta::{Condition, Meta};
use super::affinity::NodeSelector;
use super::pod::life;
use super::slim;
use super::storage::controller_uid;
use crate::domain::fit::object::claim as domain;

slim!(ResourceClaim {
    metadata: Meta,
    spec: ClaimSpec,
    status: ClaimStatus,
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
    driver: String,
    pool: String,
    device: String,
    #[serde(rename = "shareID")]
    share_id: Option<String>,
    binding_conditions: Vec<String>,
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
        let allocation = |allocation: Allocation| domain::Allocation {
            node_terms: allocation.node_selector.map(NodeSelector::into_terms),
            binding_conditions: unmet(&allocation.devices.results, &devices),
        };
        Ok(domain::ResourceClaimObject {
            life: life(&metadata),
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
        let classes = match request.exactly {
            Some(exactly) => vec![exactly],
            None => request.first_available,
        };
        domain::DeviceRequest {
            name: request.name,
            classes: classes.into_iter().map(|c| c.device_class_name).collect(),
        }
    }
}

/// Returns the conditions that allocated devices still wait for.
fn unmet(allocated: &[AllocatedDevice], statuses: &[DeviceStatus]) -> Vec<String> {
    let is_met = |device: &AllocatedDevice, name: &str| {
        let status = statuses.iter().find(|status| {
            status.driver == device.driver
                && status.pool == device.pool
                && status.device == device.device
                && status.share_id == device.share_id
        });
        let condition = status.and_then(|status| Condition::find(&status.conditions, name));
        condition.is_some_and(|condition| condition.status == "True")
    };
    allocated
        .iter()
        .flat_map(|device| {
            let conditions = device.binding_conditions.iter();
            conditions.filter(|name| !is_met(device, name))
        })
        .cloned()
        .collect()
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
