//! Spans of time as people read them: two units at most, as kubectl prints ages.

/// Returns seconds as `45s`, `5m`, `5m30s`, `3h12m`, `4d5h`, `400d`.
pub fn span(seconds: i64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |number: i64, unit: char, rest: i64, small: char| match rest {
        0 => format!("{number}{unit}"),
        rest => format!("{number}{unit}{rest}{small}"),
    };
    match seconds {
        ..60 => format!("{seconds}s"),
        60..3600 => two(minutes, 'm', seconds % 60, 's'),
        3600..86_400 => two(hours, 'h', minutes % 60, 'm'),
        86_400..864_000 => two(days, 'd', hours % 24, 'h'),
        _ => format!("{days}d"),
    }
}

/// Returns a range of seconds: `0s`, `1m`, `9-15s`, `5m to 5m15s`.
pub fn range(first: i64, last: i64) -> String {
    match (first, last) {
        (first, last) if first == last => span(first),
        (first, last) if last < 60 => format!("{first}-{last}s"),
        (first, last) => format!("{} to {}", span(first), span(last)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_two_units_at_most() {
        for (seconds, text) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m"),
            (330, "5m30s"),
            (3600, "1h"),
            (11_520, "3h12m"),
            (86_400, "1d"),
            (363_600, "4d5h"),
            (34_560_000, "400d"),
        ] {
            assert_eq!(span(seconds), text);
        }
    }

    #[test]
    fn ranges_are_short_where_they_can_be() {
        assert_eq!(range(0, 0), "0s");
        assert_eq!(range(0, 15), "0-15s");
        assert_eq!(range(30, 30), "30s");
        assert_eq!(range(200, 300), "3m20s to 5m");
        assert_eq!(range(0, 300), "0s to 5m");
    }
}
