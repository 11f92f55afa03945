//! Amounts of resources, exactly: parsed in every notation the API takes, added without loss, rounded only when read.
//!
//! The scheduler adds a pod's quantities as decimals and rounds the sum up once; rounding each one first would give
//! another answer. The rules are those of `k8s.io/apimachinery/pkg/api/resource`, with which every text and number here
//! is compared.

mod parse;
mod print;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::ops::Add;

use thiserror::Error;

/// The exponent of the finest amount that is held; what is finer is rounded up while parsing.
const NANO: i32 = -9;

/// Powers of ten that upstream multiplies by in one step, and keeps the low bits of (`positiveScaleInt64`); by the others
/// it multiplies step by step and gives up.
const WRAPPING: [i64; 5] = [1, 2, 3, 6, 9];

/// A text that is no quantity.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?} is not a quantity such as 500m, 2 or 1Gi")]
pub struct QuantityError {
    /// The text.
    pub text: String,
}

/// How upstream holds an amount, which matters only where a whole number of units does not fit 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Form {
    /// A 64-bit number with a decimal scale (`int64Amount`): reading it past 64 bits gives 0 or the low bits.
    Machine,
    /// A decimal of any size (`infDecAmount`): reading it past 64 bits gives its low bits.
    Decimal,
}

/// The kind of suffix that an amount was written with, and is printed with (`Format`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Notation {
    /// `m`, none, `k`, `M` ...
    Decimal,
    /// `Ki`, `Mi` ...
    Binary,
    /// `e3`
    Exponent,
}

/// An amount of a resource, exact to a billionth of its unit.
///
/// Equal are two that are held alike; whether they amount to the same, [`Quantity::compare`] tells. Of amounts with more
/// than 37 significant digits the lowest are lost, rounded up.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quantity {
    /// Times ten to the power of `exponent`; of a [`Form::Machine`] it fits 64 bits.
    mantissa: i128,
    exponent: i32,
    form: Form,
    notation: Notation,
}

impl Default for Quantity {
    fn default() -> Self {
        Quantity::ZERO
    }
}

impl Quantity {
    /// Nothing.
    pub const ZERO: Quantity = Quantity {
        mantissa: 0,
        exponent: 0,
        form: Form::Machine,
        notation: Notation::Decimal,
    };

    /// Makes a quantity of whole units.
    pub fn of(units: i64) -> Quantity {
        Quantity {
            mantissa: i128::from(units),
            ..Quantity::ZERO
        }
    }

    /// Returns the amount in whole units, rounded up.
    ///
    /// Past 64 bits it is what upstream makes of it: nothing, or the low bits.
    pub fn value(self) -> i64 {
        self.scaled(0)
    }

    /// Returns the amount in thousandths, rounded up; past 64 bits as [`Quantity::value`].
    pub fn milli_value(self) -> i64 {
        self.scaled(3)
    }

    /// Compares two amounts, however upstream holds them; source: `Quantity.Cmp`.
    pub fn compare(self, other: Quantity) -> Ordering {
        let signs = self.mantissa.signum().cmp(&other.mantissa.signum());
        if signs.is_ne() || self.mantissa == 0 {
            return signs;
        }
        let exponent = self.exponent.min(other.exponent);
        match (self.at(exponent), other.at(exponent)) {
            (Some(own), Some(others)) => own.cmp(&others),
            // What does not fit is the larger in size; the other one is at this exponent already.
            (None, _) => self.mantissa.cmp(&0),
            (_, None) => 0.cmp(&other.mantissa),
        }
    }

    /// Tells whether the amount is zero.
    pub fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// Returns the mantissa that the amount has with a smaller exponent; `None` where it is too large.
    fn at(self, exponent: i32) -> Option<i128> {
        let steps = i64::from(self.exponent) - i64::from(exponent);
        match self.mantissa {
            0 => Some(0),
            mantissa => power(steps)?.checked_mul(mantissa),
        }
    }

    /// Returns the amount times ten to the power of `places`, rounded.
    fn scaled(self, places: i64) -> i64 {
        let places = i64::from(self.exponent) + places;
        match self.form {
            Form::Machine => self.machine(places),
            Form::Decimal => self.decimal(places),
        }
    }

    /// Source: `int64Amount.AsScaledInt64`, which rounds away from zero.
    fn machine(self, places: i64) -> i64 {
        let mantissa = i64::try_from(self.mantissa).unwrap_or_default();
        if mantissa == 0 || places == 0 {
            return mantissa;
        }
        let power = power(places.saturating_abs()).and_then(|power| i64::try_from(power).ok());
        match (power, places > 0) {
            (Some(power), true) => match mantissa.checked_mul(power) {
                Some(product) => product,
                None if WRAPPING.contains(&places) => mantissa.wrapping_mul(power),
                None => 0,
            },
            (None, true) => 0,
            (Some(power), false) => {
                let left = i64::from(mantissa % power != 0);
                mantissa / power + left * mantissa.signum()
            }
            (None, false) => mantissa.signum(),
        }
    }

    /// Source: `scaledValue`, which keeps the low bits, and adds one to a negative quotient too.
    #[expect(clippy::cast_possible_truncation, reason = "upstream truncates here")]
    fn decimal(self, places: i64) -> i64 {
        if places >= 0 {
            let steps = u32::try_from(places).unwrap_or(u32::MAX);
            // From the 64th on, powers of ten have no low bits.
            let power = 10_i64.wrapping_pow(steps.min(64));
            return (self.mantissa as i64).wrapping_mul(power);
        }
        let divisor = power(-places);
        if let Some(divisor) = divisor
            && self.mantissa < i128::from(i64::MAX)
            && let Ok(divisor) = i64::try_from(divisor)
        {
            let low = self.mantissa as i64;
            return low / divisor + i64::from(low % divisor != 0);
        }
        let (quotient, rest) = match divisor {
            Some(divisor) => (
                self.mantissa.div_euclid(divisor),
                self.mantissa.rem_euclid(divisor),
            ),
            None => (self.mantissa.signum().min(0), self.mantissa),
        };
        (quotient as i64).wrapping_add(i64::from(rest != 0))
    }
}

/// Returns a power of ten; `None` for a negative one or one that is too large.
fn power(exponent: i64) -> Option<i128> {
    10_i128.checked_pow(u32::try_from(exponent).ok()?)
}

/// Source: `Quantity.Add`.
impl Add for Quantity {
    type Output = Quantity;

    fn add(self, other: Quantity) -> Quantity {
        let notation = match self.mantissa {
            0 => other.notation,
            _ => self.notation,
        };
        match (self.form, other.form, self.mantissa, other.mantissa) {
            (Form::Machine, Form::Machine, 0, _) => return other,
            (Form::Machine, Form::Machine, _, 0) => return self,
            _ => {}
        }
        let exponent = self.exponent.min(other.exponent);
        let lifted = |amount: Quantity| amount.at(exponent);
        let parts = lifted(self).zip(lifted(other));
        let Some((mantissa, (own, others))) =
            parts.and_then(|parts| Some((parts.0.checked_add(parts.1)?, parts)))
        else {
            return self.coarse_sum(other, notation);
        };
        let all_fit = [own, others, mantissa]
            .iter()
            .all(|part| i64::try_from(*part).is_ok());
        let form = match (self.form, other.form) {
            (Form::Machine, Form::Machine) if all_fit => Form::Machine,
            _ => Form::Decimal,
        };
        Quantity {
            mantissa,
            exponent,
            form,
            notation,
        }
    }
}

impl Quantity {
    /// Adds amounts that are too far apart for all digits of the sum to be held: the lowest are rounded up.
    fn coarse_sum(self, other: Quantity, notation: Notation) -> Quantity {
        let (large, small) = match self.exponent >= other.exponent {
            true => (self, other),
            false => (other, self),
        };
        // Ten digits are left free on top.
        let mut mantissa = large.mantissa;
        let mut exponent = large.exponent;
        while exponent > small.exponent && mantissa.unsigned_abs() < 10_u128.pow(27) {
            mantissa *= 10;
            exponent -= 1;
        }
        let steps = i64::from(exponent) - i64::from(small.exponent);
        let rounded = match power(steps) {
            Some(power) => {
                let left = i128::from(small.mantissa % power != 0);
                small.mantissa / power + left * small.mantissa.signum()
            }
            None => small.mantissa.signum(),
        };
        Quantity {
            mantissa: mantissa.saturating_add(rounded),
            exponent,
            form: Form::Decimal,
            notation,
        }
    }
}
