//! Joins the pods of all named nodes into one plan.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::findings::findings;
use super::index::Index;
use super::span::{Leaving, Span};
use super::spend::{self, Candidate};
use super::{Course, DrainPlan, NodePlan, OwnerName, PodPlan, Verdict, guards, joint, span};
use crate::domain::budget::Budget;
use crate::domain::drain::fate::{Bearing, Fate, Judgement, Reason, ReasonCode, judge};
use crate::domain::drain::landing::{After, Ground, Landing};
use crate::domain::drain::load::NodeLoad;
use crate::domain::drain::order::Order;
use crate::domain::drain::policy::{DrainPolicy, GracePeriod, Removal};
use crate::domain::fit::bound_volumes::BoundVolume;
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
    /// How many nodes are emptied at once; 0 counts as 1.
    pub max_parallel: usize,
    /// In which order the nodes were put.
    pub order: Order,
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
    if let Some(ground) = site.ground.as_deref() {
        let all = drafts.iter_mut().flatten();
        all.for_each(|draft| draft.bind(ground));
    }
    let (budget_plans, loads) = spend_budgets(index, &mut drafts, site.ground.as_deref_mut());
    let unread = unread_of(snapshot, &drafts);
    let batches = drafts.chunks(site.max_parallel.max(1));
    let batches: Vec<Vec<Leaving<'_>>> = batches
        .map(|batch| leaving(batch.iter().flatten(), policy))
        .collect();
    let (spans, span) = span::of(&batches, index.starts());
    let plans: Vec<NodePlan> = nodes
        .iter()
        .zip(drafts)
        .map(|(node, drafts)| node_plan(node, drafts, snapshot, policy, now))
        .collect();
    let world = site.ground.as_deref().map(Ground::world);
    Ok(DrainPlan {
        guards: guards::collect(&plans, snapshot, world, site.own_node),
        cluster: snapshot.cluster.clone(),
        taken_at: snapshot.taken_at,
        verdict: plan_verdict(&plans, &unread),
        unread,
        span,
        course: Course::of(&nodes, spans, site.order, site.max_parallel),
        assumed: None,
        nodes: plans,
        budgets: budget_plans,
        loads,
    })
}

/// One pod on its way to a [`PodPlan`].
pub(in crate::domain::drain) struct Draft<'a> {
    pub pod: &'a Pod,
    owner: Option<&'a OwnerLookup>,
    pub judgement: Judgement,
    budgets: Vec<&'a Budget>,
    /// Whether the server would ask a budget, once all missing flags are given.
    asks_budget: bool,
    wave: Option<u32>,
    certainty: Certainty,
    bound_volumes: Vec<BoundVolume>,
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
        let owner = index.owner_of(pod);
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
            bound_volumes: Vec::new(),
            landing: None,
        }
    }

    /// Tells whether the pod leaves once all missing flags are given, budgets permitting.
    pub fn would_leave(&self) -> bool {
        would_be_evicted(&self.judgement) || self.judgement.fate == Fate::Delete
    }

    /// Looks which volumes only this node reaches.
    fn bind(&mut self, ground: &Ground<'_>) {
        if !self.would_leave() {
            return;
        }
        self.bound_volumes = ground.bound_volumes(&self.pod.id.uid);
        if self.bound_volumes.is_empty() {
            return;
        }
        let names: Vec<String> = self
            .bound_volumes
            .iter()
            .map(BoundVolume::describe)
            .collect();
        let waits = match After::of(self.pod, self.judgement.returns) {
            After::Successor => ": its replacement waits until the node takes pods again",
            After::Nothing => "",
        };
        let message = format!("no other node reaches {}{waits}", names.join(", "));
        let reason = Reason::new(ReasonCode::LocalData, Bearing::Note, message);
        self.judgement.reasons.push(reason);
    }

    /// Tells whether the pod leaves.
    pub fn leaves(&self) -> bool {
        matches!(self.judgement.fate, Fate::Evict | Fate::Delete)
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

    fn into_plan(self, policy: &DrainPolicy, node: &Node, now: Timestamp) -> PodPlan {
        PodPlan {
            findings: match self.judgement.fate {
                Fate::Skip => Vec::new(),
                _ => findings(self.pod, &self.budgets, node, now),
            },
            grace_seconds: grace_seconds(self.pod, policy),
            owner: owner_name(self.pod, self.owner),
            pod: self.pod.clone(),
            returns: self.judgement.returns,
            fate: self.judgement.fate,
            reasons: self.judgement.reasons,
            budgets: self.budgets.iter().map(|b| b.id.clone()).collect(),
            wave: self.wave,
            bound_volumes: self.bound_volumes,
            landing: self.landing,
        }
    }
}

fn grace_seconds(pod: &Pod, policy: &DrainPolicy) -> Option<i64> {
    match policy.grace {
        GracePeriod::PodsOwn => pod.grace_seconds,
        GracePeriod::Seconds(seconds) => Some(i64::from(seconds)),
    }
}

/// Returns those of the pods that leave.
fn leaving<'d>(
    drafts: impl Iterator<Item = &'d Draft<'d>>,
    policy: &DrainPolicy,
) -> Vec<Leaving<'d>> {
    let leaving = drafts.filter(|draft| draft.leaves());
    leaving
        .map(|draft| Leaving {
            pod: draft.pod,
            wave: draft.wave.unwrap_or(1),
            budgets: draft.budgets.iter().map(|budget| &budget.id).collect(),
            grace_seconds: grace_seconds(draft.pod, policy),
        })
        .collect()
}

/// A node's drain with the pods as they were read: all that is asked of many nodes, without a copy of each pod.
pub(in crate::domain::drain) struct Sketch<'a> {
    pub node: &'a Node,
    pub verdict: Verdict,
    pub drafts: Vec<Draft<'a>>,
    pub budgets: Vec<super::BudgetPlan>,
    pub span: Span,
}

/// Plans the drain of one node alone, without asking where its pods land; `None` where it is not in the snapshot.
pub(in crate::domain::drain) fn sketch<'a>(
    index: &Index<'a>,
    node: &str,
    policy: &DrainPolicy,
    now: Timestamp,
) -> Option<Sketch<'a>> {
    let snapshot = index.snapshot();
    let node = snapshot.nodes.get(node)?;
    let pods = index.pods_on(node.name()).into_iter();
    let pods = pods.map(|pod| Draft::new(pod, index, policy, now));
    let mut drafts: [Vec<Draft<'a>>; 1] = [pods.collect()];
    let (budgets, _) = spend_budgets(index, &mut drafts, None);
    let [drafts] = drafts;
    let (_, span) = span::of(&[leaving(drafts.iter(), policy)], index.starts());
    Some(Sketch {
        node,
        verdict: verdict_of(&drafts, snapshot),
        drafts,
        budgets,
        span,
    })
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

/// Returns the gravest of what becomes of the pods.
fn verdict_of(drafts: &[Draft<'_>], snapshot: &Snapshot) -> Verdict {
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
    if snapshot.is_complete() {
        gravest
    } else {
        gravest.max(Verdict::Unknown)
    }
}

fn node_plan(
    node: &Node,
    drafts: Vec<Draft>,
    snapshot: &Snapshot,
    policy: &DrainPolicy,
    now: Timestamp,
) -> NodePlan {
    let verdict = verdict_of(&drafts, snapshot);
    NodePlan {
        node: node.id.clone(),
        cordoned: node.is_cordoned(),
        health: node.health,
        verdict,
        pods: drafts
            .into_iter()
            .map(|draft| draft.into_plan(policy, node, now))
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
