//! What a plan rests on, in one reading: what a drain asks of the cluster, and what the scheduler asks of it.
//!
//! Each kind is listed once. Of the pods, those are kept for the drain that are on its nodes or that a closed budget of
//! one of them waits for; the others are folded into the scheduler's picture alone. Budgets come first, since they say
//! which those are.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::sinks::note_unread;
use super::{Format, Listing, MAKERS, Sink, Surveyor, survey};
use crate::adapters::live::http::malformed;
use crate::adapters::live::{owners, read};
use crate::adapters::wire::fit::{FitKind, Folded, PodFolder, read as read_object};
use crate::adapters::wire::{self, ConvertError, Encoded, OfKind};
use crate::domain::budget::Budget;
use crate::domain::fit::profile::Minor;
use crate::domain::fit::world::{World, WorldBuilder};
use crate::domain::labels::LabelSelector;
use crate::domain::node::Node;
use crate::domain::owner::{OwnerLookup, Workload};
use crate::domain::pod::{ControllerRef, Origin, Pod};
use crate::domain::snapshot::{ClusterId, Snapshot, Unread};
use crate::engine::cluster::{Failure, FailureKind, Listed};
use crate::engine::observe::{BUDGETS, guards_one_of, waits_for_others};

/// Whose pods are kept for the drain.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'a> {
    /// Those of every node.
    All,
    /// Those of some nodes.
    Of {
        /// The nodes, as they were read.
        nodes: &'a [Node],
        /// Only pods with these labels.
        selector: Option<&'a LabelSelector>,
    },
}

/// What to read.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// Whose pods.
    pub whose: Whose<'a>,
    /// By which minor's rules the world is folded; `None` for the server's own.
    pub minor: Option<Minor>,
    /// The server's URL.
    pub server: String,
    /// The time that the snapshot bears.
    pub now: Timestamp,
}

/// A cluster, as a plan needs it.
#[derive(Debug)]
pub struct Picture {
    /// What a drain asks.
    pub snapshot: Snapshot,
    /// What the scheduler asks.
    pub world: World,
    /// Kinds that may not be read, besides the budgets: what depends on one of them is unknown, and the rest is not.
    pub withheld: Vec<Unread>,
}

/// Reads the cluster.
pub(in crate::adapters::live) async fn picture(
    surveyor: &Surveyor<'_>,
    asked: Asked<'_>,
) -> Result<Picture, Failure> {
    let (version, budgets) = futures::join!(
        read::version(surveyor.http),
        read::budgets(surveyor.http, surveyor.chunk_size)
    );
    // The rules can be applied by a server that does not tell its version too.
    let version = version.unwrap_or_default();
    let (budgets, unread) = known(budgets)?;
    let minor = asked.minor.unwrap_or_else(|| Minor::of_server(&version));
    let kept = Kept::of(asked.whose, &budgets);
    let sketch = survey(surveyor, listings(), || Ok(Sketch::new(minor, &kept))).await?;
    let makers = sketch.makers;
    let (nodes, pods) = match asked.whose {
        Whose::All => (sketch.nodes, sketch.pods),
        Whose::Of { nodes, .. } => (nodes.to_vec(), kept.guarded(sketch.pods)),
    };
    let snapshot = Snapshot {
        cluster: ClusterId {
            server: asked.server,
            version,
        },
        taken_at: asked.now,
        nodes: nodes
            .into_iter()
            .map(|node| (node.id.name.clone(), node))
            .collect(),
        owners: pods.iter().filter_map(|pod| makers.of(pod)).collect(),
        pods,
        budgets,
        ending_namespaces: sketch.ending,
        unread,
    };
    Ok(Picture {
        snapshot,
        world: sketch.world.finish(),
        withheld: sketch.withheld,
    })
}

/// Returns the budgets, or that they may not be read: then a plan does not know what holds its pods.
fn known(read: Result<Listed<Budget>, Failure>) -> Result<(Vec<Budget>, Vec<Unread>), Failure> {
    match read {
        Ok(listed) => Ok((listed.items, Vec::new())),
        Err(failure) if failure.kind == FailureKind::Forbidden => {
            let unread = Unread {
                what: BUDGETS.to_owned(),
                reason: failure.message,
            };
            Ok((Vec::new(), vec![unread]))
        }
        Err(failure) => Err(failure),
    }
}

fn listings() -> Vec<Listing> {
    let makers = MAKERS.map(|kind| Listing::besides(kind, Format::Short));
    let listings = FitKind::all().map(|kind| Listing::of(kind, Format::Short));
    listings.chain(makers).collect()
}

/// Which pods the drain keeps.
#[derive(Clone)]
enum Kept {
    All,
    Some {
        nodes: BTreeSet<String>,
        selector: Option<LabelSelector>,
        /// Budgets that wait for pods elsewhere.
        waiting: Vec<Budget>,
    },
}

impl Kept {
    fn of(whose: Whose<'_>, budgets: &[Budget]) -> Kept {
        let Whose::Of { nodes, selector } = whose else {
            return Kept::All;
        };
        let waiting = budgets.iter().filter(|budget| waits_for_others(budget));
        Kept::Some {
            nodes: nodes.iter().map(|node| node.name().to_owned()).collect(),
            selector: selector.cloned(),
            waiting: waiting.cloned().collect(),
        }
    }

    fn keeps(&self, Folded { node, family }: &Folded<'_>) -> bool {
        match self {
            Kept::All => true,
            Kept::Some { waiting, .. } => {
                let labels = family.labels();
                let selects = |budget: &Budget| budget.selects(family.namespace(), labels);
                self.is_asked_about(node.as_deref(), labels) || waiting.iter().any(selects)
            }
        }
    }

    fn is_asked_about(&self, node: Option<&str>, labels: &crate::domain::labels::Labels) -> bool {
        match self {
            Kept::All => true,
            Kept::Some {
                nodes, selector, ..
            } => {
                let is_chosen = |selector: &LabelSelector| selector.matches(labels);
                node.is_some_and(|node| nodes.contains(node))
                    && selector.as_ref().is_none_or(is_chosen)
            }
        }
    }

    /// Drops the pods of budgets that guard none of those that are asked about.
    fn guarded(&self, pods: Vec<Pod>) -> Vec<Pod> {
        let Kept::Some { waiting, .. } = self else {
            return pods;
        };
        let is_asked_about = |pod: &Pod| self.is_asked_about(pod.node.as_deref(), &pod.labels);
        let (mut asked, others): (Vec<Pod>, Vec<Pod>) = pods.into_iter().partition(is_asked_about);
        let guards = waiting
            .iter()
            .filter(|budget| guards_one_of(budget, &asked));
        let guards: Vec<&Budget> = guards.collect();
        let is_guarded = |pod: &Pod| {
            let mut guards = guards.iter();
            guards.any(|budget| budget.selects(&pod.id.namespace, &pod.labels))
        };
        asked.extend(others.into_iter().filter(is_guarded));
        asked
    }
}

/// What is kept while the cluster is read.
struct Sketch {
    world: WorldBuilder,
    folder: PodFolder,
    kept: Kept,
    nodes: Vec<Node>,
    pods: Vec<Pod>,
    makers: Makers,
    ending: BTreeSet<String>,
    withheld: Vec<Unread>,
}

impl Sketch {
    fn new(minor: Minor, kept: &Kept) -> Sketch {
        Sketch {
            world: WorldBuilder::new(minor),
            folder: PodFolder::default(),
            kept: kept.clone(),
            nodes: Vec::new(),
            pods: Vec::new(),
            makers: Makers::default(),
            ending: BTreeSet::new(),
            withheld: Vec::new(),
        }
    }

    fn read(&mut self, listing: &Listing, object: Encoded<'_>) -> Result<(), ConvertError> {
        match (listing.kind, &self.kept) {
            ("Node", Kept::All) => self.nodes.push(convert::<wire::Node, Node>(object)?),
            ("Namespace", _) => {
                let namespace: wire::Namespace = object.decode(listing.kind)?;
                if namespace.is_ending() {
                    self.ending.insert(namespace.metadata.name);
                }
            }
            _ if owners::knows(&listing.api_version, listing.kind) => {
                self.makers.take(listing, object)?;
            }
            _ => {}
        }
        match listing.fit {
            None => {}
            Some(FitKind::Pod) => {
                let folded = self.folder.fold(object, &mut self.world)?;
                if self.kept.keeps(&folded) {
                    self.pods.push(convert::<wire::Pod, Pod>(object)?);
                }
            }
            Some(kind) => read_object(kind, object)?.fold(&mut self.world),
        }
        Ok(())
    }
}

fn convert<W, D>(object: Encoded<'_>) -> Result<D, ConvertError>
where
    W: DeserializeOwned + OfKind,
    D: TryFrom<W, Error = ConvertError>,
{
    D::try_from(object.decode::<W>(W::KIND)?)
}

impl Sink for Sketch {
    fn take(&mut self, listing: &Listing, object: Encoded<'_>) -> Result<(), Failure> {
        self.read(listing, object)
            .map_err(|error| malformed(&error))
    }

    fn whole(&mut self, _: &Listing) {}

    fn unread(&mut self, listing: &Listing, failure: Failure) {
        if owners::knows(&listing.api_version, listing.kind) {
            let reason = failure.message.clone();
            self.makers.unread.insert(listing.kind, reason);
        }
        // A kind that an older server does not have has no objects either.
        if let (FailureKind::Forbidden, Some(resource)) = (failure.kind, listing.resource) {
            self.withheld.push(Unread {
                what: resource.to_owned(),
                reason: failure.message.clone(),
            });
        }
        note_unread(&mut self.world, listing, failure);
    }
}

/// What makes pods.
#[derive(Default)]
struct Makers {
    /// By namespace, kind and name.
    found: BTreeMap<(String, &'static str, String), Workload>,
    /// Kinds that may not be read, and why.
    unread: BTreeMap<&'static str, String>,
}

impl Makers {
    fn take(&mut self, listing: &Listing, object: Encoded<'_>) -> Result<(), ConvertError> {
        let written: wire::Workload = object.decode(listing.kind)?;
        // The server leaves both out of the items of a list.
        let workload = Workload::try_from(wire::Workload {
            api_version: Some(listing.api_version.clone()),
            kind: Some(listing.kind.to_owned()),
            ..written
        })?;
        let name = workload.id.name.clone();
        let key = (workload.namespace.clone(), listing.kind, name);
        self.found.insert(key, workload);
        Ok(())
    }

    /// Looks up the owner of a pod. The "owner" of a mirror pod is its node.
    fn of(&self, pod: &Pod) -> Option<((String, ControllerRef), OwnerLookup)> {
        let controller = pod
            .controller
            .as_ref()
            .filter(|_| pod.origin == Origin::Api)?;
        let namespace = &pod.id.namespace;
        let key = (namespace.clone(), controller.clone());
        Some((key, self.look_up(namespace, controller)))
    }

    fn look_up(&self, namespace: &str, controller: &ControllerRef) -> OwnerLookup {
        let Some(kind) = owners::known(controller) else {
            return owners::of_unknown_kind();
        };
        if let Some(reason) = self.unread.get(kind) {
            return OwnerLookup::Unreadable {
                reason: reason.clone(),
            };
        }
        let key = (namespace.to_owned(), kind, controller.name.clone());
        match self.found.get(&key) {
            Some(workload) if workload.id.uid == controller.uid => {
                OwnerLookup::Found(Box::new(workload.clone()))
            }
            _ => OwnerLookup::Gone,
        }
    }
}

#[cfg(test)]
#[path = "picture_tests.rs"]
mod tests;
