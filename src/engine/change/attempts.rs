//! How often a write is tried again, and how long it waits in between.

use std::time::Duration;

use crate::engine::clock::Clock;
use crate::engine::cluster::{Failure, FailureKind};

/// Tries of one write. Twenty writers on one node need about as many tries in the worst case; a hundred means that
/// something else is wrong.
const MOST: u32 = 100;
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);
/// A server that asks for more is not waited for: the person in front of it should know.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(10);

/// Counts the tries of one write.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    made: u32,
}

impl Attempts {
    /// Waits before another try after a lost race; `None` when it was tried often enough.
    pub(super) async fn after_race<K: Clock>(&mut self, clock: &K) -> Option<()> {
        self.made += 1;
        if self.made >= MOST {
            return None;
        }
        let pause = FIRST_PAUSE.saturating_mul(self.made).min(LONGEST_PAUSE);
        clock.sleep(pause).await;
        Some(())
    }

    /// Waits as long as an overloaded server asks; `None` when the failure is of another kind or it asks too much.
    ///
    /// A 429 was not carried out, so trying again is safe; any other failure may have been.
    pub(super) async fn after_failure<K: Clock>(
        &mut self,
        failure: &Failure,
        clock: &K,
    ) -> Option<()> {
        let asked = failure
            .retry_after
            .filter(|wait| *wait <= LONGEST_RETRY_AFTER)?;
        self.made += 1;
        if failure.kind != FailureKind::Throttled || self.made >= MOST {
            return None;
        }
        clock.sleep(asked).await;
        Some(())
    }

    /// Returns how many tries failed.
    pub(super) fn made(&self) -> u32 {
        self.made
    }
}
