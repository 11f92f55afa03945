//! `taint add`, `taint remove`, `taint patch`: our own forms, safe to run twice.

use clap::{ArgGroup, Args, ValueEnum};

use crate::cli::args::is_node_kind;
use crate::cli::error::CliError;
use crate::domain::taint::Taint;
use crate::domain::taint::set::{Absent, Existing, RemovalValue, Rules};
use crate::domain::taint::spec::{Changes, Removal, TaintSpec, parse_addition};
use crate::engine::change::patch::{PatchType, TaintPatch};
use crate::engine::change::taints::TaintChange;

use super::job::{Documents, Job, Shown};
use super::kubectl::split;
use super::lost::Alive;
use super::{WriteArgs, targets, usage};

/// Nodes without names.
#[derive(Debug, Args)]
pub struct ManyArgs {
    /// Label selector instead of names (=, ==, !=, in, notin, exists, !)
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    pub selector: Option<String>,
    /// All nodes of the cluster
    #[arg(long)]
    pub all: bool,
}

impl ManyArgs {
    fn is_given(&self) -> bool {
        self.all || self.selector.is_some()
    }
}

/// Words of `taint add`.
#[derive(Debug, Args)]
pub struct AddArgs {
    /// Names of nodes, then KEY=VALUE:EFFECT or KEY:EFFECT
    #[arg(value_name = "NODE... SPEC", required = true)]
    pub words: Vec<String>,
    /// Nodes without names.
    #[command(flatten)]
    pub many: ManyArgs,
    /// Replace the value of a taint that is there with another value
    #[arg(long)]
    pub overwrite: bool,
    /// Declare a node out of service although its kubelet reports
    #[arg(long)]
    pub force: bool,
    /// Flags of every form.
    #[command(flatten)]
    pub write: WriteArgs,
}

impl AddArgs {
    pub(super) fn job(self) -> Result<Job, CliError> {
        let options = self.write.check()?;
        let (names, specs) = split(&self.words)?;
        if specs.is_empty() {
            return Err(CliError::usage("at least one taint update is required"));
        }
        if let Some(removal) = specs.iter().find(|spec| spec.ends_with('-')) {
            return Err(
                CliError::usage(format!("`taint add` adds, and {removal:?} removes")).with_hint(
                    "use `taint remove`, or both at once: taint nodes NODE... SPEC... SPEC-",
                ),
            );
        }
        let changes = Changes::parse(&specs).map_err(|fault| usage(&fault.to_string()))?;
        let existing = if self.overwrite {
            Existing::Overwrite
        } else {
            Existing::KeepIdentical
        };
        Ok(Job {
            targets: targets(names, self.many.selector, self.many.all)?,
            change: TaintChange::Edit {
                changes,
                rules: Rules::kubectl(existing),
            },
            options,
            shown: Shown::Result,
            alive: Alive::of(self.force),
            documents: Documents::Plan,
        })
    }
}

/// Words of `taint remove`.
#[derive(Debug, Args)]
pub struct RemoveArgs {
    /// Names of nodes, then KEY, KEY:EFFECT or KEY=VALUE:EFFECT, with or without a dash behind; a word without `:`,
    /// `=` and dash is a key only behind another spec or as the last word
    #[arg(value_name = "NODE... SPEC", required = true)]
    pub words: Vec<String>,
    /// Nodes without names.
    #[command(flatten)]
    pub many: ManyArgs,
    /// Flags of every form.
    #[command(flatten)]
    pub write: WriteArgs,
}

impl RemoveArgs {
    pub(super) fn job(self) -> Result<Job, CliError> {
        let options = self.write.check()?;
        let (names, specs) = split_removals(&self.words, self.many.is_given());
        if specs.is_empty() {
            return Err(CliError::usage("at least one taint update is required"));
        }
        let remove: Result<Vec<Removal>, _> = specs
            .iter()
            .map(|spec| Removal::parse(spec.strip_suffix('-').unwrap_or(spec)))
            .collect();
        let remove = remove.map_err(|fault| usage(&fault.to_string()))?;
        Ok(Job {
            targets: targets(names, self.many.selector, self.many.all)?,
            change: TaintChange::Edit {
                changes: Changes {
                    add: Vec::new(),
                    remove,
                },
                rules: Rules {
                    existing: Existing::Refuse,
                    absent: Absent::Accept,
                    removal_value: RemovalValue::Compared,
                },
            },
            options,
            shown: Shown::Result,
            alive: Alive::Warn,
            documents: Documents::Plan,
        })
    }
}

/// Splits words into names and removals: a bare word is a name unless it cannot be one.
fn split_removals(words: &[String], no_names: bool) -> (Vec<String>, Vec<String>) {
    let surely_key = |word: &String| {
        let with_prefix = word
            .split_once('/')
            .is_some_and(|(prefix, _)| !is_node_kind(prefix));
        TaintSpec::looks_like(word) || with_prefix
    };
    let first = if no_names {
        words
            .iter()
            .position(|word| !word.contains('/') || surely_key(word))
    } else {
        words.iter().position(surely_key)
    };
    // Without any sure key the last word is one: a removal needs one, and the nodes stand first.
    let at = first.unwrap_or_else(|| words.len().saturating_sub(1));
    let (names, specs) = words.split_at(at);
    (names.to_vec(), specs.to_vec())
}

/// The form of a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PatchForm {
    /// Strategic merge: replaces the list.
    Strategic,
    /// JSON merge: replaces the list.
    Merge,
    /// JSON Patch: edits the list.
    Json,
}

/// Words of `taint patch`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("how").required(true).args(["set", "clear", "patch"]))]
#[command(after_help = "Examples:
  # This list and no other
  kubectl nodemaint taint patch node01 --set dedicated=db:NoSchedule gpu=true:NoExecute

  # No taints; those under node.kubernetes.io/ stay
  kubectl nodemaint taint patch node01 --clear

  # Also the taint of a node that was declared lost
  kubectl nodemaint taint patch node01 --clear --drop node.kubernetes.io/out-of-service")]
pub struct PatchArgs {
    /// Names of nodes; `node/NAME` works too
    #[arg(value_name = "NODE")]
    pub nodes: Vec<String>,
    /// Nodes without names.
    #[command(flatten)]
    pub many: ManyArgs,
    /// The new list: KEY=VALUE:EFFECT or KEY:EFFECT
    #[arg(long, value_name = "SPEC", num_args = 1..)]
    pub set: Vec<String>,
    /// Remove all taints
    #[arg(long)]
    pub clear: bool,
    /// A patch of the node that touches spec.taints and nothing else
    #[arg(short = 'p', long, value_name = "JSON")]
    pub patch: Option<String>,
    /// The form of the patch
    #[arg(
        long = "type",
        value_enum,
        default_value = "strategic",
        value_name = "TYPE"
    )]
    pub form: PatchForm,
    /// Built-in taint that may go: KEY or KEY:EFFECT
    #[arg(long, value_name = "KEY", num_args = 1..)]
    pub drop: Vec<String>,
    /// Declare a node out of service although its kubelet reports
    #[arg(long)]
    pub force: bool,
    /// Flags of every form.
    #[command(flatten)]
    pub write: WriteArgs,
}

impl PatchArgs {
    pub(super) fn job(self) -> Result<Job, CliError> {
        let options = self.write.check()?;
        let mut named = removals(&self.drop)?;
        let change = match &self.patch {
            None => {
                let (taints, dropped) = new_list(&self.set)?;
                named.extend(dropped);
                TaintChange::Replace { taints, named }
            }
            Some(text) => {
                let form = match self.form {
                    PatchForm::Strategic => PatchType::Strategic,
                    PatchForm::Merge => PatchType::Merge,
                    PatchForm::Json => PatchType::Json,
                };
                let patch = TaintPatch::parse(form, text)
                    .map_err(|fault| CliError::usage(fault.to_string()))?;
                TaintChange::Patch { patch, named }
            }
        };
        Ok(Job {
            targets: targets(self.nodes, self.many.selector, self.many.all)?,
            change,
            options,
            shown: Shown::Difference,
            alive: Alive::of(self.force),
            documents: Documents::Plan,
        })
    }
}

fn removals(specs: &[String]) -> Result<Vec<Removal>, CliError> {
    specs
        .iter()
        .map(|spec| Removal::parse(spec.strip_suffix('-').unwrap_or(spec)))
        .collect::<Result<_, _>>()
        .map_err(|fault| usage(&fault.to_string()))
}

/// Reads a new list; `KEY-` in it names a built-in taint that may go.
fn new_list(specs: &[String]) -> Result<(Vec<Taint>, Vec<Removal>), CliError> {
    let (dropped, added): (Vec<String>, Vec<String>) =
        specs.iter().cloned().partition(|spec| spec.ends_with('-'));
    let added: Result<Vec<TaintSpec>, _> = added
        .iter()
        .map(|spec| parse_addition(spec).map(TaintSpec::Add))
        .collect();
    let changes = added
        .and_then(Changes::from_specs)
        .map_err(|fault| usage(&fault.to_string()))?;
    Ok((changes.add, removals(&dropped)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn removals_of(words: &[&str], no_names: bool) -> (Vec<String>, Vec<String>) {
        let words: Vec<String> = words.iter().map(|&w| w.to_owned()).collect();
        split_removals(&words, no_names)
    }

    #[test]
    fn names_and_keys_are_told_apart() {
        let split = |words: &[&str]| {
            let (names, specs) = removals_of(words, false);
            format!("{} | {}", names.join(" "), specs.join(" "))
        };
        assert_eq!(split(&["n1", "dedicated"]), "n1 | dedicated");
        assert_eq!(split(&["n1", "n2", "dedicated"]), "n1 n2 | dedicated");
        assert_eq!(
            split(&["n1", "a:NoSchedule", "dedicated"]),
            "n1 | a:NoSchedule dedicated"
        );
        assert_eq!(
            split(&["n1", "dedicated", "gpu:NoSchedule"]),
            "n1 dedicated | gpu:NoSchedule"
        );
        assert_eq!(
            split(&["node/n1", "example.com/key", "b"]),
            "node/n1 | example.com/key b"
        );
        assert_eq!(split(&["node/n1", "no/n2", "key-"]), "node/n1 no/n2 | key-");
        assert_eq!(split(&["n1"]), " | n1");
        let (names, specs) = removals_of(&["a", "b"], true);
        assert_eq!((names.len(), specs.len()), (0, 2));
        let (names, specs) = removals_of(&["node/n1", "b"], true);
        assert_eq!(
            (names.len(), specs.len()),
            (1, 1),
            "a name next to a selector is refused later"
        );
    }

    #[test]
    fn a_new_list_may_name_built_in_taints_to_drop() {
        let specs = ["a=1:NoSchedule", "node.kubernetes.io/x-"].map(str::to_owned);
        let (taints, dropped) = new_list(&specs).unwrap();
        assert_eq!((taints.len(), dropped.len()), (1, 1));
        let twice = ["a=1:NoSchedule", "a:NoSchedule"].map(str::to_owned);
        let error = new_list(&twice).unwrap_err();
        assert!(
            error.message.contains("duplicated taints"),
            "{}",
            error.message
        );
    }
}
