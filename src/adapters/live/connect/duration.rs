//! `--request-timeout`: whole seconds, or a duration as Go writes it (`1h2m3.5s`, `250ms`).
//!
//! Written here because Rust's libraries differ from Go in what they accept, and a runbook's value must mean the
//! same in both programs.

use std::time::Duration;

/// Reads a timeout as kubectl does. Zero and negative values mean "none", as they do for Go's HTTP client.
///
/// # Errors
/// Returns kubectl's own sentence for anything that is neither whole seconds nor a Go duration.
pub(super) fn parse_timeout(text: &str) -> Result<Option<Duration>, String> {
    let nanos = match text.parse::<i64>() {
        Ok(seconds) if seconds >= 0 => Some(i128::from(seconds) * 1_000_000_000),
        _ => parse_go_duration(text),
    };
    let nanos = nanos.ok_or_else(|| INVALID.to_owned())?;
    Ok(u64::try_from(nanos)
        .ok()
        .filter(|nanos| *nanos > 0)
        .map(Duration::from_nanos))
}

const INVALID: &str = "Invalid timeout value. Timeout must be a single integer in seconds, \
or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)";

/// Nanoseconds of a Go duration, or `None` where Go's `time.ParseDuration` fails.
fn parse_go_duration(text: &str) -> Option<i128> {
    let (negative, mut rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total: i128 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (part, left) = parse_part(rest)?;
        total = total.checked_add(part)?;
        rest = left;
    }
    let total = if negative { -total } else { total };
    i64::try_from(total).is_ok().then_some(total)
}

/// One number with its unit, and what follows it.
fn parse_part(text: &str) -> Option<(i128, &str)> {
    let number_end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, rest) = text.split_at(number_end);
    let unit_end = rest
        .find(|c: char| c.is_ascii_digit() || c == '.')
        .unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(unit_end);
    let unit = unit_nanos(unit)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let whole: i128 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    Some((
        whole
            .checked_mul(unit)?
            .checked_add(fraction_nanos(fraction, unit)?)?,
        rest,
    ))
}

/// The part behind the decimal point; digits below a nanosecond are dropped.
fn fraction_nanos(digits: &str, unit: i128) -> Option<i128> {
    let digits = &digits[..digits.len().min(18)];
    if digits.is_empty() {
        return Some(0);
    }
    let scale = 10_i128.checked_pow(u32::try_from(digits.len()).ok()?)?;
    Some(digits.parse::<i128>().ok()? * unit / scale)
}

fn unit_nanos(unit: &str) -> Option<i128> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// A duration as Go writes it: `1m30.5s`, `250ms`; but `us`, which Go also reads, because an address may not hold `µ`.
pub(super) fn go_duration(duration: Duration) -> String {
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    if seconds == 0 {
        return match nanos {
            0 => "0s".to_owned(),
            1..1_000 => format!("{nanos}ns"),
            1_000..1_000_000 => format!("{}us", fraction(nanos, 1_000)),
            _ => format!("{}ms", fraction(nanos, 1_000_000)),
        };
    }
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let rest = format!("{}{}s", seconds % 60, decimals(nanos, 1_000_000_000));
    match (hours, minutes) {
        (0, 0) => rest,
        (0, minutes) => format!("{minutes}m{rest}"),
        (hours, minutes) => format!("{hours}h{minutes}m{rest}"),
    }
}

fn fraction(nanos: u32, unit: u32) -> String {
    format!("{}{}", nanos / unit, decimals(nanos % unit, unit))
}

/// What stands behind the point, without trailing zeros; nothing where it is zero.
fn decimals(part: u32, unit: u32) -> String {
    if part == 0 {
        return String::new();
    }
    let width = unit.ilog10() as usize;
    let digits = format!(".{part:0width$}");
    digits.trim_end_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_go_writes_them() {
        let rows = [
            (0, "0s"),
            (7, "7ns"),
            (5_500, "5.5us"),
            (250_000_000, "250ms"),
            (1_050_000_000, "1.05s"),
            (90_500_000_000, "1m30.5s"),
            (3_600_000_000_000, "1h0m0s"),
            (3_723_000_000_000, "1h2m3s"),
        ];
        for (nanos, text) in rows {
            assert_eq!(go_duration(Duration::from_nanos(nanos)), text);
        }
    }

    #[test]
    fn seconds_and_go_durations() {
        let rows: &[(&str, Option<u64>)] = &[
            ("0", None),
            ("0s", None),
            ("-5s", None),
            ("90", Some(90_000)),
            ("+2s", Some(2_000)),
            ("1m30s", Some(90_000)),
            ("1.5s", Some(1_500)),
            (".5s", Some(500)),
            ("1.s", Some(1_000)),
            ("250ms", Some(250)),
            ("1h2m3.5s", Some(3_723_500)),
            ("3000us", Some(3)),
            ("3000µs", Some(3)),
            ("1000000ns", Some(1)),
        ];
        for (text, millis) in rows {
            assert_eq!(
                parse_timeout(text).unwrap(),
                millis.map(Duration::from_millis),
                "{text}"
            );
        }
    }

    #[test]
    fn everything_else_is_kubectls_own_sentence() {
        for text in [
            "",
            " ",
            "5 s",
            "s",
            ".",
            ".s",
            "1.2.3s",
            "5d",
            "NaN",
            "inf",
            "-5",
            "1e3s",
            "99999999999999h",
            "5s ",
            "0x5s",
            "--5s",
            "é",
        ] {
            assert_eq!(parse_timeout(text).unwrap_err(), INVALID, "{text:?}");
        }
    }
}
