//! Nodes and their taints.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::ConvertError;
use super::lenient::null_as_default;
use super::meta::{Condition, Meta, Skipped, parse_time};
use crate::domain::node::{self as domain, ListWrite, NodeHealth, NodeRef, Scheduling};
use crate::domain::taint::{self, Effect};

const KIND: &str = "Node";

/// A Node.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct Node {
    /// `metadata`.
    #[serde(deserialize_with = "null_as_default")]
    pub metadata: Meta<BTreeMap<String, String>, Vec<ManagedFields>>,
    /// `spec`.
    #[serde(deserialize_with = "null_as_default")]
    pub spec: NodeSpec,
    /// `status`.
    #[serde(deserialize_with = "null_as_default")]
    pub status: NodeStatus,
}

/// One entry of `metadata.managedFields`, as far as it is about the list of taints.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ManagedFields {
    /// `manager`.
    #[serde(deserialize_with = "null_as_default")]
    pub manager: String,
    /// `time`, RFC 3339.
    pub time: Option<String>,
    /// `fieldsV1`.
    #[serde(rename = "fieldsV1", deserialize_with = "null_as_default")]
    pub fields: ManagedNode,
}

/// The fields of a node that one manager wrote.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct ManagedNode {
    /// Those of `spec`.
    #[serde(rename = "f:spec", deserialize_with = "null_as_default")]
    pub spec: ManagedSpec,
}

/// The fields of a node's `spec` that one manager wrote.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct ManagedSpec {
    /// There where the manager wrote the list of taints, which has one manager as a whole.
    #[serde(rename = "f:taints")]
    pub taints: Option<Skipped>,
}

/// A node's `spec`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NodeSpec {
    /// `unschedulable`.
    pub unschedulable: Option<bool>,
    /// `taints`.
    #[serde(deserialize_with = "null_as_default")]
    pub taints: Vec<Taint>,
}

/// A node's `status`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NodeStatus {
    /// `conditions`.
    #[serde(deserialize_with = "null_as_default")]
    pub conditions: Vec<Condition>,
}

/// One entry of `spec.taints`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Taint {
    /// `key`.
    #[serde(deserialize_with = "null_as_default")]
    pub key: String,
    /// `value`; empty where there is none.
    #[serde(
        deserialize_with = "null_as_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub value: String,
    /// `effect`.
    #[serde(deserialize_with = "null_as_default")]
    pub effect: String,
    /// `timeAdded`, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_added: Option<String>,
}

impl TryFrom<Node> for domain::Node {
    type Error = ConvertError;

    /// Converts; fails without a name, or on a taint whose effect or time is not one.
    fn try_from(node: Node) -> Result<Self, ConvertError> {
        node.metadata.require_name(KIND)?;
        let object = node.metadata.describe(KIND);
        let taints = node
            .spec
            .taints
            .into_iter()
            .enumerate()
            .map(|(index, taint)| taint.into_domain(&object, index))
            .collect::<Result<_, _>>()?;
        Ok(domain::Node {
            id: NodeRef {
                name: node.metadata.name,
                uid: node.metadata.uid,
            },
            resource_version: node.metadata.resource_version,
            labels: node.metadata.labels,
            annotations: node.metadata.annotations,
            scheduling: match node.spec.unschedulable {
                Some(true) => Scheduling::Disabled,
                Some(false) | None => Scheduling::Enabled,
            },
            taints,
            health: health(&node.status.conditions),
            taints_written: written(&node.metadata.managed_fields),
        })
    }
}

/// Returns the last write of the list of taints. A time that cannot be read is none: nothing but a remark rests on it.
fn written(managed: &[ManagedFields]) -> Option<ListWrite> {
    let writes = managed
        .iter()
        .filter(|entry| entry.fields.spec.taints.is_some());
    let writes = writes.filter_map(|entry| {
        Some(ListWrite {
            by: entry.manager.clone(),
            at: entry.time.as_deref()?.parse().ok()?,
        })
    });
    writes.max_by_key(|write| write.at)
}

fn health(conditions: &[Condition]) -> NodeHealth {
    match Condition::find(conditions, "Ready").map(|ready| ready.status.as_str()) {
        Some("True") => NodeHealth::Ready,
        Some("False") => NodeHealth::NotReady,
        _ => NodeHealth::Unreachable,
    }
}

impl Taint {
    /// Converts; `object` and `index` name the place, for the error.
    pub(super) fn into_domain(
        self,
        object: &str,
        index: usize,
    ) -> Result<taint::Taint, ConvertError> {
        let effect = Effect::parse(&self.effect).ok_or_else(|| {
            ConvertError::new(
                object,
                format!("spec.taints[{index}].effect"),
                format!(
                    "{:?} is not NoSchedule, PreferNoSchedule or NoExecute",
                    self.effect
                ),
            )
        })?;
        let time_added = self
            .time_added
            .as_deref()
            .map(|text| {
                let field = format!("spec.taints[{index}].timeAdded");
                parse_time(text, || object.to_owned(), &field)
            })
            .transpose()?;
        Ok(taint::Taint {
            key: self.key,
            value: self.value,
            effect,
            time_added,
        })
    }
}

impl From<&taint::Taint> for Taint {
    fn from(taint: &taint::Taint) -> Taint {
        Taint {
            key: taint.key.clone(),
            value: taint.value.clone(),
            effect: taint.effect.as_str().to_owned(),
            time_added: taint.time_added.map(|time| time.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<domain::Node, ConvertError> {
        serde_json::from_str::<Node>(json).unwrap().try_into()
    }

    #[test]
    fn nulls_are_read_as_absent() {
        let node = read(
            r#"{"metadata": {"name": "n", "labels": null, "annotations": null},
                "spec": {"taints": null, "unschedulable": null}, "status": null}"#,
        )
        .unwrap();
        assert_eq!(node.taints, []);
        assert_eq!(node.scheduling, Scheduling::Enabled);
        assert_eq!(node.health, NodeHealth::Unreachable);
    }

    #[test]
    fn everything_that_a_write_needs_is_kept() {
        let node = read(
            r#"{"metadata": {"name": "n", "uid": "u", "resourceVersion": "7", "annotations": {"a": "b"}},
                "spec": {"unschedulable": true, "taints": [
                  {"key": "k", "effect": "NoExecute", "timeAdded": "2026-01-02T03:04:05Z"},
                  {"key": "k", "value": "v", "effect": "NoSchedule"}]},
                "status": {"conditions": [{"type": "Ready", "status": "False"}]}}"#,
        )
        .unwrap();
        assert_eq!(node.id.uid, "u");
        assert_eq!(node.resource_version, "7");
        assert_eq!(node.annotations["a"], "b");
        assert!(node.is_cordoned());
        assert_eq!(node.health, NodeHealth::NotReady);
        let written: Vec<Taint> = node.taints.iter().map(Taint::from).collect();
        assert_eq!(
            serde_json::to_value(written).unwrap(),
            serde_json::json!([
                {"key": "k", "effect": "NoExecute", "timeAdded": "2026-01-02T03:04:05Z"},
                {"key": "k", "value": "v", "effect": "NoSchedule"},
            ])
        );
    }

    #[test]
    fn who_wrote_the_list_of_taints_last_is_known() {
        let node = read(
            r#"{"metadata": {"name": "n", "managedFields": [
                {"manager": "kubelet", "operation": "Update", "time": "2026-01-03T00:00:00Z",
                  "fieldsV1": {"f:metadata": {}, "f:spec": {"f:podCIDR": {}}}},
                {"manager": "kubectl-taint", "time": "2026-01-02T00:00:00Z", "fieldsV1": {"f:spec": {"f:taints": {}}}},
                {"manager": "kube-controller-manager", "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:spec": {"f:taints": {}}}},
                {"manager": "odd", "time": null, "fieldsV1": null}]}}"#,
        )
        .unwrap();
        let write = node.taints_written.unwrap();
        assert_eq!(
            (write.by.as_str(), write.at.to_string().as_str()),
            ("kubectl-taint", "2026-01-02T00:00:00Z")
        );
        assert_eq!(
            read(r#"{"metadata": {"name": "n"}}"#)
                .unwrap()
                .taints_written,
            None
        );
    }

    #[test]
    fn errors_name_object_and_field() {
        let error = read(
            r#"{"metadata": {"name": "n"}, "spec": {"taints": [{"key": "k", "effect": "Nope"}]}}"#,
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"Node n: spec.taints[0].effect: "Nope" is not NoSchedule, PreferNoSchedule or NoExecute"#
        );
        assert_eq!(
            read("{}").unwrap_err().to_string(),
            "Node without a name: metadata.name: is missing"
        );
    }
}
