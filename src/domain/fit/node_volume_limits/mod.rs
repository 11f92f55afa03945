//! NodeVolumeLimits: how many volumes of a CSI driver a node takes, and drivers that must be there.

mod counted;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use counted::{Counted, Handle, Item, Scope};

use super::Context;
use super::marks::MarkSheet;
use super::object::storage::{CsiNodeObject, VolumeOrigin};
use super::plugin::{Code, Finding, NodeCheck, Plugin, Prepared, Refusal};
use super::pod_claims::failure;
use super::profile::Presence;
use super::world::{NodeIx, ObjectKind, World};

pub(super) fn prepare<'w>(cx: &Context<'w>) -> Prepared<'w> {
    let volumes = &cx.kind().spec.volumes;
    if !volumes.iter().any(|one| counted::may_count(&one.source)) {
        return Prepared::Skipped;
    }
    let needed = [
        ObjectKind::Claims,
        ObjectKind::Volumes,
        ObjectKind::Classes,
        ObjectKind::CsiNodes,
    ];
    if let Some(unread) = needed.into_iter().find_map(|kind| cx.world.unread(kind)) {
        return Prepared::Unknown(unread);
    }
    let items = counted::items(cx.world, cx.pod);
    if items.is_empty() {
        return Prepared::Skipped;
    }
    Prepared::Checks(Box::new(Check {
        world: cx.world,
        namespace: &cx.kind().namespace,
        items,
        at_most: at_most(cx.world),
        driver_check: cx.profile.minor.missing_driver_refuses(),
    }))
}

/// How many volumes of pods can count on each node, every volume taken for one of its own.
fn at_most(world: &World) -> Vec<usize> {
    let mut at_most = vec![0; world.nodes.len()];
    for kind in &world.kinds {
        let volumes = kind.spec.volumes.iter();
        let count = volumes
            .filter(|one| counted::may_count(&one.source))
            .count();
        if count > 0 {
            for (node, members) in &kind.members {
                at_most[node.index()] += count * members.all() as usize;
            }
        }
    }
    at_most
}

struct Check<'w> {
    world: &'w World,
    namespace: &'w str,
    items: Vec<Item>,
    at_most: Vec<usize>,
    driver_check: Presence,
}

/// What stands in the way.
enum Obstacle<'a> {
    /// A claim of the pod is not there.
    NoClaim(&'a str),
    /// The scheduler fails.
    Failure(String),
    /// The node lacks a driver that does not let pods come without it.
    NotInstalled(&'a str),
    /// Not known, because something could not be read.
    Unread(String),
    /// Too many volumes.
    Full(Load<'a>),
}

/// The volumes of a driver on a node.
#[derive(Clone, Copy)]
struct Load<'a> {
    driver: &'a str,
    attached: usize,
    new: usize,
    limit: i32,
}

impl Load<'_> {
    fn is_too_much(self) -> bool {
        let sum = i64::try_from(self.attached + self.new).unwrap_or(i64::MAX);
        sum > i64::from(self.limit)
    }
}

impl Check<'_> {
    fn obstacle(&self, node: NodeIx) -> Option<Obstacle<'_>> {
        let name = &self.world.node(node).object.name;
        let csi_node = self.world.csi_nodes.get(name);
        let new = match self.new_volumes(csi_node) {
            Ok(new) => new,
            Err(obstacle) => return Some(obstacle),
        };
        let missing = || self.missing_driver(&new, csi_node);
        missing().or_else(|| self.overload(node, csi_node?, new))
    }

    /// The pod's volumes as they count on a node, each once.
    fn new_volumes(
        &self,
        csi_node: Option<&CsiNodeObject>,
    ) -> Result<BTreeSet<&Counted>, Obstacle<'_>> {
        let counts = |scope: Scope| scope == Scope::Everywhere || csi_node.is_some();
        let mut new = BTreeSet::new();
        for item in &self.items {
            match item {
                Item::Counts(counted, scope) if counts(*scope) => {
                    new.insert(counted);
                }
                Item::Failure(error, scope) if counts(*scope) => {
                    return Err(Obstacle::Failure(failure(error)));
                }
                Item::NoClaim(claim) => return Err(Obstacle::NoClaim(claim)),
                Item::Counts(..) | Item::Failure(..) => {}
            }
        }
        Ok(new)
    }

    /// A driver that the node lacks and that asks to be there; source: `checkCSIDriverOnNode`.
    fn missing_driver<'a>(
        &'a self,
        new: &BTreeSet<&'a Counted>,
        csi_node: Option<&CsiNodeObject>,
    ) -> Option<Obstacle<'a>> {
        if !self.driver_check.is_present() {
            return None;
        }
        let there = |driver: &str| {
            csi_node.is_some_and(|node| node.drivers.iter().any(|(name, _)| name == driver))
        };
        let mut lacking = new.iter().filter(|one| !there(&one.driver)).peekable();
        lacking.peek()?;
        if let Some(unread) = self.world.unread(ObjectKind::CsiDrivers) {
            return Some(Obstacle::Unread(unread));
        }
        let asks = |driver: &str| {
            let object = self.world.csi_drivers.get(driver);
            object.is_some_and(|driver| driver.prevent_scheduling_if_missing)
        };
        let missing = lacking.find(|one| asks(&one.driver))?;
        Some(Obstacle::NotInstalled(&missing.driver))
    }

    fn overload<'a>(
        &'a self,
        node: NodeIx,
        csi_node: &CsiNodeObject,
        mut new: BTreeSet<&'a Counted>,
    ) -> Option<Obstacle<'a>> {
        let limits: BTreeMap<&str, i32> = csi_node
            .drivers
            .iter()
            .filter_map(|(name, limit)| Some((name.as_str(), (*limit)?)))
            .collect();
        new.retain(|one| limits.contains_key(one.driver.as_str()));
        if new.is_empty() {
            return None;
        }
        let unread = self.world.unread(ObjectKind::Attachments);
        if unread.is_none() && self.is_far_from_full(node, &limits, &new) {
            return None;
        }
        let mut attached = match self.volumes_of_pods(node) {
            Ok(attached) => attached,
            Err(error) => return Some(Obstacle::Failure(failure(error))),
        };
        new.retain(|one| !attached.contains(*one));
        // A volume that is attached and that no pod on the node uses counts there, and again for the pod.
        self.add_attached(node, &mut attached);
        let mut unknown = None;
        let drivers: BTreeSet<&str> = new.iter().map(|one| one.driver.as_str()).collect();
        for driver in drivers {
            let of_driver = |one: &Counted| one.driver == driver;
            let load = Load {
                driver,
                attached: attached.iter().filter(|one| of_driver(one)).count(),
                new: new.iter().filter(|one| of_driver(one)).count(),
                limit: limits[driver],
            };
            if load.is_too_much() {
                return Some(Obstacle::Full(load));
            }
            unknown = unread.clone().map(Obstacle::Unread);
        }
        unknown
    }

    /// Tells whether the node has room even if no two of its pods share a volume and none is attached for a pod.
    fn is_far_from_full(
        &self,
        node: NodeIx,
        limits: &BTreeMap<&str, i32>,
        new: &BTreeSet<&Counted>,
    ) -> bool {
        let name = &self.world.node(node).object.name;
        let attached = self.world.attachments_on(name).len() + self.at_most[node.index()];
        new.iter().all(|one| {
            !Load {
                driver: &one.driver,
                attached,
                new: new.len(),
                limit: limits[one.driver.as_str()],
            }
            .is_too_much()
        })
    }

    /// The volumes that pods on the node use; the node has a CSINode.
    fn volumes_of_pods(&self, node: NodeIx) -> Result<HashSet<Counted>, String> {
        let mut attached = HashSet::new();
        for pod in &self.world.on_node[node.index()] {
            for item in counted::items(self.world, *pod) {
                match item {
                    Item::Counts(counted, _) => {
                        attached.insert(counted);
                    }
                    Item::Failure(error, _) => return Err(error),
                    Item::NoClaim(_) => {}
                }
            }
        }
        Ok(attached)
    }

    /// Adds the volumes that are attached to the node, whoever uses them; source: `getNodeVolumeAttachmentInfo`.
    fn add_attached(&self, node: NodeIx, attached: &mut HashSet<Counted>) {
        let name = &self.world.node(node).object.name;
        for attachment in self.world.attachments_on(name) {
            let volume = attachment.volume.as_ref();
            let volume = volume.and_then(|volume| self.world.volumes.get(volume));
            if let Some(VolumeOrigin::Csi { handle, .. }) = volume.map(|volume| &volume.source)
                && !attachment.attacher.is_empty()
            {
                attached.insert(Counted {
                    driver: attachment.attacher.clone(),
                    handle: Handle::Volume(handle.clone()),
                });
            }
        }
    }

    fn refusal(&self, obstacle: &Obstacle<'_>) -> Option<Refusal> {
        let (code, reason, detail) = match obstacle {
            Obstacle::Failure(_) | Obstacle::Unread(_) => return None,
            Obstacle::NoClaim(claim) => {
                let namespace = self.namespace;
                let reason = format!(
                    "looking up PVC {namespace}/{claim}: persistentvolumeclaim {claim:?} not found"
                );
                let detail = format!("the pod names claim {claim}, which is not there");
                (Code::UnschedulableAndUnresolvable, reason, detail)
            }
            Obstacle::NotInstalled(driver) => (
                Code::Unschedulable,
                format!("{driver} CSI driver is not installed on the node"),
                format!(
                    "the node's CSINode does not list {driver}, which a volume of the pod needs"
                ),
            ),
            Obstacle::Full(load) => (
                Code::Unschedulable,
                "node(s) exceed max volume count".to_owned(),
                format!(
                    "{}: {} attached, {} more, the limit is {}",
                    load.driver, load.attached, load.new, load.limit
                ),
            ),
        };
        Some(Refusal {
            plugin: Plugin::NodeVolumeLimits,
            code,
            reasons: vec![reason],
            detail,
        })
    }
}

impl NodeCheck for Check<'_> {
    fn finding(&self, node: NodeIx) -> Finding {
        match self.obstacle(node) {
            None => Finding::Fits,
            Some(Obstacle::Failure(what) | Obstacle::Unread(what)) => Finding::Unknown(what),
            Some(obstacle) => match self.refusal(&obstacle) {
                Some(refusal) => Finding::Refused(refusal),
                None => Finding::Fits,
            },
        }
    }

    fn mark(&self, plugin: Plugin, marks: &mut MarkSheet) {
        for node in self.world.node_indexes() {
            match self.obstacle(node) {
                None => {}
                Some(Obstacle::Failure(_) | Obstacle::Unread(_)) => marks.doubt(node, plugin),
                Some(_) => marks.refuse(node, plugin),
            }
        }
    }
}
