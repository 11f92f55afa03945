//! Topology spread constraints.

use serde_json::{Value, json};

use super::selectors;
use super::tables::TOPOLOGY_KEYS;
use super::world::{Feature, World, put};

/// Writes a pod's constraints, if it gets any, into its spec.
pub fn constraints(w: &mut World, spec: &mut Value) {
    if !w.chance(Feature::Spread, 45, 4) {
        return;
    }
    let mut list: Vec<Value> = Vec::new();
    for _ in 0..w.rng.between(1, 2) {
        let made = constraint(w);
        let same = |other: &Value| {
            other["topologyKey"] == made["topologyKey"]
                && other["whenUnsatisfiable"] == made["whenUnsatisfiable"]
        };
        if !list.iter().any(same) {
            list.push(made);
        }
    }
    spec["topologySpreadConstraints"] = json!(list);
}

fn constraint(w: &mut World) -> Value {
    let is_hard = w.rng.percent(60);
    let when = if is_hard {
        "DoNotSchedule"
    } else {
        "ScheduleAnyway"
    };
    let mut made = json!({"maxSkew": w.rng.weighted(&[(50, 1), (30, 2), (15, 3), (5, 6)]), "topologyKey": w.word(&TOPOLOGY_KEYS),
        "whenUnsatisfiable": when});
    let selector = selectors::pods(w);
    let has_selector = !selector.is_null();
    put(&mut made, "labelSelector", selector);
    if is_hard && w.rng.percent(25) {
        made["minDomains"] = json!(w.rng.between(1, 5));
    }
    for (field, percent) in [("nodeAffinityPolicy", 30), ("nodeTaintsPolicy", 35)] {
        if w.rng.percent(percent) {
            made[field] = json!(w.word(&["Honor", "Ignore"]));
        }
    }
    if has_selector && w.rng.percent(20) {
        made["matchLabelKeys"] = json!([w.word(&["version", "tier", "missing"])]);
    }
    made
}
