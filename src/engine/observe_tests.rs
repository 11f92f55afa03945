//! What is asked of a cluster for a plan, and what a refusal does to it.

use super::*;
use crate::domain::budget::Amount;
use crate::domain::owner::OwnerLookup;
use crate::engine::testing::FakeCluster;
use crate::testing::{BudgetBuilder, PodBuilder, budget, node, now, pod};

fn failure(kind: FailureKind) -> Failure {
    Failure::new(kind, "the server's words")
}

fn web(name: &str, node: &str) -> PodBuilder {
    pod(name)
        .on(node)
        .label("app", "web")
        .owned_by("ReplicaSet", "web")
}

fn web_budget(healthy: i64) -> BudgetBuilder {
    budget("default/web")
        .selecting(&[("app", "web")])
        .min_available(Amount::Count(2))
        .counts(healthy, 3)
}

fn cluster() -> FakeCluster {
    FakeCluster::with_nodes([node("n1"), node("n2"), node("n3")]).with_pods([
        web("web-1", "n1").build(),
        web("web-2", "n2").build(),
        web("web-3", "n3").unready().build(),
        pod("mirror")
            .on("n1")
            .mirror()
            .owned_by("Node", "n1")
            .build(),
    ])
}

async fn seen(cluster: &FakeCluster) -> Result<Snapshot, Failure> {
    let nodes = [node("n1"), node("n2")];
    observe(cluster, &nodes, None, ClusterId::default(), now()).await
}

fn names(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.pods.iter().map(|p| p.id.name.as_str()).collect()
}

#[tokio::test]
async fn the_pods_of_the_named_nodes_their_owners_and_the_budgets_are_read() {
    let cluster = cluster().with_budgets([web_budget(3).build()]);
    let snapshot = seen(&cluster).await.unwrap();
    assert_eq!(names(&snapshot), ["web-1", "mirror", "web-2"]);
    assert_eq!(snapshot.nodes.len(), 2);
    assert_eq!(snapshot.budgets.len(), 1);
    let owners: Vec<&OwnerLookup> = snapshot.owners.values().collect();
    assert_eq!(
        owners,
        [&OwnerLookup::Gone],
        "one for both replicas, none for the mirror"
    );
    assert_eq!(
        cluster.pod_queries(),
        [],
        "an open budget needs no other pods"
    );
    assert!(snapshot.is_complete());
}

#[tokio::test]
async fn the_other_pods_of_a_closed_budget_are_read_to_name_the_sick_one() {
    let cluster = cluster().with_budgets([web_budget(2).build(), budget("other/closed").build()]);
    let snapshot = seen(&cluster).await.unwrap();
    assert_eq!(names(&snapshot), ["web-1", "mirror", "web-2", "web-3"]);
    let query = PodQuery::Selected {
        namespace: "default".to_owned(),
        selector: "app=web".to_owned(),
    };
    assert_eq!(cluster.pod_queries(), [query]);
}

#[tokio::test]
async fn forbidden_budgets_are_unread_in_the_servers_words() {
    let cluster = cluster().fail_budgets(failure(FailureKind::Forbidden));
    let snapshot = seen(&cluster).await.unwrap();
    let unread = Unread {
        what: "poddisruptionbudgets.policy".to_owned(),
        reason: "the server's words".to_owned(),
    };
    assert_eq!(snapshot.unread, [unread]);
}

#[tokio::test]
async fn a_failure_that_is_no_missing_right_ends_the_reading() {
    for kind in [
        FailureKind::Server,
        FailureKind::Transport,
        FailureKind::Unauthorized,
    ] {
        let cluster = cluster().fail_budgets(failure(kind));
        assert_eq!(seen(&cluster).await, Err(failure(kind)));
    }
}

#[tokio::test]
async fn forbidden_namespaces_change_no_answer() {
    let cluster = cluster().with_ending_namespaces(Err(failure(FailureKind::Forbidden)));
    assert!(seen(&cluster).await.unwrap().is_complete());
    let cluster = self::cluster().with_ending_namespaces(Ok(&["old"]));
    let snapshot = seen(&cluster).await.unwrap();
    assert!(snapshot.ending_namespaces.contains("old"));
}

#[tokio::test]
async fn of_a_whole_cluster_no_pod_is_read_twice() {
    let cluster = cluster().with_budgets([web_budget(2).build()]);
    let nodes = [node("n1"), node("n2"), node("n3")];
    let pods = vec![web("web-1", "n1").build(), web("web-2", "n2").build()];
    let snapshot = observe_all(&cluster, &nodes, pods, ClusterId::default(), now())
        .await
        .unwrap();
    assert_eq!(snapshot.pods.len(), 2);
    assert_eq!(snapshot.budgets.len(), 1);
    assert_eq!(cluster.pod_queries(), []);
}
