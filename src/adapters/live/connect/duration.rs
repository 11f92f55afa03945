//! `--request-timeout`: whole seconds, or a duration as Go writes it.

use std::time::Duration;

use crate::domain::duration::GoDuration;

/// Reads a timeout as kubectl does. Zero and negative values mean "none", as they do for Go's HTTP client.
///
/// # Errors
/// Returns kubectl's own sentence for anything that is neither whole seconds nor a Go duration.
pub(super) fn parse_timeout(text: &str) -> Result<Option<Duration>, String> {
    let limit = match text.parse::<u32>() {
        Ok(seconds) => Some(Duration::from_secs(seconds.into())),
        Err(_) => GoDuration::parse(text)
            .ok_or_else(|| INVALID.to_owned())?
            .non_negative(),
    };
    Ok(limit.filter(|limit| !limit.is_zero()))
}

const INVALID: &str = "Invalid timeout value. Timeout must be a single integer in seconds, \
or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)";

/// Writes a duration as Go does, in letters that an address may hold: Go reads `us` as it reads its micro sign.
pub(super) fn go_duration(duration: Duration) -> String {
    GoDuration::from(duration)
        .to_string()
        .replace('\u{b5}', "u")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_durations_fit_into_an_address() {
        assert_eq!(go_duration(Duration::from_nanos(5_500)), "5.5us");
        assert_eq!(go_duration(Duration::from_secs(90)), "1m30s");
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
