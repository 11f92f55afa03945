//! Every pod of every node with all that is known of it, folded node by node.

use crate::domain::diagnose::Finding;
use crate::domain::drain::fate::{Reason, Return};
use crate::domain::drain::plan::{DrainPlan, NodePlan, PodPlan};
use crate::domain::node::NodeHealth;

use super::{Look, Text};
use crate::present::plan_table::{fate_name, rank, tally, verdict_name};
use crate::present::{data_lost, landing};

/// The pods of so many nodes are shown at once; of more only those of nodes that need attention.
const OPEN_NODES: usize = 3;
/// A longer table stays folded.
const OPEN_PODS: usize = 40;

/// One node.
pub(super) struct Section {
    /// Unique on the page.
    pub id: String,
    pub name: Text,
    pub verdict: &'static str,
    pub look: Look,
    pub tally: Text,
    /// What its kubelet's silence means; empty where it reports.
    pub health: &'static str,
    pub open: bool,
    pub rows: Vec<Row>,
}

/// One pod.
pub(super) struct Row {
    pub name: Text,
    pub fate: &'static str,
    pub look: Look,
    pub wave: String,
    pub returns: &'static str,
    pub lands: Text,
    pub owner: Text,
    pub facts: Text,
    pub reasons: Vec<Why>,
}

/// Why, and what to type.
pub(super) struct Why {
    pub message: Text,
    pub hint: Text,
}

pub(super) fn sections(plan: &DrainPlan) -> Vec<Section> {
    let few = plan.nodes.len() <= OPEN_NODES;
    let sections = plan.nodes.iter().enumerate();
    sections.map(|(at, node)| section(at, node, few)).collect()
}

fn section(at: usize, node: &NodePlan, few: bool) -> Section {
    let mut pods: Vec<&PodPlan> = node.pods.iter().collect();
    pods.sort_by_key(|pod| rank(pod));
    Section {
        id: format!("pods-{at}"),
        name: Text::of(&node.node.name),
        verdict: verdict_name(node.verdict),
        look: node.verdict.into(),
        tally: Text::of(tally(node)),
        health: match node.health {
            NodeHealth::Ready => "",
            NodeHealth::NotReady => {
                "Its kubelet reports that it is not ready: pods may be slow to end."
            }
            NodeHealth::Unreachable => {
                "Its kubelet does not report: pods that are asked to leave will not end until it does."
            }
        },
        open: few && pods.len() <= OPEN_PODS,
        rows: pods.into_iter().map(row).collect(),
    }
}

fn row(plan: &PodPlan) -> Row {
    let landing = plan.landing.as_ref();
    let owner = plan.owner.as_ref();
    let obstacle = landing.and_then(landing::obstacle).map(|message| Why {
        message: Text::of(message),
        hint: Text::of(format!(
            "kubectl nodemaint fit {} -n {}",
            plan.pod.id.name, plan.pod.id.namespace
        )),
    });
    Row {
        name: Text::of(plan.pod.id.path()),
        fate: fate_name(plan.fate),
        look: plan.fate.into(),
        wave: plan
            .wave
            .map_or_else(|| "–".to_owned(), |wave| wave.to_string()),
        returns: match plan.returns {
            Return::Comes => "yes",
            Return::Lost => "no",
            Return::Unknown => "unknown",
        },
        lands: Text::of(landing.map(landing::place).unwrap_or_default()),
        owner: Text::of(owner.map_or_else(String::new, |o| format!("{}/{}", o.kind, o.name))),
        facts: Text::of(facts(plan)),
        reasons: plan
            .reasons
            .iter()
            .map(why)
            .chain(plan.findings.iter().map(wrong))
            .chain(obstacle)
            .collect(),
    }
}

/// What is wrong with the pod as it is, and what to look at.
fn wrong(finding: &Finding) -> Why {
    Why {
        message: Text::of(&finding.message),
        hint: Text::of(&finding.next),
    }
}

fn why(reason: &Reason) -> Why {
    Why {
        message: Text::of(&reason.message),
        hint: Text::of(&reason.hint),
    }
}

/// What a pod that leaves takes: its grace, its budgets, the data that goes with it.
fn facts(plan: &PodPlan) -> String {
    let mut facts = Vec::new();
    if !plan.leaves() && plan.wave.is_none() && plan.reasons.is_empty() {
        return String::new();
    }
    if let Some(seconds) = plan.grace_seconds {
        facts.push(format!("grace {seconds} s"));
    }
    let budgets: Vec<String> = plan.budgets.iter().map(|budget| budget.path()).collect();
    if !budgets.is_empty() {
        facts.push(format!("budget {}", budgets.join(", ")));
    }
    let lost = data_lost::losses(plan);
    if plan.leaves() && !lost.is_empty() {
        facts.push(format!("loses {lost}"));
    }
    facts.join(" · ")
}
