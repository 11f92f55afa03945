//! Who has to leave, from which node, and why nobody has to.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::super::object::affinity::{PodTerm, Selector};
use super::super::object::node::{NodeObject, Unschedulable};
use super::super::object::pod::{HostPort, PodObject, Preempted};
use super::super::testing::{labels, node, pod, profile, resources};
use super::super::world::WorldBuilder;
use super::*;
use crate::domain::budget::{BudgetRef, BudgetStatus, SyncState, UnhealthyPolicy};
use crate::domain::labels::{LabelSelector, Operator, Requirement};

/// A pod on a node: its priority, what it asks of the node's 4 CPUs, and the second in which it started.
fn on(name: &str, node: &str, priority: i32, cpu: &str, started: i64) -> PodObject {
    let mut pod = asking(name, priority, cpu);
    pod.node = Some(node.to_owned());
    pod.started = Some(Timestamp::from_second(started).unwrap());
    pod.labels = labels(&[("app", "a")]);
    pod
}

fn asking(name: &str, priority: i32, cpu: &str) -> PodObject {
    let mut pod = pod(name);
    pod.spec.priority = priority;
    pod.spec.containers[0].requests = resources(&[("cpu", cpu)]);
    pod
}

fn budget(name: &str, keys: &[&str], allowed: i64) -> Budget {
    let exists = |key: &&str| Requirement {
        key: (*key).to_owned(),
        operator: Operator::Exists,
    };
    Budget {
        id: BudgetRef {
            namespace: "default".to_owned(),
            name: name.to_owned(),
        },
        uid: String::new(),
        generation: 1,
        selector: Some(LabelSelector {
            requirements: keys.iter().map(exists).collect(),
        }),
        min_available: None,
        max_unavailable: None,
        unhealthy_policy: UnhealthyPolicy::IfHealthyBudget,
        status: BudgetStatus {
            observed_generation: Some(1),
            disruptions_allowed: allowed,
            current_healthy: 0,
            desired_healthy: 0,
            expected_pods: 0,
            disrupted_pods: BTreeMap::new(),
            sync: SyncState::Computed,
        },
    }
}

struct Case {
    nodes: Vec<NodeObject>,
    pods: Vec<PodObject>,
    budgets: Vec<Budget>,
    minor: Minor,
    profile: Profile,
}

fn case(pods: Vec<PodObject>) -> Case {
    Case {
        nodes: vec![node("a-1"), node("b-1"), node("c-1")],
        pods,
        budgets: Vec::new(),
        minor: Minor::NEWEST,
        profile: profile(),
    }
}

/// What is said of preemption, with names in the place of numbers.
type Said = Result<(String, Vec<String>, usize), NoPreemption>;

impl Case {
    fn world(&self) -> World {
        let mut builder = WorldBuilder::new(self.minor);
        for node in &self.nodes {
            builder.node(node.clone());
        }
        for pod in &self.pods {
            builder.pod(pod.clone());
        }
        builder.finish()
    }

    /// Asks for the last pod, and looks whether the world is as it was.
    fn ask(&self) -> (World, Result<Preemption, NoPreemption>) {
        let mut world = self.world();
        let before = (world.on_node.clone(), world.used.clone());
        let pod = PodIx::at(self.pods.len() - 1);
        let profile = Profile {
            minor: self.minor,
            ..self.profile.clone()
        };
        let found = preempt(&mut world, &profile, pod, &self.budgets);
        assert_eq!((world.on_node.clone(), world.used.clone()), before);
        assert!(world.removed().is_empty());
        (world, found)
    }

    fn said(&self) -> Said {
        let (world, found) = self.ask();
        found.map(|found| {
            let victims = found
                .victims
                .iter()
                .map(|pod| world.pod(*pod).name.to_string());
            let node = world.node(found.node).object.name.clone();
            (node, victims.collect(), found.violations)
        })
    }
}

fn room(node: &str, victims: &[&str], violations: usize) -> Said {
    let victims = victims.iter().map(|name| (*name).to_owned());
    Ok((node.to_owned(), victims.collect(), violations))
}

/// One node, full with four pods of which every two make room for the asking one.
fn full(priorities: [i32; 4]) -> Case {
    let names = ["p0", "p1", "p2", "p3"]
        .into_iter()
        .zip(priorities)
        .zip(0..);
    let mut pods: Vec<PodObject> = names
        .map(|((name, priority), at)| on(name, "a-1", priority, "1", 100 + at))
        .collect();
    pods.push(asking("new", 50, "2"));
    Case {
        nodes: vec![node("a-1")],
        ..case(pods)
    }
}

/// Three nodes, each full with pods of 2 CPUs, and a pod that needs one of them.
fn rivals(pods: &[(&str, &str, i32, i64)]) -> Case {
    let mut pods: Vec<PodObject> = pods
        .iter()
        .map(|(name, node, priority, started)| on(name, node, *priority, "2", *started))
        .collect();
    pods.push(asking("new", 50, "4"));
    case(pods)
}

#[test]
fn the_least_important_leave_and_they_are_told_the_most_important_first() {
    assert_eq!(full([1, 2, 3, 4]).said(), room("a-1", &["p1", "p0"], 0));
}

#[test]
fn of_one_priority_the_youngest_leave() {
    assert_eq!(full([7, 7, 7, 7]).said(), room("a-1", &["p2", "p3"], 0));
}

#[test]
fn a_pod_that_has_not_started_is_the_youngest() {
    let mut case = full([7, 7, 7, 7]);
    case.pods[0].started = None;
    assert_eq!(case.said(), room("a-1", &["p3", "p0"], 0));
}

#[test]
fn pods_of_the_same_priority_never_leave_for_one_another() {
    assert_eq!(full([50, 2, 50, 4]).said(), room("a-1", &["p3", "p1"], 0));
    let expected = "0/1 nodes are available: 1 Insufficient cpu.";
    let not_helpful = NoPreemption::NotHelpful(Some(expected.to_owned()));
    assert_eq!(full([50, 50, 50, 4]).said(), Err(not_helpful));
}

#[test]
fn pods_of_one_age_and_priority_are_told_beside_the_victim_that_might_as_well_stay() {
    let mut case = full([7, 7, 7, 1]);
    for pod in &mut case.pods[..3] {
        pod.started = Some(Timestamp::from_second(5).unwrap());
    }
    let (world, found) = case.ask();
    let names = |pods: &[PodIx]| -> Vec<String> {
        let names = pods.iter().map(|pod| world.pod(*pod).name.to_string());
        names.collect()
    };
    let found = found.unwrap();
    assert_eq!(names(&found.victims), ["p2", "p3"]);
    assert_eq!(names(&found.alike), ["p0", "p1"]);
}

#[test]
fn who_would_violate_a_budget_is_spared_first() {
    let mut case = full([1, 2, 3, 4]);
    case.pods[0].labels = labels(&[("app", "a"), ("tier", "x")]);
    case.budgets = vec![budget("b", &["tier"], 0)];
    assert_eq!(case.said(), room("a-1", &["p2", "p1"], 0));
}

#[test]
fn a_budget_is_violated_where_nothing_else_helps() {
    let mut case = full([1, 2, 3, 4]);
    case.budgets = vec![budget("b", &["app"], 1)];
    // The most important pod takes the one disruption, so it is spared last.
    assert_eq!(case.said(), room("a-1", &["p3", "p0"], 1));
}

#[test]
fn a_budget_with_an_empty_selector_protects_nothing() {
    let mut case = full([1, 2, 3, 4]);
    case.budgets = vec![budget("b", &[], 0)];
    assert_eq!(case.said(), room("a-1", &["p1", "p0"], 0));
    case.budgets[0].selector = None;
    assert_eq!(case.said(), room("a-1", &["p1", "p0"], 0));
}

#[test]
fn a_pod_without_labels_and_one_of_another_namespace_have_no_budget() {
    let mut case = full([1, 2, 3, 4]);
    case.budgets = vec![budget("b", &["app"], 0)];
    for pod in &mut case.pods[..4] {
        pod.namespace = "other".to_owned();
    }
    assert_eq!(case.said(), room("a-1", &["p1", "p0"], 0));
    for pod in &mut case.pods[..4] {
        pod.namespace = "default".to_owned();
        pod.labels.clear();
    }
    case.budgets[0].selector.as_mut().unwrap().requirements[0].operator = Operator::DoesNotExist;
    assert_eq!(case.said(), room("a-1", &["p1", "p0"], 0));
}

#[test]
fn a_pod_whose_eviction_the_budget_counts_already_takes_nothing_from_it() {
    let mut case = full([1, 2, 3, 4]);
    case.budgets = vec![budget("b", &["app"], 0)];
    let disrupted = &mut case.budgets[0].status.disrupted_pods;
    disrupted.insert("p3".to_owned(), Timestamp::UNIX_EPOCH);
    disrupted.insert("p2".to_owned(), Timestamp::UNIX_EPOCH);
    assert_eq!(case.said(), room("a-1", &["p3", "p2"], 0));
}

#[test]
fn of_several_budgets_on_a_pod_1_37_asks_up_to_the_first_that_is_violated() {
    let mut case = full([1, 2, 3, 4]);
    case.pods[3].labels = labels(&[("app", "a"), ("tier", "x")]);
    case.pods[0].labels = labels(&[("tier", "x")]);
    for at in [1, 2] {
        case.pods[at].labels = labels(&[("tier", "x"), ("app", "a")]);
    }
    case.pods[1].labels = labels(&[("other", "x")]);
    case.pods[2].labels = labels(&[("other", "x")]);
    case.budgets = vec![budget("a", &["app"], 0), budget("b", &["tier"], 1)];
    // p3 violates the first. Up to 1.36 it takes from the second as well, of which nothing is left for p0 then.
    assert_eq!(case.said(), room("a-1", &["p1", "p0"], 0));
    case.minor = Minor::V1_36;
    assert_eq!(case.said(), room("a-1", &["p2", "p1"], 0));
}

#[test]
fn the_node_with_the_fewest_violations_is_chosen() {
    let mut case = rivals(&[("a", "a-1", 1, 1), ("b", "b-1", 40, 1), ("c", "c-1", 50, 1)]);
    case.budgets = vec![budget("b", &["tier"], 0)];
    case.pods[0].labels = labels(&[("tier", "x")]);
    assert_eq!(case.said(), room("b-1", &["b"], 0));
}

#[test]
fn then_the_one_whose_most_important_victim_is_the_least_important() {
    let case = rivals(&[
        ("a0", "a-1", 9, 1),
        ("b0", "b-1", 8, 1),
        ("b1", "b-1", 8, 1),
        ("c", "c-1", 50, 1),
    ]);
    assert_eq!(case.said(), room("b-1", &["b0", "b1"], 0));
}

#[test]
fn then_the_one_with_the_lowest_sum_of_priorities_in_which_each_victim_counts() {
    let case = rivals(&[
        ("a0", "a-1", 8, 1),
        ("a1", "a-1", -5, 1),
        ("b0", "b-1", 8, 1),
        ("c", "c-1", 50, 1),
    ]);
    assert_eq!(case.said(), room("b-1", &["b0"], 0));
    let case = rivals(&[
        ("a0", "a-1", 8, 1),
        ("a1", "a-1", 7, 1),
        ("b0", "b-1", 8, 1),
        ("b1", "b-1", 6, 1),
        ("c", "c-1", 50, 1),
    ]);
    assert_eq!(case.said(), room("b-1", &["b0", "b1"], 0));
}

#[test]
fn then_the_one_whose_most_important_victims_started_latest() {
    let case = rivals(&[
        ("a0", "a-1", 8, 5),
        ("a1", "a-1", 1, 1),
        ("b0", "b-1", 8, 4),
        ("b1", "b-1", 1, 9),
        ("c", "c-1", 50, 1),
    ]);
    assert_eq!(case.said(), room("a-1", &["a0", "a1"], 0));
}

#[test]
fn nodes_that_are_equally_good_are_told_together() {
    let case = rivals(&[("a", "a-1", 8, 1), ("b", "b-1", 8, 1), ("c", "c-1", 8, 1)]);
    let (world, found) = case.ask();
    let found = found.unwrap();
    let nodes = ["a-1", "b-1", "c-1"].map(|name| world.node_named(name).unwrap());
    assert_eq!(found.node, nodes[0]);
    assert_eq!(found.equals, nodes[1..]);
    assert_eq!(found.sight, Sight::Whole);
}

#[test]
fn where_more_nodes_have_room_than_are_looked_at_the_choice_is_a_sample() {
    let mut case = rivals(&[("a", "a-1", 8, 1), ("b", "b-1", 9, 1), ("c", "c-1", 50, 1)]);
    let looks_at = |absolute| {
        let candidates = CandidateNodes {
            percentage: 10,
            absolute,
        };
        PostFilter::Preemption(candidates)
    };
    case.profile.post_filter = looks_at(1);
    let sample = Sight::Sample {
        with_room: 2,
        looked_at: 1,
    };
    assert_eq!(case.ask().1.unwrap().sight, sample);
    case.profile.post_filter = looks_at(2);
    assert_eq!(case.ask().1.unwrap().sight, Sight::Whole);
}

#[test]
fn nodes_on_which_fewer_pods_do_not_help_are_not_tried() {
    let mut case = rivals(&[("a", "a-1", 8, 1), ("b", "b-1", 50, 1)]);
    case.nodes[2].unschedulable = Unschedulable::Yes;
    case.pods[0].spec.priority = 50;
    let words = "0/3 nodes are available: 1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod.";
    let not_helpful = NoPreemption::NotHelpful(Some(words.to_owned()));
    assert_eq!(case.said(), Err(not_helpful.clone()));
    assert_eq!(not_helpful.words(), Some(words));
}

#[test]
fn a_pod_that_asks_for_more_than_a_node_has_is_not_helped() {
    let mut case = full([1, 2, 3, 4]);
    case.pods[4] = asking("new", 50, "5");
    let words = "0/1 nodes are available: 1 Preemption is not helpful for scheduling.";
    assert_eq!(
        case.said(),
        Err(NoPreemption::NotHelpful(Some(words.to_owned())))
    );
}

#[test]
fn a_pod_that_may_not_preempt_does_not() {
    let mut case = full([1, 2, 3, 4]);
    case.pods[4].spec.preemption = Policy::Never;
    assert_eq!(case.said(), Err(NoPreemption::Never));
    assert_eq!(
        NoPreemption::Never.words(),
        Some("not eligible due to preemptionPolicy=Never.")
    );
}

#[test]
fn while_victims_are_terminating_on_the_nominated_node_nobody_else_has_to_leave() {
    let mut case = full([1, 2, 3, 4]);
    case.pods[0].life = Life::Terminating;
    case.pods[4].nominated_node = Some("a-1".to_owned());
    assert!(case.said().is_ok(), "somebody else ended it");
    case.pods[0].preempted = Preempted::ByScheduler;
    assert_eq!(case.said(), Err(NoPreemption::Underway));
    case.pods[0].spec.priority = 50;
    assert!(case.said().is_ok(), "it is no victim of this pod");
    case.pods[0].spec.priority = 1;
    case.nodes[0].unschedulable = Unschedulable::Yes;
    assert!(
        matches!(case.said(), Err(NoPreemption::NotHelpful(_))),
        "the nominated node is of no use any more"
    );
}

#[test]
fn preemption_is_not_asked_where_the_pod_fits_or_others_decide_about_it() {
    let mut case = full([1, 2, 3, 4]);
    case.nodes.push(node("b-1"));
    assert_eq!(case.said(), Err(NoPreemption::Fits));
    let mut case = full([1, 2, 3, 4]);
    case.pods[4].spec.gates = vec!["g".to_owned()];
    assert!(matches!(case.said(), Err(NoPreemption::NotDecided(_))));
    let mut case = full([1, 2, 3, 4]);
    case.profile.post_filter = PostFilter::Nothing;
    assert_eq!(case.said(), Err(NoPreemption::Off));
    case.profile.post_filter = PostFilter::Foreign("X".to_owned());
    assert!(matches!(case.said(), Err(NoPreemption::Unknown(_))));
}

#[test]
fn pods_nominated_to_a_node_are_left_their_room() {
    let mut case = full([1, 2, 3, 50]);
    let mut waiting = asking("waiting", 60, "1");
    waiting.nominated_node = Some("a-1".to_owned());
    case.pods.insert(4, waiting);
    assert_eq!(case.said(), room("a-1", &["p2", "p1", "p0"], 0));
}

#[test]
fn the_anti_affinity_of_a_pod_of_lower_priority_is_a_reason_for_it_to_leave() {
    let mut case = full([1, 2, 3, 4]);
    case.pods[4] = asking("new", 50, "0");
    case.pods[4].labels = labels(&[("app", "new")]);
    let term = PodTerm {
        topology_key: "kubernetes.io/hostname".to_owned(),
        selector: Some(Selector {
            labels: labels(&[("app", "new")]),
            ..Selector::default()
        }),
        ..PodTerm::default()
    };
    case.pods[2].spec.pod_anti_affinity.required = vec![term];
    assert_eq!(case.said(), room("a-1", &["p2"], 0));
}

#[test]
fn a_host_port_is_taken_along_by_the_first_of_two_pods_that_have_it() {
    let mut case = full([1, 50, 1, 1]);
    case.pods[4] = asking("new", 50, "0");
    for at in [0, 1, 4] {
        case.pods[at].spec.containers[0].host_ports = vec![HostPort {
            port: 80,
            protocol: String::new(),
            host_ip: String::new(),
        }];
    }
    // The pod that stays has the port still; the scheduler has forgotten it.
    assert_eq!(case.said(), room("a-1", &["p0"], 0));
}

#[test]
fn only_1_37_says_in_the_event_what_it_found() {
    let mut case = full([1, 2, 3, 4]);
    let (world, found) = case.ask();
    let words = "found a potential placement for pod on node a-1, preempting 2 victims";
    assert_eq!(found.unwrap().words(&world).as_deref(), Some(words));
    case.minor = Minor::V1_36;
    let (world, found) = case.ask();
    assert_eq!(found.unwrap().words(&world), None);
}
