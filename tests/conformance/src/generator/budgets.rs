//! Budgets, which preemption would rather not violate.

use serde_json::{Value, json};

use super::selectors;
use super::world::{CREATED, World};

/// Makes up to four budgets.
pub fn budgets(w: &mut World) {
    for number in 0..w.rng.below(5) {
        let namespace = w.namespace();
        let meta = json!({"name": format!("b{number}"), "namespace": namespace, "uid": format!("budget-b{number}"), "creationTimestamp": CREATED, "generation": 1});
        let selector = selectors::pods(w);
        let allowed = w.rng.weighted(&[(45, 0), (30, 1), (15, 2), (10, 3)]);
        let disrupted = disrupted(w, namespace);
        w.objects.push(json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": meta,
            "spec": {"selector": selector, "maxUnavailable": 1},
            "status": {"observedGeneration": 1, "disruptionsAllowed": allowed, "currentHealthy": 2, "desiredHealthy": 1, "expectedPods": 2, "disruptedPods": disrupted}}));
    }
}

/// Evictions that the controller has not seen the end of.
fn disrupted(w: &mut World, namespace: &str) -> Value {
    let of_namespace =
        |object: &&Value| object["kind"] == "Pod" && object["metadata"]["namespace"] == namespace;
    let pods = w.objects.iter().filter(of_namespace);
    let names: Vec<String> = pods
        .filter_map(|pod| pod["metadata"]["name"].as_str().map(str::to_owned))
        .collect();
    let mut disrupted = json!({});
    if w.rng.percent(30) {
        for name in w.rng.some(&names, 0, 4) {
            disrupted[name] = json!(CREATED);
        }
    }
    disrupted
}
