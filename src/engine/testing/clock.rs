//! A clock on which every wait is over at once, and which remembers how long was waited.

use std::sync::Mutex;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::engine::clock::Clock;

/// Starts at 2026-01-01T00:00:00Z; sleeping moves it on.
#[derive(Debug, Default)]
pub struct FakeClock {
    slept: Mutex<Vec<Duration>>,
}

impl FakeClock {
    /// Returns every wait, in order.
    pub fn slept(&self) -> Vec<Duration> {
        self.slept.lock().unwrap().clone()
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        start + SignedDuration::try_from(self.monotonic()).unwrap()
    }

    fn monotonic(&self) -> Duration {
        self.slept.lock().unwrap().iter().sum()
    }

    async fn sleep(&self, duration: Duration) {
        self.slept.lock().unwrap().push(duration);
        tokio::task::yield_now().await;
    }
}
