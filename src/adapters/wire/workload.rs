//! Everything that makes pods: the fields that tell whether it will make them again.

use serde::Deserialize;

use super::error::ConvertError;
use super::lenient::null_as_default;
use super::meta::Meta;
use crate::domain::owner::{self as domain, WorkloadState};
use crate::domain::pod::ControllerRef;

/// A ReplicaSet, StatefulSet, Deployment, DaemonSet, Job or ReplicationController.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Workload {
    /// `apiVersion`; the server leaves it out of the items of a list.
    pub api_version: Option<String>,
    /// `kind`; likewise.
    pub kind: Option<String>,
    /// `metadata`.
    #[serde(deserialize_with = "null_as_default")]
    pub metadata: Meta,
    /// `spec`.
    #[serde(deserialize_with = "null_as_default")]
    pub spec: WorkloadSpec,
}

/// A workload's `spec`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct WorkloadSpec {
    /// `replicas`; absent for kinds that have none.
    pub replicas: Option<i64>,
}

impl TryFrom<Workload> for domain::Workload {
    type Error = ConvertError;

    /// Converts; fails without a kind, an apiVersion or a name.
    fn try_from(workload: Workload) -> Result<Self, ConvertError> {
        let metadata = workload.metadata;
        let shown = workload.kind.as_deref().unwrap_or("object");
        metadata.require_name(shown)?;
        let missing = |field| ConvertError::new(metadata.describe(shown), field, "is missing");
        let (Some(api_version), Some(kind)) = (&workload.api_version, &workload.kind) else {
            let field = match &workload.kind {
                None => "kind",
                Some(_) => "apiVersion",
            };
            return Err(missing(field));
        };
        Ok(domain::Workload {
            controller: metadata.controller(),
            replicas: workload.spec.replicas,
            state: match metadata.deletion_timestamp {
                Some(_) => WorkloadState::Ending,
                None => WorkloadState::Active,
            },
            id: ControllerRef {
                api_version: api_version.clone(),
                kind: kind.clone(),
                name: metadata.name,
                uid: metadata.uid,
            },
            namespace: metadata.namespace,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<domain::Workload, ConvertError> {
        serde_json::from_str::<Workload>(json).unwrap().try_into()
    }

    #[test]
    fn a_workload_tells_who_owns_it_and_whether_it_ends() {
        let workload = read(
            r#"{"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web-1", "namespace": "shop", "uid": "u",
                "deletionTimestamp": "2026-01-01T00:00:00Z",
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "d", "controller": true}]},
                "spec": {"replicas": 3}}"#,
        )
        .unwrap();
        assert_eq!(workload.state, WorkloadState::Ending);
        assert_eq!(workload.replicas, Some(3));
        assert_eq!(workload.controller.unwrap().name, "web");
        assert_eq!(workload.id.api_version, "apps/v1");
    }

    #[test]
    fn an_object_that_does_not_say_what_it_is_is_refused() {
        assert_eq!(
            read(r#"{"metadata": {"name": "web", "namespace": "shop"}}"#)
                .unwrap_err()
                .to_string(),
            "object shop/web: kind: is missing"
        );
    }
}
