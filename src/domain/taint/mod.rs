//! Taints: their parts, their text form, and changes to a node's list.

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
