//! Containers of all kinds and what they request; resources of the pod as a whole; overhead.

use serde_json::{Value, json};

use super::network::ports;
use super::tables::*;
use super::world::{Feature, World, put};

/// Writes all containers, the overhead and the pod's own resources into a spec.
pub fn containers(w: &mut World, spec: &mut Value) {
    let count = w.rng.weighted(&[(70, 1), (25, 2), (5, 3)]);
    let apps: Vec<_> = (0..count)
        .map(|index| container(w, &format!("c{index}"), true))
        .collect();
    spec["containers"] = json!(apps);
    let inits = initial(w);
    put(spec, "initContainers", inits);
    if w.chance(Feature::Resources, 12, 3) {
        let mut overhead =
            json!({"cpu": w.word(&CPU_REQUESTS), "memory": w.word(&MEMORY_REQUESTS)});
        if w.rng.percent(10) {
            overhead["example.com/gpu"] = json!("1");
        }
        spec["overhead"] = overhead;
        spec["runtimeClassName"] = json!("sandboxed");
    }
    if w.chance(Feature::Resources, 14, 4) {
        spec["resources"] = pod_level(w);
    }
    if w.chance(Feature::Declared, 10, 1) {
        declare(w, spec);
    }
}

/// Init containers, plain ones and sidecars in any order; null when there are none.
fn initial(w: &mut World) -> Value {
    if !w.chance(Feature::Resources, 35, 12) {
        return Value::Null;
    }
    let one = |w: &mut World, index| {
        let mut made = container(w, &format!("i{index}"), true);
        if w.rng.percent(45) {
            made["restartPolicy"] = json!("Always");
        }
        made
    };
    (0..w.rng.between(1, 3))
        .map(|index| one(w, index))
        .collect()
}

fn container(w: &mut World, name: &str, with_ports: bool) -> Value {
    let image = w.word(&IMAGE_NAMES);
    let mut made = json!({"name": name, "image": image, "resources": {}});
    if with_ports {
        let ports = ports(w);
        put(&mut made, "ports", ports);
    }
    let requests = requests(w);
    if requests.as_object().is_some_and(|map| !map.is_empty()) {
        let limits = limits(w, &requests);
        put(&mut made["resources"], "limits", limits);
        made["resources"]["requests"] = requests;
    }
    made
}

/// Limits of the requests' size: what cannot be shared must have them, and limits without requests have become requests.
fn limits(w: &mut World, requests: &Value) -> Value {
    if w.rng.percent(15) {
        return requests.clone();
    }
    let mut limits = json!({});
    for scalar in SCALARS {
        put(&mut limits, scalar, requests[scalar].clone());
    }
    if limits == json!({}) {
        Value::Null
    } else {
        limits
    }
}

/// What a container requests, also nothing.
pub fn requests(w: &mut World) -> Value {
    let mut amounts = json!({});
    if w.rng.percent(75) {
        amounts["cpu"] = json!(w.word(&CPU_REQUESTS));
    }
    if w.rng.percent(70) {
        amounts["memory"] = json!(w.word(&MEMORY_REQUESTS));
    }
    if w.rng.percent(2) {
        amounts["cpu"] = json!(w.rng.between(0, 2));
    }
    if w.rng.percent(10) {
        amounts["ephemeral-storage"] = json!(w.word(&EPHEMERAL_REQUESTS));
    }
    for scalar in SCALARS {
        if w.chance(Feature::Scalars, 15, 1) {
            let amount = if scalar.starts_with("hugepages-") {
                w.word(&["64Mi", "2Mi", "128Mi", "0"])
            } else {
                w.word(&["1", "2", "1", "3", "0"])
            };
            amounts[scalar] = json!(amount);
        }
    }
    amounts
}

/// Requests of the pod as a whole. They replace the containers' sums for these three kinds only.
pub fn pod_level(w: &mut World) -> Value {
    let mut amounts = json!({});
    if w.rng.percent(75) {
        amounts["cpu"] = json!(w.word(&["1", "2", "750m", "1.5", "0"]));
    }
    if w.rng.percent(70) {
        amounts["memory"] = json!(w.word(&["1Gi", "512Mi", "2e9", "768Mi"]));
    }
    if w.chance(Feature::Scalars, 25, 2) {
        amounts["hugepages-2Mi"] = json!(w.word(&["64Mi", "256Mi"]));
    }
    let mut level = json!({"requests": amounts});
    let pages = level["requests"]["hugepages-2Mi"].clone();
    if !pages.is_null() {
        level["limits"] = json!({"hugepages-2Mi": pages});
    }
    level
}

/// What only nodes that declare it can run.
fn declare(w: &mut World, spec: &mut Value) {
    match w.rng.below(3) {
        0 => {
            let rule = json!([{"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [42]}}]);
            let first = &mut spec["containers"][0];
            first["restartPolicy"] = json!("Never");
            first["restartPolicyRules"] = rule;
        }
        1 => {
            spec["hostNetwork"] = json!(true);
            spec["hostUsers"] = json!(w.rng.percent(20));
        }
        _ => {
            spec["volumes"] = json!([{"name": "scratch", "emptyDir": {}}]);
            spec["containers"][0]["volumeMounts"] = json!([{"name": "scratch", "mountPath": "/scratch", "bindMountOptions": ["noexec"]}]);
        }
    }
}
