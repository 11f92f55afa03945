//! In which order and batches the nodes of a plan go: the document's part, and its lines for people.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::drain::order::Order as DomainOrder;
use crate::domain::drain::plan as domain;
use crate::domain::drain::rounds as domain_rounds;

use super::guard::Time;
use super::plan_table::Page;
use super::span::{range, span};
use super::style::{Meaning, paint};
use super::text::{clean, wrap};

/// In which order and batches nodes are emptied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Course {
    /// In which order the nodes were put.
    pub order: Order,
    /// How many nodes are emptied at once.
    pub max_parallel: usize,
    /// All nodes are cordoned first, then one batch follows the other.
    pub batches: Vec<Batch>,
    /// How it would go with every round put back before the next; absent where all nodes can be away together, where there is
    /// one alone, or where nobody asked where pods land.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounds: Option<Rounds>,
}

/// Orders of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Order {
    /// As they were named.
    Given,
    /// By name.
    Name,
    /// Those with the fewest pods first.
    FewestPods,
    /// Zone by zone.
    Zone,
}

/// Nodes that are emptied at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Batch {
    /// Their names.
    pub nodes: Vec<String>,
    /// How long it takes.
    pub time: Time,
}

/// Nodes that can be away together, round by round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rounds {
    /// The rounds, in order.
    pub rounds: Vec<Batch>,
    /// Nodes that cannot be emptied even alone.
    pub stuck: Vec<Stuck>,
}

/// A node that cannot be emptied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Stuck {
    /// The node.
    pub node: String,
    /// The pod that stands for why, as `namespace/name`.
    pub pod: String,
    /// The budget, or the lack of room, that keeps it.
    pub message: String,
}

impl From<&domain::Course> for Course {
    fn from(course: &domain::Course) -> Course {
        let batches = course.batches.iter().map(|batch| Batch {
            nodes: batch.nodes.clone(),
            time: Time::from(&batch.span),
        });
        Course {
            order: course.order.into(),
            max_parallel: course.max_parallel,
            batches: batches.collect(),
            rounds: course.rounds.as_ref().map(Rounds::from),
        }
    }
}

impl From<DomainOrder> for Order {
    fn from(order: DomainOrder) -> Order {
        match order {
            DomainOrder::Given => Order::Given,
            DomainOrder::Name => Order::Name,
            DomainOrder::FewestPods => Order::FewestPods,
            DomainOrder::Zone => Order::Zone,
        }
    }
}

impl From<&domain_rounds::Rounds> for Rounds {
    fn from(rounds: &domain_rounds::Rounds) -> Rounds {
        let found = rounds.rounds.iter().map(|round| Batch {
            nodes: round.nodes.clone(),
            time: Time::from(&round.span),
        });
        let stuck = rounds.stuck.iter().map(|one| Stuck {
            node: one.node.clone(),
            pod: one.pod.clone(),
            message: one.why.clone(),
        });
        Rounds {
            rounds: found.collect(),
            stuck: stuck.collect(),
        }
    }
}

/// A part of a plan's course in words: a title and what stands under it.
pub(super) struct Part {
    /// What it is about.
    pub title: &'static str,
    /// One sentence.
    pub summary: String,
    /// The batches or rounds, and the nodes that are in none.
    pub lines: Vec<String>,
}

/// Says in which order several nodes go, and what would do where they cannot be away together.
pub(super) fn parts(plan: &domain::DrainPlan) -> Vec<Part> {
    let course = &plan.course;
    if plan.nodes.len() < 2 {
        return Vec::new();
    }
    let at_once = match course.max_parallel {
        1 => "one after the other".to_owned(),
        number => format!("{number} at a time"),
    };
    let batches = course.batches.iter();
    let order = Part {
        title: "order",
        summary: format!(
            "all nodes are cordoned first, then emptied {at_once} {}",
            order_words(course.order)
        ),
        lines: numbered(batches.map(|batch| (&batch.nodes, &batch.span))),
    };
    let mut parts = vec![order];
    parts.extend(course.rounds.as_ref().map(rounds_part));
    parts
}

fn rounds_part(rounds: &domain_rounds::Rounds) -> Part {
    let largest = rounds.rounds.iter().map(|round| round.nodes.len()).max();
    let found = rounds.rounds.iter();
    let mut lines = numbered(found.map(|round| (&round.nodes, &round.span)));
    lines.extend(
        rounds
            .stuck
            .iter()
            .map(|stuck| format!("never  {}: {}: {}", stuck.node, stuck.pod, stuck.why)),
    );
    let summary = match (largest, rounds.stuck.is_empty()) {
        (None, _) => "no order keeps every budget and leaves room to land, not even node by node".to_owned(),
        (Some(1), true) => "they cannot all be away together; one at a time works, each put back before the next goes".to_owned(),
        (Some(most), true) => format!(
            "they cannot all be away together; up to {most} at a time works, each round put back before the next goes"
        ),
        (Some(_), false) => "they cannot all be away together; these could, each round put back before the next goes".to_owned(),
    };
    Part {
        title: "rounds",
        summary,
        lines,
    }
}

fn numbered<'a>(batches: impl Iterator<Item = (&'a Vec<String>, &'a domain::Span)>) -> Vec<String> {
    let line = |(at, (nodes, span)): (usize, (&Vec<String>, &domain::Span))| {
        format!("{}  {}: {}", at + 1, nodes.join(", "), time(span))
    };
    batches.enumerate().map(line).collect()
}

fn order_words(order: DomainOrder) -> &'static str {
    match order {
        DomainOrder::Given => "as given",
        DomainOrder::Name => "by name",
        DomainOrder::FewestPods => "with the fewest pods first",
        DomainOrder::Zone => "zone by zone",
    }
}

/// Says how long a batch takes.
fn time(took: &domain::Span) -> String {
    match (took.waves, took.least, took.most) {
        (0, _, _) => "nothing has to leave".to_owned(),
        (_, least, Some(most)) => range(least, most),
        (_, 0, None) => "how long is not known".to_owned(),
        (_, least, None) => format!("at least {}", span(least)),
    }
}

/// Returns the lines of a course on a page.
pub(super) fn lines(plan: &domain::DrainPlan, page: Page) -> Vec<String> {
    let mut lines = Vec::new();
    for part in parts(plan) {
        let title = paint(&format!("{}:", part.title), Meaning::Heading, page.colors);
        let room = page.width.map(|width| width.saturating_sub(8).max(20));
        let mut summary = wrap(&part.summary, room).into_iter();
        lines.push(format!("{title} {}", summary.next().unwrap_or_default()));
        lines.extend(summary);
        let room = page.width.map(|width| width.saturating_sub(2).max(20));
        let wrapped = part.lines.iter().flat_map(|line| wrap(&clean(line), room));
        lines.extend(wrapped.map(|line| format!("  {line}")));
        lines.push(String::new());
    }
    lines
}
