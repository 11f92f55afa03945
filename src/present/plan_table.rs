//! A plan for people: what would not leave comes first, each pod with its reasons and the next command below it.

use crate::domain::assume::Outcome;
use crate::domain::drain::fate::{Bearing, Fate, Reason, Return};
use crate::domain::drain::landing::LandingVerdict;
use crate::domain::drain::plan::{
    BudgetPlan, BudgetVerdict, DrainPlan, NodePlan, PodPlan, Span, Verdict,
};
use crate::domain::node::NodeHealth;
use crate::domain::snapshot::Unread;

use super::assumed;
use super::data_lost;
use super::landing;
use super::plan_course;
use super::style::{Colors, Meaning, paint};
use super::text::{Cell, align, clean, count, wrap};

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

/// Returns the lines of a plan.
pub fn plan_table(plan: &DrainPlan, page: Page) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(assumed) = &plan.assumed {
        let sentences = assumed::sentences(assumed, &Outcome::of(plan));
        lines.extend(assumed::lines(&sentences, page));
    }
    for node in &plan.nodes {
        lines.extend(node_lines(node, page));
        lines.push(String::new());
    }
    if !plan.budgets.is_empty() {
        lines.extend(budget_lines(plan, page));
        lines.push(String::new());
    }
    if !plan.unread.is_empty() {
        lines.extend(unread_lines(&plan.unread, page));
        lines.push(String::new());
    }
    if !plan.guards.is_empty() {
        lines.extend(guard_lines(plan, page));
        lines.push(String::new());
    }
    lines.extend(plan_course::lines(plan, page));
    lines.extend(conclusion(plan, page));
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
    let name = paint(&clean(&node.node.name), Meaning::Heading, page.colors);
    let verdict = verdict_name(node.verdict);
    let verdict = paint(verdict, node.verdict.into(), page.colors);
    let cordoned = if node.cordoned { " (cordoned)" } else { "" };
    let mut lines = vec![format!("node/{name}{cordoned}: {verdict}, {}", tally(node))];
    lines.extend(health_line(node, page));
    if node.pods.is_empty() {
        return lines;
    }
    let mut pods: Vec<&PodPlan> = node.pods.iter().collect();
    pods.sort_by_key(|pod| rank(pod));
    let columns = Columns::of(node, page);
    let mut rows = vec![header(columns, page)];
    rows.extend(pods.iter().map(|pod| row(pod, columns, page)));
    let mut aligned = align(&rows).into_iter();
    lines.extend(aligned.next());
    for (pod, line) in pods.into_iter().zip(aligned) {
        lines.push(line);
        lines.extend(pod.reasons.iter().flat_map(|r| reason_lines(r, page)));
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
fn lost(pods: &[PodPlan]) -> usize {
    let is_lost = |plan: &&PodPlan| {
        let ended = plan.pod.phase.is_finished() || plan.pod.is_terminating();
        plan.leaves() && !ended && plan.returns == Return::Lost
    };
    pods.iter().filter(is_lost).count()
}

/// Counts the pods that leave, or would with a flag, and for whose successors no node was found.
fn stranded(pods: &[PodPlan]) -> usize {
    let is_stranded = |plan: &&PodPlan| {
        let landing = plan.landing.as_ref();
        plan.fate != Fate::Blocked
            && landing.is_some_and(|landing| landing.verdict == LandingVerdict::Nowhere)
    };
    pods.iter().filter(is_stranded).count()
}

fn in_waves<'a>(pods: impl IntoIterator<Item = &'a PodPlan>) -> String {
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
    let mut aligned = align(&rows).into_iter();
    let mut lines: Vec<String> = aligned.next().into_iter().collect();
    for (budget, line) in budgets.iter().zip(aligned) {
        lines.push(line);
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
    for entry in unread {
        let text = format!("{}: {}", entry.what, entry.reason);
        lines.extend(explained(&text, "", 2, page));
    }
    lines
}

/// Says what the plan comes to and what would change it.
pub(super) fn conclusion(plan: &DrainPlan, page: Page) -> Vec<String> {
    let verdict = paint(verdict_name(plan.verdict), plan.verdict.into(), page.colors);
    let room = page.width;
    let text = match plan.verdict {
        Verdict::Ready => ready_words(plan),
        Verdict::Blocked => format!("{} cannot leave", count(held(plan), "pod")),
        Verdict::Refused => refused_words(plan),
        Verdict::Unknown => format!(
            "{} could not be read, so nobody knows whether everything can leave",
            count(plan.unread.len(), "thing")
        ),
    };
    let mut lines = wrap(&text, room.map(|room| room.saturating_sub(9).max(20))).into_iter();
    let first = lines.next().unwrap_or_default();
    let mut all = vec![format!("{verdict}: {first}")];
    all.extend(lines);
    all
}

fn ready_words(plan: &DrainPlan) -> String {
    let leaving = plan.pods().filter(|pod| pod.leaves()).count();
    match leaving {
        0 => "nothing has to leave".to_owned(),
        1 => "1 pod leaves".to_owned(),
        n => format!(
            "all {n} pods that must leave can leave{}{}",
            in_waves(plan.pods()),
            how_long(&plan.span)
        ),
    }
}

/// Says how long waves take: `, about 4 min because shop/web waits for replacements, at most 12 min`; nothing where no
/// budget makes it last.
fn how_long(span: &Span) -> String {
    let Some(budget) = &span.because else {
        return String::new();
    };
    let path = budget.path();
    match span.most {
        Some(most) if most > span.least => format!(
            ", at least {} because of budget {path}, at most {} if pods use their whole grace",
            duration(span.least),
            duration(most)
        ),
        Some(most) => format!(", about {} because of budget {path}", duration(most)),
        None if span.least > 0 => format!(
            ", at least {} because of budget {path}",
            duration(span.least)
        ),
        None => format!(", because of budget {path}; how long replacements take is not known"),
    }
}

/// Says a number of seconds as people do: `40 s`, `4 min`, `1 h 10 min`.
fn duration(seconds: i64) -> String {
    match (seconds / 3600, seconds % 3600 / 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) if minutes < 5 && seconds > 0 => format!("{minutes} min {seconds} s"),
        (0, minutes, seconds) => format!("{} min", minutes + i64::from(seconds >= 30)),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

fn refused_words(plan: &DrainPlan) -> String {
    let mut flags: Vec<&str> = plan
        .pods()
        .flat_map(|pod| &pod.reasons)
        .filter(|reason| reason.bearing == Bearing::Refuses && !reason.hint.is_empty())
        .map(|reason| reason.hint.as_str())
        .collect();
    flags.sort_unstable();
    flags.dedup();
    let held = held(plan);
    let rest = match held {
        0 => String::new(),
        _ => format!("; {} cannot leave even then", count(held, "pod")),
    };
    format!("needs {}{rest}", flags.join(" "))
}

/// Counts the pods that no flag makes leave.
fn held(plan: &DrainPlan) -> usize {
    let blocks = |reason: &Reason| reason.bearing == Bearing::Blocks;
    plan.pods()
        .filter(|pod| pod.reasons.iter().any(blocks))
        .count()
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
