//! What volumes of in-tree plugins become at the CSI drivers that replaced these: driver, handle, and the nodes they name.
//!
//! Only the plugins that the scheduler's volume rules translate are here; source: `k8s.io/csi-translation-lib`.

#[cfg(test)]
#[path = "csi_translation_tests.rs"]
mod tests;

use std::collections::BTreeSet;

use super::object::affinity::{NodeRequirement, NodeTerm};
use super::object::pod::VolumeSource;
use super::object::storage::VolumeOrigin;
use crate::domain::labels::Labels;

/// The labels of zones and regions, today's and those before 1.17.
pub(super) const ZONE: &str = "topology.kubernetes.io/zone";
/// See [`ZONE`].
pub(super) const REGION: &str = "topology.kubernetes.io/region";
/// See [`ZONE`].
pub(super) const BETA_ZONE: &str = "failure-domain.beta.kubernetes.io/zone";
/// See [`ZONE`].
pub(super) const BETA_REGION: &str = "failure-domain.beta.kubernetes.io/region";

/// Stands between the zones of one label.
pub(super) const ZONE_DELIMITER: &str = "__";

/// In-tree plugins that are translated but that the scheduler does not count.
const NEVER_COUNTED: [&str; 2] = ["kubernetes.io/azure-file", "kubernetes.io/vsphere-volume"];

/// An in-tree plugin whose volumes the scheduler takes for those of a CSI driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InTreePlugin {
    /// AWS EBS.
    AwsEbs,
    /// GCE persistent disks.
    GcePd,
    /// Azure Disk.
    AzureDisk,
    /// OpenStack Cinder.
    Cinder,
    /// Portworx.
    Portworx,
}

impl InTreePlugin {
    /// All of them.
    pub const ALL: [InTreePlugin; 5] = [
        InTreePlugin::AwsEbs,
        InTreePlugin::GcePd,
        InTreePlugin::AzureDisk,
        InTreePlugin::Cinder,
        InTreePlugin::Portworx,
    ];

    /// Returns the plugin's name, which is also that of its provisioner.
    pub fn name(self) -> &'static str {
        match self {
            InTreePlugin::AwsEbs => "kubernetes.io/aws-ebs",
            InTreePlugin::GcePd => "kubernetes.io/gce-pd",
            InTreePlugin::AzureDisk => "kubernetes.io/azure-disk",
            InTreePlugin::Cinder => "kubernetes.io/cinder",
            InTreePlugin::Portworx => "kubernetes.io/portworx-volume",
        }
    }

    /// Returns the CSI driver's name.
    pub fn driver(self) -> &'static str {
        match self {
            InTreePlugin::AwsEbs => "ebs.csi.aws.com",
            InTreePlugin::GcePd => "pd.csi.storage.gke.io",
            InTreePlugin::AzureDisk => "disk.csi.azure.com",
            InTreePlugin::Cinder => "cinder.csi.openstack.org",
            InTreePlugin::Portworx => "pxd.portworx.com",
        }
    }

    /// Returns the plugin of a name.
    pub fn named(name: &str) -> Option<InTreePlugin> {
        InTreePlugin::ALL
            .into_iter()
            .find(|plugin| plugin.name() == name)
    }

    /// Returns the node label by which the driver tells zones; `None` where the translation leaves zones alone.
    fn zone_key(self) -> Option<&'static str> {
        match self {
            InTreePlugin::AwsEbs => Some("topology.ebs.csi.aws.com/zone"),
            InTreePlugin::GcePd => Some("topology.gke.io/zone"),
            InTreePlugin::Cinder => Some("topology.cinder.csi.openstack.org/zone"),
            InTreePlugin::AzureDisk | InTreePlugin::Portworx => None,
        }
    }
}

/// The source of an in-tree volume, as far as its handle depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InTreeSource<'a> {
    /// `awsElasticBlockStore`.
    AwsEbs {
        /// `volumeID`.
        id: &'a str,
    },
    /// `gcePersistentDisk`.
    GcePd {
        /// `pdName`.
        name: &'a str,
    },
    /// `azureDisk`.
    AzureDisk {
        /// `diskURI`.
        uri: &'a str,
        /// `kind`; `None` where absent.
        kind: Option<&'a str>,
    },
    /// `cinder`.
    Cinder {
        /// `volumeID`.
        id: &'a str,
    },
    /// `portworxVolume`.
    Portworx {
        /// `volumeID`.
        id: &'a str,
    },
}

impl InTreeSource<'_> {
    /// Returns the plugin.
    pub fn plugin(&self) -> InTreePlugin {
        match self {
            InTreeSource::AwsEbs { .. } => InTreePlugin::AwsEbs,
            InTreeSource::GcePd { .. } => InTreePlugin::GcePd,
            InTreeSource::AzureDisk { .. } => InTreePlugin::AzureDisk,
            InTreeSource::Cinder { .. } => InTreePlugin::Cinder,
            InTreeSource::Portworx { .. } => InTreePlugin::Portworx,
        }
    }

    /// Returns the volume handle at the driver, for a volume with these labels (a volume in a pod has none).
    fn handle(&self, labels: &Labels) -> Result<String, String> {
        match *self {
            InTreeSource::AwsEbs { id } => ebs_handle(id),
            InTreeSource::GcePd { name } => gce_handle(name, labels),
            InTreeSource::AzureDisk { uri, kind } => match kind {
                Some(kind) if !kind.eq_ignore_ascii_case("managed") => {
                    Err(format!("kind({kind}) is not supported in csi migration"))
                }
                _ => Ok(uri.to_owned()),
            },
            InTreeSource::Cinder { id } | InTreeSource::Portworx { id } => Ok(id.to_owned()),
        }
    }
}

/// Translates the source of a PersistentVolume that carries these labels.
pub fn origin(source: InTreeSource<'_>, labels: &Labels) -> VolumeOrigin {
    let plugin = source.plugin();
    match source.handle(labels) {
        Ok(handle) => VolumeOrigin::InTree {
            driver: plugin.driver().to_owned(),
            plugin: plugin.name().to_owned(),
            handle,
        },
        Err(reason) => VolumeOrigin::Untranslatable {
            plugin: plugin.name().to_owned(),
            reason,
        },
    }
}

/// Translates a volume that stands in a pod; `None` where it is of none of the plugins.
///
/// The inner error says why the translation fails.
pub fn inline(source: &VolumeSource) -> Option<(InTreePlugin, Result<String, String>)> {
    let source = match source {
        VolumeSource::AwsElasticBlockStore { id } => InTreeSource::AwsEbs { id },
        VolumeSource::GcePersistentDisk { name, .. } => InTreeSource::GcePd { name },
        VolumeSource::AzureDisk { uri, kind, .. } => InTreeSource::AzureDisk {
            uri,
            kind: kind.as_deref(),
        },
        VolumeSource::Cinder { id } => InTreeSource::Cinder { id },
        VolumeSource::Portworx { id } => InTreeSource::Portworx { id },
        _ => return None,
    };
    Some((source.plugin(), source.handle(&Labels::new())))
}

/// What a provisioner's volumes count as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provisioner<'a> {
    /// Volumes of this driver (or of something that is no driver, which has no limits).
    Driver(&'a str),
    /// Volumes of the driver that replaced the plugin, on nodes that have a CSINode.
    InTree(InTreePlugin),
    /// Nothing.
    Uncounted,
}

/// Says what the volumes of a storage class's provisioner count as.
pub fn provisioner(name: &str) -> Provisioner<'_> {
    match InTreePlugin::named(name) {
        Some(plugin) => Provisioner::InTree(plugin),
        None if name.is_empty() || NEVER_COUNTED.contains(&name) => Provisioner::Uncounted,
        None => Provisioner::Driver(name),
    }
}

/// Translates the node affinity of a PersistentVolume with these labels; `None` is every node.
///
/// Zones are renamed to the driver's key; where the affinity names none, the zones of the volume's label are added.
pub fn migrated_terms(
    plugin: InTreePlugin,
    labels: &Labels,
    terms: Option<&[NodeTerm]>,
) -> Option<Vec<NodeTerm>> {
    let Some(key) = plugin.zone_key() else {
        return terms.map(<[NodeTerm]>::to_vec);
    };
    let written = terms.unwrap_or_default();
    let (zone, region) = zone_labels(labels, written);
    let mut translated = terms.map(<[NodeTerm]>::to_vec);
    if has_values(written, zone) {
        rename(translated.as_deref_mut(), zone, key);
    } else if let Some(zones) = labels.get(zone).map(|label| zones_of(label))
        && !zones.is_empty()
    {
        let all = translated.get_or_insert_default();
        if all.is_empty() {
            all.push(NodeTerm::default());
        }
        for term in all {
            term.expressions.push(NodeRequirement {
                key: key.to_owned(),
                operator: "In".to_owned(),
                values: zones.clone(),
            });
        }
    }
    if region == BETA_REGION && has_values(written, BETA_REGION) {
        rename(translated.as_deref_mut(), BETA_REGION, REGION);
    }
    translated
}

/// The labels of zone and region that a volume uses: today's where its affinity or its labels name today's zone first.
fn zone_labels(labels: &Labels, terms: &[NodeTerm]) -> (&'static str, &'static str) {
    let today = (ZONE, REGION);
    let beta = (BETA_ZONE, BETA_REGION);
    let named = |key: &str| expressions(terms).any(|one| one.key == key);
    if named(ZONE) {
        today
    } else if named(BETA_ZONE) || !labels.contains_key(ZONE) && labels.contains_key(BETA_ZONE) {
        beta
    } else {
        today
    }
}

fn expressions(terms: &[NodeTerm]) -> impl Iterator<Item = &NodeRequirement> {
    terms.iter().flat_map(|term| &term.expressions)
}

fn has_values(terms: &[NodeTerm], key: &str) -> bool {
    expressions(terms).any(|one| one.key == key && !one.values.is_empty())
}

fn rename(terms: Option<&mut [NodeTerm]>, old: &str, new: &str) {
    let terms = terms.into_iter().flatten();
    for one in terms.flat_map(|term| &mut term.expressions) {
        if one.key == old {
            new.clone_into(&mut one.key);
        }
    }
}

fn zones_of(label: &str) -> Vec<String> {
    let zones = label.split(ZONE_DELIMITER).map(str::trim);
    let zones: BTreeSet<&str> = zones.filter(|zone| !zone.is_empty()).collect();
    zones.into_iter().map(str::to_owned).collect()
}

/// A bare volume ID, or the last part of `aws://ZONE/vol-ID`.
fn ebs_handle(id: &str) -> Result<String, String> {
    let Some(address) = id.strip_prefix("aws://") else {
        return Ok(id.to_owned());
    };
    let address = address.split(['#', '?']).next().unwrap_or(address);
    let path = address.find('/').map_or("", |at| &address[at..]);
    let volume = path.trim_matches('/');
    if volume.starts_with("vol-") && !volume.contains('/') {
        Ok(volume.to_owned())
    } else {
        Err(format!(
            "failed to translate Kubernetes ID to EBS Volume ID Invalid format for AWS volume ({id})"
        ))
    }
}

fn gce_handle(name: &str, labels: &Labels) -> Result<String, String> {
    let label = |key: &str| labels.get(key).map(String::as_str).unwrap_or_default();
    let zones = match label(BETA_ZONE) {
        "" => label(ZONE),
        zones => zones,
    };
    match zones.split(ZONE_DELIMITER).collect::<Vec<_>>().as_slice() {
        [""] | [] => Ok(format!(
            "projects/UNSPECIFIED/zones/UNSPECIFIED/disks/{name}"
        )),
        [zone] => Ok(format!("projects/UNSPECIFIED/zones/{zone}/disks/{name}")),
        zones => {
            let region = gce_region(zones)?;
            Ok(format!(
                "projects/UNSPECIFIED/regions/{region}/disks/{name}"
            ))
        }
    }
}

fn gce_region(zones: &[&str]) -> Result<String, String> {
    let mut regions = BTreeSet::new();
    for zone in zones {
        let [locale, region, _] = zone.split('-').collect::<Vec<_>>()[..] else {
            return Err(format!(
                "failed to get region from zones: zone in unexpected format, expected: {{locale}}-{{region}}-{{zone}}, got: {zone}"
            ));
        };
        regions.insert(format!("{locale}-{region}"));
    }
    match regions.iter().collect::<Vec<_>>().as_slice() {
        [region] => Ok((*region).clone()),
        several => {
            let named: Vec<String> = several
                .iter()
                .map(|region| format!("{region}:{{}}"))
                .collect();
            Err(format!(
                "failed to get region from zones: multiple or no regions gotten from zones, got: map[{}]",
                named.join(" ")
            ))
        }
    }
}
