//! Claims, volumes and classes for tests of the volume rules, and what the filters find in a world of them.

use super::evaluate::{Evaluation, evaluate};
use super::object::affinity::{NodeRequirement, NodeTerm};
use super::object::node::NodeObject;
use super::object::pod::{PodObject, Volume, VolumeSource};
use super::object::storage::{
    Binding, BindingMode, ClaimObject, ClassObject, CsiNodeObject, VolumeObject,
};
use super::plugin::{Plugin, Refusal};
use super::profile::{Minor, Profile};
use super::testing::pod;
use super::world::{NodeIx, PodIx, World, WorldBuilder};
use crate::domain::quantity::Quantity;

/// A world of nodes, of pods of which the last is judged, and of whatever else is added.
pub fn storage_world(
    nodes: Vec<NodeObject>,
    pods: Vec<PodObject>,
    more: impl FnOnce(&mut WorldBuilder),
) -> (World, PodIx) {
    world_of(Minor::NEWEST, nodes, pods, more)
}

/// The same for a minor.
pub fn world_of(
    minor: Minor,
    nodes: Vec<NodeObject>,
    pods: Vec<PodObject>,
    more: impl FnOnce(&mut WorldBuilder),
) -> (World, PodIx) {
    let mut builder = WorldBuilder::new(minor);
    nodes.into_iter().for_each(|node| builder.node(node));
    let mut last = None;
    for pod in pods {
        last = builder.pod(pod).or(last);
    }
    more(&mut builder);
    (builder.finish(), last.expect("a pod to judge"))
}

/// What one plugin says: of the pod as a whole, or of each node.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// Nothing against any node.
    Nothing,
    /// The pod is refused with this reason.
    Pod(String),
    /// Reasons for each node, joined; empty where it fits, `?` and the gap where it is unknown.
    Nodes(Vec<String>),
}

/// What one plugin says; marks and findings agree.
pub fn said(world: &mut World, pod: PodIx, plugin: Plugin) -> Said {
    let mut profile = Profile::default_of(world.minor);
    profile.prefilters = vec![plugin];
    profile.filters = vec![plugin];
    let evaluation = evaluate(world, &profile, pod);
    if let Some(refusal) = &evaluation.prefilter {
        return Said::Pod(refusal.reasons.join("; "));
    }
    let nodes = evaluation.context().world.node_indexes();
    let words: Vec<String> = nodes.map(|node| words(&evaluation, node)).collect();
    if words.iter().all(String::is_empty) {
        return Said::Nothing;
    }
    Said::Nodes(words)
}

fn words(evaluation: &Evaluation<'_>, node: NodeIx) -> String {
    let report = evaluation.node(node);
    let marks = evaluation.marks().of(node);
    assert_eq!(
        marks.refused != 0,
        !report.refusals.is_empty(),
        "marks differ"
    );
    match (report.refusals.first(), report.unknown.first()) {
        (Some(refusal), _) => refusal.reasons.join("; "),
        (None, Some(gap)) => format!("?{}", gap.what),
        (None, None) => String::new(),
    }
}

/// The refusal of one plugin on a node.
pub fn refusal(world: &mut World, pod: PodIx, plugin: Plugin, node: usize) -> Refusal {
    let mut profile = Profile::default_of(world.minor);
    profile.prefilters = vec![plugin];
    profile.filters = vec![plugin];
    let evaluation = evaluate(world, &profile, pod);
    let mut refusals = evaluation.node(NodeIx::at(node)).refusals;
    refusals.remove(0)
}

/// A pod whose volumes go through these claims.
pub fn pod_with(name: &str, claims: &[&str]) -> PodObject {
    let mut pod = pod(name);
    let sources = claims
        .iter()
        .map(|claim| VolumeSource::Claim((*claim).to_owned()));
    pod.spec.volumes = sources.enumerate().map(volume).collect();
    pod
}

/// A pod with volumes of these sources.
pub fn pod_of(name: &str, sources: Vec<VolumeSource>) -> PodObject {
    let mut pod = pod(name);
    pod.spec.volumes = sources.into_iter().enumerate().map(volume).collect();
    pod
}

fn volume((at, source): (usize, VolumeSource)) -> Volume {
    Volume {
        name: format!("v{at}"),
        source,
    }
}

/// The pod on a node.
pub fn on(mut pod: PodObject, node: &str) -> PodObject {
    pod.node = Some(node.to_owned());
    pod
}

/// An unbound claim of 1 GiB of class `late`.
pub fn claim(name: &str) -> ClaimObject {
    ClaimObject {
        namespace: "default".to_owned(),
        name: name.to_owned(),
        uid: format!("uid-{name}"),
        class: Some("late".to_owned()),
        spec_class: Some("late".to_owned()),
        access_modes: vec!["ReadWriteOnce".to_owned()],
        request: Quantity::parse("1Gi").expect("a quantity"),
        phase: "Pending".to_owned(),
        ..ClaimObject::default()
    }
}

/// A claim that is bound to a volume.
pub fn bound(name: &str, volume: &str) -> ClaimObject {
    ClaimObject {
        volume_name: volume.to_owned(),
        binding: Binding::Completed,
        phase: "Bound".to_owned(),
        ..claim(name)
    }
}

/// A free volume of class `late`, for every node.
pub fn free(name: &str, capacity: &str) -> VolumeObject {
    VolumeObject {
        name: name.to_owned(),
        capacity: Quantity::parse(capacity).expect("a quantity"),
        class: "late".to_owned(),
        access_modes: vec!["ReadWriteOnce".to_owned()],
        phase: "Available".to_owned(),
        ..VolumeObject::default()
    }
}

/// A term that wants a label to have a value.
pub fn wants(key: &str, value: &str) -> Option<Vec<NodeTerm>> {
    Some(vec![NodeTerm {
        expressions: vec![NodeRequirement {
            key: key.to_owned(),
            operator: "In".to_owned(),
            values: vec![value.to_owned()],
        }],
        fields: Vec::new(),
    }])
}

/// Class `late`, which binds when a pod comes.
pub fn late(provisioner: &str) -> ClassObject {
    ClassObject {
        name: "late".to_owned(),
        provisioner: provisioner.to_owned(),
        binding_mode: Some(BindingMode::WaitForFirstConsumer),
        allowed_topologies: Vec::new(),
    }
}

/// A CSINode that takes this many volumes of driver `d`.
pub fn csi_node(name: &str, limit: Option<i32>) -> CsiNodeObject {
    CsiNodeObject {
        name: name.to_owned(),
        migrated_plugins: Vec::new(),
        drivers: vec![("d".to_owned(), limit)],
    }
}
