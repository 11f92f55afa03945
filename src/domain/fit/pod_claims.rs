//! The claims that a pod's volumes go through, as the volume rules look them up.

use std::borrow::Cow;

use super::object::pod::{Life, VolumeSource};
use super::object::storage::{Binding, ClaimObject};
use super::world::{PodIx, Standing, World};

/// A volume that goes through a claim.
pub(super) struct ClaimVolume<'w> {
    /// The claim's name.
    pub name: String,
    /// Whose the claim is.
    pub owner: ClaimOwner,
    /// The claim; `None` where it is not there.
    pub claim: Option<Cow<'w, ClaimObject>>,
}

/// Who made a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClaimOwner {
    /// Somebody: the volume names it.
    Anybody,
    /// The pod itself: a generic ephemeral volume.
    Pod,
}

/// Returns the claims of a pod's volumes, in order.
///
/// The ephemeral claims of a successor are those of its forerunner before anything was bound.
pub(super) fn of_pod(world: &World, pod: PodIx) -> Vec<ClaimVolume<'_>> {
    let row = world.pod(pod);
    let kind = world.kind_of(pod);
    let volumes = kind.spec.volumes.iter();
    let claims = volumes.filter_map(|volume| match &volume.source {
        VolumeSource::Claim(name) => Some(ClaimVolume {
            name: name.clone(),
            owner: ClaimOwner::Anybody,
            claim: world.claim(&kind.namespace, name).map(Cow::Borrowed),
        }),
        VolumeSource::Ephemeral => {
            let name = format!("{}-{}", row.name, volume.name);
            let claim = world.claim(&kind.namespace, &name);
            Some(ClaimVolume {
                name,
                owner: ClaimOwner::Pod,
                claim: match row.standing {
                    Standing::AsRead => claim.map(Cow::Borrowed),
                    Standing::Successor => claim.map(|claim| Cow::Owned(fresh(claim, &row.uid))),
                },
            })
        }
        _ => None,
    });
    claims.collect()
}

/// The claim as it is made anew for another pod.
fn fresh(claim: &ClaimObject, owner: &str) -> ClaimObject {
    ClaimObject {
        uid: String::new(),
        life: Life::Active,
        controller_uid: Some(owner.to_owned()),
        volume_name: String::new(),
        binding: Binding::Open,
        selected_node: None,
        phase: "Pending".to_owned(),
        ..claim.clone()
    }
}

/// Says that an ephemeral claim belongs to another pod; `None` where it is the pod's own.
///
/// Source: `ephemeral.VolumeIsForPod`.
pub(super) fn not_owned(world: &World, pod: PodIx, claim: &ClaimObject) -> Option<String> {
    let owned = claim.controller_uid.as_deref() == Some(&*world.pod(pod).uid);
    (!owned).then(|| {
        format!(
            "PVC {}/{} was not created for pod {} (pod is not owner)",
            claim.namespace,
            claim.name,
            world.path(pod)
        )
    })
}

/// Says that the scheduler does not refuse but fails: it ends the attempt and tries again later.
pub(super) fn failure(error: impl std::fmt::Display) -> String {
    format!("the scheduler ends its attempt with an error: {error}")
}
