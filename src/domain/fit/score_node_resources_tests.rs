//! Least, most and by shape, and what counts as requested.

use super::*;
use crate::domain::fit::profile::{FitArguments, Profile};
use crate::domain::fit::testing::{node, pod, profile, resources, world};

fn judged(arguments: impl FnOnce(&mut FitArguments), requests: &[(&str, &str)]) -> Vec<i64> {
    let mut judged = pod("p");
    judged.spec.containers[0].requests = resources(requests);
    judged_pod(arguments, judged)
}

fn judged_pod(
    arguments: impl FnOnce(&mut FitArguments),
    judged: crate::domain::fit::object::pod::PodObject,
) -> Vec<i64> {
    let mut standing = pod("standing");
    standing.node = Some("a-2".to_owned());
    standing.spec.containers[0].requests = resources(&[("cpu", "2"), ("example.com/gpu", "1")]);
    let mut gpus = node("a-2");
    gpus.allocatable
        .extend(resources(&[("example.com/gpu", "4")]));
    let (world, pod) = world(vec![node("a-1"), gpus], vec![standing, judged]);
    let mut profile: Profile = profile();
    arguments(&mut profile.fit);
    let cx = Context {
        world: &world,
        profile: &profile,
        pod,
        added: &[],
    };
    let feasible: Vec<_> = world.node_indexes().collect();
    scores(&cx, &feasible).expect("never skipped")
}

#[test]
fn what_names_no_request_counts_the_default() {
    // a-1: cpu (4000-100)*100/4000 = 97, memory (8192-200)*100/8192 = 97.
    // a-2: cpu (4000-2100)*100/4000 = 47, memory (8192-400)*100/8192 = 95.
    assert_eq!(judged(|_| {}, &[]), [97, 71]);
}

#[test]
fn pod_level_requests_of_the_pod_do_not_count() {
    let mut whole = pod("p");
    whole.spec.pod_requests = Some(resources(&[("cpu", "4"), ("memory", "8Gi")]));
    assert_eq!(judged_pod(|_| {}, whole), [97, 71]);
}

#[test]
fn what_does_not_fit_scores_nothing_least_and_everything_most() {
    let cpu = |fit: &mut FitArguments| fit.resources = vec![("cpu".to_owned(), 1)];
    assert_eq!(judged(cpu, &[("cpu", "3")]), [25, 0]);
    let most = |fit: &mut FitArguments| {
        cpu(fit);
        fit.strategy = Strategy::MostAllocated;
    };
    assert_eq!(judged(most, &[("cpu", "3")]), [75, 100]);
}

#[test]
fn extended_resources_score_where_asked_for_and_offered() {
    let gpu = |fit: &mut FitArguments| fit.resources = vec![("example.com/gpu".to_owned(), 5)];
    assert_eq!(judged(gpu, &[("example.com/gpu", "1")]), [0, 50]);
    assert_eq!(judged(gpu, &[("cpu", "1")]), [0, 0]);
}

#[test]
fn a_shape_is_a_broken_line_over_whole_percent() {
    let room = |with_pod| Room {
        allocatable: 1000,
        without_pod: 0,
        with_pod,
    };
    let shape = vec![(10, 0), (50, 10), (90, 5)];
    let of = |with_pod| ratio(&shape, room(with_pod));
    assert_eq!([of(0), of(100), of(305), of(500)], [0, 0, 50, 100]);
    assert_eq!([of(700), of(900), of(1000), of(5000)], [75, 50, 50, 50]);
}

#[test]
fn by_shape_resources_that_score_nothing_are_left_out_and_the_mean_is_rounded() {
    let shape = |fit: &mut FitArguments| {
        fit.strategy = Strategy::RequestedToCapacityRatio(vec![(0, 0), (100, 10)]);
        fit.resources = vec![("cpu".to_owned(), 1), ("memory".to_owned(), 2)];
    };
    // a-1: cpu 25 percent gives 25, memory 0 (of 10 MiB) is left out; a-2: cpu 75, memory 210 MiB: 2 percent, (75+4)/3.
    let found = judged(shape, &[("cpu", "1"), ("memory", "10Mi")]);
    assert_eq!(found, [25, 26]);
}
