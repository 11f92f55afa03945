//! Connecting: the same server, the same identity and the same words as kubectl, whatever the flags, files and
//! variables say.
//!
//! Where identity matters the real control plane answers; where it matters what was sent, servers of our own do, which
//! tell what they saw.

mod plugins;
mod pod;
mod provider;
mod proxies;
pub mod servers;
mod sides;
mod table;
mod wire;
