//! A described node for people: what it comes to first, then the sections that readers of `kubectl describe node` know.

use jiff::Timestamp;

use crate::domain::age;
use crate::domain::describe::{
    Allocated, AttachmentState, Event, FATES, NodeDescription, PodView, Share,
};
use crate::domain::diagnose::{Cause, Finding};
use crate::domain::drain::fate::ReasonCode;
use crate::domain::drain::plan::{BudgetVerdict, PodPlan};
use crate::domain::mark::Mark;
use crate::domain::node::NodeHealth;
use crate::domain::pod::{Phase, Readiness};
use crate::domain::quantity::Quantity;

use super::plan_table::{
    Page, budget_verdict_name, explained, fate_name, tally, unread_lines, verdict_name,
};
use super::style::{Meaning, paint};
use super::text::{Cell, align, clean, fit, wrap};

/// Events that are shown; the document has all of them.
pub(super) const EVENTS: usize = 10;

/// Returns the lines of a description.
pub fn describe_table(node: &NodeDescription, page: Page) -> Vec<String> {
    let mut lines = head(node, page);
    let sections = [
        ("Conditions", conditions(node, page)),
        ("Taints", taints(node)),
        ("Allocated resources", allocated(node, page)),
    ];
    for (title, section) in sections {
        lines.extend(titled(title, section, page));
    }
    lines.extend(titled(&pods_title(node), pods(node, page), page));
    lines.extend(titled("Budgets", budgets(node, page), page));
    lines.extend(titled("Volumes attached", attachments(node, page), page));
    lines.extend(titled("Events", events(node, page), page));
    if !node.unread.is_empty() {
        lines.extend(unread_lines(&node.unread, page));
    }
    lines
}

/// Sections are indented.
fn room(page: Page) -> Option<usize> {
    page.room().map(|room| room.saturating_sub(2))
}

fn titled(title: &str, section: Vec<String>, page: Page) -> Vec<String> {
    let painted = paint(title, Meaning::Heading, page.colors);
    if section.is_empty() {
        return vec![format!("{painted}: <none>")];
    }
    let indented = section.into_iter().map(|line| format!("  {line}"));
    std::iter::once(format!("{painted}:"))
        .chain(indented)
        .collect()
}

/// The first lines: name, state, who keeps it so, and what a drain would come to.
fn head(node: &NodeDescription, page: Page) -> Vec<String> {
    let now = node.taken_at;
    let roles = match node.roles.as_slice() {
        [] => "<none>".to_owned(),
        roles => clean(&roles.join(",")),
    };
    let verdict = verdict_name(node.plan.verdict);
    let painted = paint(verdict, node.plan.verdict.into(), page.colors);
    let mut rows = vec![
        ("Name", clean(&node.node.id.name)),
        ("Roles", roles),
        ("State", state(node, page)),
    ];
    if node.node.health == NodeHealth::Unreachable {
        let text = "pods that are asked to leave do not end until it reports";
        rows.push(("", text.to_owned()));
    }
    if let Some(mark) = &node.mark {
        rows.push(("Maintenance", maintenance(mark, now)));
    }
    rows.push(("Drain", format!("{painted}, {}", tally(&node.plan))));
    rows.push(("Kubelet", system(node)));
    if let Some(created) = node.facts.created {
        rows.push(("Age", age::between(created, now)));
    }
    fields(rows, page)
}

/// Puts titles and texts beside each other; a text that is too long goes on below itself.
fn fields(rows: Vec<(&str, String)>, page: Page) -> Vec<String> {
    let longest = rows.iter().map(|(title, _)| title.len()).max().unwrap_or(0);
    let indent = longest + ": ".len() + 1;
    let room = page.width.map(|width| width.saturating_sub(indent).max(20));
    let mut cells = Vec::new();
    for (title, text) in rows {
        let mut title = match title {
            "" => String::new(),
            title => format!("{title}:"),
        };
        for line in wrap(&text, room) {
            let painted = paint(&title, Meaning::Heading, page.colors);
            cells.push(vec![Cell::painted(&title, painted), Cell::plain(line)]);
            title.clear();
        }
    }
    align(&cells)
}

/// Says what `kubectl get nodes` says.
pub(super) fn state(node: &NodeDescription, page: Page) -> String {
    let (word, meaning) = match node.node.health {
        NodeHealth::Ready => ("Ready", Meaning::Good),
        NodeHealth::NotReady => ("NotReady", Meaning::Bad),
        NodeHealth::Unreachable => ("NotReady (its kubelet does not report)", Meaning::Bad),
    };
    let word = paint(word, meaning, page.colors);
    match node.node.is_cordoned() {
        true => format!(
            "{word},{}",
            paint("SchedulingDisabled", Meaning::Caution, page.colors)
        ),
        false => word,
    }
}

pub(super) fn maintenance(mark: &Mark, now: Timestamp) -> String {
    let since = mark.at.map_or_else(String::new, |at| {
        format!(" since {}", age::between(at, now))
    });
    let reason = mark
        .reason
        .as_deref()
        .map_or_else(String::new, |why| format!(": {why}"));
    let ticket = mark
        .ticket
        .as_deref()
        .map_or_else(String::new, |id| format!(" ({id})"));
    clean(&format!("by {}{since}{reason}{ticket}", mark.by))
}

pub(super) fn system(node: &NodeDescription) -> String {
    let kubelet = match node.facts.kubelet.as_str() {
        "" => "<unknown>",
        version => version,
    };
    let parts = std::iter::once(kubelet).chain(node.facts.system.iter().map(String::as_str));
    clean(&parts.collect::<Vec<&str>>().join(", "))
}

fn header(titles: &[&str], page: Page) -> Vec<Cell> {
    let cell = |title: &&str| Cell::painted(title, paint(title, Meaning::Heading, page.colors));
    titles.iter().map(cell).collect()
}

pub(super) fn age_of(time: Option<Timestamp>, now: Timestamp) -> String {
    time.map_or_else(|| "<unknown>".to_owned(), |time| age::between(time, now))
}

fn conditions(node: &NodeDescription, page: Page) -> Vec<String> {
    if node.facts.conditions.is_empty() {
        return Vec::new();
    }
    let mut rows = vec![header(
        &["TYPE", "STATUS", "AGE", "HEARTBEAT", "REASON"],
        page,
    )];
    let mut messages = vec![String::new()];
    for condition in &node.facts.conditions {
        // Ready is good when it is true, every other one when it is false.
        let good = if condition.kind == "Ready" {
            "True"
        } else {
            "False"
        };
        let is_good = condition.status == good;
        let meaning = if is_good { Meaning::Good } else { Meaning::Bad };
        rows.push(vec![
            Cell::plain(clean(&condition.kind)),
            Cell::painted(
                &condition.status,
                paint(&clean(&condition.status), meaning, page.colors),
            ),
            Cell::plain(age_of(condition.since, node.taken_at)),
            Cell::plain(age_of(condition.heartbeat, node.taken_at)),
            Cell::plain(clean(&condition.reason)),
        ]);
        // What is as it should be needs no words.
        messages.push(if is_good {
            String::new()
        } else {
            clean(&condition.message)
        });
    }
    let lines = fit(&rows, room(page)).into_iter().zip(messages);
    let with_message = lines.flat_map(|(row, message)| {
        let message = (!message.is_empty()).then_some(message);
        let room = page.width.map(|width| width.saturating_sub(6).max(20));
        let message = message.into_iter().flat_map(move |text| wrap(&text, room));
        row.into_iter()
            .chain(message.map(|line| format!("  {line}")))
    });
    with_message.collect()
}

/// Lists taints in kubectl's order, each with its age where the server says it.
pub(super) fn taints(node: &NodeDescription) -> Vec<String> {
    let mut taints: Vec<_> = node.node.taints.iter().collect();
    taints.sort_by(|a, b| (a.effect.as_str(), &a.key).cmp(&(b.effect.as_str(), &b.key)));
    let lines = taints.into_iter().map(|taint| {
        let added = taint.time_added;
        let added = added.map_or_else(String::new, |at| {
            format!(" ({})", age::between(at, node.taken_at))
        });
        clean(&format!("{taint}{added}"))
    });
    lines.collect()
}

fn allocated(node: &NodeDescription, page: Page) -> Vec<String> {
    let titles = [
        "RESOURCE",
        "CAPACITY",
        "ALLOCATABLE",
        "REQUESTS",
        "LIMITS",
        "AFTER DRAIN",
    ];
    let mut rows = vec![header(&titles, page)];
    let row = |row: &Allocated| {
        vec![
            Cell::plain(clean(&row.resource)),
            Cell::plain(known(row.capacity)),
            Cell::plain(known(row.allocatable)),
            Cell::plain(share(row.requests)),
            Cell::plain(share(row.limits)),
            Cell::plain(share(row.after_drain)),
        ]
    };
    rows.extend(node.allocated.iter().map(row));
    fit(&rows, room(page)).concat()
}

pub(super) fn known(amount: Option<Quantity>) -> String {
    amount.map_or_else(|| "-".to_owned(), |amount| amount.to_string())
}

pub(super) fn share(share: Share) -> String {
    match share.percent {
        Some(percent) => format!("{} ({percent}%)", share.amount),
        None => share.amount.to_string(),
    }
}

pub(super) fn pods_title(node: &NodeDescription) -> String {
    let running = node.plan.pods.iter();
    let running = running.filter(|pod| !pod.pod.phase.is_finished()).count();
    format!(
        "Pods ({} in total, {running} non-terminated; fate in '{FATES}')",
        node.plan.pods.len()
    )
}

fn pods(node: &NodeDescription, page: Page) -> Vec<String> {
    if node.plan.pods.is_empty() {
        return Vec::new();
    }
    let titles = ["POD", "FATE", "WAVE", "PHASE", "CPU", "MEMORY", "AGE"];
    let mut rows = vec![header(&titles, page)];
    rows.extend(
        node.rows()
            .map(|(plan, view)| pod_row(plan, view, node.taken_at, page)),
    );
    let mut fitted = fit(&rows, room(page)).into_iter();
    let mut lines = fitted.next().unwrap_or_default();
    for ((plan, view), row) in node.rows().zip(fitted) {
        lines.extend(row);
        let narrower = page.indented(2);
        for reason in &plan.reasons {
            lines.extend(explained(&reason.message, &reason.hint, 2, narrower));
        }
        for finding in view
            .findings
            .iter()
            .filter(|finding| !is_told(finding, plan))
        {
            lines.extend(explained(&finding.message, &finding.next, 2, narrower));
        }
    }
    lines
}

/// Tells whether the node's state, or the pod's fate, says it already.
pub(super) fn is_told(finding: &Finding, plan: &PodPlan) -> bool {
    let has = |code: ReasonCode| plan.reasons.iter().any(|reason| reason.code == code);
    match finding.cause {
        Cause::KubeletGone => true,
        Cause::Finished => plan.pod.phase == Phase::Succeeded && has(ReasonCode::Finished),
        Cause::HeldByOwnBudget => has(ReasonCode::UnhealthyProtected),
        _ => false,
    }
}

/// What a pod asks for of a resource.
pub(super) fn asked(view: &PodView, resource: &str) -> String {
    let amount = view.load.requests.get(resource).copied();
    amount.unwrap_or(Quantity::ZERO).to_string()
}

fn pod_row(plan: &PodPlan, view: &PodView, now: Timestamp, page: Page) -> Vec<Cell> {
    let fate = fate_name(plan.fate);
    let phase = phase(plan);
    vec![
        Cell::plain(clean(&plan.pod.id.path())),
        Cell::painted(fate, paint(fate, plan.fate.into(), page.colors)),
        Cell::plain(plan.wave.map_or_else(String::new, |wave| wave.to_string())),
        Cell::painted(phase.0, paint(phase.0, phase.1, page.colors)),
        Cell::plain(asked(view, "cpu")),
        Cell::plain(asked(view, "memory")),
        Cell::plain(age_of(plan.pod.created, now)),
    ]
}

/// The phase, or what says more than it.
pub(super) fn phase(plan: &PodPlan) -> (&'static str, Meaning) {
    if plan.pod.is_terminating() {
        return ("Terminating", Meaning::Caution);
    }
    match (plan.pod.phase, plan.pod.readiness) {
        (Phase::Pending, _) => ("Pending", Meaning::Caution),
        (Phase::Running, Readiness::Ready) => ("Running", Meaning::Good),
        (Phase::Running, Readiness::NotReady) => ("Unready", Meaning::Bad),
        (Phase::Succeeded, _) => ("Succeeded", Meaning::Faint),
        (Phase::Failed, _) => ("Failed", Meaning::Bad),
        (Phase::Unknown, _) => ("Unknown", Meaning::Bad),
    }
}

fn budgets(node: &NodeDescription, page: Page) -> Vec<String> {
    if node.budgets.is_empty() {
        return Vec::new();
    }
    let mut rows = vec![header(&["BUDGET", "ALLOWED", "NEEDED", "VERDICT"], page)];
    rows.extend(node.budgets.iter().map(|budget| {
        let verdict = budget_verdict_name(budget.verdict);
        vec![
            Cell::plain(clean(&budget.budget.path())),
            Cell::plain(budget.allowed.to_string()),
            Cell::plain(budget.needed.to_string()),
            Cell::painted(verdict, paint(verdict, budget.verdict.into(), page.colors)),
        ]
    }));
    let told = |message: &str| {
        let mut reasons = node.plan.pods.iter().flat_map(|pod| &pod.reasons);
        reasons.any(|reason| reason.message == message)
    };
    let mut fitted = fit(&rows, room(page)).into_iter();
    let mut lines = fitted.next().unwrap_or_default();
    for (budget, row) in node.budgets.iter().zip(fitted) {
        lines.extend(row);
        if budget.verdict != BudgetVerdict::Ok && !told(&budget.message) {
            let narrower = page.indented(2);
            lines.extend(explained(&budget.message, &budget.hint, 2, narrower));
        }
    }
    lines
}

fn attachments(node: &NodeDescription, page: Page) -> Vec<String> {
    let attachments = match &node.attachments {
        Ok(attachments) => attachments,
        Err(reason) => return not_known(reason, page),
    };
    if attachments.is_empty() {
        return Vec::new();
    }
    let mut rows = vec![header(&["VOLUME", "ATTACHER", "STATE", "CLAIM"], page)];
    rows.extend(attachments.iter().map(|one| {
        let claim = one.claim.as_ref();
        let claim = claim.map_or_else(String::new, |(namespace, name)| {
            format!("{namespace}/{name}")
        });
        vec![
            Cell::plain(clean(&one.volume)),
            Cell::plain(clean(&one.attacher)),
            Cell::plain(match one.state {
                AttachmentState::Attached => "attached",
                AttachmentState::Pending => "pending",
            }),
            Cell::plain(clean(&claim)),
        ]
    }));
    fit(&rows, room(page)).concat()
}

fn events(node: &NodeDescription, page: Page) -> Vec<String> {
    let events = match &node.events {
        Ok(events) => events,
        Err(reason) => return not_known(reason, page),
    };
    if events.is_empty() {
        return Vec::new();
    }
    let mut rows = vec![header(&["TYPE", "REASON", "AGE", "FROM", "MESSAGE"], page)];
    let older = events.len().saturating_sub(EVENTS);
    rows.extend(events.iter().skip(older).map(|event| {
        let meaning = match event.kind.as_str() {
            "Warning" => Meaning::Caution,
            _ => Meaning::Faint,
        };
        let kind = clean(&event.kind);
        vec![
            Cell::painted(&kind, paint(&kind, meaning, page.colors)),
            Cell::plain(clean(&event.reason)),
            Cell::plain(last_seen(event, node.taken_at)),
            Cell::plain(clean(&event.from)),
            Cell::plain(clean(event.message.trim())),
        ]
    }));
    let mut lines = fit(&rows, room(page)).concat();
    if older > 0 {
        lines.push(format!("{older} older ones are left out"));
    }
    lines
}

/// When an event was last seen, and how often: `3m (x12)`.
pub(super) fn last_seen(event: &Event, now: Timestamp) -> String {
    let times = match event.count {
        1 => String::new(),
        n => format!(" (x{n})"),
    };
    format!("{}{times}", age_of(event.last, now))
}

fn not_known(reason: &str, page: Page) -> Vec<String> {
    explained(&format!("not known: {reason}"), "", 0, page)
}

#[cfg(test)]
#[path = "describe_table_tests.rs"]
mod tests;
