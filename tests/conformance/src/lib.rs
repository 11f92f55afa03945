//! What the predicate evaluator is compared with: random clusters, and the real scheduler's plugins run over them.
//!
//! Nothing in here knows the evaluator. [`generator`] makes a cluster from a seed, [`oracle`] asks the Go program in
//! `oracle/` about it, and [`coverage`] counts which plugin decided how often, because a comparison says little about a
//! rule that never applied.

pub mod coverage;
pub mod generator;
pub mod oracle;
