//! Rules that upstream removed and that somebody asks for.

use crate::adapters::scheduler_config;
use crate::cli::context::variable;
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::domain::fit::explain;
use crate::domain::fit::removed::Requested;

use super::FitCommand;
use crate::cli::place::configuration;

/// The variable by which the old scheduler's limit of disks was changed.
const MOST_DISKS: &str = "KUBE_MAX_PD_VOLS";

/// Reads `--rule` and `--policy`.
pub(super) fn requested(command: &FitCommand, ui: &Ui) -> Result<Requested, CliError> {
    let most_disks = most_disks()?;
    let mut requested = Requested::default();
    if let Some(file) = &command.policy {
        let (bytes, name) = configuration(file, "--policy")?;
        let policy = scheduler_config::policy(&bytes, &name, most_disks)?;
        requested = policy.requested;
        if !policy.passed_over.is_empty() {
            ui.err(&format!(
                "note: {name}: these rules are judged as today's scheduler has them: {}",
                policy.passed_over.join(", ")
            ));
        }
    }
    for rule in &command.rules {
        let added = requested.add_text(rule, most_disks);
        added.map_err(|problem| unknown_rule(rule, &problem))?;
    }
    Ok(requested)
}

fn unknown_rule(rule: &str, problem: &str) -> CliError {
    let name = rule.split('=').next().unwrap_or_default();
    let error = CliError::usage(format!("--rule {problem}"));
    // One that is known was told something wrong, and today's always apply.
    if Requested::NAMES.contains(&name) || !explain::find(name).is_empty() {
        return error;
    }
    let mut similar = explain::similar(name);
    similar.retain(|name| Requested::NAMES.contains(name));
    match similar.as_slice() {
        [] => error.with_hint(format!("the rules are {}", Requested::NAMES.join(", "))),
        similar => error.with_hint(format!("did you mean {}?", similar.join(", "))),
    }
}

fn most_disks() -> Result<Option<usize>, CliError> {
    let Some(text) = variable(MOST_DISKS) else {
        return Ok(None);
    };
    let number = text
        .parse()
        .map_err(|_| CliError::usage(format!("{MOST_DISKS}={text:?} is not a whole number")))?;
    Ok(Some(number))
}
