//! Free volumes that an unbound claim could take.
//!
//! Source: `FindMatchingVolume` in `k8s.io/component-helpers/storage/volume`.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::super::label_index::LabelIndex;
use super::super::node_term::NodeTerms;
use super::super::object::pod::Life;
use super::super::object::storage::{ClaimObject, VolumeObject};
use super::super::selector::Matcher;
use super::super::world::World;
use crate::domain::labels::Labels;

/// The volumes that suit a claim, whatever the node.
pub(super) struct Candidates<'w> {
    /// Volumes that are reserved for the claim.
    reserved: Vec<Candidate<'w>>,
    /// Free volumes, smallest first.
    free: Vec<Candidate<'w>>,
    /// Which of the free ones a node can reach.
    index: LabelIndex,
}

struct Candidate<'w> {
    volume: &'w VolumeObject,
    terms: Option<NodeTerms>,
}

impl Candidate<'_> {
    fn is_for(&self, labels: &Labels) -> bool {
        let terms = self.terms.as_ref();
        terms.is_none_or(|terms| terms.matches(labels, None))
    }
}

impl<'w> Candidates<'w> {
    /// Collects the volumes of the claim's class that suit it.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the claim's selector, on which the scheduler fails.
    pub(super) fn of(world: &'w World, claim: &ClaimObject) -> Result<Candidates<'w>, String> {
        let selector = match &claim.selector {
            None => None,
            Some(selector) => Some(Matcher::parse(Some(selector)).map_err(|fault| {
                format!(
                    "error creating internal label selector for claim: {}/{}: {fault}",
                    claim.namespace, claim.name
                )
            })?),
        };
        let mut candidates = Candidates {
            reserved: Vec::new(),
            free: Vec::new(),
            index: LabelIndex::default(),
        };
        let class = claim.class.as_deref().unwrap_or_default();
        let of_class = world
            .volumes
            .values()
            .filter(|volume| volume.class == class);
        for volume in of_class.filter(|volume| could_hold(volume, claim)) {
            let candidate = || Candidate {
                volume,
                terms: volume.node_affinity.as_deref().map(NodeTerms::parse),
            };
            if volume.claim.is_some() {
                candidates.reserved.push(candidate());
            } else if is_free_for(volume, claim, selector.as_ref()) {
                candidates.free.push(candidate());
            }
        }
        // Of volumes of one size upstream takes any; the first by name stands for it here.
        candidates.free.sort_by(|a, b| smaller(a.volume, b.volume));
        for (number, candidate) in candidates.free.iter().enumerate() {
            let anchors = candidate.terms.as_ref().and_then(NodeTerms::anchors);
            candidates.index.add(number, anchors);
        }
        Ok(candidates)
    }

    /// Chooses the volume that the claim would take on a node, of those that no other claim of the pod takes.
    ///
    /// A volume that is reserved for the claim is the only one: out of the node's reach, there is none.
    pub(super) fn choose(
        &self,
        labels: &Labels,
        taken: &BTreeSet<&str>,
    ) -> Option<&'w VolumeObject> {
        let is_left = |one: &Candidate<'_>| !taken.contains(one.volume.name.as_str());
        if let Some(reserved) = self.reserved.iter().find(|one| is_left(one)) {
            return reserved.is_for(labels).then_some(reserved.volume);
        }
        let mut reachable = self
            .index
            .candidates(labels)
            .map(|number| &self.free[number]);
        let found = reachable.find(|one| is_left(one) && one.is_for(labels));
        found.map(|one| one.volume)
    }
}

fn smaller(a: &VolumeObject, b: &VolumeObject) -> Ordering {
    a.capacity
        .compare(b.capacity)
        .then_with(|| a.name.cmp(&b.name))
}

/// Tells whether a volume is big enough, of the right kind, and not another claim's.
fn could_hold(volume: &VolumeObject, claim: &ClaimObject) -> bool {
    let attributes = |class: &Option<String>| class.clone().unwrap_or_default();
    let reserved = volume.claim.as_ref().is_none_or(|owner| {
        owner.name == claim.name
            && owner.namespace == claim.namespace
            && (owner.uid.is_empty() || owner.uid == claim.uid)
    });
    reserved
        && volume.capacity.compare(claim.request).is_ge()
        && mode(&volume.volume_mode) == mode(&claim.volume_mode)
        && attributes(&volume.attributes_class) == attributes(&claim.attributes_class)
        && volume.life == Life::Active
}

fn mode(written: &str) -> &str {
    match written {
        "" => "Filesystem",
        written => written,
    }
}

fn is_free_for(volume: &VolumeObject, claim: &ClaimObject, selector: Option<&Matcher>) -> bool {
    let mut modes = claim.access_modes.iter();
    volume.phase == "Available"
        && selector.is_none_or(|selector| selector.matches(&volume.labels))
        && modes.all(|mode| volume.access_modes.contains(mode))
}
