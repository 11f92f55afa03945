//! The text form of quantities; source: `resource.ParseQuantity`, with everything that it lets through.

use super::{Form, NANO, Notation, Quantity, QuantityError, power};

/// So many digits fit every mantissa.
const DIGITS: usize = 37;

impl Quantity {
    /// Parses a quantity.
    ///
    /// # Errors
    ///
    /// Fails on what the API server would refuse.
    pub fn parse(text: &str) -> Result<Quantity, QuantityError> {
        read(text).ok_or_else(|| QuantityError {
            text: text.to_owned(),
        })
    }
}

fn read(text: &str) -> Option<Quantity> {
    let parts = Parts::split(text)?;
    let suffix = Suffix::read(parts.suffix)?;
    let quantity = match parts.small(suffix) {
        Some(quantity) => quantity,
        None => parts.large(suffix)?,
    };
    Some(match parts.sign {
        Sign::Plus => quantity,
        Sign::Minus => Quantity {
            mantissa: -quantity.mantissa,
            ..quantity
        },
    })
}

#[derive(Clone, Copy)]
enum Sign {
    Plus,
    Minus,
}

/// The parts of a quantity's text.
struct Parts<'a> {
    sign: Sign,
    /// Without leading zeros.
    whole: &'a str,
    fraction: &'a str,
    /// Sign, digits and point, as written.
    number: &'a str,
    suffix: &'a str,
}

impl<'a> Parts<'a> {
    /// Splits as `parseQuantityString` does, which takes `.`, `-` and `5.` for numbers too.
    fn split(text: &'a str) -> Option<Parts<'a>> {
        if text.is_empty() {
            return None;
        }
        let sign = match text.starts_with('-') {
            true => Sign::Minus,
            false => Sign::Plus,
        };
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, rest) = digits(unsigned.trim_start_matches('0'));
        let (fraction, suffix) = match rest.strip_prefix('.') {
            Some(rest) => digits(rest),
            None => ("", rest),
        };
        Some(Parts {
            sign,
            whole,
            fraction,
            number: &text[..text.len() - suffix.len()],
            suffix,
        })
    }

    /// How many digits upstream counts.
    fn length(&self) -> usize {
        self.whole.len().max(1) + self.fraction.len()
    }

    fn places(&self) -> i32 {
        i32::try_from(self.fraction.len()).unwrap_or(i32::MAX)
    }

    /// Reads what upstream holds in 64 bits; `None` for anything else.
    fn small(&self, suffix: Suffix) -> Option<Quantity> {
        let (exponent, factor, notation) = match suffix {
            Suffix::Decimal { exponent, notation } => {
                if self.length() > 18 {
                    return None;
                }
                // Upstream counts in 32 bits here.
                let exponent = exponent.wrapping_sub(self.places());
                if exponent < NANO {
                    return None;
                }
                (exponent, 1, notation)
            }
            Suffix::Binary { thousands } => {
                let fits = self.fraction.is_empty() && self.length() + thousands * 3 < 15;
                if !fits {
                    return None;
                }
                (0, 1_i64 << (thousands * 10), Notation::Binary)
            }
        };
        let all = self.whole.bytes().chain(self.fraction.bytes());
        let number = all.fold(0_i64, |number, digit| number * 10 + i64::from(digit - b'0'));
        Some(Quantity {
            mantissa: i128::from(number) * i128::from(factor),
            exponent,
            form: Form::Machine,
            notation,
        })
    }

    /// Reads what upstream holds as a decimal of any size; `None` where it finds no digit.
    fn large(&self, suffix: Suffix) -> Option<Quantity> {
        if !self.number.contains(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let all = self.whole.bytes().chain(self.fraction.bytes());
        let mut decimal = Decimal {
            digits: all.map(|digit| digit - b'0').collect(),
            exponent: -i64::from(self.places()),
        };
        let notation = match suffix {
            Suffix::Decimal { exponent, notation } => {
                decimal.exponent += i64::from(exponent);
                notation
            }
            Suffix::Binary { thousands } => {
                (0..thousands).for_each(|_| decimal.times_1024());
                Notation::Binary
            }
        };
        decimal.round_up_to_nano();
        let (mantissa, exponent) = decimal.amount();
        let quantity = Quantity {
            mantissa,
            exponent,
            form: Form::Decimal,
            notation,
        };
        Some(match notation {
            Notation::Binary => quantity.as_binary(),
            Notation::Decimal | Notation::Exponent => quantity,
        })
    }
}

impl Quantity {
    /// Only binary amounts are capped (`maxAllowed`), and those below one are decimal ones from then on.
    fn as_binary(self) -> Quantity {
        let most = Quantity {
            form: Form::Decimal,
            notation: Notation::Binary,
            ..Quantity::of(i64::MAX)
        };
        if self.compare(most).is_gt() {
            return most;
        }
        let below_one = !self.is_zero() && self.compare(Quantity::of(1)).is_lt();
        Quantity {
            notation: if below_one {
                Notation::Decimal
            } else {
                Notation::Binary
            },
            ..self
        }
    }
}

fn digits(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

/// A decimal of any size, the highest digit first.
struct Decimal {
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    fn times_1024(&mut self) {
        let mut carry = 0;
        for digit in self.digits.iter_mut().rev() {
            let product = u32::from(*digit) * 1024 + carry;
            *digit = (product % 10) as u8;
            carry = product / 10;
        }
        let mut above = Vec::new();
        while carry > 0 {
            above.push((carry % 10) as u8);
            carry /= 10;
        }
        self.digits.splice(..0, above.into_iter().rev());
    }

    /// What is not zero is at least a billionth.
    fn round_up_to_nano(&mut self) {
        let excess = i64::from(NANO) - self.exponent;
        if excess > 0 {
            self.drop_lowest(usize::try_from(excess).unwrap_or(usize::MAX));
            self.exponent = NANO.into();
        }
    }

    /// Drops digits and rounds up; the exponent is left to the caller.
    fn drop_lowest(&mut self, count: usize) {
        let kept = self.digits.len().saturating_sub(count);
        let is_exact = self.digits[kept..].iter().all(|digit| *digit == 0);
        self.digits.truncate(kept);
        if !is_exact {
            self.increase();
        }
    }

    fn increase(&mut self) {
        for digit in self.digits.iter_mut().rev() {
            if *digit < 9 {
                *digit += 1;
                return;
            }
            *digit = 0;
        }
        self.digits.insert(0, 1);
    }

    /// Returns mantissa and exponent; in billionths where that fits, as upstream holds it.
    fn amount(mut self) -> (i128, i32) {
        let leading = self.digits.iter().take_while(|digit| **digit == 0).count();
        self.digits.drain(..leading);
        if self.digits.is_empty() {
            return (0, 0);
        }
        if self.digits.len() > DIGITS {
            let excess = self.digits.len() - DIGITS;
            self.drop_lowest(excess);
            self.exponent += i64::try_from(excess).unwrap_or(i64::MAX);
        }
        let digits = self.digits.iter();
        let mantissa = digits.fold(0_i128, |sum, digit| sum * 10 + i128::from(*digit));
        let in_nanos =
            power(self.exponent - i64::from(NANO)).and_then(|power| mantissa.checked_mul(power));
        match in_nanos {
            Some(nanos) => (nanos, NANO),
            None => (mantissa, i32::try_from(self.exponent).unwrap_or(i32::MAX)),
        }
    }
}

/// What a suffix multiplies by.
#[derive(Clone, Copy)]
enum Suffix {
    /// A power of ten.
    Decimal { exponent: i32, notation: Notation },
    /// A power of 1024.
    Binary { thousands: usize },
}

impl Suffix {
    fn read(text: &str) -> Option<Suffix> {
        let decimal = |exponent| Suffix::Decimal {
            exponent,
            notation: Notation::Decimal,
        };
        let binary = |thousands| Suffix::Binary { thousands };
        Some(match text {
            "n" => decimal(-9),
            "u" => decimal(-6),
            "m" => decimal(-3),
            "" => decimal(0),
            "k" => decimal(3),
            "M" => decimal(6),
            "G" => decimal(9),
            "T" => decimal(12),
            "P" => decimal(15),
            "E" => decimal(18),
            "Ki" => binary(1),
            "Mi" => binary(2),
            "Gi" => binary(3),
            "Ti" => binary(4),
            "Pi" => binary(5),
            "Ei" => binary(6),
            exponent => {
                let exponent: i64 = exponent.strip_prefix(['e', 'E'])?.parse().ok()?;
                Suffix::Decimal {
                    #[expect(
                        clippy::cast_possible_truncation,
                        reason = "upstream keeps the low 32 bits"
                    )]
                    exponent: exponent as i32,
                    notation: Notation::Exponent,
                }
            }
        })
    }
}
