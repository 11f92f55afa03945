//! A described node: the lines and sections of the table that people know from `kubectl describe node`.

use crate::domain::age;
use crate::domain::describe::{
    Allocated, Attachment, AttachmentState, Event, NodeCondition, NodeDescription, PodView,
};
use crate::domain::drain::plan::PodPlan;

use super::{PAGE, budget_table, code, plain, section, table, titled, unread_list, why};
use crate::present::describe_table as words;
use crate::present::plan_table::{fate_name, tally, verdict_name};

/// Returns the document, its last line ended; several nodes follow each other.
pub fn describe_markdown(nodes: &[NodeDescription]) -> String {
    let nodes: Vec<String> = nodes.iter().map(|node| one(node).join("\n")).collect();
    nodes.join("\n\n") + "\n"
}

fn one(node: &NodeDescription) -> Vec<String> {
    let plan = &node.plan;
    let mut lines = vec![
        format!("# Node {}", plain(&node.node.id.name)),
        String::new(),
        format!(
            "**{}: {}**",
            verdict_name(plan.verdict),
            plain(&tally(plan))
        ),
        String::new(),
    ];
    lines.extend(head(node));
    let now = node.taken_at;
    let condition = |condition: &NodeCondition| {
        vec![
            plain(&condition.kind),
            plain(&condition.status),
            words::age_of(condition.since, now),
            plain(&condition.reason),
            plain(&condition.message),
        ]
    };
    let titles = ["Type", "Status", "Age", "Reason", "Message"];
    lines.extend(section("Conditions", &node.facts.conditions, |all| {
        table(&titles, all.iter().map(condition))
    }));
    let taints: Vec<String> = words::taints(node).iter().map(|t| code(t)).collect();
    lines.extend(titled(
        "Taints",
        taints.iter().map(|taint| format!("- {taint}")).collect(),
    ));
    lines.extend(section("Allocated resources", &node.allocated, resources));
    let rows: Vec<(&PodPlan, &PodView)> = node.rows().collect();
    lines.extend(section(&plain(&words::pods_title(node)), &rows, |rows| {
        pods(rows, node)
    }));
    lines.extend(section("Budgets", &node.budgets, budget_table));
    lines.extend(titled(
        "Volumes attached",
        known(&node.attachments, attachments),
    ));
    lines.extend(titled(
        "Events",
        known(&node.events, |all| events(all, node)),
    ));
    lines.extend(section("Could not be read", &node.unread, unread_list));
    lines
}

fn head(node: &NodeDescription) -> Vec<String> {
    let now = node.taken_at;
    let roles = match node.roles.is_empty() {
        true => "none".to_owned(),
        false => node.roles.join(", "),
    };
    let mut facts = vec![
        ("State", words::state(node, PAGE)),
        ("Roles", roles),
        ("Kubelet", words::system(node)),
        ("As of", now.to_string()),
    ];
    if let Some(mark) = &node.mark {
        facts.insert(1, ("Maintenance", words::maintenance(mark, now)));
    }
    if let Some(created) = node.facts.created {
        facts.push(("Age", age::between(created, now)));
    }
    let line = |(name, text): (&str, String)| format!("- {name}: {}", plain(&text));
    facts.into_iter().map(line).collect()
}

fn resources(rows: &[Allocated]) -> Vec<String> {
    let titles = [
        "Resource",
        "Capacity",
        "Allocatable",
        "Requests",
        "Limits",
        "After drain",
    ];
    let row = |row: &Allocated| {
        vec![
            plain(&row.resource),
            words::known(row.capacity),
            words::known(row.allocatable),
            words::share(row.requests),
            words::share(row.limits),
            words::share(row.after_drain),
        ]
    };
    table(&titles, rows.iter().map(row))
}

fn pods(rows: &[(&PodPlan, &PodView)], node: &NodeDescription) -> Vec<String> {
    let titles = [
        "Pod", "Fate", "Wave", "Phase", "CPU", "Memory", "Age", "Why",
    ];
    let row = |(plan, view): &(&PodPlan, &PodView)| {
        let told = plan.reasons.iter().map(|one| why(&one.message, &one.hint));
        let findings = view.findings.iter();
        let findings = findings.filter(|finding| !words::is_told(finding, plan));
        let all = told.chain(findings.map(|one| why(&one.message, &one.next)));
        let asked = |name: &str| words::asked(view, name);
        vec![
            plain(&plan.pod.id.path()),
            fate_name(plan.fate).to_owned(),
            plan.wave.map_or_else(String::new, |wave| wave.to_string()),
            words::phase(plan).0.to_owned(),
            asked("cpu"),
            asked("memory"),
            words::age_of(plan.pod.created, node.taken_at),
            all.collect::<Vec<String>>().join("; "),
        ]
    };
    table(&titles, rows.iter().map(row))
}

/// What was read, or why it was not; nothing where there is nothing.
fn known<T>(read: &Result<Vec<T>, String>, body: impl Fn(&[T]) -> Vec<String>) -> Vec<String> {
    match read {
        Err(reason) => vec![format!("Not known: {}", plain(reason))],
        Ok(all) if all.is_empty() => Vec::new(),
        Ok(all) => body(all),
    }
}

fn attachments(all: &[Attachment]) -> Vec<String> {
    let row = |one: &Attachment| {
        let claim = one.claim.as_ref();
        let claim = claim.map(|(namespace, name)| format!("{namespace}/{name}"));
        vec![
            plain(&one.volume),
            plain(&one.attacher),
            match one.state {
                AttachmentState::Attached => "attached".to_owned(),
                AttachmentState::Pending => "pending".to_owned(),
            },
            plain(&claim.unwrap_or_default()),
        ]
    };
    let titles = ["Volume", "Attacher", "State", "Claim"];
    table(&titles, all.iter().map(row))
}

fn events(all: &[Event], node: &NodeDescription) -> Vec<String> {
    let row = |event: &Event| {
        vec![
            plain(&event.kind),
            plain(&event.reason),
            words::last_seen(event, node.taken_at),
            plain(&event.from),
            plain(event.message.trim()),
        ]
    };
    let titles = ["Type", "Reason", "Age", "From", "Message"];
    let newest = all.len().saturating_sub(words::EVENTS);
    table(&titles, all[newest..].iter().map(row))
}
