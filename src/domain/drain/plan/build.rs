//! Joins the pods of all named nodes into one plan.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::index::Index;
use super::spend::{self, Candidate};
use super::{DrainPlan, NodePlan, OwnerName, PodPlan, Verdict, guards, joint, span};
use crate::domain::budget::Budget;
use crate::domain::drain::fate::{Bearing, Fate, Judgement, Reason, ReasonCode, judge};
use crate::domain::drain::landing::{Ground, Landing};
use crate::domain::drain::load::NodeLoad;
use crate::domain::drain::policy::{DrainPolicy, GracePeriod, Removal};
use crate::domain::node::Node;
use crate::domain::owner::OwnerLookup;
use crate::domain::pod::Pod;
use crate::domain::snapshot::{Snapshot, Unread};

/// Nodes that were named and are not in the snapshot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text())]
pub struct UnknownNode {
    /// Their names, in the order given.
    pub names: Vec<String>,
}

impl UnknownNode {
    fn text(&self) -> String {
        let quoted: Vec<String> = self
            .names
            .iter()
            .map(|name| format!("nodes {name:?} not found"))
            .collect();
        quoted.join(", ")
    }
}

/// Makes the plan of draining these nodes, in this order; a name given twice counts once. Where the pods go is left out.
///
/// # Errors
///
/// When a node is not in the snapshot; nothing is planned then.
pub fn build(
    snapshot: &Snapshot,
    nodes: &[String],
    policy: &DrainPolicy,
    now: Timestamp,
) -> Result<DrainPlan, UnknownNode> {
    build_at(snapshot, nodes, policy, now, Site::default())
}

/// What a plan may take into account besides the snapshot.
#[derive(Default)]
pub struct Site<'s, 'g> {
    /// Where successors are put; without it nobody asks where the pods land.
    pub ground: Option<&'s mut Ground<'g>>,
    /// The node that this program runs on.
    pub own_node: Option<&'s str>,
}

/// Makes the plan with what the site tells: where the successors land, and what follows from it for the budgets.
///
/// # Errors
///
/// As [`build`].
pub fn build_at(
    snapshot: &Snapshot,
    nodes: &[String],
    policy: &DrainPolicy,
    now: Timestamp,
    site: Site<'_, '_>,
) -> Result<DrainPlan, UnknownNode> {
    build_from(&Index::new(snapshot), nodes, policy, now, site)
}

/// Makes one of many plans of the same snapshot.
///
/// # Errors
///
/// As [`build`].
pub fn build_from(
    index: &Index<'_>,
    nodes: &[String],
    policy: &DrainPolicy,
    now: Timestamp,
    mut site: Site<'_, '_>,
) -> Result<DrainPlan, UnknownNode> {
    let snapshot = index.snapshot();
    let nodes = resolve(snapshot, nodes)?;
    let mut drafts: Vec<Vec<Draft>> = nodes
        .iter()
        .map(|node| {
            let pods = index.pods_on(node.name()).into_iter();
            pods.map(|pod| Draft::new(pod, index, policy, now))
                .collect()
        })
        .collect();
    let (budget_plans, loads) = spend_budgets(index, &mut drafts, site.ground.as_deref_mut());
    let unread = unread_of(snapshot, &drafts);
    let plans: Vec<NodePlan> = nodes
        .iter()
        .zip(drafts)
        .map(|(node, drafts)| node_plan(node, drafts, snapshot, policy))
        .collect();
    let world = site.ground.as_deref().map(Ground::world);
    Ok(DrainPlan {
        guards: guards::collect(&plans, snapshot, world, site.own_node),
        cluster: snapshot.cluster.clone(),
        taken_at: snapshot.taken_at,
        verdict: plan_verdict(&plans, &unread),
        unread,
        span: span::of(&plans, snapshot),
        nodes: plans,
        budgets: budget_plans,
        loads,
    })
}

/// One pod on its way to a [`PodPlan`].
pub(super) struct Draft<'a> {
    pub pod: &'a Pod,
    owner: Option<&'a OwnerLookup>,
    pub judgement: Judgement,
    budgets: Vec<&'a Budget>,
    /// Whether the server would ask a budget, once all missing flags are given.
    asks_budget: bool,
    wave: Option<u32>,
    certainty: Certainty,
    landing: Option<Landing>,
}

/// Tells whether a pod's fate rests only on what was read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Certainty {
    Known,
    Unknown,
}

impl<'a> Draft<'a> {
    fn new(pod: &'a Pod, index: &Index<'a>, policy: &DrainPolicy, now: Timestamp) -> Draft<'a> {
        let snapshot = index.snapshot();
        let owner = snapshot.owner_of(pod);
        let mut judgement = judge(pod, owner, policy, now);
        mark_ending_namespace(pod, snapshot, &mut judgement);
        let selecting = index.budgets_of(pod);
        let asks_budget =
            policy.removal == Removal::Evict && pod.is_budgeted() && would_be_evicted(&judgement);
        let unreadable = judgement
            .reasons
            .iter()
            .any(|r| r.code == ReasonCode::Unreadable);
        let leaves = matches!(judgement.fate, Fate::Evict | Fate::Delete);
        Draft {
            wave: leaves.then_some(1),
            certainty: if unreadable {
                Certainty::Unknown
            } else {
                Certainty::Known
            },
            pod,
            owner,
            judgement,
            budgets: selecting,
            asks_budget,
            landing: None,
        }
    }

    /// Tells whether the pod leaves once all missing flags are given, budgets permitting.
    pub fn would_leave(&self) -> bool {
        would_be_evicted(&self.judgement) || self.judgement.fate == Fate::Delete
    }

    fn candidate(&self, node: usize, index: usize) -> Candidate<'a> {
        Candidate {
            place: (node, index),
            pod: self.pod,
            returns: self.judgement.returns,
            workload: owner_name(self.pod, self.owner)
                .map(|owner| format!("{}/{}", owner.kind.to_lowercase(), owner.name)),
        }
    }

    fn add_reasons(&mut self, reasons: Vec<Reason>) {
        let blocks = reasons.iter().any(|r| r.bearing == Bearing::Blocks);
        self.judgement.reasons.extend(reasons);
        if blocks {
            self.wave = None;
            // A missing flag stays the first thing to mend: the reasons name both.
            if self.judgement.fate != Fate::Refused {
                self.judgement.fate = Fate::Blocked;
            }
        }
    }

    fn into_plan(self, policy: &DrainPolicy) -> PodPlan {
        let grace_seconds = match policy.grace {
            GracePeriod::PodsOwn => self.pod.grace_seconds,
            GracePeriod::Seconds(seconds) => Some(i64::from(seconds)),
        };
        PodPlan {
            grace_seconds,
            owner: owner_name(self.pod, self.owner),
            pod: self.pod.clone(),
            returns: self.judgement.returns,
            fate: self.judgement.fate,
            reasons: self.judgement.reasons,
            budgets: self.budgets.iter().map(|b| b.id.clone()).collect(),
            wave: self.wave,
            landing: self.landing,
        }
    }
}

/// Looks the names up, each once.
fn resolve<'a>(snapshot: &'a Snapshot, names: &[String]) -> Result<Vec<&'a Node>, UnknownNode> {
    let mut seen = BTreeSet::new();
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for name in names.iter().filter(|name| seen.insert(name.as_str())) {
        match snapshot.nodes.get(name) {
            Some(node) => found.push(node),
            None => missing.push(name.clone()),
        }
    }
    if missing.is_empty() {
        Ok(found)
    } else {
        Err(UnknownNode { names: missing })
    }
}

/// In a namespace that is being deleted evictions are refused, and the namespace controller deletes the pods: they leave
/// without being evicted, and no budget is asked.
fn mark_ending_namespace(pod: &Pod, snapshot: &Snapshot, judgement: &mut Judgement) {
    let namespace = &pod.id.namespace;
    if judgement.fate == Fate::Skip || !snapshot.ending_namespaces.contains(namespace) {
        return;
    }
    if judgement.fate == Fate::Evict {
        judgement.fate = Fate::Delete;
    }
    judgement.reasons.push(Reason::new(
        ReasonCode::NamespaceEnding,
        Bearing::Note,
        format!(
            "goes with namespace {namespace}, which is being deleted; evictions are refused there"
        ),
    ));
}

/// Tells whether the pod is evicted as soon as all missing flags are given. A DaemonSet's pod then stays.
fn would_be_evicted(judgement: &Judgement) -> bool {
    let daemon = judgement
        .reasons
        .iter()
        .any(|r| r.code == ReasonCode::DaemonSet);
    match judgement.fate {
        Fate::Evict => true,
        Fate::Refused => !daemon,
        Fate::Delete | Fate::Skip | Fate::Blocked => false,
    }
}

/// Spends the budgets of all drafts and writes the outcome into them.
fn spend_budgets<'a>(
    index: &Index<'a>,
    drafts: &mut [Vec<Draft<'a>>],
    ground: Option<&mut Ground<'_>>,
) -> (Vec<super::BudgetPlan>, Vec<NodeLoad>) {
    let mut claims = spend::Claims::default();
    for (node, list) in drafts.iter().enumerate() {
        for (index, draft) in list.iter().enumerate().filter(|(_, d)| d.asks_budget) {
            claims.add(&draft.budgets, draft.candidate(node, index));
        }
    }
    let settled = joint::settle(drafts, &claims.ready(index), ground);
    for ((node, index), landing) in settled.landings {
        drafts[node][index].landing = Some(landing);
    }
    for outcome in settled.outcomes {
        let (node, index) = outcome.place;
        let draft = &mut drafts[node][index];
        if draft.wave.is_some() {
            draft.wave = Some(outcome.wave);
        }
        if outcome.rests_on_unknown {
            draft.certainty = Certainty::Unknown;
        }
        draft.add_reasons(outcome.reasons);
    }
    (settled.budgets, settled.loads)
}

/// Returns what could not be read: the snapshot's own list and the owners that pods of the plan name.
fn unread_of(snapshot: &Snapshot, drafts: &[Vec<Draft>]) -> Vec<Unread> {
    let mut all: BTreeSet<(String, String)> = snapshot
        .unread
        .iter()
        .map(|u| (u.what.clone(), u.reason.clone()))
        .collect();
    for draft in drafts.iter().flatten() {
        if draft.judgement.fate != Fate::Skip
            && let Some(OwnerLookup::Unreadable { reason }) = draft.owner
            && let Some(controller) = &draft.pod.controller
        {
            let what = format!(
                "{} {}/{}",
                controller.kind, draft.pod.id.namespace, controller.name
            );
            all.insert((what, reason.clone()));
        }
    }
    all.into_iter()
        .map(|(what, reason)| Unread { what, reason })
        .collect()
}

fn node_plan(
    node: &Node,
    drafts: Vec<Draft>,
    snapshot: &Snapshot,
    policy: &DrainPolicy,
) -> NodePlan {
    let gravest = drafts
        .iter()
        .map(|draft| match draft.judgement.fate {
            Fate::Refused => Verdict::Refused,
            Fate::Blocked => Verdict::Blocked,
            _ if draft.certainty == Certainty::Unknown => Verdict::Unknown,
            Fate::Evict | Fate::Delete | Fate::Skip => Verdict::Ready,
        })
        .max()
        .unwrap_or(Verdict::Ready);
    let verdict = if snapshot.is_complete() {
        gravest
    } else {
        gravest.max(Verdict::Unknown)
    };
    NodePlan {
        node: node.id.clone(),
        cordoned: node.is_cordoned(),
        health: node.health,
        verdict,
        pods: drafts
            .into_iter()
            .map(|draft| draft.into_plan(policy))
            .collect(),
    }
}

fn plan_verdict(nodes: &[NodePlan], unread: &[Unread]) -> Verdict {
    let least = if unread.is_empty() {
        Verdict::Ready
    } else {
        Verdict::Unknown
    };
    nodes
        .iter()
        .map(|node| node.verdict)
        .max()
        .unwrap_or(Verdict::Ready)
        .max(least)
}

/// Returns the top of the pod's chain of controllers, as far as it was read.
pub(in crate::domain) fn owner_name(pod: &Pod, owner: Option<&OwnerLookup>) -> Option<OwnerName> {
    let direct = pod.controller.as_ref()?;
    let top = match owner {
        Some(OwnerLookup::Found(workload)) => workload.controller.as_ref().unwrap_or(direct),
        _ => direct,
    };
    Some(OwnerName {
        kind: top.kind.clone(),
        name: top.name.clone(),
    })
}
