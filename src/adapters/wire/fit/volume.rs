//! A pod's volumes, as far as a rule of the scheduler reads their source.

use serde::de::IgnoredAny;

use super::slim;
use crate::domain::fit::object::pod::{self as domain, Access, VolumeSource};

slim!(Volume {
    name: String,
    persistent_volume_claim: Option<ClaimName>,
    ephemeral: Option<IgnoredAny>,
    gce_persistent_disk: Option<GceDisk>,
    aws_elastic_block_store: Option<VolumeId>,
    azure_disk: Option<AzureDisk>,
    cinder: Option<VolumeId>,
    portworx_volume: Option<VolumeId>,
    iscsi: Option<Iscsi>,
    rbd: Option<Rbd>,
    image: Option<Image>,
    csi: Option<InlineCsi>,
});

slim!(ClaimName { claim_name: String });

slim!(GceDisk {
    pd_name: String,
    partition: i32,
    read_only: bool,
});

slim!(VolumeId {
    #[serde(rename = "volumeID")]
    volume_id: String,
});

slim!(AzureDisk {
    disk_name: String,
    #[serde(rename = "diskURI")]
    disk_uri: String,
    kind: Option<String>,
});

slim!(Iscsi {
    iqn: String,
    read_only: bool,
});

slim!(Rbd {
    monitors: Vec<String>,
    pool: Option<String>,
    image: String,
    read_only: bool,
});

slim!(Image { reference: String });

slim!(InlineCsi { driver: String });

/// The pool that the API server writes where none is named.
const DEFAULT_RBD_POOL: &str = "rbd";

impl Volume {
    /// Converts; `None` for a source that no rule reads.
    pub fn into_domain(self) -> Option<domain::Volume> {
        let name = self.name;
        let source = self
            .persistent_volume_claim
            .map(|claim| VolumeSource::Claim(claim.claim_name))
            .or_else(|| self.ephemeral.map(|_| VolumeSource::Ephemeral))
            .or_else(|| self.gce_persistent_disk.map(Into::into))
            .or_else(|| {
                let aws = self.aws_elastic_block_store;
                aws.map(|disk| VolumeSource::AwsElasticBlockStore { id: disk.volume_id })
            })
            .or_else(|| {
                self.azure_disk.map(|disk| VolumeSource::AzureDisk {
                    name: disk.disk_name,
                    uri: disk.disk_uri,
                    kind: disk.kind,
                })
            })
            .or_else(|| {
                let cinder = self.cinder;
                cinder.map(|disk| VolumeSource::Cinder { id: disk.volume_id })
            })
            .or_else(|| {
                let portworx = self.portworx_volume;
                portworx.map(|disk| VolumeSource::Portworx { id: disk.volume_id })
            })
            .or_else(|| self.iscsi.map(Into::into))
            .or_else(|| self.rbd.map(Into::into))
            .or_else(|| self.image.map(|image| VolumeSource::Image(image.reference)))
            .or_else(|| self.csi.map(|csi| VolumeSource::InlineCsi(csi.driver)))?;
        Some(domain::Volume { name, source })
    }
}

fn access(read_only: bool) -> Access {
    match read_only {
        true => Access::ReadOnly,
        false => Access::ReadWrite,
    }
}

impl From<GceDisk> for VolumeSource {
    fn from(disk: GceDisk) -> Self {
        VolumeSource::GcePersistentDisk {
            name: disk.pd_name,
            partition: disk.partition,
            access: access(disk.read_only),
        }
    }
}

impl From<Iscsi> for VolumeSource {
    fn from(disk: Iscsi) -> Self {
        VolumeSource::Iscsi {
            iqn: disk.iqn,
            access: access(disk.read_only),
        }
    }
}

impl From<Rbd> for VolumeSource {
    fn from(image: Rbd) -> Self {
        VolumeSource::Rbd {
            monitors: image.monitors,
            pool: image.pool.unwrap_or_else(|| DEFAULT_RBD_POOL.to_owned()),
            image: image.image,
            access: access(image.read_only),
        }
    }
}
