//! Dynamic resources: claims of devices, allocated ones above all, since a new allocation is the allocator's affair, and
//! extended resources that a device class stands for.

use serde_json::{Value, json};

use super::tables::{ZONE, ZONES};
use super::world::{CREATED, DELETED, Feature, World};

const GROUP: &str = "resource.k8s.io/v1";
const CLASS: &str = "gpu.example.com";
const OTHER_CLASS: &str = "fast.example.com";
/// What begins the extended resource that every class has.
const IMPLICIT: &str = "deviceclass.resource.kubernetes.io/";

/// Makes the class and, on some nodes, devices; only in clusters that have claims in plenty.
pub fn classes(w: &mut World) {
    if !w.has(Feature::Devices) {
        return;
    }
    let selector = json!({"cel": {"expression": format!("device.driver == '{CLASS}'")}});
    for (class, resource) in [
        (CLASS, "example.com/gpu"),
        (OTHER_CLASS, "example.com/licence"),
    ] {
        if class == OTHER_CLASS && w.rng.percent(40) {
            continue;
        }
        let mut spec = json!({"selectors": [selector]});
        if w.rng.percent(40) {
            spec["extendedResourceName"] = json!(resource);
        }
        w.objects
            .push(json!({"apiVersion": GROUP, "kind": "DeviceClass",
            "metadata": {"name": class, "creationTimestamp": CREATED}, "spec": spec}));
    }
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
    let count = w.rng.weighted(&[(75, 1), (25, 2)]);
    let mut entries = Vec::new();
    for index in 0..count {
        let entry = ["device", "other"][index];
        entries.push(pod_claim(w, namespace, pod, is_waiting, entry, status));
    }
    spec["containers"][0]["resources"]["claims"] = entries
        .iter()
        .map(|entry: &Value| json!({"name": entry["name"]}))
        .collect();
    spec["resourceClaims"] = json!(entries);
}

/// An entry of the pod's claims, and the claim.
fn pod_claim(
    w: &mut World,
    namespace: &str,
    pod: &str,
    is_waiting: bool,
    entry: &str,
    status: &mut Value,
) -> Value {
    let serial = w.serial();
    let name = format!("device-{serial}");
    match w.rng.weighted(&[(84, 0), (6, 1), (4, 2), (3, 3), (3, 4)]) {
        // A claim by its name: allocated, or not yet.
        0 => {
            let is_allocated = !is_waiting || w.rng.percent(80);
            claim(w, namespace, &name, is_allocated, Value::Null);
            json!({"name": entry, "resourceClaimName": name})
        }
        // A claim made from a template, which the pod's status names; a displaced pod loses it.
        1 | 2 => {
            claim(w, namespace, &name, true, owner(pod));
            let made = json!({"name": entry, "resourceClaimName": name});
            match status["resourceClaimStatuses"].as_array_mut() {
                Some(others) => others.push(made),
                None => status["resourceClaimStatuses"] = json!([made]),
            }
            json!({"name": entry, "resourceClaimTemplateName": "template"})
        }
        3 => json!({"name": entry, "resourceClaimTemplateName": "template"}),
        _ => json!({"name": entry, "resourceClaimName": "gone"}),
    }
}

/// Asks for devices as for any extended resource: by a name that a class may take, or the one that it always has.
pub fn extended(w: &mut World, namespace: &str, pod: &str, is_waiting: bool, spec: &mut Value) {
    if !w.chance(Feature::Devices, 10, 0) {
        return;
    }
    let name = match w.rng.below(3) {
        0 => format!("{IMPLICIT}{CLASS}"),
        1 => format!("{IMPLICIT}{OTHER_CLASS}"),
        _ => "example.com/gpu".to_owned(),
    };
    let resources = &mut spec["containers"][0]["resources"];
    for amounts in ["requests", "limits"] {
        resources[amounts][&name] = json!("1");
    }
    if is_waiting && w.rng.percent(15) {
        // What an attempt that failed left behind.
        let left = format!("{pod}-extended-resources");
        claim(w, namespace, &left, true, owner(pod));
        if let Some(object) = w.objects.last_mut() {
            object["metadata"]["annotations"] =
                json!({"resource.kubernetes.io/extended-resource-claim": "true"});
        }
    }
}

fn owner(pod: &str) -> Value {
    json!([{"apiVersion": "v1", "kind": "Pod", "name": pod, "uid": format!("pod-{pod}"), "controller": true}])
}

fn claim(w: &mut World, namespace: &str, name: &str, is_allocated: bool, owner: Value) {
    let (request, answered) = request(w, is_allocated);
    let mut object = json!({"apiVersion": GROUP, "kind": "ResourceClaim", "metadata": {"name": name, "namespace": namespace, "uid": format!("claim-{name}")},
        "spec": {"devices": {"requests": [request]}}, "status": {}});
    super::world::put(&mut object["metadata"], "ownerReferences", owner);
    if is_allocated {
        object["status"]["allocation"] = allocation(w, answered);
    }
    if w.rng.percent(3) {
        object["metadata"]["deletionTimestamp"] = json!(DELETED);
        object["metadata"]["finalizers"] = json!(["resource.kubernetes.io/delete-protection"]);
    }
    w.objects.push(object);
}

/// A request for one kind of device or for the first of several that can be had, and the name by which an allocation
/// answers it. The class of one that waits need not be there.
fn request(w: &mut World, is_allocated: bool) -> (Value, &'static str) {
    let class = |w: &mut World| match is_allocated || w.rng.percent(85) {
        true => w.word(&[CLASS, OTHER_CLASS]),
        false => "gone.example.com",
    };
    if w.rng.percent(65) {
        let exactly =
            json!({"deviceClassName": class(w), "allocationMode": "ExactCount", "count": 1});
        return (json!({"name": "one", "exactly": exactly}), "one");
    }
    let mut alternative = |name: &str, count: usize| json!({"name": name, "deviceClassName": class(w), "allocationMode": "ExactCount", "count": count});
    let alternatives = [alternative("big", 2), alternative("small", 1)];
    (
        json!({"name": "one", "firstAvailable": alternatives}),
        "one/small",
    )
}

/// Devices that were given out: of one node, of zones, or usable everywhere.
fn allocation(w: &mut World, request: &str) -> Value {
    let node = w.node();
    let device = format!("taken-{}", w.serial());
    let mut allocation = json!({"devices": {"results": [{"request": request, "driver": CLASS, "pool": node, "device": device}]}});
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
