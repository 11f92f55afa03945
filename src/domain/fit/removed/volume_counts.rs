//! `MaxEBSVolumeCount`, `MaxGCEPDVolumeCount` and `MaxAzureDiskVolumeCount`: fixed numbers of disks a node, until 1.31.

use std::collections::BTreeSet;

use super::Found;
use crate::domain::fit::Context;
use crate::domain::fit::object::pod::{PodSpec, VolumeSource};
use crate::domain::fit::object::storage::VolumeOrigin;
use crate::domain::fit::world::NodeIx;

/// A kind of disk whose number was limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskKind {
    /// AWS EBS.
    Ebs,
    /// GCE persistent disk.
    GcePd,
    /// Azure disk.
    AzureDisk,
}

impl DiskKind {
    /// Returns the predicate's name.
    pub fn rule(self) -> &'static str {
        match self {
            DiskKind::Ebs => "MaxEBSVolumeCount",
            DiskKind::GcePd => "MaxGCEPDVolumeCount",
            DiskKind::AzureDisk => "MaxAzureDiskVolumeCount",
        }
    }

    /// Returns how many a node took where `KUBE_MAX_PD_VOLS` said nothing else.
    pub fn default_most(self) -> usize {
        match self {
            DiskKind::Ebs => 39,
            DiskKind::GcePd | DiskKind::AzureDisk => 16,
        }
    }

    fn plugin(self) -> &'static str {
        match self {
            DiskKind::Ebs => "kubernetes.io/aws-ebs",
            DiskKind::GcePd => "kubernetes.io/gce-pd",
            DiskKind::AzureDisk => "kubernetes.io/azure-disk",
        }
    }
}

pub(super) fn judge(cx: &Context<'_>, node: NodeIx, disk: DiskKind, most: usize) -> Found {
    let kind = cx.kind();
    let mut new = disks(cx, &kind.namespace, &kind.spec, disk);
    if new.is_empty() {
        return Found::new();
    }
    let mut there = BTreeSet::new();
    for pod in &cx.world.on_node[node.index()] {
        let other = cx.world.kind_of(*pod);
        there.extend(disks(cx, &other.namespace, &other.spec, disk));
    }
    new.retain(|one| !there.contains(one));
    if there.len() + new.len() <= most {
        return Found::new();
    }
    let detail = format!(
        "{} disks are on the node, {} more would come, it takes {most}",
        there.len(),
        new.len()
    );
    vec![("node(s) exceed max volume count".to_owned(), detail)]
}

/// The disks of a pod, named so that the same disk has the same name however a pod refers to it.
fn disks(cx: &Context<'_>, namespace: &str, spec: &PodSpec, disk: DiskKind) -> BTreeSet<String> {
    let volumes = spec.volumes.iter();
    let named = volumes.filter_map(|volume| match (&volume.source, disk) {
        (VolumeSource::AwsElasticBlockStore { id }, DiskKind::Ebs) => Some(name_in(id).to_owned()),
        (VolumeSource::GcePersistentDisk { name, .. }, DiskKind::GcePd)
        | (VolumeSource::AzureDisk { name, .. }, DiskKind::AzureDisk) => Some(name.clone()),
        (VolumeSource::Claim(claim), _) => claimed(cx, namespace, claim, disk),
        _ => None,
    });
    named.collect()
}

fn claimed(cx: &Context<'_>, namespace: &str, claim: &str, disk: DiskKind) -> Option<String> {
    let claim = cx
        .world
        .claims
        .get(&(namespace.to_owned(), claim.to_owned()))?;
    let volume = cx.world.volumes.get(&claim.volume_name)?;
    match &volume.source {
        VolumeOrigin::InTree { plugin, handle, .. } if plugin == disk.plugin() => {
            Some(name_in(handle).to_owned())
        }
        _ => None,
    }
}

/// The disk's own name in a translated handle: the last part of a path.
fn name_in(handle: &str) -> &str {
    handle.rsplit('/').next().unwrap_or(handle)
}
