//! A report of `fit` for people: nodes that are refused alike are told together, each refusal with the values behind it.

use super::fit_preemption::Preemption;
use super::fit_report::{FitReport, Node, Pod, Refusal, Verdict};
use super::plan_table::{Detail, Page};
use super::style::{Meaning, paint};
use super::text::{Cell, align, clean, count, wrap};

/// Names of one group that are told before the rest is counted.
const NAMES: usize = 4;

/// Returns the lines of a report.
pub fn fit_table(report: &FitReport, page: Page) -> Vec<String> {
    let mut lines = Vec::new();
    for pod in &report.pods {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(pod_lines(pod, page));
    }
    lines
}

fn pod_lines(pod: &Pod, page: Page) -> Vec<String> {
    let path = clean(&format!("{}/{}", pod.namespace, pod.name));
    let path = paint(&path, Meaning::Heading, page.colors);
    let mut lines = vec![format!("pod/{path}: {}", verdict_words(pod, page))];
    if let Some(why) = &pod.not_decided {
        let text = format!("not decided by these rules: {why}");
        lines.extend(indented(&text, 2, page));
    }
    if let Some(prefilter) = &pod.prefilter {
        let rule = rule(&prefilter.plugin, prefilter.predicate.as_deref());
        let text = format!("{rule}: {}", prefilter.reasons.join(", "));
        lines.extend(indented(&text, 2, page));
        lines.extend(indented(&prefilter.detail, 4, page));
    }
    lines.extend(node_lines(pod, page));
    if let Some(summary) = &pod.summary {
        let preemption = pod.preemption.as_ref();
        let more = preemption.and_then(|preemption| preemption.event.as_deref());
        let event: Vec<&str> = [summary.as_str()].into_iter().chain(more).collect();
        lines.extend(indented(
            &format!("scheduler: {}", event.join(" ")),
            0,
            page,
        ));
    }
    for (at, sentence) in sentences(pod).iter().enumerate() {
        let indent = if at == 0 { 0 } else { 2 };
        lines.extend(indented(sentence, indent, page));
    }
    lines
}

fn sentences(pod: &Pod) -> Vec<String> {
    let preemption = pod.preemption.as_ref();
    preemption.map_or_else(Vec::new, Preemption::sentences)
}

fn verdict_words(pod: &Pod, page: Page) -> String {
    if pod.prefilter.is_some() {
        return paint("fits no node", Meaning::Bad, page.colors);
    }
    let (fitting, unknown) = (pod.count(Verdict::Fits), pod.count(Verdict::Unknown));
    let all = count(pod.nodes.len(), "node");
    let open = match unknown {
        0 => String::new(),
        n => format!(", {n} unknown"),
    };
    let meaning = match (fitting, unknown) {
        (0, 0) => Meaning::Bad,
        (0, _) => Meaning::Caution,
        _ => Meaning::Good,
    };
    let words = paint(
        &format!("fits {fitting} of {all}{open}"),
        meaning,
        page.colors,
    );
    match pod.best.as_slice() {
        [] => words,
        best => format!("{words}, best {}", names(best)),
    }
}

fn node_lines(pod: &Pod, page: Page) -> Vec<String> {
    let groups = groups(&pod.nodes, page.detail);
    if groups.is_empty() {
        return Vec::new();
    }
    let titles = ["NODES", "VERDICT", "SCORE", "REFUSED BY"];
    let mut rows = vec![
        titles
            .map(|title| Cell::painted(title, paint(title, Meaning::Heading, page.colors)))
            .to_vec(),
    ];
    rows.extend(groups.iter().map(|group| row(group, page)));
    let mut aligned = align(&rows).into_iter();
    let mut lines: Vec<String> = aligned.next().into_iter().collect();
    for (group, line) in groups.iter().zip(aligned) {
        lines.push(line);
        lines.extend(group_lines(group, page));
    }
    lines
}

/// Nodes about which the same is to be told; the first stands for all.
type Group<'a> = Vec<&'a Node>;

/// Groups nodes, those that fit first, by falling score.
fn groups(nodes: &[Node], detail: Detail) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for node in nodes {
        let mut known = groups.iter_mut();
        match known.find(|group| detail == Detail::Normal && are_alike(group[0], node)) {
            Some(group) => group.push(node),
            None => groups.push(vec![node]),
        }
    }
    let total = |node: &Node| node.score.as_ref().map_or(0, |score| score.total);
    groups.sort_by_key(|group| (group[0].verdict, std::cmp::Reverse(total(group[0]))));
    groups
}

/// Tells whether the same rules say the same about two nodes, maybe because of other values.
fn are_alike(a: &Node, b: &Node) -> bool {
    let same = |(one, other): (&Refusal, &Refusal)| {
        one.plugin == other.plugin && one.reasons == other.reasons
    };
    a.verdict == b.verdict
        && a.score.as_ref().map(|s| s.total) == b.score.as_ref().map(|s| s.total)
        && a.first == b.first
        && a.detail == b.detail
        && a.refusals.len() == b.refusals.len()
        && a.refusals.iter().zip(&b.refusals).all(same)
}

fn row(group: &Group<'_>, page: Page) -> Vec<Cell> {
    let node = group[0];
    let all: Vec<String> = group.iter().map(|node| node.node.clone()).collect();
    let (verdict, meaning) = match node.verdict {
        Verdict::Fits => ("fits", Meaning::Good),
        Verdict::Unknown => ("unknown", Meaning::Caution),
        Verdict::Refused => ("refused", Meaning::Bad),
    };
    let score = node.score.as_ref();
    let refusing: Vec<&str> = match (&node.first, node.refusals.is_empty()) {
        (Some(first), true) => vec![first.plugin.as_str()],
        _ => node.refusals.iter().map(|r| r.plugin.as_str()).collect(),
    };
    vec![
        Cell::plain(names(&all)),
        Cell::painted(verdict, paint(verdict, meaning, page.colors)),
        Cell::plain(score.map_or_else(String::new, |score| score.total.to_string())),
        Cell::plain(refusing.join(", ")),
    ]
}

/// Says `a, b, c, d and 7 more`.
fn names(all: &[String]) -> String {
    let shown = all.iter().take(NAMES).map(|name| clean(name));
    let shown = shown.collect::<Vec<String>>().join(", ");
    match all.len().saturating_sub(NAMES) {
        0 => shown,
        n => format!("{shown} and {n} more"),
    }
}

fn group_lines(group: &Group<'_>, page: Page) -> Vec<String> {
    let node = group[0];
    let mut lines = Vec::new();
    // A node that was left out before filtering has an answer of its own.
    if let Some(first) = &node.first
        && !node.refusals.iter().any(|r| r.plugin == first.plugin)
    {
        let text = format!("{}: {}", first.plugin, first.reasons.join(", "));
        lines.extend(indented(&text, 2, page));
    }
    for (at, refusal) in node.refusals.iter().enumerate() {
        let rule = match refusal.on_request {
            Some(true) => format!(
                "{} (asked for: the scheduler has no such rule)",
                refusal.plugin
            ),
            _ => rule(&refusal.plugin, refusal.predicate.as_deref()),
        };
        let text = format!("{rule}: {}", refusal.reasons.join(", "));
        lines.extend(indented(&text, 2, page));
        let is_shared = group
            .iter()
            .all(|other| other.refusals[at].detail == refusal.detail);
        let text = match is_shared {
            true => refusal.detail.clone(),
            false => format!("on {}: {}", node.node, refusal.detail),
        };
        lines.extend(indented(&text, 4, page));
    }
    if let Some(detail) = &node.detail {
        lines.extend(indented(&format!("not known: {detail}"), 2, page));
    }
    if let (Detail::Wide, Some(score)) = (page.detail, &node.score) {
        let parts = score
            .plugins
            .iter()
            .map(|(name, points)| format!("{name} {points}"));
        lines.extend(indented(
            &parts.collect::<Vec<String>>().join(", "),
            2,
            page,
        ));
    }
    lines
}

fn rule(plugin: &str, predicate: Option<&str>) -> String {
    match predicate {
        Some(predicate) => format!("{plugin} ({predicate})"),
        None => plugin.to_owned(),
    }
}

fn indented(text: &str, indent: usize, page: Page) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let pad = " ".repeat(indent);
    let room = page.width.map(|width| width.saturating_sub(indent).max(20));
    let lines = wrap(&clean(text), room).into_iter();
    lines.map(|line| format!("{pad}{line}")).collect()
}

#[cfg(test)]
#[path = "fit_table_tests.rs"]
mod tests;
