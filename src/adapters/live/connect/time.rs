//! The real clock and real waiting, in one place.
//!
//! A rehearsal never opens a connection, so the network may look at the machine's clock; the rest of the program asks
//! the engine's.

use std::future::Future;
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// The machine's monotonic clock.
#[expect(clippy::disallowed_methods, reason = "the real network's clock")]
pub(super) fn now() -> Instant {
    Instant::now()
}

/// The time of day, to compare with the end of a credential's life.
#[expect(clippy::disallowed_methods, reason = "the real network's clock")]
pub(super) fn time_of_day() -> Timestamp {
    Timestamp::now()
}

/// A moment after which a request is given up.
#[derive(Clone, Copy)]
pub(super) struct Deadline(tokio::time::Instant);

impl Deadline {
    pub(super) fn after(limit: Duration) -> Self {
        Self(tokio::time::Instant::now() + limit)
    }

    /// Ends when the moment has come.
    pub(super) fn passed(self) -> tokio::time::Sleep {
        tokio::time::sleep_until(self.0)
    }
}

/// The result of the work, or `None` where it was not done by then.
pub(super) async fn until<T>(deadline: Deadline, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout_at(deadline.0, work).await.ok()
}

/// The result of the work, or `None` where it took longer.
pub(super) async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    until(Deadline::after(limit), work).await
}
