//! Volumes that claims are bound to, and the nodes that can reach them.

use super::super::csi_translation::{InTreePlugin, migrated_terms};
use super::super::node_term::{NodeTerms, describe};
use super::super::object::affinity::NodeTerm;
use super::super::object::storage::{ClaimObject, VolumeObject, VolumeOrigin};
use super::super::pod_claims::failure;
use super::super::selector::Requirement;
use super::super::world::{NodeIx, ObjectKind, World};

/// The label that nodes of one class may differ in.
const HOSTNAME: &str = "kubernetes.io/hostname";

/// A bound claim with its volume.
pub(super) struct BoundVolume<'w> {
    /// The claim's name.
    pub claim: String,
    /// The volume's name.
    pub name: String,
    object: Option<&'w VolumeObject>,
    terms: Option<NodeTerms>,
    migrated: Option<Migrated>,
}

/// What a volume of an in-tree plugin becomes on nodes whose kubelet uses the driver instead.
struct Migrated {
    plugin: String,
    /// The nodes that reach it; the error is the scheduler's.
    terms: Result<Option<NodeTerms>, String>,
}

/// Whether a node reaches a volume.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Within,
    Outside,
    /// The volume is not there.
    Gone,
    Unknown(String),
}

impl<'w> BoundVolume<'w> {
    pub(super) fn of(world: &'w World, claim: &ClaimObject) -> BoundVolume<'w> {
        let object = world.volumes.get(&claim.volume_name);
        let affinity = object.and_then(|volume| volume.node_affinity.as_deref());
        BoundVolume {
            claim: claim.name.clone(),
            name: claim.volume_name.clone(),
            object,
            terms: affinity.map(NodeTerms::parse),
            migrated: object.and_then(migrated),
        }
    }

    /// Tells whether a node reaches the volume; only labels are compared, terms over fields count as met.
    pub(super) fn reach(&self, world: &World, node: NodeIx) -> Reach {
        if self.object.is_none() {
            return Reach::Gone;
        }
        let node = &world.node(node).object;
        let by = |terms: &Option<NodeTerms>| match terms {
            Some(terms) if !terms.matches(&node.labels, None) => Reach::Outside,
            _ => Reach::Within,
        };
        let plain = by(&self.terms);
        let Some(migrated) = &self.migrated else {
            return plain;
        };
        let translated = match &migrated.terms {
            Ok(terms) => by(terms),
            Err(error) => Reach::Unknown(failure(format!("could not translate pv: {error}"))),
        };
        if let Some(unread) = world.unread(ObjectKind::CsiNodes) {
            return match translated == plain {
                true => plain,
                false => Reach::Unknown(unread),
            };
        }
        let csi_node = world.csi_nodes.get(&node.name);
        match csi_node.is_some_and(|one| one.migrated_plugins.contains(&migrated.plugin)) {
            true => translated,
            false => plain,
        }
    }

    /// Tells whether nodes that differ in their names alone reach the volume alike.
    pub(super) fn is_the_same_for_a_class(&self) -> bool {
        let reads_name = self
            .terms
            .as_ref()
            .is_some_and(|terms| terms.reads(HOSTNAME));
        self.migrated.is_none() && !reads_name
    }

    /// Says which nodes the volume is for.
    pub(super) fn wants(&self) -> String {
        let affinity = self
            .object
            .and_then(|volume| volume.node_affinity.as_deref());
        format!(
            "claim {} is bound to volume {}, which is for nodes with {}",
            self.claim,
            self.name,
            words(affinity.unwrap_or_default())
        )
    }
}

fn migrated(volume: &VolumeObject) -> Option<Migrated> {
    let (plugin, terms) = match &volume.source {
        VolumeOrigin::InTree { plugin, .. } => {
            let known = InTreePlugin::named(plugin)?;
            let written = volume.node_affinity.as_deref();
            let terms = migrated_terms(known, &volume.labels, written);
            if terms.as_deref() == written {
                return None;
            }
            (plugin, Ok(terms.as_deref().map(NodeTerms::parse)))
        }
        VolumeOrigin::Untranslatable { plugin, reason } => (plugin, Err(reason.clone())),
        VolumeOrigin::Csi { .. } | VolumeOrigin::Other => return None,
    };
    Some(Migrated {
        plugin: plugin.clone(),
        terms,
    })
}

fn words(terms: &[NodeTerm]) -> String {
    let terms = terms.iter().map(|term| {
        let requirements = term.expressions.iter().map(Requirement::parse);
        let words: Vec<String> = requirements
            .map(|one| one.map_or_else(|fault| fault, |one| describe(&one)))
            .collect();
        words.join(" and ")
    });
    match terms.collect::<Vec<_>>().join(", or ") {
        text if text.is_empty() => "the zone of its label".to_owned(),
        text => text,
    }
}
