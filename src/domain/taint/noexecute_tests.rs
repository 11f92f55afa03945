//! The rules of the controller that NoExecute taints are obeyed by, case by case.

use proptest::prelude::*;

use super::*;
use crate::domain::taint::spec::parse_addition;
use crate::domain::taint::toleration::{TolerationEffect, TolerationOperator};

fn taints(specs: &[&str]) -> Vec<Taint> {
    let parse = |spec: &&str| parse_addition(spec).unwrap();
    specs.iter().map(parse).collect()
}

/// `key`, `key=value`, either with `:Effect` and `@seconds` behind; `*` is every key.
fn toleration(text: &str) -> Toleration {
    let (text, seconds) = match text.split_once('@') {
        Some((text, seconds)) => (text, Some(seconds.parse().unwrap())),
        None => (text, None),
    };
    let (text, effect) = match text.split_once(':') {
        Some((text, effect)) => (text, TolerationEffect::Only(Effect::parse(effect).unwrap())),
        None => (text, TolerationEffect::Any),
    };
    let (key, operator, value) = match text.split_once('=') {
        Some((key, value)) => (key, TolerationOperator::Equal, value),
        None => (text, TolerationOperator::Exists, ""),
    };
    Toleration {
        key: key.trim_start_matches('*').to_owned(),
        operator,
        value: value.to_owned(),
        effect,
        seconds,
    }
}

fn tolerations(texts: &[&str]) -> Vec<Toleration> {
    texts.iter().map(|text| toleration(text)).collect()
}

/// The stay and the taint that decides, as text.
fn decided(specs: &[&str], tolerating: &[&str]) -> (Stay, String) {
    let (taints, tolerations) = (taints(specs), tolerations(tolerating));
    let outcome = decide(&taints, &tolerations, Comparisons::Off);
    let by = outcome.decided_by.map(Taint::to_string);
    (outcome.stay, by.unwrap_or_default())
}

#[test]
fn only_noexecute_taints_make_pods_leave() {
    let harmless = ["a:NoSchedule", "b:PreferNoSchedule"];
    assert_eq!(decided(&harmless, &[]).0, Stay::Forever);
    assert_eq!(decided(&[], &[]).0, Stay::Forever);
    assert_eq!(
        decided(&["a:NoSchedule", "a=1:NoExecute"], &[]),
        (Stay::Untolerated, "a=1:NoExecute".to_owned())
    );
}

#[test]
fn tolerations_match_by_key_value_and_effect_and_empty_ones_match_all() {
    let leaves =
        |tolerating: &[&str]| decided(&["a=1:NoExecute"], tolerating).0 == Stay::Untolerated;
    for (tolerating, expected) in [
        ("a=1:NoExecute", false),
        ("a=1", false),
        ("a", false),
        ("a:NoExecute", false),
        ("*", false),
        ("*:NoExecute", false),
        // Equal with an empty key compares the value; the API refuses to store it.
        ("=1", false),
        ("=2", true),
        ("a=2", true),
        ("a=", true),
        ("b", true),
        ("a:NoSchedule", true),
        ("*:NoSchedule", true),
    ] {
        assert_eq!(leaves(&[tolerating]), expected, "{tolerating}");
    }
}

#[test]
fn every_taint_must_be_tolerated_and_the_first_that_is_not_decides() {
    assert_eq!(
        decided(
            &["a:NoExecute", "b:NoExecute", "c:NoExecute"],
            &["a", "c@5"]
        ),
        (Stay::Untolerated, "b:NoExecute".to_owned())
    );
}

#[test]
fn the_first_matching_toleration_counts_even_if_a_later_one_is_laxer() {
    let taint = ["a:NoExecute"];
    assert_eq!(decided(&taint, &["a@30", "a"]).0, Stay::Seconds(30));
    assert_eq!(decided(&taint, &["a", "a@30"]).0, Stay::Forever);
    assert_eq!(decided(&taint, &["b", "*@9", "a"]).0, Stay::Seconds(9));
}

#[test]
fn the_shortest_time_over_all_taints_counts() {
    let both = ["a:NoExecute", "b:NoExecute"];
    assert_eq!(
        decided(&both, &["a@30", "b@20"]),
        (Stay::Seconds(20), "b:NoExecute".to_owned())
    );
    assert_eq!(
        decided(&both, &["a", "b@20"]),
        (Stay::Seconds(20), "b:NoExecute".to_owned())
    );
    assert_eq!(
        decided(&both, &["*@7"]),
        (Stay::Seconds(7), "a:NoExecute".to_owned())
    );
    assert_eq!(decided(&both, &["a", "b"]), (Stay::Forever, String::new()));
}

#[test]
fn no_time_and_less_than_none_is_now() {
    for seconds in ["0", "-1", "-9223372036854775808"] {
        let found = decided(&["a:NoExecute"], &[&format!("a@{seconds}")]);
        assert_eq!(
            found,
            (Stay::Seconds(0), "a:NoExecute".to_owned()),
            "{seconds}: tolerated, and gone all the same"
        );
    }
}

#[test]
fn a_time_beyond_sixty_four_bits_of_nanoseconds_runs_over() {
    let stay = |seconds: i64| decided(&["a:NoExecute"], &[&format!("a@{seconds}")]).0;
    assert_eq!(stay(9_223_372_036), Stay::Seconds(9_223_372_036));
    assert_eq!(stay(9_223_372_037), Stay::Forever);
    assert_eq!(stay(i64::MAX), Stay::Forever);
    // A multiple of 2^64 nanoseconds and a bit.
    assert_eq!(stay(18_446_744_074), Stay::Seconds(1));
}

#[test]
fn the_tolerations_that_are_used_are_told_also_where_another_taint_decides() {
    let taints = taints(&["a:NoExecute", "b:NoExecute"]);
    let tolerations = tolerations(&["*:NoSchedule", "a@5", "a"]);
    let outcome = decide(&taints, &tolerations, Comparisons::Off);
    assert_eq!(outcome.stay, Stay::Untolerated);
    assert_eq!(outcome.used, [(&taints[0], &tolerations[1])]);
}

#[test]
fn greater_and_less_count_under_their_gate() {
    let taints = taints(&["load=7:NoExecute"]);
    let mut above = toleration("load=5@60");
    above.operator = TolerationOperator::Greater;
    let above = [above];
    assert_eq!(
        decide(&taints, &above, Comparisons::Off).stay,
        Stay::Untolerated
    );
    assert_eq!(
        decide(&taints, &above, Comparisons::On).stay,
        Stay::Seconds(60)
    );
}

#[test]
fn a_running_timer_is_stopped_or_cut_but_never_changed() {
    use Change::{LeavesAfter, LeavesNow, LeavesWithin, Saved, Stays};
    let cases = [
        (Stay::Forever, Stay::Forever, Stays),
        (Stay::Forever, Stay::Untolerated, LeavesNow),
        (Stay::Forever, Stay::Seconds(5), LeavesAfter(5)),
        (Stay::Seconds(8), Stay::Seconds(2), LeavesWithin(8)),
        (Stay::Seconds(8), Stay::Seconds(200), LeavesWithin(8)),
        (Stay::Seconds(8), Stay::Untolerated, LeavesNow),
        // The controller finds a timer and lets it run.
        (Stay::Seconds(8), Stay::Seconds(0), LeavesWithin(8)),
        (Stay::Forever, Stay::Seconds(0), LeavesNow),
        (Stay::Seconds(0), Stay::Seconds(0), LeavesNow),
        (Stay::Seconds(0), Stay::Forever, Stays),
        (Stay::Seconds(8), Stay::Forever, Saved),
        // It is being deleted, or was not seen by any controller.
        (Stay::Untolerated, Stay::Untolerated, LeavesNow),
        (Stay::Untolerated, Stay::Seconds(5), LeavesAfter(5)),
        (Stay::Untolerated, Stay::Forever, Stays),
    ];
    for (before, after, expected) in cases {
        assert_eq!(change(before, after), expected, "{before:?} {after:?}");
    }
}

fn any_taint() -> impl Strategy<Value = String> {
    ("[ab]", "[12]?", "NoExecute|NoSchedule").prop_map(|(key, value, effect)| {
        match value.as_str() {
            "" => format!("{key}:{effect}"),
            value => format!("{key}={value}:{effect}"),
        }
    })
}

fn any_toleration() -> impl Strategy<Value = String> {
    (
        "[ab*]",
        "(=[12])?",
        "(:NoExecute)?",
        proptest::option::of(-2_i64..50),
    )
        .prop_map(|(key, value, effect, seconds)| {
            let value = if key == "*" { "" } else { &value };
            let seconds = seconds.map_or_else(String::new, |s| format!("@{s}"));
            format!("{key}{value}{effect}{seconds}")
        })
}

proptest! {
    /// A toleration that is appended never shortens a stay, and a taint that is added never prolongs it.
    #[test]
    fn more_taints_never_help_and_more_tolerations_at_the_end_never_hurt_untolerated_pods(
        specs in proptest::collection::vec(any_taint(), 0..4),
        tolerating in proptest::collection::vec(any_toleration(), 0..4),
        more in any_taint(),
    ) {
        let specs: Vec<&str> = specs.iter().map(String::as_str).collect();
        let tolerating: Vec<&str> = tolerating.iter().map(String::as_str).collect();
        let (stay, _) = decided(&specs, &tolerating);
        let longer: Vec<&str> = specs.iter().copied().chain([more.as_str()]).collect();
        prop_assert!(decided(&longer, &tolerating).0 <= stay);
        let open: Vec<&str> = tolerating.iter().copied().chain(["*"]).collect();
        prop_assert!(decided(&specs, &open).0 >= stay);
    }
}
