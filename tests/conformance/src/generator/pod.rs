//! A pod, put together from the parts that the neighbouring modules make.

use serde_json::{Value, json};

use super::claims::Claimant;
use super::tables::{APPS, PRIORITIES, RANKS};
use super::world::{CREATED, DELETED, Feature, World, put};
use super::{affinity, container, devices, owners, placement, resize, selectors, spread, volumes};

/// Where a pod is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Waits,
    Runs,
    Terminates,
    Finished,
}

/// Makes a pod and gives its namespace/name. `node` is where it runs, or where preemption makes room for one that waits.
pub fn pod(w: &mut World, place: Place, node: Option<&str>) -> String {
    let namespace = w.namespace();
    let name = format!("p{}", w.serial());
    let is_waiting = place == Place::Waits;
    let mut meta = json!({"name": name, "namespace": namespace, "uid": format!("pod-{name}"), "creationTimestamp": CREATED});
    let labels = selectors::labels(w);
    let app = labels["app"].as_str().unwrap_or(APPS[0]).to_owned();
    meta["labels"] = labels;
    let reference = owners::reference(w, &app);
    put(&mut meta, "ownerReferences", reference);
    if place == Place::Terminates {
        meta["deletionTimestamp"] = json!(DELETED);
        meta["deletionGracePeriodSeconds"] = json!(30);
    }
    let schedulers = w.schedulers.clone();
    let scheduler = w.word(&schedulers);
    let mut spec = json!({"restartPolicy": "Always", "schedulerName": scheduler, "terminationGracePeriodSeconds": 30, "preemptionPolicy": "PreemptLowerPriority"});
    let mut status = json!({"phase": phase(place)});
    container::containers(w, &mut spec);
    placement::place(w, &mut spec);
    spread::constraints(w, &mut spec);
    affinity::terms(w, &mut spec);
    volumes::volumes(
        w,
        Claimant {
            namespace,
            pod: &name,
            is_waiting,
            is_nominated: is_waiting && node.is_some(),
        },
        &mut spec,
    );
    devices::claims(w, namespace, &name, is_waiting, &mut spec, &mut status);
    devices::extended(w, namespace, &name, is_waiting, &mut spec);
    priority(w, &mut spec);
    if is_waiting {
        wait(w, node, &mut spec, &mut status);
    } else {
        spec["nodeName"] = json!(node);
        resize::statuses(w, &spec, &mut status);
    }
    history(w.ranked, &name, place, &mut spec, &mut status);
    let key = format!("{namespace}/{name}");
    w.objects.push(json!({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": status}));
    key
}

fn phase(place: Place) -> &'static str {
    match place {
        Place::Waits => "Pending",
        Place::Runs | Place::Terminates => "Running",
        Place::Finished => "Succeeded",
    }
}

/// Priority, as the admission plugin wrote it; very old objects have none.
fn priority(w: &mut World, spec: &mut Value) {
    if w.rng.percent(92) {
        let value = if w.has(Feature::Nominations) {
            *w.rng.pick(&PRIORITIES)
        } else {
            PRIORITIES[w.rng.below(2)]
        };
        spec["priority"] = json!(value);
    }
}

/// What preemption reads of a pod. It follows from the name, so that no random number is taken for it.
fn history(ranked: bool, name: &str, place: Place, spec: &mut Value, status: &mut Value) {
    let number: usize = name[1..].parse().unwrap_or_default();
    if ranked && spec.get("priority").is_some() {
        let rank = RANKS[number * 31 % RANKS.len()];
        spec["priority"] = match place {
            Place::Waits => json!(rank + 200),
            _ => json!(rank),
        };
    }
    if number % 9 == 4 {
        spec["preemptionPolicy"] = json!("Never");
    }
    // One pod at most has not started: two would do so at the same moment.
    if place != Place::Waits && number != 23 {
        let minute = number * 7919 % 10_007;
        let (day, hour) = (minute / 1440 + 1, minute / 60 % 24);
        let minute = minute % 60;
        status["startTime"] = json!(format!("2026-01-0{day}T{hour:02}:{minute:02}:00Z"));
    }
    if place == Place::Terminates && !number.is_multiple_of(3) {
        let reason = ["EvictionByEvictionAPI", "PreemptionByScheduler"][number % 2];
        let condition = json!({"type": "DisruptionTarget", "status": "True", "reason": reason, "lastTransitionTime": CREATED});
        match status["conditions"].as_array_mut() {
            Some(conditions) => conditions.push(condition),
            None => status["conditions"] = json!([condition]),
        }
    }
}

fn wait(w: &mut World, node: Option<&str>, spec: &mut Value, status: &mut Value) {
    put(status, "nominatedNodeName", json!(node));
    if w.rng.percent(1) {
        spec["schedulingGates"] =
            json!([{"name": "example.com/quota"}, {"name": "example.com/review"}]);
    }
}
