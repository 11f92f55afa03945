//! `cordon` and `uncordon` of the built plugin against the real control plane.

mod bad_input;
mod marks;
mod parity;
mod refusals;
