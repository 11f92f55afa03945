//! VolumeBinding: bound volumes that a node can reach, and for unbound claims free volumes, or room to make them.
//!
//! Source: `pkg/scheduler/framework/plugins/volumebinding`.

mod bound;
mod matching;
mod plan;
mod provision;
mod score;
#[cfg(test)]
mod tests;

pub(super) use score::scores;

use std::collections::BTreeSet;

use bound::{BoundVolume, Reach};
use matching::Candidates;
use plan::Stop;
use provision::{Obstacle, Provision};

use super::Context;
use super::marks::MarkSheet;
use super::object::storage::{CapacityObject, VolumeObject};
use super::plugin::{Code, Finding, NodeCheck, Plugin, Prepared, Refusal};
use super::pod_claims::failure;
use super::world::{NodeIx, World};

pub(super) fn prepare<'w>(cx: &Context<'w>) -> Prepared<'w> {
    match plan::of(cx) {
        Ok(None) => Prepared::Skipped,
        Ok(Some(plan)) => Prepared::Checks(Box::new(plan)),
        Err(Stop::Unknown(what)) => Prepared::Unknown(what),
        Err(Stop::Refused { reason, detail }) => Prepared::Refused(refusal(vec![reason], detail)),
    }
}

fn refusal(reasons: Vec<String>, detail: String) -> Refusal {
    Refusal {
        plugin: Plugin::VolumeBinding,
        code: Code::UnschedulableAndUnresolvable,
        reasons,
        detail,
    }
}

/// What the pod's claims ask of each node.
struct Plan<'w> {
    world: &'w World,
    bound: Vec<BoundVolume<'w>>,
    /// Claims whose volumes are made on a node that was chosen before.
    selected: Vec<Selected<'w>>,
    /// The other unbound claims, smallest first.
    open: Vec<OpenClaim<'w>>,
}

/// A claim with annotation `volume.kubernetes.io/selected-node`.
struct Selected<'w> {
    node: String,
    provision: Provision<'w>,
}

/// An unbound claim that looks for a volume.
struct OpenClaim<'w> {
    /// The volumes that it could take; the error is the scheduler's.
    candidates: Result<Candidates<'w>, String>,
    /// How its volume would be made where it finds none.
    provision: Provision<'w>,
}

/// What the claims come to on one node.
#[derive(Default)]
struct Outcome<'p, 'w> {
    faults: Vec<Fault<'p>>,
    /// Free volumes that claims would take.
    bindings: Vec<(&'p OpenClaim<'w>, &'w VolumeObject)>,
    /// Volumes that would be made, with the capacity that lets them.
    provisions: Vec<(&'p Provision<'w>, Option<&'w CapacityObject>)>,
    /// Why it is not known.
    unknown: Option<String>,
}

/// Why a node is refused, in the order of the reasons.
enum Fault<'p> {
    /// A bound volume cannot be reached from the node.
    Affinity(&'p BoundVolume<'p>),
    /// A claim's volume is made on another node.
    Elsewhere(&'p Selected<'p>),
    /// A claim finds no volume and none can be made.
    NoVolume(&'p Provision<'p>, Obstacle),
    /// No room for a volume to make.
    NoSpace(&'p Provision<'p>),
    /// A bound volume is not there.
    Gone(&'p BoundVolume<'p>),
}

impl Fault<'_> {
    fn reason(&self) -> &'static str {
        match self {
            Fault::Affinity(_) => "node(s) didn't match PersistentVolume's node affinity",
            Fault::Elsewhere(_) | Fault::NoVolume(..) => {
                "node(s) didn't find available persistent volumes to bind"
            }
            Fault::NoSpace(_) => "node(s) did not have enough free storage",
            Fault::Gone(_) => {
                "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
            }
        }
    }

    fn detail(&self) -> String {
        match self {
            Fault::Affinity(volume) => volume.wants(),
            Fault::Elsewhere(selected) => format!(
                "the volume of claim {} is being made on node {}",
                selected.provision.claim, selected.node
            ),
            Fault::NoVolume(provision, obstacle) => provision.why_not(*obstacle),
            Fault::NoSpace(provision) => provision.why_no_space(),
            Fault::Gone(volume) => format!(
                "claim {} is bound to volume {}, which is not there",
                volume.claim, volume.name
            ),
        }
    }
}

impl<'w> Plan<'w> {
    fn outcome<'p>(&'p self, node: NodeIx) -> Outcome<'p, 'w>
    where
        'w: 'p,
    {
        let mut outcome = Outcome::default();
        let gone = self.check_bound(node, &mut outcome);
        let name = &self.world.node(node).object.name;
        match self.selected.iter().find(|one| one.node != *name) {
            Some(elsewhere) => outcome.faults.push(Fault::Elsewhere(elsewhere)),
            None => self.find_volumes(node, &mut outcome),
        }
        outcome.faults.extend(gone.map(Fault::Gone));
        outcome
    }

    /// Checks bound claims in order up to the first that stands in the way; returns one whose volume is not there.
    fn check_bound<'p>(
        &'p self,
        node: NodeIx,
        outcome: &mut Outcome<'p, 'w>,
    ) -> Option<&'p BoundVolume<'w>> {
        for volume in &self.bound {
            match volume.reach(self.world, node) {
                Reach::Within => {}
                Reach::Gone => return Some(volume),
                Reach::Unknown(what) => {
                    outcome.unknown = Some(what);
                    return None;
                }
                Reach::Outside => {
                    outcome.faults.push(Fault::Affinity(volume));
                    return None;
                }
            }
        }
        None
    }

    /// Finds a volume for each open claim, or room to make one.
    fn find_volumes<'p>(&'p self, node: NodeIx, outcome: &mut Outcome<'p, 'w>) {
        let labels = &self.world.node(node).object.labels;
        let mut chosen = BTreeSet::new();
        let mut to_make: Vec<&'p Provision<'w>> =
            self.selected.iter().map(|one| &one.provision).collect();
        for claim in &self.open {
            let candidates = match &claim.candidates {
                Ok(candidates) => candidates,
                Err(error) => {
                    outcome.unknown = Some(failure(error));
                    return;
                }
            };
            match candidates.choose(labels, &chosen) {
                Some(volume) => {
                    chosen.insert(volume.name.as_str());
                    outcome.bindings.push((claim, volume));
                }
                None => to_make.push(&claim.provision),
            }
        }
        for provision in to_make {
            match provision.on(labels) {
                Ok(capacity) => outcome.provisions.push((provision, capacity)),
                Err(Obstacle::NoSpace) => return outcome.faults.push(Fault::NoSpace(provision)),
                Err(Obstacle::Unread) => outcome.unknown = provision.unread(),
                Err(obstacle) => {
                    return outcome.faults.push(Fault::NoVolume(provision, obstacle));
                }
            }
        }
    }

    /// Tells whether nodes of one class need not be told apart.
    fn is_the_same_for_a_class(&self) -> bool {
        self.selected.is_empty()
            && self.open.is_empty()
            && self.bound.iter().all(BoundVolume::is_the_same_for_a_class)
    }
}

impl NodeCheck for Plan<'_> {
    fn finding(&self, node: NodeIx) -> Finding {
        let outcome = self.outcome(node);
        if outcome.faults.is_empty() {
            return outcome.unknown.map_or(Finding::Fits, Finding::Unknown);
        }
        let reasons = outcome.faults.iter().map(|fault| fault.reason().to_owned());
        let details: Vec<String> = outcome.faults.iter().map(Fault::detail).collect();
        Finding::Refused(refusal(reasons.collect(), details.join("; ")))
    }

    fn mark(&self, plugin: Plugin, marks: &mut MarkSheet) {
        let mut judge = |example: NodeIx, nodes: &[NodeIx]| {
            let outcome = self.outcome(example);
            for node in nodes {
                if !outcome.faults.is_empty() {
                    marks.refuse(*node, plugin);
                } else if outcome.unknown.is_some() {
                    marks.doubt(*node, plugin);
                }
            }
        };
        if self.is_the_same_for_a_class() {
            for class in &self.world.classes {
                judge(class.example, &class.nodes);
            }
        } else {
            for node in self.world.node_indexes() {
                judge(node, &[node]);
            }
        }
    }
}
