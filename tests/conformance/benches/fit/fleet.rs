//! The fleet: every node drained alone, with what a drain asks of the generated cluster and the generator does not write.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use nodemaint::adapters::files::Source;
use nodemaint::domain::budget::{
    Amount, Budget, BudgetRef, BudgetStatus, SyncState, UnhealthyPolicy,
};
use nodemaint::domain::labels::{LabelSelector, Operator, Requirement};
use nodemaint::domain::owner::{Workload, WorkloadState};
use nodemaint::domain::pod::ControllerRef;
use nodemaint::domain::snapshot::Snapshot;

/// The label by which a budget selects the pods of a workload.
const NAME: &str = "app.kubernetes.io/name";
/// How many pods of a workload may be away; of every tenth workload none.
const AWAY: i64 = 2;

/// Reads the pods and nodes of a file, and gives every workload an owner and a budget.
///
/// # Errors
///
/// When it holds no cluster.
pub fn snapshot(file: &Path) -> io::Result<Snapshot> {
    let source = Source::File(file.to_path_buf());
    let mut snapshot = source
        .snapshot(Timestamp::UNIX_EPOCH)
        .map_err(io::Error::other)?;
    let mut owners: BTreeMap<(String, ControllerRef), i64> = BTreeMap::new();
    let mut apps: BTreeMap<(String, String), i64> = BTreeMap::new();
    for pod in &snapshot.pods {
        let namespace = &pod.id.namespace;
        if let Some(controller) = &pod.controller {
            let owner = owners.entry((namespace.clone(), controller.clone()));
            *owner.or_default() += 1;
        }
        if let Some(name) = pod.labels.get(NAME) {
            *apps.entry((namespace.clone(), name.clone())).or_default() += 1;
        }
    }
    for ((namespace, id), replicas) in owners {
        snapshot.insert_owner(Workload {
            namespace,
            id,
            controller: None,
            replicas: Some(replicas),
            state: WorkloadState::Active,
        });
    }
    let budgets = apps.into_iter().enumerate();
    snapshot.budgets = budgets
        .map(|(at, ((namespace, name), pods))| budget(at, namespace, name, pods))
        .collect();
    snapshot.unread.clear();
    Ok(snapshot)
}

fn budget(at: usize, namespace: String, name: String, pods: i64) -> Budget {
    let least = match at % 10 {
        0 => pods,
        _ => pods - AWAY,
    };
    Budget {
        uid: String::new(),
        generation: 1,
        selector: Some(LabelSelector {
            requirements: vec![Requirement {
                key: NAME.to_owned(),
                operator: Operator::In(vec![name.clone()]),
            }],
        }),
        id: BudgetRef { namespace, name },
        min_available: Some(Amount::Count(least)),
        max_unavailable: None,
        unhealthy_policy: UnhealthyPolicy::IfHealthyBudget,
        status: BudgetStatus {
            observed_generation: Some(1),
            disruptions_allowed: (pods - least).max(0),
            current_healthy: pods,
            desired_healthy: least,
            expected_pods: pods,
            disrupted_pods: BTreeMap::new(),
            sync: SyncState::Computed,
        },
    }
}
