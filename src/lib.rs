//! Taints, cordons, drains and uncordons the nodes of a Kubernetes cluster, and tells beforehand what will happen.
//!
//! Data flows one way: `domain` (what is true) <- `engine` (what is done) <- `adapters` (where the cluster is) <-
//! `cli` (who asks). `present` turns domain values and engine events into text and JSON; it and `adapters` never see
//! each other. Nothing below `cli` opens a stream, prompts, reads the environment or exits.

pub mod adapters;
pub mod cli;
pub mod domain;
pub mod engine;
pub mod present;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
