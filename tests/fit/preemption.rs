//! What the report says of preemption, next to what the real scheduler does.

use std::collections::BTreeSet;

use controlplane::{Made, Space, alone, wait_for, wait_until};
use nodemaint::present::fit_preemption::{Outcome, Preemption};
use nodemaint::present::fit_report::Pod;
use serde_json::{Value, json};

use crate::preview::piped;

use super::random::Rng;
use super::report_of;
use super::scheduler::{SEED, foretold, pods_path, refusal, say, seed};

/// Priorities that pods may have: 0, 10 and so on. On a node no two have the same, so that nothing is left to chance.
const CLASSES: usize = 8;
/// Pods that look for room.
const ROUNDS: usize = 14;

/// One node of 2 CPUs with two pods of 1, and a pod that waits; `more` is that pod's.
fn full(more: &str) -> String {
    let pod = |name: &str, rest: &str, cpu: u8| {
        format!(
            "- {{apiVersion: v1, kind: Pod, metadata: {{namespace: shop, name: {name}, labels: {{app: a}}}}, \
             spec: {{{rest}, containers: [{{name: c, resources: {{requests: {{cpu: '{cpu}'}}}}}}]}}}}\n"
        )
    };
    let budget = "- {apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {namespace: shop, name: a}, \
                  spec: {selector: {matchLabels: {app: a}}}, status: {disruptionsAllowed: 1}}\n";
    let node = "- {apiVersion: v1, kind: Node, metadata: {name: n1}, status: {allocatable: {cpu: '2', pods: '9'}}}\n";
    format!(
        "apiVersion: v1\nkind: List\nitems:\n{node}{budget}{}{}{}",
        pod("report", "nodeName: n1, priority: 5", 1),
        pod("batch", "nodeName: n1", 1),
        pod("urgent", more, 2),
    )
}

fn of_file(text: &str) -> Pod {
    let run = piped(
        &["fit", "--pending", "-A", "--snapshot", "-", "-o", "json"],
        text,
    );
    report_of(&run).pods.remove(0)
}

#[test]
fn a_pod_that_fits_nowhere_is_told_who_would_have_to_leave() {
    let text = full("priority: 9");
    let found = of_file(&text).preemption.unwrap();
    assert_eq!(found.verdict, Outcome::MakesRoom);
    assert_eq!(found.node.as_deref(), Some("n1"));
    let victims: Vec<&str> = found.victims.iter().map(|v| v.name.as_str()).collect();
    assert_eq!((victims, found.violations), (vec!["report", "batch"], 1));
    let run = piped(&["fit", "--pending", "-A", "--snapshot", "-"], &text);
    let told = "scheduler: 0/1 nodes are available: 1 Insufficient cpu. preemption: found a potential placement for pod on node n1, preempting 2 victims\n\
                preempting 2 pods on node n1 would make room: shop/report (priority 5), shop/batch (priority 0)\n\
                \u{20}\u{20}one of them leaves against its budget\n";
    assert!(run.out.ends_with(told), "{run:?}");
    assert_eq!(run.code, 3, "it does not fit yet");
}

#[test]
fn why_preemption_makes_no_room_is_told_as_the_event_does() {
    let event = |more: &str| of_file(&full(more)).preemption.unwrap().event.unwrap();
    assert_eq!(
        event("priority: 0"),
        "preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod."
    );
    assert_eq!(
        event("priority: 9, preemptionPolicy: Never"),
        "preemption: not eligible due to preemptionPolicy=Never."
    );
}

fn class(space: &Space, name: &str, value: usize) {
    let class = json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name}, "value": value});
    space.post("/apis/scheduling.k8s.io/v1/priorityclasses", class);
}

/// Fills a node with pods of different priorities.
fn fill(space: &Space, rng: &mut Rng, node: &Made, at: usize) {
    let mut free = 8;
    for number in 0.. {
        let halves = 1 + rng.below(4);
        if halves > free {
            break;
        }
        free -= halves;
        let app = rng.pick(&["plain", "guarded", "spare"]);
        let class = format!("p{}", (number * 3 + at) % CLASSES);
        let pod = space
            .pod(&format!("old-{at}-{number}"))
            .label("app", app)
            .on(node)
            .request("cpu", &format!("{}m", halves * 500));
        pod.priority_class(&class).create_ready();
    }
}

/// The names of the pods that are there and not on their way out.
fn staying(space: &Space) -> BTreeSet<String> {
    let pods = space.get(&pods_path(space)).unwrap();
    let pods = pods["items"].as_array().unwrap().iter();
    let staying = pods.filter(|pod| pod["metadata"]["deletionTimestamp"].is_null());
    staying
        .map(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned())
        .collect()
}

/// Waits until the scheduler has chosen a node, and the pod is on it.
fn settled(space: &Space, name: &str) -> String {
    wait_for("room was made", || {
        let pod = space.get_pod(name).ok_or(Value::Null)?;
        match pod["spec"]["nodeName"].as_str() {
            Some(node) => Ok(node.to_owned()),
            None => Err(pod["status"].clone()),
        }
    })
}

/// Tells whether the pods that left are those that were named.
fn compare(found: &Preemption, on: &str, left: &BTreeSet<String>) -> Result<(), String> {
    let victims: BTreeSet<String> = found.victims.iter().map(|v| v.name.clone()).collect();
    if found.other_nodes.iter().any(|node| node == on) {
        return Ok(());
    }
    match found.node.as_deref() == Some(on) && victims == *left {
        true => Ok(()),
        false => Err(format!("{left:?} left {on}, foretold was {found:#?}")),
    }
}

#[test]
fn room_is_made_where_the_report_says_by_the_pods_that_it_names() {
    let seed = seed();
    say(&format!("{SEED}={seed}"));
    let (space, mut rng) = (alone("fit_preemption"), Rng(seed));
    for number in 0..CLASSES {
        class(&space, &format!("p{number}"), number * 10);
    }
    class(&space, "urgent", 45);
    let nodes: Vec<Made> = (0..5)
        .map(|at| {
            space
                .node(&format!("n{at}"))
                .allocatable("cpu", "4")
                .create()
        })
        .collect();
    for (at, node) in nodes.iter().enumerate() {
        fill(&space, &mut rng, node, at);
    }
    let guarded = space.budget("guarded").min_available(100);
    guarded.create_allowing(0);
    let mut made = 0;
    for round in 0..ROUNDS {
        let cpu = rng.pick(&["1", "1500m", "2", "3"]);
        let name = format!("new-{round}");
        let container = json!({"name": "c", "image": "i", "resources": {"requests": {"cpu": cpu}}});
        let manifest = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": space.name(), "labels": {"app": "new"}},
            "spec": {"priorityClassName": "urgent", "containers": [container]}});
        let report: Pod = foretold(&space, &manifest);
        let before = staying(&space);
        let created = space.post(&pods_path(&space), manifest);
        let Some(found) = &report.preemption else {
            settled(&space, &name);
            continue;
        };
        if found.verdict == Outcome::MakesRoom {
            made += 1;
            let on = settled(&space, &name);
            let after = staying(&space);
            let left = before.difference(&after).cloned().collect();
            let same = compare(found, &on, &left);
            assert_eq!(same, Ok(()), "{SEED}={seed}, round {round}");
            wait_until("the victims are gone", || {
                left.iter().all(|name| space.get_pod(name).is_none())
            });
            continue;
        }
        let message = refusal(&space, created.uid(), &name);
        let event = format!(
            "{} {}",
            report.summary.unwrap(),
            found.event.clone().unwrap()
        );
        assert_eq!(message, event, "{SEED}={seed}, round {round}");
    }
    say(&format!("{made} of {ROUNDS} pods had room made for them"));
    assert!(made > 2);
}
