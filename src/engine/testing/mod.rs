//! An in-memory cluster and a clock that never waits, for tests of the engine.
//!
//! Writes check the UID and the version that they are bound to, as a real server does; a test scripts what happens
//! just before each of them arrives.

mod builders;
mod clock;
mod fake;

pub use builders::{NodeExt, node};
pub use clock::FakeClock;
pub use fake::{FakeCluster, Request, Step};
