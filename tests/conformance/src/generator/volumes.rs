//! The volumes of a pod.

use serde_json::{Value, json};

use super::claims::{self, Claimant};
use super::world::{Feature, World};

/// Writes a pod's volumes into its spec, after those that are there already.
pub fn volumes(w: &mut World, of: Claimant<'_>, spec: &mut Value) {
    let mut list = spec["volumes"].as_array().cloned().unwrap_or_default();
    if w.rng.percent(8) {
        list.push(json!({"name": "tmp", "emptyDir": {}}));
    }
    if w.chance(Feature::Disks, 45, 3) {
        for index in 0..w.rng.between(1, 2) {
            let mut disk = claims::disk(w);
            disk["name"] = json!(format!("disk{index}"));
            list.push(disk);
        }
    }
    for index in 0..claim_count(w) {
        list.push(json!({"name": format!("data{index}"), "persistentVolumeClaim": {"claimName": claims::claim(w, of)}}));
    }
    if w.chance(Feature::Claims, 8, 1) {
        claims::ephemeral(w, of, "scratch0");
        let template = json!({"spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "fast", "volumeMode": "Filesystem",
            "resources": {"requests": {"storage": "1Gi"}}}});
        list.push(json!({"name": "scratch0", "ephemeral": {"volumeClaimTemplate": template}}));
    }
    if w.chance(Feature::Images, 12, 1) {
        let reference = w.word(&super::tables::IMAGE_NAMES);
        list.push(json!({"name": "content", "image": {"reference": reference, "pullPolicy": "IfNotPresent"}}));
    }
    if !list.is_empty() {
        spec["volumes"] = json!(list);
    }
}

fn claim_count(w: &mut World) -> usize {
    let mut count = 0;
    for (feature, hot) in [
        (Feature::Claims, 40),
        (Feature::Limits, 45),
        (Feature::Zones, 40),
    ] {
        if w.chance(feature, hot, 3) {
            count += 1;
        }
    }
    if count > 0 && w.rng.percent(20) {
        count += 1;
    }
    count
}
