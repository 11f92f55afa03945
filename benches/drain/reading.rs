//! Reading a large cluster: the preview of one node's drain, which asks where the pods land, next to curl, which reads the
//! same lists and throws them away, and next to kubectl, which reads as many pods for a drain that it does not begin.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use controlplane::{PodDraft, Space, alone, shared, space};
use serde_json::{Value, json};

use crate::meter::{Cost, measure};
use crate::program::Program;

/// How many pods are alike, but for what each has to itself.
const PODS_OF_A_WORKLOAD: u32 = 10;

/// Nodes that hold all pods in the comparison with kubectl.
const FULL: u32 = 10;

/// Looks at a large cluster, a second apart, until its pods have to be Ready.
const LOOKS: u32 = 300;

/// Connections over which a cluster is filled.
const FILLERS: usize = 12;

/// The kinds that a preview lists, as the audit log shows them.
const LISTS: [&str; 19] = [
    "/api/v1/nodes",
    "/api/v1/pods",
    "/api/v1/namespaces",
    "/api/v1/persistentvolumeclaims",
    "/api/v1/persistentvolumes",
    "/apis/storage.k8s.io/v1/storageclasses",
    "/apis/storage.k8s.io/v1/csinodes",
    "/apis/storage.k8s.io/v1/csidrivers",
    "/apis/storage.k8s.io/v1/csistoragecapacities",
    "/apis/storage.k8s.io/v1/volumeattachments",
    "/api/v1/services",
    "/api/v1/replicationcontrollers",
    "/apis/apps/v1/replicasets",
    "/apis/apps/v1/statefulsets",
    "/apis/resource.k8s.io/v1/resourceclaims",
    "/apis/resource.k8s.io/v1/deviceclasses",
    "/apis/apps/v1/daemonsets",
    "/apis/batch/v1/jobs",
    "/apis/policy/v1/poddisruptionbudgets",
];

/// What was measured of one cluster.
#[derive(Debug, Default)]
pub struct Readings {
    /// The preview.
    pub preview: Vec<Cost>,
    /// curl, all lists in one process and each in one piece.
    pub curl: Vec<Duration>,
    /// curl, page by page as the preview asks.
    pub pages: Vec<Duration>,
    /// kubectl's list of the same pods.
    pub kubectl: Vec<Cost>,
}

/// A cluster with many pods.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Nodes.
    pub nodes: u32,
    /// Pods in all.
    pub pods: u32,
}

/// Builds a cluster of many nodes and reads it in turn with the preview and with curl.
///
/// # Errors
///
/// When a program fails.
pub fn next_to_curl(size: Size, turns: u32, scratch: &Path) -> io::Result<Readings> {
    let space = space("read");
    let nodes = fill(&space, size);
    settle(&space, size.pods)?;
    let mut readings = Readings::default();
    for turn in 0..=turns {
        let preview = preview(&space, &nodes[0], scratch)?;
        let whole = timed(|| whole(scratch))?;
        let pages = timed(|| paged(scratch))?;
        eprintln!(
            "read {turn}/{turns}: preview {:.2} s, curl {:.2} s, by pages {:.2} s",
            preview.wall.as_secs_f64(),
            whole.as_secs_f64(),
            pages.as_secs_f64()
        );
        // The first turn warms what the server keeps.
        if turn > 0 {
            readings.preview.push(preview);
            readings.curl.push(whole);
            readings.pages.push(pages);
        }
    }
    Ok(readings)
}

/// Builds a cluster whose pods are all on a few nodes, since kubectl reads the pods of the nodes that it drains into its types, and
/// reads it in turn with kubectl and with the preview of another node.
///
/// # Errors
///
/// When a program fails.
pub fn next_to_kubectl(pods: u32, turns: u32, scratch: &Path) -> io::Result<Readings> {
    let space = alone("typed");
    let node = space.node("small").create();
    let nodes = fill(&space, Size { nodes: FULL, pods });
    settle(&space, pods)?;
    let mut readings = Readings::default();
    for turn in 0..=turns {
        let preview = preview(&space, node.name(), scratch)?;
        let mut drain = vec!["drain", "--dry-run=client", "--force"];
        drain.extend(nodes.iter().map(String::as_str));
        let command = Program::Kubectl.command(&space.kubeconfig(), &drain);
        let kubectl = measure(&command, &scratch.join("typed.log"))?;
        if kubectl.code != Some(0) {
            let said = fs::read_to_string(scratch.join("typed.log"))?;
            return Err(io::Error::other(said));
        }
        eprintln!(
            "typed {turn}/{turns}: preview {:.3} s of CPU, kubectl {:.3} s",
            preview.cpu.as_secs_f64(),
            kubectl.cpu.as_secs_f64()
        );
        if turn > 0 {
            readings.preview.push(preview);
            readings.kubectl.push(kubectl);
        }
    }
    Ok(readings)
}

fn timed(work: impl FnOnce() -> io::Result<()>) -> io::Result<Duration> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

/// Previews the drain of one node; what would not leave is no failure of the program.
fn preview(space: &Space, node: &str, scratch: &Path) -> io::Result<Cost> {
    let log = scratch.join("preview.log");
    let arguments = ["preview", "drain", node, "--force", "-o", "name"];
    let command = Program::Nodemaint.command(&space.kubeconfig(), &arguments);
    let cost = measure(&command, &log)?;
    match cost.code {
        Some(0 | 3) => Ok(cost),
        _ => Err(io::Error::other(fs::read_to_string(&log)?)),
    }
}

/// curl as it reads one list after the other over one connection.
fn curl() -> Command {
    let cluster = shared().description();
    let token = shared().token("admin");
    let mut command = Command::new("curl");
    command
        .args(["--silent", "--show-error", "--fail", "--compressed"])
        .arg("--cacert")
        .arg(&cluster.ca)
        .args([
            "-H",
            "Accept: application/vnd.kubernetes.protobuf,application/json;q=0.9",
        ])
        .arg("-H")
        .arg(format!("Authorization: Bearer {token}"))
        .stdin(Stdio::null());
    command
}

fn whole(scratch: &Path) -> io::Result<()> {
    let mut command = curl();
    for (index, path) in LISTS.iter().enumerate() {
        command.arg("-o").arg(scratch.join(format!("list-{index}")));
        command.arg(format!("{}{path}", shared().description().server));
    }
    run(&mut command)
}

/// One process a page: which page is next stands in the one before.
fn paged(scratch: &Path) -> io::Result<()> {
    let mut rest = curl();
    for (index, path) in LISTS.iter().enumerate() {
        if *path == "/api/v1/pods" {
            continue;
        }
        rest.arg("-o").arg(scratch.join(format!("list-{index}")));
        rest.arg(format!("{}{path}?limit=500", shared().description().server));
    }
    run(&mut rest)?;
    let page = scratch.join("page");
    let mut token = String::new();
    loop {
        let mut command = curl();
        command.arg("-o").arg(&page).arg(format!(
            "{}/api/v1/pods?limit=500{token}",
            shared().description().server
        ));
        run(&mut command)?;
        match continue_token(&fs::read(&page)?) {
            Some(next) => token = format!("&continue={next}"),
            None => return Ok(()),
        }
    }
}

/// Finds the token of the next page: the one long text of base64 that begins as every such token does (`{"v":"meta.k8s.io`).
fn continue_token(body: &[u8]) -> Option<String> {
    const START: &[u8] = b"eyJ2IjoibWV0YS5rOHMuaW8";
    let head = &body[..body.len().min(4096)];
    let at = head.windows(START.len()).position(|part| part == START)?;
    let is_token =
        |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'_' | b'-' | b'=');
    let token = head[at..].iter().take_while(is_token);
    Some(token.map(|byte| char::from(*byte)).collect())
}

fn run(command: &mut Command) -> io::Result<()> {
    match command.status()?.success() {
        true => Ok(()),
        false => Err(io::Error::other("curl failed")),
    }
}

/// Makes nodes and pods bound to them, and returns the nodes' names.
fn fill(space: &Space, size: Size) -> Vec<String> {
    let name = |index: u32| format!("n{index:04}");
    for index in 0..size.nodes {
        let node = space.node(&name(index)).allocatable("pods", "30000");
        node.allocatable("cpu", "1000").create_unready();
    }
    let nodes: Vec<String> = (0..size.nodes)
        .map(|index| space.node_name(&name(index)))
        .collect();
    let next = AtomicU32::new(0);
    thread::scope(|threads| {
        for _ in 0..FILLERS {
            threads.spawn(|| {
                while let Some(index) = take(&next, size.pods) {
                    let node = &nodes[usize::try_from(index % size.nodes).unwrap_or_default()];
                    realistic(space, index).on(node).ready_after("0ms").create();
                }
            });
        }
    });
    nodes
}

fn take(next: &AtomicU32, end: u32) -> Option<u32> {
    Some(next.fetch_add(1, Ordering::Relaxed)).filter(|index| *index < end)
}

/// A pod as real clusters have them: one of several of a workload, with variables, probes, volumes, the token that each pod
/// gets under a name of its own, and in every other workload a second container.
fn realistic(space: &Space, index: u32) -> PodDraft<'_> {
    let workload = index / PODS_OF_A_WORKLOAD;
    let pod = space.pod(&format!("app-{workload:04}-7d9c5b8f4-{index:05}"));
    let pod = pod
        .label("app", &format!("app-{workload}"))
        .label("pod-template-hash", "7d9c5b8f4")
        .annotation("checksum/config", &format!("{workload:064x}"));
    pod.spec(move |spec| {
        let token = format!("kube-api-access-{index:05}");
        spec["containers"] = json!([main_container(workload, &token)]);
        if workload % 2 == 1 {
            append(&mut spec["containers"], side_container(&token));
        }
        let settings =
            json!({"name": "settings", "configMap": {"name": format!("settings-{workload}")}});
        spec["volumes"] = json!([settings, token_volume(&token)]);
    })
}

fn main_container(workload: u32, token: &str) -> Value {
    let variable = |index: u32| json!({"name": format!("SETTING_{index}"), "value": format!("value-{index}-of-{workload}")});
    let variables: Vec<Value> = (0..12).map(variable).collect();
    let probe = json!({"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 10, "timeoutSeconds": 1});
    json!({
        "name": "main",
        "image": format!("registry.example/team/app-{workload}:v1.2.3"),
        "env": variables,
        "livenessProbe": probe,
        "readinessProbe": probe,
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        "ports": [{"name": "http", "containerPort": 8080}],
        "volumeMounts": [{"name": "settings", "mountPath": "/etc/settings"}, mount(token)],
    })
}

fn side_container(token: &str) -> Value {
    json!({
        "name": "proxy",
        "image": "registry.example/mesh/proxy:3",
        "args": ["--listen", "8443"],
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}},
        "volumeMounts": [mount(token)],
    })
}

fn mount(token: &str) -> Value {
    json!({"name": token, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": true})
}

/// The volume that admission gives to each pod.
fn token_volume(name: &str) -> Value {
    let namespace = json!({"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}});
    json!({"name": name, "projected": {"defaultMode": 420, "sources": [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [namespace]}},
    ]}})
}

fn append(list: &mut Value, item: Value) {
    if let Some(list) = list.as_array_mut() {
        list.push(item);
    }
}

fn settle(space: &Space, pods: u32) -> io::Result<()> {
    for _ in 0..LOOKS {
        if is_settled(space, pods) {
            return Ok(());
        }
        thread::sleep(Duration::from_secs(1));
    }
    Err(io::Error::other("some pods did not get Ready"))
}

fn is_settled(space: &Space, pods: u32) -> bool {
    let path = format!(
        "/api/v1/namespaces/{}/pods?fieldSelector=status.phase=Running&limit=1",
        space.name()
    );
    let list = space.get(&path).unwrap_or_default();
    // With a field selector the server does not say how many are left: a pending one is looked for instead.
    let running = list["items"]
        .as_array()
        .is_some_and(|items| !items.is_empty());
    let pending = path.replace("Running", "Pending");
    let pending = space.get(&pending).unwrap_or_default();
    running && pods > 0 && pending["items"].as_array().is_some_and(Vec::is_empty)
}
