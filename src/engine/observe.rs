//! Reads what a plan needs, with read-only rights and in few requests.
//!
//! Nodes and pods must be readable, or there is nothing to say. Everything else degrades: budgets and owners that may not
//! be read are recorded with the server's words, so that the plan says "unknown" instead of "fine".

mod budgets;

use std::collections::BTreeSet;

use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;

use super::cluster::{Cluster, Failure, FailureKind, PodQuery};
use crate::domain::budget::{Budget, Standing, Surroundings};
use crate::domain::node::Node;
use crate::domain::pod::{ControllerRef, Origin, Pod};
use crate::domain::snapshot::{ClusterId, Snapshot, Unread};

pub use budgets::observe_budgets;

/// Lists in flight at once: enough to hide the latency, few enough for a server in trouble.
const PARALLEL_LISTS: usize = 8;

/// The budgets, as kubectl names them.
pub const BUDGETS: &str = "poddisruptionbudgets.policy";

/// Reads what the plan of draining these nodes needs.
///
/// Requests: one list of pods a node, one of budgets, one of namespaces, the owners' lists, and one list of pods for each
/// budget that is closed now, to name the sick pod that it waits for.
///
/// # Errors
///
/// When pods cannot be read, or when a request fails for another reason than a missing right.
pub async fn observe<C: Cluster>(
    cluster: &C,
    nodes: &[Node],
    pod_selector: Option<&str>,
    id: ClusterId,
    now: Timestamp,
) -> Result<Snapshot, Failure> {
    let pods = pods_of(cluster, nodes, pod_selector);
    let (pods, surroundings) = futures::try_join!(pods, read_surroundings(cluster))?;
    let mut snapshot = assemble(nodes, pods, surroundings, id, now);
    read_owners(cluster, &mut snapshot).await;
    read_budget_pods(cluster, &mut snapshot).await;
    Ok(snapshot)
}

/// Reads what belongs to all nodes and pods of a cluster, for a file that answers any later question.
///
/// # Errors
///
/// As [`observe`].
pub async fn observe_all<C: Cluster>(
    cluster: &C,
    nodes: &[Node],
    pods: Vec<Pod>,
    id: ClusterId,
    now: Timestamp,
) -> Result<Snapshot, Failure> {
    let surroundings = read_surroundings(cluster).await?;
    let mut snapshot = assemble(nodes, pods, surroundings, id, now);
    read_owners(cluster, &mut snapshot).await;
    Ok(snapshot)
}

/// Reads what the plan of draining these nodes needs besides their pods, which somebody has read.
///
/// # Errors
///
/// As [`observe`].
pub async fn observe_around<C: Cluster>(
    cluster: &C,
    nodes: &[Node],
    pods: Vec<Pod>,
    id: ClusterId,
    now: Timestamp,
) -> Result<Snapshot, Failure> {
    let mut snapshot = observe_all(cluster, nodes, pods, id, now).await?;
    read_budget_pods(cluster, &mut snapshot).await;
    Ok(snapshot)
}

/// Reads the pods of these nodes and nothing else.
///
/// Of many nodes all pods of the cluster are listed: a list for each node would cost the server more.
///
/// # Errors
///
/// When pods cannot be read.
pub async fn observe_pods<C: Cluster>(
    cluster: &C,
    nodes: &[Node],
    id: ClusterId,
    now: Timestamp,
) -> Result<Snapshot, Failure> {
    let pods = match nodes.len() > PARALLEL_LISTS {
        true => cluster.pods(&PodQuery::All).await?,
        false => pods_of(cluster, nodes, None).await?,
    };
    let around = Around {
        budgets: Vec::new(),
        ending: BTreeSet::new(),
        unread: Vec::new(),
    };
    Ok(assemble(nodes, pods, around, id, now))
}

/// What is read besides nodes and pods.
struct Around {
    budgets: Vec<Budget>,
    ending: BTreeSet<String>,
    unread: Vec<Unread>,
}

async fn read_surroundings<C: Cluster>(cluster: &C) -> Result<Around, Failure> {
    let (budgets, ending) = futures::join!(cluster.budgets(), cluster.ending_namespaces());
    let mut unread = Vec::new();
    let budgets = match budgets {
        Ok(list) => list.items,
        Err(failure) if failure.kind == FailureKind::Forbidden => {
            unread.push(Unread {
                what: BUDGETS.to_owned(),
                reason: failure.message,
            });
            Vec::new()
        }
        Err(failure) => return Err(failure),
    };
    let ending = match ending {
        // No verdict rests on it: a pod in a namespace that ends leaves with it, evicted or not.
        Err(failure) if failure.kind == FailureKind::Forbidden => BTreeSet::new(),
        other => other?,
    };
    Ok(Around {
        budgets,
        ending,
        unread,
    })
}

async fn pods_of<C: Cluster>(
    cluster: &C,
    nodes: &[Node],
    selector: Option<&str>,
) -> Result<Vec<Pod>, Failure> {
    let lists: Vec<_> = nodes
        .iter()
        .map(|node| cluster.pods_on(node.name(), selector))
        .collect();
    let lists: Vec<Vec<Pod>> = stream::iter(lists)
        .buffered(PARALLEL_LISTS)
        .map_ok(|list| list.items)
        .try_collect()
        .await?;
    Ok(lists.into_iter().flatten().collect())
}

fn assemble(
    nodes: &[Node],
    pods: Vec<Pod>,
    around: Around,
    id: ClusterId,
    now: Timestamp,
) -> Snapshot {
    Snapshot {
        cluster: id,
        taken_at: now,
        nodes: nodes
            .iter()
            .map(|node| (node.id.name.clone(), node.clone()))
            .collect(),
        pods,
        budgets: around.budgets,
        ending_namespaces: around.ending,
        unread: around.unread,
        ..Snapshot::default()
    }
}

async fn read_owners<C: Cluster>(cluster: &C, snapshot: &mut Snapshot) {
    // The "owner" of a mirror pod is its node.
    let wanted: BTreeSet<(String, ControllerRef)> = snapshot
        .pods
        .iter()
        .filter(|pod| pod.origin == Origin::Api)
        .filter_map(|pod| Some((pod.id.namespace.clone(), pod.controller.clone()?)))
        .collect();
    if wanted.is_empty() {
        return;
    }
    let wanted: Vec<_> = wanted.into_iter().collect();
    snapshot.owners = cluster.owners(&wanted).await.into_iter().collect();
}

/// Adds the other pods of the budgets that are closed now.
///
/// They only make the answer more precise (which pod is sick, how many are on their way out), so a failure here is not
/// one of the plan: the budget's own numbers stand.
async fn read_budget_pods<C: Cluster>(cluster: &C, snapshot: &mut Snapshot) {
    let queries: Vec<PodQuery> = snapshot
        .budgets
        .iter()
        .filter(|budget| waits_for_others(budget) && guards_one_of(budget, &snapshot.pods))
        .map(|budget| PodQuery::Selected {
            namespace: budget.id.namespace.clone(),
            selector: budget
                .selector
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
        })
        .collect();
    let lists: Vec<_> = queries.iter().map(|query| cluster.pods(query)).collect();
    let answers: Vec<Result<Vec<Pod>, Failure>> =
        stream::iter(lists).buffered(PARALLEL_LISTS).collect().await;
    let mut known: BTreeSet<String> = snapshot.pods.iter().map(|p| p.id.uid.clone()).collect();
    for pod in answers.into_iter().flatten().flatten() {
        if known.insert(pod.id.uid.clone()) {
            snapshot.pods.push(pod);
        }
    }
}

/// Tells whether a budget is closed because of other pods than those that would leave.
pub fn waits_for_others(budget: &Budget) -> bool {
    let standing = budget.standing(&Surroundings::default());
    matches!(standing, Standing::Waiting | Standing::NoHealthyPod)
}

/// Tells whether a budget guards one of these pods.
pub fn guards_one_of(budget: &Budget, pods: &[Pod]) -> bool {
    pods.iter()
        .any(|pod| pod.is_budgeted() && budget.selects(&pod.id.namespace, &pod.labels))
}

#[cfg(test)]
#[path = "observe_tests.rs"]
mod tests;
