//! NodeResourcesFit's score: how much room a node would have left, by one of three strategies.
//!
//! The pod counts with the default for containers that name no CPU or memory, and without its pod-level requests. Source:
//! `plugins/noderesources/{resource_allocation,least_allocated,most_allocated,requested_to_capacity_ratio}.go`.

use super::Context;
use super::amount::{is_extended, is_scalar};
use super::object::Resources;
use super::profile::{Shape, Strategy};
use super::request;
use super::world::NodeIx;

/// The prefix of the name under which every device class can be asked for.
const IMPLICIT_CLASS: &str = "deviceclass.resource.kubernetes.io/";

/// Returns 0 to 100 for each node; the scheduler never skips this score.
pub(super) fn scores(cx: &Context<'_>, feasible: &[NodeIx]) -> Option<Vec<i64>> {
    let fit = &cx.profile.fit;
    Some(by(cx, &fit.strategy, &fit.resources, feasible))
}

/// Returns 0 to 100 for each node, by a strategy over weighed resources.
pub(super) fn by(
    cx: &Context<'_>,
    strategy: &Strategy,
    resources: &[(String, i64)],
    nodes: &[NodeIx],
) -> Vec<i64> {
    let requests = request::incoming_non_zero(&cx.kind().spec);
    let wanted: Vec<_> = resources
        .iter()
        .map(|(name, weight)| (Wanted::of(cx, &requests, name), *weight))
        .collect();
    let score = |node: &NodeIx| {
        let resources = wanted.iter().filter_map(|(wanted, weight)| {
            let room = wanted.on(cx, *node, Base::NonZero)?;
            Some((room, *weight))
        });
        by_strategy(strategy, resources)
    };
    nodes.iter().map(score).collect()
}

/// Says why the score cannot be known: devices count for a resource, and they are not modelled.
pub(super) fn unscored(cx: &Context<'_>) -> Option<String> {
    let requests = request::incoming_non_zero(&cx.kind().spec);
    let mut names = cx.profile.fit.resources.iter().map(|(name, _)| name);
    names.find_map(|name| by_devices(cx, &requests, name))
}

/// A resource that scores.
pub(super) struct Wanted {
    resource: Resource,
    request: i64,
}

enum Resource {
    Cpu,
    Memory,
    EphemeralStorage,
    Scalar(u32),
}

/// Which sum of what is requested on a node counts for CPU and memory.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// With the default for containers that name none.
    NonZero,
    /// The true one.
    Requests,
}

/// What a node has of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) allocatable: i64,
    pub(super) without_pod: i64,
    pub(super) with_pod: i64,
}

impl Wanted {
    /// `on` yields nothing for a name that no node offers.
    pub(super) fn of(cx: &Context<'_>, requests: &Resources, name: &str) -> Option<Wanted> {
        let request = amount(requests, name);
        let resource = match name {
            "cpu" => Resource::Cpu,
            "memory" => Resource::Memory,
            "ephemeral-storage" => Resource::EphemeralStorage,
            _ if is_scalar(name) && request == 0 => return None,
            _ => {
                let at = cx.world.scalars.iter().position(|other| other == name)?;
                Resource::Scalar(u32::try_from(at).ok()?)
            }
        };
        Some(Wanted { resource, request })
    }
}

/// Finds what a node has of a resource; `None` where it offers none.
pub(super) trait OnNode {
    fn on(&self, cx: &Context<'_>, node: NodeIx, base: Base) -> Option<Room>;
}

impl OnNode for Option<Wanted> {
    fn on(&self, cx: &Context<'_>, node: NodeIx, base: Base) -> Option<Room> {
        let wanted = self.as_ref()?;
        let offered = &cx.world.node(node).allocatable;
        let used = &cx.world.used[node.index()];
        let (non_zero_cpu, non_zero_memory) = cx.world.non_zero[node.index()];
        let (allocatable, without_pod) = match (&wanted.resource, base) {
            (Resource::Cpu, Base::NonZero) => (offered.milli_cpu, non_zero_cpu),
            (Resource::Cpu, Base::Requests) => (offered.milli_cpu, used.milli_cpu),
            (Resource::Memory, Base::NonZero) => (offered.memory, non_zero_memory),
            (Resource::Memory, Base::Requests) => (offered.memory, used.memory),
            (Resource::EphemeralStorage, _) => (offered.ephemeral_storage, used.ephemeral_storage),
            (Resource::Scalar(at), _) => (offered.scalar(*at), used.scalar(*at)),
        };
        (allocatable != 0).then(|| Room {
            allocatable,
            without_pod,
            with_pod: without_pod.wrapping_add(wanted.request),
        })
    }
}

/// Returns a request as the scheduler counts it: thousandths of a CPU, else whole units.
pub(super) fn amount(requests: &Resources, name: &str) -> i64 {
    let quantity = requests.get(name).copied().unwrap_or_default();
    match name {
        "cpu" => quantity.milli_value(),
        _ => quantity.value(),
    }
}

/// Says that devices stand behind a resource that the pod asks for.
pub(super) fn by_devices(cx: &Context<'_>, requests: &Resources, name: &str) -> Option<String> {
    let present = cx.profile.minor.extended_resources_by_claim().is_present();
    if !present || !is_scalar(name) || amount(requests, name) == 0 {
        return None;
    }
    let implicit = name.strip_prefix(IMPLICIT_CLASS);
    let named = |class: &str| cx.world.device_classes.contains_key(class);
    let mut classes = cx.world.device_classes.values();
    let backed = implicit.is_some_and(named)
        || is_extended(name)
            && classes.any(|class| class.extended_resource.as_deref() == Some(name));
    backed.then(|| format!("{name} scores by devices, which are not modelled"))
}

fn by_strategy(strategy: &Strategy, rooms: impl Iterator<Item = (Room, i64)>) -> i64 {
    match strategy {
        Strategy::LeastAllocated => mean(rooms.map(|(room, weight)| (least(room), weight))),
        Strategy::MostAllocated => mean(rooms.map(|(room, weight)| (most(room), weight))),
        Strategy::RequestedToCapacityRatio(shape) => {
            let scored = rooms.map(|(room, weight)| (ratio(shape, room), weight));
            rounded_mean(scored.filter(|(score, _)| *score > 0))
        }
    }
}

fn sums(scores: impl Iterator<Item = (i64, i64)>) -> (i64, i64) {
    scores.fold((0, 0), |(sum, weights), (score, weight)| {
        (sum + score.wrapping_mul(weight), weights + weight)
    })
}

fn mean(scores: impl Iterator<Item = (i64, i64)>) -> i64 {
    match sums(scores) {
        (_, 0) => 0,
        (sum, weights) => sum / weights,
    }
}

fn rounded_mean(scores: impl Iterator<Item = (i64, i64)>) -> i64 {
    match sums(scores) {
        (_, 0) => 0,
        (sum, weights) => f64::round(sum as f64 / weights as f64) as i64,
    }
}

fn least(room: Room) -> i64 {
    if room.with_pod > room.allocatable {
        return 0;
    }
    (room.allocatable - room.with_pod).wrapping_mul(100) / room.allocatable
}

fn most(room: Room) -> i64 {
    // More than there is happens: pods that ask for nothing count the default.
    room.with_pod.min(room.allocatable).wrapping_mul(100) / room.allocatable
}

fn ratio(shape: &Shape, room: Room) -> i64 {
    let percent = match room.with_pod > room.allocatable {
        true => 100,
        false => room.with_pod.wrapping_mul(100) / room.allocatable,
    };
    on_line(shape, percent)
}

/// Returns 0 to 100, the value of a broken line at the utilisation in whole percent.
pub(super) fn on_line(shape: &Shape, percent: i64) -> i64 {
    let value = |(_, score): &(i64, i64)| score * 10;
    let Some(after) = shape.iter().position(|(at, _)| percent <= *at) else {
        return shape.last().map_or(0, value);
    };
    let (to, high) = (shape[after].0, value(&shape[after]));
    match after.checked_sub(1).map(|before| &shape[before]) {
        None => high,
        Some(before) => {
            let (from, low) = (before.0, value(before));
            low + (high - low) * (percent - from) / (to - from)
        }
    }
}

#[cfg(test)]
#[path = "score_node_resources_tests.rs"]
mod tests;
