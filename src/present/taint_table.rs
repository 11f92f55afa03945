//! A change of taints for people: what it comes to first, then what leaves when, past which budgets, and the way back.

use std::collections::BTreeMap;

use super::plan_table::{Detail, Page, explained, headline, unread_lines};
use super::span::{range, span};
use super::style::{Meaning, paint};
use super::taint_plan::warnings;
use super::text::{Cell, clean, count, fit, wrap};
use crate::domain::drain::fate::Return;
use crate::domain::taint::entry::Entry;
use crate::domain::taint::noexecute::Change;
use crate::domain::taint::pace::Batch;
use crate::domain::taint::plan::{
    BudgetLoss, Fate, Homecoming, NodePlan, PodPlan, TaintPlan, Verdict,
};
use crate::domain::taint::set::{Diff, DiffLine};
use crate::domain::taint::toleration::Comparisons;
use crate::domain::taint::{Effect, Taint};

/// Names that are listed in one line.
const NAMES_MOST: usize = 6;

/// Returns the lines of a plan.
pub fn taint_table(plan: &TaintPlan, page: Page) -> Vec<String> {
    let mut lines = summary(plan, page);
    for node in &plan.nodes {
        lines.push(String::new());
        lines.extend(node_lines(node, page));
    }
    if !plan.budgets.is_empty() {
        lines.push(String::new());
        lines.extend(budget_lines(&plan.budgets, page));
    }
    if !plan.unread.is_empty() {
        lines.push(String::new());
        lines.extend(unread_lines(&plan.unread, page));
    }
    lines
}

/// Says what the change comes to, what is dangerous about it, and what to type next.
fn summary(plan: &TaintPlan, page: Page) -> Vec<String> {
    let meaning = match plan.verdict {
        Verdict::Unchanged | Verdict::NothingLeaves => Meaning::Good,
        Verdict::PodsLeave => Meaning::Caution,
        Verdict::BreaksBudgets => Meaning::Bad,
    };
    let verdict = verdict_name(plan.verdict);
    let mut lines = wrap(&format!("{verdict}: {}", outcome(plan)), page.width);
    if let Some(first) = lines.first_mut() {
        *first = first.replacen(verdict, &paint(verdict, meaning, page.colors), 1);
    }
    for batch in &plan.batches {
        lines.extend(explained(&pace(batch), "", 2, page));
    }
    for warning in plan.nodes.iter().flat_map(warnings) {
        let warning = explained(&format!("danger: {warning}"), "", 2, page);
        lines.extend(
            warning
                .iter()
                .map(|line| paint(line, Meaning::Bad, page.colors)),
        );
    }
    if plan.pods().any(|pod| !pod.budgets_ignored.is_empty()) {
        let nodes: Vec<&str> = plan.nodes.iter().map(|n| n.node.name.as_str()).collect();
        let drain = format!("kubectl nodemaint drain {}", nodes.join(" "));
        lines.extend(explained("a drain asks the budgets", &drain, 2, page));
    }
    for undo in &plan.undo {
        let words = match plan.verdict {
            Verdict::PodsLeave | Verdict::BreaksBudgets => {
                "to undo (what left stays gone, what waits is saved)"
            }
            Verdict::Unchanged | Verdict::NothingLeaves => "to undo",
        };
        lines.extend(explained(words, &undo.command(), 2, page));
    }
    lines
}

pub(super) fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Unchanged => "unchanged",
        Verdict::NothingLeaves => "nothing leaves",
        Verdict::PodsLeave => "pods leave",
        Verdict::BreaksBudgets => "breaks budgets",
    }
}

pub(super) fn outcome(plan: &TaintPlan) -> String {
    let all = plan.pods().count();
    let saved = plan.pods().filter(|p| p.change == Change::Saved).count();
    let mut parts = Vec::new();
    match plan.verdict {
        Verdict::Unchanged => return "the taints are so already".to_owned(),
        Verdict::NothingLeaves => parts.push(format!("no pod leaves because of it, of {all}")),
        Verdict::PodsLeave | Verdict::BreaksBudgets => {
            parts.push(format!("{}, and no budget is asked", leaving(plan.pods())));
        }
    }
    if saved > 0 {
        let verb = if saved == 1 { "stays" } else { "stay" };
        parts.push(format!("{saved} that would have left {verb}"));
    }
    let broken: Vec<String> = plan
        .budgets
        .iter()
        .filter(|loss| loss.is_broken())
        .map(|loss| clean(&loss.budget.path()))
        .collect();
    if !broken.is_empty() {
        parts.push(format!(
            "too few healthy pods are left for {}",
            names(&broken)
        ));
    }
    parts.join("; ")
}

/// Says when the controller gets round to pods that are due at the same moment.
pub(super) fn pace(batch: &Batch) -> String {
    let pods = count(batch.pods, "pod");
    let due = match batch.after_seconds {
        0 => "at once".to_owned(),
        seconds => format!("after {}", span(seconds)),
    };
    if batch.first_seconds == batch.last_seconds {
        return format!("{pods} due {due}");
    }
    format!(
        "{pods} due {due}: the controller's default limits let it delete the first after {}, the last after {}",
        span(batch.first_seconds),
        span(batch.last_seconds)
    )
}

fn node_lines(node: &NodePlan, page: Page) -> Vec<String> {
    let cordoned = if node.cordoned { " (cordoned)" } else { "" };
    let name = format!("node/{}{cordoned}:", clean(&node.node.name));
    let mut lines = headline(&name, Meaning::Heading, &tally(node), page);
    lines.extend(difference(node, page));
    lines.extend(pod_lines(node, page));
    for text in entries_of(node, page.detail) {
        lines.extend(explained(&text, "", 2, page));
    }
    lines
}

/// Says what happens to the pods that look for a node, with all names.
pub(super) fn entries(node: &NodePlan) -> Vec<String> {
    entries_of(node, Detail::Wide)
}

fn entries_of(node: &NodePlan, detail: Detail) -> Vec<String> {
    let next = node.owners.iter().map(|one| {
        let owner = format!("{}/{}", one.owner.kind, one.owner.name);
        (one.entry, clean(&format!("{} {owner}", one.namespace)))
    });
    let mut lines = entry_lines("next pods", next, detail);
    let waiting = node.pending.iter().flatten().map(|pod| {
        let path = format!("{}/{}", pod.namespace, pod.name);
        (pod.entry, clean(&path))
    });
    lines.extend(entry_lines("pending pods", waiting, detail));
    lines
}

pub(super) fn tally(node: &NodePlan) -> String {
    let leaves = node.pods.iter().any(PodPlan::leaves);
    match (node.pods.len(), leaves) {
        (0, _) => "no pods".to_owned(),
        (_, true) => leaving(&node.pods),
        (1, false) => "its pod stays".to_owned(),
        (all, false) => format!("all {all} pods stay"),
    }
}

/// Counts who leaves: `9 of 12 pods leave now`, `9 of 12 pods leave, 7 now and 2 later`.
fn leaving<'a>(pods: impl IntoIterator<Item = &'a PodPlan>) -> String {
    let (mut now, mut later, mut all) = (0, 0, 0);
    for pod in pods {
        all += 1;
        now += usize::from(pod.fate == Fate::LeavesNow);
        later += usize::from(pod.fate == Fate::LeavesLater);
    }
    let of = format!("{} of {}", now + later, count(all, "pod"));
    let verb = if now + later == 1 { "leaves" } else { "leave" };
    match (now, later) {
        (_, 0) => format!("{of} {verb} now"),
        (0, _) => format!("{of} {verb} later"),
        (now, later) => format!("{of} {verb}, {now} now and {later} later"),
    }
}

fn difference(node: &NodePlan, page: Page) -> Vec<String> {
    let gone = |taint: &Taint| paint(&format!("  - {taint}"), Meaning::Faint, page.colors);
    let new = |taint: &Taint| paint(&format!("  + {taint}"), Meaning::Heading, page.colors);
    let line = |line: &DiffLine| match line {
        DiffLine::Same(taint) => vec![format!("    {taint}")],
        DiffLine::Gone(taint) => vec![gone(taint)],
        DiffLine::New(taint) => vec![new(taint)],
        DiffLine::Changed { from, to } => vec![gone(from), new(to)],
    };
    let diff = Diff::between(&node.before, &node.after);
    match diff.lines.is_empty() {
        true => vec!["    no taints".to_owned()],
        false => diff.lines.iter().flat_map(line).collect(),
    }
}

fn pod_lines(node: &NodePlan, page: Page) -> Vec<String> {
    let (mut pods, staying): (Vec<&PodPlan>, Vec<&PodPlan>) = node.pods.iter().partition(|pod| {
        page.detail == Detail::Wide || pod.leaves() || pod.change == Change::Saved
    });
    pods.sort_by_key(|pod| (pod.fate, pod.after_seconds));
    let stay = match (staying.len(), pods.is_empty()) {
        // The node's own line says that all stay.
        (0, _) | (_, true) => Vec::new(),
        (number, false) => {
            let verb = if number == 1 { "stays" } else { "stay" };
            let paths: Vec<String> = staying
                .iter()
                .map(|pod| clean(&pod.pod.id.path()))
                .collect();
            let text = format!("{} {verb}: {}", count(number, "pod"), names(&paths));
            explained(&text, "", 2, page)
        }
    };
    if pods.is_empty() {
        return stay;
    }
    let executing = node.after.iter().filter(|t| t.effect == Effect::NoExecute);
    let wide = page.detail == Detail::Wide;
    let by = wide || executing.count() > 1;
    let mut titles = vec!["POD", "FATE", "WHEN", "RETURNS", "OWNER"];
    titles.extend(by.then_some("TAINT"));
    titles.extend(
        ["TOLERATES", "GRACE", "BUDGETS NOT ASKED"]
            .into_iter()
            .filter(|_| wide),
    );
    let mut rows = vec![
        titles
            .into_iter()
            .map(|title| Cell::painted(title, paint(title, Meaning::Heading, page.colors)))
            .collect(),
    ];
    rows.extend(pods.iter().map(|pod| row(pod, by, page)));
    let mut fitted = fit(&rows, page.room()).into_iter();
    let mut lines = fitted.next().unwrap_or_default();
    for (pod, row) in pods.into_iter().zip(fitted) {
        lines.extend(row);
        for remark in remarks(pod) {
            lines.extend(explained(&remark, "", 2, page));
        }
    }
    lines.extend(stay);
    lines
}

fn row(plan: &PodPlan, by: bool, page: Page) -> Vec<Cell> {
    let fate = fate_name(plan.fate);
    let meaning = match plan.fate {
        Fate::LeavesNow => Meaning::Bad,
        Fate::LeavesLater => Meaning::Caution,
        Fate::Stays => Meaning::Good,
    };
    let returns = match (plan.fate, plan.returns) {
        (Fate::Stays, _) => "",
        (_, Return::Comes) => "yes",
        (_, Return::Lost) => "no",
        (_, Return::Unknown) => "unknown",
    };
    let owner = plan.owner.as_ref();
    let owner = owner.map_or_else(String::new, |owner| {
        format!("{}/{}", owner.kind, owner.name)
    });
    let mut cells = vec![
        Cell::plain(clean(&plan.pod.id.path())),
        Cell::painted(fate, paint(fate, meaning, page.colors)),
        Cell::plain(when(plan)),
        Cell::plain(returns),
        Cell::plain(clean(&owner)),
    ];
    if by {
        let taint = plan.taint.as_ref().map(ToString::to_string);
        cells.push(Cell::plain(clean(&taint.unwrap_or_default())));
    }
    if page.detail == Detail::Wide {
        let used: Vec<String> = plan.tolerations.iter().map(tolerance).collect();
        let grace = plan.pod.grace_seconds.map(span);
        let budgets: Vec<String> = plan.budgets_ignored.iter().map(|b| b.path()).collect();
        cells.push(Cell::plain(clean(&used.join(","))));
        cells.push(Cell::plain(grace.unwrap_or_default()));
        cells.push(Cell::plain(clean(&budgets.join(","))));
    }
    cells
}

pub(super) fn fate_name(fate: Fate) -> &'static str {
    match fate {
        Fate::LeavesNow => "leaves now",
        Fate::LeavesLater => "leaves later",
        Fate::Stays => "stays",
    }
}

/// Says when a pod leaves; nothing where it stays.
pub(super) fn when(plan: &PodPlan) -> String {
    match (plan.after_seconds, plan.latest_seconds) {
        (Some(first), Some(last)) => range(first, last),
        _ => String::new(),
    }
}

/// Names a toleration with its time: `dedicated=db for 5m`.
pub(super) fn tolerance(toleration: &crate::domain::taint::toleration::Toleration) -> String {
    match toleration.seconds {
        Some(seconds) => format!("{toleration} for {}", span(seconds)),
        None => toleration.to_string(),
    }
}

/// Returns what is worth knowing about a pod besides its row.
pub(super) fn remarks(plan: &PodPlan) -> Vec<String> {
    let mut remarks = Vec::new();
    if plan.pod.is_terminating() {
        remarks.push("is ending already, whatever the taints are".to_owned());
        return remarks;
    }
    match plan.change {
        Change::LeavesWithin(_) => {
            remarks.push("its timer runs already, and this change does not touch it".to_owned());
        }
        Change::Saved => remarks.push("would have left: its timer is stopped".to_owned()),
        _ => {}
    }
    let again = |seconds: i64| match seconds {
        0 => "goes again at once".to_owned(),
        seconds => format!("goes again after {}", span(seconds)),
    };
    match plan.homecoming {
        Homecoming::No => {}
        Homecoming::Mirror => remarks.push(
            "is the mirror of a static pod: its containers go on, and the kubelet writes it again"
                .to_owned(),
        ),
        Homecoming::AgainAfter(seconds) => remarks.push(format!(
            "its DaemonSet puts it back at once, and it {}, over and over",
            again(seconds)
        )),
        Homecoming::MayAgainAfter(seconds) => remarks.push(format!(
            "its successor may be scheduled here, and {}",
            again(seconds)
        )),
    }
    remarks.extend(gated(plan));
    remarks
}

/// Says that a toleration would count under a feature gate that is taken to be off.
fn gated(plan: &PodPlan) -> Option<String> {
    let taint = plan.taint.as_ref()?;
    let mut tolerations = plan.pod.tolerations.iter();
    let toleration = tolerations.find(|one| {
        one.tolerates_under(taint, Comparisons::On)
            && !one.tolerates(taint)
            && !plan.tolerations.contains(one)
    })?;
    Some(format!(
        "its toleration {toleration} counts only under the feature gate TaintTolerationComparisonOperators"
    ))
}

/// Returns a line for each thing that happens to pods that look for a node.
fn entry_lines(
    what: &str,
    told: impl Iterator<Item = (Entry, String)>,
    detail: Detail,
) -> Vec<String> {
    let mut by_entry: BTreeMap<Entry, Vec<String>> = BTreeMap::new();
    for (entry, name) in told {
        by_entry.entry(entry).or_default().push(name);
    }
    let line = |(entry, list): (Entry, Vec<String>)| {
        let happens = match entry {
            Entry::ShutOut => "kept out",
            Entry::Avoided => "sent elsewhere where there is room",
            Entry::LetIn => "let in",
            Entry::Welcome => "not sent elsewhere any more",
        };
        let list = match detail {
            Detail::Normal => names(&list),
            Detail::Wide => list.join(", "),
        };
        format!("{what} {happens}: {list}")
    };
    by_entry.into_iter().map(line).collect()
}

fn names(list: &[String]) -> String {
    match list.get(..NAMES_MOST) {
        Some(first) if list.len() > NAMES_MOST => {
            format!("{} and {} more", first.join(", "), list.len() - NAMES_MOST)
        }
        _ => list.join(", "),
    }
}

fn budget_lines(budgets: &[BudgetLoss], page: Page) -> Vec<String> {
    let titles = ["BUDGET NOT ASKED", "NEEDS", "HAS", "LEAVE", "LEFT", ""];
    let title = |title: &str| Cell::painted(title, paint(title, Meaning::Heading, page.colors));
    let mut rows = vec![titles.map(title).to_vec()];
    rows.extend(budgets.iter().map(|loss| {
        let (verdict, meaning) = match loss.is_broken() {
            true => ("too few", Meaning::Bad),
            false => ("enough", Meaning::Good),
        };
        vec![
            Cell::plain(clean(&loss.budget.path())),
            Cell::plain(loss.needs.to_string()),
            Cell::plain(loss.has.to_string()),
            Cell::plain(loss.leaving.to_string()),
            Cell::plain(loss.left().to_string()),
            Cell::painted(verdict, paint(verdict, meaning, page.colors)),
        ]
    }));
    fit(&rows, page.room()).concat()
}

#[cfg(test)]
#[path = "taint_table_tests.rs"]
mod tests;
