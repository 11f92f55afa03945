//! VolumeBinding's score, from 1.37 on: the more room is left where the pod's volumes would be, the better.

use std::collections::BTreeMap;

use super::super::Context;
use super::super::plugin::Plugin;
use super::super::profile::Shape;
use super::super::score_node_resources::on_line;
use super::super::world::NodeIx;
use super::{Outcome, plan};

/// Scores nodes by the room that is left; a pod without unbound claims scores 0 everywhere.
///
/// Where several capacities suffice for a node upstream takes any of them, so its own score may differ from run to run.
pub(in super::super) fn scores(cx: &Context<'_>, feasible: &[NodeIx]) -> Option<Vec<i64>> {
    if !cx.profile.minor.volumes_score().is_present() {
        return None;
    }
    // The filter is what finds the volumes that score.
    let plan = match cx.profile.filters.contains(&Plugin::VolumeBinding) {
        true => plan::of(cx),
        false => Ok(None),
    };
    let Ok(Some(plan)) = plan else {
        return Some(vec![0; feasible.len()]);
    };
    let shape = &cx.profile.storage_shape;
    let nodes = feasible.iter();
    Some(
        nodes
            .map(|node| score(&plan.outcome(*node), shape))
            .collect(),
    )
}

/// What is asked of a class and what it has.
#[derive(Default, Clone, Copy)]
struct Room {
    requested: i64,
    capacity: i64,
}

fn score(outcome: &Outcome<'_, '_>, shape: &Shape) -> i64 {
    let mut classes: BTreeMap<&str, Room> = BTreeMap::new();
    // Volumes to make count only on a node where no claim takes one that is there.
    if outcome.bindings.is_empty() {
        for (provision, capacity) in &outcome.provisions {
            let told = capacity.and_then(|object| object.capacity);
            let Some(capacity) = told else { continue };
            let room = classes.entry(&provision.class).or_default();
            room.requested = room.requested.wrapping_add(provision.request.value());
            room.capacity = capacity.value();
        }
    }
    for (claim, volume) in &outcome.bindings {
        let room = classes.entry(&volume.class).or_default();
        room.requested = room.requested.wrapping_add(claim.provision.request.value());
        room.capacity = room.capacity.wrapping_add(volume.capacity.value());
    }
    mean(classes.into_values(), shape)
}

/// The classes' mean, rounded half up; 0 where there is none.
fn mean(classes: impl ExactSizeIterator<Item = Room>, shape: &Shape) -> i64 {
    let Ok(count @ 1..) = i64::try_from(classes.len()) else {
        return 0;
    };
    let sum: i64 = classes.map(|room| of_class(room, shape)).sum();
    (2 * sum + count) / (2 * count)
}

/// What the use of a class scores; by default how much is left, in percent.
fn of_class(room: Room, shape: &Shape) -> i64 {
    if room.capacity == 0 || room.requested > room.capacity {
        return on_line(shape, 100);
    }
    on_line(shape, room.requested.wrapping_mul(100) / room.capacity)
}
