//! Descriptions of small nodes: what they hold, and what they add up.

use super::*;
use crate::domain::diagnose::Cause;
use crate::domain::drain::fate::Fate;
use crate::domain::fit::object::pod::{ContainerKind, ResizeFeasibility};
use crate::domain::fit::testing::resources;
use crate::domain::snapshot::Snapshot;
use crate::testing::{PodBuilder, labels, node, now, pod, snapshot, workload};

fn container(requests: &[(&str, &str)]) -> ContainerAmounts {
    ContainerAmounts {
        name: "main".to_owned(),
        spec: resources(requests),
        ..ContainerAmounts::default()
    }
}

fn of(containers: Vec<ContainerAmounts>, init_containers: Vec<ContainerAmounts>) -> Side {
    Side {
        containers,
        init_containers,
        pod: None,
    }
}

/// What an amount of a resource looks like; `-` where there is none.
fn text(amounts: &Resources, name: &str) -> String {
    amounts
        .get(name)
        .map_or_else(|| "-".to_owned(), ToString::to_string)
}

#[test]
fn sidecars_are_added_and_the_hungriest_init_container_counts() {
    let mut sidecar = container(&[("cpu", "100m")]);
    sidecar.name = "side".to_owned();
    sidecar.kind = ContainerKind::Sidecar;
    let mut init = container(&[("cpu", "1"), ("memory", "64Mi")]);
    init.name = "init".to_owned();
    let amounts = PodAmounts {
        requests: of(
            vec![container(&[("cpu", "250m"), ("memory", "128Mi")])],
            vec![sidecar, init],
        ),
        overhead: resources(&[("cpu", "50m")]),
        ..PodAmounts::default()
    };
    let asked = amounts.asked();
    assert_eq!(text(&asked.requests, "cpu"), "1150m");
    assert_eq!(text(&asked.requests, "memory"), "128Mi");
    assert_eq!(
        asked.limits,
        Resources::new(),
        "overhead limits nothing by itself"
    );
}

#[test]
fn overhead_is_added_to_limits_that_there_are() {
    let amounts = PodAmounts {
        limits: of(vec![container(&[("cpu", "1"), ("memory", "0")])], vec![]),
        overhead: resources(&[
            ("cpu", "50m"),
            ("memory", "1Mi"),
            ("ephemeral-storage", "1Gi"),
        ]),
        ..PodAmounts::default()
    };
    let asked = amounts.asked();
    assert_eq!(text(&asked.limits, "cpu"), "1050m");
    assert_eq!(text(&asked.limits, "memory"), "0");
    assert_eq!(text(&asked.limits, "ephemeral-storage"), "-");
}

#[test]
fn the_pods_own_figures_replace_those_of_its_containers() {
    let mut side = of(
        vec![container(&[("cpu", "250m"), ("example.com/gpu", "1")])],
        vec![],
    );
    side.pod = Some(resources(&[("cpu", "2"), ("example.com/gpu", "7")]));
    let amounts = PodAmounts {
        requests: side,
        ..PodAmounts::default()
    };
    let asked = amounts.asked();
    assert_eq!(text(&asked.requests, "cpu"), "2");
    assert_eq!(text(&asked.requests, "example.com/gpu"), "1");
}

#[test]
fn a_resize_counts_in_the_rows_and_not_in_the_totals() {
    let mut resized = container(&[("cpu", "2")]);
    resized.actual = Some(resources(&[("cpu", "3")]));
    resized.allocated = Some(resources(&[("cpu", "1")]));
    let mut amounts = PodAmounts {
        requests: of(vec![resized], vec![]),
        ..PodAmounts::default()
    };
    assert_eq!(text(&amounts.asked().requests, "cpu"), "2");
    assert_eq!(text(&amounts.held().requests, "cpu"), "3");
    amounts.requests.containers[0].spec = resources(&[("cpu", "9")]);
    assert_eq!(text(&amounts.held().requests, "cpu"), "9");
    amounts.feasibility = ResizeFeasibility::Infeasible;
    assert_eq!(
        text(&amounts.held().requests, "cpu"),
        "3",
        "what cannot be is not counted"
    );
}

fn facts(builder: PodBuilder, requests: &[(&str, &str)]) -> PodFacts {
    PodFacts {
        pod: builder.build(),
        amounts: PodAmounts {
            requests: of(vec![container(requests)], vec![]),
            ..PodAmounts::default()
        },
        claims: Vec::new(),
    }
}

fn view(pods: Vec<PodFacts>) -> (View, Snapshot) {
    let mut worker = node("n1");
    worker.labels = labels(&[
        ("node-role.kubernetes.io/worker", ""),
        ("kubernetes.io/role", "db"),
        ("node-role.kubernetes.io/", "x"),
    ]);
    let mut builder = snapshot()
        .node(worker.clone())
        .owner(workload("DaemonSet", "shop/agent", 1))
        .owner(workload("ReplicaSet", "shop/web", 1));
    for facts in &pods {
        builder = builder.pod(facts.pod.clone());
    }
    let view = View {
        node: worker,
        facts: NodeFacts {
            capacity: resources(&[("cpu", "4"), ("memory", "8Gi"), ("pods", "110")]),
            allocatable: resources(&[
                ("cpu", "3"),
                ("memory", "8Gi"),
                ("pods", "110"),
                ("example.com/gpu", "2"),
                ("hugepages-2Mi", "0"),
            ]),
            ..NodeFacts::default()
        },
        pods,
        attachments: Ok(Vec::new()),
        events: Err("no right".to_owned()),
    };
    (view, builder.build())
}

fn described(pods: Vec<PodFacts>) -> NodeDescription {
    let (view, snapshot) = view(pods);
    describe(view, &snapshot).expect("the node is there")
}

fn web() -> PodBuilder {
    pod("shop/web-1").on("n1").owned_by("ReplicaSet", "web")
}

#[test]
fn the_rows_are_kubectls_and_what_stays_is_told_apart() {
    let agent = pod("shop/agent-1").on("n1").owned_by("DaemonSet", "agent");
    let done = pod("shop/done")
        .on("n1")
        .phase(crate::domain::pod::Phase::Succeeded);
    let described = described(vec![
        facts(web(), &[("cpu", "1"), ("memory", "1Gi")]),
        facts(agent, &[("cpu", "100m")]),
        facts(done, &[("cpu", "2")]),
    ]);
    let names: Vec<&str> = described
        .allocated
        .iter()
        .map(|row| row.resource.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "cpu",
            "memory",
            "ephemeral-storage",
            "hugepages-2Mi",
            "example.com/gpu"
        ]
    );
    let cpu = &described.allocated[0];
    assert_eq!(cpu.capacity.expect("known").to_string(), "4");
    assert_eq!(cpu.allocatable.expect("known").to_string(), "3");
    assert_eq!(
        (cpu.requests.amount.to_string(), cpu.requests.percent),
        ("1100m".to_owned(), Some(36))
    );
    assert_eq!(
        (cpu.after_drain.amount.to_string(), cpu.after_drain.percent),
        ("100m".to_owned(), Some(3))
    );
    assert_eq!(
        described.allocated[1].requests.percent,
        Some(12),
        "cut off, not rounded"
    );
    assert_eq!(
        described.allocated[3].requests.percent,
        Some(0),
        "of nothing"
    );
    assert_eq!(described.allocated[4].requests.percent, None);
    let fates: Vec<Fate> = described.plan.pods.iter().map(|pod| pod.fate).collect();
    assert_eq!(fates, [Fate::Skip, Fate::Delete, Fate::Evict]);
    assert_eq!(described.roles, ["db", "worker"]);
    assert_eq!(described.events, Err("no right".to_owned()));
}

#[test]
fn percentages_are_of_the_capacity_where_nothing_else_is_said() {
    let (mut view, snapshot) = view(vec![facts(web(), &[("cpu", "1")])]);
    view.facts.allocatable.clear();
    let described = describe(view, &snapshot).expect("the node is there");
    assert_eq!(described.allocated[0].requests.percent, Some(25));
}

#[test]
fn a_volume_is_the_pods_whose_claim_it_is() {
    let mut ending = facts(web().ending_since(120), &[]);
    ending.claims = vec!["data".to_owned()];
    let attachment = |volume: &str, claim: &str, state: AttachmentState| Attachment {
        volume: volume.to_owned(),
        attacher: "csi.example".to_owned(),
        state,
        claim: Some(("shop".to_owned(), claim.to_owned())),
    };
    let (mut view, snapshot) = view(vec![ending]);
    view.attachments = Ok(vec![
        attachment("pv-2", "other", AttachmentState::Attached),
        attachment("pv-3", "data", AttachmentState::Pending),
        attachment("pv-1", "data", AttachmentState::Attached),
    ]);
    let described = describe(view, &snapshot).expect("the node is there");
    let findings = &described.pods[0].findings;
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!(findings[0].cause, Cause::VolumeAttached);
    assert!(
        findings[0].message.contains("pv-1 is still attached"),
        "{findings:#?}"
    );
    assert_eq!(described.attachments.expect("read")[0].volume, "pv-1");
    assert_eq!(described.taken_at, now());
}
