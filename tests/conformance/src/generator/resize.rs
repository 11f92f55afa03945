//! What kubelets report of a resize in place: resources in the status, and why a resize is not done.

use serde_json::{Value, json};

use super::container::{pod_level, requests};
use super::world::{CREATED, Feature, World};

/// Writes the statuses of a running pod's containers, now and then those of an unfinished resize.
pub fn statuses(w: &mut World, spec: &Value, status: &mut Value) {
    if !w.chance(Feature::Resizes, 60, 6) {
        return;
    }
    for (containers, statuses) in [
        ("containers", "containerStatuses"),
        ("initContainers", "initContainerStatuses"),
    ] {
        if let Some(list) = spec[containers].as_array() {
            let reported: Vec<_> = list
                .iter()
                .filter_map(|container| reported(w, container))
                .collect();
            if !reported.is_empty() {
                status[statuses] = json!(reported);
            }
        }
    }
    if spec.get("resources").is_some() {
        if w.rng.percent(60) {
            status["resources"] = pod_level(w);
        }
        if w.rng.percent(50) {
            status["allocatedResources"] = pod_level(w)["requests"].clone();
        }
    } else if w.rng.percent(6) {
        status["resources"] = pod_level(w);
        status["allocatedResources"] = pod_level(w)["requests"].clone();
    }
    if w.rng.percent(40) {
        let reason = w.word(&["Infeasible", "Infeasible", "Deferred"]);
        // The scheduler looks at the reason alone.
        let value = if w.rng.percent(85) { "True" } else { "False" };
        let condition = json!({"type": "PodResizePending", "status": value, "reason": reason, "lastTransitionTime": CREATED});
        status["conditions"] = json!([condition]);
    } else if w.rng.percent(30) {
        status["conditions"] = json!([{"type": "PodResizeInProgress", "status": "True", "lastTransitionTime": CREATED}]);
    }
}

/// One container's status; some are missing.
fn reported(w: &mut World, container: &Value) -> Option<Value> {
    if w.rng.percent(12) {
        return None;
    }
    let mut status = json!({"name": container["name"], "image": container["image"], "imageID": "", "ready": true, "restartCount": 0});
    let of_spec = container["resources"]["requests"].clone();
    let amounts = |w: &mut World| {
        if w.rng.percent(35) && !of_spec.is_null() {
            of_spec.clone()
        } else {
            requests(w)
        }
    };
    if w.rng.percent(80) {
        status["resources"] = json!({"requests": amounts(w)});
    }
    if w.rng.percent(70) {
        status["allocatedResources"] = amounts(w);
    }
    Some(status)
}
