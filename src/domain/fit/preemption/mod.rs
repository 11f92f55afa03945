//! DefaultPreemption: for a pod that fits nowhere, the node on which pods of lower priority would make room, and which.
//!
//! Every node is tried by itself: all pods of lower priority are taken off in thought and, while the pod still fits, put
//! back, the most important first. Source: `plugins/defaultpreemption` and `framework/preemption`.

mod budgets;
mod choice;
mod outset;
mod relevance;
mod trial;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::object::pod::{Life, Preempted, Preemption as Policy};
use super::plugin::Code;
use super::profile::{CandidateNodes, Minor, PostFilter, Profile};
use super::world::{NodeIx, PodIx, Standing, World};
use crate::domain::budget::Budget;
use outset::Outset;

const NEVER: &str = "not eligible due to preemptionPolicy=Never.";
const UNDERWAY: &str = "not eligible due to a terminating pod on the nominated node.";
const NO_VICTIMS: &str = "No preemption victims found for incoming pod";
const NOT_HELPFUL: &str = "Preemption is not helpful for scheduling";

/// What the scheduler would do to make room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preemption {
    /// The node; of several that are equally good the first by name.
    pub node: NodeIx,
    /// The pods that would be deleted, the most important first.
    pub victims: Vec<PodIx>,
    /// How many of them no budget allows: the scheduler prefers not to, and does it all the same.
    pub violations: usize,
    /// Pods that stay and are exactly as important as one that leaves: another order of the scheduler's cache would take
    /// them instead.
    pub alike: Vec<PodIx>,
    /// Other nodes that are equally good; the scheduler takes one of all at random.
    pub equals: Vec<NodeIx>,
    /// Whether the scheduler looks at all nodes.
    pub sight: Sight,
}

/// How much the scheduler sees before it chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// All nodes with room.
    Whole,
    /// It begins at a random node and stops after `looked_at` of the `with_room` nodes, so it may never see the best.
    Sample {
        /// Nodes on which room can be made.
        with_room: usize,
        /// After how many of them it stops.
        looked_at: usize,
    },
}

/// Why no room is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoPreemption {
    /// The profile does without preemption.
    Off,
    /// The scheduler does not come to it: other rules decide about the pod, or it waits for a gate.
    NotDecided(String),
    /// A node takes the pod as it is.
    Fits,
    /// `preemptionPolicy: Never`.
    Never,
    /// Pods that left for this one are still terminating on the node that was chosen for it.
    Underway,
    /// No node would have room; in the scheduler's words, where these are known.
    NotHelpful(Option<String>),
    /// It takes what was not read, or is not modelled, to know.
    Unknown(String),
}

impl NoPreemption {
    /// Returns the scheduler's words, where it has any and they are known.
    pub fn words(&self) -> Option<&str> {
        match self {
            NoPreemption::Never => Some(NEVER),
            NoPreemption::Underway => Some(UNDERWAY),
            NoPreemption::NotHelpful(words) => words.as_deref(),
            NoPreemption::Off
            | NoPreemption::NotDecided(_)
            | NoPreemption::Fits
            | NoPreemption::Unknown(_) => None,
        }
    }
}

impl Preemption {
    /// Returns the scheduler's words behind `preemption: `; only 1.37 has any.
    pub fn words(&self, world: &World) -> Option<String> {
        (world.minor >= Minor::V1_37).then(|| {
            format!(
                "found a potential placement for pod on node {}, preempting {} victims",
                world.node(self.node).object.name,
                self.victims.len()
            )
        })
    }
}

/// What trying one node came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// There would be room.
    Room(Room),
    /// There would be none; the scheduler's words, `None` where it may word it otherwise.
    NoRoom(Option<Vec<String>>),
    /// It takes what was not read, or is not modelled, to know.
    Unknown(String),
}

/// How room would be made on one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// The node.
    pub node: NodeIx,
    /// As in [`Preemption`].
    pub victims: Vec<PodIx>,
    /// As in [`Preemption`].
    pub violations: usize,
    /// As in [`Preemption`].
    pub alike: Vec<PodIx>,
}

/// Tells how the scheduler would make room for a pod that has no place; the world is afterwards as it was before.
///
/// # Errors
///
/// Says why it would make none.
pub fn preempt(
    world: &mut World,
    profile: &Profile,
    pod: PodIx,
    budgets: &[Budget],
) -> Result<Preemption, NoPreemption> {
    let candidates = match &profile.post_filter {
        PostFilter::Preemption(candidates) => *candidates,
        PostFilter::Nothing => return Err(NoPreemption::Off),
        PostFilter::Foreign(plugin) => {
            let why = format!("plugin {plugin} is asked first, and is not modelled");
            return Err(NoPreemption::Unknown(why));
        }
    };
    let outset = Outset::of(world, profile, pod)?;
    if outset.is_refused_as_a_whole() {
        // PostFilter of DynamicResources ends the cycle before: it misses what PreFilter would have noted for it.
        return Err(NoPreemption::NotHelpful(None));
    }
    eligible(world, &outset, pod)?;
    let outcomes = outset.outcomes(world, budgets);
    choose(world, outcomes, candidates)
}

/// Tries each node on which fewer pods might help, also for a pod that fits elsewhere or may not preempt; the world is
/// afterwards as it was before.
pub fn outcomes(
    world: &mut World,
    profile: &Profile,
    pod: PodIx,
    budgets: &[Budget],
) -> Vec<(NodeIx, Outcome)> {
    Outset::of_any(world, profile, pod).outcomes(world, budgets)
}

/// Source: `PodEligibleToPreemptOthers`.
fn eligible(world: &World, outset: &Outset<'_>, pod: PodIx) -> Result<(), NoPreemption> {
    let spec = &world.kind_of(pod).spec;
    if spec.preemption == Policy::Never {
        return Err(NoPreemption::Never);
    }
    let Some((_, node)) = world.nominated().find(|(other, _)| *other == pod) else {
        return Ok(());
    };
    if outset.code(node) == Code::UnschedulableAndUnresolvable {
        return Ok(());
    }
    let leaves = |other: &PodIx| {
        let row = world.pod(*other);
        let by_scheduler = |preempted| preempted == Preempted::ByScheduler;
        row.life == Life::Terminating
            && row.standing == Standing::AsRead
            && row
                .extra
                .as_ref()
                .is_some_and(|extra| by_scheduler(extra.preempted))
            && world.kind_of(*other).spec.priority < spec.priority
    };
    match world.on_node[node.index()].iter().any(leaves) {
        true => Err(NoPreemption::Underway),
        false => Ok(()),
    }
}

fn choose(
    world: &World,
    outcomes: Vec<(NodeIx, Outcome)>,
    candidates: CandidateNodes,
) -> Result<Preemption, NoPreemption> {
    let tried = outcomes.len();
    let mut words = Words::of(world, tried);
    let mut rooms = Vec::new();
    for (_, outcome) in outcomes {
        match outcome {
            Outcome::Room(room) => rooms.push(room),
            Outcome::NoRoom(reasons) => words.add(reasons),
            // One node of which it is not known may be the one that is chosen.
            Outcome::Unknown(why) => return Err(NoPreemption::Unknown(why)),
        }
    }
    let sight = sight(rooms.len(), tried, candidates);
    match choice::choose(world, rooms, sight) {
        Some(preemption) => Ok(preemption),
        None => Err(NoPreemption::NotHelpful(words.said())),
    }
}

/// Source: `calculateNumCandidates` and `DryRunPreemption`, which stops when it has so many.
fn sight(with_room: usize, tried: usize, candidates: CandidateNodes) -> Sight {
    let all = i64::try_from(tried).unwrap_or(i64::MAX);
    let share = all.saturating_mul(candidates.percentage) / 100;
    let most = share.max(candidates.absolute).min(all);
    let looked_at = usize::try_from(most).unwrap_or(0);
    match with_room > looked_at {
        true => Sight::Sample {
            with_room,
            looked_at,
        },
        false => Sight::Whole,
    }
}

/// The line of the event, made of what was said of each node.
struct Words {
    nodes: usize,
    counts: Option<BTreeMap<String, usize>>,
}

impl Words {
    fn of(world: &World, tried: usize) -> Words {
        let nodes = world.nodes.len();
        let mut counts = BTreeMap::new();
        if nodes > tried {
            counts.insert(NOT_HELPFUL.to_owned(), nodes - tried);
        }
        Words {
            nodes,
            counts: Some(counts),
        }
    }

    fn add(&mut self, reasons: Option<Vec<String>>) {
        let (Some(counts), Some(reasons)) = (&mut self.counts, reasons) else {
            self.counts = None;
            return;
        };
        for reason in reasons {
            *counts.entry(reason).or_default() += 1;
        }
    }

    fn said(self) -> Option<String> {
        let counts = self.counts?.into_iter();
        let mut parts: Vec<String> = counts
            .map(|(reason, count)| format!("{count} {reason}"))
            .collect();
        // As plain text, like the first half of the event.
        parts.sort();
        let nodes = self.nodes;
        (nodes > 0).then(|| format!("0/{nodes} nodes are available: {}.", parts.join(", ")))
    }
}
