//! `taint` of the built plugin against the real control plane.

mod bad_input;
mod offline;
mod out_of_service;
mod parity;
mod plan;
mod races;
mod truth;
mod verbs;
