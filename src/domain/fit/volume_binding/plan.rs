//! Sorts a pod's claims into bound ones, ones that wait for the pod, and ones that the pod must wait for.

use super::super::object::pod::Life;
use super::super::object::storage::{Binding, BindingMode, ClaimObject};
use super::super::pod_claims::{self, ClaimOwner, ClaimVolume, failure};
use super::super::world::ObjectKind;
use super::bound::BoundVolume;
use super::matching::Candidates;
use super::provision::Provision;
use super::{Context, OpenClaim, Plan, Selected};

/// Why no node is looked at.
pub(super) enum Stop {
    /// The pod is refused.
    Refused {
        /// The scheduler's words.
        reason: String,
        /// The values.
        detail: String,
    },
    /// It cannot be known.
    Unknown(String),
}

fn refused(reason: impl Into<String>) -> Stop {
    let reason = reason.into();
    Stop::Refused {
        detail: reason.clone(),
        reason,
    }
}

/// What is to be done for an unbound claim.
enum Wait {
    /// Its volume is chosen together with the node.
    ForThePod,
    /// It should have been bound before.
    NotAtAll,
}

/// Sets up the check; `None` where the pod has no claims.
pub(super) fn of<'w>(cx: &Context<'w>) -> Result<Option<Plan<'w>>, Stop> {
    let world = cx.world;
    let volumes = pod_claims::of_pod(world, cx.pod);
    if volumes.is_empty() {
        return Ok(None);
    }
    let read = |kind| {
        world
            .unread(kind)
            .map_or(Ok(()), |what| Err(Stop::Unknown(what)))
    };
    read(ObjectKind::Claims)?;
    let mut claims = Vec::new();
    for volume in &volumes {
        claims.push(usable(cx, volume)?);
    }
    let mut plan = Plan {
        world,
        bound: Vec::new(),
        selected: Vec::new(),
        open: Vec::new(),
    };
    let mut open: Vec<&ClaimObject> = Vec::new();
    let mut immediate = None;
    for claim in claims {
        if claim.binding == Binding::Completed && !claim.volume_name.is_empty() {
            read(ObjectKind::Volumes)?;
            plan.bound.push(BoundVolume::of(world, claim));
            continue;
        }
        match wait(cx, claim)? {
            Wait::NotAtAll => immediate = immediate.or(Some(claim)),
            Wait::ForThePod => match &claim.selected_node {
                Some(node) => plan.selected.push(Selected {
                    node: node.clone(),
                    provision: Provision::of(world, claim),
                }),
                None => open.push(claim),
            },
        }
    }
    if let Some(claim) = immediate {
        return Err(Stop::Refused {
            reason: "pod has unbound immediate PersistentVolumeClaims".to_owned(),
            detail: format!(
                "claim {} is not bound and does not wait for a pod",
                claim.name
            ),
        });
    }
    if !open.is_empty() {
        read(ObjectKind::Volumes)?;
    }
    open.sort_by(|a, b| a.request.compare(b.request));
    plan.open.extend(open.into_iter().map(|claim| OpenClaim {
        candidates: Candidates::of(world, claim),
        provision: Provision::of(world, claim),
    }));
    Ok(Some(plan))
}

/// Returns a claim that a pod can wait for; source: `podHasPVCs`.
fn usable<'a>(cx: &Context<'_>, volume: &'a ClaimVolume<'_>) -> Result<&'a ClaimObject, Stop> {
    let name = &volume.name;
    let Some(claim) = volume.claim.as_deref() else {
        return Err(refused(match volume.owner {
            ClaimOwner::Anybody => format!("persistentvolumeclaim {name:?} not found"),
            ClaimOwner::Pod => format!(
                "waiting for ephemeral volume controller to create the persistentvolumeclaim {name:?}"
            ),
        }));
    };
    if claim.phase == "Lost" {
        let volume = &claim.volume_name;
        return Err(refused(format!(
            "persistentvolumeclaim {name:?} bound to non-existent persistentvolume {volume:?}"
        )));
    }
    if claim.life == Life::Terminating {
        return Err(refused(format!(
            "persistentvolumeclaim {name:?} is being deleted"
        )));
    }
    match pod_claims::not_owned(cx.world, cx.pod, claim) {
        Some(reason) if volume.owner == ClaimOwner::Pod => Err(refused(reason)),
        _ => Ok(claim),
    }
}

/// Tells what an unbound claim waits for; one with a volume's name counts as one that does not wait for the pod.
fn wait(cx: &Context<'_>, claim: &ClaimObject) -> Result<Wait, Stop> {
    let class = claim.class.as_deref().unwrap_or_default();
    if class.is_empty() {
        return Ok(Wait::NotAtAll);
    }
    if let Some(unread) = cx.world.unread(ObjectKind::Classes) {
        return Err(Stop::Unknown(unread));
    }
    let Some(found) = cx.world.storage_classes.get(class) else {
        return Ok(Wait::NotAtAll);
    };
    match found.binding_mode {
        None => Err(Stop::Unknown(failure(format!(
            "VolumeBindingMode not set for StorageClass {class:?}"
        )))),
        Some(BindingMode::WaitForFirstConsumer) if claim.volume_name.is_empty() => {
            Ok(Wait::ForThePod)
        }
        Some(_) => Ok(Wait::NotAtAll),
    }
}
