//! Which scheduler decides: its version and its profiles, as the command line and the server say.

pub mod minor;

use clap::Args;

use super::error::CliError;
use super::place::configuration;
use crate::adapters::scheduler_config;
use crate::domain::fit::profile::{Minor, Profile};
use minor::Asked;

/// Flags that say how the cluster's scheduler differs from the default one.
#[derive(Debug, Clone, Default, Args)]
pub struct SchedulerArgs {
    /// The scheduler's version, such as 1.36, where it is not the server's
    #[arg(long, value_name = "VERSION")]
    pub scheduler_version: Option<String>,
    /// A KubeSchedulerConfiguration with the cluster's own profiles
    #[arg(long, value_name = "FILE")]
    pub scheduler_config: Option<String>,
}

impl SchedulerArgs {
    /// Reads `--scheduler-version`.
    ///
    /// # Errors
    ///
    /// What is no version.
    pub fn asked(&self) -> Result<Option<Asked>, CliError> {
        minor::asked(self.scheduler_version.as_deref())
    }

    /// Reads `--scheduler-config`. What is wrong with it is said before a cluster is read.
    ///
    /// # Errors
    ///
    /// Names the file and the field.
    pub fn config(&self) -> Result<Option<ConfigText>, CliError> {
        let Some(name) = &self.scheduler_config else {
            return Ok(None);
        };
        let (bytes, name) = configuration(name, "--scheduler-config")?;
        scheduler_config::profiles(&bytes, &name, Minor::NEWEST)?;
        Ok(Some(ConfigText { name, bytes }))
    }
}

/// The profiles of a scheduler, at least one.
pub struct Profiles {
    first: Profile,
    others: Vec<Profile>,
}

impl Profiles {
    /// Returns the profile that decides about all pods whose scheduler is none of these.
    pub fn first(&self) -> &Profile {
        &self.first
    }

    /// Returns the profile that decides about pods of a scheduler's name; where none does, the first, which says so.
    pub fn of(&self, scheduler: &str) -> &Profile {
        let mut others = self.others.iter();
        let own = others.find(|profile| profile.scheduler_name == scheduler);
        own.unwrap_or(&self.first)
    }
}

/// A configuration that was read and not yet understood: that needs the scheduler's version.
pub struct ConfigText {
    name: String,
    bytes: Vec<u8>,
}

/// Returns the profiles of a configuration, or the default one.
pub fn profiles(config: Option<&ConfigText>, minor: Minor) -> Result<Profiles, CliError> {
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
