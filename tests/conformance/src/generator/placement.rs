//! What a pod says about nodes: tolerations, selector, node affinity.

use serde_json::{Value, json};

use super::tables::*;
use super::world::{Feature, World};

/// Writes tolerations, nodeSelector and node affinity into a pod's spec.
pub fn place(w: &mut World, spec: &mut Value) {
    spec["tolerations"] = json!(tolerations(w));
    if w.chance(Feature::NodeAffinity, 12, 2) {
        let key = w.word(&["disk", "rack", "pool", "gen", ZONE]);
        spec["nodeSelector"] = json!({key: value_of(w, key)});
    }
    let required = w.chance(Feature::NodeAffinity, 30, 3);
    let preferred = w.chance(Feature::NodeAffinity, 45, 6);
    if required {
        let terms = terms(w);
        spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
            json!({"nodeSelectorTerms": terms});
    }
    if preferred {
        let terms: Vec<_> = (0..w.rng.between(1, 3))
            .map(|_| preferred_term(w))
            .collect();
        spec["affinity"]["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"] =
            json!(terms);
    }
}

/// A value that some node may have under the key.
fn value_of(w: &mut World, key: &str) -> &'static str {
    match key {
        "disk" => w.word(&DISKS),
        "rack" => w.word(&RACKS),
        "pool" => w.word(&POOLS),
        "gen" => w.word(&GENERATIONS),
        REGION => w.word(&REGIONS),
        _ => w.word(&ZONES),
    }
}

fn tolerations(w: &mut World) -> Vec<Value> {
    let mut list = Vec::new();
    for _ in 0..3 {
        if w.chance(Feature::Taints, 35, 5) {
            list.push(toleration(w));
        }
    }
    if w.chance(Feature::Cordons, 12, 1) {
        list.push(json!({"key": UNSCHEDULABLE, "operator": "Exists", "effect": "NoSchedule"}));
    }
    // Admission adds these two to every pod that does not have them.
    if w.rng.percent(70) {
        for key in [
            "node.kubernetes.io/not-ready",
            "node.kubernetes.io/unreachable",
        ] {
            list.push(json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}));
        }
    }
    list
}

/// Any shape that the API takes: all keys, all effects, both spellings of Equal, an empty value.
fn toleration(w: &mut World) -> Value {
    if w.rng.percent(6) {
        return json!({"operator": "Exists"});
    }
    let mut toleration = json!({});
    let effect = w.word(&["", "NoSchedule", "NoExecute", "PreferNoSchedule"]);
    if !effect.is_empty() {
        toleration["effect"] = json!(effect);
    }
    if w.rng.percent(4) {
        toleration["operator"] = json!("Exists");
        return toleration;
    }
    toleration["key"] = json!(w.word(&TAINT_KEYS));
    let operator = w.rng.weighted(&[
        (30, ""),
        (30, "Equal"),
        (36, "Exists"),
        (2, "Gt"),
        (2, "Lt"),
    ]);
    if !operator.is_empty() {
        toleration["operator"] = json!(operator);
    }
    let value = match operator {
        "Exists" => "",
        "Gt" | "Lt" => w.word(&["1", "7", "100"]),
        _ => w.word(&TAINT_VALUES),
    };
    if !value.is_empty() {
        toleration["value"] = json!(value);
    }
    if effect == "NoExecute" && w.rng.percent(50) {
        toleration["tolerationSeconds"] = json!(w.rng.between(0, 600));
    }
    toleration
}

fn terms(w: &mut World) -> Vec<Value> {
    // A DaemonSet's pod names its node in every term, which narrows the nodes before any filter.
    if w.rng.percent(12) {
        return (0..w.rng.between(1, 2)).map(|_| pinned_term(w)).collect();
    }
    (0..w.rng.between(1, 3)).map(|_| term(w)).collect()
}

fn pinned_term(w: &mut World) -> Value {
    let mut term = json!({"matchFields": [{"key": "metadata.name", "operator": "In", "values": [some_node(w)]}]});
    if w.rng.percent(25) {
        term["matchExpressions"] = json!([expression(w)]);
    }
    if w.rng.percent(5) {
        let other = json!({"key": "metadata.name", "operator": "In", "values": [some_node(w)]});
        if let Some(fields) = term["matchFields"].as_array_mut() {
            fields.push(other);
        }
    }
    if w.rng.percent(4) {
        term["matchFields"][0]["values"] = json!([w.node(), w.node()]);
    }
    term
}

fn some_node(w: &mut World) -> String {
    if w.rng.percent(4) {
        "gone".to_owned()
    } else {
        w.node()
    }
}

/// A term; without expressions it selects nothing.
fn term(w: &mut World) -> Value {
    let mut term = json!({});
    let count = w.rng.weighted(&[(4, 0), (60, 1), (36, 2)]);
    if count > 0 {
        let expressions: Vec<_> = (0..count).map(|_| expression(w)).collect();
        term["matchExpressions"] = json!(expressions);
    }
    if w.rng.percent(8) {
        term["matchFields"] = json!([{"key": "metadata.name", "operator": w.word(&["In", "NotIn"]), "values": [some_node(w)]}]);
    }
    term
}

/// An expression over node labels, now and then with a value that compares with nothing.
pub fn expression(w: &mut World) -> Value {
    let operator = w.word(&[
        "In",
        "In",
        "In",
        "NotIn",
        "Exists",
        "DoesNotExist",
        "Gt",
        "Lt",
    ]);
    if matches!(operator, "Gt" | "Lt") {
        let key = w.rng.weighted(&[(9, "gen"), (1, "rack")]);
        return json!({"key": key, "operator": operator, "values": [w.word(&BOUNDS)]});
    }
    let key = w.word(&[
        "disk", "rack", "pool", "gen", ZONE, REGION, "absent", HOSTNAME,
    ]);
    if matches!(operator, "Exists" | "DoesNotExist") {
        return json!({"key": key, "operator": operator});
    }
    let mut values: Vec<String> = (0..w.rng.between(1, 3))
        .map(|_| match key {
            HOSTNAME => w.node(),
            _ => value_of(w, key).to_owned(),
        })
        .collect();
    if w.rng.percent(2) {
        // No label value; the API checks it in selectors of labels, but not in those of nodes.
        values.push("no label value!".to_owned());
    }
    json!({"key": key, "operator": operator, "values": values})
}

fn preferred_term(w: &mut World) -> Value {
    let weight = *w.rng.pick(&[1, 1, 5, 50, 100]);
    let mut preference = term(w);
    // A term that cannot be read fails the scores of all nodes: seldom, or there would be none to compare.
    let text = preference.to_string();
    let is_unreadable = ["abc", "9223372036854775808", "-7", "no label value!"]
        .iter()
        .any(|word| text.contains(word));
    if is_unreadable && !w.rng.percent(5) {
        preference = json!({"matchExpressions": [{"key": "disk", "operator": "Exists"}]});
    }
    json!({"weight": weight, "preference": preference})
}
