//! The scheduler's own answer: on which nodes a pod fits, which rules refuse the others and why, and which are best.
//!
//! One file for each filter, in the scheduler's order; sources are the plugins of `pkg/scheduler/framework/plugins`.

pub mod amount;
pub mod bound_volumes;
mod by_class;
pub mod csi_translation;
mod dynamic_resources;
pub mod emptying;
pub mod evaluate;
pub mod event;
pub mod explain;
mod inter_pod_affinity;
mod label_index;
pub mod marks;
mod node_affinity;
mod node_declared_features;
mod node_name;
mod node_ports;
mod node_resources_fit;
pub mod node_term;
mod node_unschedulable;
mod node_volume_limits;
pub mod object;
pub mod open;
pub mod plugin;
mod pod_claims;
pub mod pod_term;
mod pod_topology_spread;
pub mod preemption;
pub mod profile;
pub mod removed;
pub mod request;
#[cfg(test)]
mod request_tests;
pub mod score;
mod score_balanced_allocation;
mod score_image_locality;
mod score_node_affinity;
mod score_node_resources;
mod score_taint_toleration;
pub mod selector;
#[cfg(test)]
mod storage_testing;
mod taint_toleration;
#[cfg(test)]
pub(crate) mod testing;
mod volume_binding;
mod volume_restrictions;
mod volume_zone;
pub mod world;

use profile::Profile;
use world::{PodIx, PodKind, PodRow, World};

/// What every rule is given: the cluster, the scheduler's profile, and the pod that looks for a node.
///
/// The pod stands in the world without a place: a running pod is taken off its node before it is judged.
#[derive(Clone, Copy)]
pub struct Context<'w> {
    /// The cluster.
    pub world: &'w World,
    /// The scheduler's profile.
    pub profile: &'w Profile,
    /// The pod.
    pub pod: PodIx,
    /// Pods of the world that were put on nodes after the scheduler took its snapshot: those nominated to the node that is
    /// looked at. They count like all others but where a rule says otherwise.
    pub added: &'w [PodIx],
}

impl<'w> Context<'w> {
    /// Returns the pod's row.
    pub fn row(&self) -> &'w PodRow {
        self.world.pod(self.pod)
    }

    /// Returns what the pod shares with its like: namespace, labels, template.
    pub fn kind(&self) -> &'w PodKind {
        self.world.kind_of(self.pod)
    }
}
