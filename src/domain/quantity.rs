//! Amounts of resources, exactly: parsed in every notation the API takes, added without loss, rounded only when read.
//!
//! The scheduler adds a pod's quantities as decimals and rounds the sum up once; rounding each one first would give
//! another answer. The rules are those of `k8s.io/apimachinery/pkg/api/resource`.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Add;

use thiserror::Error;

/// Quantities finer than this are rounded up while parsing.
const NANO: u32 = 9;

/// A text that is no quantity.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?} is not a quantity such as 500m, 2 or 1Gi")]
pub struct QuantityError {
    /// The text.
    pub text: String,
}

/// How upstream holds an amount, which matters only where a whole number of units does not fit 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Form {
    /// A 64-bit number with a decimal scale (`int64Amount`): reading it past 64 bits gives 0.
    Machine,
    /// A decimal of any size (`infDecAmount`): reading it past 64 bits gives its low bits.
    Decimal,
}

/// An amount of a resource, exact to a billionth of its unit.
///
/// Amounts past about 10^29 units are held as that.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Quantity {
    nanos: i128,
    form: Form,
}

impl Default for Quantity {
    fn default() -> Self {
        Quantity::ZERO
    }
}

impl Quantity {
    /// Nothing.
    pub const ZERO: Quantity = Quantity {
        nanos: 0,
        form: Form::Machine,
    };

    /// Makes a quantity of whole units.
    pub fn of(units: i64) -> Quantity {
        Quantity {
            nanos: i128::from(units) * 1_000_000_000,
            form: Form::Machine,
        }
    }

    /// Parses a quantity.
    ///
    /// # Errors
    ///
    /// Fails on what the API server would refuse; source: `resource.ParseQuantity`.
    pub fn parse(text: &str) -> Result<Quantity, QuantityError> {
        let error = || QuantityError {
            text: text.to_owned(),
        };
        let parts = Parts::split(text).ok_or_else(error)?;
        let suffix = Suffix::read(parts.suffix).ok_or_else(error)?;
        Ok(parts.amount(suffix))
    }

    /// Returns the amount in whole units, rounded up (away from zero).
    pub fn value(self) -> i64 {
        self.rounded(1_000_000_000)
    }

    /// Returns the amount in thousandths, rounded up (away from zero).
    pub fn milli_value(self) -> i64 {
        self.rounded(1_000_000)
    }

    /// Compares two amounts, however upstream holds them; source: `Quantity.Cmp`.
    pub fn compare(self, other: Quantity) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }

    /// Tells whether the amount is zero.
    pub fn is_zero(self) -> bool {
        self.nanos == 0
    }

    fn rounded(self, unit: i128) -> i64 {
        let up = i128::from(self.nanos % unit != 0) * self.nanos.signum();
        let whole = self.nanos / unit + up;
        match (i64::try_from(whole), self.form) {
            (Ok(whole), _) => whole,
            (Err(_), Form::Machine) => 0,
            // `big.Int.Int64` keeps the low bits.
            #[expect(clippy::cast_possible_truncation, reason = "upstream truncates here")]
            (Err(_), Form::Decimal) => whole as i64,
        }
    }
}

impl Add for Quantity {
    type Output = Quantity;

    fn add(self, other: Quantity) -> Quantity {
        if self.nanos == 0 {
            return other;
        }
        if other.nanos == 0 {
            return self;
        }
        let nanos = self.nanos.saturating_add(other.nanos);
        let fits = i64::try_from(nanos / 1_000_000_000).is_ok();
        let form = match (self.form, other.form) {
            (Form::Machine, Form::Machine) if fits => Form::Machine,
            _ => Form::Decimal,
        };
        Quantity { nanos, form }
    }
}

impl fmt::Debug for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}n", self.nanos)
    }
}

/// The parts of a quantity's text.
struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    suffix: &'a str,
}

impl<'a> Parts<'a> {
    /// Splits as `parseQuantityString` does, which takes `.`, `-` and `5.` for numbers too.
    fn split(text: &'a str) -> Option<Parts<'a>> {
        if text.is_empty() {
            return None;
        }
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, rest) = digits(unsigned.trim_start_matches('0'));
        let (fraction, suffix) = match rest.strip_prefix('.') {
            Some(rest) => digits(rest),
            None => ("", rest),
        };
        Some(Parts {
            negative: text.starts_with('-'),
            whole,
            fraction,
            suffix,
        })
    }

    fn amount(&self, suffix: Suffix) -> Quantity {
        let digits: String = [self.whole, self.fraction].concat();
        let significant = digits.trim_start_matches('0');
        let places = i64::try_from(self.fraction.len()).unwrap_or(i64::MAX);
        let (exponent, factor) = match suffix {
            Suffix::Decimal(exponent) => (exponent, 1),
            Suffix::Binary(power) => (0, 1_i128 << power),
        };
        let shift = exponent
            .saturating_sub(places)
            .saturating_add(i64::from(NANO));
        let nanos = scaled(significant, factor, shift);
        let capped = match suffix {
            // Only binary amounts are capped (`maxAllowed`).
            Suffix::Binary(_) => nanos.min(i128::from(i64::MAX) * 1_000_000_000),
            Suffix::Decimal(_) => nanos,
        };
        Quantity {
            nanos: if self.negative { -capped } else { capped },
            form: self.form(suffix, shift),
        }
    }

    /// Which form upstream chooses (the fast path of `ParseQuantity`).
    fn form(&self, suffix: Suffix, shift: i64) -> Form {
        let whole = self.whole.len().max(1);
        let fast = match suffix {
            Suffix::Decimal(_) => whole + self.fraction.len() <= 18 && shift >= 0,
            Suffix::Binary(power) => {
                self.fraction.is_empty() && whole + (power as usize * 3 / 10) < 15
            }
        };
        if fast { Form::Machine } else { Form::Decimal }
    }
}

fn digits(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

/// Returns `digits * factor * 10^shift`, rounded up, at most the largest i128.
fn scaled(digits: &str, factor: i128, shift: i64) -> i128 {
    let mut amount: i128 = 0;
    let mut kept = 0;
    // Beyond 28 digits nothing fits any more: the rest only says how large it is, or that something is left over.
    for digit in digits.bytes().take(28) {
        amount = amount * 10 + i128::from(digit - b'0');
        kept += 1;
    }
    let dropped = &digits[kept..];
    let shift = shift.saturating_add(i64::try_from(dropped.len()).unwrap_or(i64::MAX));
    let left_over = dropped.bytes().any(|digit| digit != b'0');
    if amount == 0 {
        return 0;
    }
    let Some(amount) = amount.checked_mul(factor) else {
        return i128::MAX;
    };
    let power = |count: i64| {
        u32::try_from(count)
            .ok()
            .and_then(|n| 10_i128.checked_pow(n))
    };
    if shift >= 0 {
        let raised = power(shift).and_then(|power| amount.checked_mul(power));
        return raised.map_or(i128::MAX, |amount| amount + i128::from(left_over));
    }
    let Some(divisor) = power(shift.saturating_neg()) else {
        return 1;
    };
    amount / divisor + i128::from(amount % divisor != 0 || left_over)
}

/// What a suffix multiplies by.
#[derive(Clone, Copy)]
enum Suffix {
    /// A power of ten.
    Decimal(i64),
    /// A power of two.
    Binary(u32),
}

impl Suffix {
    fn read(text: &str) -> Option<Suffix> {
        Some(match text {
            "n" => Suffix::Decimal(-9),
            "u" => Suffix::Decimal(-6),
            "m" => Suffix::Decimal(-3),
            "" => Suffix::Decimal(0),
            "k" => Suffix::Decimal(3),
            "M" => Suffix::Decimal(6),
            "G" => Suffix::Decimal(9),
            "T" => Suffix::Decimal(12),
            "P" => Suffix::Decimal(15),
            "E" => Suffix::Decimal(18),
            "Ki" => Suffix::Binary(10),
            "Mi" => Suffix::Binary(20),
            "Gi" => Suffix::Binary(30),
            "Ti" => Suffix::Binary(40),
            "Pi" => Suffix::Binary(50),
            "Ei" => Suffix::Binary(60),
            exponent => Suffix::Decimal(exponent.strip_prefix(['e', 'E'])?.parse().ok()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milli(text: &str) -> i64 {
        Quantity::parse(text).unwrap().milli_value()
    }

    fn value(text: &str) -> i64 {
        Quantity::parse(text).unwrap().value()
    }

    #[test]
    fn every_notation_is_read() {
        let cases = [
            ("1", 1000),
            ("1500m", 1500),
            ("1e-1", 100),
            ("0.1", 100),
            ("1E3", 1_000_000),
            ("1k", 1_000_000),
            ("+2", 2000),
            ("-2", -2000),
            ("0.5Ki", 512_000),
            ("1Ki", 1_024_000),
            (".5", 500),
            ("5.", 5000),
            (".", 0),
            ("007", 7000),
            ("1u", 1),
            ("1n", 1),
            ("0.0000000001", 1),
            ("1000001u", 1001),
        ];
        for (text, expected) in cases {
            assert_eq!(milli(text), expected, "{text}");
        }
        assert_eq!(value("0.5Gi"), 536_870_912);
        assert_eq!(value("100M"), 100_000_000);
        assert_eq!(value("1Ei"), 1_152_921_504_606_846_976);
        assert_eq!(value("1.5"), 2);
    }

    #[test]
    fn what_the_api_refuses_is_refused() {
        for text in [
            "", "a", "1 ", " 1", "1e", "1Zi", "1ki", "1mm", "1e1.5", "--1", "1i", "0x1",
        ] {
            assert!(Quantity::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_sum_is_rounded_once() {
        let half = Quantity::parse("500u").unwrap();
        assert_eq!((half + half).milli_value(), 1);
        assert_eq!(half.milli_value(), 1);
    }

    #[test]
    fn amounts_past_64_bits_are_read_as_upstream_reads_them() {
        assert_eq!(
            value("100E"),
            0,
            "a scaled 64-bit number overflows to nothing"
        );
        assert_eq!(value("16Ei"), i64::MAX, "binary amounts are capped");
    }
}
