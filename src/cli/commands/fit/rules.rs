//! By which rules pods are judged: the scheduler's profiles, and removed rules that somebody asks for.

use crate::adapters::scheduler_config;
use crate::cli::context::variable;
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::domain::fit::explain;
use crate::domain::fit::profile::{Minor, Profile};
use crate::domain::fit::removed::Requested;

use super::FitCommand;
use super::cluster::configuration;

/// The variable by which the old scheduler's limit of disks was changed.
const MOST_DISKS: &str = "KUBE_MAX_PD_VOLS";

/// The profiles of a scheduler, at least one.
pub(super) struct Profiles {
    first: Profile,
    others: Vec<Profile>,
}

impl Profiles {
    /// Returns the profile that decides about pods of a scheduler's name; where none does, the first, which says so.
    pub fn of(&self, scheduler: &str) -> &Profile {
        let mut others = self.others.iter();
        let own = others.find(|profile| profile.scheduler_name == scheduler);
        own.unwrap_or(&self.first)
    }
}

/// A configuration that was read and not yet understood: that needs the scheduler's version.
pub(super) struct ConfigText {
    name: String,
    bytes: Vec<u8>,
}

/// Reads `--scheduler-config`. What is wrong with it is said before a cluster is read.
pub(super) fn scheduler_config(command: &FitCommand) -> Result<Option<ConfigText>, CliError> {
    let Some(name) = &command.scheduler_config else {
        return Ok(None);
    };
    let (bytes, name) = configuration(name, "--scheduler-config")?;
    scheduler_config::profiles(&bytes, &name, Minor::NEWEST)?;
    Ok(Some(ConfigText { name, bytes }))
}

/// Returns the profiles of a configuration, or the default one.
pub(super) fn profiles(config: Option<&ConfigText>, minor: Minor) -> Result<Profiles, CliError> {
    let Some(ConfigText { name, bytes }) = config else {
        return Ok(Profiles {
            first: Profile::default_of(minor),
            others: Vec::new(),
        });
    };
    let mut all = scheduler_config::profiles(bytes, name, minor)?.into_iter();
    Ok(Profiles {
        first: all.next().unwrap_or_else(|| Profile::default_of(minor)),
        others: all.collect(),
    })
}

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
