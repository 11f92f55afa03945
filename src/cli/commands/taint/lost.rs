//! Keeps the out-of-service taint off machines that are alive.

use crate::cli::exit::Exit;
use crate::cli::ui::Ui;
use crate::domain::node::Node;
use crate::domain::taint::out_of_service::{DANGER, KEY, declares, objection};
use crate::engine::change::taints::Computed;

/// What is done about a node that is declared lost while its kubelet reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alive {
    /// Nothing is written.
    Refuse,
    /// It is written, with a warning: kubectl's own form, or `--force`.
    Warn,
}

impl Alive {
    /// Reads `--force`.
    pub(super) fn of(force: bool) -> Alive {
        match force {
            true => Alive::Warn,
            false => Alive::Refuse,
        }
    }
}

/// Warns of what the taint does; returns how the command ends where it must not be written.
pub(super) fn check(planned: &[(&Node, Computed)], alive: Alive, ui: &Ui) -> Option<Exit> {
    let declared: Vec<&Node> = planned
        .iter()
        .filter(|(node, computed)| declares(&node.taints, &computed.taints))
        .map(|(node, _)| *node)
        .collect();
    let objections: Vec<(&Node, &str)> = declared
        .iter()
        .filter_map(|node| Some((*node, objection(node.health)?)))
        .collect();
    let refused = alive == Alive::Refuse && !objections.is_empty();
    let word = if refused { "error" } else { "warning" };
    for (node, objection) in &objections {
        let name = node.name();
        ui.err(&format!(
            "{word}: node {name} is called out of service, but {objection}"
        ));
    }
    if !declared.is_empty() {
        ui.err(&format!("warning: {KEY}: {DANGER}"));
    }
    if !refused {
        return None;
    }
    let names: Vec<&str> = objections.iter().map(|(node, _)| node.name()).collect();
    ui.err(&format!(
        "nothing was changed; refused by {}",
        names.join(", ")
    ));
    ui.err("hint: --force writes it all the same");
    Some(Exit::Blocked)
}
