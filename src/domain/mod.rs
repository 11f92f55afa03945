//! What nodes, pods and budgets are and what follows from them: pure data and arithmetic.
//!
//! Nothing here knows a clock, a network, a file, a terminal or an async runtime: time is a parameter and every
//! answer is a value. That is what lets the preview, the rehearsal and the real drain share one set of rules.

pub mod age;
pub mod assume;
pub mod budget;
pub mod describe;
pub mod diagnose;
pub mod drain;
pub mod duration;
pub mod fit;
pub mod labels;
pub mod mark;
pub mod names;
pub mod node;
pub mod owner;
pub mod pod;
pub mod quantity;
pub mod snapshot;
pub mod symptoms;
pub mod taint;
