//! Requests of pods of every shape, with the sums that the real scheduler was seen to make.

use super::object::Resources;
use super::object::pod::{
    Container, ContainerKind, ContainerResize, PodResize, PodSpec, ResizeFeasibility,
};
use super::profile::{Minor, ResizeRule};
use super::request::{existing, existing_non_zero, incoming, incoming_non_zero};
use super::testing::resources;

fn container(name: &str, cpu: &str) -> Container {
    Container {
        name: name.to_owned(),
        requests: resources(&[("cpu", cpu)]),
        ..Container::default()
    }
}

fn sidecar(name: &str, cpu: &str) -> Container {
    Container {
        kind: ContainerKind::Sidecar,
        ..container(name, cpu)
    }
}

fn status(name: &str, requests: &str, allocated: Option<&str>) -> ContainerResize {
    ContainerResize {
        name: name.to_owned(),
        requests: Some(resources(&[("cpu", requests)])),
        allocated: allocated.map(|cpu| resources(&[("cpu", cpu)])),
    }
}

fn cpu(sum: &Resources) -> i64 {
    sum.get("cpu").copied().unwrap_or_default().milli_value()
}

fn apps(containers: &[(&str, &str)]) -> PodSpec {
    PodSpec {
        containers: containers
            .iter()
            .map(|(name, cpu)| container(name, cpu))
            .collect(),
        ..PodSpec::default()
    }
}

#[test]
fn a_sidecar_declared_before_an_init_container_runs_beside_it() {
    let spec = PodSpec {
        init_containers: vec![sidecar("s", "200m"), container("i", "250m")],
        overhead: resources(&[("cpu", "100m")]),
        ..apps(&[("a", "150m")])
    };
    assert_eq!(cpu(&incoming(&spec)), 550);
    let later = PodSpec {
        init_containers: vec![container("i", "250m"), sidecar("s", "200m")],
        ..spec
    };
    assert_eq!(cpu(&incoming(&later)), 450);
}

#[test]
fn pod_level_requests_replace_the_sum_for_cpu_memory_and_huge_pages_only() {
    let mut spec = apps(&[("a", "1")]);
    spec.containers[0].requests = resources(&[("cpu", "1"), ("example.com/gpu", "1")]);
    spec.pod_requests = Some(resources(&[("cpu", "3"), ("example.com/gpu", "9")]));
    spec.overhead = resources(&[("cpu", "1")]);
    let sum = incoming(&spec);
    assert_eq!(cpu(&sum), 4000);
    assert_eq!(sum["example.com/gpu"].value(), 1);
}

#[test]
fn the_score_of_a_new_pod_does_not_see_pod_level_requests() {
    let mut spec = apps(&[("a", "1")]);
    spec.pod_requests = Some(resources(&[("cpu", "3")]));
    let sum = incoming_non_zero(&spec);
    assert_eq!(cpu(&sum), 1000);
    assert_eq!(sum["memory"].value(), 200 << 20);
}

#[test]
fn an_existing_pod_with_pod_level_requests_gets_defaults_only_for_what_it_lacks() {
    let mut spec = apps(&[("a", "1"), ("b", "1")]);
    spec.pod_requests = Some(resources(&[("memory", "1Gi")]));
    let sum = existing_non_zero(&spec, &PodResize::default(), ResizeRule::PodAggregates);
    assert_eq!(sum["memory"].value(), 1 << 30);
    assert_eq!(cpu(&sum), 2000);
}

#[test]
fn a_growing_and_a_shrinking_container_count_4_up_to_1_36_and_3_from_1_37() {
    let spec = apps(&[("a", "2"), ("b", "1")]);
    let resize = PodResize {
        containers: vec![status("a", "1", None), status("b", "2", None)],
        ..PodResize::default()
    };
    let count = |minor: Minor| cpu(&existing(&spec, &resize, minor.resize_rule()));
    assert_eq!(count(Minor::V1_34), 4000);
    assert_eq!(count(Minor::V1_36), 4000);
    assert_eq!(count(Minor::V1_37), 3000);
}

#[test]
fn an_infeasible_resize_counts_without_what_was_asked_for() {
    let spec = apps(&[("a", "8")]);
    let resize = PodResize {
        containers: vec![status("a", "1", Some("2"))],
        feasibility: ResizeFeasibility::Infeasible,
        ..PodResize::default()
    };
    for minor in Minor::ALL {
        assert_eq!(
            cpu(&existing(&spec, &resize, minor.resize_rule())),
            2000,
            "{minor}"
        );
    }
}

#[test]
fn an_infeasible_pod_without_statuses_counts_nothing_from_1_37() {
    let spec = apps(&[("a", "8")]);
    let resize = PodResize {
        feasibility: ResizeFeasibility::Infeasible,
        ..PodResize::default()
    };
    let count = |minor: Minor| cpu(&existing(&spec, &resize, minor.resize_rule()));
    assert_eq!(count(Minor::V1_36), 8000);
    assert_eq!(count(Minor::V1_37), 0);
}

#[test]
fn the_pods_own_status_replaces_the_sums_of_its_containers_from_1_37() {
    let spec = apps(&[("a", "1")]);
    let resize = PodResize {
        requests: Some(resources(&[("cpu", "3")])),
        allocated: Some(resources(&[("cpu", "2")])),
        ..PodResize::default()
    };
    let count = |minor: Minor| cpu(&existing(&spec, &resize, minor.resize_rule()));
    assert_eq!(count(Minor::V1_36), 1000);
    assert_eq!(count(Minor::V1_37), 3000);
}

#[test]
fn a_request_of_nothing_is_one_all_the_same_beside_pod_level_requests() {
    let mut spec = apps(&[("a", "0"), ("b", "0")]);
    spec.containers[1].requests.clear();
    spec.pod_requests = Some(resources(&[("memory", "1Gi")]));
    let sum = existing_non_zero(&spec, &PodResize::default(), ResizeRule::PodAggregates);
    assert_eq!(cpu(&sum), 0);
}

#[test]
fn a_plain_init_container_counts_what_it_has_from_1_37_and_what_it_asks_for_before() {
    let spec = PodSpec {
        init_containers: vec![container("i", "1")],
        ..PodSpec::default()
    };
    let resize = PodResize {
        init_containers: vec![status("i", "2", None)],
        ..PodResize::default()
    };
    let count = |minor: Minor| cpu(&existing(&spec, &resize, minor.resize_rule()));
    assert_eq!(count(Minor::V1_34), 1000);
    assert_eq!(count(Minor::V1_36), 1000);
    assert_eq!(count(Minor::V1_37), 2000);
}

#[test]
fn a_promise_to_a_container_counts_where_it_is_the_most() {
    let spec = apps(&[("a", "1")]);
    let resize = PodResize {
        containers: vec![status("a", "2", Some("3"))],
        ..PodResize::default()
    };
    for minor in Minor::ALL {
        let sum = existing(&spec, &resize, minor.resize_rule());
        assert_eq!(cpu(&sum), 3000, "{minor}");
    }
}

#[test]
fn pod_level_requests_read_the_status_from_1_36() {
    let mut spec = apps(&[("a", "1")]);
    spec.pod_requests = Some(resources(&[("cpu", "2")]));
    let resize = PodResize {
        requests: Some(resources(&[("cpu", "3"), ("memory", "1Gi")])),
        allocated: Some(resources(&[("cpu", "4")])),
        ..PodResize::default()
    };
    let sum = |minor: Minor| existing(&spec, &resize, minor.resize_rule());
    assert_eq!(cpu(&sum(Minor::V1_34)), 2000);
    assert_eq!(cpu(&sum(Minor::V1_35)), 2000);
    assert_eq!(cpu(&sum(Minor::V1_36)), 4000);
    assert_eq!(cpu(&sum(Minor::V1_37)), 4000);
    let has_memory = |minor| sum(minor).contains_key("memory");
    assert!(!has_memory(Minor::V1_36), "only names of the specification");
    assert!(has_memory(Minor::V1_37), "also names of the status alone");
}

#[test]
fn in_1_36_an_infeasible_pod_level_request_that_nothing_holds_counts_zero_and_gets_no_default() {
    let mut spec = apps(&[("a", "8")]);
    spec.pod_requests = Some(resources(&[("cpu", "2")]));
    let resize = PodResize {
        requests: Some(Resources::new()),
        feasibility: ResizeFeasibility::Infeasible,
        ..PodResize::default()
    };
    let rule = Minor::V1_36.resize_rule();
    assert_eq!(cpu(&existing(&spec, &resize, rule)), 0);
    assert_eq!(cpu(&existing_non_zero(&spec, &resize, rule)), 0);
    let rule = Minor::V1_35.resize_rule();
    assert_eq!(cpu(&existing(&spec, &resize, rule)), 2000);
}
