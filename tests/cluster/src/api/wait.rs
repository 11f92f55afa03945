//! Waiting for what the cluster will do. The deadline is far beyond what is needed on an
//! idle machine: it bounds a failing test, it measures nothing.

use std::thread;
use std::time::{Duration, Instant};

const DEADLINE: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(40);

/// Waits until a condition holds.
///
/// # Panics
/// After two minutes, with `what`.
#[track_caller]
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    wait_for(what, || if holds() { Ok(()) } else { Err("not so") });
}

/// Waits until there is a value; what stands in its way is shown when there never is.
///
/// # Panics
/// After two minutes, with `what` and the last reason.
#[track_caller]
pub fn wait_for<T, E: std::fmt::Debug>(what: &str, mut look: impl FnMut() -> Result<T, E>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        match look() {
            Ok(value) => return value,
            Err(reason) if Instant::now() > deadline => {
                panic!(
                    "waited {} s for: {what}; last seen: {reason:?}",
                    DEADLINE.as_secs()
                )
            }
            Err(_) => thread::sleep(LOOK),
        }
    }
}
