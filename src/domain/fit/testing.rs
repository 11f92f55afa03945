//! Small worlds for tests: only what a test names differs from an ordinary node or pod.

use super::object::Resources;
use super::object::node::NodeObject;
use super::object::pod::{Container, Life, PodObject, PodResize, PodSpec, Preempted};
use super::object::shared::Shared;
use super::profile::{Minor, Profile};
use super::world::{PodIx, World, WorldBuilder};
use crate::domain::labels::Labels;
use crate::domain::pod::Phase;
use crate::domain::quantity::Quantity;

/// Makes resources of pairs.
pub fn resources(pairs: &[(&str, &str)]) -> Resources {
    let parse = |text: &str| Quantity::parse(text).expect("a test's quantity");
    pairs
        .iter()
        .map(|(name, amount)| ((*name).to_owned(), parse(amount)))
        .collect()
}

/// Makes labels of pairs.
pub fn labels(pairs: &[(&str, &str)]) -> Labels {
    let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    pairs.iter().map(own).collect()
}

/// Begins a node with 4 CPUs, 8 GiB and room for 110 pods, in a zone named by the part of its name before the dash.
pub fn node(name: &str) -> NodeObject {
    let zone = name.split('-').next().unwrap_or(name);
    NodeObject {
        name: name.to_owned(),
        labels: labels(&[
            ("kubernetes.io/hostname", name),
            ("topology.kubernetes.io/zone", zone),
        ]),
        allocatable: resources(&[("cpu", "4"), ("memory", "8Gi"), ("pods", "110")]),
        ..NodeObject::default()
    }
}

/// Begins a pending pod in namespace `default` with one container that asks for nothing.
pub fn pod(name: &str) -> PodObject {
    PodObject {
        namespace: "default".to_owned(),
        name: name.to_owned(),
        uid: format!("uid-{name}"),
        labels: Labels::new(),
        spec: PodSpec {
            scheduler_name: "default-scheduler".to_owned(),
            containers: Shared::from(vec![Container {
                name: "c".to_owned(),
                ..Container::default()
            }]),
            ..PodSpec::default()
        },
        node: None,
        nominated_node: None,
        phase: Phase::Running,
        life: Life::Active,
        created: None,
        started: None,
        controller: None,
        resize: PodResize::default(),
        preempted: Preempted::No,
        claim_names: Vec::new(),
        extended_claim: None,
    }
}

/// A world of nodes and pods of the newest minor; the last pod is the one to judge.
pub fn world(nodes: Vec<NodeObject>, pods: Vec<PodObject>) -> (World, PodIx) {
    let mut builder = WorldBuilder::new(Minor::NEWEST);
    for node in nodes {
        builder.node(node);
    }
    let mut last = None;
    for pod in pods {
        last = builder.pod(pod).or(last);
    }
    (builder.finish(), last.expect("a pod to judge"))
}

/// The default profile of the newest minor.
pub fn profile() -> Profile {
    Profile::default_of(Minor::NEWEST)
}
