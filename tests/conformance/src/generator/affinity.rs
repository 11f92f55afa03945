//! Affinity and anti-affinity between pods.

use serde_json::{Value, json};

use super::selectors;
use super::tables::TOPOLOGY_KEYS;
use super::world::{Feature, World, put};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// Writes a pod's terms, if it gets any, into its spec. Required ones are few: those of running pods refuse others.
pub fn terms(w: &mut World, spec: &mut Value) {
    for (kind, hot, cold) in [("podAffinity", 12, 2), ("podAntiAffinity", 8, 1)] {
        if w.chance(Feature::PodAffinity, hot, cold) {
            let count = w.rng.weighted(&[(80, 1), (20, 2)]);
            let terms: Vec<_> = (0..count).map(|_| term(w)).collect();
            spec["affinity"][kind][REQUIRED] = json!(terms);
        }
        if w.chance(Feature::PodAffinity, 18, 3) {
            let weighted = |w: &mut World| json!({"weight": *w.rng.pick(&[1, 10, 50, 100]), "podAffinityTerm": term(w)});
            let terms: Vec<_> = (0..w.rng.between(1, 2)).map(|_| weighted(w)).collect();
            spec["affinity"][kind][PREFERRED] = json!(terms);
        }
    }
}

fn term(w: &mut World) -> Value {
    let mut made = json!({"topologyKey": w.word(&TOPOLOGY_KEYS)});
    let selector = selectors::pods(w);
    put(&mut made, "labelSelector", selector);
    if w.rng.percent(20) {
        let namespaces = w.namespaces.clone();
        made["namespaces"] = w.words(&namespaces, 1, 2);
    }
    if w.rng.percent(30) {
        made["namespaceSelector"] = selectors::namespaces(w);
    }
    made
}
