//! What a plan said next to what a drain did.

use std::collections::{BTreeMap, BTreeSet};

use controlplane::{Space, wait_until};
use nodemaint::present::drain_plan::{DrainPlan, Fate, Pod, Verdict};
use nodemaint::present::landing::Verdict as Lands;
use serde_json::Value;

use crate::preview::Run;

use super::cluster::{is_ready, items, waits_for_a_node};

/// The pods of a space at one moment, by UID.
pub struct Pods(BTreeMap<String, Value>);

impl Pods {
    pub fn read(space: &Space) -> Pods {
        let pods = items(space, "/api/v1", "pods").into_iter();
        Pods(
            pods.map(|pod| (text(&pod["metadata"]["uid"]), pod))
                .collect(),
        )
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Returns everything that did not come true.
pub fn differences(space: &Space, plan: &DrainPlan, run: &Run, before: &Pods) -> Vec<String> {
    let mut wrong = Vec::new();
    let expected = match plan.verdict {
        Verdict::Ready => 0,
        Verdict::Blocked => match plan.nodes.len() {
            1 => 4,
            // Some nodes may have been emptied before the deadline.
            _ => run.code.clamp(4, 5),
        },
        Verdict::Refused => 3,
        Verdict::Unknown => return vec![format!("the plan is unknown: {:?}", plan.unread)],
    };
    if run.code != expected {
        wrong.push(format!(
            "{:?} foretold exit {expected}, it was {}:\n{}{}",
            plan.verdict, run.code, run.out, run.err
        ));
    }
    let after = Pods::read(space);
    let pods: Vec<&Pod> = plan.nodes.iter().flat_map(|node| &node.pods).collect();
    for pod in &pods {
        let left = !after.0.contains_key(&pod.uid);
        let leaves =
            plan.verdict != Verdict::Refused && matches!(pod.fate, Fate::Evict | Fate::Delete);
        if left != leaves {
            wrong.push(format!(
                "{} ({:?}, wave {:?}, {:?}) {}:\n{}{}",
                pod.name,
                pod.fate,
                pod.wave,
                pod.reasons,
                if left { "left" } else { "stayed" },
                run.out,
                run.err
            ));
        }
    }
    if plan.verdict != Verdict::Refused {
        wrong.extend(misplaced(space, &pods, before));
    }
    wrong
}

/// Compares where replacements landed, workload by workload: which of them replaces which pod nobody says.
fn misplaced(space: &Space, pods: &[&Pod], before: &Pods) -> Vec<String> {
    let mut owners: BTreeMap<String, Vec<&Pod>> = BTreeMap::new();
    for pod in pods.iter().filter(|pod| pod.wave.is_some()) {
        let landing = pod.landing.as_ref();
        if let (Some(owner), Some(landing)) = (&pod.owner, landing)
            && landing.verdict != Lands::None
        {
            owners.entry(owner.name.clone()).or_default().push(pod);
        }
    }
    let mut wrong = Vec::new();
    for (owner, left) in owners {
        let new = || -> Vec<Value> {
            let now = Pods::read(space).0.into_iter();
            let ours = now.filter(|(uid, pod)| {
                !before.0.contains_key(uid) && pod["metadata"]["labels"]["app"] == owner.as_str()
            });
            ours.map(|(_, pod)| pod).collect()
        };
        // A StatefulSet makes one pod after the other, and none behind one that waits.
        let stateful = left[0]
            .owner
            .as_ref()
            .is_some_and(|o| o.kind == "StatefulSet");
        wait_until("the replacements have settled", || {
            let new = new();
            let settled = new.iter().all(|pod| is_ready(pod) || waits_for_a_node(pod));
            let stuck = stateful && new.iter().any(waits_for_a_node);
            settled && (stuck || new.len() >= left.len())
        });
        let new = new();
        let foretold: BTreeSet<&str> = left
            .iter()
            .filter_map(|pod| pod.landing.as_ref())
            .flat_map(|landing| landing.nodes.iter().map(String::as_str))
            .collect();
        for pod in &new {
            let node = pod["spec"]["nodeName"].as_str();
            if node.is_some_and(|node| !foretold.contains(node)) {
                wrong.push(format!("{owner}: {node:?} is none of {foretold:?}"));
            }
        }
        let nowhere = left.iter().filter(|pod| {
            pod.landing
                .as_ref()
                .is_some_and(|l| l.verdict == Lands::Nowhere)
        });
        let (nowhere, pending) = (
            nowhere.count(),
            new.iter().filter(|p| waits_for_a_node(p)).count(),
        );
        let as_foretold = match stateful {
            true => (nowhere > 0) == (pending > 0),
            false => nowhere == pending,
        };
        if !as_foretold {
            let landings: Vec<_> = left.iter().map(|pod| (&pod.name, &pod.landing)).collect();
            wrong.push(format!(
                "{owner}: {nowhere} foretold to wait, {pending} wait: {landings:?}"
            ));
        }
    }
    wrong
}
