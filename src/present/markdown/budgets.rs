//! All budgets, the gravest first.

use std::cmp::Reverse;

use crate::domain::drain::budgets::{BudgetReport, BudgetState};

use super::{PAGE, plain, section, table, unread_list, why};
use crate::present::budgets_table::{Choice, held, state_name, summary};

/// Returns the document, its last line ended.
pub fn budgets_markdown(report: &BudgetReport, choice: Choice) -> String {
    let mut lines = vec![
        "# Budgets".to_owned(),
        String::new(),
        format!("**{}**", plain(&summary(report, PAGE))),
        String::new(),
        format!("As of {}.", report.taken_at),
    ];
    let shown = report.budgets.iter().filter(|state| choice.shows(state));
    let mut shown: Vec<&BudgetState> = shown.collect();
    shown.sort_by_key(|state| Reverse(state.state));
    lines.extend(section("Each of them", &shown, budgets));
    lines.extend(section("Could not be read", &report.unread, unread_list));
    lines.join("\n") + "\n"
}

fn budgets(states: &[&BudgetState]) -> Vec<String> {
    let titles = [
        "Budget", "Verdict", "Allowed", "Healthy", "Needs", "Pods", "Why",
    ];
    table(&titles, states.iter().map(|state| row(state)))
}

fn row(state: &BudgetState) -> Vec<String> {
    let status = &state.budget.status;
    let selected = state.selected.as_ref();
    let mut reasons = vec![why(&state.message, &state.hint)];
    for sick in &state.sick {
        if let Some(finding) = sick.findings.first() {
            let text = format!("{}: {}", sick.pod.path(), finding.message);
            reasons.push(why(&text, &finding.next));
        }
    }
    reasons.extend(held(&state.nodes, PAGE).map(|text| plain(&text)));
    vec![
        plain(&state.budget.id.path()),
        state_name(state.state).to_owned(),
        status.disruptions_allowed.max(0).to_string(),
        status.current_healthy.to_string(),
        status.desired_healthy.to_string(),
        selected.map_or_else(|| "?".to_owned(), |selected| selected.pods.to_string()),
        reasons.join("; "),
    ]
}
