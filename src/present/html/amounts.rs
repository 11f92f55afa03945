//! Amounts as people say them, and as parts of a whole.

/// Says thousandths of a CPU in CPUs: `3.2`, `0.25`, `12`.
pub(super) fn cpus(milli: i64) -> String {
    let text = format!("{}.{:03}", milli / 1000, (milli % 1000).abs());
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Says bytes in the largest unit that leaves a whole number before the point: `6.4 GiB`, `512 MiB`.
pub(super) fn bytes(bytes: i64) -> String {
    const UNITS: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut unit = 0;
    let mut scale: i64 = 1;
    while unit + 1 < UNITS.len() && bytes.abs() / scale >= 1024 {
        scale *= 1024;
        unit += 1;
    }
    // Tenths, cut off: a node is never said to hold more than it does.
    let tenths = i128::from(bytes) * 10 / i128::from(scale);
    match tenths % 10 {
        0 => format!("{} {}", tenths / 10, UNITS[unit]),
        rest => format!("{}.{} {}", tenths / 10, rest.abs(), UNITS[unit]),
    }
}

/// A part of a whole in thousandths, rounded down; of nothing it is nothing.
pub(super) fn permille(part: i64, whole: i64) -> i64 {
    match whole {
        ..=0 => 0,
        whole => {
            let parts = i128::from(part.max(0)) * 1000 / i128::from(whole);
            i64::try_from(parts).unwrap_or(i64::MAX)
        }
    }
}

/// A length of a picture as wide as the whole; what is more than that ends there.
pub(super) fn width(permille: i64) -> String {
    let permille = permille.clamp(0, 1000);
    format!("{}.{}%", permille / 10, permille % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_said_in_words_that_people_use() {
        assert_eq!(
            [3200, 250, 12_000, 0, 1].map(cpus),
            ["3.2", "0.25", "12", "0", "0.001"]
        );
        assert_eq!(
            [0, 1023, 1024, 1 << 29, 6_871_947_673].map(bytes),
            ["0 B", "1023 B", "1 KiB", "512 MiB", "6.3 GiB"]
        );
        assert_eq!(bytes(i64::MAX), "8191.9 PiB");
    }

    #[test]
    fn parts_of_nothing_are_nothing_and_lengths_end_at_the_edge() {
        assert_eq!(permille(1, 0), 0);
        assert_eq!(permille(1, 3), 333);
        assert_eq!(width(333), "33.3%");
        assert_eq!(width(1500), "100.0%");
    }
}
