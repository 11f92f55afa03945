//! What a plan comes to, for the top of a table, a page or a ticket: the verdict, what keeps pods, what to type.

use super::plan_table::{Page, budget_verdict_name, explained, in_waves, verdict_name};
use super::style::paint;
use super::text::{count, wrap};
use crate::domain::drain::fate::{Bearing, Reason};
use crate::domain::drain::plan::{BudgetVerdict, DrainPlan, Span, Verdict};

/// Budgets that are named at the top; the rest is counted.
const KEEPERS: usize = 4;

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

/// Names what keeps pods, with the first command that helps: `kept by shop/api (never), shop/cart (waiting)`.
pub(super) fn keepers(plan: &DrainPlan, page: Page) -> Vec<String> {
    let blocks = |reason: &&Reason| reason.bearing == Bearing::Blocks;
    let mut reasons = plan.pods().flat_map(|pod| &pod.reasons).filter(blocks);
    let Some(first) = reasons.next() else {
        return Vec::new();
    };
    let keeping = plan.budgets.iter().filter(|budget| {
        let verdict = budget.verdict;
        !matches!(verdict, BudgetVerdict::Ok | BudgetVerdict::Waves)
    });
    let keeping: Vec<String> = keeping
        .map(|one| {
            format!(
                "{} ({})",
                one.budget.path(),
                budget_verdict_name(one.verdict)
            )
        })
        .collect();
    let text = match keeping.len() {
        0 => first.message.clone(),
        1..=KEEPERS => format!("kept by {}", keeping.join(", ")),
        all => format!(
            "kept by {} and {} more",
            keeping[..KEEPERS].join(", "),
            all - KEEPERS
        ),
    };
    explained(&text, &first.hint, 2, page)
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
pub(super) fn duration(seconds: i64) -> String {
    match (seconds / 3600, seconds % 3600 / 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) if minutes < 5 && seconds > 0 => format!("{minutes} min {seconds} s"),
        (0, minutes, seconds) => format!("{} min", minutes + i64::from(seconds >= 30)),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

fn refused_words(plan: &DrainPlan) -> String {
    let held = held(plan);
    let rest = match held {
        0 => String::new(),
        _ => format!("; {} cannot leave even then", count(held, "pod")),
    };
    format!("needs {}{rest}", missing_flags(plan).join(" "))
}

/// Returns the flags that the plan's pods need and that were not given, each once.
pub(super) fn missing_flags(plan: &DrainPlan) -> Vec<&str> {
    let mut flags: Vec<&str> = plan
        .pods()
        .flat_map(|pod| &pod.reasons)
        .filter(|reason| reason.bearing == Bearing::Refuses && !reason.hint.is_empty())
        .map(|reason| reason.hint.as_str())
        .collect();
    flags.sort_unstable();
    flags.dedup();
    flags
}

/// Counts the pods that no flag makes leave.
fn held(plan: &DrainPlan) -> usize {
    let blocks = |reason: &Reason| reason.bearing == Bearing::Blocks;
    plan.pods()
        .filter(|pod| pod.reasons.iter().any(blocks))
        .count()
}
