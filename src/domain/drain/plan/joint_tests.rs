//! Plans with landing: budgets and room spent together.

use super::tests::{min, shop, web, web_budget};
use super::*;
use crate::domain::drain::fate::ReasonCode;
use crate::domain::drain::landing::{Ground, LandingVerdict};
use crate::domain::drain::policy::DrainPolicy;
use crate::domain::fit::object::pod::PodObject;
use crate::domain::fit::testing as fit;
use crate::domain::pod::Pod;
use crate::domain::snapshot::Snapshot;
use crate::testing::{PodBuilder, budget, now, pod, workload};

/// The same pod as the scheduler sees it, asking for so many CPUs.
fn seen(pod: &Pod, cpu: &str) -> PodObject {
    let mut seen = fit::pod(&pod.id.name);
    seen.namespace = pod.id.namespace.clone();
    seen.uid = pod.id.uid.clone();
    seen.node = pod.node.clone();
    seen.spec.containers[0].requests = fit::resources(&[("cpu", cpu)]);
    seen
}

/// Drains `n1`; pods of the snapshot ask for `cpu` each, nodes have 4.
fn drain(snapshot: &Snapshot, cpu: &str) -> DrainPlan {
    drain_of(snapshot, |pod| seen(pod, cpu))
}

fn drain_of(snapshot: &Snapshot, seen: impl Fn(&Pod) -> PodObject) -> DrainPlan {
    let nodes = snapshot.nodes.keys().map(|name| fit::node(name)).collect();
    let pods = snapshot.pods.iter().map(seen).collect();
    let (mut world, _) = fit::world(nodes, pods);
    let profile = fit::profile();
    let rules = |_: &str| &profile;
    let mut ground = Ground::new(&mut world, &rules, &snapshot.budgets, &["n1"]);
    let (names, policy) = (["n1".to_owned()], DrainPolicy::default());
    let site = Site {
        ground: Some(&mut ground),
        ..Site::default()
    };
    build_at(snapshot, &names, &policy, now(), site).expect("n1 is there")
}

fn landing_of<'a>(plan: &'a DrainPlan, name: &str) -> Option<&'a Landing> {
    let pod = plan.pods().find(|pod| pod.pod.id.name == name);
    pod.expect("the pod is in the plan").landing.as_ref()
}

fn verdict_of(plan: &DrainPlan, name: &str) -> LandingVerdict {
    landing_of(plan, name).expect("it has a landing").verdict
}

fn waves(plan: &DrainPlan) -> Vec<Option<u32>> {
    plan.pods().map(|pod| pod.wave).collect()
}

fn three_webs() -> [PodBuilder; 3] {
    ["web-1", "web-2", "web-3"].map(|name| web(name, "n1"))
}

#[test]
fn with_room_each_wave_follows_the_last() {
    let [one, two, three] = three_webs();
    let snapshot = shop().pod(one).pod(two).pod(three);
    let snapshot = snapshot.budget(web_budget(2, 3, 3)).build();
    let plan = drain(&snapshot, "1");
    assert_eq!(waves(&plan), [Some(1), Some(2), Some(3)]);
    assert_eq!(plan.verdict, Verdict::Ready);
    assert_eq!(verdict_of(&plan, "web-3"), LandingVerdict::Fits);
}

#[test]
fn a_replacement_that_lands_nowhere_turns_the_pods_after_it_into_never() {
    let [one, two, three] = three_webs();
    let snapshot = shop().pod(one).pod(two).pod(three);
    let snapshot = snapshot.budget(web_budget(2, 3, 3)).build();
    let plan = drain(&snapshot, "3");
    // The first takes n2, the second leaves and finds nothing, so the third's turn never comes.
    assert_eq!(waves(&plan), [Some(1), Some(2), None]);
    let third = plan.pods().last().expect("three pods");
    assert_eq!(third.fate, Fate::Blocked);
    assert_eq!(third.reasons[0].code, ReasonCode::Budget);
    assert_eq!(
        third.reasons[0].message,
        "budget shop/web needs 2 healthy pods and has 3: the replacement of shop/web-2 lands nowhere, so its turn never \
         comes"
    );
    assert_eq!(third.reasons[0].hint, "kubectl nodemaint fit web-2 -n shop");
    assert_eq!(plan.budgets[0].verdict, BudgetVerdict::Never);
    assert_eq!(
        plan.budgets[0].message,
        "budget shop/web allows 1, the plan needs 3: 2 can leave, the replacement of shop/web-2 lands nowhere, so 1 never \
         can"
    );
    assert_eq!(verdict_of(&plan, "web-3"), LandingVerdict::Nowhere);
}

#[test]
fn without_landing_the_same_plan_hopes_for_room() {
    let [one, two, three] = three_webs();
    let snapshot = shop().pod(one).pod(two).pod(three);
    let snapshot = snapshot.budget(web_budget(2, 3, 3)).build();
    let plan = super::tests::plan(&snapshot, &["n1"]);
    assert_eq!(waves(&plan), [Some(1), Some(2), Some(3)]);
    assert_eq!(landing_of(&plan, "web-1"), None);
}

#[test]
fn a_budget_with_room_for_all_does_not_care_where_they_land() {
    let [one, two, three] = three_webs();
    let snapshot = shop().pod(one).pod(two).pod(three);
    let snapshot = snapshot.budget(web_budget(0, 3, 3)).build();
    let plan = drain(&snapshot, "3");
    assert_eq!(waves(&plan), [Some(1), Some(1), Some(1)]);
    assert_eq!(plan.verdict, Verdict::Ready);
    assert_eq!(verdict_of(&plan, "web-2"), LandingVerdict::Nowhere);
}

#[test]
fn a_landing_that_nobody_knows_makes_later_waves_unknown() {
    let [one, two, _] = three_webs();
    let snapshot = shop().pod(one).pod(two);
    let snapshot = snapshot.budget(web_budget(1, 2, 2)).build();
    let plan = drain_of(&snapshot, |pod| {
        let mut seen = seen(pod, "1");
        seen.spec.scheduler_name = "mine".to_owned();
        seen
    });
    assert_eq!(waves(&plan), [Some(1), Some(2)]);
    assert_eq!(plan.verdict, Verdict::Unknown);
}

#[test]
fn a_pod_that_is_held_lands_where_it_would_go() {
    let snapshot = shop().pod(web("web-1", "n1"));
    let snapshot = snapshot.budget(web_budget(1, 1, 1)).build();
    let plan = drain(&snapshot, "1");
    assert_eq!(waves(&plan), [None]);
    assert_eq!(landing_of(&plan, "web-1").unwrap().nodes, ["n2"]);
}

#[test]
fn a_pod_that_needs_a_flag_takes_room_and_budget_as_if_it_were_given() {
    let refused = web("web-1", "n1").empty_dir("cache");
    let snapshot = shop().pod(refused).pod(web("web-2", "n1"));
    let plan = drain(&snapshot.build(), "3");
    assert_eq!(waves(&plan), [None, Some(1)]);
    assert_eq!(verdict_of(&plan, "web-1"), LandingVerdict::Fits);
    assert_eq!(verdict_of(&plan, "web-2"), LandingVerdict::Nowhere);
}

#[test]
fn what_stays_has_no_landing_and_what_is_not_made_again_lands_nowhere_by_choice() {
    let snapshot = shop()
        .pod(pod("shop/static").on("n1").mirror())
        .pod(pod("shop/bare").on("n1"))
        .build();
    let plan = drain(&snapshot, "1");
    assert_eq!(landing_of(&plan, "static"), None);
    assert_eq!(verdict_of(&plan, "bare"), LandingVerdict::None);
}

#[test]
fn of_a_pod_that_ends_already_only_a_stateful_set_makes_the_successor_later() {
    let snapshot = shop()
        .owner(workload("StatefulSet", "shop/db", 1))
        .pod(web("web-1", "n1").ending_since(5))
        .pod(
            pod("shop/db-0")
                .on("n1")
                .owned_by("StatefulSet", "db")
                .ending_since(5),
        )
        .build();
    let plan = drain(&snapshot, "1");
    assert_eq!(verdict_of(&plan, "web-1"), LandingVerdict::None);
    assert_eq!(verdict_of(&plan, "db-0"), LandingVerdict::Fits);
}

#[test]
fn an_unready_pod_that_leaves_free_is_placed_in_the_first_wave() {
    let snapshot = shop()
        .pod(web("web-1", "n1").unready())
        .pod(web("web-2", "n1"))
        .budget(
            budget("shop/web")
                .selecting(&[("app", "web")])
                .min_available(min(1))
                .counts(1, 2)
                .always_allow(),
        )
        .build();
    let plan = drain(&snapshot, "1");
    assert_eq!(waves(&plan), [Some(1), None]);
    assert_eq!(verdict_of(&plan, "web-1"), LandingVerdict::Fits);
}

#[test]
fn what_is_held_fills_no_node() {
    let [one, two, three] = three_webs();
    let snapshot = shop().pod(one).pod(two).pod(three);
    let snapshot = snapshot.budget(web_budget(3, 3, 3)).build();
    let plan = drain(&snapshot, "1");
    assert_eq!(waves(&plan), [None, None, None]);
    let [n1] = &plan.loads[..] else {
        panic!("nothing lands: {:?}", plan.loads);
    };
    assert_eq!((n1.before.pods, n1.after.pods), (3, 3));
}
