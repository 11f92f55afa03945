//! What is made of a whole cluster: a world for the scheduler's rules, or the objects of a snapshot file.

use super::{Format, Kind, Listing, MAKERS, Sink, Surveyor, survey};
use crate::adapters::files::Objects;
use crate::adapters::live::http::malformed;
use crate::adapters::manifest::Additions;
use crate::adapters::wire::Encoded;
use crate::adapters::wire::fit::{FitKind, PodFolder, read};
use crate::domain::fit::profile::Minor;
use crate::domain::fit::world::{World, WorldBuilder};
use crate::engine::cluster::{Failure, FailureKind};

/// Pods that the scheduler has nothing to do with any more.
const NOT_FINISHED: &str = "status.phase!=Succeeded,status.phase!=Failed";

/// How urgent pods are, which a file holds for later questions.
const PRIORITIES: Kind = (
    "scheduling.k8s.io/v1",
    "PriorityClass",
    "/apis/scheduling.k8s.io/v1/priorityclasses",
    "priorityclasses.scheduling.k8s.io",
);

/// Returns the resources that a world is made of.
pub(in crate::adapters::live) fn resources() -> Vec<&'static str> {
    let resource = |kind| match kind {
        FitKind::Node => "nodes",
        FitKind::Pod => "pods",
        FitKind::Other(kind) => kind.resource(),
    };
    FitKind::all().map(resource).collect()
}

/// Folds the cluster into a world.
pub(in crate::adapters::live) async fn world(
    surveyor: &Surveyor<'_>,
    minor: Minor,
    additions: &Additions,
) -> Result<World, Failure> {
    let listings = FitKind::all().map(|kind| {
        let mut listing = Listing::of(kind, Format::Short);
        if kind == FitKind::Pod {
            listing.target = listing.target.query("fieldSelector", NOT_FINISHED);
        }
        listing
    });
    let start = || {
        let mut builder = WorldBuilder::new(minor);
        additions
            .before(&mut builder)
            .map_err(|e| invalid(&e.to_string()))?;
        Ok(Folding::new(builder))
    };
    let mut builder = survey(surveyor, listings.collect(), start).await?.world;
    additions
        .after(&mut builder)
        .map_err(|e| invalid(&e.to_string()))?;
    Ok(builder.finish())
}

/// Something that was added to the cluster and is no such object.
fn invalid(problem: &str) -> Failure {
    Failure {
        kind: FailureKind::Invalid,
        message: problem.to_owned(),
        sentence: format!("error: {problem}"),
        retry_after: None,
    }
}

/// Reads the objects of a snapshot file, which keeps the server's JSON.
pub(in crate::adapters::live) async fn objects(
    surveyor: &Surveyor<'_>,
) -> Result<Objects, Failure> {
    let for_files = MAKERS.into_iter().chain([PRIORITIES]);
    let for_files = for_files.map(|kind| Listing::besides(kind, Format::Json));
    let listings = FitKind::all().map(|kind| Listing::of(kind, Format::Json));
    let listings = listings.chain(for_files).collect();
    survey(surveyor, listings, || Ok(Objects::default())).await
}

/// A world in the making.
pub(super) struct Folding {
    pub(super) world: WorldBuilder,
    pods: PodFolder,
}

impl Folding {
    pub(super) fn new(world: WorldBuilder) -> Folding {
        Folding {
            world,
            pods: PodFolder::default(),
        }
    }
}

impl Sink for Folding {
    fn take(&mut self, listing: &Listing, object: Encoded<'_>) -> Result<(), Failure> {
        let folded = match listing.fit {
            None => Ok(()),
            Some(FitKind::Pod) => self.pods.fold(object, &mut self.world).map(|_| ()),
            Some(kind) => read(kind, object).map(|object| object.fold(&mut self.world)),
        };
        folded.map_err(|error| malformed(&error))
    }

    fn whole(&mut self, _: &Listing) {}

    fn unread(&mut self, listing: &Listing, failure: Failure) {
        note_unread(&mut self.world, listing, failure);
    }
}

/// Notes in a world that a kind could not be read.
pub(super) fn note_unread(world: &mut WorldBuilder, listing: &Listing, failure: Failure) {
    if let Some(kind) = listing.object_kind() {
        world.unread(kind, failure.message);
    }
}

impl Sink for Objects {
    fn take(&mut self, listing: &Listing, object: Encoded<'_>) -> Result<(), Failure> {
        let Encoded::Json(json) = object else {
            return Err(malformed(&"it is no JSON, which alone was asked for"));
        };
        Objects::take(self, &listing.api_version, listing.kind, json)
            .map_err(|problem| malformed(&problem))
    }

    fn whole(&mut self, listing: &Listing) {
        if let Some(resource) = listing.resource {
            self.read_all(resource);
        }
    }

    fn unread(&mut self, listing: &Listing, failure: Failure) {
        if let Some(resource) = listing.resource {
            Objects::unread(self, resource, failure.message);
        }
    }
}
