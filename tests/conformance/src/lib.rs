//! What the predicate evaluator is compared with: random clusters, and the real scheduler's plugins run over them.
//!
//! [`generator`] makes a cluster from a seed, [`oracle`] asks the Go program in `oracle/` about it, [`evaluator`] asks the
//! product, [`compare`] finds what differs, [`unknown`] says what cannot be known, and [`shrink`] makes it small,
//! [`campaign`] does so for many. [`coverage`] counts which plugin decided how often, because a comparison says little about
//! a rule that never applied; [`goldens`] are comparisons that are kept. [`quantities`] compares the notation of amounts in
//! the same way.

pub mod campaign;
pub mod compare;
pub mod coverage;
pub mod evaluator;
pub mod generator;
pub mod goldens;
pub mod oracle;
pub mod preemption;
pub mod quantities;
pub mod shrink;
pub mod unknown;
