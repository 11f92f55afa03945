//! How long plans take.

use super::tests::{plan, shop, web, web_budget};
use super::*;
use crate::testing::{PodBuilder, budget, pod, workload};

fn span(pods: Vec<PodBuilder>) -> Span {
    let cluster = shop().owner(workload("StatefulSet", "shop/db", 2));
    let cluster = cluster.budget(web_budget(2, 3, 3));
    let database = budget("shop/db").selecting(&[("app", "db")]);
    let database = database.min_available(super::tests::min(1)).counts(2, 2);
    let cluster = pods
        .into_iter()
        .fold(cluster.budget(database), |c, pod| c.pod(pod));
    plan(&cluster.build(), &["n1"]).span
}

fn webs() -> Vec<PodBuilder> {
    let pod = |(name, ready)| web(name, "n1").ready_after(ready).grace(30);
    [("web-1", 40), ("web-2", 20), ("web-3", 4000)]
        .map(pod)
        .into()
}

fn db(name: &str) -> PodBuilder {
    let pod = pod(name).on("n1").label("app", "db");
    pod.owned_by("StatefulSet", "db").ready_after(15).grace(60)
}

#[test]
fn waves_of_a_deployment_last_until_the_successors_are_ready() {
    let span = span(webs());
    // Three waves: two successors get ready, as quickly as the quickest, then the last pod ends.
    assert_eq!((span.waves, span.least, span.most), (3, 40, Some(70)));
    assert_eq!(span.because.unwrap().path(), "shop/web");
}

#[test]
fn a_stateful_set_makes_the_successor_only_when_the_pod_is_gone() {
    let span = span(vec![db("shop/db-0"), db("shop/db-1")]);
    assert_eq!(
        (span.waves, span.least, span.most),
        (2, 15, Some(60 + 15 + 60))
    );
}

#[test]
fn chains_of_several_budgets_run_beside_each_other() {
    let mut pods = webs();
    pods.extend([db("shop/db-0"), db("shop/db-1")]);
    let span = span(pods);
    assert_eq!((span.waves, span.least, span.most), (3, 40, Some(135)));
    assert_eq!(span.because.unwrap().path(), "shop/web");
}

#[test]
fn a_single_wave_lasts_as_long_as_its_pods_may_take_to_end() {
    let span = span(vec![
        pod("shop/bare").on("n1").owned_by("Job", "x").grace(45),
    ]);
    assert_eq!((span.waves, span.least, span.most), (1, 0, Some(45)));
    assert_eq!(span.because, None);
}

#[test]
fn what_nothing_tells_is_not_made_up() {
    let pods = ["web-1", "web-2"].map(|name| web(name, "n1").grace(30));
    let span = span(pods.into());
    assert_eq!((span.waves, span.least, span.most), (2, 0, None));
}

#[test]
fn nothing_that_leaves_takes_no_time() {
    let span = span(Vec::new());
    assert_eq!(
        span,
        Span {
            most: Some(0),
            ..Span::default()
        }
    );
}

#[test]
fn each_wave_of_a_budget_says_when_it_begins() {
    let mut pods = webs();
    pods.extend([db("shop/db-0")]);
    let span = span(pods);
    let [track] = &span.tracks[..] else {
        panic!("one budget has waves: {span:?}");
    };
    assert_eq!(track.budget.path(), "shop/web");
    let begins: Vec<(u32, usize, i64)> = track
        .waves
        .iter()
        .map(|wave| (wave.number, wave.pods, wave.begins))
        .collect();
    assert_eq!(begins, [(1, 1, 0), (2, 1, 20), (3, 1, 40)]);
}
