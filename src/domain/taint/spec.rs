//! What a person writes to change taints: `key=value:Effect`, `key:Effect-`, `key-`.
//!
//! The grammar and the words of each refusal are kubectl's, so that scripts and memories keep working; only the
//! refusal of a duplicate is printed as a taint instead of a Go struct.

use std::collections::BTreeSet;
use std::fmt;

use super::{Effect, Taint};
use crate::domain::names::{label_value_faults, qualified_name_faults};

/// Which taints of a key a removal means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    EveryEffect,
    /// The one with this effect.
    One {
        /// The effect.
        effect: Effect,
        /// The value as written; kubectl checks its form and then ignores it.
        value: Option<String>,
    },
}

/// A taint to take away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// The taint's key.
    pub key: String,
    /// Which taints of that key.
    pub which: Which,
}

impl Removal {
    /// Parses `key`, `key:Effect` or `key=value:Effect`, without the closing dash.
    ///
    /// # Errors
    ///
    /// What is wrong, in kubectl's words.
    pub fn parse(text: &str) -> Result<Removal, SpecError> {
        let parts = Parts::parse(text)?;
        let which = match parts.effect {
            None => Which::EveryEffect,
            Some(effect) => Which::One {
                effect,
                value: parts.value,
            },
        };
        Ok(Removal {
            key: parts.key,
            which,
        })
    }

    /// Tells whether the removal is of this key and effect; the value is not compared.
    pub fn matches(&self, key: &str, effect: Effect) -> bool {
        self.key == key && self.effect().is_none_or(|e| e == effect)
    }

    /// Returns the effect, where one is named.
    pub fn effect(&self) -> Option<Effect> {
        match self.which {
            Which::EveryEffect => None,
            Which::One { effect, .. } => Some(effect),
        }
    }

    /// Returns the value as written, where one is.
    pub fn value(&self) -> Option<&str> {
        match &self.which {
            Which::EveryEffect => None,
            Which::One { value, .. } => value.as_deref(),
        }
    }

    /// Returns `key:Effect` or `key`, by which kubectl names a taint that it did not find.
    pub fn name(&self) -> String {
        match self.effect() {
            Some(effect) => format!("{}:{}", self.key, effect.as_str()),
            None => self.key.clone(),
        }
    }
}

/// One argument of a taint command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaintSpec {
    /// Add this taint, or change its value.
    Add(Taint),
    /// Take these taints away.
    Remove(Removal),
}

impl TaintSpec {
    /// Parses an argument; one that ends in `-` is a removal.
    ///
    /// # Errors
    ///
    /// What is wrong, in kubectl's words.
    pub fn parse(text: &str) -> Result<TaintSpec, SpecError> {
        match text.strip_suffix('-') {
            Some(rest) => Removal::parse(rest).map(TaintSpec::Remove),
            None => parse_addition(text).map(TaintSpec::Add),
        }
    }

    /// Tells whether an argument is a spec and not a node's name, by kubectl's rule.
    pub fn looks_like(argument: &str) -> bool {
        argument.contains(['=', ':']) || argument.ends_with('-')
    }
}

/// Prints the spec such that parsing gives it back.
impl fmt::Display for TaintSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TaintSpec::Add(taint) => write!(f, "{taint}"),
            TaintSpec::Remove(removal) => match removal.value() {
                Some(value) => {
                    let effect = removal.effect().map_or("", Effect::as_str);
                    write!(f, "{}={value}:{effect}-", removal.key)
                }
                None => write!(f, "{}-", removal.name()),
            },
        }
    }
}

/// Parses `key=value:Effect` or `key:Effect`.
///
/// # Errors
///
/// What is wrong, in kubectl's words.
pub fn parse_addition(text: &str) -> Result<Taint, SpecError> {
    let parts = Parts::parse(text)?;
    let effect = parts.effect.ok_or_else(|| SpecError::invalid(text))?;
    Ok(Taint {
        key: parts.key,
        value: parts.value.unwrap_or_default(),
        effect,
        time_added: None,
    })
}

/// All changes that one command asks for, in the order of its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// Taints to add; unique by key and effect.
    pub add: Vec<Taint>,
    /// Taints to take away.
    pub remove: Vec<Removal>,
}

impl Changes {
    /// Parses arguments and refuses an addition that is given twice.
    ///
    /// # Errors
    ///
    /// The first fault, in kubectl's words.
    pub fn parse<S: AsRef<str>>(specs: &[S]) -> Result<Changes, SpecError> {
        let parsed: Result<Vec<TaintSpec>, SpecError> = specs
            .iter()
            .map(|spec| TaintSpec::parse(spec.as_ref()))
            .collect();
        match parsed {
            Ok(specs) => Changes::from_specs(specs),
            Err(error) => Err(first_fault(specs, error)),
        }
    }

    /// Collects parsed specs and refuses an addition that is given twice.
    ///
    /// # Errors
    ///
    /// [`SpecError::Duplicate`].
    pub fn from_specs(specs: Vec<TaintSpec>) -> Result<Changes, SpecError> {
        let mut changes = Changes::default();
        let mut seen = BTreeSet::new();
        for spec in specs {
            match spec {
                TaintSpec::Remove(removal) => changes.remove.push(removal),
                TaintSpec::Add(taint) if seen.insert((taint.key.clone(), taint.effect)) => {
                    changes.add.push(taint);
                }
                TaintSpec::Add(taint) => return Err(SpecError::Duplicate(taint.to_string())),
            }
        }
        Ok(changes)
    }

    /// Refuses to add and remove the same key and effect in one command.
    ///
    /// # Errors
    ///
    /// [`SpecError::Conflict`] with every such pair.
    pub fn check_conflicts(&self) -> Result<(), SpecError> {
        let conflicts: Vec<String> = self
            .add
            .iter()
            .flat_map(|taint| {
                let hits = self
                    .remove
                    .iter()
                    .filter(|r| r.matches(&taint.key, taint.effect));
                hits.map(|r| format!("{}={}", r.key, r.effect().map_or("", Effect::as_str)))
            })
            .collect();
        if conflicts.is_empty() {
            return Ok(());
        }
        Err(SpecError::Conflict(conflicts.join(", ")))
    }
}

/// A duplicate that stands before the first malformed spec is reported in its place, as kubectl does.
fn first_fault<S: AsRef<str>>(specs: &[S], malformed: SpecError) -> SpecError {
    let before: Vec<TaintSpec> = specs
        .iter()
        .map_while(|spec| TaintSpec::parse(spec.as_ref()).ok())
        .collect();
    Changes::from_specs(before).err().unwrap_or(malformed)
}

/// What is wrong with a taint spec.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// The form, the key or the value.
    #[error("invalid taint spec: {0}")]
    Invalid(String),
    /// The effect.
    #[error("invalid taint effect: {0}, unsupported taint effect")]
    Effect(String),
    /// The same key and effect twice.
    #[error("duplicated taints with the same key and effect: {0}")]
    Duplicate(String),
    /// Added and removed at once.
    #[error("can not both modify and remove the following taint(s) in the same command: {0}")]
    Conflict(String),
}

impl SpecError {
    fn invalid(text: &str) -> SpecError {
        SpecError::Invalid(text.to_owned())
    }

    fn faults(text: &str, faults: &[String]) -> SpecError {
        SpecError::Invalid(format!("{text}, {}", faults.join("; ")))
    }
}

struct Parts {
    key: String,
    value: Option<String>,
    effect: Option<Effect>,
}

impl Parts {
    // The order of checks is kubectl's: form, effect, value, key.
    fn parse(text: &str) -> Result<Parts, SpecError> {
        let (key, value, effect) = match text.split(':').collect::<Vec<_>>()[..] {
            [key] => (key, None, None),
            [pair, effect] => {
                let parsed =
                    Effect::parse(effect).ok_or_else(|| SpecError::Effect(effect.to_owned()))?;
                let (key, value) = split_pair(pair, text)?;
                (key, value, Some(parsed))
            }
            _ => return Err(SpecError::invalid(text)),
        };
        let faults = qualified_name_faults(key);
        if !faults.is_empty() {
            return Err(SpecError::faults(text, &faults));
        }
        Ok(Parts {
            key: key.to_owned(),
            value: value.map(str::to_owned),
            effect,
        })
    }
}

fn split_pair<'a>(pair: &'a str, text: &str) -> Result<(&'a str, Option<&'a str>), SpecError> {
    let (key, value) = match pair.split('=').collect::<Vec<_>>()[..] {
        [key] => return Ok((key, None)),
        [key, value] => (key, value),
        _ => return Err(SpecError::invalid(text)),
    };
    let faults = label_value_faults(value);
    if faults.is_empty() {
        Ok((key, Some(value)))
    } else {
        Err(SpecError::faults(text, &faults))
    }
}

#[cfg(test)]
mod tests;
