//! Whole evaluations: narrowing, nominated pods, and what the tests of single rules ask.

use super::super::object::affinity::{NodeRequirement, NodeTerm};
use super::super::object::node::NodeObject;
use super::super::object::pod::PodObject;
use super::super::testing::{node, pod, profile, resources, world};
use super::*;

/// The refusals on each node, for the last of the pods.
pub fn refusals(nodes: Vec<NodeObject>, pods: Vec<PodObject>) -> Vec<Vec<Refusal>> {
    let (mut world, pod) = world(nodes, pods);
    let profile = profile();
    let evaluation = evaluate(&mut world, &profile, pod);
    let nodes = evaluation.cx.world.node_indexes();
    nodes.map(|node| evaluation.node(node).refusals).collect()
}

/// The plugins that refuse each node; marks and findings agree.
pub fn refusing(nodes: Vec<NodeObject>, pods: Vec<PodObject>) -> Vec<Vec<Plugin>> {
    let (mut world, pod) = world(nodes, pods);
    let profile = profile();
    let evaluation = evaluate(&mut world, &profile, pod);
    let of_node = |node: NodeIx| {
        let plugins: Vec<Plugin> = evaluation
            .node(node)
            .refusals
            .into_iter()
            .map(|refusal| refusal.plugin)
            .collect();
        let bits = plugins.iter().fold(0, |bits, plugin| bits | plugin.bit());
        assert_eq!(
            evaluation.marks.of(node).refused,
            bits,
            "marks and findings differ"
        );
        plugins
    };
    evaluation.cx.world.node_indexes().map(of_node).collect()
}

fn named(values: &[&str]) -> NodeTerm {
    NodeTerm {
        expressions: Vec::new(),
        fields: vec![NodeRequirement {
            key: "metadata.name".to_owned(),
            operator: "In".to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        }],
    }
}

#[test]
fn a_named_node_leaves_all_others_out_before_any_filter() {
    let mut daemon = pod("p");
    daemon.spec.node_affinity.required = Some(vec![named(&["a-1"])]);
    let (mut world, pod) = world(vec![node("a-1"), node("b-1")], vec![daemon]);
    let profile = profile();
    let evaluation = evaluate(&mut world, &profile, pod);
    assert_eq!(evaluation.verdict(NodeIx::at(0)), Verdict::Fits);
    let other = evaluation.node(NodeIx::at(1)).first.unwrap();
    assert_eq!(other.plugin_name(), "PreFilter");
    assert_eq!(
        other.reasons(),
        ["node(s) didn't satisfy plugin(s) [NodeAffinity]"]
    );
}

#[test]
fn two_names_in_one_field_narrow_but_match_no_node() {
    let mut daemon = pod("p");
    daemon.spec.node_affinity.required = Some(vec![named(&["a-1", "b-1"])]);
    let found = refusing(vec![node("a-1"), node("b-1")], vec![daemon]);
    assert_eq!(
        found,
        [vec![Plugin::NodeAffinity], vec![Plugin::NodeAffinity]]
    );
}

#[test]
fn a_nominated_pod_of_the_same_priority_takes_its_room() {
    let asking = |name: &str, cpu: &str| {
        let mut pod = pod(name);
        pod.spec.containers[0].requests = resources(&[("cpu", cpu)]);
        pod
    };
    let mut preemptor = asking("preemptor", "3");
    preemptor.nominated_node = Some("a-1".to_owned());
    let (mut world, pod) = world(vec![node("a-1")], vec![preemptor, asking("p", "2")]);
    let profile = profile();
    let evaluation = evaluate(&mut world, &profile, pod);
    assert_eq!(evaluation.verdict(NodeIx::at(0)), Verdict::Refused);
    let first = evaluation.node(NodeIx::at(0)).first.unwrap();
    assert_eq!(first.reasons(), ["Insufficient cpu"]);
}
