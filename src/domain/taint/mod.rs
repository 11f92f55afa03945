//! Taints: their parts, their text form, and changes to a node's list.

pub mod entry;
pub mod noexecute;
pub mod origin;
pub mod out_of_service;
pub mod pace;
pub mod pending;
pub mod plan;
pub mod protected;
pub mod set;
pub mod spec;
pub mod survey;
pub mod toleration;
pub mod undo;

use std::fmt;

use jiff::Timestamp;

/// What a taint does to pods that do not tolerate it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Not scheduled here.
    NoSchedule,
    /// Scheduled here only when nothing else fits.
    PreferNoSchedule,
    /// Not scheduled here, and running pods are deleted, past any budget.
    NoExecute,
}

impl Effect {
    /// All effects.
    pub const ALL: [Effect; 3] = [
        Effect::NoSchedule,
        Effect::PreferNoSchedule,
        Effect::NoExecute,
    ];

    /// Returns the API's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::NoSchedule => "NoSchedule",
            Effect::PreferNoSchedule => "PreferNoSchedule",
            Effect::NoExecute => "NoExecute",
        }
    }

    /// Returns the effect of that exact spelling (the API is case-sensitive).
    pub fn parse(text: &str) -> Option<Effect> {
        Effect::ALL.into_iter().find(|e| e.as_str() == text)
    }
}

/// One entry of `spec.taints`; key and effect together are unique on a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taint {
    /// A qualified name.
    pub key: String,
    /// A label value; empty where there is none.
    pub value: String,
    /// What it does.
    pub effect: Effect,
    /// Set by controllers on NoExecute taints.
    pub time_added: Option<Timestamp>,
}

impl Taint {
    /// Tells whether the other taint has the same place in a node's list: key and effect.
    pub fn same_place(&self, other: &Taint) -> bool {
        self.key == other.key && self.effect == other.effect
    }
}

/// Prints `key=value:Effect`, or `key:Effect` where there is no value.
impl fmt::Display for Taint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key)?;
        if !self.value.is_empty() {
            write!(f, "={}", self.value)?;
        }
        write!(f, ":{}", self.effect.as_str())
    }
}
