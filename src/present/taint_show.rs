//! The taints that nodes have, for people: each as `kubectl describe` would, or all of them as nodes against taints.

use jiff::Timestamp;

use super::plan_table::{Page, headline};
use super::span::span;
use super::style::{Meaning, paint};
use super::taint_table::tolerance;
use super::text::{Cell, align, clean, count, wrap};
use crate::domain::node::NodeHealth;
use crate::domain::taint::origin::Age;
use crate::domain::taint::survey::{Departure, Leaving, NodeView, Survey, TaintView};
use crate::domain::taint::{Effect, Taint};

/// Pods that are named under a taint before the rest is counted.
const PODS_MOST: usize = 12;

/// Width of the names of fields.
const FIELD: usize = 12;

/// Returns the taints, node by node.
pub fn described(survey: &Survey, page: Page) -> Vec<String> {
    let mut lines = Vec::new();
    let (with, without): (Vec<&NodeView>, Vec<&NodeView>) = survey
        .nodes
        .iter()
        .partition(|node| !node.taints.is_empty());
    for node in &with {
        lines.extend(node_lines(node, survey, page));
        lines.push(String::new());
    }
    let asked = match survey.filter.is_open() {
        true => "no taints",
        false => "no such taint",
    };
    lines.extend(match without.as_slice() {
        [] => None,
        [one] => Some(format!("node/{}: {asked}", clean(&one.node.name))),
        many if with.is_empty() => Some(format!("{}: {asked}", count(many.len(), "node"))),
        many => Some(format!("{} more: {asked}", count(many.len(), "node"))),
    });
    if lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

fn node_lines(node: &NodeView, survey: &Survey, page: Page) -> Vec<String> {
    let name = format!("node/{}:", clean(&node.node.name));
    let text = format!("{}, {}", state(node), count(node.pods, "pod"));
    let mut lines = headline(&name, Meaning::Heading, &text, page);
    for taint in &node.taints {
        lines.push(format!("  {}", painted(taint, page)));
        lines.extend(field("Age", &age(taint, survey.taken_at), page));
        lines.extend(field("Origin", &origin(taint), page));
        lines.extend(field("Tolerated", &tolerated(taint, node), page));
        lines.extend(field("Leaves", &leaves(taint, survey.taken_at), page));
    }
    lines
}

/// The state as `kubectl get nodes` prints it, with the note of a cordon.
pub(super) fn state(node: &NodeView) -> String {
    let health = match node.health {
        NodeHealth::Ready => "Ready",
        NodeHealth::NotReady => "NotReady",
        NodeHealth::Unreachable => "NotReady (its kubelet does not report)",
    };
    match (&node.mark, node.cordoned) {
        (Some(mark), _) => clean(&format!("{health}, SchedulingDisabled ({mark})")),
        (None, true) => format!("{health}, SchedulingDisabled"),
        (None, false) => health.to_owned(),
    }
}

fn painted(view: &TaintView, page: Page) -> String {
    let meaning = match (view.taint.effect, view.leaving.is_empty()) {
        (Effect::NoExecute, false) => Meaning::Bad,
        (Effect::NoExecute, true) | (Effect::NoSchedule, _) => Meaning::Caution,
        (Effect::PreferNoSchedule, _) => Meaning::Faint,
    };
    paint(&clean(&view.taint.to_string()), meaning, page.colors)
}

fn field(name: &str, text: &str, page: Page) -> Vec<String> {
    let indent = 4 + FIELD;
    let room = page.width.map(|width| width.saturating_sub(indent).max(20));
    let lines = wrap(&clean(text), room);
    let title = |index| match index {
        0 => format!("{name}:"),
        _ => String::new(),
    };
    let numbered = lines.into_iter().enumerate();
    numbered
        .map(|(index, line)| format!("    {:<FIELD$}{line}", title(index)))
        .collect()
}

pub(super) fn age(view: &TaintView, now: Timestamp) -> String {
    let passed = |time: Timestamp| span(now.duration_since(time).as_secs().max(0));
    match view.age {
        Age::Since(time) => format!("{} (since {time})", passed(time)),
        Age::SinceOrBefore(time) => format!(
            "{} or more (the node's list of taints was last written {time})",
            passed(time)
        ),
        Age::Unknown => "unknown".to_owned(),
    }
}

pub(super) fn origin(view: &TaintView) -> String {
    let mut parts = Vec::new();
    match view.origin.known {
        Some((author, says)) => parts.push(format!("{}: {says}", author.name())),
        None => parts.push("not one of Kubernetes' own keys".to_owned()),
    }
    if let Some(mark) = &view.origin.mark {
        parts.push(format!("cordoned {mark}"));
    }
    if let (None, Some(writer)) = (view.origin.known, &view.origin.last_writer) {
        parts.push(format!("the list was last written by {writer}"));
    }
    parts.join("; ")
}

pub(super) fn tolerated(view: &TaintView, node: &NodeView) -> String {
    let tolerating = node.pods - view.intolerant;
    let by: Vec<String> = view
        .tolerating
        .iter()
        .map(|one| format!("{} by {}", one.pods, tolerance(&one.toleration)))
        .collect();
    match by.is_empty() {
        true => format!("by none of {}", count(node.pods, "pod")),
        false => format!(
            "by {tolerating} of {}: {}",
            count(node.pods, "pod"),
            by.join(", ")
        ),
    }
}

/// Says what the taint does to the pods of the node, and names those that leave.
pub(super) fn leaves(view: &TaintView, now: Timestamp) -> String {
    let rest = view.intolerant;
    match (view.taint.effect, view.leaving.as_slice()) {
        (Effect::NoExecute, []) => "nobody".to_owned(),
        (Effect::NoExecute, leaving) => {
            let named: Vec<String> = leaving
                .iter()
                .take(PODS_MOST)
                .map(|one| departure(one, now))
                .collect();
            match leaving.len() - named.len() {
                0 => named.join(", "),
                more => format!("{} and {more} more", named.join(", ")),
            }
        }
        (Effect::NoSchedule, _) => format!("nobody; the next pods like {rest} of them cannot come"),
        (Effect::PreferNoSchedule, _) => {
            format!("nobody; the next pods like {rest} of them go elsewhere where there is room")
        }
    }
}

fn departure(one: &Leaving, now: Timestamp) -> String {
    let when = match one.when {
        Departure::Ending => "is ending".to_owned(),
        Departure::Now => "now".to_owned(),
        Departure::After { seconds, due: None } => format!("within {}", span(seconds)),
        Departure::After { due: Some(due), .. } => match due.duration_since(now).as_secs() {
            left @ 1.. => format!("in {}", span(left)),
            _ => "now".to_owned(),
        },
    };
    format!("{} {when}", one.pod.path())
}

/// Returns nodes against taints: a row for each node that has one, a column for each taint, numbered, with the list below.
pub fn grid(survey: &Survey, page: Page) -> Vec<String> {
    let mut columns: Vec<&Taint> = Vec::new();
    for view in survey.nodes.iter().flat_map(|node| &node.taints) {
        if !columns.iter().any(|taint| is_alike(taint, &view.taint)) {
            columns.push(&view.taint);
        }
    }
    columns.sort_by(|a, b| (&a.key, &a.value, a.effect).cmp(&(&b.key, &b.value, b.effect)));
    let (with, without): (Vec<&NodeView>, Vec<&NodeView>) = survey
        .nodes
        .iter()
        .partition(|node| !node.taints.is_empty());
    if columns.is_empty() {
        return vec![format!("{} without a taint", count(without.len(), "node"))];
    }
    let heading = |text: &str| Cell::painted(text, paint(text, Meaning::Heading, page.colors));
    let mut head = vec![heading("NODE")];
    head.extend((1..=columns.len()).map(|number| heading(&number.to_string())));
    let mut rows = vec![head];
    rows.extend(with.iter().map(|node| {
        let mut row = vec![Cell::plain(clean(&node.node.name))];
        row.extend(columns.iter().map(|taint| {
            let found = node.taints.iter().any(|view| is_alike(&view.taint, taint));
            Cell::plain(if found { "x" } else { "." })
        }));
        row
    }));
    let mut lines = align(&rows);
    if !without.is_empty() {
        lines.push(format!("{} without one", count(without.len(), "node")));
    }
    lines.push(String::new());
    for (index, taint) in columns.iter().enumerate() {
        let nodes = with
            .iter()
            .filter(|node| node.taints.iter().any(|v| is_alike(&v.taint, taint)));
        let nodes = count(nodes.count(), "node");
        lines.push(format!(
            "{:>3}  {} ({nodes})",
            index + 1,
            clean(&taint.to_string())
        ));
    }
    lines
}

fn is_alike(one: &Taint, other: &Taint) -> bool {
    one.same_place(other) && one.value == other.value
}

#[cfg(test)]
#[path = "taint_show_tests.rs"]
mod tests;
