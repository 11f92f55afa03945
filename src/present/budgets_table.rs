//! All budgets for people: what is sick comes first, each with its numbers in words and the next command below it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::domain::drain::budgets::{BudgetReport, BudgetState, HeldNode, State};
use crate::domain::drain::plan::OwnerName;

use super::plan_table::{Detail, Page, budget_verdict_name, explained, unread_lines};
use super::style::{Meaning, paint};
use super::text::{Cell, clean, count, fit};

/// Held nodes that are named before the rest is counted.
const NODES: usize = 5;

/// Sick pods that are explained; the document has all of them.
const SICK: usize = 3;

/// Which budgets are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// All.
    All,
    /// Those that somebody has to look after.
    Problems,
}

impl Choice {
    /// Tells whether a budget is shown.
    pub fn shows(self, state: &BudgetState) -> bool {
        self == Choice::All || state.state.is_problem()
    }
}

/// Returns the lines of a report.
pub fn budgets_table(report: &BudgetReport, choice: Choice, page: Page) -> Vec<String> {
    let mut lines = vec![summary(report, page)];
    let shown = report.budgets.iter().filter(|state| choice.shows(state));
    let mut shown: Vec<&BudgetState> = shown.collect();
    // The gravest on top; the report has them by name already.
    shown.sort_by_key(|state| Reverse(state.state));
    if !shown.is_empty() {
        lines.extend(rows(&shown, page));
    }
    if !report.unread.is_empty() {
        lines.push(String::new());
        lines.extend(unread_lines(&report.unread, page));
    }
    lines
}

/// Sums up: `5 budgets: 2 never, 1 waiting, 2 ok; 3 nodes are held up`.
pub(super) fn summary(report: &BudgetReport, page: Page) -> String {
    let all = count(report.budgets.len(), "budget");
    let all = paint(&all, Meaning::Heading, page.colors);
    if report.budgets.is_empty() {
        return all;
    }
    let mut numbers: BTreeMap<Reverse<State>, usize> = BTreeMap::new();
    for budget in &report.budgets {
        *numbers.entry(Reverse(budget.state)).or_default() += 1;
    }
    let parts = numbers.into_iter().map(|(Reverse(state), number)| {
        let words = format!("{number} {}", state_name(state));
        paint(&words, state.into(), page.colors)
    });
    let parts: Vec<String> = parts.collect();
    format!("{all}: {}{}", parts.join(", "), held_words(report))
}

fn held_words(report: &BudgetReport) -> String {
    let nodes = report.budgets.iter().flat_map(|state| &state.nodes);
    let mut names: Vec<&str> = nodes.map(|node| node.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    match names.len() {
        0 => String::new(),
        1 => "; 1 node is held up".to_owned(),
        n => format!("; {n} nodes are held up"),
    }
}

fn rows(states: &[&BudgetState], page: Page) -> Vec<String> {
    let mut rows = vec![header(page)];
    rows.extend(states.iter().map(|state| row(state, page)));
    let mut fitted = fit(&rows, page.room()).into_iter();
    let mut lines = fitted.next().unwrap_or_default();
    for (state, row) in states.iter().zip(fitted) {
        lines.extend(row);
        lines.extend(words(state, page));
    }
    lines
}

fn header(page: Page) -> Vec<Cell> {
    let mut titles = vec![
        "BUDGET", "VERDICT", "ALLOWED", "HEALTHY", "NEEDS", "PODS", "NODES",
    ];
    if page.detail == Detail::Wide {
        titles.extend(["RULE", "EXPECTED", "OWNERS", "SELECTOR"]);
    }
    let cell = |title| Cell::painted(title, paint(title, Meaning::Heading, page.colors));
    titles.into_iter().map(cell).collect()
}

fn row(state: &BudgetState, page: Page) -> Vec<Cell> {
    let verdict = state_name(state.state);
    let status = &state.budget.status;
    let known = state.selected.as_ref();
    let pods = known.map_or_else(|| "?".to_owned(), |selected| selected.pods.to_string());
    let nodes = known.map_or_else(|| "?".to_owned(), |_| state.nodes.len().to_string());
    let mut cells = vec![
        Cell::plain(clean(&state.budget.id.path())),
        Cell::painted(verdict, paint(verdict, state.state.into(), page.colors)),
        Cell::plain(status.disruptions_allowed.max(0).to_string()),
        Cell::plain(status.current_healthy.to_string()),
        Cell::plain(status.desired_healthy.to_string()),
        Cell::plain(pods),
        Cell::plain(nodes),
    ];
    if page.detail == Detail::Wide {
        let selector = state.budget.selector.as_ref();
        cells.extend([
            Cell::plain(clean(&state.budget.rule())),
            Cell::plain(status.expected_pods.to_string()),
            Cell::plain(clean(&owners(state))),
            Cell::plain(selector.map_or_else(
                || "<none>".to_owned(),
                |selector| match selector.to_string() {
                    text if text.is_empty() => "<every pod>".to_owned(),
                    text => clean(&text),
                },
            )),
        ]);
    }
    cells
}

/// Names the workloads with their number of pods: `Deployment/web (3),2 without owner`.
fn owners(state: &BudgetState) -> String {
    let Some(selected) = &state.selected else {
        return "?".to_owned();
    };
    let word = |(owner, pods): &(Option<OwnerName>, usize)| match owner {
        Some(owner) => format!("{}/{} ({pods})", owner.kind, owner.name),
        None => format!("{pods} without owner"),
    };
    let words: Vec<String> = selected.owners.iter().map(word).collect();
    words.join(",")
}

/// Says below a row what the columns do not.
fn words(state: &BudgetState, page: Page) -> Vec<String> {
    let wide = page.detail == Detail::Wide;
    if state.state == State::Ok && !wide {
        return Vec::new();
    }
    let mut lines = explained(&state.message, &state.hint, 2, page);
    for sick in state.sick.iter().take(SICK) {
        if let Some(finding) = sick.findings.first() {
            let text = format!("{}: {}", sick.pod.path(), finding.message);
            lines.extend(explained(&text, &finding.next, 2, page));
        }
    }
    if let Some(text) = held(&state.nodes, page) {
        lines.extend(explained(&text, "", 2, page));
    }
    lines
}

/// Names the nodes that are held up: `holds up n1, n2 (waves) and 3 more nodes`.
pub(super) fn held(nodes: &[HeldNode], page: Page) -> Option<String> {
    if nodes.is_empty() {
        return None;
    }
    let most = match page.detail {
        Detail::Normal => NODES,
        Detail::Wide => usize::MAX,
    };
    let alike = nodes.iter().all(|node| node.verdict == nodes[0].verdict);
    let word = |node: &HeldNode| match alike {
        true => node.name.clone(),
        false => format!("{} ({})", node.name, budget_verdict_name(node.verdict)),
    };
    let names: Vec<String> = nodes.iter().take(most).map(word).collect();
    let rest = match nodes.len().saturating_sub(most) {
        0 => String::new(),
        more => format!(" and {}", count(more, "more node")),
    };
    Some(format!("holds up {}{rest}", names.join(", ")))
}

pub(super) fn state_name(state: State) -> &'static str {
    match state {
        State::Ok => "ok",
        State::Waves => "waves",
        State::Waiting => "waiting",
        State::Never => "never",
        State::Stale => "stale",
        State::Overlap => "overlap",
        State::MatchesNothing => "matches nothing",
        State::Unknown => "unknown",
    }
}

#[cfg(test)]
#[path = "budgets_table_tests.rs"]
mod tests;
