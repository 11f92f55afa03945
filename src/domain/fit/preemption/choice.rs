//! The order of victims, and the choice among nodes.
//!
//! Source: `MoreImportantPod` and `pickOneNodeForPreemption`.

use std::cmp::Reverse;

use jiff::Timestamp;

use super::super::world::{PodIx, Standing, World};
use super::{Preemption, Room, Sight};

/// Sorts the most important pod first: the highest priority, then the longest run.
pub(super) type Importance = (Reverse<i32>, Timestamp);

/// Returns a pod's place in that order.
pub(super) fn importance(world: &World, pod: PodIx) -> Importance {
    (
        Reverse(world.kind_of(pod).spec.priority),
        started(world, pod),
    )
}

/// Returns `status.startTime`; a pod that has not started does so now, which is later than all others.
pub(super) fn started(world: &World, pod: PodIx) -> Timestamp {
    let row = world.pod(pod);
    let read = row.started.filter(|_| row.standing == Standing::AsRead);
    read.unwrap_or(Timestamp::MAX)
}

/// What is compared of two nodes, in this order; the least is the best.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Cost {
    violations: usize,
    highest_priority: i32,
    /// Each with 2^31 added, so that one more of them never makes it less.
    priorities: i64,
    victims: usize,
    /// The earliest start among the victims of the highest priority.
    youth: Reverse<Timestamp>,
}

impl Cost {
    fn of(world: &World, room: &Room) -> Cost {
        let priority = |pod: &PodIx| world.kind_of(*pod).spec.priority;
        let highest = room.victims.iter().map(priority).max().unwrap_or(i32::MIN);
        let lifted = |pod: &PodIx| i64::from(priority(pod)) + i64::from(i32::MAX) + 1;
        let top = room.victims.iter().filter(|pod| priority(pod) == highest);
        let oldest = top.map(|pod| started(world, *pod)).min();
        Cost {
            violations: room.violations,
            highest_priority: highest,
            priorities: room.victims.iter().map(lifted).sum(),
            victims: room.victims.len(),
            youth: Reverse(oldest.unwrap_or(Timestamp::MAX)),
        }
    }
}

/// Chooses a node; `None` where there is none to choose.
pub(super) fn choose(world: &World, rooms: Vec<Room>, sight: Sight) -> Option<Preemption> {
    let cost = |room: &Room| Cost::of(world, room);
    let least = rooms.iter().map(cost).min()?;
    let mut best = rooms
        .into_iter()
        .filter(|room| Cost::of(world, room) == least);
    let Room {
        node,
        victims,
        violations,
        alike,
    } = best.next()?;
    Some(Preemption {
        node,
        victims,
        violations,
        alike,
        equals: best.map(|room| room.node).collect(),
        sight,
    })
}
