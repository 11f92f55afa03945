//! Random clusters that use every rule of the scheduler, and the pods to be asked about.
//!
//! Objects look as the API server stores them, defaults applied, because neither the oracle nor the evaluator applies
//! any to a snapshot. What crashes the real plugins, or makes their answer a matter of chance, is not made:
//!
//! - a CSIStorageCapacity without `capacity` crashes the score of VolumeBinding, and so does a claim that names its class
//!   by the beta annotation alone;
//! - of several CSIStorageCapacities that suffice for one node a random one gives that score: they never overlap here;
//! - of several volumes of one size a random one is matched: no two volumes of a class have the same size, and no two wait
//!   for one claim;
//! - of several drivers that a node should have and has not, NodeVolumeLimits names a random one: only one is required;
//! - an ephemeral claim of somebody else is an error for every later pod once its pod is on a node;
//! - a GCE disk in several zones is an error unless the zones are spelled as there;
//! - pod-level requests with a binary fraction (`0.75Gi`): the plugins add a pod's overhead to that very value, again each
//!   time they look; the API server never stores one, it writes `768Mi`;
//! - unsorted declared features lose names;
//! - pods of one priority that started in the same moment are important in the order of the scheduler's cache: no two did;
//! - of several budgets on a pod a random one is asked first from 1.37 on: the oracle takes them by name;
//! - of two device classes with one extended resource name, the one that is heard of second and is passed over also loses
//!   the name that every class has: no two share one.

mod affinity;
mod budgets;
mod claims;
mod config;
mod container;
mod devices;
mod network;
mod node;
mod owners;
mod placement;
mod pod;
mod resize;
pub(crate) mod rng;
mod selectors;
mod spread;
mod storage;
mod tables;
mod volumes;
mod world;

pub use rng::Rng;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use pod::Place;
use world::{Feature, Size, World, put};

/// A cluster and the pods to be asked about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// The seed, which is all that is needed to have the case again.
    pub seed: u64,
    /// The cluster's objects.
    pub objects: Vec<Value>,
    /// The pods to be asked about, as namespace/name.
    pub pods: Vec<String>,
    /// The scheduler's configuration; null is none.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub config: Value,
}

impl Case {
    /// The line that the oracle reads.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut case =
            json!({"id": self.seed.to_string(), "objects": self.objects, "pods": self.pods});
        put(&mut case, "config", self.config.clone());
        case
    }
}

/// Makes the case of a seed: the same one for ever.
#[must_use]
pub fn case(seed: u64) -> Case {
    of_size(seed, Size::Any)
}

/// Makes the small case of a seed: another one than [`case`].
#[must_use]
pub fn small_case(seed: u64) -> Case {
    of_size(seed, Size::Small)
}

fn of_size(seed: u64, size: Size) -> Case {
    let mut world = World::new(seed, size);
    let config = config::configuration(&mut world);
    namespaces(&mut world);
    storage::classes(&mut world);
    for index in 0..world.nodes.len() {
        let object = node::node(&mut world, index);
        world.objects.push(object);
    }
    storage::drivers(&mut world);
    devices::classes(&mut world);
    owners::workloads(&mut world);
    let pods = pods(&mut world);
    storage::attachments(&mut world);
    // Last, and without a random number before: the rest stays what it was without them.
    budgets::budgets(&mut world);
    Case {
        seed,
        objects: world.objects,
        pods,
        config,
    }
}

/// Namespaces; now and then one is missing from what was read.
fn namespaces(w: &mut World) {
    for name in w.namespaces.clone() {
        if w.rng.percent(6) {
            continue;
        }
        let mut object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name,
            "labels": {"kubernetes.io/metadata.name": name}}, "status": {"phase": "Active"}});
        if w.rng.percent(60) {
            object["metadata"]["labels"]["team"] = json!(w.word(&tables::TEAMS));
        }
        w.objects.push(object);
    }
}

/// Makes all pods and chooses the ones to be asked about: all that wait, and some of those that run.
fn pods(w: &mut World) -> Vec<String> {
    let is_big = w.nodes.len() > 20;
    let bound = match (w.size, is_big) {
        (Size::Small, _) => w.rng.between(6, 14),
        (Size::Any, true) => w.rng.between(150, 300),
        (Size::Any, false) => w.rng.between(15, 50),
    };
    let mut running = Vec::new();
    for _ in 0..bound {
        let node = w.node();
        let place = w.rng.weighted(&[
            (90, Place::Runs),
            (5, Place::Terminates),
            (5, Place::Finished),
        ]);
        let made = pod::pod(w, place, Some(&node));
        if place != Place::Finished {
            running.push(made);
        }
    }
    let mut asked = Vec::new();
    for _ in 0..w.rng.between(4, 7) {
        let nominated = w.chance(Feature::Nominations, 45, 3);
        let node = nominated.then(|| w.node());
        asked.push(pod::pod(w, Place::Waits, node.as_deref()));
    }
    asked.extend(w.rng.some(&running, 3, 6));
    asked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_case_every_time() {
        for seed in 0..50 {
            assert_eq!(case(seed), case(seed));
        }
        assert_ne!(case(1).objects, case(2).objects);
    }

    #[test]
    fn every_pod_that_is_asked_about_is_in_the_cluster() {
        for seed in 0..200 {
            let case = case(seed);
            let is_there = |wanted: &String| {
                case.objects.iter().any(|object| {
                    let meta = &object["metadata"];
                    let name = format!(
                        "{}/{}",
                        meta["namespace"].as_str().unwrap_or_default(),
                        meta["name"].as_str().unwrap_or_default()
                    );
                    object["kind"] == "Pod" && name == *wanted
                })
            };
            assert!(case.pods.iter().all(is_there), "seed {seed}");
        }
    }
}
