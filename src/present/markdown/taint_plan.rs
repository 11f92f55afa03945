//! A change of taints: what leaves when, past which budgets, who is kept out, and the way back.

use crate::domain::drain::fate::Return;
use crate::domain::taint::plan::{BudgetLoss, NodePlan, PodPlan, TaintPlan};
use crate::domain::taint::set::{Diff, DiffLine};

use super::{code, plain, section, table, titled, unread_list, why};
use crate::present::taint_plan::warnings;
use crate::present::taint_table as words;

/// Returns the document, its last line ended.
pub fn taint_plan_markdown(plan: &TaintPlan) -> String {
    let names: Vec<String> = plan.nodes.iter().map(|n| plain(&n.node.name)).collect();
    let mut lines = vec![
        format!("# Taints of {}", names.join(", ")),
        String::new(),
        format!(
            "**{}: {}**",
            words::verdict_name(plan.verdict),
            plain(&words::outcome(plan))
        ),
        String::new(),
        format!("As of {}.", plan.taken_at),
        String::new(),
    ];
    let dangers = plan.nodes.iter().flat_map(warnings);
    lines.extend(dangers.map(|danger| format!("- **danger: {}**", plain(&danger))));
    lines.extend(
        plan.batches
            .iter()
            .map(|one| format!("- {}", plain(&words::pace(one)))),
    );
    let undo = plan.undo.iter().map(|undo| undo.command());
    lines.extend(undo.map(|command| format!("- {}", why("to undo", &command))));
    for node in &plan.nodes {
        lines.extend(titled(&plain(&node.node.name), node_lines(node)));
    }
    lines.extend(section(
        "Budgets that are not asked",
        &plan.budgets,
        budgets,
    ));
    lines.extend(section("Could not be read", &plan.unread, unread_list));
    lines.join("\n") + "\n"
}

fn node_lines(node: &NodePlan) -> Vec<String> {
    let mut lines = vec![format!("{}.", plain(&words::tally(node))), String::new()];
    let diff = Diff::between(&node.before, &node.after);
    for line in &diff.lines {
        let (words, taint) = match line {
            DiffLine::Same(taint) => ("stays", taint.to_string()),
            DiffLine::Gone(taint) => ("goes", taint.to_string()),
            DiffLine::New(taint) => ("is new", taint.to_string()),
            DiffLine::Changed { from, to } => ("was", format!("{from} and becomes {to}")),
        };
        lines.push(match line {
            DiffLine::Changed { .. } => format!("- {words} {}", code(&taint)),
            _ => format!("- {} {words}", code(&taint)),
        });
    }
    lines.extend(
        words::entries(node)
            .iter()
            .map(|text| format!("- {}", plain(text))),
    );
    if !node.pods.is_empty() {
        let mut pods: Vec<&PodPlan> = node.pods.iter().collect();
        pods.sort_by_key(|pod| (pod.fate, pod.after_seconds));
        let titles = [
            "Pod",
            "Fate",
            "When",
            "Returns",
            "Owner",
            "Taint",
            "Tolerates",
            "Why",
        ];
        lines.push(String::new());
        lines.extend(table(&titles, pods.into_iter().map(row)));
    }
    lines
}

fn row(plan: &PodPlan) -> Vec<String> {
    let owner = plan.owner.as_ref();
    let used: Vec<String> = plan.tolerations.iter().map(words::tolerance).collect();
    let mut remarks = words::remarks(plan);
    let budgets: Vec<String> = plan.budgets_ignored.iter().map(|b| b.path()).collect();
    if plan.leaves() && !budgets.is_empty() {
        remarks.push(format!("budgets not asked: {}", budgets.join(", ")));
    }
    vec![
        plain(&plan.pod.id.path()),
        words::fate_name(plan.fate).to_owned(),
        words::when(plan),
        match (plan.leaves(), plan.returns) {
            (false, _) => "",
            (_, Return::Comes) => "yes",
            (_, Return::Lost) => "no",
            (_, Return::Unknown) => "unknown",
        }
        .to_owned(),
        plain(&owner.map_or_else(String::new, |o| format!("{}/{}", o.kind, o.name))),
        plain(
            &plan
                .taint
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        ),
        plain(&used.join(", ")),
        plain(&remarks.join("; ")),
    ]
}

fn budgets(budgets: &[BudgetLoss]) -> Vec<String> {
    let row = |loss: &BudgetLoss| {
        vec![
            plain(&loss.budget.path()),
            loss.needs.to_string(),
            loss.has.to_string(),
            loss.leaving.to_string(),
            loss.left().to_string(),
            match loss.is_broken() {
                true => "too few".to_owned(),
                false => "enough".to_owned(),
            },
        ]
    };
    let titles = ["Budget", "Needs", "Has", "Leave", "Left", "Verdict"];
    table(&titles, budgets.iter().map(row))
}
