//! Ages as kubectl writes them: one or two units, the coarser the older.
//!
//! Source: `k8s.io/apimachinery/pkg/util/duration`, `HumanDuration`.

use jiff::Timestamp;

/// Returns the time from one moment to a later one, such as `5m30s` or `12d`; `<invalid>` where it lies two seconds or
/// more in the future.
pub fn between(since: Timestamp, now: Timestamp) -> String {
    of(now.duration_since(since).as_secs())
}

/// Returns so many seconds.
fn of(seconds: i64) -> String {
    const DAY: i64 = 24;
    const YEAR: i64 = 365 * DAY;
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let days = hours / DAY;
    match hours {
        _ if seconds < -1 => "<invalid>".to_owned(),
        _ if seconds < 0 => "0s".to_owned(),
        _ if seconds < 120 => format!("{seconds}s"),
        _ if minutes < 10 => two(minutes, "m", seconds % 60, "s"),
        0..3 => format!("{minutes}m"),
        3..8 => two(hours, "h", minutes % 60, "m"),
        8..48 => format!("{hours}h"),
        48..192 => two(days, "d", hours % DAY, "h"),
        _ if hours < 2 * YEAR => format!("{days}d"),
        _ if hours < 8 * YEAR => two(days / 365, "y", days % 365, "d"),
        _ => format!("{}y", days / 365),
    }
}

fn two(large: i64, unit: &str, small: i64, smaller: &str) -> String {
    match small {
        0 => format!("{large}{unit}"),
        _ => format!("{large}{unit}{small}{smaller}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_get_coarser_with_time() {
        let (minute, hour, day) = (60, 3600, 86400);
        let rows = [
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (5 * minute + 7, "5m7s"),
            (10 * minute + 7, "10m"),
            (3 * hour - 1, "179m"),
            (3 * hour, "3h"),
            (7 * hour + 59 * minute, "7h59m"),
            (8 * hour + 59 * minute, "8h"),
            (47 * hour, "47h"),
            (48 * hour, "2d"),
            (50 * hour, "2d2h"),
            (8 * day, "8d"),
            (729 * day, "729d"),
            (730 * day, "2y"),
            (731 * day, "2y1d"),
            (8 * 365 * day, "8y"),
        ];
        for (seconds, text) in rows {
            assert_eq!(of(seconds), text, "{seconds} s");
        }
    }
}
