//! Random small clusters: workloads, budgets, taints, affinities, local data, pods without a controller.
//!
//! There is room for everybody unless a rule says otherwise: where room is short, what lands where depends on who comes
//! first, and a real drain's evictions do not come one after the other. So room is short for one workload at most, whose pod
//! fits on a single node even of an empty cluster.

use controlplane::{Made, PodDraft, Space, wait_until};
use serde_json::{Value, json};

use crate::fit::random::Rng;

const ZONE: &str = "topology.kubernetes.io/zone";
const HOST: &str = "kubernetes.io/hostname";

/// What was made, and what is to be done with it.
pub struct Cluster {
    pub drained: Vec<String>,
    pub flags: Vec<&'static str>,
}

/// Makes a cluster and waits until it has settled.
pub fn make(rng: &mut Rng, space: &Space) -> Cluster {
    let count = 3 + rng.below(3);
    let size = match rng.percent(25) {
        true => Size::OneHuge,
        false => Size::Alike,
    };
    let nodes: Vec<Made> = (0..count).map(|at| node(rng, space, at, size)).collect();
    let workloads = 2 + rng.below(4);
    let mut guarded = Vec::new();
    if size == Size::OneHuge {
        guarded.extend(huge_workload(rng, space));
    }
    for at in 0..workloads {
        if let Some(budget) = workload(rng, space, at) {
            guarded.push(budget);
        }
    }
    settle(space, &guarded);
    let busiest = nodes.iter().max_by_key(|node| space.pods_on(node).len());
    let huge = nodes.first().filter(|_| size == Size::OneHuge);
    let mut drained: Vec<String> = huge
        .or(busiest)
        .into_iter()
        .map(|node| node.name().to_owned())
        .collect();
    if rng.percent(25) {
        let other = nodes[rng.below(count)].name().to_owned();
        if !drained.contains(&other) {
            drained.push(other);
        }
    }
    let mut flags = vec!["--ignore-daemonsets"];
    if rng.percent(85) {
        flags.push("--force");
    }
    if rng.percent(85) {
        flags.push("--delete-emptydir-data");
    }
    Cluster { drained, flags }
}

/// How large the nodes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Alike,
    /// The first has room for a pod that fits nowhere else.
    OneHuge,
}

fn node(rng: &mut Rng, space: &Space, at: usize, size: Size) -> Made {
    let cpu = match (at, size) {
        (0, Size::OneHuge) => "24000m".to_owned(),
        _ => format!("{}m", 7000 + 10 * rng.below(200)),
    };
    let mut node = space.node(&format!("n{at}")).allocatable("cpu", &cpu);
    node = node.label(ZONE, ["a", "b", "c"][at % 3]);
    if at > 1 && rng.percent(20) {
        node = node.taint("dedicated=db:NoSchedule");
    }
    node.create()
}

/// Creates a workload whose pod only the huge node can hold; returns its name where a budget guards it.
fn huge_workload(rng: &mut Rng, space: &Space) -> Option<String> {
    let draft = match rng.percent(50) {
        true => space.stateful_set("huge"),
        false => space.deployment("huge"),
    };
    draft
        .replicas(1)
        .request("cpu", "12")
        .ready_after("20ms")
        .gone_after("20ms")
        .create();
    rng.percent(30).then(|| {
        space.budget("huge").max_unavailable(1).create();
        "huge".to_owned()
    })
}

/// Creates a workload; returns its name where a budget guards it.
fn workload(rng: &mut Rng, space: &Space, at: usize) -> Option<String> {
    let name = format!("w{at}");
    let replicas = 1 + rng.below(3);
    let draft = match rng.below(10) {
        0 => space.pod(&name),
        1 => space.daemon_set(&name),
        2..5 => space.stateful_set(&name),
        _ => space.deployment(&name),
    };
    let draft = draft.replicas(u32::try_from(replicas).unwrap());
    let draft = draft
        .request("cpu", &format!("{}m", 50 + 10 * rng.below(40)))
        .ready_after(&format!("{}ms", 20 + 10 * rng.below(30)))
        .gone_after(&format!("{}ms", 10 + 10 * rng.below(30)));
    constrained(rng, draft, &name).create();
    rng.percent(65).then(|| {
        let budget = space.budget(&name);
        let budget = match rng.below(6) {
            0 => budget.min_available(replicas),
            1 => budget.max_unavailable(0),
            2 => budget.max_unavailable("50%"),
            3 => budget.min_available(replicas.saturating_sub(2)),
            4 => budget.max_unavailable(1).unhealthy("AlwaysAllow"),
            _ => budget.max_unavailable(1),
        };
        budget.create();
        name.clone()
    })
}

fn constrained<'s>(rng: &mut Rng, mut draft: PodDraft<'s>, name: &str) -> PodDraft<'s> {
    if rng.percent(25) {
        draft = draft.empty_dir("scratch");
    }
    if rng.percent(35) {
        draft = draft.toleration(json!({"key": "dedicated", "operator": "Exists"}));
    }
    let siblings = json!({"matchLabels": {"app": name}});
    match rng.below(6) {
        0 => {
            let zone = rng.pick(&["a", "b", "c"]);
            draft.spec(|spec| spec["nodeSelector"][ZONE] = json!(zone))
        }
        1 => draft.spec(|spec| {
            spec["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
                json!([{"labelSelector": siblings, "topologyKey": HOST}]);
        }),
        _ => draft,
    }
}

/// Waits until every pod is ready or known to fit nowhere, and every budget has been counted anew.
fn settle(space: &Space, guarded: &[String]) {
    wait_until("the pods have settled", || {
        let pods = items(space, "/api/v1", "pods");
        complete(space, &pods)
            && pods
                .iter()
                .all(|pod| is_ready(pod) || waits_for_a_node(pod))
    });
    for name in guarded {
        wait_until("the budget has been counted", || {
            let pods = items(space, "/api/v1", "pods");
            let ready = pods
                .iter()
                .filter(|pod| pod["metadata"]["labels"]["app"] == json!(name) && is_ready(pod));
            let budgets = items(space, "/apis/policy/v1", "poddisruptionbudgets");
            let budget = budgets
                .iter()
                .find(|one| one["metadata"]["name"] == json!(name));
            budget.is_some_and(|budget| {
                let status = &budget["status"];
                let failed = status["conditions"][0]["reason"] == "SyncFailed";
                failed
                    || status["currentHealthy"] == json!(ready.count())
                        && status["observedGeneration"] == budget["metadata"]["generation"]
            })
        });
    }
}

/// Tells whether every workload has made all its pods that it can make now.
fn complete(space: &Space, pods: &[Value]) -> bool {
    let whole = |kind: &str| {
        items(space, "/apis/apps/v1", kind).iter().all(|workload| {
            let wanted = match kind {
                "daemonsets" => workload["status"]["desiredNumberScheduled"].as_u64(),
                _ => workload["spec"]["replicas"].as_u64(),
            };
            let name = &workload["metadata"]["name"];
            let made: Vec<&Value> = pods
                .iter()
                .filter(|pod| pod["metadata"]["labels"]["app"] == *name)
                .collect();
            let seen =
                workload["status"]["observedGeneration"] == workload["metadata"]["generation"];
            let count = u64::try_from(made.len()).unwrap();
            // A StatefulSet makes the next pod when the one before is ready.
            let stuck = kind == "statefulsets" && made.iter().any(|pod| waits_for_a_node(pod));
            seen && (stuck || wanted == Some(count))
        })
    };
    ["deployments", "statefulsets", "daemonsets"]
        .into_iter()
        .all(whole)
}

pub fn items(space: &Space, api: &str, kind: &str) -> Vec<Value> {
    let list = space.get(&format!("{api}/namespaces/{}/{kind}", space.name()));
    let items = list.and_then(|mut list| list["items"].as_array_mut().map(std::mem::take));
    items.unwrap_or_default()
}

fn condition<'p>(pod: &'p Value, kind: &str) -> Option<&'p Value> {
    let conditions = pod["status"]["conditions"].as_array()?;
    conditions
        .iter()
        .find(|condition| condition["type"] == kind)
}

pub fn is_ready(pod: &Value) -> bool {
    condition(pod, "Ready").is_some_and(|ready| ready["status"] == "True")
        && pod["metadata"]["deletionTimestamp"].is_null()
}

pub fn waits_for_a_node(pod: &Value) -> bool {
    let scheduled = condition(pod, "PodScheduled");
    pod["spec"]["nodeName"].is_null()
        && scheduled.is_some_and(|one| one["reason"] == "Unschedulable")
}
