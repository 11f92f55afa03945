//! Reads everything that the scheduler's rules ask of a cluster: every kind in pages, several kinds at once.
//!
//! Objects are handed on one by one and dropped, so that memory follows a page and what is made of it. A kind that may
//! not be read, or that the server does not know, is told as such; nodes and pods must be readable.

use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::stream::{self, StreamExt, TryStreamExt};
use serde_json::value::RawValue;

use super::http::{Answer, Call, Http, decode, malformed};
use super::target::Target;
use crate::adapters::files::{Objects, Wanted};
use crate::adapters::manifest::Additions;
use crate::adapters::wire;
use crate::adapters::wire::fit::{FitKind, read};
use crate::domain::fit::profile::Minor;
use crate::domain::fit::world::{ObjectKind, World, WorldBuilder};
use crate::engine::cluster::{Failure, FailureKind};

/// Lists under way at once: enough to hide the latency, few enough for a server in trouble.
const PARALLEL: usize = 6;

/// Pods that the scheduler has nothing to do with any more.
const NOT_FINISHED: &str = "status.phase!=Succeeded,status.phase!=Failed";

/// Kinds that a file holds for later questions besides those that rules read: who makes pods, and how urgent they are.
const FOR_FILES: [(&str, &str, &str, &str); 3] = [
    (
        "apps/v1",
        "DaemonSet",
        "/apis/apps/v1/daemonsets",
        "daemonsets.apps",
    ),
    ("batch/v1", "Job", "/apis/batch/v1/jobs", "jobs.batch"),
    (
        "scheduling.k8s.io/v1",
        "PriorityClass",
        "/apis/scheduling.k8s.io/v1/priorityclasses",
        "priorityclasses.scheduling.k8s.io",
    ),
];

/// A kind to list.
struct Listing {
    api_version: String,
    kind: &'static str,
    target: Target,
    /// As kubectl names it; nodes and pods have none here, for nothing goes without them.
    resource: Option<&'static str>,
    fit: Option<FitKind>,
}

/// Takes what is read.
trait Sink: Send {
    fn take(&mut self, listing: &Listing, json: &str) -> Result<(), Failure>;

    fn whole(&mut self, listing: &Listing);

    fn unread(&mut self, listing: &Listing, reason: String);
}

/// Returns the resources that a world is made of.
pub(super) fn resources() -> Vec<&'static str> {
    let resource = |kind| match kind {
        FitKind::Node => "nodes",
        FitKind::Pod => "pods",
        FitKind::Other(kind) => kind.resource(),
    };
    FitKind::all().map(resource).collect()
}

/// Folds the cluster into a world.
pub(super) async fn world(
    http: &Http,
    chunk_size: i64,
    minor: Minor,
    additions: &Additions,
) -> Result<World, Failure> {
    let listings = FitKind::all().map(|kind| {
        let mut listing = Listing::of(kind);
        if kind == FitKind::Pod {
            listing.target = listing.target.query("fieldSelector", NOT_FINISHED);
        }
        listing
    });
    let listings: Vec<Listing> = listings.collect();
    let start = || {
        let mut builder = WorldBuilder::new(minor);
        additions
            .before(&mut builder)
            .map_err(|e| invalid(&e.to_string()))?;
        Ok(builder)
    };
    let mut builder = survey(http, chunk_size, &listings, start).await?;
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

/// Reads the objects of a snapshot file.
pub(super) async fn objects(http: &Http, chunk_size: i64) -> Result<Objects, Failure> {
    let for_files = FOR_FILES.map(|(api_version, kind, path, resource)| Listing {
        api_version: api_version.to_owned(),
        kind,
        target: Target::new(path),
        resource: Some(resource),
        fit: None,
    });
    let listings: Vec<Listing> = FitKind::all().map(Listing::of).chain(for_files).collect();
    survey(http, chunk_size, &listings, || Ok(Objects::default())).await
}

impl Listing {
    fn of(kind: FitKind) -> Listing {
        Listing {
            api_version: kind.api_version(),
            kind: kind.name(),
            target: Target::new(kind.path()),
            resource: match kind {
                FitKind::Node | FitKind::Pod => None,
                FitKind::Other(kind) => Some(kind.resource()),
            },
            fit: Some(kind),
        }
    }

    fn object_kind(&self) -> Option<ObjectKind> {
        match self.fit? {
            FitKind::Node | FitKind::Pod => None,
            FitKind::Other(kind) => Some(kind),
        }
    }
}

/// How reading a list ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Whole,
    /// The server forgot the state that the first pages were of.
    Expired,
}

/// Reads all kinds; where a list expires between two pages, everything is read anew and unpaged, as a second try in pages
/// would be as slow as the first.
async fn survey<S: Sink>(
    http: &Http,
    chunk_size: i64,
    listings: &[Listing],
    start: impl Fn() -> Result<S, Failure>,
) -> Result<S, Failure> {
    for chunk_size in [chunk_size, 0] {
        let sink = Mutex::new(start()?);
        let lists: Vec<_> = listings
            .iter()
            .map(|listing| list(http, chunk_size, listing, &sink))
            .collect();
        let ends: Vec<End> = stream::iter(lists)
            .buffer_unordered(PARALLEL)
            .try_collect()
            .await?;
        if !ends.contains(&End::Expired) {
            return Ok(sink.into_inner().unwrap_or_else(PoisonError::into_inner));
        }
    }
    Err(malformed(&"a whole list ended as a page of one"))
}

fn lock<S>(sink: &Mutex<S>) -> MutexGuard<'_, S> {
    sink.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn list<S: Sink>(
    http: &Http,
    chunk_size: i64,
    listing: &Listing,
    sink: &Mutex<S>,
) -> Result<End, Failure> {
    match pages(http, chunk_size, listing, sink).await {
        Ok(End::Whole) => {
            lock(sink).whole(listing);
            Ok(End::Whole)
        }
        Err(failure) if listing.resource.is_some() && is_withheld(&failure) => {
            lock(sink).unread(listing, failure.message);
            Ok(End::Whole)
        }
        other => other,
    }
}

/// Tells whether the server does not show the kind to us, or does not have it.
fn is_withheld(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Forbidden | FailureKind::NotFound)
}

async fn pages<S: Sink>(
    http: &Http,
    chunk_size: i64,
    listing: &Listing,
    sink: &Mutex<S>,
) -> Result<End, Failure> {
    let limit = (chunk_size != 0).then(|| chunk_size.to_string());
    let paged = listing.target.clone().query_some("limit", limit.as_deref());
    let mut next = paged.clone();
    loop {
        let is_continued = next != paged;
        let body = match http.send(Call::get(next)).await? {
            Answer::Refused(refusal) if refusal.is_expired() && is_continued => {
                return Ok(End::Expired);
            }
            answer => answer.into_body()?,
        };
        let page: wire::List<&RawValue> =
            serde_json::from_slice(&body).map_err(|e| malformed(&e))?;
        let mut taken = lock(sink);
        for item in page.items {
            taken.take(listing, item.get())?;
        }
        drop(taken);
        if page.metadata.continue_token.is_empty() {
            return Ok(End::Whole);
        }
        next = paged
            .clone()
            .query("continue", &page.metadata.continue_token);
    }
}

impl Sink for WorldBuilder {
    fn take(&mut self, listing: &Listing, json: &str) -> Result<(), Failure> {
        let Some(kind) = listing.fit else {
            return Ok(());
        };
        let object = read(kind, json).map_err(|error| malformed(&error))?;
        object.fold(self);
        Ok(())
    }

    fn whole(&mut self, _: &Listing) {}

    fn unread(&mut self, listing: &Listing, reason: String) {
        if let Some(kind) = listing.object_kind() {
            WorldBuilder::unread(self, kind, reason);
        }
    }
}

impl Sink for Objects {
    fn take(&mut self, listing: &Listing, json: &str) -> Result<(), Failure> {
        Objects::take(self, &listing.api_version, listing.kind, json)
            .map_err(|problem| malformed(&problem))
    }

    fn whole(&mut self, listing: &Listing) {
        if let Some(resource) = listing.resource {
            self.read_all(resource);
        }
    }

    fn unread(&mut self, listing: &Listing, reason: String) {
        if let Some(resource) = listing.resource {
            Objects::unread(self, resource, reason);
        }
    }
}

/// Kinds that are asked for by name: group, kind, path of the group, and its part for the kind.
const BY_NAME: [(&str, &str, &str, &str); 9] = [
    ("", "Pod", "/api/v1", "/pods"),
    (
        "",
        "ReplicationController",
        "/api/v1",
        "/replicationcontrollers",
    ),
    ("apps", "Deployment", "/apis/apps/v1", "/deployments"),
    ("apps", "ReplicaSet", "/apis/apps/v1", "/replicasets"),
    ("apps", "StatefulSet", "/apis/apps/v1", "/statefulsets"),
    ("apps", "DaemonSet", "/apis/apps/v1", "/daemonsets"),
    ("batch", "Job", "/apis/batch/v1", "/jobs"),
    ("batch", "CronJob", "/apis/batch/v1", "/cronjobs"),
    (
        "scheduling.k8s.io",
        "PriorityClass",
        "/apis/scheduling.k8s.io/v1",
        "/priorityclasses",
    ),
];

/// Reads one object; `None` where the server has none of that name, or where the kind is not known here.
pub(super) async fn find(
    http: &Http,
    wanted: Wanted<'_>,
) -> Result<Option<serde_json::Value>, Failure> {
    let mut kinds = BY_NAME.iter();
    let known = kinds.find(|(group, kind, ..)| *group == wanted.group && *kind == wanted.kind);
    let Some((_, _, base, part)) = known else {
        return Ok(None);
    };
    let group = Target::new(base);
    let group = match wanted.namespace {
        "" => group,
        namespace => group.part("/namespaces").name(namespace)?,
    };
    let call = Call::get(group.part(part).name(wanted.name)?);
    let resource = part.trim_start_matches('/');
    let body = http.send(call).await?.into_found(resource)?;
    body.map(|body| decode(&body)).transpose()
}

#[cfg(test)]
#[path = "survey_tests.rs"]
mod tests;
