//! Selectors over labels of pods and of namespaces.

use serde_json::{Value, json};

use super::tables::{APPS, TEAMS, TIERS, VERSIONS};
use super::world::World;

/// A pod's labels.
pub fn labels(w: &mut World) -> Value {
    let mut labels = json!({});
    for (key, values, percent) in [
        ("app", &APPS[..], 88),
        ("tier", &TIERS[..], 50),
        ("version", &VERSIONS[..], 35),
    ] {
        if w.rng.percent(percent) {
            labels[key] = json!(w.word(values));
        }
    }
    labels
}

/// A selector of pods: also the one that selects all, and null, which selects none.
pub fn pods(w: &mut World) -> Value {
    match w.rng.weighted(&[(50, 0), (12, 1), (28, 2), (6, 3), (4, 4)]) {
        0 => json!({"matchLabels": {"app": w.word(&APPS)}}),
        1 => json!({"matchLabels": {"app": w.word(&APPS), "tier": w.word(&TIERS)}}),
        2 => {
            let expressions: Vec<_> = (0..w.rng.between(1, 2)).map(|_| expression(w)).collect();
            json!({"matchExpressions": expressions})
        }
        3 => json!({}),
        _ => Value::Null,
    }
}

fn expression(w: &mut World) -> Value {
    let (key, values) = *w.rng.pick(&[
        ("app", &APPS[..]),
        ("app", &APPS[..]),
        ("tier", &TIERS[..]),
        ("version", &VERSIONS[..]),
    ]);
    let operator = w.word(&["In", "In", "NotIn", "Exists", "DoesNotExist"]);
    if matches!(operator, "Exists" | "DoesNotExist") {
        return json!({"key": key, "operator": operator});
    }
    json!({"key": key, "operator": operator, "values": w.words(values, 1, 2)})
}

/// A selector of namespaces by their team.
pub fn namespaces(w: &mut World) -> Value {
    match w.rng.below(6) {
        0 => json!({}),
        1 => json!({"matchLabels": {"team": w.word(&TEAMS)}}),
        2 => json!({"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]}),
        3 => {
            json!({"matchExpressions": [{"key": "team", "operator": "NotIn", "values": [w.word(&TEAMS)]}]})
        }
        4 => json!({"matchExpressions": [{"key": "team", "operator": "Exists"}]}),
        _ => {
            let name = w.namespace();
            json!({"matchLabels": {"kubernetes.io/metadata.name": name}})
        }
    }
}
