//! Durations as Go writes them (`1h2m3.5s`, `250ms`): the form of kubectl's flags.
//!
//! Written here because Rust's libraries differ from Go in what they accept, and a runbook's value must mean the same
//! in both programs.

use std::fmt;
use std::time::Duration;

/// A Go duration: nanoseconds in 64 bits, negative ones too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct GoDuration {
    nanos: i64,
}

impl GoDuration {
    /// Parses what Go's `time.ParseDuration` parses; `None` where that fails.
    pub fn parse(text: &str) -> Option<GoDuration> {
        let (sign, digits) = match text.as_bytes().first()? {
            b'-' => (-1, &text[1..]),
            b'+' => (1, &text[1..]),
            _ => (1, text),
        };
        if digits == "0" {
            return Some(GoDuration { nanos: 0 });
        }
        let mut rest = digits;
        let mut total: i128 = 0;
        while !rest.is_empty() {
            let (part, left) = part(rest)?;
            total = total.checked_add(part)?;
            rest = left;
        }
        if digits.is_empty() {
            return None;
        }
        let nanos = i64::try_from(sign * total).ok()?;
        Some(GoDuration { nanos })
    }

    /// Returns it as an unsigned duration; `None` where it is negative.
    pub fn non_negative(self) -> Option<Duration> {
        u64::try_from(self.nanos).ok().map(Duration::from_nanos)
    }
}

impl From<Duration> for GoDuration {
    /// Takes over what fits: Go's longest duration is 292 years.
    fn from(duration: Duration) -> GoDuration {
        let nanos = i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
        GoDuration { nanos }
    }
}

impl fmt::Display for GoDuration {
    /// Writes what Go's `Duration.String` writes: `1h2m3.5s`, `250ms`, `0s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nanos < 0 {
            f.write_str("-")?;
        }
        let nanos = self.nanos.unsigned_abs();
        match nanos {
            0 => f.write_str("0s"),
            1..1_000 => write!(f, "{nanos}ns"),
            1_000..1_000_000 => write!(f, "{}\u{b5}s", decimal(nanos, 1_000)),
            1_000_000..1_000_000_000 => write!(f, "{}ms", decimal(nanos, 1_000_000)),
            _ => {
                let seconds = nanos / SECOND;
                let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
                if hours > 0 {
                    write!(f, "{hours}h")?;
                }
                if hours > 0 || minutes > 0 {
                    write!(f, "{minutes}m")?;
                }
                write!(f, "{}s", decimal(nanos % (60 * SECOND), SECOND))
            }
        }
    }
}

const SECOND: u64 = 1_000_000_000;

/// Writes a quotient with as many decimals as it needs.
fn decimal(value: u64, unit: u64) -> String {
    let (whole, fraction) = (value / unit, value % unit);
    if fraction == 0 {
        return whole.to_string();
    }
    let digits = unit.ilog10() as usize;
    let text = format!("{whole}.{fraction:0digits$}");
    text.trim_end_matches('0').to_owned()
}

/// Reads one number with its unit and returns its nanoseconds and what follows.
fn part(text: &str) -> Option<(i128, &str)> {
    let number_end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, rest) = text.split_at(number_end);
    let unit_end = rest
        .find(|c: char| c.is_ascii_digit() || c == '.')
        .unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(unit_end);
    let unit = unit_nanos(unit)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let whole: i128 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let nanos = whole
        .checked_mul(unit)?
        .checked_add(fraction_nanos(fraction, unit)?)?;
    Some((nanos, rest))
}

fn unit_nanos(unit: &str) -> Option<i128> {
    match unit {
        "ns" => Some(1),
        // Both micro signs that Go knows: U+00B5 and U+03BC.
        "us" | "\u{b5}s" | "\u{3bc}s" => Some(1_000),
        "ms" => Some(1_000_000),
        "s" => Some(1_000_000_000),
        "m" => Some(60 * 1_000_000_000),
        "h" => Some(3_600 * 1_000_000_000),
        _ => None,
    }
}

/// Returns the nanoseconds of a decimal fraction of a unit, cut off below one.
fn fraction_nanos(digits: &str, unit: i128) -> Option<i128> {
    // More digits than this are below a nanosecond for every unit.
    let significant = &digits[..digits.len().min(18)];
    if significant.is_empty() {
        return Some(0);
    }
    let value: i128 = significant.parse().ok()?;
    let scale = 10_i128.checked_pow(u32::try_from(significant.len()).ok()?)?;
    Some(value * unit / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_durations_parse() {
        let cases = [
            ("0", Some(0)),
            ("1s", Some(1_000_000_000)),
            ("1h2m3.5s", Some(3_723_500_000_000)),
            ("250ms", Some(250_000_000)),
            ("1.5h", Some(5_400_000_000_000)),
            ("-1s", Some(-1_000_000_000)),
            ("+5s", Some(5_000_000_000)),
            (".5s", Some(500_000_000)),
            ("3\u{b5}s", Some(3_000)),
            ("", None),
            ("-", None),
            ("90", None),
            ("NaN", None),
            ("1", None),
            ("1d", None),
            ("s", None),
            (".s", None),
            ("1..5s", None),
            ("9999999999h", None),
        ];
        for (text, nanos) in cases {
            let parsed = GoDuration::parse(text).map(|d| d.nanos);
            assert_eq!(parsed, nanos, "{text:?}");
        }
    }

    #[test]
    fn durations_print_as_go_prints_them() {
        let cases = [
            ("0", "0s"),
            ("7s", "7s"),
            ("90s", "1m30s"),
            ("10m", "10m0s"),
            ("1h", "1h0m0s"),
            ("1h2m3.5s", "1h2m3.5s"),
            ("1500ms", "1.5s"),
            ("250ms", "250ms"),
            ("1.5us", "1.5\u{b5}s"),
            ("3ns", "3ns"),
            ("-1s", "-1s"),
            ("1.05s", "1.05s"),
        ];
        for (text, printed) in cases {
            let parsed = GoDuration::parse(text).expect(text);
            assert_eq!(parsed.to_string(), printed, "{text:?}");
        }
    }

    #[test]
    fn negative_durations_are_told_apart() {
        let negative = GoDuration::parse("-1s").expect("parses");
        assert_eq!(negative.non_negative(), None);
        let zero = GoDuration::parse("0s").expect("parses");
        assert_eq!(zero.non_negative(), Some(Duration::ZERO));
    }
}
