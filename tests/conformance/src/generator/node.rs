//! Nodes: labels, taints, cordons, what they can hold, images and declared features.

use serde_json::{Value, json};

use super::tables::*;
use super::world::{CREATED, Feature, World, put};

const MIB: usize = 1024 * 1024;

/// The node of an index.
pub fn node(w: &mut World, index: usize) -> Value {
    let name = w.nodes[index].clone();
    let labels = labels(w, &name);
    let mut object = json!({"apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "uid": format!("node-{name}"), "creationTimestamp": CREATED, "labels": labels},
        "spec": {}, "status": {}});
    let taints = taints(w, &mut object["spec"]);
    put(&mut object["spec"], "taints", taints);
    let allocatable = allocatable(w);
    object["status"]["capacity"] = allocatable.clone();
    object["status"]["allocatable"] = allocatable;
    // Nobody reads conditions any more: a node that is not ready and has no taint is as good as any.
    let ready = if w.rng.percent(95) { "True" } else { "False" };
    object["status"]["conditions"] = json!([{"type": "Ready", "status": ready}]);
    let images = images(w);
    put(&mut object["status"], "images", images);
    let most = if w.has(Feature::Declared) { 4 } else { 3 };
    if w.chance(Feature::Declared, 70, 60) {
        object["status"]["declaredFeatures"] = w.words(&DECLARED_FEATURES, 1, most);
    }
    object
}

fn labels(w: &mut World, name: &str) -> Value {
    let mut labels = json!({"kubernetes.io/os": "linux"});
    if w.rng.percent(97) {
        labels[HOSTNAME] = json!(name);
    }
    if w.rng.percent(90) {
        let zones = w.zones.clone();
        let zone = w.word(&zones);
        labels[ZONE] = json!(zone);
        if w.rng.percent(30) {
            labels[EBS_ZONE] = json!(zone);
        }
    }
    if w.rng.percent(70) {
        labels[REGION] = json!(REGIONS[usize::from(w.rng.percent(15))]);
    }
    if w.rng.percent(5) {
        labels[BETA_ZONE] = json!(w.word(&ZONES));
    }
    for (key, values, percent) in [
        ("disk", &DISKS[..], 60),
        ("gen", &GENERATIONS[..], 60),
        ("rack", &RACKS[..], 55),
        ("pool", &POOLS[..], 40),
    ] {
        if w.rng.percent(percent) {
            labels[key] = json!(w.word(values));
        }
    }
    labels
}

/// The taints; a cordon is the field and the taint, seldom only one of them.
fn taints(w: &mut World, spec: &mut Value) -> Value {
    let mut taints = Vec::new();
    if w.chance(Feature::Cordons, 25, 3) {
        let only = w.rng.below(10);
        if only != 0 {
            spec["unschedulable"] = json!(true);
        }
        if only != 1 {
            taints
                .push(json!({"key": UNSCHEDULABLE, "effect": "NoSchedule", "timeAdded": CREATED}));
        }
    }
    if w.chance(Feature::Taints, 35, 4) {
        let keys = w.rng.some(&TAINT_KEYS, 1, 2);
        for key in keys {
            taints.push(taint(w, key));
        }
    }
    if taints.is_empty() {
        Value::Null
    } else {
        json!(taints)
    }
}

fn taint(w: &mut World, key: &str) -> Value {
    let mut taint = json!({"key": key, "effect": w.word(&EFFECTS)});
    let value = w.word(&TAINT_VALUES);
    if !value.is_empty() {
        taint["value"] = json!(value);
    }
    taint
}

/// What the node can hold; in small clusters of this kind too little, in the notations that the API takes.
fn allocatable(w: &mut World) -> Value {
    let tight = w.chance(Feature::Resources, 30, 1);
    let (cpu, memory) = if tight {
        (w.word(&CPU_SMALL), w.word(&MEMORY_SMALL))
    } else {
        (w.word(&CPU_ALLOCATABLE), w.word(&MEMORY_ALLOCATABLE))
    };
    let mut amounts = json!({"cpu": cpu, "memory": memory});
    if w.rng.percent(2) {
        amounts["cpu"] = json!(w.rng.between(1, 9));
    }
    if w.rng.percent(80) {
        amounts["ephemeral-storage"] = json!(w.word(&EPHEMERAL_ALLOCATABLE));
    }
    let few = w.chance(Feature::Resources, 25, 1);
    let pods = if few { w.rng.between(0, 6) } else { 110 };
    if !w.rng.percent(1) {
        amounts["pods"] = json!(pods.to_string());
    }
    for scalar in SCALARS {
        if w.chance(Feature::Scalars, 70, 15) {
            amounts[scalar] = json!(scalar_amount(w, scalar));
        }
    }
    amounts
}

fn scalar_amount(w: &mut World, scalar: &str) -> &'static str {
    if scalar.starts_with("hugepages-") {
        w.word(&["512Mi", "1Gi", "64Mi", "0"])
    } else {
        w.word(&["4", "2", "8", "1", "0", "1k"])
    }
}

fn images(w: &mut World) -> Value {
    if !w.chance(Feature::Images, 85, 25) {
        return Value::Null;
    }
    let chosen = w.rng.some(&IMAGES, 1, IMAGES.len());
    let image = |(names, mebibytes): &(&[&str], usize)| json!({"names": names, "sizeBytes": mebibytes * MIB});
    chosen.iter().map(image).collect()
}
