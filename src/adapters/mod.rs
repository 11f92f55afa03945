//! Where the cluster is: the live API server and files, each turned into domain values.
//!
//! The only modules that know the API's own spelling. They decide nothing about a drain: what a pod's fate is, when to
//! ask again and what to say are the business of `domain`, `engine` and `present`.

pub mod files;
pub mod live;
pub mod manifest;
pub mod scheduler_config;
pub mod wire;
