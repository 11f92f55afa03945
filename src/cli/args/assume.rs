//! What-if: `--assume-node`, `--assume-budget` and `--assume-flags`, edits of what was read for a plan and nothing else.

use clap::{Args, Parser};

use crate::adapters::files;
use crate::cli::error::CliError;
use crate::cli::place::node_manifest;
use crate::domain::assume::{Assumption, AssumptionKind, BudgetEdit, Edits, Unfit};

use super::DrainArgs;

/// Nodes of one file that may be assumed: as many as a cluster may have.
const NODES_MOST: usize = 5000;

/// Edits of the cluster in thought.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What if")]
pub struct AssumeArgs {
    /// Plan as if the nodes of this manifest were there, ready and empty; =N takes each of them N times. It takes what
    /// `kubectl get node NAME -o yaml` writes: names are made unique, status.allocatable must be there
    #[arg(long, value_name = "FILE[=N]")]
    pub assume_node: Vec<String>,
    /// Plan as if a budget were another one: NAMESPACE/NAME:minAvailable=1, NAMESPACE/NAME:maxUnavailable=25%,
    /// NAMESPACE/NAME=none
    #[arg(long, value_name = "BUDGET")]
    pub assume_budget: Vec<String>,
    /// Plan as if these flags of a drain were given: --assume-flags="--force --delete-emptydir-data"
    #[arg(long, value_name = "FLAGS", allow_hyphen_values = true)]
    pub assume_flags: Vec<String>,
}

/// The same flags for a command that acts, which refuses them with words.
#[derive(Debug, Clone, Default, Args)]
pub struct NoAssumeArgs {
    #[arg(long, hide = true, value_name = "FILE[=N]")]
    assume_node: Vec<String>,
    #[arg(long, hide = true, value_name = "BUDGET")]
    assume_budget: Vec<String>,
    #[arg(long, hide = true, value_name = "FLAGS", allow_hyphen_values = true)]
    assume_flags: Vec<String>,
}

impl NoAssumeArgs {
    /// Refuses assumptions: what is assumed cannot be carried out.
    ///
    /// # Errors
    ///
    /// When something is assumed.
    pub fn refuse(&self, command: &str) -> Result<(), CliError> {
        let given = AssumeArgs {
            assume_node: self.assume_node.clone(),
            assume_budget: self.assume_budget.clone(),
            assume_flags: self.assume_flags.clone(),
        };
        match given.first_given() {
            None => Ok(()),
            Some(flag) => Err(CliError::usage(format!(
                "{flag} is for previews: {command} takes the cluster as it is"
            ))
            .with_hint(format!(
                "`kubectl nodemaint preview drain NODE... {flag} ...` shows the plan"
            ))),
        }
    }
}

/// Flags in one argument.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct Typed {
    #[command(flatten)]
    drain: DrainArgs,
}

impl AssumeArgs {
    /// Tells whether anything is assumed.
    pub fn is_empty(&self) -> bool {
        self.first_given().is_none()
    }

    fn first_given(&self) -> Option<&'static str> {
        let flags = [
            ("--assume-node", &self.assume_node),
            ("--assume-budget", &self.assume_budget),
            ("--assume-flags", &self.assume_flags),
        ];
        let mut given = flags.iter().filter(|(_, values)| !values.is_empty());
        given.next().map(|(flag, _)| *flag)
    }

    /// Reads files and texts into edits of nodes and budgets.
    ///
    /// # Errors
    ///
    /// Names the file, the document, the object and the field, or the text.
    pub fn edits(&self) -> Result<Edits, CliError> {
        let mut edits = Edits::default();
        for text in &self.assume_budget {
            let edit = BudgetEdit::parse(text)
                .map_err(|cause| CliError::usage(format!("--assume-budget {text:?}: {cause}")))?;
            edits.budgets.push(edit);
        }
        for text in &self.assume_node {
            let (file, number) = counted(text)?;
            let (bytes, source) = node_manifest(file, "--assume-node")?;
            let nodes = files::nodes(&bytes, &source)?;
            for _ in 0..number {
                edits.nodes.extend(nodes.iter().cloned());
            }
        }
        Ok(edits)
    }

    /// Returns the flags of a drain with those that are assumed, and what is assumed by it.
    ///
    /// # Errors
    ///
    /// Flags that a drain does not have.
    pub fn flags(&self, given: &DrainArgs) -> Result<(DrainArgs, Option<Assumption>), CliError> {
        let mut drain = given.clone();
        for text in &self.assume_flags {
            merge(&mut drain, typed(text)?);
        }
        let words: Vec<&str> = self
            .assume_flags
            .iter()
            .flat_map(|text| text.split_whitespace())
            .collect();
        let told = (!words.is_empty()).then(|| Assumption {
            kind: AssumptionKind::Flags,
            text: words.join(" "),
        });
        Ok((drain, told))
    }
}

/// Returns the flags of a drain to which nothing was given.
///
/// # Errors
///
/// Never: no flag of a drain is required.
pub fn no_flags() -> Result<DrainArgs, CliError> {
    typed("")
}

fn typed(text: &str) -> Result<DrainArgs, CliError> {
    let wrong = |why: &str| CliError::usage(format!("--assume-flags {text:?}: {why}"));
    let parsed = Typed::try_parse_from(text.split_whitespace()).map_err(|cause| {
        let words = cause.to_string();
        let first = words.lines().next().unwrap_or_default();
        wrong(first.strip_prefix("error: ").unwrap_or(first))
    })?;
    let drain = parsed.drain;
    if !drain.nodes.nodes.is_empty() || drain.nodes.selector.is_some() {
        return Err(wrong("it takes flags such as --force, no nodes"));
    }
    Ok(drain)
}

/// Adds flags; those with a value stand over what was given.
fn merge(drain: &mut DrainArgs, assumed: DrainArgs) {
    drain.force |= assumed.force;
    drain.ignore_daemonsets |= assumed.ignore_daemonsets;
    drain.delete_emptydir_data |= assumed.delete_emptydir_data;
    drain.disable_eviction |= assumed.disable_eviction;
    if assumed.grace_period >= 0 {
        drain.grace_period = assumed.grace_period;
    }
    if assumed.pod_selector.is_some() {
        drain.pod_selector = assumed.pod_selector;
    }
    if assumed.skip_wait_for_delete_timeout != 0 {
        drain.skip_wait_for_delete_timeout = assumed.skip_wait_for_delete_timeout;
    }
}

/// Splits `FILE=3`; a file of the whole name is taken as it is.
fn counted(text: &str) -> Result<(&str, usize), CliError> {
    let Some((file, number)) = text.rsplit_once('=') else {
        return Ok((text, 1));
    };
    if std::path::Path::new(text).exists() {
        return Ok((text, 1));
    }
    let number: Option<usize> = number.parse().ok();
    match number.filter(|number| (1..=NODES_MOST).contains(number)) {
        Some(number) => Ok((file, number)),
        None => Err(CliError::usage(format!(
            "--assume-node {text:?}: after = stands how many there are, from 1 to {NODES_MOST}"
        ))),
    }
}

impl From<Unfit> for CliError {
    fn from(unfit: Unfit) -> CliError {
        let told = CliError::unplanned(format!("error: --assume-budget: {}", unfit.message));
        match unfit.hint.as_str() {
            "" => told,
            hint => told.with_hint(hint),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assume(flags: &[&str]) -> AssumeArgs {
        AssumeArgs {
            assume_flags: flags.iter().map(|text| (*text).to_owned()).collect(),
            ..AssumeArgs::default()
        }
    }

    #[test]
    fn assumed_flags_are_added_to_those_that_were_given() {
        let mut given = no_flags().unwrap();
        given.force = true;
        let assume = assume(&[
            "--delete-emptydir-data --grace-period=5",
            "--pod-selector app=web",
        ]);
        let (drain, told) = assume.flags(&given).unwrap();
        assert!(drain.force && drain.delete_emptydir_data && !drain.ignore_daemonsets);
        assert_eq!(
            (drain.grace_period, drain.pod_selector.as_deref()),
            (5, Some("app=web"))
        );
        assert_eq!(
            told.unwrap().text,
            "--delete-emptydir-data --grace-period=5 --pod-selector app=web"
        );
    }

    #[test]
    fn what_is_no_flag_of_a_drain_is_refused_by_name() {
        let given = no_flags().unwrap();
        for (text, part) in [
            ("--fource", "unexpected argument '--fource' found"),
            ("worker-1", "no nodes"),
            ("--grace-period", "a value is required"),
        ] {
            let message = assume(&[text]).flags(&given).unwrap_err().message;
            assert!(
                message.contains(part) && message.contains(text),
                "{message}"
            );
        }
    }

    #[test]
    fn a_number_of_nodes_stands_behind_the_file() {
        assert_eq!(counted("big.yaml").unwrap(), ("big.yaml", 1));
        assert_eq!(counted("big.yaml=3").unwrap(), ("big.yaml", 3));
        for wrong in ["big.yaml=0", "big.yaml=", "big.yaml=many", "big.yaml=5001"] {
            assert!(counted(wrong).unwrap_err().message.contains(wrong));
        }
    }
}
