//! Writes a snapshot: API objects with only the fields that are read back, so that no secret can be in it.
//!
//! No environment, no command, no annotation but those that mean something to this program. Objects that were read for
//! the file are written as `project` left them; the others are written anew from what is known of them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::Serialize;
use serde_json::Value;

use super::document::{ClusterHead, Contents, SchedulingHead, UnreadEntry, UnresolvedOwner};
use super::objects::{ObjectKey, Objects};
use super::{API_VERSION, KIND};
use crate::adapters::wire;
use crate::domain::budget::{Amount, Budget, SyncState, UnhealthyPolicy};
use crate::domain::labels::{LabelSelector, Labels, Operator};
use crate::domain::node::{ListWrite, Node, NodeHealth};
use crate::domain::owner::{OwnerLookup, Workload, WorkloadState};
use crate::domain::pod::{ControllerRef, LocalData, Origin, Phase, Pod, Readiness};
use crate::domain::snapshot::Snapshot;

/// Annotations of nodes that are kept: our own marks.
pub(super) const KEPT_ANNOTATIONS: &str = "nodemaint.dev/";

/// The text form of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// YAML.
    Yaml,
    /// JSON.
    Json,
}

impl Format {
    /// Returns the form that a file's name asks for: JSON for `.json`, otherwise YAML.
    pub fn of_path(path: &std::path::Path) -> Format {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("json") => Format::Json,
            _ => Format::Yaml,
        }
    }
}

/// Writes a snapshot as text.
///
/// # Errors
///
/// When the serializer fails, in its words; no snapshot that was read from a cluster makes it fail.
pub fn render(snapshot: &Snapshot, objects: &Objects, format: Format) -> Result<String, String> {
    let document = document(snapshot, objects)?;
    match format {
        Format::Yaml => serde_saphyr::to_string(&document).map_err(|cause| cause.to_string()),
        Format::Json => serde_json::to_string_pretty(&document)
            .map(|text| text + "\n")
            .map_err(|cause| cause.to_string()),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    api_version: &'static str,
    kind: &'static str,
    cluster: ClusterHead,
    taken_at: jiff::Timestamp,
    unread: Vec<UnreadEntry>,
    unresolved_owners: Vec<UnresolvedOwner>,
    scheduling: SchedulingHead,
    items: Vec<Value>,
    contents: Contents,
}

/// One API object; absent parts are left out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    api_version: String,
    kind: String,
    metadata: Meta,
    #[serde(skip_serializing_if = "Option::is_none")]
    spec: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<serde_json::Value>,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct Meta {
    #[serde(skip_serializing_if = "String::is_empty")]
    namespace: String,
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    uid: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    resource_version: String,
    #[serde(skip_serializing_if = "is_zero")]
    generation: i64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: Labels,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    creation_timestamp: Option<jiff::Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion_timestamp: Option<jiff::Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion_grace_period_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    owner_references: Vec<OwnerReference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    managed_fields: Vec<serde_json::Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OwnerReference {
    api_version: String,
    kind: String,
    name: String,
    uid: String,
    controller: bool,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature is serde's"
)]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

fn document(snapshot: &Snapshot, objects: &Objects) -> Result<Document, String> {
    let owners = snapshot.owners.values().filter_map(|lookup| match lookup {
        OwnerLookup::Found(workload) => Some(owner(workload)),
        OwnerLookup::Gone | OwnerLookup::Unreadable { .. } => None,
    });
    let ending = snapshot.ending_namespaces.iter();
    let known = ending
        .map(|name| namespace(name))
        .chain(snapshot.nodes.values().map(node))
        .chain(owners)
        .chain(snapshot.budgets.iter().map(budget))
        .chain(snapshot.pods.iter().map(pod));
    let mut items = objects.items.clone();
    for item in known {
        let key = ObjectKey::new(&item.kind, &item.metadata.namespace, &item.metadata.name);
        if let Entry::Vacant(place) = items.entry(key) {
            place.insert(serde_json::to_value(item).map_err(|cause| cause.to_string())?);
        }
    }
    let unread_kinds = objects.missing().map(|(what, reason)| UnreadEntry {
        what: what.to_owned(),
        reason: reason.to_owned(),
    });
    Ok(Document {
        api_version: API_VERSION,
        kind: KIND,
        cluster: ClusterHead {
            server: snapshot.cluster.server.clone(),
            version: snapshot.cluster.version.clone(),
        },
        taken_at: snapshot.taken_at,
        unread: unread(snapshot),
        unresolved_owners: unresolved(snapshot),
        scheduling: SchedulingHead {
            kinds: objects.kinds.iter().cloned().collect(),
            unread: unread_kinds.collect(),
        },
        contents: Contents {
            objects: items.len(),
        },
        items: items.into_values().collect(),
    })
}

fn unread(snapshot: &Snapshot) -> Vec<UnreadEntry> {
    let entry = |unread: &crate::domain::snapshot::Unread| UnreadEntry {
        what: unread.what.clone(),
        reason: unread.reason.clone(),
    };
    snapshot.unread.iter().map(entry).collect()
}

fn unresolved(snapshot: &Snapshot) -> Vec<UnresolvedOwner> {
    snapshot
        .owners
        .iter()
        .filter_map(|((namespace, controller), lookup)| {
            let unreadable = match lookup {
                OwnerLookup::Found(_) => return None,
                OwnerLookup::Gone => None,
                OwnerLookup::Unreadable { reason } => Some(reason.clone()),
            };
            Some(UnresolvedOwner {
                namespace: namespace.clone(),
                api_version: controller.api_version.clone(),
                kind: controller.kind.clone(),
                name: controller.name.clone(),
                uid: controller.uid.clone(),
                unreadable,
            })
        })
        .collect()
}

fn item(api_version: &str, kind: &str, metadata: Meta) -> Item {
    Item {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        metadata,
        spec: None,
        status: None,
    }
}

fn references(controller: Option<&ControllerRef>) -> Vec<OwnerReference> {
    let reference = controller.map(|controller| OwnerReference {
        api_version: controller.api_version.clone(),
        kind: controller.kind.clone(),
        name: controller.name.clone(),
        uid: controller.uid.clone(),
        controller: true,
    });
    reference.into_iter().collect()
}

fn namespace(name: &str) -> Item {
    let metadata = Meta {
        name: name.to_owned(),
        ..Meta::default()
    };
    Item {
        status: Some(serde_json::json!({"phase": "Terminating"})),
        ..item("v1", "Namespace", metadata)
    }
}

fn node(node: &Node) -> Item {
    let metadata = Meta {
        name: node.id.name.clone(),
        uid: node.id.uid.clone(),
        resource_version: node.resource_version.clone(),
        labels: node.labels.clone(),
        annotations: node
            .annotations
            .iter()
            .filter(|(key, _)| key.starts_with(KEPT_ANNOTATIONS))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
        managed_fields: node.taints_written.iter().map(managed).collect(),
        ..Meta::default()
    };
    let ready = match node.health {
        NodeHealth::Ready => "True",
        NodeHealth::NotReady => "False",
        NodeHealth::Unreachable => "Unknown",
    };
    let mut spec = serde_json::Map::new();
    if node.is_cordoned() {
        spec.insert("unschedulable".to_owned(), true.into());
    }
    if !node.taints.is_empty() {
        let taints: Vec<wire::Taint> = node.taints.iter().map(wire::Taint::from).collect();
        spec.insert("taints".to_owned(), serde_json::json!(taints));
    }
    Item {
        spec: (!spec.is_empty()).then(|| spec.into()),
        status: Some(serde_json::json!({"conditions": [{"type": "Ready", "status": ready}]})),
        ..item("v1", "Node", metadata)
    }
}

fn managed(write: &ListWrite) -> serde_json::Value {
    let fields = serde_json::json!({"f:spec": {"f:taints": {}}});
    serde_json::json!({"manager": write.by, "time": write.at, "fieldsV1": fields})
}

fn owner(workload: &Workload) -> Item {
    let metadata = Meta {
        namespace: workload.namespace.clone(),
        name: workload.id.name.clone(),
        uid: workload.id.uid.clone(),
        // Only that it ends is known, not since when.
        deletion_timestamp: (workload.state == WorkloadState::Ending)
            .then(jiff::Timestamp::default),
        owner_references: references(workload.controller.as_ref()),
        ..Meta::default()
    };
    Item {
        spec: workload
            .replicas
            .map(|replicas| serde_json::json!({"replicas": replicas})),
        ..item(&workload.id.api_version, &workload.id.kind, metadata)
    }
}

fn pod(pod: &Pod) -> Item {
    let mut annotations = BTreeMap::new();
    if pod.origin == Origin::Mirror {
        annotations.insert(
            "kubernetes.io/config.mirror".to_owned(),
            "mirror".to_owned(),
        );
    }
    let metadata = Meta {
        namespace: pod.id.namespace.clone(),
        name: pod.id.name.clone(),
        uid: pod.id.uid.clone(),
        labels: pod.labels.clone(),
        annotations,
        creation_timestamp: pod.created,
        deletion_timestamp: pod.deletion.as_ref().map(|deletion| deletion.timestamp),
        deletion_grace_period_seconds: pod.deletion.as_ref().and_then(|d| d.grace_seconds),
        owner_references: references(pod.controller.as_ref()),
        ..Meta::default()
    };
    Item {
        spec: Some(pod_spec(pod)),
        status: Some(pod_status(pod)),
        ..item("v1", "Pod", metadata)
    }
}

fn pod_spec(pod: &Pod) -> serde_json::Value {
    let mut spec = serde_json::Map::new();
    if let Some(node) = &pod.node {
        spec.insert("nodeName".to_owned(), node.as_str().into());
    }
    if let Some(seconds) = pod.grace_seconds {
        spec.insert("terminationGracePeriodSeconds".to_owned(), seconds.into());
    }
    if pod.priority != 0 {
        spec.insert("priority".to_owned(), pod.priority.into());
    }
    if !pod.tolerations.is_empty() {
        let tolerations: Vec<wire::Toleration> =
            pod.tolerations.iter().map(wire::Toleration::from).collect();
        spec.insert("tolerations".to_owned(), serde_json::json!(tolerations));
    }
    if !pod.local_data.is_empty() {
        let volumes: Vec<serde_json::Value> = pod.local_data.iter().map(volume).collect();
        spec.insert("volumes".to_owned(), volumes.into());
    }
    spec.into()
}

fn volume(data: &LocalData) -> serde_json::Value {
    match data {
        LocalData::EmptyDir {
            volume,
            medium,
            size_limit,
        } => {
            let mut source = serde_json::Map::new();
            if !medium.is_empty() {
                source.insert("medium".to_owned(), medium.as_str().into());
            }
            if let Some(limit) = size_limit {
                source.insert("sizeLimit".to_owned(), limit.as_str().into());
            }
            serde_json::json!({"name": volume, "emptyDir": source})
        }
        LocalData::HostPath { volume, path } => {
            serde_json::json!({"name": volume, "hostPath": {"path": path}})
        }
    }
}

fn pod_status(pod: &Pod) -> serde_json::Value {
    let phase = match pod.phase {
        Phase::Pending => "Pending",
        Phase::Running => "Running",
        Phase::Succeeded => "Succeeded",
        Phase::Failed => "Failed",
        Phase::Unknown => "Unknown",
    };
    let ready = match pod.readiness {
        Readiness::Ready => "True",
        Readiness::NotReady => "False",
    };
    serde_json::json!({"phase": phase, "conditions": [{"type": "Ready", "status": ready}]})
}

fn budget(budget: &Budget) -> Item {
    let metadata = Meta {
        namespace: budget.id.namespace.clone(),
        name: budget.id.name.clone(),
        uid: budget.uid.clone(),
        generation: budget.generation,
        ..Meta::default()
    };
    Item {
        spec: Some(budget_spec(budget)),
        status: Some(budget_status(budget)),
        ..item("policy/v1", "PodDisruptionBudget", metadata)
    }
}

fn budget_spec(budget: &Budget) -> serde_json::Value {
    let mut spec = serde_json::Map::new();
    if let Some(selector) = &budget.selector {
        spec.insert("selector".to_owned(), selector_value(selector));
    }
    if let Some(amount) = &budget.min_available {
        spec.insert("minAvailable".to_owned(), amount_value(amount));
    }
    if let Some(amount) = &budget.max_unavailable {
        spec.insert("maxUnavailable".to_owned(), amount_value(amount));
    }
    if budget.unhealthy_policy == UnhealthyPolicy::AlwaysAllow {
        let key = "unhealthyPodEvictionPolicy".to_owned();
        spec.insert(key, "AlwaysAllow".into());
    }
    spec.into()
}

fn selector_value(selector: &LabelSelector) -> serde_json::Value {
    let expressions: Vec<serde_json::Value> = selector
        .requirements
        .iter()
        .map(|requirement| {
            let key = &requirement.key;
            match &requirement.operator {
                Operator::In(values) => {
                    serde_json::json!({"key": key, "operator": "In", "values": values})
                }
                Operator::NotIn(values) => {
                    serde_json::json!({"key": key, "operator": "NotIn", "values": values})
                }
                Operator::Exists => serde_json::json!({"key": key, "operator": "Exists"}),
                Operator::DoesNotExist => {
                    serde_json::json!({"key": key, "operator": "DoesNotExist"})
                }
            }
        })
        .collect();
    if expressions.is_empty() {
        return serde_json::json!({});
    }
    serde_json::json!({"matchExpressions": expressions})
}

fn amount_value(amount: &Amount) -> serde_json::Value {
    match amount {
        Amount::Count(count) => (*count).into(),
        Amount::Percent(percent) => format!("{percent}%").into(),
    }
}

fn budget_status(budget: &Budget) -> serde_json::Value {
    let status = &budget.status;
    let mut value = serde_json::json!({
        "disruptionsAllowed": status.disruptions_allowed,
        "currentHealthy": status.current_healthy,
        "desiredHealthy": status.desired_healthy,
        "expectedPods": status.expected_pods,
    });
    if let Some(generation) = status.observed_generation {
        value["observedGeneration"] = generation.into();
    }
    if !status.disrupted_pods.is_empty() {
        value["disruptedPods"] = serde_json::json!(status.disrupted_pods);
    }
    if let SyncState::Failed { message } = &status.sync {
        value["conditions"] = serde_json::json!([{
            "type": "DisruptionAllowed", "status": "False", "reason": "SyncFailed", "message": message,
        }]);
    }
    value
}
