//! The words around a drain: the question before it, and what a person needs to know after it.

use crate::cli::args::DryRun;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::Ui;
use crate::domain::drain::fate::Fate;
use crate::domain::drain::plan::DrainPlan;
use crate::domain::node::Node;
use crate::engine::drain::{NodeReport, RunReport};
use crate::engine::event::NodeEnd;
use crate::present::lines;

/// Said wherever a drain ends before its first write.
pub(super) const NOTHING_CHANGED: &str =
    "nothing was changed: no node was cordoned and no pod was touched";

/// Returns the exit code of a run.
pub(super) fn exit(report: &RunReport) -> Exit {
    Exit::merge(report.nodes.iter().map(|node| match node.end {
        NodeEnd::Drained => Exit::Done,
        NodeEnd::Refused => Exit::Blocked,
        NodeEnd::NotCordoned | NodeEnd::Failed => Exit::Error,
        NodeEnd::NotPermitted => Exit::NotPermitted,
        NodeEnd::DeadlineReached => Exit::Deadline,
        NodeEnd::Interrupted | NodeEnd::NotStarted => Exit::Interrupted,
    }))
}

/// Returns the report of a run that ended before its first write.
pub(super) fn untouched(nodes: &[Node], end: NodeEnd) -> RunReport {
    let report = |node: &Node| NodeReport {
        node: node.id.clone(),
        end,
        evicted: 0,
        remaining: Vec::new(),
        errors: Vec::new(),
    };
    RunReport {
        nodes: nodes.iter().map(report).collect(),
        cordoned: Vec::new(),
    }
}

/// Says that the user stopped the command before its first write.
pub(super) fn nothing_changed(ui: &Ui) -> Exit {
    ui.err("interrupted: nothing was changed");
    Exit::Interrupted
}

/// Says in kubectl's words which nodes are refused and why, and that nothing was changed.
pub(super) fn refused(nodes: &[(String, Vec<String>)], ui: &Ui) {
    for (node, errors) in nodes {
        ui.err(&lines::unable_to_drain(node, errors));
    }
    for line in lines::pending_nodes(nodes) {
        ui.err(&line);
    }
    ui.err(NOTHING_CHANGED);
}

/// Says after the run what is not as it should be, and the commands that go on or put back.
pub(super) fn tell(report: &RunReport, exit: Exit, context: &Context) {
    let ui = &context.ui;
    let failed: Vec<(String, Vec<String>)> = report
        .nodes
        .iter()
        .filter(|node| !node.errors.is_empty())
        .map(|node| (node.node.name.clone(), node.errors.clone()))
        .collect();
    for line in lines::pending_nodes(&failed) {
        ui.err(&line);
    }
    if exit == Exit::Done {
        return;
    }
    if exit == Exit::Interrupted {
        for node in &report.nodes {
            interrupted(node, report.cordoned.contains(&node.node.name), ui);
        }
    }
    next_commands(report, context);
}

fn interrupted(node: &NodeReport, cordoned: bool, ui: &Ui) {
    let name = &node.node.name;
    match node.end {
        NodeEnd::NotStarted if cordoned => ui.err(&format!(
            "node {name}: cordoned, and no pod of it was touched"
        )),
        NodeEnd::NotStarted => ui.err(&format!("node {name}: not begun")),
        NodeEnd::Drained => ui.err(&format!("node {name}: drained")),
        _ => {
            ui.err(&format!(
                "interrupted: {} left node {name}, {} still there; the node is cordoned",
                lines::count(node.evicted),
                lines::count(node.remaining.len())
            ));
            for pod in &node.remaining {
                ui.err(&format!("  {}", pod.path()));
            }
        }
    }
}

/// Prints the command that goes on and the one that puts back what this run changed.
fn next_commands(report: &RunReport, context: &Context) {
    let touched = |end| !matches!(end, NodeEnd::NotCordoned | NodeEnd::NotPermitted);
    if !report.nodes.iter().any(|node| touched(node.end)) {
        return;
    }
    context.ui.err(&format!("go on:    {}", context.again()));
    if report.cordoned.is_empty() {
        context
            .ui
            .err("put back: nothing; the nodes were cordoned before");
    } else {
        context.ui.err(&format!(
            "put back: kubectl nodemaint uncordon {}",
            report.cordoned.join(" ")
        ));
    }
}

/// Returns the question that is asked on a terminal.
pub(super) fn question(plan: &DrainPlan, context: Option<&str>) -> String {
    let leaving = leaving(plan);
    let names: Vec<&str> = plan.nodes.iter().map(|n| n.node.name.as_str()).collect();
    let place = context.map_or_else(String::new, |name| format!(" in context {name}"));
    format!(
        "Drain {}{place}: {} leave?",
        names.join(", "),
        lines::count(leaving)
    )
}

/// Writes the lines of kubectl's dry run.
pub(super) fn dry_run(plan: &DrainPlan, mode: DryRun, ui: &Ui) {
    let suffix = mode.suffix();
    for node in &plan.nodes {
        let word = if node.cordoned {
            "already cordoned"
        } else {
            "cordoned"
        };
        ui.out(&format!("node/{} {word}{suffix}", node.node.name));
    }
    for node in &plan.nodes {
        for pod in node.pods.iter().filter(|pod| leaves(pod.fate)) {
            ui.out(&format!("evicting pod {}{suffix}", pod.pod.id.path()));
        }
        ui.out(&format!("node/{} drained{suffix}", node.node.name));
    }
}

fn leaving(plan: &DrainPlan) -> usize {
    let pods = plan.nodes.iter().flat_map(|node| &node.pods);
    pods.filter(|pod| leaves(pod.fate)).count()
}

/// Tells whether a drain tries to remove a pod of this fate.
fn leaves(fate: Fate) -> bool {
    match fate {
        Fate::Evict | Fate::Delete | Fate::Blocked => true,
        Fate::Skip | Fate::Refused => false,
    }
}
