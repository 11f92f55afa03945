//! The rights that a drain is going to need, asked for before its first write.
//!
//! A right that is found missing half way leaves a cordoned node behind. One question about everything answers for most
//! users; only who has rights in some namespaces or on some nodes is asked about each. What cannot be found out is not
//! missing: the server's answer to the write itself decides then.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt};

use super::cluster::{Cluster, Permission, Right, Scope};
use crate::domain::drain::fate::{Fate, Reason, ReasonCode};
use crate::domain::drain::plan::{DrainPlan, PodPlan};
use crate::domain::drain::policy::Removal;

/// Questions in flight at once.
const PARALLEL_QUESTIONS: usize = 8;

/// A right that a drain needs and the caller does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingRight {
    /// Which.
    pub right: Right,
    /// On which nodes, or in which namespaces; sorted, never empty.
    pub places: Vec<String>,
}

/// Returns what the caller may not do of all that a drain by this plan does; writes nothing.
///
/// Two requests for a caller with rights everywhere; one more for each node and each namespace otherwise.
pub async fn missing<C: Cluster>(
    cluster: &C,
    plan: &DrainPlan,
    removal: Removal,
) -> Vec<MissingRight> {
    let remove = match removal {
        Removal::Evict => Right::EvictPods,
        Removal::Delete => Right::DeletePods,
    };
    let (nodes, pods) = futures::join!(
        denied(cluster, Right::PatchNodes, nodes_to_cordon(plan)),
        denied(cluster, remove, namespaces_to_empty(plan)),
    );
    nodes.into_iter().chain(pods).collect()
}

/// Returns the places where a right is denied.
async fn denied<C: Cluster>(
    cluster: &C,
    right: Right,
    places: BTreeMap<String, Scope>,
) -> Option<MissingRight> {
    if places.is_empty()
        || cluster.permission(right, &Scope::Everything).await != Permission::Denied
    {
        return None;
    }
    let ask = async |(place, scope): (String, Scope)| {
        let answer = cluster.permission(right, &scope).await;
        (answer == Permission::Denied).then_some(place)
    };
    let answers: Vec<Option<String>> = stream::iter(places)
        .map(ask)
        .buffered(PARALLEL_QUESTIONS)
        .collect()
        .await;
    let places: Vec<String> = answers.into_iter().flatten().collect();
    (!places.is_empty()).then_some(MissingRight { right, places })
}

/// Returns the nodes that the drain cordons.
fn nodes_to_cordon(plan: &DrainPlan) -> BTreeMap<String, Scope> {
    let open = plan.nodes.iter().filter(|node| !node.cordoned);
    open.map(|plan| plan.node.name.clone())
        .map(|name| (name.clone(), Scope::Node(name)))
        .collect()
}

/// Returns the namespaces of the pods that the drain asks to go, each with one of them: a role may be limited to names,
/// and what is denied for a pod that must leave is missing for certain.
fn namespaces_to_empty(plan: &DrainPlan) -> BTreeMap<String, Scope> {
    let mut namespaces = BTreeMap::new();
    for plan in plan.pods().filter(|plan| is_asked_to_go(plan)) {
        let pod = &plan.pod.id;
        let first = || Scope::Pod {
            namespace: pod.namespace.clone(),
            name: pod.name.clone(),
        };
        namespaces
            .entry(pod.namespace.clone())
            .or_insert_with(first);
    }
    namespaces
}

/// Tells whether a drain sends a request for a pod whose answer matters: one that terminates is only waited for, and in
/// a namespace that is ending pods go by themselves, when the roles that were given there may be gone already.
fn is_asked_to_go(plan: &PodPlan) -> bool {
    let is_ending = |reason: &Reason| reason.code == ReasonCode::NamespaceEnding;
    match plan.fate {
        Fate::Evict | Fate::Delete | Fate::Blocked => {
            !plan.pod.is_terminating() && !plan.reasons.iter().any(is_ending)
        }
        Fate::Skip | Fate::Refused => false,
    }
}

#[cfg(test)]
#[path = "rights_tests.rs"]
mod tests;
