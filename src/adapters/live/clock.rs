//! The machine's clock: the only place of the library that looks at it or waits by it.

use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures::future::{Either, select};
use jiff::Timestamp;

use crate::engine::clock::Clock;

/// Real time.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// Starts counting `monotonic` from now.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the real clock that others are given"
    )]
    pub fn new() -> SystemClock {
        SystemClock {
            started: Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock::new()
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the real clock that others are given"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        pause(duration).await;
    }
}

/// Waits by the machine's clock.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the real clock that others are given"
)]
pub(super) async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// Returns the future's value, or `None` when it took longer than `limit`.
pub(super) async fn within<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    match select(pin!(future), pin!(pause(limit))).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(((), _)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_ready_is_not_timed_out_and_what_never_comes_is() {
        assert_eq!(
            within(Duration::from_secs(60), std::future::ready(7)).await,
            Some(7)
        );
        let never = std::future::pending::<()>();
        assert_eq!(within(Duration::from_millis(1), never).await, None);
    }

    #[tokio::test]
    async fn time_goes_on_while_asleep() {
        let clock = SystemClock::new();
        let (before, wall) = (clock.monotonic(), clock.now());
        clock.sleep(Duration::from_millis(5)).await;
        assert!(clock.monotonic() >= before + Duration::from_millis(5));
        assert!(clock.now() > wall);
    }
}
