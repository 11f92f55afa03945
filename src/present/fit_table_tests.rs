//! Tables of `fit`.

use super::super::fit_preemption;
use super::super::fit_report::{Code, First, Prefilter};
use super::super::style::Colors;
use super::*;
use crate::domain::fit::preemption::NoPreemption;
use crate::domain::fit::testing::{pod as test_pod, world};

fn page(detail: Detail) -> Page {
    Page {
        colors: Colors::Off,
        width: None,
        detail,
    }
}

fn refused(name: &str, detail: &str) -> Node {
    let reasons = vec!["node(s) had untolerated taint(s)".to_owned()];
    Node {
        node: name.to_owned(),
        verdict: Verdict::Refused,
        first: Some(First {
            plugin: "TaintToleration".to_owned(),
            predicate: Some("PodToleratesNodeTaints".to_owned()),
            code: Code::UnschedulableAndUnresolvable,
            reasons: reasons.clone(),
        }),
        refusals: vec![Refusal {
            plugin: "TaintToleration".to_owned(),
            predicate: Some("PodToleratesNodeTaints".to_owned()),
            reasons,
            detail: detail.to_owned(),
            on_request: None,
        }],
        detail: None,
        score: None,
    }
}

fn fitting(name: &str) -> Node {
    Node {
        node: name.to_owned(),
        verdict: Verdict::Fits,
        first: None,
        refusals: Vec::new(),
        detail: None,
        score: None,
    }
}

fn pod(nodes: Vec<Node>) -> Pod {
    Pod {
        namespace: "shop".to_owned(),
        name: "web".to_owned(),
        not_decided: None,
        prefilter: None,
        nodes,
        best: Vec::new(),
        summary: None,
        preemption: None,
    }
}

fn lines(pod: Pod, detail: Detail) -> Vec<String> {
    let minor = crate::domain::fit::profile::Minor::NEWEST;
    fit_table(&FitReport::new(minor, vec![pod]), page(detail))
}

#[test]
fn nodes_that_are_refused_alike_are_told_together_with_the_values_of_one() {
    let nodes = vec![
        refused("a", "taint x is not tolerated"),
        refused("b", "taint y is not tolerated"),
        fitting("c"),
    ];
    assert_eq!(
        lines(pod(nodes), Detail::Normal),
        [
            "pod/shop/web: fits 1 of 3 nodes",
            "NODES  VERDICT  SCORE  REFUSED BY",
            "c      fits",
            "a, b   refused         TaintToleration",
            "  TaintToleration (PodToleratesNodeTaints): node(s) had untolerated taint(s)",
            "    on a: taint x is not tolerated",
        ]
    );
}

#[test]
fn many_names_are_counted_and_wide_tells_each_node_by_itself() {
    let nodes: Vec<Node> = (1..=7).map(|n| refused(&format!("n{n}"), "same")).collect();
    let normal = lines(pod(nodes.clone()), Detail::Normal);
    assert!(
        normal[2].starts_with("n1, n2, n3, n4 and 3 more  refused"),
        "{normal:#?}"
    );
    assert_eq!(normal[4], "    same");
    assert_eq!(lines(pod(nodes), Detail::Wide).len(), 2 + 7 * 3);
}

#[test]
fn a_refusal_of_all_nodes_and_what_is_not_known_are_said() {
    let mut refused = pod(Vec::new());
    refused.prefilter = Some(Prefilter {
        plugin: "VolumeBinding".to_owned(),
        predicate: Some("CheckVolumeBinding".to_owned()),
        code: Code::UnschedulableAndUnresolvable,
        reasons: vec!["pod has unbound immediate PersistentVolumeClaims".to_owned()],
        detail: "claim shop/data".to_owned(),
    });
    let text = lines(refused, Detail::Normal);
    assert_eq!(text[0], "pod/shop/web: fits no node");
    assert_eq!(text[2], "    claim shop/data");
    let mut open = fitting("n");
    open.verdict = Verdict::Unknown;
    open.detail = Some("VolumeZone: persistentvolumes could not be read".to_owned());
    let text = lines(pod(vec![open]), Detail::Normal);
    assert_eq!(text[0], "pod/shop/web: fits 0 of 1 node, 1 unknown");
    assert_eq!(
        text[3],
        "  not known: VolumeZone: persistentvolumes could not be read"
    );
}

#[test]
fn what_the_event_adds_about_preemption_stands_behind_its_first_half() {
    let found = Err(NoPreemption::Never);
    let (world, _) = world(vec![], vec![test_pod("web")]);
    let waiting = Pod {
        summary: Some("0/1 nodes are available: 1 Insufficient cpu.".to_owned()),
        preemption: fit_preemption::report(&world, &found, None),
        ..pod(Vec::new())
    };
    let lines = lines(waiting, Detail::Normal);
    let event = "scheduler: 0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.";
    assert_eq!(lines.last().unwrap(), event);
}
