//! Traps of the notation; every text is compared with upstream's parser in `tests/conformance`.

use super::*;
use proptest::prelude::*;

fn quantity(text: &str) -> Quantity {
    Quantity::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

fn milli(text: &str) -> i64 {
    quantity(text).milli_value()
}

fn value(text: &str) -> i64 {
    quantity(text).value()
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
        "", "a", "1 ", " 1", "1e", "1Zi", "1ki", "1mm", "1e1.5", "--1", "1i", "0x1", "1e+", "1E-",
        "1Ei5", "١",
    ] {
        assert!(Quantity::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_suffix_alone_is_nothing_or_refused_as_upstream_does_it() {
    for text in ["Ki", "m", "-", "+", "e5", "e-9", ".Ti"] {
        assert!(quantity(text).is_zero(), "{text}");
    }
    for text in ["Pi", "Ei", ".Ei", "e-10", ".e-10", "-e-10"] {
        assert!(Quantity::parse(text).is_err(), "{text}");
    }
}

#[test]
fn the_sum_is_rounded_once() {
    let half = quantity("500u");
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
    assert_eq!(
        value("7034702270393G"),
        6_492_778_309_660_834_304,
        "or to its low bits, where the scale is one of five"
    );
    assert_eq!(value("16Ei"), i64::MAX, "binary amounts are capped");
    assert_eq!(
        value("36893488147419103233"),
        1,
        "of a decimal the low bits are left"
    );
    assert_eq!(value("1e4294967297"), 10, "exponents have 32 bits");
}

#[test]
fn a_long_fraction_of_a_binary_amount_is_counted_exactly() {
    let text = "1.00000000000000000000000000001Ei";
    assert_eq!(value(text), 1_152_921_504_606_846_977);
}

#[test]
fn a_text_is_printed_in_its_own_notation() {
    let cases = [
        ("1.5Gi", "1536Mi"),
        ("0.5Ki", "512"),
        ("1024", "1024"),
        ("1024Ki", "1Mi"),
        ("1.5", "1500m"),
        ("1000m", "1"),
        ("12e6", "12e6"),
        ("1e1", "10"),
        ("1e-1", "100e-3"),
        ("1E3", "1e3"),
        ("100n", "100n"),
        ("-1.5", "-1500m"),
        ("1000E", "1000E"),
        ("16Ei", "9223372036854775807"),
        ("0.1Ki", "102400m"),
        ("1937.5Ki", "1984000"),
        ("1984000", "1984k"),
        ("00", "0"),
    ];
    for (text, expected) in cases {
        assert_eq!(quantity(text).to_string(), expected, "{text}");
    }
}

#[test]
fn sums_have_the_notation_of_what_stood_first() {
    let sum = quantity("1Gi") + quantity("1G");
    assert_eq!(sum.to_string(), "2073741824");
    assert_eq!((quantity("0") + quantity("1Gi")).to_string(), "1Gi");
    assert_eq!((quantity("1Gi") + quantity("1Gi")).to_string(), "2Gi");
    assert_eq!((quantity("1") + quantity("1n")).to_string(), "1000000001n");
}

#[test]
fn amounts_too_far_apart_to_be_added_exactly_are_rounded_up() {
    let sum = quantity("1e40") + quantity("1n");
    assert!(sum.compare(quantity("1e40")).is_gt());
    assert!(sum.compare(quantity("1.0001e40")).is_lt());
}

/// A text of the grammar, and now and then one beside it.
fn texts() -> impl Strategy<Value = String> {
    let suffix = prop_oneof![
        "(n|u|m||k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)",
        "[eE][+-]?[0-9]{1,2}"
    ];
    ("[+-]?", "[0-9]{0,22}", "(\\.[0-9]{0,12})?", suffix)
        .prop_map(|(sign, whole, fraction, suffix)| format!("{sign}{whole}{fraction}{suffix}"))
}

proptest! {
    #[test]
    fn what_is_printed_is_read_as_the_same_amount(text in texts()) {
        if let Ok(read) = Quantity::parse(&text) {
            let printed = read.to_string();
            let again = quantity(&printed);
            prop_assert_eq!(again.compare(read), Ordering::Equal);
            let settled = again.to_string();
            prop_assert_eq!(quantity(&settled).to_string(), settled);
        }
    }

    #[test]
    fn the_order_of_a_sum_does_not_matter(texts in (texts(), texts())) {
        if let (Ok(a), Ok(b)) = (Quantity::parse(&texts.0), Quantity::parse(&texts.1)) {
            prop_assert_eq!((a + b).compare(b + a), Ordering::Equal);
            prop_assert_eq!((a + b).compare(a), b.compare(Quantity::ZERO));
        }
    }
}
