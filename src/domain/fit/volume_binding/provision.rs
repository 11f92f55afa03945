//! Volumes that a class would make for a claim: on which nodes, and whether there is room.

use super::super::label_index::LabelIndex;
use super::super::object::affinity::NodeRequirement;
use super::super::object::storage::{CapacityObject, ClaimObject, ClassObject};
use super::super::selector::{Matcher, Requirement};
use super::super::world::{ObjectKind, World};
use crate::domain::labels::Labels;
use crate::domain::quantity::Quantity;

/// The provisioner that makes nothing.
const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";

/// How a claim's volume would be made.
pub(super) struct Provision<'w> {
    /// The claim's name.
    pub claim: String,
    /// The class.
    pub class: String,
    /// How much the claim asks for.
    pub request: Quantity,
    object: Option<&'w ClassObject>,
    /// The nodes that the class makes volumes for, ORed; empty is every node.
    topologies: Vec<Option<Vec<Requirement>>>,
    room: Room<'w>,
}

/// The room that there is for a class's volumes.
enum Room<'w> {
    /// The driver does not say, so it is not looked at.
    Untold,
    /// The objects that have enough, by what nodes they are for.
    Told {
        enough: Vec<(Matcher, &'w CapacityObject)>,
        index: LabelIndex,
    },
    /// Not known, because something could not be read.
    Unread(String),
}

/// Why a volume cannot be made for a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// The class makes none.
    Unsupported,
    /// The class makes them for other nodes.
    Topology,
    /// There is no room.
    NoSpace,
    /// It is not known whether there is room.
    Unread,
}

impl<'w> Provision<'w> {
    pub(super) fn of(world: &'w World, claim: &ClaimObject) -> Provision<'w> {
        let name = claim.class.clone().unwrap_or_default();
        let object = world.storage_classes.get(&name);
        let topologies = object.map_or(&[][..], |class| &class.allowed_topologies);
        Provision {
            claim: claim.name.clone(),
            request: claim.request,
            topologies: topologies.iter().map(|term| requirements(term)).collect(),
            room: object.map_or(Room::Untold, |class| room(world, class, claim.request)),
            class: name,
            object,
        }
    }

    /// Returns the object that says that there is room for the volume on a node; `None` where the driver says nothing.
    pub(super) fn on(&self, labels: &Labels) -> Result<Option<&'w CapacityObject>, Obstacle> {
        let provisioner = self.object.map_or("", |class| &class.provisioner);
        if provisioner.is_empty() || provisioner == NO_PROVISIONER {
            return Err(Obstacle::Unsupported);
        }
        let meets = |term: &Option<Vec<Requirement>>| {
            let mut parts = term.iter().flatten();
            term.is_some() && parts.all(|one| one.matches(labels))
        };
        if !self.topologies.is_empty() && !self.topologies.iter().any(meets) {
            return Err(Obstacle::Topology);
        }
        match &self.room {
            Room::Untold => Ok(None),
            Room::Unread(_) => Err(Obstacle::Unread),
            Room::Told { enough, index } => {
                let mut found = index.candidates(labels).map(|number| &enough[number]);
                let found = found.find(|(nodes, _)| nodes.matches(labels));
                found
                    .map(|(_, object)| Some(*object))
                    .ok_or(Obstacle::NoSpace)
            }
        }
    }

    /// Says what could not be read.
    pub(super) fn unread(&self) -> Option<String> {
        match &self.room {
            Room::Unread(what) => Some(what.clone()),
            Room::Untold | Room::Told { .. } => None,
        }
    }

    /// Says why the claim finds no volume.
    pub(super) fn why_not(&self, obstacle: Obstacle) -> String {
        let (claim, class) = (&self.claim, &self.class);
        let why = match obstacle {
            Obstacle::Unsupported => "the class makes none",
            _ => "the class makes them for other nodes",
        };
        format!("claim {claim} finds no free volume of class {class} for the node, and {why}")
    }

    /// Says how much room is missing.
    pub(super) fn why_no_space(&self) -> String {
        format!(
            "claim {} asks for {} bytes of class {}, and no CSIStorageCapacity for the node has that much",
            self.claim,
            self.request.value(),
            self.class
        )
    }
}

/// A term of `allowedTopologies`; `None` is one that no node meets.
fn requirements(term: &[(String, Vec<String>)]) -> Option<Vec<Requirement>> {
    let parsed = term.iter().map(|(key, values)| {
        Requirement::parse(&NodeRequirement {
            key: key.clone(),
            operator: "In".to_owned(),
            values: values.clone(),
        })
    });
    let parsed: Vec<Requirement> = parsed.collect::<Result<_, _>>().ok()?;
    (!parsed.is_empty()).then_some(parsed)
}

fn room<'w>(world: &'w World, class: &ClassObject, request: Quantity) -> Room<'w> {
    // A claim always asks for something; upstream looks at no capacity for one that does not.
    if request.is_zero() {
        return Room::Untold;
    }
    if let Some(unread) = world.unread(ObjectKind::CsiDrivers) {
        return Room::Unread(unread);
    }
    let driver = world.csi_drivers.get(&class.provisioner);
    if !driver.is_some_and(|driver| driver.storage_capacity) {
        return Room::Untold;
    }
    if let Some(unread) = world.unread(ObjectKind::Capacities) {
        return Room::Unread(unread);
    }
    let of_class = world
        .capacities
        .iter()
        .filter(|one| one.class == class.name);
    let enough = of_class.filter(|one| {
        let limit = one.maximum_volume_size.or(one.capacity);
        limit.is_some_and(|limit| limit.value() >= request.value())
    });
    // A topology that is absent, or that cannot be parsed, is no node's.
    let enough = enough.filter_map(|one| {
        let nodes = Matcher::parse(one.topology.as_ref()).ok()?;
        (!nodes.is_nothing()).then_some((nodes, one))
    });
    let mut enough: Vec<(Matcher, &CapacityObject)> = enough.collect();
    // Upstream takes any that suffices; the first by name stands for it here.
    enough.sort_by_key(|(_, one)| (&one.namespace, &one.name));
    let mut index = LabelIndex::default();
    for (number, (nodes, _)) in enough.iter().enumerate() {
        index.add(number, nodes.anchor().map(|anchor| vec![anchor]));
    }
    Room::Told { enough, index }
}
