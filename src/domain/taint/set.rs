//! Changes to a node's list of taints, computed before anything is sent.
//!
//! Lists come out in kubectl's order (`reorganizeTaints`): what was added, in the order of the arguments, then what
//! stays. A list is changed as a whole or not at all.

use std::fmt;

use super::spec::{Changes, Removal};
use super::{Taint, protected};

/// What to do about an addition whose key and effect the node has already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Refuse, even if the value is the same: kubectl without `--overwrite`.
    Refuse,
    /// Leave it if the value is the same, else refuse: a second run of a runbook succeeds.
    KeepIdentical,
    /// Replace it: `--overwrite`.
    Overwrite,
}

/// What to do about a removal that matches no taint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// Refuse, as kubectl does.
    Refuse,
    /// Go on: what was asked for is so already.
    Accept,
}

/// What the value in a removal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemovalValue {
    /// Nothing, as in kubectl.
    Ignored,
    /// The taint must have it.
    Compared,
}

/// How strict a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// About additions that are there.
    pub existing: Existing,
    /// About removals that are not there.
    pub absent: Absent,
    /// About values in removals.
    pub removal_value: RemovalValue,
}

impl Rules {
    /// Returns the rules of `kubectl taint`.
    pub fn kubectl(existing: Existing) -> Rules {
        Rules {
            existing,
            absent: Absent::Refuse,
            removal_value: RemovalValue::Ignored,
        }
    }
}

/// The word that tells what became of a node's taints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Some were added and some taken away, or `--overwrite` was given.
    Modified,
    /// Some were added.
    Tainted,
    /// Some were taken away.
    Untainted,
    /// All additions were there.
    AlreadyTainted,
    /// No removal was there.
    AlreadyUntainted,
    /// The list was replaced.
    Patched,
    /// The list was replaced by an equal one.
    PatchedNoChange,
}

impl Word {
    /// Returns the word as it is printed after `node/NAME`.
    pub fn as_str(self) -> &'static str {
        match self {
            Word::Modified => "modified",
            Word::Tainted => "tainted",
            Word::Untainted => "untainted",
            Word::AlreadyTainted => "already tainted",
            Word::AlreadyUntainted => "already untainted",
            Word::Patched => "patched",
            Word::PatchedNoChange => "patched (no change)",
        }
    }
}

/// A list after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// What happened.
    pub word: Word,
    /// The whole new list.
    pub taints: Vec<Taint>,
}

/// A removal that found nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFound {
    /// What was looked for.
    pub removal: Removal,
    /// The value of the taint with that key and effect, where the value alone differs.
    pub value_there: Option<String>,
}

/// Prints kubectl's words; a differing value, which kubectl does not look at, is named after them.
impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.removal.name();
        match (&self.value_there, self.removal.value()) {
            (Some(there), Some(asked)) => {
                let effect = self.removal.effect().map_or("", super::Effect::as_str);
                let key = &self.removal.key;
                write!(f, "taint \"{key}={asked}:{effect}\" not found: ")?;
                if there.is_empty() {
                    write!(f, "\"{name}\" is there without a value")
                } else {
                    write!(f, "\"{name}\" is there with the value \"{there}\"")
                }
            }
            _ => write!(f, "taint \"{name}\" not found"),
        }
    }
}

/// Why a list is not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// These keys are there with the same effect, and may not be overwritten.
    AlreadyHas(Vec<String>),
    /// These removals found nothing.
    NotFound(Vec<NotFound>),
}

impl Refusal {
    /// Returns kubectl's words about this node, one message a fault.
    pub fn messages(&self, node: &str) -> Vec<String> {
        match self {
            Refusal::AlreadyHas(keys) => vec![format!(
                "node {node} already has {} taint(s) with same effect(s) and --overwrite is false",
                keys.join(",")
            )],
            Refusal::NotFound(all) => all.iter().map(NotFound::to_string).collect(),
        }
    }
}

/// Applies changes to a list.
///
/// # Errors
///
/// Why nothing is changed.
pub fn apply(old: &[Taint], changes: &Changes, rules: Rules) -> Result<Applied, Refusal> {
    let clashes = clashes(old, &changes.add, rules.existing);
    if !clashes.is_empty() {
        return Err(Refusal::AlreadyHas(clashes));
    }
    let additions = additions(old, &changes.add, rules.existing);
    let merged = merge(old, additions);
    let grew = merged.len() != old.len();
    let (taints, missing) = remove_all(merged.clone(), &changes.remove, rules.removal_value);
    let fatal: Vec<NotFound> = missing
        .into_iter()
        .filter(|m| rules.absent == Absent::Refuse || m.value_there.is_some())
        .collect();
    if !fatal.is_empty() {
        return Err(Refusal::NotFound(fatal));
    }
    let shrank = taints.len() != merged.len();
    let word = word(changes, rules.existing, grew, shrank);
    Ok(Applied { word, taints })
}

/// Returns the keys that are there already and stand in the way.
fn clashes(old: &[Taint], add: &[Taint], existing: Existing) -> Vec<String> {
    let in_the_way = |new: &Taint, there: &Taint| match existing {
        Existing::Refuse => true,
        Existing::KeepIdentical => new.value != there.value,
        Existing::Overwrite => false,
    };
    add.iter()
        .filter(|new| {
            old.iter()
                .any(|there| there.same_place(new) && in_the_way(new, there))
        })
        .map(|new| new.key.clone())
        .collect()
}

fn additions(old: &[Taint], add: &[Taint], existing: Existing) -> Vec<Taint> {
    let kept =
        |new: &&Taint| existing == Existing::KeepIdentical && old.iter().any(|t| t.same_place(new));
    add.iter().filter(|new| !kept(new)).cloned().collect()
}

fn merge(old: &[Taint], additions: Vec<Taint>) -> Vec<Taint> {
    let mut merged = additions;
    for taint in old {
        if !merged.iter().any(|t| t.same_place(taint)) {
            merged.push(taint.clone());
        }
    }
    merged
}

fn remove_all(
    mut taints: Vec<Taint>,
    removals: &[Removal],
    value: RemovalValue,
) -> (Vec<Taint>, Vec<NotFound>) {
    let mut missing = Vec::new();
    for removal in removals {
        let before = taints.len();
        let differs = |taint: &Taint| {
            value == RemovalValue::Compared && removal.value().is_some_and(|v| v != taint.value)
        };
        let hit = |taint: &Taint| removal.matches(&taint.key, taint.effect);
        let other = taints.iter().find(|t| hit(t) && differs(t));
        let value_there = other.map(|t| t.value.clone());
        taints.retain(|t| !hit(t) || differs(t));
        if taints.len() == before {
            missing.push(NotFound {
                removal: removal.clone(),
                value_there,
            });
        }
    }
    (taints, missing)
}

fn word(changes: &Changes, existing: Existing, grew: bool, shrank: bool) -> Word {
    match (grew, shrank) {
        _ if existing == Existing::Overwrite => Word::Modified,
        (true, true) => Word::Modified,
        (true, false) => Word::Tainted,
        (false, true) => Word::Untainted,
        (false, false) if !changes.add.is_empty() => Word::AlreadyTainted,
        (false, false) if !changes.remove.is_empty() => Word::AlreadyUntainted,
        (false, false) => Word::Untainted,
    }
}

/// A list after it was replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// The whole new list.
    pub taints: Vec<Taint>,
    /// Built-in taints that were kept although the new list does not name them.
    pub kept: Vec<Taint>,
}

/// Replaces a list, but for built-in taints that neither the new list nor `named` names.
///
/// A taint that was there with the same value keeps the time at which it was added.
pub fn replace(old: &[Taint], new: &[Taint], named: &[Removal]) -> Replaced {
    let aged = |taint: &Taint| {
        let same = |t: &&Taint| t.same_place(taint) && t.value == taint.value;
        old.iter().filter(|_| taint.time_added.is_none()).find(same)
    };
    let mut taints: Vec<Taint> = new
        .iter()
        .map(|taint| aged(taint).unwrap_or(taint).clone())
        .collect();
    let kept: Vec<Taint> = protected::lost(old, new, named)
        .into_iter()
        .cloned()
        .collect();
    taints.extend(kept.iter().cloned());
    Replaced { taints, kept }
}

/// One line of a [`Diff`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffLine {
    /// Stays.
    Same(Taint),
    /// Goes.
    Gone(Taint),
    /// Comes.
    New(Taint),
    /// Gets another value, or loses the time at which it was added.
    Changed {
        /// Before.
        from: Taint,
        /// After.
        to: Taint,
    },
}

/// The difference of two lists, in the order of the second; what goes stands last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// The lines.
    pub lines: Vec<DiffLine>,
}

impl Diff {
    /// Compares two lists, each unique by key and effect.
    pub fn between(before: &[Taint], after: &[Taint]) -> Diff {
        let line = |to: &Taint| match before.iter().find(|from| from.same_place(to)) {
            None => DiffLine::New(to.clone()),
            Some(from) if from == to => DiffLine::Same(to.clone()),
            Some(from) => DiffLine::Changed {
                from: from.clone(),
                to: to.clone(),
            },
        };
        let gone = before
            .iter()
            .filter(|from| !after.iter().any(|to| to.same_place(from)))
            .map(|from| DiffLine::Gone(from.clone()));
        Diff {
            lines: after.iter().map(line).chain(gone).collect(),
        }
    }

    /// Tells whether anything comes, goes or changes; another order alone is no change.
    pub fn is_empty(&self) -> bool {
        self.lines
            .iter()
            .all(|line| matches!(line, DiffLine::Same(_)))
    }

    /// Applies the difference to the list that it starts from; `None` if that is another list.
    pub fn apply(&self, before: &[Taint]) -> Option<Vec<Taint>> {
        let mut after = Vec::new();
        let mut used = 0;
        for line in &self.lines {
            let (from, to) = match line {
                DiffLine::Same(taint) => (Some(taint), Some(taint)),
                DiffLine::Gone(from) => (Some(from), None),
                DiffLine::New(to) => (None, Some(to)),
                DiffLine::Changed { from, to } => (Some(from), Some(to)),
            };
            match from {
                Some(from) if before.contains(from) => used += 1,
                Some(_) => return None,
                None => {}
            }
            after.extend(to.cloned());
        }
        (used == before.len()).then_some(after)
    }
}

#[cfg(test)]
mod tests;
