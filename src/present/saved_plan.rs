//! A plan in a file: what was agreed on, to be carried out later exactly so or not at all.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::drain_plan::{DrainPlan, Fate, Node, Pod};

/// The document of `plan save`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SavedPlan {
    /// Always `nodemaint.dev/v1alpha1`.
    #[schemars(extend("const" = "nodemaint.dev/v1alpha1"))]
    pub api_version: String,
    /// Always `SavedPlan`.
    #[schemars(extend("const" = "SavedPlan"))]
    pub kind: String,
    /// The UID of the cluster's namespace `kube-system`, which tells clusters apart.
    pub cluster_uid: String,
    /// The flags that the plan was made with.
    pub flags: Flags,
    /// The plan.
    pub plan: DrainPlan,
}

/// The drain's flags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Flags {
    /// `--force`.
    pub force: bool,
    /// `--ignore-daemonsets`.
    pub ignore_daemonsets: bool,
    /// `--delete-emptydir-data`.
    pub delete_emptydir_data: bool,
    /// `--grace-period`.
    pub grace_period: i64,
    /// `--pod-selector`; null where none was given.
    pub pod_selector: Option<String>,
    /// `--disable-eviction`.
    pub disable_eviction: bool,
    /// `--skip-wait-for-delete-timeout`.
    pub skip_wait_for_delete_timeout: i64,
}

impl SavedPlan {
    /// The version of the document.
    pub const API_VERSION: &str = "nodemaint.dev/v1alpha1";
    /// The document's kind.
    pub const KIND: &str = "SavedPlan";

    /// Returns the nodes in the order in which they were planned.
    pub fn nodes(&self) -> Vec<String> {
        self.plan
            .nodes
            .iter()
            .map(|node| node.name.clone())
            .collect()
    }
}

/// Returns what is no longer as it was when a plan was saved, one line each.
///
/// Nodes and pods are compared by UID, pods by their fate too. In which wave a pod leaves and where its replacement lands
/// follows from a cluster that does not stand still, so that is not held against the plan.
pub fn differences(saved: &DrainPlan, now: &DrainPlan) -> Vec<String> {
    let mut found = Vec::new();
    for node in &saved.nodes {
        match now.nodes.iter().find(|other| other.name == node.name) {
            None => found.push(format!("node {} is not there", node.name)),
            Some(other) if other.uid != node.uid => found.push(format!(
                "node {} is another one: its UID was {:?} and is {:?}",
                node.name, node.uid, other.uid
            )),
            Some(other) => found.extend(pod_differences(node, other)),
        }
    }
    found
}

fn pod_differences(saved: &Node, now: &Node) -> Vec<String> {
    fn by_uid(node: &Node) -> BTreeMap<&str, &Pod> {
        node.pods
            .iter()
            .map(|pod| (pod.uid.as_str(), pod))
            .collect()
    }
    let (before, after) = (by_uid(saved), by_uid(now));
    let path = |pod: &Pod| format!("{}/{}", pod.namespace, pod.name);
    let mut found = Vec::new();
    for (uid, pod) in &before {
        match after.get(uid) {
            None => found.push(format!(
                "pod {} is gone from node {}",
                path(pod),
                saved.name
            )),
            Some(other) if other.fate != pod.fate => found.push(format!(
                "pod {}: was to be {}, and would be {} now",
                path(pod),
                word(pod.fate),
                word(other.fate)
            )),
            Some(_) => {}
        }
    }
    let new = after.iter().filter(|(uid, _)| !before.contains_key(*uid));
    found.extend(new.map(|(_, pod)| format!("pod {} is new on node {}", path(pod), now.name)));
    found
}

fn word(fate: Fate) -> &'static str {
    match fate {
        Fate::Evict => "evicted",
        Fate::Delete => "deleted",
        Fate::Skip => "left alone",
        Fate::Refused => "refused",
        Fate::Blocked => "blocked",
    }
}

#[cfg(test)]
#[path = "saved_plan_tests.rs"]
mod tests;
