//! `taint` of the built plugin against the real control plane.

mod bad_input;
mod parity;
mod races;
mod verbs;
