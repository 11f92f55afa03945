//! Tolerations, and which taint they cover.

use std::cmp::Ordering;

use super::{Effect, Taint};

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
    /// `Gt`: the taint's value is the larger integer; counts only under [`Comparisons::On`].
    Greater,
    /// `Lt`: the taint's value is the smaller integer; counts only under [`Comparisons::On`].
    Less,
    /// A word the scheduler does not know: never a match.
    Unknown,
}

/// Whether the feature gate `TaintTolerationComparisonOperators` is on; alpha since 1.35, off by default up to 1.37.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Comparisons {
    /// `Gt` and `Lt` never match.
    #[default]
    Off,
    /// `Gt` and `Lt` compare integers.
    On,
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

    /// Tells the same under a state of the feature gate of `Gt` and `Lt`.
    pub fn tolerates_under(&self, taint: &Taint, comparisons: Comparisons) -> bool {
        match self.comparison() {
            Some(order) if comparisons == Comparisons::On => {
                self.is_about(&taint.key, taint.effect)
                    && compare(&taint.value, &self.value) == Some(order)
            }
            _ => self.tolerates(taint),
        }
    }

    /// Tells whether the toleration counts only under the feature gate of `Gt` and `Lt`.
    pub fn needs_gate(&self) -> bool {
        self.comparison().is_some()
    }

    /// Returns how the taint's value must stand to the toleration's; `None` for operators that do not compare.
    fn comparison(&self) -> Option<Ordering> {
        match self.operator {
            TolerationOperator::Greater => Some(Ordering::Greater),
            TolerationOperator::Less => Some(Ordering::Less),
            _ => None,
        }
    }

    /// Tells whether key and effect fit; an empty one fits all.
    fn is_about(&self, key: &str, effect: Effect) -> bool {
        let effect_fits = match self.effect {
            TolerationEffect::Any => true,
            TolerationEffect::Only(own) => own == effect,
            TolerationEffect::Unknown => false,
        };
        effect_fits && (self.key.is_empty() || self.key == key)
    }

    /// Tells whether the toleration covers a taint of these parts.
    pub fn covers(&self, key: &str, value: &str, effect: Effect) -> bool {
        let value_fits = match self.operator {
            TolerationOperator::Equal => self.value == value,
            TolerationOperator::Exists => true,
            TolerationOperator::Greater
            | TolerationOperator::Less
            | TolerationOperator::Unknown => false,
        };
        self.is_about(key, effect) && value_fits
    }
}

/// Compares two values as integers; `None` where one is not written as Go writes a 64-bit integer.
fn compare(taint: &str, toleration: &str) -> Option<Ordering> {
    let integer = |text: &str| {
        let number: i64 = text.parse().ok()?;
        (number.to_string() == text).then_some(number)
    };
    Some(integer(taint)?.cmp(&integer(toleration)?))
}

/// Prints the toleration as `key=value:Effect`, `key:Effect`, `key>value`, or `every key`.
impl std::fmt::Display for Toleration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.key.is_empty() && self.operator == TolerationOperator::Exists {
            f.write_str("every key")?;
        } else {
            f.write_str(&self.key)?;
        }
        match self.operator {
            TolerationOperator::Exists => {}
            TolerationOperator::Greater => write!(f, ">{}", self.value)?,
            TolerationOperator::Less => write!(f, "<{}", self.value)?,
            _ if self.value.is_empty() => {}
            _ => write!(f, "={}", self.value)?,
        }
        match self.effect {
            TolerationEffect::Only(effect) => write!(f, ":{}", effect.as_str()),
            TolerationEffect::Any | TolerationEffect::Unknown => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toleration(operator: TolerationOperator, value: &str) -> Toleration {
        Toleration {
            key: "load".to_owned(),
            operator,
            value: value.to_owned(),
            effect: TolerationEffect::Any,
            seconds: None,
        }
    }

    fn taint(value: &str) -> Taint {
        Taint {
            key: "load".to_owned(),
            value: value.to_owned(),
            effect: Effect::NoExecute,
            time_added: None,
        }
    }

    #[test]
    fn greater_and_less_compare_the_taints_value_under_their_gate_alone() {
        use TolerationOperator::{Greater, Less};
        let cases = [
            (Greater, "5", "6", true),
            (Greater, "5", "5", false),
            (Greater, "5", "4", false),
            (Less, "5", "4", true),
            (Less, "5", "5", false),
            (Less, "-5", "-6", true),
            (Greater, "5", "", false),
            (Greater, "5", "06", false),
            (Greater, "5", "+6", false),
            (Greater, "x", "6", false),
            (Less, "5", "-0", false),
            (Greater, "5", "9223372036854775808", false),
        ];
        for (operator, own, there, expected) in cases {
            let toleration = toleration(operator, own);
            let found = toleration.tolerates_under(&taint(there), Comparisons::On);
            assert_eq!(found, expected, "{there} {operator:?} {own}");
            assert!(!toleration.tolerates_under(&taint(there), Comparisons::Off));
            assert!(!toleration.tolerates(&taint(there)));
        }
    }

    #[test]
    fn the_gate_changes_nothing_for_other_operators_and_other_keys() {
        let equal = toleration(TolerationOperator::Equal, "5");
        assert!(equal.tolerates_under(&taint("5"), Comparisons::On));
        assert!(!equal.tolerates_under(&taint("6"), Comparisons::On));
        let mut greater = toleration(TolerationOperator::Greater, "5");
        greater.key = "other".to_owned();
        assert!(!greater.tolerates_under(&taint("6"), Comparisons::On));
        greater.key = String::new();
        greater.effect = TolerationEffect::Only(Effect::NoSchedule);
        assert!(!greater.tolerates_under(&taint("6"), Comparisons::On));
    }

    #[test]
    fn tolerations_print_as_people_write_them() {
        use TolerationOperator::{Equal, Exists, Greater, Less};
        assert_eq!(toleration(Equal, "a").to_string(), "load=a");
        assert_eq!(toleration(Exists, "a").to_string(), "load");
        assert_eq!(toleration(Greater, "5").to_string(), "load>5");
        assert_eq!(toleration(Less, "5").to_string(), "load<5");
        let mut every = toleration(Exists, "");
        every.key = String::new();
        every.effect = TolerationEffect::Only(Effect::NoExecute);
        assert_eq!(every.to_string(), "every key:NoExecute");
    }
}
