//! The drain of one node: which pod is asked to go when, and when the node is empty.
//!
//! `schedule` decides and knows no time of its own and no network; `run` carries its decisions out against a
//! [`Cluster`](super::cluster::Cluster) and tells it what happened. The decision part is therefore tested without
//! waiting, and the carrying out has no rules in it.

mod budgets;
mod nodes;
mod run;
mod schedule;
#[cfg(test)]
mod tests;

pub use nodes::{RunReport, drain_nodes};
pub use run::{DrainOptions, NodeReport, Owners};
