//! Watches that never end: each goes on where the last connection stopped, and begins anew where that is impossible.
//!
//! The server ends a watch after the time that was asked for, and a dead connection is known by its silence, since
//! servers send a bookmark each minute. Neither loses a change: the next request names the last version that was seen.
//! Only when the server has forgotten that version (410, as an HTTP status or as an event inside a 200) is everything
//! listed again.

use std::time::Duration;

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::answer::Refusal;
use super::clock::{pause, within};
use super::http::{Call, Http, Lines, decode, malformed, stream_failure};
use super::read;
use super::target::Target;
use crate::adapters::wire::{self, OfKind};
use crate::domain::budget::Budget;
use crate::domain::pod::Pod;
use crate::engine::cluster::{Change, Failure};

/// How long the server is asked to keep a watch open, in seconds; some proxies cut at five minutes.
const SERVER_TIMEOUT: &str = "290";
/// A connection without a line for this long is given up; bookmarks come each minute.
const LONGEST_SILENCE: Duration = Duration::from_secs(90);
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Watches the pods of a list.
pub(super) fn pods(
    http: &Http,
    list: Target,
    since: &str,
    chunk_size: i64,
) -> BoxStream<'static, Change<Pod>> {
    start::<wire::Pod, Pod>(http, list, since, chunk_size)
}

/// Watches all budgets.
pub(super) fn budgets(
    http: &Http,
    since: &str,
    chunk_size: i64,
) -> BoxStream<'static, Change<Budget>> {
    start::<wire::PodDisruptionBudget, Budget>(http, read::all_budgets(), since, chunk_size)
}

fn start<W, D>(
    http: &Http,
    list: Target,
    since: &str,
    chunk_size: i64,
) -> BoxStream<'static, Change<D>>
where
    W: DeserializeOwned + OfKind + Send + 'static,
    D: TryFrom<W, Error = wire::ConvertError> + Send + 'static,
{
    let watch = Watch {
        http: http.clone(),
        list,
        chunk_size,
        version: since.to_owned(),
        // Without a version the server would send everything as if it had just been added.
        state: if since.is_empty() {
            State::Relist
        } else {
            State::Connect
        },
        failures: 0,
        longest_silence: LONGEST_SILENCE,
    };
    stream::unfold(watch, async |mut watch| {
        let change = watch.next::<W, D>().await;
        Some((change, watch))
    })
    .boxed()
}

/// What a watch does next.
enum State {
    /// Ask for changes since the last version.
    Connect,
    /// Read the lines of an open connection; whether one came already.
    Read(Lines, Lived),
    /// List everything, since the last version is forgotten.
    Relist,
    /// Wait, then do that.
    Pause(Duration, Box<State>),
}

/// Whether a connection ever brought a line: one that did not must not be made again at once.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lived {
    NotYet,
    Yes,
}

struct Watch {
    http: Http,
    list: Target,
    chunk_size: i64,
    version: String,
    state: State,
    /// Failures in a row, which decide the pause.
    failures: u32,
    longest_silence: Duration,
}

/// What a step of a watch brought.
enum Step<D> {
    /// A change for the caller.
    Tell(Change<D>),
    /// Nothing to tell; go on.
    Continue,
}

impl Watch {
    async fn next<W, D>(&mut self) -> Change<D>
    where
        W: DeserializeOwned + OfKind + Send,
        D: TryFrom<W, Error = wire::ConvertError> + Send,
    {
        loop {
            let state = std::mem::replace(&mut self.state, State::Connect);
            let step = match state {
                State::Pause(duration, next) => {
                    pause(duration).await;
                    self.state = *next;
                    Step::Continue
                }
                State::Connect => self.connect().await,
                State::Relist => self.relist::<W, D>().await,
                State::Read(lines, lived) => self.read::<W, D>(lines, lived).await,
            };
            if let Step::Tell(change) = step {
                return change;
            }
        }
    }

    async fn connect<D>(&mut self) -> Step<D> {
        let target = self
            .list
            .clone()
            .query("watch", "true")
            .query("allowWatchBookmarks", "true")
            .query("timeoutSeconds", SERVER_TIMEOUT)
            .query("resourceVersion", &self.version);
        match self.http.open(Call::get(target)).await {
            Ok(Ok(lines)) => {
                self.state = State::Read(lines, Lived::NotYet);
                Step::Continue
            }
            Ok(Err(refusal)) => self.refused(&refusal),
            Err(failure) => self.interrupted(failure, State::Connect),
        }
    }

    async fn relist<W, D>(&mut self) -> Step<D>
    where
        W: DeserializeOwned + OfKind + Send,
        D: TryFrom<W, Error = wire::ConvertError> + Send,
    {
        match read::list::<W, D>(&self.http, &self.list, self.chunk_size).await {
            Ok(listed) => {
                self.version = listed.resource_version;
                Step::Tell(Change::Restarted(listed.items))
            }
            Err(failure) => self.interrupted(failure, State::Relist),
        }
    }

    async fn read<W, D>(&mut self, mut lines: Lines, lived: Lived) -> Step<D>
    where
        W: DeserializeOwned,
        D: TryFrom<W, Error = wire::ConvertError>,
    {
        match within(self.longest_silence, lines.next()).await {
            Some(Some(Ok(line))) => {
                self.state = State::Read(lines, Lived::Yes);
                match parse_line::<W, D>(line.as_bytes()) {
                    Ok(event) => self.take(event),
                    // The change that the line held is lost to us: only a new list can make up for it.
                    Err(failure) => self.interrupted(failure, State::Relist),
                }
            }
            Some(Some(Err(error))) => self.interrupted(stream_failure(&error), State::Connect),
            Some(None) if lived == Lived::NotYet => {
                self.state = State::Pause(self.next_pause(), Box::new(State::Connect));
                Step::Continue
            }
            // The server's time limit, or a connection that died without a word.
            Some(None) | None => Step::Continue,
        }
    }

    fn take<D>(&mut self, event: Event<D>) -> Step<D> {
        match event {
            Event::Object(version, change) => {
                self.failures = 0;
                self.version = version;
                Step::Tell(change)
            }
            Event::Bookmark(version) => {
                self.failures = 0;
                self.version = version;
                Step::Continue
            }
            Event::Error(status) => self.refused(&Refusal::from_event(status)),
        }
    }

    fn refused<D>(&mut self, refusal: &Refusal) -> Step<D> {
        if refusal.is_expired() {
            // A version that is forgotten as soon as it was listed must not make us list without end.
            self.state = match self.failures {
                0 => State::Relist,
                _ => State::Pause(self.next_pause(), Box::new(State::Relist)),
            };
            self.failures = self.failures.max(1);
            return Step::Continue;
        }
        self.interrupted(refusal.failure(), State::Connect)
    }

    fn interrupted<D>(&mut self, failure: Failure, next: State) -> Step<D> {
        let pause = self
            .next_pause()
            .max(failure.retry_after.unwrap_or_default());
        self.state = State::Pause(pause, Box::new(next));
        Step::Tell(Change::Interrupted(failure))
    }

    /// Doubles with each failure in a row.
    fn next_pause(&mut self) -> Duration {
        let factor = 2_u32.saturating_pow(self.failures);
        self.failures += 1;
        SHORTEST_PAUSE.saturating_mul(factor).min(LONGEST_PAUSE)
    }
}

/// A line of a watch.
enum Event<D> {
    /// An object changed; its version.
    Object(String, Change<D>),
    /// Nothing changed up to this version.
    Bookmark(String),
    /// The server gives up.
    Error(wire::Status),
}

fn parse_line<W, D>(line: &[u8]) -> Result<Event<D>, Failure>
where
    W: DeserializeOwned,
    D: TryFrom<W, Error = wire::ConvertError>,
{
    #[derive(Deserialize)]
    struct Head {
        r#type: String,
        #[serde(rename = "object")]
        _object: IgnoredAny,
    }
    // The type may come after the object, and an error's object is of another kind: so the line is read twice.
    let kind = decode::<Head>(line)?.r#type;
    match kind.as_str() {
        "ADDED" | "MODIFIED" => parse_object(line, Change::Applied),
        "DELETED" => parse_object(line, Change::Deleted),
        "BOOKMARK" => Ok(Event::Bookmark(version_of(line)?)),
        "ERROR" => Ok(Event::Error(decode::<Body<wire::Status>>(line)?.object)),
        other => Err(malformed(&format!("a watch event of type {other:?}"))),
    }
}

#[derive(Deserialize)]
struct Body<T> {
    object: T,
}

fn parse_object<W, D>(line: &[u8], change: fn(D) -> Change<D>) -> Result<Event<D>, Failure>
where
    W: DeserializeOwned,
    D: TryFrom<W, Error = wire::ConvertError>,
{
    let object = decode::<Body<W>>(line)?.object;
    Ok(Event::Object(
        version_of(line)?,
        change(read::convert(object)?),
    ))
}

fn version_of(line: &[u8]) -> Result<String, Failure> {
    #[derive(Deserialize)]
    struct Versioned {
        metadata: wire::ListMeta,
    }
    Ok(decode::<Body<Versioned>>(line)?
        .object
        .metadata
        .resource_version)
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
