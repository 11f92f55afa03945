//! Pods: requests and limits with what the status says of them, and the claims that they mount.

use super::super::error::ConvertError;
use super::super::fit::amount::{Amounts, resources};
use super::super::fit::here::Here;
use super::super::fit::slim;
use super::super::meta::Meta;
use crate::domain::describe::{ContainerAmounts, PodAmounts, PodFacts, Side};
use crate::domain::fit::object::Resources;
use crate::domain::fit::object::pod::{ContainerKind, ResizeFeasibility};
use crate::domain::pod as drained;

slim!(Pod {
    metadata: Meta,
    spec: PodSpec,
    status: PodStatus,
});

slim!(PodSpec {
    containers: Vec<Container>,
    init_containers: Vec<Container>,
    overhead: Amounts,
    resources: Requirements,
    volumes: Vec<Volume>,
});

slim!(Container {
    name: String,
    restart_policy: String,
    resources: Requirements,
});

slim!(Requirements {
    requests: Option<Amounts>,
    limits: Option<Amounts>,
});

slim!(Volume {
    name: String,
    persistent_volume_claim: Option<ClaimSource>,
    ephemeral: Option<Ephemeral>,
});

slim!(ClaimSource { claim_name: String });

slim!(Ephemeral {});

slim!(PodStatus {
    conditions: Vec<Condition>,
    container_statuses: Vec<ContainerStatus>,
    init_container_statuses: Vec<ContainerStatus>,
});

slim!(Condition {
    r#type: String,
    reason: String,
});

slim!(ContainerStatus {
    name: String,
    resources: Requirements,
    allocated_resources: Option<Amounts>,
});

/// A container with both sides of its resources.
struct Both {
    requests: ContainerAmounts,
    limits: ContainerAmounts,
}

impl Pod {
    pub fn into_domain(self, pod: drained::Pod) -> Result<PodFacts, ConvertError> {
        let Pod {
            metadata,
            spec,
            status,
        } = self;
        let here = Here::at("Pod", &metadata)?;
        let claims = spec.volumes.into_iter();
        let claims = claims.filter_map(|volume| volume.claim(&metadata.name));
        let claims = claims.collect();
        // Like upstream the first condition of the type decides.
        let mut resizes = status.conditions.iter();
        let resize = resizes.find(|condition| condition.r#type == "PodResizePending");
        let feasibility = match resize.is_some_and(|condition| condition.reason == "Infeasible") {
            true => ResizeFeasibility::Infeasible,
            false => ResizeFeasibility::Possible,
        };
        let mut statuses = status.container_statuses;
        statuses.extend(status.init_container_statuses);
        let containers = sides(spec.containers, &mut statuses, here, "spec.containers")?;
        let init = sides(
            spec.init_containers,
            &mut statuses,
            here,
            "spec.initContainers",
        )?;
        let (requests, limits) = containers.into_iter().map(Both::apart).unzip();
        let (init_requests, init_limits) = init.into_iter().map(Both::apart).unzip();
        Ok(PodFacts {
            pod,
            claims,
            amounts: PodAmounts {
                requests: Side {
                    containers: requests,
                    init_containers: init_requests,
                    pod: optional(spec.resources.requests, here, "spec.resources.requests")?,
                },
                limits: Side {
                    containers: limits,
                    init_containers: init_limits,
                    pod: optional(spec.resources.limits, here, "spec.resources.limits")?,
                },
                overhead: resources(spec.overhead, here, &|| "spec.overhead".to_owned())?,
                feasibility,
            },
        })
    }
}

impl Volume {
    /// The claim of an ephemeral volume is named after pod and volume.
    fn claim(self, pod: &str) -> Option<String> {
        match (self.persistent_volume_claim, self.ephemeral) {
            (Some(source), _) => Some(source.claim_name),
            (None, Some(_)) => Some(format!("{pod}-{}", self.name)),
            (None, None) => None,
        }
    }
}

fn optional(
    amounts: Option<Amounts>,
    here: Here<'_>,
    field: &str,
) -> Result<Option<Resources>, ConvertError> {
    amounts
        .map(|amounts| resources(amounts, here, &|| field.to_owned()))
        .transpose()
}

fn sides(
    containers: Vec<Container>,
    statuses: &mut Vec<ContainerStatus>,
    here: Here<'_>,
    field: &str,
) -> Result<Vec<Both>, ConvertError> {
    let with_status = containers.into_iter().map(|container| {
        let at = statuses.iter().position(|one| one.name == container.name);
        let status = at.map(|at| statuses.swap_remove(at)).unwrap_or_default();
        container.into_sides(status, here, field)
    });
    with_status.collect()
}

impl Container {
    fn into_sides(
        self,
        status: ContainerStatus,
        here: Here<'_>,
        field: &str,
    ) -> Result<Both, ConvertError> {
        let kind = match self.restart_policy.as_str() {
            "Always" => ContainerKind::Sidecar,
            _ => ContainerKind::Plain,
        };
        let side = |name: &str, spec: Option<Amounts>, actual: Option<Amounts>| {
            let path = format!("{field}[{name}].resources");
            Ok::<_, ConvertError>(ContainerAmounts {
                name: name.to_owned(),
                kind,
                spec: optional(spec, here, &path)?.unwrap_or_default(),
                actual: optional(actual, here, "status.containerStatuses.resources")?,
                allocated: None,
            })
        };
        let (spec, actual) = (self.resources, status.resources);
        let mut requests = side(&self.name, spec.requests, actual.requests)?;
        let allocated = "status.containerStatuses.allocatedResources";
        requests.allocated = optional(status.allocated_resources, here, allocated)?;
        let limits = side(&self.name, spec.limits, actual.limits)?;
        Ok(Both { requests, limits })
    }
}

impl Both {
    fn apart(self) -> (ContainerAmounts, ContainerAmounts) {
        (self.requests, self.limits)
    }
}
