//! Taints, cordons, drains and uncordons nodes, and tells beforehand what will happen.

pub mod adapters;
