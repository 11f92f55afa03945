//! The figures of allocated resources next to those of the real kubectl, on random pods.
//!
//! Init containers, sidecars, overhead, pod-level resources and pods that are being resized, in every notation of the
//! API; `NODEMAINT_DESCRIBE_SEED=...` brings a run back.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use controlplane::{Made, Space, space, wait_until};
use nodemaint::present::node_description::{Node, Share};
use serde_json::{Value, json};

use super::description_of;
use crate::fit::random::Rng;
use crate::preview::online;

const NODES: usize = 10;
const PODS: usize = 9;

const CPU: [&str; 8] = ["0", "10m", "100m", "250m", "0.5", "1", "1500m", "2"];
const MEMORY: [&str; 9] = [
    "0", "1Mi", "64Mi", "128Mi", "100M", "1.5Gi", "1Gi", "1e8", "1124Mi",
];
const DISK: [&str; 4] = ["1Gi", "500M", "10Mi", "3e9"];

fn seed() -> u64 {
    let given = std::env::var("NODEMAINT_DESCRIBE_SEED").ok();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seed = given.map_or(u64::from(now.subsec_nanos()), |text| text.parse().unwrap());
    // Also where the test's output is kept back: a run that cannot be had again teaches nothing.
    let _ = writeln!(std::io::stderr().lock(), "NODEMAINT_DESCRIBE_SEED={seed}");
    seed
}

/// Requests, and limits that are not below them.
fn resources(rng: &mut Rng) -> Value {
    let (mut requests, mut limits) = (json!({}), json!({}));
    for (name, amounts) in [
        ("cpu", &CPU[..]),
        ("memory", &MEMORY[..]),
        ("ephemeral-storage", &DISK[..]),
    ] {
        let amount = rng.pick(amounts);
        match rng.below(6) {
            0 => {}
            1 | 2 => requests[name] = json!(amount),
            3 => limits[name] = json!(amount),
            _ => {
                requests[name] = json!(amount);
                limits[name] = json!(amount);
            }
        }
    }
    if rng.percent(20) {
        let amount = rng.pick(&["1", "2"]);
        requests["example.com/gpu"] = json!(amount);
        limits["example.com/gpu"] = json!(amount);
    }
    json!({"requests": requests, "limits": limits})
}

fn container(rng: &mut Rng, name: &str) -> Value {
    json!({"name": name, "image": "registry.example/app:1", "resources": resources(rng)})
}

fn pod_spec(rng: &mut Rng, node: &str, runtime_class: &str) -> Value {
    let mut containers = vec![container(rng, "main")];
    if rng.percent(40) {
        containers.push(container(rng, "second"));
    }
    let mut init = Vec::new();
    for at in 0..rng.below(4) {
        let mut one = container(rng, &format!("init-{at}"));
        if rng.percent(50) {
            one["restartPolicy"] = json!("Always");
        }
        init.push(one);
    }
    let mut spec = json!({"nodeName": node, "containers": containers, "initContainers": init,
        "tolerations": [{"operator": "Exists"}]});
    if rng.percent(30) {
        spec["runtimeClassName"] = json!(runtime_class);
    }
    if rng.percent(30) {
        // More than all containers together may ask for.
        let mut pod = json!({"requests": {}, "limits": {}});
        for (name, amount) in [("cpu", "20"), ("memory", "40Gi")] {
            if rng.percent(70) {
                pod["requests"][name] = json!(amount);
            }
            if rng.percent(50) {
                pod["limits"][name] = json!(amount);
            }
        }
        spec["resources"] = pod;
    }
    spec
}

/// Says in the status what a kubelet says while it resizes a pod.
fn resize(rng: &mut Rng, space: &Space, name: &str) {
    let object = space.get_pod(name).unwrap();
    let statuses = object["status"]["containerStatuses"].as_array().cloned();
    let mut statuses = statuses.unwrap_or_default();
    for status in &mut statuses {
        if rng.percent(80) {
            status["resources"] = resources(rng);
        }
        if rng.percent(60) {
            status["allocatedResources"] =
                json!({"cpu": rng.pick(&CPU), "memory": rng.pick(&MEMORY)});
        }
    }
    let mut status = json!({"containerStatuses": statuses});
    if rng.percent(50) {
        let reason = rng.pick(&["Infeasible", "Deferred"]);
        let condition = json!({"type": "PodResizePending", "status": "True", "reason": reason});
        status["conditions"] = json!([condition]);
    }
    let path = format!("/api/v1/namespaces/{}/pods/{name}/status", space.name());
    space.patch_strategic(&path, json!({"status": status}));
}

/// The rows of a section of `kubectl describe node`, each split into its columns.
fn section(text: &str, title: &str) -> Vec<Vec<String>> {
    let lines = text
        .lines()
        .skip_while(|line| !line.starts_with(title))
        .skip(1);
    let lines = lines.take_while(|line| line.starts_with(' '));
    let columns = |line: &str| {
        let columns = line
            .split("  ")
            .map(str::trim)
            .filter(|part| !part.is_empty());
        columns.map(str::to_owned).collect::<Vec<String>>()
    };
    let dashes = |row: &Vec<String>| row.iter().all(|cell| cell.chars().all(|c| c == '-'));
    let rows = lines.map(columns).skip_while(|row| !dashes(row)).skip(1);
    rows.collect()
}

fn words(share: &Share) -> String {
    match share.percent {
        Some(percent) => format!("{} ({percent}%)", share.amount),
        None => share.amount.clone(),
    }
}

fn totals(node: &Node) -> Vec<Vec<String>> {
    let rows = node.allocated.iter();
    rows.map(|row| {
        vec![
            row.resource.clone(),
            words(&row.requests),
            words(&row.limits),
        ]
    })
    .collect()
}

/// Amounts of CPU and memory, requests and limits, by pod; of kubectl's cells without the percentage.
fn rows_of_kubectl(text: &str) -> BTreeMap<String, Vec<String>> {
    let amount = |cell: &String| cell.split(' ').next().unwrap_or_default().to_owned();
    let rows = section(text, "Non-terminated Pods:").into_iter();
    rows.map(|row| (row[1].clone(), row[2..6].iter().map(amount).collect()))
        .collect()
}

fn rows_of_ours(node: &Node) -> BTreeMap<String, Vec<String>> {
    let amount = |amounts: &BTreeMap<String, String>, name: &str| {
        amounts.get(name).cloned().unwrap_or_else(|| "0".to_owned())
    };
    let pods = node.pods.iter();
    let pods =
        pods.filter(|pod| !["Succeeded", "Failed"].contains(&format!("{:?}", pod.phase).as_str()));
    let row = |pod: &nodemaint::present::node_description::Pod| {
        let (requests, limits) = (&pod.requests, &pod.limits);
        let cells = ["cpu", "memory"].map(|name| [amount(requests, name), amount(limits, name)]);
        (pod.name.clone(), cells.concat())
    };
    pods.map(row).collect()
}

fn fill(rng: &mut Rng, space: &Space, node: &Made, runtime_class: &str) {
    let mut names = Vec::new();
    for at in 0..PODS {
        let short = node.name().rsplit('-').next().unwrap_or_default();
        let name = format!("{short}-{at}");
        let spec = pod_spec(rng, node.name(), runtime_class);
        let path = format!("/api/v1/namespaces/{}/pods", space.name());
        let draft =
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec});
        // What the server's own rules refuse (limits below requests of a pod as a whole) is no case.
        if space.try_post(&path, draft).is_ok() {
            names.push(name);
        }
    }
    assert!(names.len() >= PODS / 2, "most pods are valid: {names:?}");
    for name in names {
        if rng.percent(50) {
            wait_until("the fake kubelet has spoken", || {
                space
                    .get_pod(&name)
                    .is_some_and(|pod| pod["status"]["phase"] == "Running")
            });
            resize(rng, space, &name);
        }
    }
}

#[test]
fn allocated_resources_are_those_of_kubectl_describe_node() {
    let mut rng = Rng(seed());
    let space = space("describe_figures");
    let runtime_class = space.name().to_owned();
    let overhead = json!({"podFixed": {"cpu": "50m", "memory": "30Mi"}});
    space.post(
        "/apis/node.k8s.io/v1/runtimeclasses",
        json!({"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": runtime_class},
            "handler": "x", "overhead": overhead}),
    );
    let nodes: Vec<Made> = (0..NODES)
        .map(|at| {
            let mut node = space
                .node(&format!("n{at}"))
                .allocatable("cpu", rng.pick(&["4", "7910m", "96"]))
                .allocatable("memory", rng.pick(&["8Gi", "15Gi", "16G", "64223988Ki"]));
            if rng.percent(60) {
                node = node.allocatable("example.com/gpu", "4");
            }
            if rng.percent(40) {
                node = node.allocatable("hugepages-2Mi", rng.pick(&["0", "1Gi"]));
            }
            node.create()
        })
        .collect();
    for node in &nodes {
        fill(&mut rng, &space, node, &runtime_class);
    }
    let names: Vec<&str> = nodes.iter().map(Made::name).collect();
    let args: Vec<&str> = ["describe", "-o", "json"]
        .into_iter()
        .chain(names)
        .collect();
    let described = description_of(&online(&space.kubeconfig(), &args));
    for node in &described.nodes {
        let kubectl = space.kubectl_ok(["describe", "node", &node.name]);
        assert_eq!(
            totals(node),
            section(&kubectl, "Allocated resources:"),
            "{kubectl}"
        );
        assert_eq!(rows_of_ours(node), rows_of_kubectl(&kubectl), "{kubectl}");
    }
    space.delete(
        &format!("/apis/node.k8s.io/v1/runtimeclasses/{runtime_class}"),
        json!({}),
    );
}
