//! A pod's status: what it really holds of its node, and which claims were made for it.

use super::super::error::ConvertError;
use super::amount::{Amounts, Requirements, resources};
use super::here::Here;
use super::slim;
use crate::domain::fit::object::Resources;
use crate::domain::fit::object::claim::ExtendedClaim;
use crate::domain::fit::object::pod::{ContainerResize, PodResize, Preempted, ResizeFeasibility};

slim!(PodStatus {
    phase: String,
    start_time: Option<String>,
    nominated_node_name: String,
    conditions: Vec<PodCondition>,
    container_statuses: Vec<ContainerStatus>,
    init_container_statuses: Vec<ContainerStatus>,
    resources: Option<Requirements>,
    allocated_resources: Option<Amounts>,
    resource_claim_statuses: Vec<ClaimStatus>,
    extended_resource_claim_status: Option<ExtendedClaimStatus>,
});

slim!(PodCondition {
    r#type: String,
    status: String,
    reason: String,
});

slim!(ContainerStatus {
    name: String,
    resources: Option<Requirements>,
    allocated_resources: Option<Amounts>,
});

slim!(ClaimStatus {
    name: String,
    resource_claim_name: Option<String>,
});

slim!(ExtendedClaimStatus {
    resource_claim_name: String,
});

/// The parts of a status that a converted pod keeps, but for phase and times.
pub(super) struct Held {
    pub resize: PodResize,
    pub preempted: Preempted,
    pub claim_names: Vec<(String, Option<String>)>,
    pub extended_claim: Option<ExtendedClaim>,
}

/// Of several conditions of the type the first counts, as for the scheduler (`PodTerminatingByPreemption`).
fn preempted(conditions: &[PodCondition]) -> Preempted {
    let mut conditions = conditions.iter();
    let target = conditions.find(|condition| condition.r#type == "DisruptionTarget");
    let by_scheduler = |condition: &PodCondition| {
        condition.status == "True" && condition.reason == "PreemptionByScheduler"
    };
    match target.is_some_and(by_scheduler) {
        true => Preempted::ByScheduler,
        false => Preempted::No,
    }
}

impl PodStatus {
    /// Converts what says how much of the node the pod holds.
    pub fn into_held(self, here: Here<'_>) -> Result<Held, ConvertError> {
        let claim = |status: ClaimStatus| (status.name, status.resource_claim_name);
        let is_infeasible = |condition: &PodCondition| {
            condition.r#type == "PodResizePending" && condition.reason == "Infeasible"
        };
        Ok(Held {
            preempted: preempted(&self.conditions),
            resize: PodResize {
                feasibility: match self.conditions.iter().any(is_infeasible) {
                    true => ResizeFeasibility::Infeasible,
                    false => ResizeFeasibility::Possible,
                },
                containers: statuses(self.container_statuses, here, "containerStatuses")?,
                init_containers: statuses(
                    self.init_container_statuses,
                    here,
                    "initContainerStatuses",
                )?,
                requests: requests(self.resources, here, &|| {
                    "status.resources.requests".to_owned()
                })?,
                allocated: amounts(self.allocated_resources, here, &|| {
                    "status.allocatedResources".to_owned()
                })?,
            },
            claim_names: self
                .resource_claim_statuses
                .into_iter()
                .map(claim)
                .collect(),
            extended_claim: self
                .extended_resource_claim_status
                .map(|status| ExtendedClaim {
                    name: status.resource_claim_name,
                }),
        })
    }
}

fn statuses(
    written: Vec<ContainerStatus>,
    here: Here<'_>,
    list: &str,
) -> Result<Vec<ContainerResize>, ConvertError> {
    let convert = |(index, status): (usize, ContainerStatus)| {
        let field = |part: &str| format!("status.{list}[{index}].{part}");
        Ok(ContainerResize {
            name: status.name,
            requests: requests(status.resources, here, &|| field("resources.requests"))?,
            allocated: amounts(status.allocated_resources, here, &|| {
                field("allocatedResources")
            })?,
        })
    };
    written.into_iter().enumerate().map(convert).collect()
}

fn requests(
    written: Option<Requirements>,
    here: Here<'_>,
    field: &dyn Fn() -> String,
) -> Result<Option<Resources>, ConvertError> {
    amounts(written.map(|written| written.requests), here, field)
}

fn amounts(
    written: Option<Amounts>,
    here: Here<'_>,
    field: &dyn Fn() -> String,
) -> Result<Option<Resources>, ConvertError> {
    written
        .map(|amounts| resources(amounts, here, field))
        .transpose()
}
