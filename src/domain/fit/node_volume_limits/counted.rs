//! Which volumes count against a driver's limit, under which driver and handle.

use super::super::csi_translation::{self, InTreePlugin, Provisioner};
use super::super::object::pod::VolumeSource;
use super::super::object::storage::{ClaimObject, VolumeOrigin};
use super::super::pod_claims::{self, ClaimOwner, ClaimVolume};
use super::super::world::{PodIx, World};

/// A volume that counts, by what makes it one and the same on a node.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Counted {
    /// The CSI driver.
    pub driver: String,
    /// The volume.
    pub handle: Handle,
}

/// What tells volumes of a driver apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Handle {
    /// A volume that is there.
    Volume(String),
    /// A volume that will be made for the claim of this namespace and name.
    Unbound(String, String),
}

/// Where a volume counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// On every node.
    Everywhere,
    /// On nodes with a CSINode: it is of a plugin that a driver replaced.
    WithCsiNode,
}

/// What the counting makes of one volume of a pod; volumes that do not count are left out.
#[derive(Debug)]
pub(super) enum Item {
    /// It counts.
    Counts(Counted, Scope),
    /// Its claim is not there.
    NoClaim(String),
    /// The scheduler fails on it.
    Failure(String, Scope),
}

/// Tells whether a volume may count; source: `CSILimits.PreFilter`.
pub(super) fn may_count(source: &VolumeSource) -> bool {
    matches!(source, VolumeSource::Claim(_) | VolumeSource::Ephemeral)
        || csi_translation::inline(source).is_some()
}

/// Counts a pod's volumes, in order; source: `CSILimits.filterAttachableVolumes`.
pub(super) fn items(world: &World, pod: PodIx) -> Vec<Item> {
    let mut claims = pod_claims::of_pod(world, pod).into_iter();
    let volumes = world.kind_of(pod).spec.volumes.iter();
    let items = volumes.filter_map(|volume| match &volume.source {
        VolumeSource::Claim(_) | VolumeSource::Ephemeral => {
            claims.next().and_then(|claim| of_claim(world, pod, &claim))
        }
        source => {
            let (plugin, handle) = csi_translation::inline(source)?;
            let scope = Scope::WithCsiNode;
            Some(match handle {
                Ok(handle) => Item::Counts(in_tree(plugin, Handle::Volume(handle)), scope),
                Err(error) => Item::Failure(
                    format!(
                        "converting volume({}) from inline to csi: {error}",
                        volume.name
                    ),
                    scope,
                ),
            })
        }
    });
    items.collect()
}

fn of_claim(world: &World, pod: PodIx, volume: &ClaimVolume<'_>) -> Option<Item> {
    let Some(claim) = volume.claim.as_deref() else {
        return Some(Item::NoClaim(volume.name.clone()));
    };
    if volume.owner == ClaimOwner::Pod
        && let Some(error) = pod_claims::not_owned(world, pod, claim)
    {
        return Some(Item::Failure(error, Scope::Everywhere));
    }
    let (counted, scope) = resolve(world, claim)?;
    let empty = Handle::Volume(String::new());
    let counts = !counted.driver.is_empty() && counted.handle != empty;
    counts.then_some(Item::Counts(counted, scope))
}

/// The volume that a claim is bound to, or the one that its class would make.
fn resolve(world: &World, claim: &ClaimObject) -> Option<(Counted, Scope)> {
    let bound = Some(&claim.volume_name).filter(|name| !name.is_empty());
    let Some(volume) = bound.and_then(|name| world.volumes.get(name)) else {
        return by_class(world, claim);
    };
    let (driver, handle, scope) = match &volume.source {
        VolumeOrigin::Csi { driver, handle } => (driver, handle, Scope::Everywhere),
        VolumeOrigin::InTree { driver, handle, .. } => (driver, handle, Scope::WithCsiNode),
        VolumeOrigin::Untranslatable { .. } | VolumeOrigin::Other => return None,
    };
    let counted = Counted {
        driver: driver.clone(),
        handle: Handle::Volume(handle.clone()),
    };
    Some((counted, scope))
}

/// The volume that the claim's class would make, also where the bound one is not there.
fn by_class(world: &World, claim: &ClaimObject) -> Option<(Counted, Scope)> {
    let class = world.storage_classes.get(claim.class.as_deref()?)?;
    let handle = Handle::Unbound(claim.namespace.clone(), claim.name.clone());
    match csi_translation::provisioner(&class.provisioner) {
        Provisioner::Driver(driver) => {
            let driver = driver.to_owned();
            Some((Counted { driver, handle }, Scope::Everywhere))
        }
        Provisioner::InTree(plugin) => Some((in_tree(plugin, handle), Scope::WithCsiNode)),
        Provisioner::Uncounted => None,
    }
}

fn in_tree(plugin: InTreePlugin, handle: Handle) -> Counted {
    Counted {
        driver: plugin.driver().to_owned(),
        handle,
    }
}
