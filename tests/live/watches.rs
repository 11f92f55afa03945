//! Watches of a real cluster, also through connections that are cut.

use controlplane::{space, wait_until};
use futures::StreamExt;
use futures::stream::BoxStream;
use nodemaint::domain::drain::policy::GracePeriod;
use nodemaint::domain::pod::Pod;
use nodemaint::engine::cluster::{Change, Cluster, FailureKind, RemoveOutcome, RemoveRequest};

use super::cut::Relay;
use super::{live, live_by, pod_ref};

/// Follows a watch until a pod is deleted, and returns what was told of it on the way.
async fn until_deleted(
    changes: &mut BoxStream<'static, Change<Pod>>,
    name: &str,
) -> Vec<Change<Pod>> {
    let mut told = Vec::new();
    while let Some(change) = changes.next().await {
        let ends = matches!(&change, Change::Deleted(pod) if pod.id.name == name);
        told.push(change);
        if ends {
            break;
        }
    }
    told
}

#[tokio::test]
async fn an_evicted_pod_is_seen_to_terminate_and_to_go() {
    let space = space("watch_pods");
    let [node, other] = space.nodes(["a", "b"]);
    let pod = space
        .pod("web")
        .on(&node)
        .gone_after("300ms")
        .create_ready();
    let elsewhere = space.pod("elsewhere").on(&other).create_ready();
    let live = live(&space.kubeconfig()).await;
    let listed = live.pods_on(node.name(), None).await.unwrap();
    let mut changes = live.watch_pods(node.name(), &listed.resource_version);
    for pod in [&elsewhere, &pod] {
        let request = RemoveRequest {
            pod: pod_ref(pod),
            grace: GracePeriod::PodsOwn,
        };
        assert_eq!(live.evict(&request).await, RemoveOutcome::Accepted);
    }
    let told = until_deleted(&mut changes, "web").await;
    let (last, before) = told.split_last().unwrap();
    assert!(matches!(last, Change::Deleted(gone) if gone.id == pod_ref(&pod)));
    assert!(
        before
            .iter()
            .all(|change| matches!(change, Change::Applied(seen) if seen.id == pod_ref(&pod))),
        "{before:?}"
    );
    assert!(
        before
            .iter()
            .any(|change| matches!(change, Change::Applied(seen) if seen.is_terminating())),
        "{before:?}"
    );
}

#[tokio::test]
async fn a_budget_is_seen_to_be_spent_and_restored() {
    let space = space("watch_budgets");
    space.nodes(["a"]);
    space
        .deployment("web")
        .replicas(2)
        .ready_after("200ms")
        .create_ready();
    space.budget("web").min_available(1).create_allowing(1);
    let live = live(&space.kubeconfig()).await;
    let listed = live.budgets().await.unwrap();
    let changes = live.watch_budgets(&listed.resource_version);
    let name = space.name().to_owned();
    let mut allowed = changes.filter_map(move |change| {
        let own = match change {
            Change::Applied(budget) if budget.id.namespace == name => {
                Some(budget.status.disruptions_allowed)
            }
            _ => None,
        };
        std::future::ready(own)
    });
    let pod = live
        .pods_on(&space.node_name("a"), None)
        .await
        .unwrap()
        .items
        .remove(0);
    let request = RemoveRequest {
        pod: pod.id,
        grace: GracePeriod::PodsOwn,
    };
    assert_eq!(live.evict(&request).await, RemoveOutcome::Accepted);
    assert_eq!(allowed.next().await, Some(0));
    while let Some(now) = allowed.next().await {
        if now == 1 {
            return;
        }
    }
    panic!("the watch ended");
}

// The relay goes on while the test's own thread waits for the cluster.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failure_13_a_cut_connection_loses_no_change() {
    let space = space("watch_cut");
    let [node] = space.nodes(["a"]);
    let relay = Relay::start().await;
    let flags = relay.flags(&space.kubeconfig());
    let live = live_by(&flags, Default::default()).await;
    let listed = live.pods_on(node.name(), None).await.unwrap();
    let mut changes = live.watch_pods(node.name(), &listed.resource_version);
    space.pod("first").on(&node).create();
    assert!(matches!(changes.next().await, Some(Change::Applied(pod)) if pod.id.name == "first"));

    relay.cut();
    let pod = space.pod("second").on(&node).create_ready();
    let path = format!("/api/v1/namespaces/{}/pods/second", space.name());
    space.delete(&path, serde_json::json!({}));
    wait_until("the pod is gone", || space.get_pod("second").is_none());
    let told = until_deleted(&mut changes, "second").await;
    assert!(matches!(told.last(), Some(Change::Deleted(gone)) if gone.id == pod_ref(&pod)));
    let interruptions = told.iter().filter(|change| matches!(change, Change::Interrupted(failure) if failure.kind == FailureKind::Transport));
    assert_eq!(interruptions.count(), 1, "{told:?}");
    assert!(
        !told
            .iter()
            .any(|change| matches!(change, Change::Restarted(_))),
        "{told:?}"
    );
}
