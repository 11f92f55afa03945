//! Reads a whole cluster: every kind in pages, several kinds at once.
//!
//! Objects are handed on one by one and dropped, so that memory follows a page and what is made of it. While a page is
//! folded, on a thread of its own, the next one is on its way. A kind that may not be read, or that the server does not
//! know, is told as such; nodes and pods must be readable.

mod picture;
mod sinks;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::stream::{self, StreamExt, TryStreamExt};
use hyper::body::Bytes;

use super::http::{Answer, Call, Http, malformed};
use super::page::{self, RawPage};
use super::progress::Progress;
use super::target::Target;
use crate::adapters::wire::fit::FitKind;
use crate::adapters::wire::{Encoded, protobuf};
use crate::domain::fit::world::ObjectKind;
use crate::engine::cluster::{Failure, FailureKind};

pub(super) use picture::picture;
pub use picture::{Asked, Picture, Whose};
pub(super) use sinks::{objects, resources, world};

/// Lists under way at once: enough to hide the latency, few enough for a server in trouble.
const PARALLEL: usize = 6;

/// A kind that no rule of the scheduler reads: apiVersion, kind, path, and the resource as kubectl names it.
type Kind = (&'static str, &'static str, &'static str, &'static str);

/// Those of them that make pods.
const MAKERS: [Kind; 2] = [
    (
        "apps/v1",
        "DaemonSet",
        "/apis/apps/v1/daemonsets",
        "daemonsets.apps",
    ),
    ("batch/v1", "Job", "/apis/batch/v1/jobs", "jobs.batch"),
];

/// Who asks, and how.
pub(super) struct Surveyor<'a> {
    pub http: &'a Http,
    pub chunk_size: i64,
    pub progress: &'a Progress,
}

/// In which format a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// The server's own JSON.
    Json,
    /// Protobuf where we can read the kind in it.
    Short,
}

/// A kind to list.
struct Listing {
    api_version: String,
    kind: &'static str,
    target: Target,
    /// As kubectl names it; nodes and pods have none here, for nothing goes without them.
    resource: Option<&'static str>,
    fit: Option<FitKind>,
    format: Format,
}

/// Takes what is read.
trait Sink: Send + 'static {
    fn take(&mut self, listing: &Listing, object: Encoded<'_>) -> Result<(), Failure>;

    fn whole(&mut self, listing: &Listing);

    fn unread(&mut self, listing: &Listing, failure: Failure);
}

impl Listing {
    fn of(kind: FitKind, format: Format) -> Listing {
        Listing {
            api_version: kind.api_version(),
            kind: kind.name(),
            target: Target::new(kind.path()),
            resource: match kind {
                FitKind::Node | FitKind::Pod => None,
                FitKind::Other(kind) => Some(kind.resource()),
            },
            fit: Some(kind),
            format,
        }
    }

    /// A kind besides those that rules read.
    fn besides((api_version, kind, path, resource): Kind, format: Format) -> Listing {
        Listing {
            api_version: api_version.to_owned(),
            kind,
            target: Target::new(path),
            resource: Some(resource),
            fit: None,
            format,
        }
    }

    fn object_kind(&self) -> Option<ObjectKind> {
        match self.fit? {
            FitKind::Node | FitKind::Pod => None,
            FitKind::Other(kind) => Some(kind),
        }
    }

    /// How an object of the kind is read from protobuf; `None` where it is read from JSON.
    fn message(&self) -> Option<&'static protobuf::Message> {
        match self.format {
            Format::Json => None,
            Format::Short => protobuf::schema(self.kind),
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
    surveyor: &Surveyor<'_>,
    listings: Vec<Listing>,
    start: impl Fn() -> Result<S, Failure>,
) -> Result<S, Failure> {
    let listings: Vec<Arc<Listing>> = listings.into_iter().map(Arc::new).collect();
    for chunk_size in [surveyor.chunk_size, 0] {
        surveyor.progress.begin();
        let sink = Arc::new(Mutex::new(start()?));
        let surveyor = Surveyor {
            chunk_size,
            ..*surveyor
        };
        let lists: Vec<_> = listings
            .iter()
            .map(|listing| list(&surveyor, listing, &sink))
            .collect();
        let ends: Vec<End> = stream::iter(lists)
            .buffer_unordered(PARALLEL)
            .try_collect()
            .await?;
        if !ends.contains(&End::Expired)
            && let Some(sink) = Arc::into_inner(sink)
        {
            return Ok(sink.into_inner().unwrap_or_else(PoisonError::into_inner));
        }
    }
    Err(malformed(&"a whole list ended as a page of one"))
}

fn lock<S>(sink: &Mutex<S>) -> MutexGuard<'_, S> {
    sink.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn list<S: Sink>(
    surveyor: &Surveyor<'_>,
    listing: &Arc<Listing>,
    sink: &Arc<Mutex<S>>,
) -> Result<End, Failure> {
    match pages(surveyor, listing, sink).await {
        Ok(End::Whole) => {
            lock(sink).whole(listing);
            Ok(End::Whole)
        }
        Err(failure) if listing.resource.is_some() && is_withheld(&failure) => {
            lock(sink).unread(listing, failure);
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
    surveyor: &Surveyor<'_>,
    listing: &Arc<Listing>,
    sink: &Arc<Mutex<S>>,
) -> Result<End, Failure> {
    let chunk_size = surveyor.chunk_size;
    let limit = (chunk_size != 0).then(|| chunk_size.to_string());
    let first = listing.target.clone().query_some("limit", limit.as_deref());
    let ask = |target: Target| {
        let call = Call::get(target);
        surveyor.http.send(match listing.message() {
            Some(_) => call.accepting(protobuf::ACCEPT),
            None => call,
        })
    };
    let mut body = ask(first.clone()).await?.into_body()?;
    loop {
        let RawPage { metadata, items } = page::read(&body, listing.message())?;
        let remaining = metadata.remaining_item_count.unwrap_or_default();
        surveyor.progress.page(listing.kind, items.len(), remaining);
        let folded = fold(body.clone(), listing.clone(), sink.clone());
        if metadata.continue_token.is_empty() {
            folded.await?;
            return Ok(End::Whole);
        }
        let next = first.clone().query("continue", &metadata.continue_token);
        let ((), answer) = futures::try_join!(folded, ask(next))?;
        body = match answer {
            Answer::Refused(refusal) if refusal.is_expired() => return Ok(End::Expired),
            answer => answer.into_body()?,
        };
    }
}

/// Hands the objects of a page on, where they are not in the way of what is being received.
async fn fold<S: Sink>(
    body: Bytes,
    listing: Arc<Listing>,
    sink: Arc<Mutex<S>>,
) -> Result<(), Failure> {
    let folding = tokio::task::spawn_blocking(move || {
        let items = page::read(&body, listing.message())?.items;
        let mut taken = lock(&sink);
        items
            .into_iter()
            .try_for_each(|item| taken.take(&listing, item))
    });
    folding.await.map_err(|cause| malformed(&cause))?
}

#[cfg(test)]
mod tests;
