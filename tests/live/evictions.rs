//! Every answer to an eviction or a deletion that a healthy cluster can be made to give.

use controlplane::{Made, Space, space, wait_until};
use nodemaint::adapters::live::LiveCluster;
use nodemaint::domain::budget::SyncState;
use nodemaint::domain::drain::policy::GracePeriod;
use nodemaint::engine::cluster::{
    BudgetBlock, Cluster, Failure, FailureKind, RemoveOutcome, RemoveRequest,
};
use serde_json::json;

use super::{live, pod_ref};

const VIOLATES: &str = "Cannot evict pod as it would violate the pod's disruption budget.";

fn request(pod: &Made) -> RemoveRequest {
    RemoveRequest {
        pod: pod_ref(pod),
        grace: GracePeriod::PodsOwn,
    }
}

fn with_uid(pod: &Made, uid: &str) -> RemoveRequest {
    let mut request = request(pod);
    request.pod.uid = uid.to_owned();
    request
}

/// The pods of a workload as requests.
fn requests_of(space: &Space, app: &str) -> Vec<RemoveRequest> {
    let pods = space.pods().into_iter();
    let pods = pods.filter(|pod| {
        pod.metadata
            .labels
            .as_ref()
            .is_some_and(|l| l.get("app").is_some_and(|v| v == app))
    });
    pods.map(|pod| RemoveRequest {
        pod: nodemaint::domain::pod::PodRef {
            namespace: pod.metadata.namespace.unwrap(),
            name: pod.metadata.name.unwrap(),
            uid: pod.metadata.uid.unwrap(),
        },
        grace: GracePeriod::PodsOwn,
    })
    .collect()
}

async fn admin(space: &Space) -> LiveCluster {
    live(&space.kubeconfig()).await
}

/// Compares a block by a budget of this space.
#[track_caller]
fn assert_blocked(
    outcome: RemoveOutcome,
    budget: &str,
    block: BudgetBlock,
    numbers: Option<(i64, i64)>,
    cause: &str,
    retry_after: Option<u64>,
) {
    let RemoveOutcome::BlockedByBudget {
        budget: named,
        block: why,
        needs,
        has,
        message,
        cause: said,
        retry_after: advised,
    } = outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!(named.unwrap().name, budget);
    assert_eq!(why, block);
    assert_eq!(needs.zip(has), numbers);
    assert_eq!(message, VIOLATES);
    assert_eq!(said, cause);
    assert_eq!(advised.map(|d| d.as_secs()), retry_after);
}

#[tokio::test]
async fn an_accepted_pod_goes_and_is_gone_when_asked_again() {
    let space = space("evict_accepted");
    let [node] = space.nodes(["a"]);
    let live = admin(&space).await;
    let evicted = space.pod("evicted").on(&node).create_ready();
    let deleted = space.pod("deleted").on(&node).create_ready();
    assert_eq!(
        live.evict(&request(&evicted)).await,
        RemoveOutcome::Accepted
    );
    assert_eq!(
        live.delete(&request(&deleted)).await,
        RemoveOutcome::Accepted
    );
    wait_until("both are gone", || space.pods().is_empty());
    assert_eq!(live.evict(&request(&evicted)).await, RemoveOutcome::Gone);
    assert_eq!(live.delete(&request(&deleted)).await, RemoveOutcome::Gone);
}

#[tokio::test]
async fn failure_2_the_server_obeys_the_grace_period_of_an_eviction() {
    let space = space("evict_grace");
    let [node] = space.nodes(["a"]);
    let live = admin(&space).await;
    let slow = space.pod("slow").on(&node).never_gone().create_ready();
    let grace = GracePeriod::Seconds(7);
    let with_grace = RemoveRequest {
        grace,
        ..request(&slow)
    };
    assert_eq!(live.evict(&with_grace).await, RemoveOutcome::Accepted);
    let pod = live.pod(space.name(), "slow").await.unwrap().unwrap();
    assert_eq!(pod.deletion.unwrap().grace_seconds, Some(7));
    // A terminating pod is accepted once more.
    assert_eq!(live.evict(&with_grace).await, RemoveOutcome::Accepted);
    let at_once = RemoveRequest {
        grace: GracePeriod::Seconds(0),
        ..request(&slow)
    };
    assert_eq!(live.delete(&at_once).await, RemoveOutcome::Accepted);
    assert_eq!(live.pod(space.name(), "slow").await, Ok(None));
}

#[tokio::test]
async fn a_budget_without_room_blocks_with_its_numbers() {
    let space = space("evict_exhausted");
    space.nodes(["a"]);
    let live = admin(&space).await;
    space.deployment("web").replicas(2).create_ready();
    space.budget("web").min_available(2).create_allowing(0);
    for request in requests_of(&space, "web") {
        assert_blocked(
            live.evict(&request).await,
            "web",
            BudgetBlock::Exhausted,
            Some((2, 2)),
            "The disruption budget web needs 2 healthy pods and has 2 currently",
            None,
        );
    }
    let request = requests_of(&space, "web").remove(0);
    assert_eq!(
        live.delete(&request).await,
        RemoveOutcome::Accepted,
        "DELETE asks no budget"
    );
}

#[tokio::test]
async fn failure_e_a_budget_that_needs_nothing_blocks_while_no_pod_is_healthy() {
    let space = space("evict_unhealthy");
    let [node] = space.nodes(["a"]);
    let live = admin(&space).await;
    let sick = space
        .pod("sick")
        .on(&node)
        .label("app", "sick")
        .create_ready();
    let status = json!({"status": {"conditions": [{"type": "Ready", "status": "False"}]}});
    let path = format!("/api/v1/namespaces/{}/pods/sick/status", space.name());
    space.patch_strategic(&path, status);
    space.budget("sick").min_available(0).create_allowing(0);
    assert_blocked(
        live.evict(&request(&sick)).await,
        "sick",
        BudgetBlock::Exhausted,
        Some((0, 0)),
        "The disruption budget sick needs 0 healthy pods and has 0 currently",
        None,
    );
}

#[tokio::test]
async fn failure_a_a_budget_that_never_synced_says_processing_and_is_known_by_its_condition() {
    let space = space("evict_never_synced");
    space.nodes(["a"]);
    let live = admin(&space).await;
    space.job("batch").create_ready();
    let budget = space.budget("batch").max_unavailable(1).create();
    let path = format!(
        "/apis/policy/v1/namespaces/{}/poddisruptionbudgets/batch",
        space.name()
    );
    wait_until("the budget failed to sync", || {
        space
            .get(&path)
            .is_some_and(|b| b["status"]["conditions"][0]["reason"] == "SyncFailed")
    });
    assert_blocked(
        live.evict(&requests_of(&space, "batch")[0]).await,
        "batch",
        BudgetBlock::StillProcessing,
        None,
        "The disruption budget batch is still being processed by the server.",
        Some(10),
    );
    let budgets = live.budgets().await.unwrap();
    let seen = budgets
        .items
        .iter()
        .find(|b| b.uid == budget.uid())
        .unwrap();
    assert_eq!(seen.status.observed_generation, None);
    let message = "jobs.batch does not implement the scale subresource".to_owned();
    assert_eq!(seen.status.sync, SyncState::Failed { message });
}

#[tokio::test]
async fn a_budget_that_failed_to_sync_later_says_why() {
    let space = space("evict_sync_failed");
    space.nodes(["a"]);
    let live = admin(&space).await;
    // Synced once, over no pods.
    space.budget("batch").max_unavailable(1).create_allowing(0);
    space.job("batch").create_ready();
    let path = format!(
        "/apis/policy/v1/namespaces/{}/poddisruptionbudgets/batch",
        space.name()
    );
    wait_until("the budget failed to sync", || {
        space
            .get(&path)
            .is_some_and(|b| b["status"]["conditions"][0]["reason"] == "SyncFailed")
    });
    assert_blocked(
        live.evict(&requests_of(&space, "batch")[0]).await,
        "batch",
        BudgetBlock::SyncFailed,
        None,
        "The disruption budget batch does not allow evicting pods currently because it failed sync: jobs.batch does not implement the scale subresource",
        None,
    );
}

#[tokio::test]
async fn a_budget_that_cannot_count_bare_pods_blocks_without_numbers() {
    let space = space("evict_bare");
    let [node] = space.nodes(["a"]);
    let live = admin(&space).await;
    let bare = space
        .pod("bare")
        .on(&node)
        .label("app", "bare")
        .create_ready();
    space.budget("bare").max_unavailable(1).create_allowing(0);
    assert_blocked(
        live.evict(&request(&bare)).await,
        "bare",
        BudgetBlock::Exhausted,
        None,
        "The disruption budget bare does not allow evicting pods currently",
        None,
    );
}

#[tokio::test]
async fn failure_25_more_than_one_budget_is_an_outcome_of_its_own() {
    let space = space("evict_overlap");
    let [node] = space.nodes(["a"]);
    let live = admin(&space).await;
    let pod = space
        .pod("web")
        .on(&node)
        .label("app", "web")
        .create_ready();
    for name in ["one", "two"] {
        space
            .budget(name)
            .selecting("app", "web")
            .min_available(0)
            .create_allowing(1);
    }
    let message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.".to_owned();
    assert_eq!(
        live.evict(&request(&pod)).await,
        RemoveOutcome::OverlappingBudgets { message }
    );
}

#[tokio::test]
async fn failure_1_the_successor_of_a_pod_is_left_alone() {
    let space = space("evict_replaced");
    let [node] = space.nodes(["a"]);
    let live = admin(&space).await;
    let successor = space.pod("db-0").on(&node).create_ready();
    let stale = with_uid(&successor, "00000000-0000-0000-0000-000000000000");
    assert_eq!(live.evict(&stale).await, RemoveOutcome::Replaced);
    assert_eq!(live.delete(&stale).await, RemoveOutcome::Replaced);
    let pod = live.pod(space.name(), "db-0").await.unwrap().unwrap();
    assert_eq!((pod.id.uid.as_str(), pod.deletion), (successor.uid(), None));
}

#[tokio::test]
async fn failure_24_a_namespace_that_ends_is_told_from_a_missing_right() {
    let space = space("evict_ending");
    let [node] = space.nodes(["a"]);
    let live = admin(&space).await;
    let pod = space
        .pod("last")
        .on(&node)
        .finalizer("example.com/hold")
        .create_ready();
    let namespace = format!("/api/v1/namespaces/{}", space.name());
    space.delete(&namespace, json!({}));
    let message = format!(
        "pods \"last\" is forbidden: unable to create new content in namespace {} because it is being terminated",
        space.name()
    );
    assert_eq!(
        live.evict(&request(&pod)).await,
        RemoveOutcome::NamespaceEnding { message }
    );
    let ending = live.ending_namespaces().await.unwrap();
    assert!(ending.contains(space.name()), "{ending:?}");
    assert!(!ending.contains("default"), "{ending:?}");
    let path = format!("{namespace}/pods/last");
    space.patch(&path, json!({"metadata": {"finalizers": null}}));
}

#[tokio::test]
async fn without_the_right_nothing_happens() {
    let space = space("evict_forbidden");
    let [node] = space.nodes(["a"]);
    let pod = space.pod("web").on(&node).create_ready();
    let user = space.user("reader").can("get", "pods").create();
    let live = live(user.kubeconfig()).await;
    let says = |verb: &str, resource: &str| RemoveOutcome::Forbidden {
        message: format!(
            "pods \"web\" is forbidden: User \"{}\" cannot {verb} resource \"{resource}\" in API group \"\" in the namespace \"{}\"",
            user.name(),
            space.name()
        ),
    };
    assert_eq!(
        live.evict(&request(&pod)).await,
        says("create", "pods/eviction")
    );
    assert_eq!(live.delete(&request(&pod)).await, says("delete", "pods"));
}

#[tokio::test]
async fn a_policy_that_denies_is_named() {
    let space = space("evict_policy");
    let [node] = space.nodes(["a"]);
    let live = admin(&space).await;
    let pod = space.pod("web").on(&node).create_ready();
    let policy = space.refuse("CREATE", "pods/eviction", "not on a Friday");
    let RemoveOutcome::Denied { by, message } = live.evict(&request(&pod)).await else {
        panic!("not denied");
    };
    assert_eq!(by.as_deref(), Some(policy.name()));
    assert!(
        message.ends_with("denied request: not on a Friday"),
        "{message}"
    );
}

#[tokio::test]
async fn failure_g_a_webhook_is_known_whatever_code_it_chooses() {
    for code in [0, 404, 409, 429, 500] {
        // A space for each: the server calls a webhook for a moment after it was deleted.
        let space = space(&format!("evict_webhook_{code}"));
        let [node] = space.nodes(["a"]);
        let live = admin(&space).await;
        let pod = space.pod("web").on(&node).create_ready();
        let webhook = space.refuse_by_webhook("CREATE", "pods/eviction", code, "ask the owner");
        let before = live.requests();
        let name = webhook.name();
        assert_eq!(
            live.evict(&request(&pod)).await,
            RemoveOutcome::Denied {
                by: Some(name.to_owned()),
                message: format!("admission webhook \"{name}\" denied the request: ask the owner"),
            },
            "{code}"
        );
        assert_eq!(live.requests() - before, 1, "{code}");
    }
}

#[tokio::test]
async fn a_webhook_that_nobody_serves_is_a_passing_failure() {
    let space = space("evict_dead_webhook");
    let [node] = space.nodes(["a"]);
    let live = admin(&space).await;
    let pod = space.pod("web").on(&node).create_ready();
    let webhook = space.refuse_by_dead_webhook("CREATE", "pods/eviction");
    let RemoveOutcome::Failed(failure) = live.evict(&request(&pod)).await else {
        panic!("not a failure");
    };
    assert_eq!(failure.kind, FailureKind::Server);
    assert!(failure.is_transient());
    let start = format!(
        "Internal error occurred: failed calling webhook \"{}\"",
        webhook.name()
    );
    assert!(failure.message.starts_with(&start), "{failure}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_passing_failure() {
    let space = space("evict_no_server");
    let [node] = space.nodes(["a"]);
    let pod = space.pod("web").on(&node).create_ready();
    // Bound and closed again: nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let flags = nodemaint::adapters::live::connect::ConnectFlags {
        kubeconfig: Some(space.kubeconfig()),
        server: Some(format!("https://127.0.0.1:{port}")),
        ..Default::default()
    };
    let live = super::live_by(&flags, Default::default()).await;
    assert_eq!(
        live.evict(&request(&pod)).await,
        RemoveOutcome::Failed(Failure::new(
            FailureKind::Transport,
            format!(
                "The connection to the server 127.0.0.1:{port} was refused - did you specify the right host or port?"
            ),
        ))
    );
}
