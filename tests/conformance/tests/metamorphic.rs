//! What must hold between two answers, whatever the right ones are: no oracle is asked, so every push can afford it.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use conformance::evaluator::{PodFinding, find, findings, findings_in, world};
use conformance::generator::{Case, Rng, case};
use nodemaint::domain::fit::amount::Amounts;
use nodemaint::domain::fit::profile::Minor;
use nodemaint::domain::fit::world::{Members, NodeIx, Place, PodIx, PodKind, PodRow, World};
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, TestRunner};
use serde_json::{Value, json};

/// Clusters for each property.
const CASES: u32 = 60;
/// Larger clusters take their time and show nothing else here.
const MOST_NODES: usize = 12;

/// Rules that more pods and more taints can only make stricter. A taint may take a node out of a spread constraint, and a
/// pod may be the one that another's affinity asks for: other rules have no such order.
const MONOTONE: [&str; 3] = ["NodeResourcesFit", "NodePorts", "TaintToleration"];

type Checked = Result<usize, TestCaseError>;

/// Runs a property over random clusters of random minors; it returns how much it found to compare, so that one that never
/// had anything to compare fails.
fn holds(property: impl Fn(Case, Minor, &mut Rng) -> Checked) {
    let file = FileFailurePersistence::Direct("proptest-regressions/metamorphic.txt");
    let mut runner = TestRunner::new(Config {
        cases: CASES,
        failure_persistence: Some(Box::new(file)),
        // A smaller seed is not a smaller cluster.
        max_shrink_iters: 0,
        ..Config::default()
    });
    let compared = Cell::new(0);
    let minors = prop::sample::select(&Minor::ALL[..]);
    let outcome = runner.run(&(any::<u64>(), minors), |(seed, minor)| {
        let found = property(small_case(seed), minor, &mut Rng::new(!seed))?;
        compared.set(compared.get() + found);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    assert!(compared.get() > 0, "nothing was compared");
}

/// The first small cluster from a seed on.
fn small_case(seed: u64) -> Case {
    let is_small = |case: &Case| {
        let nodes = case.objects.iter().filter(|one| one["kind"] == "Node");
        nodes.count() <= MOST_NODES
    };
    let cases = (0..).map(|step| case(seed.wrapping_add(step)));
    cases.into_iter().find(is_small).expect("most are")
}

fn judged(case: &Case, minor: Minor) -> Vec<PodFinding> {
    findings(case, minor).unwrap_or_else(|error| panic!("seed {}: {error}", case.seed))
}

fn of_kind<'c>(case: &'c mut Case, kind: &str) -> Vec<&'c mut Value> {
    let objects = case.objects.iter_mut();
    objects.filter(|object| object["kind"] == kind).collect()
}

fn names(case: &mut Case, kind: &str) -> Vec<String> {
    let named = |object: &mut Value| object["metadata"]["name"].as_str().map(str::to_owned);
    of_kind(case, kind).into_iter().filter_map(named).collect()
}

/// The pods that wait, of those that are asked about.
fn waiting(case: &Case) -> Vec<String> {
    let waits = |path: &&String| {
        let (namespace, name) = path.split_once('/').expect("a path");
        case.objects.iter().any(|object| {
            object["kind"] == "Pod"
                && object["metadata"]["namespace"] == namespace
                && object["metadata"]["name"] == name
                && object["spec"]["nodeName"].is_null()
        })
    };
    case.pods.iter().filter(waits).cloned().collect()
}

/// The reasons that rules give, by pod, node and rule.
type Reasons = BTreeMap<(String, String, String), BTreeSet<String>>;

fn reasons(found: &[PodFinding], rules: &[&str]) -> Reasons {
    let mut reasons = Reasons::new();
    for pod in found {
        for node in &pod.nodes {
            let refusals = node.refusals.iter();
            for refusal in refusals.filter(|refusal| rules.contains(&refusal.plugin.as_str())) {
                let key = (pod.pod.clone(), node.node.clone(), refusal.plugin.clone());
                let own = reasons.entry(key).or_default();
                own.extend(refusal.reasons.iter().cloned());
            }
        }
    }
    reasons
}

/// Every reason of `fewer` is one of `more`, but for pods that `more` refuses on every node at once.
fn no_reason_went(fewer: &[PodFinding], more: &[PodFinding], rules: &[&str]) -> Checked {
    let refused = |pod: &str| {
        more.iter()
            .any(|found| found.pod == pod && found.prefilter.is_some())
    };
    let (before, after) = (reasons(fewer, rules), reasons(more, rules));
    let mut compared = 0;
    for (key, own) in before.iter().filter(|((pod, _, _), _)| !refused(pod)) {
        let now = after.get(key);
        prop_assert!(
            now.is_some_and(|now| own.is_subset(now)),
            "{key:?}: {own:?} became {now:?}"
        );
        compared += 1;
    }
    Ok(compared)
}

#[test]
fn one_more_pod_on_a_node_takes_back_no_refusal() {
    holds(|mut case, minor, rng| {
        let before = judged(&case, minor);
        let nodes = names(&mut case, "Node");
        let pods = of_kind(&mut case, "Pod");
        let mut added = pods[rng.below(pods.len())].clone();
        added["metadata"]["name"] = json!("added");
        added["metadata"]["uid"] = json!("added");
        added["spec"]["nodeName"] = json!(rng.pick(&nodes));
        added["status"] = json!({"phase": "Running"});
        case.objects.push(added);
        no_reason_went(&before, &judged(&case, minor), &MONOTONE)
    });
}

#[test]
fn one_more_taint_takes_back_no_refusal() {
    holds(|mut case, minor, rng| {
        let before = judged(&case, minor);
        let mut nodes = of_kind(&mut case, "Node");
        let at = rng.below(nodes.len());
        let effect = *rng.pick(&["NoSchedule", "NoExecute", "PreferNoSchedule"]);
        let taint =
            json!({"key": rng.pick(&["dedicated", "added"]), "value": "x", "effect": effect});
        match nodes[at]["spec"]["taints"].as_array_mut() {
            Some(taints) => taints.insert(rng.below(taints.len() + 1), taint),
            None => nodes[at]["spec"]["taints"] = json!([taint]),
        }
        no_reason_went(&before, &judged(&case, minor), &MONOTONE)
    });
}

/// Twice an amount, in the notation that it has.
fn doubled(amount: &Value) -> Value {
    let text = match amount {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    match number.parse::<f64>() {
        Ok(number) => json!(format!("{}{unit}", number * 2.0)),
        Err(_) => amount.clone(),
    }
}

/// A resource that the node does not offer at all is left out: a device class may stand in for it there.
#[test]
fn a_larger_node_refuses_no_more_for_resources() {
    holds(|mut case, minor, rng| {
        let smaller = judged(&case, minor);
        for node in of_kind(&mut case, "Node") {
            let amounts = node["status"]["allocatable"].as_object_mut();
            for (_, amount) in amounts.into_iter().flatten() {
                if rng.percent(50) {
                    *amount = doubled(amount);
                }
            }
        }
        no_reason_went(&judged(&case, minor), &smaller, &["NodeResourcesFit"])
    });
}

#[test]
fn the_order_in_which_objects_are_read_does_not_matter() {
    holds(|mut case, minor, rng| {
        let before = judged(&case, minor);
        for at in (1..case.objects.len()).rev() {
            case.objects.swap(at, rng.below(at + 1));
        }
        prop_assert_eq!(&judged(&case, minor), &before);
        Ok(before.len())
    });
}

fn read(case: &Case, minor: Minor) -> World {
    world(case, minor).unwrap_or_else(|error| panic!("seed {}: {error}", case.seed))
}

#[test]
fn a_pod_put_on_a_node_is_a_pod_read_there() {
    holds(|mut case, minor, rng| {
        let waiting = waiting(&case);
        let path = rng.pick(&waiting);
        let node = rng.pick(&names(&mut case, "Node")).clone();
        let mut placed = read(&case, minor);
        let pod = find(&placed, path).expect("it waits");
        let at = placed.node_named(&node).expect("it is there");
        placed.place(pod, at);
        for object in of_kind(&mut case, "Pod") {
            let meta = &object["metadata"];
            let own = format!(
                "{}/{}",
                meta["namespace"].as_str().unwrap_or_default(),
                meta["name"].as_str().unwrap_or_default()
            );
            if own == *path {
                object["spec"]["nodeName"] = json!(node);
            }
        }
        let found = findings_in(&mut placed, &case.pods);
        prop_assert_eq!(&found, &findings_in(&mut read(&case, minor), &case.pods));
        Ok(found.len())
    });
}

/// Everything that a world keeps about where pods are. The order of pods on a node is nobody's promise, amounts of 0 may
/// be there or not, and a pod whose node is gone waits once it was taken away.
#[derive(Debug, PartialEq)]
struct Sums {
    pods: Vec<BTreeSet<PodIx>>,
    used: Vec<(i64, i64, i64, BTreeMap<u32, i64>)>,
    non_zero: Vec<(i64, i64)>,
    free: String,
    members: Vec<BTreeMap<NodeIx, Members>>,
    places: Vec<Option<NodeIx>>,
}

fn sums(world: &World) -> Sums {
    let used = |amounts: &Amounts| {
        let scalars = amounts.scalars.iter().copied();
        let scalars = scalars.filter(|(_, amount)| *amount != 0).collect();
        let Amounts {
            milli_cpu,
            memory,
            ephemeral_storage,
            ..
        } = *amounts;
        (milli_cpu, memory, ephemeral_storage, scalars)
    };
    let members = |kind: &PodKind| {
        let members = kind.members.iter();
        members.map(|(at, own)| (*at, *own)).collect()
    };
    let place = |pod: &PodRow| match pod.place {
        Place::On(node) => Some(node),
        Place::Pending | Place::Lost(_) => None,
    };
    Sums {
        pods: world
            .on_node
            .iter()
            .map(|pods| pods.iter().copied().collect())
            .collect(),
        used: world.used.iter().map(used).collect(),
        non_zero: world.non_zero.clone(),
        free: format!("{:?}", world.free()),
        members: world.kinds.iter().map(members).collect(),
        places: world.pods.iter().map(place).collect(),
    }
}

fn shuffled(world: &World, rng: &mut Rng) -> Vec<PodIx> {
    let mut pods: Vec<PodIx> = (0..world.pods.len()).map(PodIx::at).collect();
    for at in (1..pods.len()).rev() {
        pods.swap(at, rng.below(at + 1));
    }
    pods
}

#[test]
fn pods_that_are_taken_away_and_put_back_were_never_away() {
    holds(|case, minor, rng| {
        let mut world = read(&case, minor);
        let (before, found) = (sums(&world), findings_in(&mut world, &case.pods));
        let mut homes = Vec::new();
        for pod in shuffled(&world, rng) {
            homes.extend(world.take_away(pod).map(|home| (pod, home)));
        }
        prop_assert!(world.on_node.iter().all(Vec::is_empty));
        for at in (1..homes.len()).rev() {
            homes.swap(at, rng.below(at + 1));
        }
        for (pod, home) in &homes {
            world.place(*pod, *home);
        }
        prop_assert_eq!(&sums(&world), &before);
        prop_assert_eq!(&findings_in(&mut world, &case.pods), &found);
        Ok(homes.len())
    });
}

#[test]
fn pods_whose_successors_were_judged_elsewhere_are_as_they_were() {
    holds(|case, minor, rng| {
        let mut world = read(&case, minor);
        let (before, found) = (sums(&world), findings_in(&mut world, &case.pods));
        let mut homes = Vec::new();
        for pod in shuffled(&world, rng) {
            let home = world.succeed(pod);
            if rng.percent(50) {
                world.place(pod, NodeIx::at(rng.below(world.nodes.len())));
            }
            homes.push((pod, home));
        }
        for (pod, home) in &homes {
            world.restore(*pod, *home);
        }
        prop_assert_eq!(&sums(&world), &before);
        prop_assert_eq!(&findings_in(&mut world, &case.pods), &found);
        Ok(homes.len())
    });
}
