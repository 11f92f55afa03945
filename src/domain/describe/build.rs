//! Joins what was read of a node with the plan of draining it.

use super::allocated::{Stays, table};
use super::load::Load;
use super::{Attachment, AttachmentState, NodeDescription, PodFacts, PodView, View};
use crate::domain::budget::Budget;
use crate::domain::diagnose::{Facts, Finding, NodeState, diagnose};
use crate::domain::drain::fate::Fate;
use crate::domain::drain::plan::{PodPlan, UnknownNode, build};
use crate::domain::drain::policy::{DaemonSetRule, DrainPolicy};
use crate::domain::labels::Labels;
use crate::domain::mark::Mark;
use crate::domain::pod::Pod;
use crate::domain::snapshot::Snapshot;

/// The drain whose fates are told, as it would be typed.
pub const FATES: &str = "drain --ignore-daemonsets";

/// The label that names a role in its key, and the one that names it in its value.
const ROLE_PREFIX: &str = "node-role.kubernetes.io/";
const ROLE: &str = "kubernetes.io/role";

/// Describes a node of a snapshot that holds its pods and the budgets.
///
/// # Errors
///
/// When the snapshot does not hold the node.
pub fn describe(view: View, snapshot: &Snapshot) -> Result<NodeDescription, UnknownNode> {
    let policy = DrainPolicy {
        daemon_sets: DaemonSetRule::Ignore,
        ..DrainPolicy::default()
    };
    let names = [view.node.id.name.clone()];
    let mut plan = build(snapshot, &names, &policy, snapshot.taken_at)?;
    let Some(node_plan) = plan.nodes.pop() else {
        return Err(UnknownNode {
            names: names.to_vec(),
        });
    };
    let mut facts = view.pods;
    // The server lists by this key, and the order of a sum decides how it is written.
    facts.sort_by_key(|facts| facts.pod.id.path());
    let attached = view.attachments.as_deref().unwrap_or_default();
    let asked: Vec<(Load, Stays)> = facts
        .iter()
        .filter(|facts| !facts.pod.phase.is_finished())
        .map(|facts| (facts.amounts.asked(), stays(&node_plan.pods, &facts.pod)))
        .collect();
    let allocated = table(
        &view.facts,
        asked.iter().map(|(load, stays)| (load, *stays)),
    );
    let node = NodeState::Known(view.node.health);
    let pods = node_plan.pods.iter().map(|plan| {
        let own = facts.iter().find(|facts| facts.pod.id == plan.pod.id);
        PodView {
            load: own.map(|facts| facts.amounts.held()).unwrap_or_default(),
            findings: findings(&plan.pod, own, node, attached, snapshot),
        }
    });
    let pods: Vec<PodView> = pods.collect();
    let mut attachments = view.attachments;
    if let Ok(attachments) = &mut attachments {
        attachments.sort();
    }
    let mut events = view.events;
    if let Ok(events) = &mut events {
        events.sort_by(|a, b| (a.last, &a.reason).cmp(&(b.last, &b.reason)));
    }
    Ok(NodeDescription {
        cluster: snapshot.cluster.clone(),
        taken_at: snapshot.taken_at,
        roles: roles(&view.node.labels),
        mark: Mark::read(&view.node.annotations),
        node: view.node,
        facts: view.facts,
        plan: node_plan,
        pods,
        allocated,
        budgets: plan.budgets,
        attachments,
        events,
        unread: plan.unread,
    })
}

fn stays(plans: &[PodPlan], pod: &Pod) -> Stays {
    let own = plans.iter().find(|plan| plan.pod.id == pod.id);
    match own.is_some_and(|plan| plan.fate == Fate::Skip) {
        true => Stays::Yes,
        false => Stays::No,
    }
}

fn findings(
    pod: &Pod,
    facts: Option<&PodFacts>,
    node: NodeState,
    attached: &[Attachment],
    snapshot: &Snapshot,
) -> Vec<Finding> {
    let claims = facts.map_or(&[][..], |facts| &facts.claims);
    let is_own = |attachment: &&Attachment| {
        attachment.state == AttachmentState::Attached
            && attachment.claim.as_ref().is_some_and(|(namespace, name)| {
                *namespace == pod.id.namespace && claims.contains(name)
            })
    };
    let attached = attached.iter().filter(is_own);
    let attached: Vec<String> = attached.map(|one| one.volume.clone()).collect();
    let selects = |budget: &&Budget| budget.selects(&pod.id.namespace, &pod.labels);
    let budgets: Vec<&Budget> = snapshot.budgets.iter().filter(selects).collect();
    diagnose(&Facts {
        node,
        attached: &attached,
        budgets: &budgets,
        ..Facts::new(pod, snapshot.taken_at)
    })
}

/// Returns a node's roles as kubectl finds them.
fn roles(labels: &Labels) -> Vec<String> {
    let role = |(key, value): (&String, &String)| {
        let role = match key.strip_prefix(ROLE_PREFIX) {
            Some(role) => role,
            None if key == ROLE => value,
            None => "",
        };
        (!role.is_empty()).then(|| role.to_owned())
    };
    let mut roles: Vec<String> = labels.iter().filter_map(role).collect();
    roles.sort();
    roles.dedup();
    roles
}
