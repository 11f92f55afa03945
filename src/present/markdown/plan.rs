//! The plan of a drain: the verdict, then each node's pods, the budgets, and what to mind.

use crate::domain::assume::Outcome;
use crate::domain::drain::fate::{Reason, Return};
use crate::domain::drain::plan::{DrainPlan, Guard, NodePlan, PodPlan};

use super::{PAGE, budget_table, plain, section, table, unread_list, why};
use crate::present::assumed;
use crate::present::landing;
use crate::present::plan_course::{self, Part};
use crate::present::plan_summary::conclusion;
use crate::present::plan_table::{fate_name, rank, tally, verdict_name};

/// Returns the document, its last line ended.
pub fn plan_markdown(plan: &DrainPlan) -> String {
    let names: Vec<String> = plan.nodes.iter().map(|n| plain(&n.node.name)).collect();
    let mut lines = vec![
        format!("# Drain of {}", names.join(", ")),
        String::new(),
        format!("**{}**", plain(&conclusion(plan, PAGE).join(" "))),
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
    let findings = plan.findings.iter();
    let findings = findings.map(|finding| why(&finding.message, &finding.next));
    let reasons = reasons.chain(findings);
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

fn guard_list(guards: &[Guard]) -> Vec<String> {
    let line = |guard: &Guard| {
        let node = guard.node.as_ref().map(|node| format!("{}: ", plain(node)));
        let text = why(&guard.message, &guard.hint);
        format!("- {}{text}", node.unwrap_or_default())
    };
    guards.iter().map(line).collect()
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
