//! kubectl's drain flags, and how they become a checked policy.

use std::time::Duration;

use clap::Args;

use crate::cli::error::CliError;
use crate::cli::shell::quote;
use crate::domain::drain::policy::{Consent, DaemonSetRule, DrainPolicy, GracePeriod, Removal};
use crate::domain::labels::LabelSelector;

use super::nodes::NodeArgs;

/// Flags of `drain` and `preview drain`.
#[derive(Debug, Clone, Args)]
pub struct DrainArgs {
    /// Which nodes.
    #[command(flatten)]
    pub nodes: NodeArgs,
    /// Remove pods that nobody makes again: without a controller, or whose controller is gone
    #[arg(long)]
    pub force: bool,
    /// Leave the pods of DaemonSets where they are
    #[arg(long)]
    pub ignore_daemonsets: bool,
    /// Remove pods with emptyDir volumes: their data is lost
    #[arg(long, alias = "delete-local-data")]
    pub delete_emptydir_data: bool,
    /// Seconds that each pod gets to end; negative: what the pod says; 0: at once
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = -1,
        allow_negative_numbers = true
    )]
    pub grace_period: i64,
    /// Only pods with these labels
    #[arg(long, value_name = "SELECTOR")]
    pub pod_selector: Option<String>,
    /// DELETE the pods instead of evicting them: budgets are not asked
    #[arg(long)]
    pub disable_eviction: bool,
    /// Do not wait for pods whose deletion began more than this many seconds ago; 0: wait for all
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 0,
        allow_negative_numbers = true
    )]
    pub skip_wait_for_delete_timeout: i64,
    /// Objects in one page of a list; 0: all in one
    #[arg(
        long,
        value_name = "N",
        default_value_t = 500,
        allow_negative_numbers = true
    )]
    pub chunk_size: i64,
}

impl DrainArgs {
    /// Checks the flags and turns them into a policy.
    ///
    /// # Errors
    ///
    /// Names the flag, the value and what it may be.
    pub fn policy(&self) -> Result<DrainPolicy, CliError> {
        Ok(DrainPolicy {
            unmanaged: consent(self.force),
            daemon_sets: if self.ignore_daemonsets {
                DaemonSetRule::Ignore
            } else {
                DaemonSetRule::Refuse
            },
            empty_dir: consent(self.delete_emptydir_data),
            pod_selector: self.pod_selector()?,
            skip_terminating_after: self.skip_terminating_after()?,
            removal: if self.disable_eviction {
                Removal::Delete
            } else {
                Removal::Evict
            },
            grace: self.grace()?,
        })
    }

    /// Returns the page size of lists; 0 asks for one page.
    ///
    /// # Errors
    ///
    /// Refuses negative sizes, which kubectl passes on to the server.
    pub fn page_size(&self) -> Result<u32, CliError> {
        u32::try_from(self.chunk_size).map_err(|_| {
            CliError::usage(format!(
                "invalid argument \"{}\" for \"--chunk-size\": it must be 0 (one page) or a number of objects",
                self.chunk_size
            ))
        })
    }

    /// Writes the arguments out as they would be typed for these nodes: what was given, in a shell's words.
    pub fn written_out<'n>(&self, nodes: impl Iterator<Item = &'n str>) -> String {
        let mut words: Vec<String> = nodes.map(quote).collect();
        let switches = [
            (self.force, "--force"),
            (self.ignore_daemonsets, "--ignore-daemonsets"),
            (self.delete_emptydir_data, "--delete-emptydir-data"),
            (self.disable_eviction, "--disable-eviction"),
        ];
        let given = switches.into_iter().filter(|(given, _)| *given);
        words.extend(given.map(|(_, switch)| switch.to_owned()));
        if self.grace_period >= 0 {
            words.push(format!("--grace-period={}", self.grace_period));
        }
        if let Some(selector) = &self.pod_selector {
            words.push(quote(&format!("--pod-selector={selector}")));
        }
        if self.skip_wait_for_delete_timeout > 0 {
            let seconds = self.skip_wait_for_delete_timeout;
            words.push(format!("--skip-wait-for-delete-timeout={seconds}"));
        }
        words.join(" ")
    }

    fn pod_selector(&self) -> Result<Option<LabelSelector>, CliError> {
        let parse = |text: &String| {
            LabelSelector::parse(text).map_err(|cause| {
                CliError::usage("--pod-selector=<pod_selector> must be a valid label selector")
                    .with_hint(format!("{text:?}: {cause}"))
            })
        };
        self.pod_selector.as_ref().map(parse).transpose()
    }

    fn skip_terminating_after(&self) -> Result<Option<Duration>, CliError> {
        match u64::try_from(self.skip_wait_for_delete_timeout) {
            Ok(0) => Ok(None),
            Ok(seconds) => Ok(Some(Duration::from_secs(seconds))),
            Err(_) => Err(CliError::usage(format!(
                "invalid argument \"{}\" for \"--skip-wait-for-delete-timeout\": it must be a number of seconds, or 0",
                self.skip_wait_for_delete_timeout
            ))),
        }
    }

    fn grace(&self) -> Result<GracePeriod, CliError> {
        if self.grace_period < 0 {
            return Ok(GracePeriod::PodsOwn);
        }
        u32::try_from(self.grace_period)
            .map(GracePeriod::Seconds)
            .map_err(|_| {
                CliError::usage(format!(
                    "invalid argument \"{}\" for \"--grace-period\": it is more than {} seconds",
                    self.grace_period,
                    u32::MAX
                ))
            })
    }
}

fn consent(given: bool) -> Consent {
    if given {
        Consent::Given
    } else {
        Consent::Withheld
    }
}
