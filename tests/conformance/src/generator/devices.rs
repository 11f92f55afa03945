//! Dynamic resources: claims of devices, allocated ones above all, since a new allocation is the allocator's affair.

use serde_json::{Value, json};

use super::tables::{ZONE, ZONES};
use super::world::{DELETED, Feature, World};

const GROUP: &str = "resource.k8s.io/v1";
const CLASS: &str = "gpu.example.com";

/// Makes the class and, on some nodes, devices; only in clusters that have claims in plenty.
pub fn classes(w: &mut World) {
    if !w.has(Feature::Devices) {
        return;
    }
    let selector = json!({"cel": {"expression": format!("device.driver == '{CLASS}'")}});
    w.objects.push(json!({"apiVersion": GROUP, "kind": "DeviceClass", "metadata": {"name": CLASS}, "spec": {"selectors": [selector]}}));
    for node in w.nodes.clone() {
        if w.rng.percent(40) {
            let devices: Vec<_> = (0..w.rng.between(1, 2))
                .map(|index| json!({"name": format!("d{index}")}))
                .collect();
            w.objects.push(json!({"apiVersion": GROUP, "kind": "ResourceSlice", "metadata": {"name": format!("{node}-gpus")},
                "spec": {"driver": CLASS, "nodeName": node, "pool": {"name": node, "generation": 1, "resourceSliceCount": 1}, "devices": devices}}));
        }
    }
}

/// Writes a pod's claims, if it gets any, into its spec and status.
pub fn claims(
    w: &mut World,
    namespace: &str,
    pod: &str,
    is_waiting: bool,
    spec: &mut Value,
    status: &mut Value,
) {
    if !w.chance(Feature::Devices, 22, 0) {
        return;
    }
    let serial = w.serial();
    let name = format!("device-{serial}");
    let entry = match w.rng.weighted(&[(84, 0), (6, 1), (4, 2), (3, 3), (3, 4)]) {
        // A claim by its name: allocated, or not yet.
        0 => {
            let is_allocated = !is_waiting || w.rng.percent(80);
            claim(w, namespace, &name, is_allocated, Value::Null);
            json!({"name": "device", "resourceClaimName": name})
        }
        // A claim made from a template, which the pod's status names; a displaced pod loses it.
        1 | 2 => {
            let owner = json!([{"apiVersion": "v1", "kind": "Pod", "name": pod, "uid": format!("pod-{pod}"), "controller": true}]);
            claim(w, namespace, &name, true, owner);
            status["resourceClaimStatuses"] =
                json!([{"name": "device", "resourceClaimName": name}]);
            json!({"name": "device", "resourceClaimTemplateName": "template"})
        }
        3 => json!({"name": "device", "resourceClaimTemplateName": "template"}),
        _ => json!({"name": "device", "resourceClaimName": "gone"}),
    };
    spec["resourceClaims"] = json!([entry]);
    spec["containers"][0]["resources"]["claims"] = json!([{"name": "device"}]);
}

fn claim(w: &mut World, namespace: &str, name: &str, is_allocated: bool, owner: Value) {
    let class = if is_allocated || w.rng.percent(85) {
        CLASS
    } else {
        "gone.example.com"
    };
    let mut object = json!({"apiVersion": GROUP, "kind": "ResourceClaim", "metadata": {"name": name, "namespace": namespace, "uid": format!("claim-{name}")},
        "spec": {"devices": {"requests": [{"name": "one", "exactly": {"deviceClassName": class, "allocationMode": "ExactCount", "count": 1}}]}}, "status": {}});
    super::world::put(&mut object["metadata"], "ownerReferences", owner);
    if is_allocated {
        object["status"]["allocation"] = allocation(w);
    }
    if w.rng.percent(3) {
        object["metadata"]["deletionTimestamp"] = json!(DELETED);
        object["metadata"]["finalizers"] = json!(["resource.kubernetes.io/delete-protection"]);
    }
    w.objects.push(object);
}

/// Devices that were given out: of one node, of zones, or usable everywhere.
fn allocation(w: &mut World) -> Value {
    let node = w.node();
    let device = format!("taken-{}", w.serial());
    let mut allocation = json!({"devices": {"results": [{"request": "one", "driver": CLASS, "pool": node, "device": device}]}});
    match w.rng.below(5) {
        0 => {}
        1 | 2 => {
            allocation["nodeSelector"] = json!({"nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}]});
        }
        _ => {
            allocation["nodeSelector"] = json!({"nodeSelectorTerms": [{"matchExpressions": [{"key": ZONE, "operator": "In", "values": w.words(&ZONES, 1, 2)}]}]});
        }
    }
    allocation
}
