//! Tests of specs: upstream's tables first, then our own rules and properties.

use proptest::prelude::*;

use super::*;

fn add(text: &str) -> Taint {
    parse_addition(text).unwrap()
}

fn refusal(specs: &[&str]) -> String {
    Changes::parse(specs).unwrap_err().to_string()
}

/// `TestParseTaints` of kubectl, the cases that fail.
#[test]
fn upstream_specs_that_fail() {
    for spec in [
        "",
        "foo=abc",
        "foo=abc=xyz:NoSchedule",
        "foo=abc:xyz:NoSchedule",
        "foo",
        "foo=abc:invalid_effect",
        "foo:invalid_effect-",
    ] {
        assert!(Changes::parse(&[spec]).is_err(), "{spec:?}");
    }
}

/// `TestParseTaints`: additions.
#[test]
fn upstream_additions() {
    let changes = Changes::parse(&[
        "foo=abc:NoSchedule",
        "bar=abc:NoSchedule",
        "baz:NoSchedule",
        "qux:NoSchedule",
        "foobar=:NoSchedule",
    ])
    .unwrap();
    let got: Vec<_> = changes
        .add
        .iter()
        .map(|t| (t.key.as_str(), t.value.as_str(), t.effect))
        .collect();
    let effect = Effect::NoSchedule;
    assert_eq!(
        got,
        [
            ("foo", "abc", effect),
            ("bar", "abc", effect),
            ("baz", "", effect),
            ("qux", "", effect),
            ("foobar", "", effect),
        ]
    );
    assert!(changes.remove.is_empty());
}

/// `TestParseTaints`: removals.
#[test]
fn upstream_removals() {
    let changes = Changes::parse(&[
        "foo:NoSchedule-",
        "bar:NoSchedule-",
        "qux=:NoSchedule-",
        "dedicated-",
    ])
    .unwrap();
    let got: Vec<_> = changes
        .remove
        .iter()
        .map(|r| (r.key.as_str(), r.effect()))
        .collect();
    let effect = Some(Effect::NoSchedule);
    assert_eq!(
        got,
        [
            ("foo", effect),
            ("bar", effect),
            ("qux", effect),
            ("dedicated", None)
        ]
    );
    assert!(changes.add.is_empty());
}

/// `TestParseTaints`: both; the conflict is found by the later check.
#[test]
fn upstream_additions_and_removals() {
    let changes = Changes::parse(&[
        "foo=abc:NoSchedule",
        "bar=abc:NoSchedule",
        "baz:NoSchedule",
        "qux:NoSchedule",
        "foobar=:NoSchedule",
        "foo:NoSchedule-",
        "bar:NoSchedule-",
        "baz=:NoSchedule-",
    ])
    .unwrap();
    assert_eq!((changes.add.len(), changes.remove.len()), (5, 3));
    assert_eq!(
        changes.check_conflicts().unwrap_err().to_string(),
        "can not both modify and remove the following taint(s) in the same command: \
         foo=NoSchedule, bar=NoSchedule, baz=NoSchedule"
    );
}

/// The two cases of `TestTaint` that upstream's misspelt effect hides.
#[test]
fn upstream_cases_that_a_typo_hides() {
    assert_eq!(
        refusal(&["foo=bar:NoExcute", "foo=barz:NoExcute"]),
        "invalid taint effect: NoExcute, unsupported taint effect"
    );
    assert_eq!(
        refusal(&["foo=bar:NoExecute", "foo=barz:NoExecute"]),
        "duplicated taints with the same key and effect: foo=barz:NoExecute"
    );
    let both = Changes::parse(&["foo=:NoExecute", "foo=:NoExecute-"]).unwrap();
    assert_eq!(
        both.check_conflicts().unwrap_err().to_string(),
        "can not both modify and remove the following taint(s) in the same command: foo=NoExecute"
    );
}

/// Words taken from kubectl 1.37.2, the regular expressions shortened.
#[test]
fn refusals_are_kubectls() {
    for (spec, start) in [
        (
            "",
            "invalid taint spec: , name part must be non-empty; name part must consist of",
        ),
        (
            "-",
            "invalid taint spec: , name part must be non-empty; name part must consist of",
        ),
        (
            "a=b",
            "invalid taint spec: a=b, name part must consist of alphanumeric",
        ),
        ("a=b-", "invalid taint spec: a=b, name part must consist of"),
        ("a", "invalid taint spec: a"),
        ("a=b=c:NoSchedule", "invalid taint spec: a=b=c:NoSchedule"),
        ("a:b:NoSchedule", "invalid taint spec: a:b:NoSchedule"),
        ("a:", "invalid taint effect: , unsupported taint effect"),
        (
            "a:noschedule",
            "invalid taint effect: noschedule, unsupported taint effect",
        ),
        (
            "a=-:NoSchedule",
            "invalid taint spec: a=-:NoSchedule, a valid label must be an empty string or consist of",
        ),
        (
            "^=b:NoSchedule",
            "invalid taint spec: ^=b:NoSchedule, name part must consist of",
        ),
        // The effect is looked at before the value, the value before the key.
        ("^=-:x", "invalid taint effect: x, "),
        (
            "^=-:NoSchedule",
            "invalid taint spec: ^=-:NoSchedule, a valid label",
        ),
    ] {
        let text = refusal(&[spec]);
        assert!(text.starts_with(start), "{spec:?}: {text}");
    }
}

#[test]
fn the_first_fault_is_reported() {
    let duplicate = refusal(&["a:NoSchedule", "a=x:NoSchedule", "b"]);
    assert!(duplicate.starts_with("duplicated taints"), "{duplicate}");
    let malformed = refusal(&["a:NoSchedule", "b:x", "a:NoSchedule"]);
    assert!(malformed.starts_with("invalid taint effect"), "{malformed}");
}

#[test]
fn a_wildcard_conflict_has_no_effect() {
    let both = Changes::parse(&["x=1:NoSchedule", "x-", "y:NoExecute", "y:NoSchedule-"]);
    assert_eq!(
        both.unwrap().check_conflicts().unwrap_err().to_string(),
        "can not both modify and remove the following taint(s) in the same command: x="
    );
}

#[test]
fn a_key_may_carry_a_prefix_of_253_bytes() {
    let key = format!("{}/{}", "a".repeat(253), "b".repeat(63));
    assert_eq!(add(&format!("{key}=v:NoExecute")).key, key);
    assert!(Changes::parse(&[format!("a{key}=v:NoExecute")]).is_err());
}

#[test]
fn what_looks_like_a_spec() {
    for spec in ["a=b", "a:NoSchedule", "a-", "-", "=", ":"] {
        assert!(TaintSpec::looks_like(spec), "{spec}");
    }
    for name in ["node-1", "node/worker-2", ""] {
        assert!(!TaintSpec::looks_like(name), "{name}");
    }
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z0-9]([-A-Za-z0-9_.]{0,20}[A-Za-z0-9])?",
        "[a-z0-9]{1,5}(\\.[a-z]{1,4}){0,2}/[A-Za-z0-9]{1,9}",
    ]
}

fn value() -> impl Strategy<Value = String> {
    "([A-Za-z0-9]([-A-Za-z0-9_.]{0,20}[A-Za-z0-9])?)?"
}

fn effect() -> impl Strategy<Value = Effect> {
    proptest::sample::select(Effect::ALL.to_vec())
}

fn spec() -> impl Strategy<Value = TaintSpec> {
    let addition = (key(), value(), effect()).prop_map(|(key, value, effect)| {
        TaintSpec::Add(Taint {
            key,
            value,
            effect,
            time_added: None,
        })
    });
    let one = (effect(), proptest::option::of(value()))
        .prop_map(|(effect, value)| Which::One { effect, value });
    let which = prop_oneof![Just(Which::EveryEffect), one];
    let removal = (key(), which).prop_map(|(key, which)| TaintSpec::Remove(Removal { key, which }));
    prop_oneof![addition, removal]
}

proptest! {
    #[test]
    fn parsing_a_printed_spec_gives_it_back(spec in spec()) {
        prop_assert_eq!(TaintSpec::parse(&spec.to_string()), Ok(spec));
    }

    #[test]
    fn no_argument_panics(text in "\\PC{0,40}") {
        let _ = TaintSpec::parse(&text).map_err(|e| e.to_string());
    }
}
