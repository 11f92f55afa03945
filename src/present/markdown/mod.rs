//! Reports as Markdown, to paste into a ticket: what it comes to first, tables, and commands as code.
//!
//! Names and messages come from the cluster, so nothing in them may act as markup.

mod budgets;
mod describe;
mod fleet;
mod plan;
mod survey;
mod taint_plan;
#[cfg(test)]
mod tests;

pub use budgets::budgets_markdown;
pub use describe::describe_markdown;
pub use fleet::fleet_markdown;
pub use plan::plan_markdown;
pub use survey::survey_markdown;
pub use taint_plan::taint_plan_markdown;

use crate::domain::drain::plan::BudgetPlan;
use crate::domain::snapshot::Unread;

use super::plan_table::{Detail, Page, budget_verdict_name};
use super::style::Colors;
use super::text::clean;
use super::unread::{Group, grouped};

/// For sentences that tables have too.
const PAGE: Page = Page {
    colors: Colors::Off,
    width: None,
    detail: Detail::Wide,
};

/// The budgets of a plan.
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

/// A section with a title; nothing where there is nothing to say.
fn section<T>(title: &str, items: &[T], body: impl Fn(&[T]) -> Vec<String>) -> Vec<String> {
    match items.is_empty() {
        true => Vec::new(),
        false => titled(title, body(items)),
    }
}

/// A section of lines; nothing where there are none.
fn titled(title: &str, body: Vec<String>) -> Vec<String> {
    if body.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![String::new(), format!("## {title}"), String::new()];
    lines.extend(body);
    lines
}

fn unread_list(unread: &[Unread]) -> Vec<String> {
    let line = |one: Group| format!("- {}: {}", plain(&one.what), plain(&one.reason));
    grouped(unread).into_iter().map(line).collect()
}

/// A message with its next command, which stays as it is to be copied.
fn why(message: &str, hint: &str) -> String {
    match hint {
        "" => plain(message),
        hint => format!("{} → {}", plain(message), code(hint)),
    }
}

fn table(titles: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Vec<String> {
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| in_cell(cell)).collect();
        format!("| {} |", cells.join(" | "))
    };
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

/// A cell: a bar ends it even within code, unless it is escaped.
fn in_cell(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '|' && !cell.ends_with('\\') {
            cell.push('\\');
        }
        cell.push(c);
    }
    cell
}

/// A text as code, between more backticks than it has itself.
fn code(text: &str) -> String {
    let text = clean(text);
    let runs = text.split(|c| c != '`').map(str::len);
    match runs.max().unwrap_or(0) {
        0 => format!("`{text}`"),
        longest => {
            let fence = "`".repeat(longest + 1);
            format!("{fence} {text} {fence}")
        }
    }
}
