//! What is wrong with the pods that closed budgets wait for.

use super::{BudgetState, SickPod, State};
use crate::domain::diagnose::{Facts, NodeState, Placements, diagnose};
use crate::domain::pod::{Pod, Readiness};
use crate::domain::snapshot::Snapshot;

/// Explains the unready pods of budgets that let nothing go.
pub(super) fn explain(states: &mut [BudgetState], snapshot: &Snapshot, placements: &Placements) {
    let is_closed = |state: &BudgetState| {
        let closed = matches!(state.state, State::Waiting | State::Never);
        closed && state.budget.status.disruptions_allowed <= 0
    };
    let sick: Vec<&Pod> = snapshot.pods.iter().filter(|pod| is_sick(pod)).collect();
    for state in states.iter_mut().filter(|state| is_closed(state)) {
        let own = sick
            .iter()
            .filter(|pod| state.budget.selects(&pod.id.namespace, &pod.labels));
        let mut explained: Vec<SickPod> = own
            .map(|pod| SickPod {
                pod: pod.id.clone(),
                findings: diagnose(&Facts {
                    node: node_state(pod, snapshot),
                    placement: placements.get(&pod.id.uid),
                    ..Facts::new(pod, snapshot.taken_at)
                }),
            })
            .collect();
        explained.sort_by(|a, b| a.pod.cmp(&b.pod));
        state.sick = explained;
    }
}

fn is_sick(pod: &Pod) -> bool {
    pod.readiness == Readiness::NotReady && !pod.phase.is_finished() && !pod.is_terminating()
}

fn node_state(pod: &Pod, snapshot: &Snapshot) -> NodeState {
    // A look at budgets alone reads no nodes.
    if snapshot.nodes.is_empty() {
        return NodeState::NotRead;
    }
    let node = pod
        .node
        .as_deref()
        .and_then(|name| snapshot.nodes.get(name));
    node.map_or(NodeState::Gone, |node| NodeState::Known(node.health))
}
