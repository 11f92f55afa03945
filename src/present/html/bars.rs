//! The nodes before and after: what pods ask for of each, as filled bars.

use std::cmp::Reverse;

use crate::domain::drain::load::{Load, NodeLoad, Part};
use crate::domain::drain::plan::{DrainPlan, NodePlan};

use super::amounts::{bytes, cpus, permille, width};
use super::{Text, cut};
use crate::present::plan_table::tally;
use crate::present::text::count;

/// From here on a node counts as nearly full: a bar that is this long says so in words.
const NEARLY_FULL: i64 = 900;

/// One node.
pub(super) struct Card {
    pub name: Text,
    /// `drained` or `receives`.
    pub part: &'static str,
    pub note: Text,
    pub bars: Vec<Bar>,
}

/// One resource of a node.
pub(super) struct Bar {
    /// Unique on the page.
    pub id: String,
    pub resource: &'static str,
    pub node: Text,
    pub before_width: String,
    pub after_width: String,
    /// Both in percent.
    pub before_part: i64,
    pub after_part: i64,
    pub before: String,
    pub after: String,
    pub whole: String,
    /// What to notice; empty where there is nothing.
    pub mark: &'static str,
}

/// So many nodes of a group are shown at once.
const SHOWN: usize = 12;

/// Nodes to which the same happens.
pub(super) struct Group {
    pub title: String,
    pub cards: Vec<Card>,
    /// Shown on request.
    pub more: Vec<Card>,
}

/// Drained nodes in their order, then those that receive, the fullest first.
pub(super) fn groups(plan: &DrainPlan) -> Vec<Group> {
    let of = |part: Part| {
        let loads = plan.loads.iter().enumerate();
        let mut loads: Vec<_> = loads.filter(|(_, load)| load.part == part).collect();
        if part == Part::Receives {
            loads.sort_by_key(|(_, load)| Reverse(fullness(load)));
        }
        loads
    };
    let group = |(part, title): (Part, &str)| {
        let cards = of(part).into_iter();
        let cards: Vec<Card> = cards.map(|(at, load)| card(at, load, plan)).collect();
        let title = format!("{}: {title}", count(cards.len(), "node"));
        let (cards, more) = cut(cards, SHOWN);
        Group { title, cards, more }
    };
    let parts = [
        (Part::Drained, "drained"),
        (Part::Receives, "receiving, the fullest first"),
    ];
    let groups = parts.into_iter().map(group);
    groups.filter(|group| !group.cards.is_empty()).collect()
}

fn fullness(load: &NodeLoad) -> i64 {
    let (after, whole) = (load.after, load.allocatable);
    let parts = [
        permille(after.milli_cpu, whole.milli_cpu),
        permille(after.memory, whole.memory),
        permille(after.pods, whole.pods),
    ];
    parts.into_iter().max().unwrap_or(0)
}

fn card(at: usize, load: &NodeLoad, plan: &DrainPlan) -> Card {
    let node = plan.nodes.iter().find(|node| node.node.name == load.node);
    Card {
        name: Text::of(&load.node),
        part: match load.part {
            Part::Drained => "drained",
            Part::Receives => "receives",
        },
        note: Text::of(note(load, node)),
        bars: bars(at, load),
    }
}

fn note(load: &NodeLoad, node: Option<&NodePlan>) -> String {
    if let (Part::Drained, Some(node)) = (load.part, node) {
        return tally(node);
    }
    let change = load.after.pods - load.before.pods;
    let number = usize::try_from(change.unsigned_abs()).unwrap_or(0);
    match change {
        0 => "as many pods as before".to_owned(),
        1.. => count(number, "more pod"),
        _ => count(number, "pod") + " fewer",
    }
}

/// A resource, where it stands in a load, and how an amount of it is said.
struct Resource {
    name: &'static str,
    pick: fn(&Load) -> i64,
    say: fn(i64) -> String,
}

const RESOURCES: [Resource; 3] = [
    Resource {
        name: "CPU",
        pick: |load| load.milli_cpu,
        say: cpus,
    },
    Resource {
        name: "Memory",
        pick: |load| load.memory,
        say: bytes,
    },
    Resource {
        name: "Pods",
        pick: |load| load.pods,
        say: |pods| pods.to_string(),
    },
];

fn bars(at: usize, load: &NodeLoad) -> Vec<Bar> {
    let bars = RESOURCES.iter().map(|resource| bar(at, load, resource));
    bars.collect()
}

fn bar(at: usize, load: &NodeLoad, resource: &Resource) -> Bar {
    let Resource { name, pick, say } = resource;
    let whole = pick(&load.allocatable);
    let (before, after) = (pick(&load.before), pick(&load.after));
    let (before_part, after_part) = (permille(before, whole), permille(after, whole));
    Bar {
        id: format!("n{at}-{}", name.to_lowercase()),
        resource: name,
        node: Text::of(&load.node),
        before_width: width(before_part),
        after_width: width(after_part),
        before_part: before_part / 10,
        after_part: after_part / 10,
        before: say(before),
        after: say(after),
        whole: say(whole),
        mark: match after_part {
            1001.. => "over the limit",
            NEARLY_FULL.. => "nearly full",
            _ => "",
        },
    }
}
