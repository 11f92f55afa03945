//! Everything that names the Kubernetes client, the network or a file: thin, so that the rest stays pure.

pub mod live;
