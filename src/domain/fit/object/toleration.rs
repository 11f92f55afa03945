//! Tolerations, and which taint they cover.

use crate::domain::taint::{Effect, Taint};

/// One entry of `spec.tolerations`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Toleration {
    /// The taint's key; empty covers every key.
    pub key: String,
    /// How the value is compared.
    pub operator: TolerationOperator,
    /// The value for `Equal`, `Gt` and `Lt`.
    pub value: String,
    /// The effect; `None` covers every effect.
    pub effect: TolerationEffect,
    /// `tolerationSeconds`, of no meaning for scheduling.
    pub seconds: Option<i64>,
}

/// `operator` of a toleration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TolerationOperator {
    /// `Equal`, also when absent.
    Equal,
    /// `Exists`: the value is ignored.
    Exists,
    /// `Gt` or `Lt`: never a match while `TaintTolerationComparisonOperators` is off, its default in all known minors.
    Comparison,
    /// A word the scheduler does not know: never a match.
    Unknown,
}

/// `effect` of a toleration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TolerationEffect {
    /// Empty: every effect.
    Any,
    /// This one.
    Only(Effect),
    /// A word the scheduler does not know: no effect.
    Unknown,
}

impl Toleration {
    /// Tells whether the toleration covers a taint; source: `k8s.io/api/core/v1/toleration.go`, `ToleratesTaint`.
    pub fn tolerates(&self, taint: &Taint) -> bool {
        self.covers(&taint.key, &taint.value, taint.effect)
    }

    /// Tells whether the toleration covers a taint of these parts.
    pub fn covers(&self, key: &str, value: &str, effect: Effect) -> bool {
        let effect_fits = match self.effect {
            TolerationEffect::Any => true,
            TolerationEffect::Only(own) => own == effect,
            TolerationEffect::Unknown => false,
        };
        let key_fits = self.key.is_empty() || self.key == key;
        let value_fits = match self.operator {
            TolerationOperator::Equal => self.value == value,
            TolerationOperator::Exists => true,
            TolerationOperator::Comparison | TolerationOperator::Unknown => false,
        };
        effect_fits && key_fits && value_fits
    }
}

/// Prints the toleration as `key=value:Effect`, `key:Effect`, or `everything`.
impl std::fmt::Display for Toleration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.key.is_empty() && self.operator == TolerationOperator::Exists {
            f.write_str("every key")?;
        } else {
            f.write_str(&self.key)?;
        }
        if self.operator != TolerationOperator::Exists && !self.value.is_empty() {
            write!(f, "={}", self.value)?;
        }
        match self.effect {
            TolerationEffect::Only(effect) => write!(f, ":{}", effect.as_str()),
            TolerationEffect::Any | TolerationEffect::Unknown => Ok(()),
        }
    }
}
