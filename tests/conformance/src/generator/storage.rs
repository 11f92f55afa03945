//! Storage that belongs to the cluster: classes, volumes, drivers, what is attached where, free capacity.

use serde_json::{Value, json};

use super::placement;
use super::tables::*;
use super::world::{Feature, World, put};

/// The driver behind most classes.
pub const DRIVER: &str = "csi.example.com";
/// The driver that publishes its free capacity.
pub const TRACKED_DRIVER: &str = "cap.example.com";
const DRIVERS: [&str; 3] = [DRIVER, TRACKED_DRIVER, "ebs.csi.aws.com"];
const MIGRATED: &str =
    "kubernetes.io/aws-ebs,kubernetes.io/azure-disk,kubernetes.io/cinder,kubernetes.io/gce-pd";
const GROUP: &str = "storage.k8s.io/v1";

/// What has been made so far.
#[derive(Debug, Default)]
pub struct Storage {
    /// Claims as namespace and name, for pods that share one.
    pub claims: Vec<(&'static str, String)>,
    volumes: Vec<String>,
}

/// Makes the classes: one of each kind of binding and provisioning.
pub fn classes(w: &mut World) {
    let topologies = if w.rng.percent(85) {
        let mut terms = vec![
            json!({"matchLabelExpressions": [{"key": ZONE, "values": w.words(&ZONES, 1, 2)}]}),
        ];
        if w.rng.percent(20) {
            terms.push(json!({"matchLabelExpressions": [{"key": "rack", "values": ["a"]}, {"key": REGION, "values": ["r1"]}]}));
        }
        json!(terms)
    } else {
        Value::Null
    };
    for (name, provisioner, mode) in [
        ("fast", DRIVER, "WaitForFirstConsumer"),
        ("slow", DRIVER, "Immediate"),
        (
            "local",
            "kubernetes.io/no-provisioner",
            "WaitForFirstConsumer",
        ),
        ("zonal", "zonal.example.com", "WaitForFirstConsumer"),
        ("tracked", TRACKED_DRIVER, "WaitForFirstConsumer"),
        ("ebs", "kubernetes.io/aws-ebs", "WaitForFirstConsumer"),
    ] {
        let mut class = json!({"apiVersion": GROUP, "kind": "StorageClass", "metadata": {"name": name}, "provisioner": provisioner,
            "volumeBindingMode": mode, "reclaimPolicy": "Delete"});
        if name == "zonal" {
            put(&mut class, "allowedTopologies", topologies.clone());
        }
        w.objects.push(class);
    }
}

/// Makes what drivers and nodes say about each other, and the free capacity by zone.
pub fn drivers(w: &mut World) {
    // Of two that are required and missing the plugin names a random one.
    let required = w.word(&DRIVERS);
    for driver in DRIVERS {
        if driver != TRACKED_DRIVER && w.rng.percent(40) {
            continue;
        }
        let tracks = driver == TRACKED_DRIVER && w.rng.percent(90);
        let mut spec = json!({"attachRequired": true, "podInfoOnMount": false, "storageCapacity": tracks, "volumeLifecycleModes": ["Persistent"]});
        if driver == required && w.chance(Feature::Limits, 70, 10) {
            spec["preventPodSchedulingIfMissing"] = json!(w.rng.percent(80));
        }
        w.objects.push(json!({"apiVersion": GROUP, "kind": "CSIDriver", "metadata": {"name": driver}, "spec": spec}));
    }
    for node in w.nodes.clone() {
        if w.rng.percent(70) {
            let object = csi_node(w, &node);
            w.objects.push(object);
        }
    }
    capacities(w);
}

fn csi_node(w: &mut World, node: &str) -> Value {
    let mut drivers = Vec::new();
    for driver in DRIVERS {
        if !w.rng.percent(75) {
            continue;
        }
        let mut entry = json!({"name": driver, "nodeID": node, "topologyKeys": [ZONE]});
        if w.rng.percent(80) {
            let count = if w.has(Feature::Limits) {
                w.rng.between(0, 3)
            } else {
                w.rng.between(2, 20)
            };
            entry["allocatable"] = json!({"count": count});
        }
        drivers.push(entry);
    }
    let mut meta = json!({"name": node});
    if w.rng.percent(60) {
        meta["annotations"] = json!({"storage.alpha.kubernetes.io/migrated-plugins": MIGRATED});
    }
    json!({"apiVersion": GROUP, "kind": "CSINode", "metadata": meta, "spec": {"drivers": drivers}})
}

/// One object a zone, or one for all: two that suffice for one node would make a score random.
fn capacities(w: &mut World) {
    let zones: Vec<Value> = if w.rng.percent(15) {
        vec![json!({})]
    } else {
        ZONES
            .iter()
            .map(|zone| json!({"matchLabels": {ZONE: zone}}))
            .collect()
    };
    for (index, topology) in zones.into_iter().enumerate() {
        if w.rng.percent(15) {
            continue;
        }
        let mut object = json!({"apiVersion": GROUP, "kind": "CSIStorageCapacity", "metadata": {"name": format!("free-{index}"), "namespace": "default"},
            "storageClassName": "tracked", "nodeTopology": topology, "capacity": w.word(&["10Gi", "100G", "1Gi", "5e9", "0", "3Gi"])});
        if w.rng.percent(30) {
            object["maximumVolumeSize"] = json!(w.word(&["1Gi", "4Gi", "500M"]));
        }
        w.objects.push(object);
    }
}

/// What is attached: also volumes that no pod uses any more.
pub fn attachments(w: &mut World) {
    if w.storage.volumes.is_empty() {
        return;
    }
    let most = if w.has(Feature::Limits) {
        w.nodes.len()
    } else {
        2
    };
    for index in 0..w.rng.between(0, most) {
        let volume = w.rng.pick(&w.storage.volumes).clone();
        let node = w.node();
        w.objects.push(json!({"apiVersion": GROUP, "kind": "VolumeAttachment", "metadata": {"name": format!("attached-{index}")},
            "spec": {"attacher": DRIVER, "nodeName": node, "source": {"persistentVolumeName": volume}}, "status": {"attached": true}}));
    }
}

/// Makes a volume. No two have the same size, see the module above.
///
/// `claim` is what it is bound to, as namespace and name; without one it is free.
pub fn volume(w: &mut World, class: &str, claim: Option<(&str, &str)>) -> String {
    let serial = w.serial();
    let name = format!("pv-{serial}");
    let mut spec = json!({"capacity": {"storage": size(w, serial)}, "accessModes": ["ReadWriteOnce"], "volumeMode": "Filesystem",
        "persistentVolumeReclaimPolicy": "Delete"});
    if !class.is_empty() {
        spec["storageClassName"] = json!(class);
    }
    source(w, class, serial, &mut spec);
    let affinity = affinity(w, spec.get("local").is_some());
    put(&mut spec, "nodeAffinity", affinity);
    let phase = match claim {
        Some((namespace, name)) => {
            spec["claimRef"] = json!({"kind": "PersistentVolumeClaim", "apiVersion": "v1", "namespace": namespace, "name": name, "uid": format!("{namespace}-{name}")});
            "Bound"
        }
        None => w.rng.weighted(&[(92, "Available"), (8, "Released")]),
    };
    let mut meta = json!({"name": name});
    // A set of zones on such a disk would have to be spelled as its cloud spells zones.
    let may_have_sets = spec.get("gcePersistentDisk").is_none();
    let labels = labels(w, may_have_sets);
    put(&mut meta, "labels", labels);
    if claim.is_none() && w.rng.percent(3) {
        meta["deletionTimestamp"] = json!(super::world::DELETED);
    }
    w.storage.volumes.push(name.clone());
    w.objects.push(json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": meta, "spec": spec, "status": {"phase": phase}}));
    name
}

fn size(w: &mut World, serial: usize) -> String {
    let mebibytes = 1024 + 16 * serial;
    match w.rng.below(3) {
        0 => format!("{mebibytes}Mi"),
        1 => format!("{}Ki", mebibytes * 1024),
        _ => (mebibytes * 1024 * 1024).to_string(),
    }
}

fn source(w: &mut World, class: &str, serial: usize, spec: &mut Value) {
    let kind = match class {
        "local" => 4,
        "ebs" => 1,
        _ => w.rng.weighted(&[(80, 0), (6, 1), (5, 2), (4, 3), (5, 4)]),
    };
    match kind {
        0 => {
            let driver = if class == "tracked" {
                TRACKED_DRIVER
            } else {
                DRIVER
            };
            spec["csi"] = json!({"driver": driver, "volumeHandle": format!("handle-{serial}")});
        }
        1 => {
            spec["awsElasticBlockStore"] =
                json!({"volumeID": format!("vol-{serial}"), "fsType": "ext4"})
        }
        2 => {
            spec["gcePersistentDisk"] =
                json!({"pdName": format!("disk-{serial}"), "fsType": "ext4"})
        }
        3 => spec["nfs"] = json!({"server": "10.0.0.9", "path": "/export"}),
        _ => spec["local"] = json!({"path": format!("/mnt/{serial}")}),
    }
}

/// Where a volume can be used: in zones, on nodes, or by any labels.
fn affinity(w: &mut World, is_local: bool) -> Value {
    let kind = if is_local {
        1
    } else {
        w.rng.weighted(&[(55, 0), (8, 1), (25, 2), (8, 3), (4, 4)])
    };
    let terms = match kind {
        0 => return Value::Null,
        1 => {
            json!([{"matchExpressions": [{"key": HOSTNAME, "operator": "In", "values": [w.node(), w.node(), w.node()]}]}])
        }
        2 => {
            json!([{"matchExpressions": [{"key": ZONE, "operator": "In", "values": w.words(&ZONES, 1, 2)}]}])
        }
        3 => (0..w.rng.between(1, 2))
            .map(|_| json!({"matchExpressions": [placement::expression(w)]}))
            .collect(),
        // Fields are not looked at for volumes.
        _ => {
            json!([{"matchFields": [{"key": "metadata.name", "operator": "In", "values": [w.node()]}]}])
        }
    };
    json!({"required": {"nodeSelectorTerms": terms}})
}

/// Zone and region labels, old keys too, and sets of zones.
fn labels(w: &mut World, may_have_sets: bool) -> Value {
    if !w.chance(Feature::Zones, 70, 8) {
        return Value::Null;
    }
    let mut labels = json!({});
    let zone = if may_have_sets && w.rng.percent(30) {
        w.word(&["z1__z2", "z2__z3", "z1__z2__z3"])
    } else {
        w.word(&ZONES)
    };
    let key = w.rng.weighted(&[(75, ZONE), (25, BETA_ZONE)]);
    labels[key] = json!(zone);
    if w.rng.percent(30) {
        let key = w.rng.weighted(&[(75, REGION), (25, BETA_REGION)]);
        labels[key] = json!(REGIONS[usize::from(w.rng.percent(15))]);
    }
    labels
}
