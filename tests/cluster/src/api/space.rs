//! A test's own corner of the shared cluster: a namespace, a prefix for nodes, and the
//! label that keeps everybody's pods on their own nodes.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, ListParams};
use kube::{Api, Resource};
use serde_json::{Value, json};

use super::budgets::BudgetDraft;
use super::cluster::{Cluster, shared};
use super::must;
use super::nodes::NodeDraft;
use super::pods::{Kind, PodDraft};
use super::users::UserDraft;
use crate::files;

/// The label on every node, pod and namespace of a space; its value is the space's name.
pub(super) const SPACE_LABEL: &str = "nodemaint.dev/space";
/// Longest part of a test's name that goes into the space's name.
const HINT_LENGTH: usize = 24;

/// A new space on the shared cluster; `hint`, usually the test's name, leads its name.
#[track_caller]
pub fn space(hint: &str) -> Space {
    Space::new(shared(), hint)
}

/// What the server made of a draft.
#[derive(Debug, Clone)]
pub struct Made {
    object: Value,
}

impl Made {
    /// The object as the server answered it.
    pub fn object(&self) -> &Value {
        &self.object
    }

    /// `metadata.name`.
    pub fn name(&self) -> &str {
        self.metadata("name")
    }

    /// `metadata.uid`.
    pub fn uid(&self) -> &str {
        self.metadata("uid")
    }

    /// `metadata.resourceVersion`.
    pub fn resource_version(&self) -> &str {
        self.metadata("resourceVersion")
    }

    fn metadata(&self, field: &str) -> &str {
        self.object["metadata"][field].as_str().unwrap_or_default()
    }
}

impl From<Value> for Made {
    fn from(object: Value) -> Self {
        Self { object }
    }
}

impl AsRef<str> for Made {
    fn as_ref(&self) -> &str {
        self.name()
    }
}

/// A namespace and nodes that belong to one test. What is in it is deleted, without
/// waiting, when it is dropped.
pub struct Space {
    cluster: &'static Cluster,
    name: String,
    made: AtomicU32,
}

impl Space {
    #[track_caller]
    pub(super) fn new(cluster: &'static Cluster, hint: &str) -> Self {
        let unique = must("a name", files::random_hex(3));
        let name = format!("{}-{unique}", dns_label(hint));
        let space = Self {
            cluster,
            name,
            made: AtomicU32::new(0),
        };
        let labels = json!({ SPACE_LABEL: space.name });
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space.name, "labels": labels}});
        space.post("/api/v1/namespaces", namespace);
        // The admission plugin refuses pods before it exists.
        let path = format!("/api/v1/namespaces/{}/serviceaccounts/default", space.name);
        super::wait_for("the space's ServiceAccount", || space.try_get(&path));
        space
    }

    /// Its name, unique in the cluster: that of the namespace, and the prefix of the nodes.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The cluster it is on.
    pub fn cluster(&self) -> &'static Cluster {
        self.cluster
    }

    /// A name for something outside the namespace, different at each call.
    pub(super) fn unique(&self) -> String {
        format!(
            "{}-{}",
            self.name,
            self.made.fetch_add(1, Ordering::Relaxed)
        )
    }

    /// The full name of this space's node `short`.
    pub fn node_name(&self, short: &str) -> String {
        format!("{}-{short}", self.name)
    }

    /// A text with this space's names made equal from run to run: node `<space>-a` becomes
    /// `a`, the namespace becomes `space`.
    pub fn tidy(&self, text: &str) -> String {
        text.replace(&format!("{}-", self.name), "")
            .replace(&self.name, "space")
    }

    /// An administrator's kubeconfig whose namespace is this space's.
    pub fn kubeconfig(&self) -> PathBuf {
        self.write_kubeconfig(files::ADMIN, self.cluster.token(files::ADMIN))
    }

    pub(super) fn write_kubeconfig(&self, user: &str, token: &str) -> PathBuf {
        let cluster = self.cluster.description();
        let text = files::kubeconfig(&cluster.server, &cluster.ca, user, token, Some(&self.name));
        let path = cluster
            .folder
            .join(format!("{}-{user}.kubeconfig", self.name));
        must("writing a kubeconfig", std::fs::write(&path, text));
        path
    }

    /// The real kubectl as administrator in this space's namespace.
    pub fn kubectl<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        self.cluster.kubectl(&self.kubeconfig(), arguments)
    }

    /// Runs the real kubectl as administrator and returns what it printed.
    ///
    /// # Panics
    /// When kubectl fails.
    #[track_caller]
    pub fn kubectl_ok<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> String {
        let Output {
            status,
            stdout,
            stderr,
        } = must("kubectl", self.kubectl(arguments).output());
        assert!(
            status.success(),
            "kubectl: {status}\n{}",
            String::from_utf8_lossy(&stderr)
        );
        String::from_utf8_lossy(&stdout).into_owned()
    }

    /// Starts a node, named `<space>-<short>`.
    pub fn node(&self, short: &str) -> NodeDraft<'_> {
        NodeDraft::new(self, short)
    }

    /// Makes several nodes and returns when all are Ready.
    #[track_caller]
    pub fn nodes<const N: usize>(&self, shorts: [&str; N]) -> [Made; N] {
        let posted = shorts.map(|short| self.node(short).create_unready());
        posted.map(|node| super::nodes::wait_ready(self, node.name()))
    }

    /// Starts a pod without an owner.
    pub fn pod(&self, name: &str) -> PodDraft<'_> {
        PodDraft::new(self, Kind::Pod, name)
    }

    /// Starts a Deployment.
    pub fn deployment(&self, name: &str) -> PodDraft<'_> {
        PodDraft::new(self, Kind::Deployment, name)
    }

    /// Starts a ReplicaSet.
    pub fn replica_set(&self, name: &str) -> PodDraft<'_> {
        PodDraft::new(self, Kind::ReplicaSet, name)
    }

    /// Starts a StatefulSet.
    pub fn stateful_set(&self, name: &str) -> PodDraft<'_> {
        PodDraft::new(self, Kind::StatefulSet, name)
    }

    /// Starts a DaemonSet; it runs on the nodes of this space only.
    pub fn daemon_set(&self, name: &str) -> PodDraft<'_> {
        PodDraft::new(self, Kind::DaemonSet, name)
    }

    /// Starts a Job; its pods run on unless told to finish.
    pub fn job(&self, name: &str) -> PodDraft<'_> {
        PodDraft::new(self, Kind::Job, name)
    }

    /// Starts a PodDisruptionBudget over the pods labelled `app=<name>`.
    pub fn budget(&self, name: &str) -> BudgetDraft<'_> {
        BudgetDraft::new(self, name)
    }

    /// Starts a user without rights.
    pub fn user(&self, name: &str) -> UserDraft<'_> {
        UserDraft::new(self, name)
    }

    /// The pods of the namespace, sorted by name.
    #[track_caller]
    pub fn pods(&self) -> Vec<Pod> {
        let api = Api::<Pod>::namespaced(self.cluster.client(), &self.name);
        let list = self
            .cluster
            .run(async move { api.list(&ListParams::default()).await });
        let mut pods = must("listing pods", list).items;
        pods.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
        pods
    }

    /// The pods of the namespace that are bound to a node, sorted by name.
    #[track_caller]
    pub fn pods_on(&self, node: impl AsRef<str>) -> Vec<Pod> {
        let mut pods = self.pods();
        pods.retain(|pod| {
            pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) == Some(node.as_ref())
        });
        pods
    }

    /// An object by its path, as JSON; `None` when there is none.
    ///
    /// # Panics
    /// On any other answer than success and 404.
    #[track_caller]
    pub fn get(&self, path: &str) -> Option<Value> {
        match self.try_get(path) {
            Ok(object) => Some(object),
            Err(kube::Error::Api(status)) if status.code == 404 => None,
            Err(error) => panic!("GET {path}: {error}"),
        }
    }

    /// A node of this space, by its full name.
    #[track_caller]
    pub fn get_node(&self, name: impl AsRef<str>) -> Option<Value> {
        self.get(&format!("/api/v1/nodes/{}", name.as_ref()))
    }

    /// A pod of this space.
    #[track_caller]
    pub fn get_pod(&self, name: impl AsRef<str>) -> Option<Value> {
        self.get(&format!(
            "/api/v1/namespaces/{}/pods/{}",
            self.name,
            name.as_ref()
        ))
    }

    /// Creates an object from JSON at a collection's path, refusing unknown fields.
    #[track_caller]
    pub fn post(&self, path: &str, object: Value) -> Made {
        Made {
            object: must(&format!("POST {path}"), self.try_post(path, object)),
        }
    }

    /// As [`Space::post`], with the server's refusal as an answer.
    ///
    /// # Errors
    /// What the server answered.
    pub fn try_post(&self, path: &str, object: Value) -> kube::Result<Value> {
        let separator = if path.contains('?') { '&' } else { '?' };
        self.send(
            "POST",
            "application/json",
            format!("{path}{separator}fieldValidation=Strict"),
            object,
        )
    }

    /// Applies a JSON merge patch to an object by its path, such as
    /// `/api/v1/nodes/NAME/status`.
    #[track_caller]
    pub fn patch(&self, path: &str, patch: Value) -> Value {
        let patched = self.send(
            "PATCH",
            "application/merge-patch+json",
            path.to_owned(),
            patch,
        );
        must(&format!("PATCH {path}"), patched)
    }

    /// Applies a strategic merge patch: lists such as conditions are merged by their key.
    #[track_caller]
    pub fn patch_strategic(&self, path: &str, patch: Value) -> Value {
        let patched = self.send(
            "PATCH",
            "application/strategic-merge-patch+json",
            path.to_owned(),
            patch,
        );
        must(&format!("PATCH {path}"), patched)
    }

    /// Deletes an object by its path with options (`json!({})` for none); absent is fine.
    #[track_caller]
    pub fn delete(&self, path: &str, options: Value) {
        match self.send("DELETE", "application/json", path.to_owned(), options) {
            Ok(_) => {}
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            Err(error) => panic!("DELETE {path}: {error}"),
        }
    }

    /// A typed handle in this space's namespace, for what the helpers do not cover; its
    /// futures go through [`Cluster::run`].
    pub fn api<K>(&self) -> Api<K>
    where
        K: Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()>,
    {
        Api::namespaced(self.cluster.client(), &self.name)
    }

    pub(super) fn try_get(&self, path: &str) -> kube::Result<Value> {
        self.send("GET", "application/json", path.to_owned(), Value::Null)
    }

    fn send(
        &self,
        method: &str,
        content_type: &str,
        path: String,
        body: Value,
    ) -> kube::Result<Value> {
        let body = if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        };
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header(http::header::CONTENT_TYPE, content_type)
            .body(body)
            .map_err(kube::Error::HttpError)?;
        let client = self.cluster.client();
        self.cluster
            .run(async move { client.request::<Value>(request).await })
    }
}

impl Drop for Space {
    /// Deletes the nodes and the namespace without waiting: the next test need not.
    fn drop(&mut self) {
        let client = self.cluster.client();
        let (label, name) = (format!("{SPACE_LABEL}={}", self.name), self.name.clone());
        self.cluster.spawn(async move {
            // The cluster may be ending at the same time; then everything goes anyway.
            let nodes = Api::<k8s_openapi::api::core::v1::Node>::all(client.clone());
            let _ = nodes
                .delete_collection(
                    &DeleteParams::default(),
                    &ListParams::default().labels(&label),
                )
                .await;
            let namespaces = Api::<k8s_openapi::api::core::v1::Namespace>::all(client);
            let _ = namespaces.delete(&name, &DeleteParams::background()).await;
        });
    }
}

/// The part of a hint that may stand in a name.
fn dns_label(hint: &str) -> String {
    let last = hint.rsplit("::").next().unwrap_or(hint);
    let clean: String = last
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect();
    let short: String = clean.trim_matches('-').chars().take(HINT_LENGTH).collect();
    let short = short.trim_matches('-');
    if short.is_empty() {
        "space".to_owned()
    } else {
        short.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_becomes_a_name() {
        assert_eq!(dns_label("drain::waits_for_BUDGET"), "waits-for-budget");
        assert_eq!(dns_label("__"), "space");
        assert_eq!(
            dns_label("a_very_long_name_of_a_test_that_goes_on"),
            "a-very-long-name-of-a-te"
        );
    }
}
