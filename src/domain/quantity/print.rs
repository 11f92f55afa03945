//! The canonical text of a quantity; source: `Quantity.CanonicalizeBytes`.
//!
//! Upstream prints a text that is nearly canonical as it was written (`1.500`), and drops a suffix that it does not have
//! (`1000E` becomes `1`). Here every amount has one text, and that text is the amount.

use std::fmt;

use super::{NANO, Notation, Quantity, power};

/// Decimal suffixes by their exponent's third, from [`NANO`] on.
const SUFFIXES: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

/// The exponent of the last of them.
const LARGEST: i64 = 18;

/// Exponents from which zeros are no longer written out.
const FAR: i64 = 60;

/// Powers of 1024.
const BINARY_SUFFIXES: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/// Prints the shortest text without a fraction, in the notation in which the amount was written.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.mantissa, self.notation) {
            (0, _) => f.write_str("0"),
            (_, Notation::Binary) => match self.whole_and_large() {
                Some(units) => binary(units, f),
                None => self.decimal_text(Notation::Decimal, f),
            },
            (_, notation) => self.decimal_text(notation, f),
        }
    }
}

impl fmt::Debug for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Quantity {
    /// Returns the units of an amount that a binary suffix can say: whole, and of at least one such suffix.
    fn whole_and_large(&self) -> Option<i128> {
        let units = match self.exponent {
            0.. => self.at(0)?,
            fine => {
                let power = power(-i64::from(fine))?;
                (self.mantissa % power == 0).then(|| self.mantissa / power)?
            }
        };
        (units.unsigned_abs() >= 1024).then_some(units)
    }

    fn decimal_text(&self, notation: Notation, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = self.mantissa.to_string();
        let digits = written.trim_end_matches('0');
        let mut exponent = i64::from(self.exponent) + (written.len() - digits.len()) as i64;
        let mut zeros = exponent.rem_euclid(3);
        exponent -= zeros;
        let notation = match notation {
            Notation::Decimal if exponent <= FAR => Notation::Decimal,
            _ => Notation::Exponent,
        };
        if notation == Notation::Decimal && exponent > LARGEST {
            zeros += exponent - LARGEST;
            exponent = LARGEST;
        }
        f.write_str(digits)?;
        (0..zeros).try_for_each(|_| f.write_str("0"))?;
        match (notation, exponent) {
            (Notation::Exponent, 0) => Ok(()),
            (Notation::Exponent, exponent) => write!(f, "e{exponent}"),
            _ => f.write_str(decimal_suffix(exponent)),
        }
    }
}

fn decimal_suffix(exponent: i64) -> &'static str {
    let at = (exponent - i64::from(NANO)) / 3;
    let suffix = usize::try_from(at).ok().and_then(|at| SUFFIXES.get(at));
    suffix.copied().unwrap_or_default()
}

fn binary(mut units: i128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut suffixes = BINARY_SUFFIXES.iter();
    let mut suffix = suffixes.next();
    while units % 1024 == 0
        && let Some(next) = suffixes.next()
    {
        units /= 1024;
        suffix = Some(next);
    }
    write!(f, "{units}{}", suffix.copied().unwrap_or_default())
}
