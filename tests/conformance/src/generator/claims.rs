//! Claims of volumes, in every state that the scheduler tells apart.

use serde_json::{Value, json};

use super::storage;
use super::tables::{DISKS, ZONES};
use super::world::{DELETED, World, put};

const BOUND: &str = "pv.kubernetes.io/bind-completed";
const SELECTED: &str = "volume.kubernetes.io/selected-node";

/// How far a claim is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Bound,
    /// The volume is named, but the controller has not finished.
    Unfinished,
    /// The volume that it was bound to is gone.
    Lost,
    /// Bound, and the volume is not among what was read.
    VolumeUnknown,
    /// Waits for the controller, not for the scheduler.
    Immediate,
    /// As above: its class is not there, or it has none.
    NoClass,
    /// Waits for a pod; a driver would make the volume.
    Waits,
    /// Waits for a pod; only volumes that exist will do.
    Static,
    /// A volume is reserved for it.
    Reserved,
    Deleting,
    Missing,
}

/// A claim of a pod that may still have to find its volume.
const OF_WAITING: [(usize, State); 11] = [
    (42, State::Bound),
    (1, State::Unfinished),
    (1, State::Lost),
    (1, State::VolumeUnknown),
    (2, State::Immediate),
    (1, State::NoClass),
    (30, State::Waits),
    (14, State::Static),
    (5, State::Reserved),
    (1, State::Deleting),
    (2, State::Missing),
];
/// A claim of a pod that runs: bound, as a rule.
const OF_RUNNING: [(usize, State); 4] = [
    (90, State::Bound),
    (6, State::Waits),
    (2, State::Deleting),
    (2, State::Missing),
];

/// Whose claim it is.
#[derive(Debug, Clone, Copy)]
pub struct Claimant<'a> {
    pub namespace: &'static str,
    pub pod: &'a str,
    pub is_waiting: bool,
    /// Preemption makes room for it, so that others see its volumes as if it ran.
    pub is_nominated: bool,
}

/// Gives the name of a claim: one that others use too, or a new one.
pub fn claim(w: &mut World, of: Claimant<'_>) -> String {
    let shared: Vec<_> = w
        .storage
        .claims
        .iter()
        .filter(|(namespace, _)| *namespace == of.namespace)
        .cloned()
        .collect();
    if !shared.is_empty() && w.rng.percent(25) {
        return w.rng.pick(&shared).1.clone();
    }
    let name = format!("data-{}", w.serial());
    let states = if of.is_waiting {
        &OF_WAITING[..]
    } else {
        &OF_RUNNING[..]
    };
    let state = w.rng.weighted(states);
    make(w, of.namespace, &name, state, Value::Null);
    name
}

/// Makes the claim of a pod's ephemeral volume, unless the controller has not come to it yet.
pub fn ephemeral(w: &mut World, of: Claimant<'_>, volume: &str) {
    let name = format!("{}-{volume}", of.pod);
    if of.is_waiting && w.rng.percent(12) {
        return;
    }
    // A claim under the right name that belongs to somebody else; on a node it would be an error for all others.
    let is_foreign = of.is_waiting && !of.is_nominated && w.rng.percent(5);
    let uid = if is_foreign {
        "somebody-else".to_owned()
    } else {
        format!("pod-{}", of.pod)
    };
    let owner = json!([{"apiVersion": "v1", "kind": "Pod", "name": of.pod, "uid": uid, "controller": true, "blockOwnerDeletion": true}]);
    let state = w.rng.weighted(&[(50, State::Bound), (50, State::Waits)]);
    make(w, of.namespace, &name, state, owner);
}

fn make(w: &mut World, namespace: &'static str, name: &str, state: State, owner: Value) {
    if state == State::Missing {
        return;
    }
    let mut spec = json!({"volumeMode": "Filesystem", "resources": {"requests": {"storage": w.word(&["1Gi", "500M", "0.5Gi", "2Gi", "1e9", "3Gi"])}}});
    let mode = w.rng.weighted(&[
        (88, "ReadWriteOnce"),
        (8, "ReadWriteOncePod"),
        (4, "ReadWriteMany"),
    ]);
    spec["accessModes"] = json!([mode]);
    let mut meta = json!({"name": name, "namespace": namespace, "uid": format!("{namespace}-{name}"), "annotations": {}});
    put(&mut meta, "ownerReferences", owner);
    let class = class(w, state);
    if !class.is_empty() {
        spec["storageClassName"] = json!(class);
    }
    let phase = settle(w, state, (namespace, name), class, &mut spec, &mut meta);
    // Claims of ephemeral volumes belong to one pod and are not shared.
    if meta.get("ownerReferences").is_none() {
        w.storage.claims.push((namespace, name.to_owned()));
    }
    w.objects.push(json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": spec, "status": {"phase": phase}}));
}

fn class(w: &mut World, state: State) -> &'static str {
    match state {
        State::Immediate => "slow",
        State::NoClass => w.word(&["", "nobody-made-it"]),
        State::Static | State::Reserved => w.word(&["local", "local", "fast"]),
        State::Waits => w.word(&["fast", "zonal", "zonal", "tracked", "tracked", "ebs"]),
        _ => w.word(&["fast", "slow", "local", "ebs", "fast"]),
    }
}

/// Writes what makes the state what it is, and the volumes that belong to it; gives the phase.
fn settle(
    w: &mut World,
    state: State,
    claim: (&str, &str),
    class: &str,
    spec: &mut Value,
    meta: &mut Value,
) -> &'static str {
    match state {
        State::Bound | State::Deleting | State::Unfinished | State::Lost | State::VolumeUnknown => {
            let is_known = !matches!(state, State::VolumeUnknown | State::Lost);
            let volume = if is_known {
                storage::volume(w, class, Some(claim))
            } else {
                "pv-gone".to_owned()
            };
            spec["volumeName"] = json!(volume);
            if state != State::Unfinished {
                meta["annotations"][BOUND] = json!("yes");
            }
            if state == State::Deleting {
                meta["deletionTimestamp"] = json!(DELETED);
                meta["finalizers"] = json!(["kubernetes.io/pvc-protection"]);
            }
            if state == State::Lost {
                "Lost"
            } else {
                "Bound"
            }
        }
        State::Static => {
            for _ in 0..w.rng.between(0, 4) {
                storage::volume(w, class, None);
            }
            if w.rng.percent(15) {
                spec["selector"] = json!({"matchExpressions": [{"key": super::tables::ZONE, "operator": "In", "values": w.words(&ZONES, 1, 2)}]});
            }
            "Pending"
        }
        State::Reserved => {
            storage::volume(w, class, Some(claim));
            "Pending"
        }
        State::Waits => {
            if w.rng.percent(12) {
                let node = if w.rng.percent(80) {
                    w.node()
                } else {
                    "gone".to_owned()
                };
                meta["annotations"][SELECTED] = json!(node);
            }
            "Pending"
        }
        State::Immediate | State::NoClass | State::Missing => "Pending",
    }
}

/// An in-tree volume in a pod: few, so that pods meet on them.
pub fn disk(w: &mut World) -> Value {
    let is_read_only = w.rng.percent(40);
    let number = w.rng.between(1, 3);
    match w.rng.below(7) {
        0 => {
            json!({"gcePersistentDisk": {"pdName": format!("pd-{number}"), "readOnly": is_read_only}})
        }
        1 => {
            json!({"awsElasticBlockStore": {"volumeID": format!("vol-inline-{number}"), "readOnly": is_read_only}})
        }
        2 => {
            json!({"iscsi": {"targetPortal": w.word(&["10.0.0.5:3260", "10.0.0.6:3260"]), "iqn": format!("iqn.2001-04.com.example:{number}"), "lun": 0,
            "iscsiInterface": "default", "readOnly": is_read_only}})
        }
        3 | 4 => {
            json!({"rbd": {"monitors": w.words(&["10.1.0.1:6789", "10.1.0.2:6789", "10.1.0.3:6789"], 1, 2), "pool": w.word(&["rbd", "rbd", "fast"]),
            "image": w.word(&DISKS), "user": "admin", "keyring": "/etc/ceph/keyring", "readOnly": is_read_only}})
        }
        5 => {
            json!({"azureDisk": {"diskName": format!("az-{number}"), "diskURI": format!("/subscriptions/s/disks/az-{number}"), "cachingMode": "ReadWrite",
            "fsType": "ext4", "readOnly": false, "kind": "Managed"}})
        }
        _ => json!({"cinder": {"volumeID": format!("cinder-{number}")}}),
    }
}
