//! The work itself, through traits only: cordon, taint and drain against any [`cluster::Cluster`] and any [`clock::Clock`].
//!
//! The same code runs on the live cluster and on a simulated one. It prints nothing: what happens is told as
//! [`event::Event`]s, and terminal, log lines and JSON are equal listeners.

pub mod change;
pub mod clock;
pub mod cluster;
pub mod drain;
pub mod event;
pub mod observe;
pub mod rights;
pub mod stop;
#[cfg(test)]
pub mod testing;
