//! The live cluster: how it is reached, read, watched and written.

pub mod connect;
