//! Time as the engine is given it, so that waits can be rehearsed without waiting.

use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;

/// Tells the time and sleeps.
pub trait Clock: Send + Sync {
    /// Returns the wall-clock time.
    fn now(&self) -> Timestamp;

    /// Returns the time since some fixed moment; never goes backwards.
    fn monotonic(&self) -> Duration;

    /// Completes after `duration`.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send;
}
