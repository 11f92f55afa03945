//! A plan as Markdown, to paste into a ticket: the verdict first, then each node's pods, the budgets, and what to mind.
//!
//! Names and messages come from the cluster, so nothing in them may act as markup.

use crate::domain::assume::Outcome;
use crate::domain::drain::fate::{Reason, Return};
use crate::domain::drain::plan::{BudgetPlan, DrainPlan, Guard, NodePlan, PodPlan};
use crate::domain::snapshot::Unread;

use super::assumed;
use super::landing;
use super::plan_course::{self, Part};
use super::plan_table::{
    Detail, Page, budget_verdict_name, conclusion, fate_name, rank, tally, verdict_name,
};
use super::style::Colors;
use super::text::clean;

/// Returns the document, its last line ended.
pub fn plan_markdown(plan: &DrainPlan) -> String {
    let names: Vec<String> = plan.nodes.iter().map(|n| plain(&n.node.name)).collect();
    let mut lines = vec![
        format!("# Drain of {}", names.join(", ")),
        String::new(),
        format!("**{}**", plain(&summary(plan))),
        String::new(),
        format!("As of {}.", plan.taken_at),
    ];
    if let Some(assumed) = &plan.assumed {
        let sentences = assumed::sentences(assumed, &Outcome::of(plan));
        lines.push(String::new());
        lines.extend(sentences.iter().map(|line| format!("- {}", plain(line))));
    }
    for node in &plan.nodes {
        lines.extend(node_section(node));
    }
    lines.extend(plan_course::parts(plan).iter().flat_map(course_section));
    lines.extend(section("Budgets", &plan.budgets, budget_table));
    lines.extend(section("Mind", &plan.guards, guard_list));
    lines.extend(section("Could not be read", &plan.unread, unread_list));
    lines.join("\n") + "\n"
}

/// Says in one line what the plan comes to.
fn summary(plan: &DrainPlan) -> String {
    let page = Page {
        colors: Colors::Off,
        width: None,
        detail: Detail::Normal,
    };
    conclusion(plan, page).join(" ")
}

/// A section with a title; nothing where there is nothing to say.
fn section<T>(title: &str, items: &[T], body: impl Fn(&[T]) -> Vec<String>) -> Vec<String> {
    if items.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![String::new(), format!("## {title}"), String::new()];
    lines.extend(body(items));
    lines
}

fn node_section(node: &NodePlan) -> Vec<String> {
    let title = format!("{}: {}", plain(&node.node.name), verdict_name(node.verdict));
    let mut pods: Vec<&PodPlan> = node.pods.iter().collect();
    pods.sort_by_key(|pod| rank(pod));
    let mut lines = vec![
        String::new(),
        format!("## {title}"),
        String::new(),
        format!("{}.", plain(&tally(node))),
    ];
    if !pods.is_empty() {
        lines.push(String::new());
        let titles = ["Pod", "Fate", "Wave", "Returns", "Lands on", "Owner", "Why"];
        lines.extend(table(&titles, pods.into_iter().map(pod_row)));
    }
    lines
}

fn pod_row(plan: &PodPlan) -> Vec<String> {
    let returns = match plan.returns {
        Return::Comes => "yes",
        Return::Lost => "no",
        Return::Unknown => "unknown",
    };
    let owner = plan.owner.as_ref();
    let reasons = plan
        .reasons
        .iter()
        .map(|reason: &Reason| why(&reason.message, &reason.hint));
    let obstacle = plan.landing.as_ref().and_then(landing::obstacle);
    let reasons = reasons.chain(obstacle.map(|text| plain(&text)));
    vec![
        plain(&plan.pod.id.path()),
        fate_name(plan.fate).to_owned(),
        plan.wave.map_or_else(String::new, |wave| wave.to_string()),
        returns.to_owned(),
        plain(
            &plan
                .landing
                .as_ref()
                .map(landing::place)
                .unwrap_or_default(),
        ),
        plain(&owner.map_or_else(String::new, |owner| {
            format!("{}/{}", owner.kind, owner.name)
        })),
        reasons.collect::<Vec<String>>().join("; "),
    ]
}

fn course_section(part: &Part) -> Vec<String> {
    let mut title = part.title.to_owned();
    title[..1].make_ascii_uppercase();
    let mut lines = vec![
        String::new(),
        format!("## {title}"),
        String::new(),
        format!("{}.", plain(&part.summary)),
        String::new(),
    ];
    lines.extend(part.lines.iter().map(|line| format!("- {}", plain(line))));
    lines
}

fn budget_table(budgets: &[BudgetPlan]) -> Vec<String> {
    let row = |plan: &BudgetPlan| {
        vec![
            plain(&plan.budget.path()),
            plan.allowed.to_string(),
            plan.needed.to_string(),
            budget_verdict_name(plan.verdict).to_owned(),
            why(&plan.message, &plan.hint),
        ]
    };
    let titles = ["Budget", "Allowed", "Needed", "Verdict", "Why"];
    table(&titles, budgets.iter().map(row))
}

fn guard_list(guards: &[Guard]) -> Vec<String> {
    let line = |guard: &Guard| {
        let node = guard.node.as_ref().map(|node| format!("{}: ", plain(node)));
        let text = why(&guard.message, &guard.hint);
        format!("- {}{text}", node.unwrap_or_default())
    };
    guards.iter().map(line).collect()
}

fn unread_list(unread: &[Unread]) -> Vec<String> {
    let line = |one: &Unread| format!("- {}: {}", plain(&one.what), plain(&one.reason));
    unread.iter().map(line).collect()
}

/// A message with its next command, which stays as it is to be copied.
fn why(message: &str, hint: &str) -> String {
    match hint {
        "" => plain(message),
        hint => format!("{} → {}", plain(message), code(hint)),
    }
}

fn table(titles: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Vec<String> {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let titles: Vec<String> = titles.iter().map(|title| (*title).to_owned()).collect();
    let rule = format!("|{}", " --- |".repeat(titles.len()));
    let mut lines = vec![line(&titles), rule];
    lines.extend(rows.map(|cells| line(&cells)));
    lines
}

/// A text in which nothing acts as markup.
fn plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => {
                escaped.push('\\');
                escaped.push(c);
            }
            _ => escaped.push(c),
        }
    }
    escaped
}

/// A text as code: in a table a bar ends the cell even there, unless it is escaped.
fn code(text: &str) -> String {
    let text = clean(text).replace('|', "\\|");
    match text.contains('`') {
        true => format!("`` {text} ``"),
        false => format!("`{text}`"),
    }
}

#[cfg(test)]
#[path = "plan_markdown_tests.rs"]
mod tests;
