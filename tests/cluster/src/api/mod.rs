//! What tests use: [`shared`] and, from it, a [`Space`] for each test.
//!
//! Everything here is synchronous and works inside and outside an async runtime: requests
//! run on a runtime of their own. What should not happen in a test panics with the
//! server's words, so that a test reads as what it is about.

mod admission;
mod audit;
mod budgets;
mod cluster;
mod nodes;
mod pods;
mod space;
mod users;
mod wait;
mod webhook;

pub use admission::Refusal;
pub use audit::{Mark, Request, Requests};
pub use budgets::BudgetDraft;
pub use cluster::{Alone, Cluster, alone, shared};
pub use nodes::NodeDraft;
pub use pods::PodDraft;
pub use space::{Made, Space, space};
pub use users::{User, UserDraft};
pub use wait::{wait_for, wait_until};
pub use webhook::Webhook;

/// The value, or a panic that says what was being done.
#[track_caller]
fn must<T, E: std::fmt::Display>(what: &str, outcome: Result<T, E>) -> T {
    outcome.unwrap_or_else(|error| panic!("{what}: {error}"))
}
