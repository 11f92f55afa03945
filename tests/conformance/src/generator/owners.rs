//! Services and the controllers of pods: what the scheduler spreads by when a pod says nothing itself.

use serde_json::{Value, json};

use super::tables::{APPS, TIERS};
use super::world::{Feature, World};

/// Makes Services and controllers in every namespace.
pub fn workloads(w: &mut World) {
    for namespace in w.namespaces.clone() {
        for app in APPS {
            if w.chance(Feature::Owners, 55, 12) {
                let service = service(w, namespace, app);
                w.objects.push(service);
            }
        }
        if w.chance(Feature::Owners, 70, 20) {
            controllers(w, namespace);
        }
    }
}

fn service(w: &mut World, namespace: &str, app: &str) -> Value {
    let mut spec = json!({"ports": [{"port": 80, "protocol": "TCP"}]});
    if w.rng.percent(92) {
        spec["selector"] = json!({"app": app});
        if w.rng.percent(20) {
            spec["selector"]["tier"] = json!(w.word(&TIERS));
        }
    }
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": app, "namespace": namespace}, "spec": spec})
}

fn controllers(w: &mut World, namespace: &str) {
    for app in APPS {
        let template = json!({"metadata": {"labels": {"app": app, "tier": TIERS[0]}}, "spec": {"containers": [{"name": "c0", "image": "redis"}]}});
        let selector = if w.rng.percent(85) {
            json!({"matchLabels": {"app": app}})
        } else {
            json!({"matchExpressions": [{"key": "app", "operator": "In", "values": [app, "other"]}, {"key": "tier", "operator": "Exists"}]})
        };
        let meta = json!({"name": app, "namespace": namespace, "uid": format!("owner-{app}")});
        let object = match w.rng.below(4) {
            0 => {
                json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": meta, "spec": {"replicas": 3, "selector": selector, "template": template}})
            }
            1 => {
                json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": meta, "spec": {"replicas": 3, "serviceName": app, "selector": selector, "template": template}})
            }
            2 => {
                json!({"apiVersion": "v1", "kind": "ReplicationController", "metadata": meta, "spec": {"replicas": 3, "selector": {"app": app}, "template": template}})
            }
            _ => continue,
        };
        w.objects.push(object);
    }
}

/// The reference of a pod to its controller, or null. The controller need not be there, nor be one that is spread.
pub fn reference(w: &mut World, app: &str) -> Value {
    if !w.chance(Feature::Owners, 80, 35) {
        return Value::Null;
    }
    let (version, kind) = *w.rng.pick(&[
        ("apps/v1", "ReplicaSet"),
        ("apps/v1", "ReplicaSet"),
        ("apps/v1", "StatefulSet"),
        ("v1", "ReplicationController"),
        ("apps/v1", "DaemonSet"),
        ("batch/v1", "Job"),
    ]);
    json!([{"apiVersion": version, "kind": kind, "name": app, "uid": format!("owner-{app}"), "controller": true, "blockOwnerDeletion": true}])
}
