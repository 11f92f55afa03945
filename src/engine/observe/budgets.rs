//! Reads what a look at all budgets needs: the budgets themselves, and whom they select.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::read_owners;
use crate::domain::budget::Budget;
use crate::domain::drain::budgets::Reach;
use crate::domain::pod::Pod;
use crate::domain::snapshot::{ClusterId, Snapshot, Unread};
use crate::engine::cluster::{Cluster, Failure, FailureKind, PodQuery};

/// Reads the budgets within reach, the pods that they select and the owners of those; no nodes.
///
/// Requests: one list of budgets, one of pods, one of namespaces, and the owners' lists. Pods that may not be read are
/// recorded as unread.
///
/// # Errors
///
/// When the budgets cannot be read, or when a request fails for another reason than a missing right.
pub async fn observe_budgets<C: Cluster>(
    cluster: &C,
    reach: &Reach,
    id: ClusterId,
    now: Timestamp,
) -> Result<Snapshot, Failure> {
    let (budgets, pods, ending) = futures::join!(
        budgets_of(cluster, reach),
        pods_of(cluster, reach),
        cluster.ending_namespaces()
    );
    let budgets = budgets?;
    let (mut pods, unread) = pods?;
    pods.retain(|pod| is_selected(pod, &budgets));
    let mut snapshot = Snapshot {
        cluster: id,
        taken_at: now,
        pods,
        budgets,
        ending_namespaces: or_none(ending)?,
        unread,
        ..Snapshot::default()
    };
    read_owners(cluster, &mut snapshot).await;
    Ok(snapshot)
}

async fn budgets_of<C: Cluster>(cluster: &C, reach: &Reach) -> Result<Vec<Budget>, Failure> {
    match reach {
        Reach::Cluster => Ok(cluster.budgets().await?.items),
        Reach::Namespace(name) => cluster.budgets_of(name).await,
    }
}

async fn pods_of<C: Cluster>(
    cluster: &C,
    reach: &Reach,
) -> Result<(Vec<Pod>, Vec<Unread>), Failure> {
    let query = match reach {
        Reach::Cluster => PodQuery::All,
        Reach::Namespace(name) => PodQuery::Selected {
            namespace: name.clone(),
            selector: String::new(),
        },
    };
    match cluster.pods(&query).await {
        Ok(pods) => Ok((pods, Vec::new())),
        Err(failure) if failure.kind == FailureKind::Forbidden => {
            let what = "pods".to_owned();
            let reason = failure.message;
            Ok((Vec::new(), vec![Unread { what, reason }]))
        }
        Err(failure) => Err(failure),
    }
}

/// Which namespaces are ending only spares nodes that are emptied anyway, so not knowing it is no obstacle.
fn or_none(ending: Result<BTreeSet<String>, Failure>) -> Result<BTreeSet<String>, Failure> {
    match ending {
        Err(failure) if failure.kind == FailureKind::Forbidden => Ok(BTreeSet::new()),
        other => other,
    }
}

fn is_selected(pod: &Pod, budgets: &[Budget]) -> bool {
    let selects = |budget: &Budget| budget.selects(&pod.id.namespace, &pod.labels);
    budgets.iter().any(selects)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testing::FakeCluster;
    use crate::testing::{budget, now, pod};

    async fn seen(cluster: &FakeCluster, reach: &Reach) -> Result<Snapshot, Failure> {
        observe_budgets(cluster, reach, ClusterId::default(), now()).await
    }

    fn cluster() -> FakeCluster {
        let pods = ["shop/web", "shop/other", "bank/web"].map(|path| {
            let app = path.rsplit('/').next().unwrap_or_default();
            pod(path).label("app", app).build()
        });
        let budgets = ["shop/web", "bank/web"].map(|path| {
            let budget = budget(path).selecting(&[("app", "web")]);
            budget.build()
        });
        FakeCluster::with_nodes([])
            .with_pods(pods)
            .with_budgets(budgets)
    }

    #[tokio::test]
    async fn only_selected_pods_of_namespaces_within_reach_are_kept() {
        let all = seen(&cluster(), &Reach::Cluster).await.unwrap();
        assert_eq!((all.pods.len(), all.budgets.len()), (2, 2));
        let shop = Reach::Namespace("shop".to_owned());
        let some = seen(&cluster(), &shop).await.unwrap();
        let names: Vec<String> = some.pods.iter().map(|pod| pod.id.path()).collect();
        assert_eq!(names, ["shop/web"]);
        assert_eq!(some.budgets.len(), 1);
    }

    #[tokio::test]
    async fn budgets_that_may_not_be_read_leave_nothing_to_say() {
        let failure = Failure::new(FailureKind::Forbidden, "the server's words");
        let cluster = cluster().fail_budgets(failure.clone());
        assert_eq!(seen(&cluster, &Reach::Cluster).await, Err(failure));
    }
}
