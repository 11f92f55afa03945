//! Pods, and the templates that make them.

use super::super::error::ConvertError;
use super::super::meta::Meta;
use super::super::pod::phase;
use super::super::toleration::Toleration;
use super::affinity::{Affinity, Spread};
use super::amount::{Amounts, Requirements, resources};
use super::container::{Container, Role, containers};
use super::here::Here;
use super::pod_status::PodStatus;
use super::slim;
use super::volume::Volume;
use crate::domain::fit::object::claim::{ClaimSource, PodClaim};
use crate::domain::fit::object::pod::{self as domain, Life, PodObject, Preemption};
use crate::domain::labels::Labels;

const KIND: &str = "Pod";

/// What a pod that names no scheduler gets from the API server.
const DEFAULT_SCHEDULER: &str = "default-scheduler";

slim!(Pod {
    metadata: Meta,
    spec: PodSpec,
    status: PodStatus,
});

slim!(PodSpec {
    node_name: String,
    scheduler_name: String,
    priority: i32,
    preemption_policy: String,
    node_selector: Labels,
    affinity: Affinity,
    tolerations: Vec<Toleration>,
    topology_spread_constraints: Vec<Spread>,
    containers: Vec<Container>,
    init_containers: Vec<Container>,
    overhead: Amounts,
    resources: Requirements,
    volumes: Vec<Volume>,
    resource_claims: Vec<Claim>,
    scheduling_gates: Vec<Named>,
    host_network: Option<bool>,
    host_users: Option<bool>,
    scheduling_group: SchedulingGroup,
    workload_ref: Named,
});

slim!(Claim {
    name: String,
    resource_claim_name: Option<String>,
    resource_claim_template_name: Option<String>,
});

slim!(Named { name: String });

slim!(SchedulingGroup {
    pod_group_name: String,
});

impl TryFrom<Pod> for PodObject {
    type Error = ConvertError;

    fn try_from(pod: Pod) -> Result<Self, ConvertError> {
        let Pod {
            metadata,
            mut spec,
            mut status,
        } = pod;
        let here = Here::at(KIND, &metadata)?;
        let node = non_empty(std::mem::take(&mut spec.node_name));
        let spec = spec.into_domain(here)?;
        let started = here.time(status.start_time.as_deref(), "status.startTime")?;
        let nominated_node = non_empty(std::mem::take(&mut status.nominated_node_name));
        let phase = phase(&status.phase);
        let held = status.into_held(here)?;
        Ok(PodObject {
            node,
            spec,
            nominated_node,
            phase,
            started,
            life: life(&metadata),
            created: metadata.created(KIND)?,
            controller: metadata.controller(),
            resize: held.resize,
            preempted: held.preempted,
            claim_names: held.claim_names,
            extended_claim: held.extended_claim,
            namespace: metadata.namespace,
            name: metadata.name,
            uid: metadata.uid,
            labels: metadata.labels,
        })
    }
}

/// Tells whether an object is being deleted.
pub(super) fn life<A>(metadata: &Meta<A>) -> Life {
    match metadata.deletion_timestamp {
        Some(_) => Life::Terminating,
        None => Life::Active,
    }
}

pub(super) fn non_empty(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

impl PodSpec {
    fn into_domain(self, here: Here<'_>) -> Result<domain::PodSpec, ConvertError> {
        let spread = self.topology_spread_constraints.into_iter().enumerate();
        let overhead = || "spec.overhead".to_owned();
        let requests = || "spec.resources.requests".to_owned();
        Ok(domain::PodSpec {
            scheduler_name: non_empty(self.scheduler_name)
                .unwrap_or_else(|| DEFAULT_SCHEDULER.to_owned()),
            priority: self.priority,
            preemption: match self.preemption_policy.as_str() {
                "Never" => Preemption::Never,
                _ => Preemption::LowerPriority,
            },
            node_selector: self.node_selector,
            node_affinity: self.affinity.node_affinity.into(),
            pod_affinity: self.affinity.pod_affinity.into(),
            pod_anti_affinity: self.affinity.pod_anti_affinity.into(),
            tolerations: self.tolerations.into_iter().map(Into::into).collect(),
            spread: spread
                .map(|(index, constraint)| constraint.into_domain(here, index))
                .collect::<Result<_, _>>()?,
            containers: containers(self.containers, Role::App, here)?.into(),
            init_containers: containers(self.init_containers, Role::Init, here)?,
            overhead: resources(self.overhead, here, &overhead)?,
            pod_requests: Some(resources(self.resources.requests, here, &requests)?)
                .filter(|requests| !requests.is_empty()),
            // Names of service account volumes are random: kept, they would make every pod one of its kind.
            volumes: self
                .volumes
                .into_iter()
                .filter_map(Volume::into_domain)
                .collect(),
            claims: self.resource_claims.into_iter().map(Into::into).collect(),
            gates: self
                .scheduling_gates
                .into_iter()
                .map(|gate| gate.name)
                .collect(),
            host_network: self.host_network,
            host_users: self.host_users,
            scheduling_group: non_empty(self.scheduling_group.pod_group_name)
                .or_else(|| non_empty(self.workload_ref.name)),
        })
    }
}

impl From<Claim> for PodClaim {
    fn from(claim: Claim) -> Self {
        PodClaim {
            name: claim.name,
            source: match (
                claim.resource_claim_name,
                claim.resource_claim_template_name,
            ) {
                (Some(name), _) => ClaimSource::Named(name),
                (None, Some(template)) => ClaimSource::Template(template),
                (None, None) => ClaimSource::Neither,
            },
        }
    }
}
