//! Joins what single pods meet into a plan of all nodes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{
    Assumptions, BudgetLoss, Changed, Fate, Homecoming, NodePlan, OwnerEntry, PodPlan, TaintPlan,
    Verdict,
};
use crate::domain::budget::BudgetRef;
use crate::domain::drain::fate::{Return, returns};
use crate::domain::drain::plan::{OwnerName, UnknownNode, owner_name};
use crate::domain::fit::world::World;
use crate::domain::node::Node;
use crate::domain::owner::OwnerLookup;
use crate::domain::pod::{Origin, Pod, Readiness};
use crate::domain::snapshot::{Snapshot, Unread};
use crate::domain::taint::entry::{barrier, entry};
use crate::domain::taint::noexecute::{Change, Outcome, Stay, change, decide};
use crate::domain::taint::pace::{Batch, batches};
use crate::domain::taint::pending::{NodeChange, pending};
use crate::domain::taint::undo::undo;
use crate::domain::taint::{Effect, Taint};

/// Makes the plan of giving these nodes these lists.
///
/// `world` is the cluster as the scheduler sees it, for the pods that wait for a node; without it nothing is said of them.
///
/// # Errors
///
/// When a node is not in the snapshot; nothing is planned then.
pub fn build(
    snapshot: &Snapshot,
    changes: &[Changed],
    world: Option<&mut World>,
    assumptions: Assumptions,
) -> Result<TaintPlan, UnknownNode> {
    let known = resolve(snapshot, changes)?;
    let by_node = pods_by_node(snapshot);
    let mut nodes: Vec<NodePlan> = known
        .iter()
        .map(|(node, after)| {
            let pods = by_node.get(node.name()).map_or(&[][..], Vec::as_slice);
            node_plan(node, after, pods, snapshot, assumptions)
        })
        .collect();
    let batches = pace(&mut nodes, assumptions);
    wait_for_nodes(&mut nodes, world, assumptions);
    let budgets = losses(&nodes, snapshot);
    let lists = nodes
        .iter()
        .map(|node| (node.node.name.as_str(), &node.before[..], &node.after[..]));
    let undo = undo(lists);
    Ok(TaintPlan {
        cluster: snapshot.cluster.clone(),
        taken_at: snapshot.taken_at,
        verdict: verdict(&nodes, &budgets),
        unread: unread(&nodes, snapshot),
        batches,
        budgets,
        undo,
        nodes,
    })
}

fn resolve<'a>(
    snapshot: &'a Snapshot,
    changes: &'a [Changed],
) -> Result<Vec<(&'a Node, &'a [Taint])>, UnknownNode> {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for change in changes {
        match snapshot.nodes.get(&change.node) {
            Some(node) => found.push((node, &change.after[..])),
            None => missing.push(change.node.clone()),
        }
    }
    match missing.is_empty() {
        true => Ok(found),
        false => Err(UnknownNode { names: missing }),
    }
}

fn pods_by_node(snapshot: &Snapshot) -> BTreeMap<&str, Vec<&Pod>> {
    let mut map: BTreeMap<&str, Vec<&Pod>> = BTreeMap::new();
    for pod in &snapshot.pods {
        if let Some(node) = pod.node.as_deref() {
            map.entry(node).or_default().push(pod);
        }
    }
    for list in map.values_mut() {
        list.sort_by(|a, b| a.id.cmp(&b.id));
    }
    map
}

fn node_plan(
    node: &Node,
    after: &[Taint],
    pods: &[&Pod],
    snapshot: &Snapshot,
    assumptions: Assumptions,
) -> NodePlan {
    let plan = |pod: &&Pod| pod_plan(pod, node, after, snapshot, assumptions);
    NodePlan {
        node: node.id.clone(),
        cordoned: node.is_cordoned(),
        health: node.health,
        before: node.taints.clone(),
        after: after.to_vec(),
        pods: pods.iter().map(plan).collect(),
        owners: owners(node, after, pods, snapshot, assumptions),
        pending: None,
    }
}

fn pod_plan(
    pod: &Pod,
    node: &Node,
    after: &[Taint],
    snapshot: &Snapshot,
    assumptions: Assumptions,
) -> PodPlan {
    let was = decide(&node.taints, &pod.tolerations, assumptions.comparisons);
    let outcome = decide(after, &pod.tolerations, assumptions.comparisons);
    let change = change(was.stay, outcome.stay);
    let fate = match change {
        // Whatever the taints are, it is on its way out.
        _ if pod.is_terminating() => Fate::LeavesNow,
        Change::LeavesNow => Fate::LeavesNow,
        Change::LeavesAfter(_) | Change::LeavesWithin(_) => Fate::LeavesLater,
        Change::Stays | Change::Saved => Fate::Stays,
    };
    let after_seconds = match (fate, change) {
        (Fate::Stays, _) => None,
        (Fate::LeavesNow, _) => Some(0),
        (_, Change::LeavesWithin(most)) => {
            Some(least_left(pod, &node.taints, most, snapshot.taken_at))
        }
        (_, Change::LeavesAfter(seconds)) => Some(seconds),
        (Fate::LeavesLater, _) => None,
    };
    let owner = snapshot.owner_of(pod);
    let list = with_cordon(node, after);
    let coming = match barrier(&list, &pod.tolerations, assumptions.comparisons) {
        Some(_) => Return::Lost,
        None => returns(pod, owner),
    };
    PodPlan {
        owner: owner_name(pod, owner),
        returns: returns(pod, owner),
        homecoming: homecoming(pod, fate, &outcome, coming),
        fate,
        change,
        after_seconds,
        latest_seconds: after_seconds,
        taint: outcome.decided_by.cloned(),
        tolerations: outcome.used.iter().map(|(_, one)| (*one).clone()).collect(),
        budgets_ignored: budgets_ignored(pod, fate, snapshot),
        pod: pod.clone(),
    }
}

/// Returns the least time that a timer of `most` seconds can still have: it started when pod and taints were both there,
/// and not before; a restart of the controller starts it anew.
fn least_left(pod: &Pod, taints: &[Taint], most: i64, now: Timestamp) -> i64 {
    let mut executing = taints.iter().filter(|t| t.effect == Effect::NoExecute);
    let times: Option<Vec<Timestamp>> = executing.by_ref().map(|taint| taint.time_added).collect();
    let tainted = times.and_then(|times| times.into_iter().min());
    let Some(start) = tainted.max(pod.created) else {
        return 0;
    };
    let passed = now.duration_since(start).as_secs();
    most.saturating_sub(passed.max(0)).max(0)
}

/// Tells what puts a pod that leaves back on its node; `coming` tells whether a successor is made and let in there.
fn homecoming(pod: &Pod, fate: Fate, outcome: &Outcome<'_>, coming: Return) -> Homecoming {
    if fate == Fate::Stays || (pod.is_terminating() && outcome.stay == Stay::Forever) {
        return Homecoming::No;
    }
    if pod.origin == Origin::Mirror {
        return Homecoming::Mirror;
    }
    let seconds = match outcome.stay {
        // Tolerated for no time at all: whoever schedules by tolerations alone puts it back all the same.
        Stay::Seconds(seconds) => seconds,
        Stay::Untolerated | Stay::Forever => return Homecoming::No,
    };
    match coming {
        Return::Lost => Homecoming::No,
        _ if pod.is_daemon() => Homecoming::AgainAfter(seconds),
        _ => Homecoming::MayAgainAfter(seconds),
    }
}

fn budgets_ignored(pod: &Pod, fate: Fate, snapshot: &Snapshot) -> Vec<BudgetRef> {
    if fate == Fate::Stays || !pod.is_budgeted() {
        return Vec::new();
    }
    let selecting = snapshot.budgets.iter();
    let selecting = selecting.filter(|budget| budget.selects(&pod.id.namespace, &pod.labels));
    let mut names: Vec<BudgetRef> = selecting.map(|budget| budget.id.clone()).collect();
    names.sort();
    names
}

/// Returns what becomes of the next pods of the workloads that have pods here.
fn owners(
    node: &Node,
    after: &[Taint],
    pods: &[&Pod],
    snapshot: &Snapshot,
    assumptions: Assumptions,
) -> Vec<OwnerEntry> {
    let (before, after) = (with_cordon(node, &node.taints), with_cordon(node, after));
    let mut found: BTreeMap<(String, String, String), OwnerEntry> = BTreeMap::new();
    for pod in pods.iter().filter(|pod| pod.origin == Origin::Api) {
        let lookup = snapshot.owner_of(pod);
        let Some(owner) = owner_name(pod, lookup) else {
            continue;
        };
        if pod.phase.is_finished() || returns(pod, lookup) == Return::Lost {
            continue;
        }
        let told = entry(&before, &after, &pod.tolerations, assumptions.comparisons);
        let Some((entry, taint)) = told else { continue };
        let namespace = pod.id.namespace.clone();
        let key = (namespace.clone(), owner.kind.clone(), owner.name.clone());
        found
            .entry(key)
            .and_modify(|known| known.pods += 1)
            .or_insert(OwnerEntry {
                namespace,
                owner,
                pods: 1,
                entry,
                taint: taint.clone(),
            });
    }
    found.into_values().collect()
}

/// Returns the list with the taint of a cordon where the controller has not put it there yet: the scheduler asks for it.
fn with_cordon(node: &Node, taints: &[Taint]) -> Vec<Taint> {
    let cordon = Taint {
        key: "node.kubernetes.io/unschedulable".to_owned(),
        value: String::new(),
        effect: Effect::NoSchedule,
        time_added: None,
    };
    let mut list = taints.to_vec();
    if node.is_cordoned() && !list.iter().any(|taint| taint.same_place(&cordon)) {
        list.push(cordon);
    }
    list
}

/// Works out the controller's pace over all nodes, and gives each pod the end of its batch.
fn pace(nodes: &mut [NodePlan], assumptions: Assumptions) -> Vec<Batch> {
    let due = |pod: &PodPlan| match pod.change {
        Change::LeavesNow => Some(0),
        Change::LeavesAfter(seconds) | Change::LeavesWithin(seconds) => Some(seconds),
        Change::Stays | Change::Saved => None,
    };
    let all: Vec<i64> = nodes
        .iter()
        .flat_map(|node| node.pods.iter().filter_map(due))
        .collect();
    let batches = batches(&all, assumptions.limits);
    for pod in nodes.iter_mut().flat_map(|node| &mut node.pods) {
        let at = due(pod).filter(|_| pod.leaves());
        let batch = at.and_then(|at| batches.iter().find(|batch| batch.after_seconds == at));
        pod.latest_seconds = batch.map(|batch| batch.last_seconds).or(pod.after_seconds);
    }
    batches
}

fn wait_for_nodes(nodes: &mut [NodePlan], world: Option<&mut World>, assumptions: Assumptions) {
    let Some(world) = world else { return };
    let changes: Vec<NodeChange> = nodes
        .iter()
        .map(|node| NodeChange {
            node: &node.node.name,
            before: &node.before,
            after: &node.after,
        })
        .collect();
    let lists = pending(world, &changes, assumptions.comparisons);
    for (node, list) in nodes.iter_mut().zip(lists) {
        node.pending = Some(list);
    }
}

/// Adds up what budgets lose over all nodes.
fn losses(nodes: &[NodePlan], snapshot: &Snapshot) -> Vec<BudgetLoss> {
    let mut found: BTreeMap<&BudgetRef, BudgetLoss> = BTreeMap::new();
    for pod in nodes.iter().flat_map(|node| &node.pods) {
        for name in &pod.budgets_ignored {
            let Some(budget) = snapshot.budgets.iter().find(|budget| budget.id == *name) else {
                continue;
            };
            let loss = found.entry(name).or_insert_with(|| BudgetLoss {
                budget: name.clone(),
                needs: budget.status.desired_healthy,
                has: budget.status.current_healthy,
                leaving: 0,
                healthy_leaving: 0,
            });
            loss.leaving += 1;
            loss.healthy_leaving += i64::from(pod.pod.readiness == Readiness::Ready);
        }
    }
    found.into_values().collect()
}

fn verdict(nodes: &[NodePlan], budgets: &[BudgetLoss]) -> Verdict {
    let by_taint = |pod: &PodPlan| !matches!(pod.change, Change::Stays | Change::Saved);
    if budgets.iter().any(BudgetLoss::is_broken) {
        Verdict::BreaksBudgets
    } else if nodes.iter().flat_map(|node| &node.pods).any(by_taint) {
        Verdict::PodsLeave
    } else if nodes.iter().any(NodePlan::is_changed) {
        Verdict::NothingLeaves
    } else {
        Verdict::Unchanged
    }
}

/// Returns what could not be read: the snapshot's own list, and owners of pods that leave.
fn unread(nodes: &[NodePlan], snapshot: &Snapshot) -> Vec<Unread> {
    let mut all: BTreeSet<(String, String)> = snapshot
        .unread
        .iter()
        .map(|unread| (unread.what.clone(), unread.reason.clone()))
        .collect();
    let leaving = nodes.iter().flat_map(|node| &node.pods);
    for plan in leaving.filter(|plan| plan.leaves()) {
        if let Some(OwnerLookup::Unreadable { reason }) = snapshot.owner_of(&plan.pod)
            && let Some(OwnerName { kind, name }) = &plan.owner
        {
            let what = format!("{kind} {}/{name}", plan.pod.id.namespace);
            all.insert((what, reason.clone()));
        }
    }
    all.into_iter()
        .map(|(what, reason)| Unread { what, reason })
        .collect()
}
