//! The real control plane that the tests run against: etcd, kube-apiserver,
//! kube-controller-manager, kube-scheduler and kwok's fake kubelets, with kubectl as the
//! program to compare with.
//!
//! A stub server answers what its author believes; this one answers what Kubernetes does.
//! The programs are built once from Go modules whose `go.mod` and `go.sum` are committed
//! (`modules/`), kept outside the repository, and started on free loopback ports.
//!
//! Three layers, the lower ones without any Kubernetes library so that `cargo xtask` is
//! quick to build:
//!
//! - [`assets`]: where the six programs are, and their build where they are not; [`oracle`]
//!   is the same for the program that knows the scheduler's plugins;
//! - [`supervisor`]: the process that holds the control plane and ends it with its parent;
//! - `api` (feature `api`): what tests use, see `shared` and `Space`.

pub mod assets;
pub mod build;
pub mod description;
pub mod error;
pub mod files;
pub mod lease;
pub mod oracle;
pub mod pki;
pub mod process;
pub mod programs;
pub mod progress;
pub mod start;
pub mod state;
pub mod supervisor;
pub mod toolchain;

#[cfg(feature = "api")]
mod api;

#[cfg(feature = "api")]
pub use api::*;
pub use description::Description;
pub use error::Error;
