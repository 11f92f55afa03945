//! Templates in kubectl's dialect; the answers were taken from client-go's own tests and from kubectl 1.37.2.

use serde_json::json;

use super::*;

fn node() -> Value {
    json!({
        "kind": "Node",
        "metadata": {"name": "n1", "labels": {"a.b/c": "x", "d": "y"}},
        "spec": {"taints": [
            {"key": "a", "value": "1", "effect": "NoSchedule"},
            {"key": "b", "effect": "NoExecute"},
            {"key": "c", "value": "3", "effect": "NoSchedule"},
        ]},
        "status": {"capacity": {"pods": 110, "load": 0.5}, "ready": true, "none": null},
    })
}

fn fill(template: &str) -> String {
    parsed(template, MissingKeys::Allowed)
        .and_then(|t| t.fill(&node()))
        .unwrap_or_else(|error| format!("ERROR {error}"))
}

fn parsed(template: &str, missing: MissingKeys) -> Result<Template, JsonPathError> {
    Template::parse(template, missing, Results::Text)
}

#[test]
fn templates() {
    for (template, expected) in [
        ("", ""),
        ("plain", "plain"),
        ("{.metadata.name}", "n1"),
        ("{$.metadata.name}", "n1"),
        ("{ .metadata.name }", "n1"),
        ("<{.metadata.name}>{\"\\n\"}", "<n1>\n"),
        ("{.metadata['name']}", "n1"),
        ("{.metadata.labels.a\\.b/c}", "x"),
        ("{.metadata.labels['a\\.b/c']}", "x"),
        ("{.spec.taints[0].key}", "a"),
        ("{.spec.taints[-1].key}", "c"),
        ("{.spec.taints[*].key}", "a b c"),
        ("{.spec.taints[0:2].key}", "a b"),
        ("{.spec.taints[1:].key}", "b c"),
        ("{.spec.taints[:-1].key}", "a b"),
        ("{.spec.taints[::2].key}", "a c"),
        ("{.spec.taints[1:1].key}", ""),
        ("{.spec.taints[0,2].key}", "a c"),
        ("{.metadata['name','labels'].d}", "y"),
        ("{.spec.taints[?(@.key==\"b\")].effect}", "NoExecute"),
        ("{.spec.taints[?(@.effect=='NoSchedule')].key}", "a c"),
        ("{.spec.taints[?(@.effect != \"NoSchedule\")].key}", "b"),
        ("{.spec.taints[?(@.value)].key}", "a c"),
        ("{.spec.taints[?(@.key>\"a\")].key}", "b c"),
        ("{.spec.taints[?(@.key<=\"b\")].key}", "a b"),
        ("{.spec.taints[?(@.key==\"(b)]\")].key}", ""),
        (
            "{range .spec.taints[*]}{.key}={.value};{end}",
            "a=1;b=;c=3;",
        ),
        ("{range .spec.taints[*]}{.key},", "a,b,c,"),
        ("{range .nope[*]}x{end}y", "y"),
        (
            "{range .spec.taints[0:2]}{range .*}<{@}>{end}|{end}",
            "<a><1><NoSchedule>|<b><NoExecute>|",
        ),
        ("{.metadata.labels}", r#"{"a.b/c":"x","d":"y"}"#),
        ("{.spec.taints[1]}", r#"{"effect":"NoExecute","key":"b"}"#),
        ("{.status.*}", r#"{"load":0.5,"pods":110} true null"#),
        (
            "{.status.capacity.pods} {.status.capacity.load} {.status.ready}",
            "110 0.5 true",
        ),
        ("{..key}", "a b c"),
        ("{..labels.d}", "y"),
        ("{.nope.deeper}", ""),
        ("{.status.none.deeper}", ""),
        ("{true}{1}{-2}{1.5}{\"t\"}", "true1-21.5t"),
        ("{'it\\'s'}", "it's"),
        ("{\"\\u00e9\\x41\"}", "\u{e9}A"),
    ] {
        assert_eq!(fill(template), expected, "{template}");
    }
}

#[test]
fn numbers_compare_by_value() {
    let object = json!({"items": [{"n": 1}, {"n": 2.5}, {"n": 3}]});
    let template = parsed(
        "{.items[?(@.n>=2.5)].n}{.items[?(@.n==1)].n}",
        MissingKeys::Allowed,
    );
    assert_eq!(template.unwrap().fill(&object).unwrap(), "2.5 31");
}

#[test]
fn faults_are_told_in_kubectls_words() {
    for (template, expected) in [
        ("{.a", "unclosed action"),
        ("{.a\n}", "unclosed action"),
        ("{end}", "not in range, nothing to end"),
        ("{hello}", "unrecognized identifier hello"),
        ("{%}", "unrecognized character in action: U+0025 '%'"),
        ("{.a[0}", "unterminated array"),
        ("{.a[x]}", "invalid array index x"),
        ("{.a[]}", "invalid array index "),
        ("{.a[?(@.b}", "unterminated filter"),
        ("{.a[?(@.b)}", "unclosed array expect ]"),
        ("{\"a}", "unterminated quoted string"),
        ("{\"\\q\"}", "invalid syntax in a quoted string"),
        ("{....a}", "invalid multiple recursive descent"),
        ("{1.2.3}", "cannot parse number 1.2.3"),
        (
            "{.spec.taints[3]}",
            "array index out of bounds: index 3, length 3",
        ),
        (
            "{.spec.taints[0:4]}",
            "array index out of bounds: index 3, length 3",
        ),
        (
            "{.spec.taints[2:1]}",
            "starting index 2 is greater than ending index 1",
        ),
        ("{.spec.taints[::0]}", "step must be > 0"),
        ("{.kind[0]}", "Node is not array or slice"),
        (
            "{.kind[?(@.a)]}",
            "Node is not array or slice and cannot be filtered",
        ),
        (
            "{.spec.taints[?(@.key==1)]}",
            "incompatible types for comparison",
        ),
        (
            "{.spec.taints[?(@.key=!1)]}",
            "unrecognized filter operator =!",
        ),
        (
            "{.spec.taints[?(@.*==\"a\")]}",
            "can only compare one element at a time",
        ),
    ] {
        assert_eq!(fill(template), format!("ERROR {expected}"), "{template}");
    }
    let strict = parsed("{.nope}", MissingKeys::Refused).unwrap();
    assert_eq!(
        strict.fill(&node()).unwrap_err().to_string(),
        "nope is not found"
    );
}

#[test]
fn results_as_json() {
    let template = Template::parse("{.spec.taints[*].key}", MissingKeys::Allowed, Results::Json);
    assert_eq!(
        template.unwrap().fill(&node()).unwrap(),
        "[\n    \"a\",\n    \"b\",\n    \"c\"\n]\n"
    );
}
