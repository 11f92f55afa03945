//! A plan for people: what would not leave comes first, each pod with its reasons and the next command below it.

use crate::domain::assume::Outcome;
use crate::domain::diagnose::Finding;
use crate::domain::drain::fate::{Fate, Reason, Return};
use crate::domain::drain::landing::LandingVerdict;
use crate::domain::drain::plan::{
    BudgetPlan, BudgetVerdict, DrainPlan, NodePlan, PodPlan, Verdict,
};
use crate::domain::node::NodeHealth;
use crate::domain::snapshot::Unread;

use super::assumed;
use super::data_lost;
use super::landing;
use super::plan_course;
use super::plan_summary::{conclusion, keepers};
use super::style::{Colors, Meaning, paint};
use super::text::{Cell, clean, count, fit, wrap};
use super::unread::grouped;

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What is needed to decide.
    Normal,
    /// Also budgets, grace periods and lost data of each pod (`-o wide`).
    Wide,
}

/// Where the plan is shown.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Colours or not.
    pub colors: Colors,
    /// Columns of the terminal; `None` breaks no line.
    pub width: Option<usize>,
    /// How much is shown.
    pub detail: Detail,
}

/// Columns of a page where no terminal says otherwise.
const PAPER: usize = 100;

impl Page {
    /// Returns how wide a table may be; one with everything may be as wide as it must.
    pub(super) fn room(self) -> Option<usize> {
        match self.detail {
            Detail::Normal => Some(self.width.unwrap_or(PAPER)),
            Detail::Wide => None,
        }
    }

    /// The same page, its lines indented.
    pub(super) fn indented(self, columns: usize) -> Page {
        Page {
            width: self.width.map(|width| width.saturating_sub(columns)),
            ..self
        }
    }
}

/// Returns the lines of a plan: what it comes to first.
pub fn plan_table(plan: &DrainPlan, page: Page) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(assumed) = &plan.assumed {
        let sentences = assumed::sentences(assumed, &Outcome::of(plan));
        lines.extend(assumed::lines(&sentences, page));
    }
    lines.extend(conclusion(plan, page));
    lines.extend(keepers(plan, page));
    for node in &plan.nodes {
        lines.push(String::new());
        lines.extend(node_lines(node, page));
    }
    if !plan.budgets.is_empty() {
        lines.push(String::new());
        lines.extend(budget_lines(plan, page));
    }
    if !plan.unread.is_empty() {
        lines.push(String::new());
        lines.extend(unread_lines(&plan.unread, page));
    }
    if !plan.guards.is_empty() {
        lines.push(String::new());
        lines.extend(guard_lines(plan, page));
    }
    let course = plan_course::lines(plan, page);
    if !course.is_empty() {
        lines.push(String::new());
        lines.extend(course);
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// A name and what is said of it, on one line where that fits.
pub(super) fn headline(name: &str, meaning: Meaning, text: &str, page: Page) -> Vec<String> {
    let shown = paint(name, meaning, page.colors);
    let together = name.chars().count() + 1 + text.chars().count();
    if page.width.is_none_or(|width| together <= width) {
        return vec![format!("{shown} {text}")];
    }
    let mut lines = vec![shown];
    lines.extend(explained(text, "", 2, page));
    lines
}

fn guard_lines(plan: &DrainPlan, page: Page) -> Vec<String> {
    let mut lines = vec![paint("mind:", Meaning::Heading, page.colors)];
    for guard in &plan.guards {
        let text = match &guard.node {
            Some(node) => format!("{node}: {}", guard.message),
            None => guard.message.clone(),
        };
        lines.extend(explained(&text, &guard.hint, 2, page));
    }
    lines
}

fn node_lines(node: &NodePlan, page: Page) -> Vec<String> {
    let cordoned = if node.cordoned { " (cordoned)" } else { "" };
    let name = format!("node/{}{cordoned}:", clean(&node.node.name));
    let text = format!("{}, {}", verdict_name(node.verdict), tally(node));
    let mut lines = headline(&name, Meaning::Heading, &text, page);
    lines.extend(health_line(node, page));
    if node.pods.is_empty() {
        return lines;
    }
    let mut pods: Vec<&PodPlan> = node.pods.iter().collect();
    pods.sort_by_key(|pod| rank(pod));
    let columns = Columns::of(node, page);
    let mut rows = vec![header(columns, page)];
    rows.extend(pods.iter().map(|pod| row(pod, columns, page)));
    let mut fitted = fit(&rows, page.room()).into_iter();
    lines.extend(fitted.next().into_iter().flatten());
    for (pod, row) in pods.into_iter().zip(fitted) {
        lines.extend(row);
        lines.extend(pod.reasons.iter().flat_map(|r| reason_lines(r, page)));
        lines.extend(pod.findings.iter().flat_map(|f| finding_lines(f, page)));
        lines.extend(landing_lines(pod, page));
    }
    lines
}

/// Which columns a node's table has.
#[derive(Clone, Copy)]
struct Columns {
    landing: Landings,
    detail: Detail,
}

/// Whether somebody asked where the successors go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Landings {
    Asked,
    NotAsked,
}

impl Columns {
    fn of(node: &NodePlan, page: Page) -> Columns {
        let landing = match node.pods.iter().any(|pod| pod.landing.is_some()) {
            true => Landings::Asked,
            false => Landings::NotAsked,
        };
        Columns {
            landing,
            detail: page.detail,
        }
    }
}

/// Says why a successor finds no node, with the command that tells it node by node.
fn landing_lines(plan: &PodPlan, page: Page) -> Vec<String> {
    let Some(obstacle) = plan.landing.as_ref().and_then(landing::obstacle) else {
        return Vec::new();
    };
    let id = &plan.pod.id;
    let command = format!("kubectl nodemaint fit {} -n {}", id.name, id.namespace);
    explained(&obstacle, &command, 2, page)
}

/// Says what a node's state means for its pods; nothing where it is ready.
fn health_line(node: &NodePlan, page: Page) -> Option<String> {
    let text = match node.health {
        NodeHealth::Ready => return None,
        NodeHealth::NotReady => "its kubelet reports that it is not ready: pods may be slow to end",
        NodeHealth::Unreachable => {
            "its kubelet does not report: pods that are asked to leave will not end until it does"
        }
    };
    Some(format!("  {}", paint(text, Meaning::Caution, page.colors)))
}

/// Sums a node up: `6 of 12 pods leave in 2 waves, 2 are blocked, 3 need a flag, 1 stays`.
pub(super) fn tally(node: &NodePlan) -> String {
    let number = |fate: Fate| node.pods.iter().filter(|pod| pod.fate == fate).count();
    if node.pods.is_empty() {
        return "no pods".to_owned();
    }
    let leaving = number(Fate::Evict) + number(Fate::Delete);
    let all = count(node.pods.len(), "pod");
    let mut parts = vec![format!("{leaving} of {all} leave{}", in_waves(&node.pods))];
    let kinds = [
        (number(Fate::Refused), "needs a flag", "need a flag"),
        (number(Fate::Blocked), "is blocked", "are blocked"),
        (number(Fate::Skip), "stays", "stay"),
        (lost(&node.pods), "is lost for good", "are lost for good"),
        (stranded(&node.pods), "lands nowhere", "land nowhere"),
    ];
    for (number, one, many) in kinds.into_iter().filter(|(number, _, _)| *number > 0) {
        parts.push(format!("{number} {}", if number == 1 { one } else { many }));
    }
    parts.join(", ")
}

/// Counts the pods that leave with work left to do and are not made again.
pub(super) fn lost<'a>(pods: impl IntoIterator<Item = &'a PodPlan>) -> usize {
    let is_lost = |plan: &&PodPlan| {
        let ended = plan.pod.phase.is_finished() || plan.pod.is_terminating();
        plan.leaves() && !ended && plan.returns == Return::Lost
    };
    pods.into_iter().filter(is_lost).count()
}

/// Counts the pods that leave, or would with a flag, and for whose successors no node was found.
pub(super) fn stranded<'a>(pods: impl IntoIterator<Item = &'a PodPlan>) -> usize {
    let is_stranded = |plan: &&PodPlan| {
        let landing = plan.landing.as_ref();
        plan.fate != Fate::Blocked
            && landing.is_some_and(|landing| landing.verdict == LandingVerdict::Nowhere)
    };
    pods.into_iter().filter(is_stranded).count()
}

pub(super) fn in_waves<'a>(pods: impl IntoIterator<Item = &'a PodPlan>) -> String {
    match pods.into_iter().filter_map(|pod| pod.wave).max() {
        Some(waves) if waves > 1 => format!(" in {waves} waves"),
        _ => String::new(),
    }
}

/// Sorts what needs attention to the top, then by wave.
pub(super) fn rank(pod: &PodPlan) -> (u8, Option<u32>) {
    let group = match pod.fate {
        Fate::Blocked => 0,
        Fate::Refused => 1,
        Fate::Evict => 2,
        Fate::Delete => 3,
        Fate::Skip => 4,
    };
    (group, pod.wave)
}

fn header(columns: Columns, page: Page) -> Vec<Cell> {
    let mut titles = vec!["POD", "FATE", "WAVE", "RETURNS"];
    if columns.landing == Landings::Asked {
        titles.push("LANDS ON");
    }
    titles.push("OWNER");
    if columns.detail == Detail::Wide {
        titles.extend(["GRACE", "BUDGETS", "LOSES"]);
    }
    titles
        .into_iter()
        .map(|title| Cell::painted(title, paint(title, Meaning::Heading, page.colors)))
        .collect()
}

fn row(plan: &PodPlan, columns: Columns, page: Page) -> Vec<Cell> {
    let fate = fate_name(plan.fate);
    let mut cells = vec![
        Cell::plain(clean(&plan.pod.id.path())),
        Cell::painted(fate, paint(fate, plan.fate.into(), page.colors)),
        Cell::plain(plan.wave.map_or_else(String::new, |wave| wave.to_string())),
        Cell::plain(match plan.returns {
            Return::Comes => "yes",
            Return::Lost => "no",
            Return::Unknown => "unknown",
        }),
    ];
    if columns.landing == Landings::Asked {
        let place = plan.landing.as_ref().map(landing::place);
        cells.push(Cell::plain(clean(&place.unwrap_or_default())));
    }
    cells.push(Cell::plain(
        plan.owner.as_ref().map_or_else(String::new, |owner| {
            clean(&format!("{}/{}", owner.kind, owner.name))
        }),
    ));
    if columns.detail == Detail::Wide {
        let grace = plan.grace_seconds;
        let budgets: Vec<String> = plan.budgets.iter().map(|budget| budget.path()).collect();
        cells.push(Cell::plain(
            grace.map_or_else(String::new, |s| format!("{s}s")),
        ));
        cells.push(Cell::plain(clean(&budgets.join(","))));
        cells.push(Cell::plain(clean(&data_lost::losses(plan))));
    }
    cells
}

fn reason_lines(reason: &Reason, page: Page) -> Vec<String> {
    explained(&reason.message, &reason.hint, 2, page)
}

fn finding_lines(finding: &Finding, page: Page) -> Vec<String> {
    explained(&finding.message, &finding.next, 2, page)
}

/// Shows a message and its next command, on one line where that fits.
pub(super) fn explained(message: &str, hint: &str, indent: usize, page: Page) -> Vec<String> {
    let (message, hint) = (clean(message), clean(hint));
    let pad = " ".repeat(indent);
    let room = page.width.map(|width| width.saturating_sub(indent).max(20));
    let command = paint(&hint, Meaning::Command, page.colors);
    let together = message.chars().count() + 4 + hint.chars().count();
    if !hint.is_empty() && room.is_none_or(|room| together <= room) {
        return vec![format!("{pad}{message} -> {command}")];
    }
    let mut lines: Vec<String> = wrap(&message, room)
        .into_iter()
        .map(|line| format!("{pad}{line}"))
        .collect();
    if !hint.is_empty() {
        // Never broken: it is there to be copied.
        lines.push(format!("{pad}-> {command}"));
    }
    lines
}

fn budget_lines(plan: &DrainPlan, page: Page) -> Vec<String> {
    let budgets = &plan.budgets;
    let titles = ["BUDGET", "ALLOWED", "NEEDED", "VERDICT"];
    let mut rows = vec![
        titles
            .map(|title| Cell::painted(title, paint(title, Meaning::Heading, page.colors)))
            .to_vec(),
    ];
    rows.extend(budgets.iter().map(|budget| {
        let verdict = budget_verdict_name(budget.verdict);
        vec![
            Cell::plain(clean(&budget.budget.path())),
            Cell::plain(budget.allowed.to_string()),
            Cell::plain(budget.needed.to_string()),
            Cell::painted(verdict, paint(verdict, budget.verdict.into(), page.colors)),
        ]
    }));
    let mut fitted = fit(&rows, page.room()).into_iter();
    let mut lines = fitted.next().unwrap_or_default();
    for (budget, row) in budgets.iter().zip(fitted) {
        lines.extend(row);
        if !is_told(budget, plan) {
            lines.extend(explained(&budget.message, &budget.hint, 2, page));
        }
    }
    lines
}

/// Tells whether the columns say it all, or a pod above said it already.
fn is_told(budget: &BudgetPlan, plan: &DrainPlan) -> bool {
    let mut reasons = plan.pods().flat_map(|pod| &pod.reasons);
    budget.verdict == BudgetVerdict::Ok || reasons.any(|r| r.message == budget.message)
}

/// Lists what could not be read.
pub(super) fn unread_lines(unread: &[Unread], page: Page) -> Vec<String> {
    let mut lines = vec![paint("could not be read:", Meaning::Heading, page.colors)];
    for entry in grouped(unread) {
        let text = format!("{}: {}", entry.what, entry.reason);
        lines.extend(explained(&text, "", 2, page));
    }
    lines
}

pub(super) fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ready => "ready",
        Verdict::Unknown => "unknown",
        Verdict::Blocked => "blocked",
        Verdict::Refused => "refused",
    }
}

pub(super) fn fate_name(fate: Fate) -> &'static str {
    match fate {
        Fate::Evict => "evict",
        Fate::Delete => "delete",
        Fate::Skip => "skip",
        Fate::Refused => "refused",
        Fate::Blocked => "blocked",
    }
}

/// Returns the word for a budget's verdict, as the documents have it.
pub(super) fn budget_verdict_name(verdict: BudgetVerdict) -> &'static str {
    match verdict {
        BudgetVerdict::Ok => "ok",
        BudgetVerdict::Waves => "waves",
        BudgetVerdict::Waiting => "waiting",
        BudgetVerdict::Never => "never",
        BudgetVerdict::Stale => "stale",
        BudgetVerdict::Overlap => "overlap",
    }
}

#[cfg(test)]
#[path = "plan_table_tests.rs"]
mod tests;
