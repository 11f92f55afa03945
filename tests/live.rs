//! The live adapter against a real API server: what was learnt about its answers stays true.

mod cut;
mod evictions;
mod node_writes;
mod reads;
mod watches;

use std::path::Path;

use controlplane::Made;
use nodemaint::adapters::live::connect::{ConnectEnv, ConnectFlags, Listeners, connect};
use nodemaint::adapters::live::{LiveCluster, LiveOptions};
use nodemaint::domain::pod::PodRef;

/// Connects as a kubeconfig says.
async fn live(kubeconfig: &Path) -> LiveCluster {
    live_with(kubeconfig, LiveOptions::default()).await
}

async fn live_with(kubeconfig: &Path, options: LiveOptions) -> LiveCluster {
    let flags = ConnectFlags {
        kubeconfig: Some(kubeconfig.to_owned()),
        ..ConnectFlags::default()
    };
    live_by(&flags, options).await
}

async fn live_by(flags: &ConnectFlags, options: LiveOptions) -> LiveCluster {
    let agent = "kubectl-nodemaint/test".to_owned();
    let connection = connect(flags, &ConnectEnv::default(), Listeners::default(), agent)
        .await
        .unwrap();
    LiveCluster::new(connection.client, connection.requests, options)
}

/// Names a pod that was made.
fn pod_ref(pod: &Made) -> PodRef {
    let metadata = &pod.object()["metadata"];
    PodRef {
        namespace: metadata["namespace"].as_str().unwrap().to_owned(),
        name: pod.name().to_owned(),
        uid: pod.uid().to_owned(),
    }
}
