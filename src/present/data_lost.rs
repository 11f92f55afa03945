//! Data that a pod loses when it leaves: what is deleted with it, and what stays on the node where its successor does not see it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::drain::fate::Fate;
use crate::domain::drain::plan::PodPlan;
use crate::domain::fit::bound_volumes::BoundVolume;
use crate::domain::pod::LocalData;

/// A volume whose data a pod loses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DataLost {
    /// The volume's name.
    pub volume: String,
    /// What kind of volume.
    pub kind: VolumeKind,
    /// What becomes of the data.
    pub becomes: Becomes,
    /// Of an emptyDir: `Memory`, `HugePages` and so on; empty is the node's disk.
    pub medium: String,
    /// Of an emptyDir: the limit as written; null without one.
    pub size_limit: Option<String>,
    /// Of a hostPath: the path on the node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Of a volume that only this node reaches: its claim, as `namespace/name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// Of a volume that only this node reaches: the PersistentVolume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persistent_volume: Option<String>,
}

/// Kinds of volumes whose data a pod may lose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum VolumeKind {
    /// `emptyDir`.
    EmptyDir,
    /// `hostPath`.
    HostPath,
    /// A PersistentVolume that no other node reaches: `local`, or bound to one node by its node affinity.
    LocalVolume,
}

/// What becomes of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Becomes {
    /// It is deleted with the pod.
    Deleted,
    /// It stays on the node; a successor elsewhere does not see it.
    LeftBehind,
    /// It stays on the node, and the successor waits until that takes pods again.
    WaitedFor,
}

impl DataLost {
    fn of(volume: &str, kind: VolumeKind, becomes: Becomes) -> DataLost {
        DataLost {
            volume: volume.to_owned(),
            kind,
            becomes,
            medium: String::new(),
            size_limit: None,
            path: None,
            claim: None,
            persistent_volume: None,
        }
    }
}

impl From<&LocalData> for DataLost {
    fn from(data: &LocalData) -> DataLost {
        match data {
            LocalData::EmptyDir {
                volume,
                medium,
                size_limit,
            } => DataLost {
                medium: medium.clone(),
                size_limit: size_limit.clone(),
                ..DataLost::of(volume, VolumeKind::EmptyDir, Becomes::Deleted)
            },
            LocalData::HostPath { volume, path } => DataLost {
                path: Some(path.clone()),
                ..DataLost::of(volume, VolumeKind::HostPath, Becomes::LeftBehind)
            },
        }
    }
}

impl From<&BoundVolume> for DataLost {
    fn from(bound: &BoundVolume) -> DataLost {
        DataLost {
            claim: Some(bound.claim.clone()),
            persistent_volume: Some(bound.persistent_volume.clone()),
            ..DataLost::of(&bound.volume, VolumeKind::LocalVolume, Becomes::WaitedFor)
        }
    }
}

/// Returns what a pod loses; a pod that stays loses nothing.
pub(super) fn data_lost(plan: &PodPlan) -> Vec<DataLost> {
    if plan.fate == Fate::Skip {
        return Vec::new();
    }
    // A DaemonSet's pod comes back to the node, and finds there what is not deleted with it.
    let stays_there = |data: &&LocalData| plan.pod.is_daemon() && !data.is_deleted_with_pod();
    let local = plan.pod.local_data.iter().filter(|data| !stays_there(data));
    let local = local.map(DataLost::from);
    let bound = plan.bound_volumes.iter().map(DataLost::from);
    local.chain(bound).collect()
}

/// Says it in a column: `cache (Memory, 1Gi), logs (/var/log, stays), data (PersistentVolume pv-0, stays)`.
pub(super) fn losses(plan: &PodPlan) -> String {
    let one = |lost: &DataLost| match (&lost.path, &lost.persistent_volume) {
        (Some(path), _) => format!("{} ({path}, stays)", lost.volume),
        (None, Some(name)) => format!("{} (PersistentVolume {name}, stays)", lost.volume),
        (None, None) => {
            let medium = Some(&lost.medium).filter(|medium| !medium.is_empty());
            let facts: Vec<&str> = medium
                .into_iter()
                .chain(&lost.size_limit)
                .map(String::as_str)
                .collect();
            match facts.is_empty() {
                true => lost.volume.clone(),
                false => format!("{} ({})", lost.volume, facts.join(", ")),
            }
        }
    };
    let all: Vec<String> = data_lost(plan).iter().map(one).collect();
    all.join(", ")
}
