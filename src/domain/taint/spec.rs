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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn add(text: &str) -> Taint {
        parse_addition(text).unwrap()
    }

    fn refusal(specs: &[&str]) -> String {
        Changes::parse(specs).unwrap_err().to_string()
    }

    /// `TestParseTaints` of kubectl, the cases that fail.
    #[test]
    fn upstream_specs_that_fail() {
        for spec in [
            "",
            "foo=abc",
            "foo=abc=xyz:NoSchedule",
            "foo=abc:xyz:NoSchedule",
            "foo",
            "foo=abc:invalid_effect",
            "foo:invalid_effect-",
        ] {
            assert!(Changes::parse(&[spec]).is_err(), "{spec:?}");
        }
    }

    /// `TestParseTaints`: additions.
    #[test]
    fn upstream_additions() {
        let changes = Changes::parse(&[
            "foo=abc:NoSchedule",
            "bar=abc:NoSchedule",
            "baz:NoSchedule",
            "qux:NoSchedule",
            "foobar=:NoSchedule",
        ])
        .unwrap();
        let got: Vec<_> = changes
            .add
            .iter()
            .map(|t| (t.key.as_str(), t.value.as_str(), t.effect))
            .collect();
        let effect = Effect::NoSchedule;
        assert_eq!(
            got,
            [
                ("foo", "abc", effect),
                ("bar", "abc", effect),
                ("baz", "", effect),
                ("qux", "", effect),
                ("foobar", "", effect),
            ]
        );
        assert!(changes.remove.is_empty());
    }

    /// `TestParseTaints`: removals.
    #[test]
    fn upstream_removals() {
        let changes = Changes::parse(&[
            "foo:NoSchedule-",
            "bar:NoSchedule-",
            "qux=:NoSchedule-",
            "dedicated-",
        ])
        .unwrap();
        let got: Vec<_> = changes
            .remove
            .iter()
            .map(|r| (r.key.as_str(), r.effect()))
            .collect();
        let effect = Some(Effect::NoSchedule);
        assert_eq!(
            got,
            [
                ("foo", effect),
                ("bar", effect),
                ("qux", effect),
                ("dedicated", None)
            ]
        );
        assert!(changes.add.is_empty());
    }

    /// `TestParseTaints`: both; the conflict is found by the later check.
    #[test]
    fn upstream_additions_and_removals() {
        let changes = Changes::parse(&[
            "foo=abc:NoSchedule",
            "bar=abc:NoSchedule",
            "baz:NoSchedule",
            "qux:NoSchedule",
            "foobar=:NoSchedule",
            "foo:NoSchedule-",
            "bar:NoSchedule-",
            "baz=:NoSchedule-",
        ])
        .unwrap();
        assert_eq!((changes.add.len(), changes.remove.len()), (5, 3));
        assert_eq!(
            changes.check_conflicts().unwrap_err().to_string(),
            "can not both modify and remove the following taint(s) in the same command: \
             foo=NoSchedule, bar=NoSchedule, baz=NoSchedule"
        );
    }

    /// The two cases of `TestTaint` that upstream's misspelt effect hides.
    #[test]
    fn upstream_cases_that_a_typo_hides() {
        assert_eq!(
            refusal(&["foo=bar:NoExcute", "foo=barz:NoExcute"]),
            "invalid taint effect: NoExcute, unsupported taint effect"
        );
        assert_eq!(
            refusal(&["foo=bar:NoExecute", "foo=barz:NoExecute"]),
            "duplicated taints with the same key and effect: foo=barz:NoExecute"
        );
        let both = Changes::parse(&["foo=:NoExecute", "foo=:NoExecute-"]).unwrap();
        assert_eq!(
            both.check_conflicts().unwrap_err().to_string(),
            "can not both modify and remove the following taint(s) in the same command: foo=NoExecute"
        );
    }

    /// Words taken from kubectl 1.37.2, the regular expressions shortened.
    #[test]
    fn refusals_are_kubectls() {
        for (spec, start) in [
            (
                "",
                "invalid taint spec: , name part must be non-empty; name part must consist of",
            ),
            (
                "-",
                "invalid taint spec: , name part must be non-empty; name part must consist of",
            ),
            (
                "a=b",
                "invalid taint spec: a=b, name part must consist of alphanumeric",
            ),
            ("a=b-", "invalid taint spec: a=b, name part must consist of"),
            ("a", "invalid taint spec: a"),
            ("a=b=c:NoSchedule", "invalid taint spec: a=b=c:NoSchedule"),
            ("a:b:NoSchedule", "invalid taint spec: a:b:NoSchedule"),
            ("a:", "invalid taint effect: , unsupported taint effect"),
            (
                "a:noschedule",
                "invalid taint effect: noschedule, unsupported taint effect",
            ),
            (
                "a=-:NoSchedule",
                "invalid taint spec: a=-:NoSchedule, a valid label must be an empty string or consist of",
            ),
            (
                "^=b:NoSchedule",
                "invalid taint spec: ^=b:NoSchedule, name part must consist of",
            ),
            // The effect is looked at before the value, the value before the key.
            ("^=-:x", "invalid taint effect: x, "),
            (
                "^=-:NoSchedule",
                "invalid taint spec: ^=-:NoSchedule, a valid label",
            ),
        ] {
            let text = refusal(&[spec]);
            assert!(text.starts_with(start), "{spec:?}: {text}");
        }
    }

    #[test]
    fn the_first_fault_is_reported() {
        let duplicate = refusal(&["a:NoSchedule", "a=x:NoSchedule", "b"]);
        assert!(duplicate.starts_with("duplicated taints"), "{duplicate}");
        let malformed = refusal(&["a:NoSchedule", "b:x", "a:NoSchedule"]);
        assert!(malformed.starts_with("invalid taint effect"), "{malformed}");
    }

    #[test]
    fn a_wildcard_conflict_has_no_effect() {
        let both = Changes::parse(&["x=1:NoSchedule", "x-", "y:NoExecute", "y:NoSchedule-"]);
        assert_eq!(
            both.unwrap().check_conflicts().unwrap_err().to_string(),
            "can not both modify and remove the following taint(s) in the same command: x="
        );
    }

    #[test]
    fn a_key_may_carry_a_prefix_of_253_bytes() {
        let key = format!("{}/{}", "a".repeat(253), "b".repeat(63));
        assert_eq!(add(&format!("{key}=v:NoExecute")).key, key);
        assert!(Changes::parse(&[format!("a{key}=v:NoExecute")]).is_err());
    }

    #[test]
    fn what_looks_like_a_spec() {
        for spec in ["a=b", "a:NoSchedule", "a-", "-", "=", ":"] {
            assert!(TaintSpec::looks_like(spec), "{spec}");
        }
        for name in ["node-1", "node/worker-2", ""] {
            assert!(!TaintSpec::looks_like(name), "{name}");
        }
    }

    fn key() -> impl Strategy<Value = String> {
        prop_oneof![
            "[A-Za-z0-9]([-A-Za-z0-9_.]{0,20}[A-Za-z0-9])?",
            "[a-z0-9]{1,5}(\\.[a-z]{1,4}){0,2}/[A-Za-z0-9]{1,9}",
        ]
    }

    fn value() -> impl Strategy<Value = String> {
        "([A-Za-z0-9]([-A-Za-z0-9_.]{0,20}[A-Za-z0-9])?)?"
    }

    fn effect() -> impl Strategy<Value = Effect> {
        proptest::sample::select(Effect::ALL.to_vec())
    }

    fn spec() -> impl Strategy<Value = TaintSpec> {
        let addition = (key(), value(), effect()).prop_map(|(key, value, effect)| {
            TaintSpec::Add(Taint {
                key,
                value,
                effect,
                time_added: None,
            })
        });
        let one = (effect(), proptest::option::of(value()))
            .prop_map(|(effect, value)| Which::One { effect, value });
        let which = prop_oneof![Just(Which::EveryEffect), one];
        let removal =
            (key(), which).prop_map(|(key, which)| TaintSpec::Remove(Removal { key, which }));
        prop_oneof![addition, removal]
    }

    proptest! {
        #[test]
        fn parsing_a_printed_spec_gives_it_back(spec in spec()) {
            prop_assert_eq!(TaintSpec::parse(&spec.to_string()), Ok(spec));
        }

        #[test]
        fn no_argument_panics(text in "\\PC{0,40}") {
            let _ = TaintSpec::parse(&text).map_err(|e| e.to_string());
        }
    }
}
