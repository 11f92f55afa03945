//! What the evaluator says of preemption, in the oracle's form, and where the two differ.

use std::collections::BTreeMap;

use nodemaint::domain::budget::Budget;
use nodemaint::domain::fit::preemption::{self, NoPreemption, Outcome};
use nodemaint::domain::fit::profile::Profile;
use nodemaint::domain::fit::world::{NodeIx, PodIx, World};

use crate::oracle::{PodAnswer, Room};

/// What preemption would do for a pod.
#[derive(Debug, Clone, PartialEq)]
pub struct Rooms {
    /// What it finds on each node on which fewer pods might help, by name.
    rooms: BTreeMap<String, Found>,
    /// The nodes that it may choose.
    choice: Result<Vec<String>, NoPreemption>,
}

/// What preemption finds on a node.
#[derive(Debug, Clone, PartialEq)]
enum Found {
    Room(Room),
    /// There is none, and the scheduler may word it otherwise.
    SomeReason,
    Unknown(String),
}

/// Something that differs, on a node or, where its name is empty, for the pod.
pub struct Difference {
    /// The node.
    pub node: String,
    /// What the real plugin says.
    pub oracle: String,
    /// What the evaluator says.
    pub evaluator: String,
}

impl Rooms {
    /// Asks the evaluator about a pod without a place.
    pub fn of(world: &mut World, profile: &Profile, pod: PodIx, budgets: &[Budget]) -> Rooms {
        let outcomes = preemption::outcomes(world, profile, pod, budgets);
        let chosen = preemption::preempt(world, profile, pod, budgets);
        let name = |node: NodeIx| world.node(node).object.name.clone();
        let choice = chosen.map(|chosen| {
            let all = std::iter::once(chosen.node).chain(chosen.equals);
            all.map(name).collect()
        });
        let rooms = outcomes.into_iter();
        let rooms = rooms.map(|(node, outcome)| (name(node), found(world, outcome)));
        Rooms {
            rooms: rooms.collect(),
            choice,
        }
    }

    /// Returns the nodes of which it is not known what preemption would find.
    pub fn unknown(&self) -> impl Iterator<Item = (&str, &str)> {
        self.rooms.iter().filter_map(|(node, found)| match found {
            Found::Unknown(why) => Some((node.as_str(), why.as_str())),
            Found::Room(_) | Found::SomeReason => None,
        })
    }

    /// Counts the nodes on which room can be made.
    #[must_use]
    pub fn with_victims(&self) -> usize {
        let has_victims =
            |found: &&Found| matches!(found, Found::Room(room) if !room.victims.is_empty());
        self.rooms.values().filter(has_victims).count()
    }

    /// Compares with the real plugin's answer about the same pod.
    pub fn compare(&self, theirs: &PodAnswer) -> Vec<Difference> {
        if theirs.preemption.is_none() {
            return Vec::new();
        }
        let mut differences = Vec::new();
        for node in &theirs.nodes {
            let own = self.rooms.get(&node.node);
            let same = match (&node.room, own) {
                (None, None | Some(Found::SomeReason)) | (_, Some(Found::Unknown(_))) => true,
                (Some(room), Some(Found::Room(own))) => room == own,
                (Some(room), Some(Found::SomeReason)) => room.victims.is_empty(),
                (Some(_), None) | (None, Some(Found::Room(_))) => false,
            };
            if !same {
                differences.push(Difference {
                    node: node.node.clone(),
                    oracle: format!("{:?}", node.room),
                    evaluator: format!("{own:?}"),
                });
            }
        }
        differences.extend(self.compare_choice(theirs));
        differences
    }

    /// Compares which node is chosen, or what is said, for a pod that fits nowhere.
    fn compare_choice(&self, theirs: &PodAnswer) -> Option<Difference> {
        let answer = theirs.preemption.as_ref()?;
        let fits_nowhere = theirs.nodes.iter().all(|node| !node.fits);
        if !fits_nowhere || theirs.pre_enqueue.is_some() {
            return None;
        }
        let words = match answer.ineligible.is_empty() {
            true => &answer.text,
            false => &answer.ineligible,
        };
        let same = match &self.choice {
            Ok(nodes) => answer.ineligible.is_empty() && nodes.contains(&answer.node),
            // What cannot be known of a node was looked at there.
            Err(NoPreemption::Unknown(_) | NoPreemption::NotHelpful(None)) => true,
            Err(NoPreemption::NotDecided(why)) => !why.starts_with("waiting"),
            Err(why) => why.words() == Some(words),
        };
        (!same).then(|| Difference {
            node: String::new(),
            oracle: format!("{answer:?}"),
            evaluator: format!("{:?}", self.choice),
        })
    }
}

fn found(world: &World, outcome: Outcome) -> Found {
    match outcome {
        Outcome::Room(room) => {
            let victims = room.victims.iter();
            Found::Room(Room {
                victims: victims.map(|pod| world.path(*pod)).collect(),
                violations: room.violations,
                reasons: Vec::new(),
            })
        }
        Outcome::NoRoom(Some(mut reasons)) => {
            reasons.sort();
            Found::Room(Room {
                reasons,
                ..Room::default()
            })
        }
        Outcome::NoRoom(None) => Found::SomeReason,
        Outcome::Unknown(why) => Found::Unknown(why),
    }
}
