//! Spends budgets and room together, wave by wave: a wave's pods leave and their successors are placed before the next
//! wave begins, so that a successor which lands nowhere keeps the budget closed for the pods behind it.

use std::collections::{BTreeMap, BTreeSet};

use super::BudgetPlan;
use super::build::Draft;
use super::spend::{Dues, Outcome, Place, Successors};
use crate::domain::drain::fate::Bearing;
use crate::domain::drain::landing::{After, Ground, Landing, LandingVerdict, Leaver};
use crate::domain::drain::load::NodeLoad;

/// What budgets and room come to.
pub(super) struct Settled {
    pub outcomes: Vec<Outcome>,
    pub budgets: Vec<BudgetPlan>,
    /// Where successors go; empty where nobody asked.
    pub landings: BTreeMap<Place, Landing>,
    /// The nodes that change, when all that can leave has left; empty where nobody asked.
    pub loads: Vec<NodeLoad>,
}

/// Settles all claims; with a ground also where the successors land.
///
/// Pods that are held land last: that is where they would go if they were let.
pub(super) fn settle(
    drafts: &[Vec<Draft>],
    dues: &Dues,
    ground: Option<&mut Ground<'_>>,
) -> Settled {
    let mut successors = Successors::default();
    let (mut outcomes, mut budgets) = dues.settle(&successors);
    let mut landings = BTreeMap::new();
    let Some(ground) = ground else {
        return Settled {
            outcomes,
            budgets,
            landings,
            loads: Vec::new(),
        };
    };
    for wave in 1.. {
        let leaving = turn(drafts, &outcomes, Turn::Wave(wave));
        if leaving.is_empty() {
            break;
        }
        for (place, landing) in land(drafts, &leaving, ground) {
            match landing.verdict {
                LandingVerdict::Nowhere => successors.stranded.insert(place),
                LandingVerdict::Unknown => successors.unsure.insert(place),
                LandingVerdict::Fits | LandingVerdict::Preempts | LandingVerdict::None => false,
            };
            landings.insert(place, landing);
        }
        // What this wave's successors do changes later waves alone: earlier ones are paid.
        (outcomes, budgets) = dues.settle(&successors);
    }
    // Those that are held do not leave: where they would land fills no node.
    let loads = ground.loads();
    let held = turn(drafts, &outcomes, Turn::Held);
    landings.extend(land(drafts, &held, ground));
    Settled {
        outcomes,
        budgets,
        landings,
        loads,
    }
}

/// When a pod leaves once all missing flags are given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Wave(u32),
    /// A budget keeps it.
    Held,
}

/// Returns the pods whose turn it is, in the plan's order.
fn turn(drafts: &[Vec<Draft>], outcomes: &[Outcome], asked: Turn) -> Vec<Place> {
    let asking: BTreeMap<Place, Turn> = outcomes
        .iter()
        .map(|outcome| (outcome.place, turn_of(outcome)))
        .collect();
    let mut places = BTreeSet::new();
    for (node, list) in drafts.iter().enumerate() {
        let leaving = list.iter().enumerate().filter(|(_, d)| d.would_leave());
        for place in leaving.map(|(index, _)| (node, index)) {
            if asking.get(&place).copied().unwrap_or(Turn::Wave(1)) == asked {
                places.insert(place);
            }
        }
    }
    places.into_iter().collect()
}

fn turn_of(outcome: &Outcome) -> Turn {
    let mut reasons = outcome.reasons.iter();
    match reasons.any(|reason| reason.bearing == Bearing::Blocks) {
        true => Turn::Held,
        false => Turn::Wave(outcome.wave),
    }
}

fn land(drafts: &[Vec<Draft>], places: &[Place], ground: &mut Ground<'_>) -> Vec<(Place, Landing)> {
    let leavers: Vec<Leaver> = places
        .iter()
        .map(|(node, index)| leaver(&drafts[*node][*index]))
        .collect();
    let landings = ground.land(&leavers);
    places.iter().copied().zip(landings).collect()
}

fn leaver(draft: &Draft) -> Leaver {
    Leaver {
        uid: draft.pod.id.uid.clone(),
        after: After::of(draft.pod, draft.judgement.returns),
    }
}
