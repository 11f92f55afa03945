//! Pods.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::error::ConvertError;
use super::lenient::{null_as_default, quantity_text};
use super::meta::{Condition, Meta};
use super::toleration::{Toleration, tolerations};
use crate::domain::pod::{self as domain, LocalData, Origin, Phase, PodRef, Readiness};

const KIND: &str = "Pod";

/// A Pod.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Pod {
    /// `metadata`.
    #[serde(deserialize_with = "null_as_default")]
    pub metadata: Meta<PodAnnotations>,
    /// `spec`.
    #[serde(deserialize_with = "null_as_default")]
    pub spec: PodSpec,
    /// `status`.
    #[serde(deserialize_with = "null_as_default")]
    pub status: PodStatus,
}

/// The annotations that matter; others, often the largest part of a pod, are skipped while parsing.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct PodAnnotations {
    /// Present on the mirror of a static pod, whatever its value.
    #[serde(rename = "kubernetes.io/config.mirror")]
    pub mirror: Option<IgnoredAny>,
}

/// A pod's `spec`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PodSpec {
    /// `nodeName`.
    pub node_name: Option<String>,
    /// `terminationGracePeriodSeconds`.
    pub termination_grace_period_seconds: Option<i64>,
    /// `priority`.
    #[serde(deserialize_with = "null_as_default")]
    pub priority: i32,
    /// `tolerations`.
    #[serde(deserialize_with = "null_as_default")]
    pub tolerations: Vec<Toleration>,
    /// `volumes`.
    #[serde(deserialize_with = "null_as_default")]
    pub volumes: Vec<Volume>,
}

/// One entry of `spec.volumes`; both sources absent for every kind that does not live on the node.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Volume {
    /// `name`.
    #[serde(deserialize_with = "null_as_default")]
    pub name: String,
    /// `emptyDir`.
    pub empty_dir: Option<EmptyDir>,
    /// `hostPath`.
    pub host_path: Option<HostPath>,
}

/// An `emptyDir` source.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EmptyDir {
    /// `medium`.
    #[serde(deserialize_with = "null_as_default")]
    pub medium: String,
    /// `sizeLimit` as written.
    #[serde(deserialize_with = "quantity_text")]
    pub size_limit: Option<String>,
}

/// A `hostPath` source.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct HostPath {
    /// `path`.
    #[serde(deserialize_with = "null_as_default")]
    pub path: String,
}

/// A pod's `status`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct PodStatus {
    /// `phase`.
    #[serde(deserialize_with = "null_as_default")]
    pub phase: String,
    /// `conditions`.
    #[serde(deserialize_with = "null_as_default")]
    pub conditions: Vec<Condition>,
}

impl TryFrom<Pod> for domain::Pod {
    type Error = ConvertError;

    /// Converts; fails without a name, or on a time that is not one.
    fn try_from(pod: Pod) -> Result<Self, ConvertError> {
        let Pod {
            metadata,
            spec,
            status,
        } = pod;
        metadata.require_name(KIND)?;
        Ok(domain::Pod {
            created: metadata.created(KIND)?,
            deletion: metadata.deletion(KIND)?,
            controller: metadata.controller(),
            origin: match metadata.annotations.mirror {
                Some(IgnoredAny) => Origin::Mirror,
                None => Origin::Api,
            },
            id: PodRef {
                namespace: metadata.namespace,
                name: metadata.name,
                uid: metadata.uid,
            },
            labels: metadata.labels,
            node: spec.node_name.filter(|name| !name.is_empty()),
            phase: phase(&status.phase),
            readiness: readiness(&status.conditions),
            ready_since: ready_since(&status.conditions),
            local_data: spec.volumes.into_iter().filter_map(local_data).collect(),
            grace_seconds: spec.termination_grace_period_seconds,
            priority: spec.priority,
            tolerations: tolerations(spec.tolerations),
        })
    }
}

pub(super) fn phase(text: &str) -> Phase {
    match text {
        "Pending" => Phase::Pending,
        "Running" => Phase::Running,
        "Succeeded" => Phase::Succeeded,
        "Failed" => Phase::Failed,
        // Absent on a pod that was just made by a client that bypasses defaulting, or a phase of a later version.
        _ => Phase::Unknown,
    }
}

fn readiness(conditions: &[Condition]) -> Readiness {
    match Condition::find(conditions, "Ready") {
        Some(ready) if ready.status == "True" => Readiness::Ready,
        _ => Readiness::NotReady,
    }
}

/// Returns since when the pod is ready; only estimates rest on it, so that what is no time is none.
fn ready_since(conditions: &[Condition]) -> Option<Timestamp> {
    let ready = Condition::find(conditions, "Ready").filter(|ready| ready.status == "True")?;
    ready.last_transition_time.as_ref()?.parse().ok()
}

fn local_data(volume: Volume) -> Option<LocalData> {
    if let Some(empty_dir) = volume.empty_dir {
        return Some(LocalData::EmptyDir {
            volume: volume.name,
            medium: empty_dir.medium,
            size_limit: empty_dir.size_limit,
        });
    }
    volume.host_path.map(|host_path| LocalData::HostPath {
        volume: volume.name,
        path: host_path.path,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<domain::Pod, ConvertError> {
        serde_json::from_str::<Pod>(json).unwrap().try_into()
    }

    const FULL: &str = r#"{"metadata": {"name": "web-1", "namespace": "shop", "uid": "u", "labels": {"app": "web"},
        "creationTimestamp": "2026-01-01T00:00:00Z", "deletionTimestamp": "2026-01-01T00:01:00Z",
        "deletionGracePeriodSeconds": 30, "annotations": {"kubernetes.io/config.mirror": "abc", "other": "x"},
        "ownerReferences": [{"apiVersion": "v1", "kind": "Thing", "name": "t", "uid": "1"},
          {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "2", "controller": true}]},
      "spec": {"nodeName": "n", "terminationGracePeriodSeconds": 30, "priority": 5, "containers": [{"name": "c"}],
        "volumes": [{"name": "e", "emptyDir": {}}, {"name": "m", "emptyDir": {"medium": "Memory", "sizeLimit": 1024}},
          {"name": "h", "hostPath": {"path": "/var"}}, {"name": "c", "configMap": {"name": "x"}}]},
      "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True", "lastProbeTime": null,
        "lastTransitionTime": "2026-01-01T00:00:20Z"}]}}"#;

    #[test]
    fn a_full_pod_keeps_what_a_drain_needs() {
        let pod = read(FULL).unwrap();
        assert_eq!(pod.id.path(), "shop/web-1");
        assert_eq!(pod.controller.as_ref().unwrap().kind, "ReplicaSet");
        assert_eq!(pod.origin, Origin::Mirror);
        assert_eq!(pod.readiness, Readiness::Ready);
        assert_eq!(pod.ready_after_seconds(), Some(20));
        assert_eq!(pod.deletion.as_ref().unwrap().grace_seconds, Some(30));
        assert_eq!(pod.node.as_deref(), Some("n"));
        let empty_dir =
            |volume: &str, medium: &str, size_limit: Option<&str>| LocalData::EmptyDir {
                volume: volume.into(),
                medium: medium.into(),
                size_limit: size_limit.map(str::to_owned),
            };
        assert_eq!(
            pod.local_data,
            [
                empty_dir("e", "", None),
                empty_dir("m", "Memory", Some("1024")),
                LocalData::HostPath {
                    volume: "h".into(),
                    path: "/var".into()
                },
            ]
        );
    }

    #[test]
    fn yaml_reads_as_json_does() {
        let yaml = "
            metadata: {name: web-1, namespace: shop, labels: , creationTimestamp: 2026-01-01T00:00:00Z}
            spec: {nodeName: n, priority: 5, volumes: [{name: e, emptyDir: {}}]}
            status: {phase: Running, conditions: }
        ";
        let pod: domain::Pod = serde_saphyr::from_str::<Pod>(yaml)
            .unwrap()
            .try_into()
            .unwrap();
        assert_eq!(pod.created, Some("2026-01-01T00:00:00Z".parse().unwrap()));
        assert_eq!(pod.local_data.len(), 1);
        assert_eq!(pod.phase, Phase::Running);
    }

    #[test]
    fn odd_values_are_let_through_and_impossible_ones_are_named() {
        let pod = read(
            r#"{"metadata": {"name": "p", "annotations": null}, "spec": {"nodeName": ""}, "status": {"phase": "Later"}}"#,
        )
        .unwrap();
        assert_eq!(pod.phase, Phase::Unknown);
        assert_eq!(pod.node, None);
        assert_eq!(
            read(r#"{"metadata": {"name": "p", "namespace": "s", "deletionTimestamp": "soon"}}"#)
                .unwrap_err()
                .to_string(),
            r#"Pod s/p: metadata.deletionTimestamp: "soon" is not a time such as 2026-01-31T12:00:00Z"#
        );
    }
}
