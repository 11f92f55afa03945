//! kubeconfig files: what is in them, and how several become one.
//!
//! `kube` has a loader of its own; it fails on a missing file of a `KUBECONFIG` list, knows three of kubectl's
//! overrides, and cannot be asked for kubectl's error texts, so files are read here the way client-go reads them.

mod load;
mod model;

pub(super) use load::load;
pub(super) use model::{
    AuthProvider, Cluster, Context, ExecConfig, InteractiveMode, Kubeconfig, User,
};

#[cfg(test)]
mod tests;
