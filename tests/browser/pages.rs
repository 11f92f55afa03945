//! The pages that are looked at, made by the program: the demo, a large plan, a cluster whose names want to act.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::preview::offline;

const HOSTILE: &str = "<script>alert(1)</script>\"'><b>&amp;\u{202e}moc\u{202c}";

/// The pages, in a folder that goes with them.
pub struct Pages {
    folder: TempDir,
    pages: Vec<Page>,
}

/// One page.
pub struct Page {
    pub name: &'static str,
    pub path: PathBuf,
}

impl Pages {
    pub fn new() -> Pages {
        let mut pages = Pages {
            folder: tempfile::tempdir().unwrap(),
            pages: Vec::new(),
        };
        let demo = ["worker-2", "worker-5", "--ignore-daemonsets"];
        pages.add("demo", "demo", &demo);
        pages.add("alone", "demo", &["worker-2", "--scope", "node"]);
        let file = pages.write("large.json", &large());
        let names: Vec<String> = (0..20).map(|at| format!("worker-{at:02}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        pages.add("large", &file, &names);
        let file = pages.write("hostile.json", &hostile());
        pages.add("hostile", &file, &["-l", "hostile=yes", "--force"]);
        pages
    }

    pub fn all(&self) -> impl Iterator<Item = &Page> {
        self.pages.iter()
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, items: &[Value]) -> String {
        let path = self.folder.path().join(name);
        let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
        std::fs::write(&path, list.to_string()).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn add(&mut self, name: &'static str, source: &str, arguments: &[&str]) {
        let all = ["preview", "drain", "-o", "html", "--snapshot", source];
        let run = offline(&[&all[..], arguments].concat());
        assert!(run.code == 0 || run.code == 3, "{name}: {}", run.err);
        let path = self.folder.path().join(format!("{name}.html"));
        std::fs::write(&path, run.out).unwrap();
        self.pages.push(Page { name, path });
    }
}

fn node(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "uid": format!("uid-{name}"), "labels": {"kubernetes.io/hostname": "h", "hostile": "yes"}},
        "spec": {},
        "status": {"allocatable": {"cpu": "16", "memory": "64Gi", "pods": "110"},
            "conditions": [{"type": "Ready", "status": "True"}]}})
}

fn pod(name: &str, node: &str, owner: &str, app: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"namespace": "shop", "name": name, "uid": format!("uid-{name}"), "labels": {"app": app},
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": owner, "uid": format!("uid-{owner}"), "controller": true}]},
        "spec": {"nodeName": node, "terminationGracePeriodSeconds": 30, "schedulerName": "default-scheduler",
            "containers": [{"name": "c", "image": "i", "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}}}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:12Z"}]}})
}

fn replica_set(name: &str, replicas: usize) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {"namespace": "shop", "name": name, "uid": format!("uid-{name}")},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}},
        "status": {"replicas": replicas}})
}

fn budget(name: &str, app: &str, healthy: usize, allowed: usize) -> Value {
    json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
        "metadata": {"namespace": "shop", "name": name, "uid": format!("uid-pdb-{name}"), "generation": 1},
        "spec": {"maxUnavailable": allowed, "selector": {"matchLabels": {"app": app}}},
        "status": {"observedGeneration": 1, "disruptionsAllowed": allowed, "currentHealthy": healthy,
            "desiredHealthy": healthy - allowed, "expectedPods": healthy}})
}

/// 500 pods of 25 workloads on 20 nodes that are drained, and 40 nodes with room.
fn large() -> Vec<Value> {
    let mut items = Vec::new();
    items.extend((0..20).map(|at| node(&format!("worker-{at:02}"))));
    items.extend((0..40).map(|at| {
        node(&format!(
            "a-node-with-a-rather-long-name-{at:02}.eu-central-1.compute.internal"
        ))
    }));
    for app in 0..25 {
        let owner = format!("workload-with-a-long-name-{app:02}");
        items.push(replica_set(&owner, 20));
        items.push(budget(&owner, &owner, 20, 1 + app % 6));
        for at in 0..20 {
            let name = format!("{owner}-7d9f8b6c54-{at:05}");
            items.push(pod(&name, &format!("worker-{at:02}"), &owner, &owner));
        }
    }
    items
}

/// Names that no server would take, as a file may have them.
fn hostile() -> Vec<Value> {
    let mut items = vec![node(HOSTILE), node("n2")];
    let long = "x".repeat(253);
    items.push(node(&long));
    items.push(replica_set(HOSTILE, 2));
    items.push(budget(HOSTILE, "web", 2, 1));
    items.push(pod(HOSTILE, HOSTILE, HOSTILE, "web"));
    items.push(pod(&long, &long, HOSTILE, "web"));
    items
}
