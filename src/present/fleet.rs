//! The fleet as a table and as a `FleetReport` document: each node drained alone, worst first.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::assume::Assumption as DomainAssumption;
use crate::domain::drain::fleet::{FleetNode, Readiness};
use crate::domain::drain::plan::BudgetVerdict as DomainVerdict;
use crate::domain::node::NodeHealth;
use crate::domain::snapshot::Unread as DomainUnread;

use super::assumed::{self, Assumption};
use super::drain_plan::{BudgetVerdict, ClusterId, Health, Unread};
use super::guard::Time;
use super::plan_table::{Detail, Page};
use super::style::{Meaning, paint};
use super::text::{Cell, clean, count, fit, wrap};

/// The document of `fleet -o json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FleetReport {
    /// Always `nodemaint.dev/v1alpha1`.
    #[schemars(extend("const" = "nodemaint.dev/v1alpha1"))]
    pub api_version: String,
    /// Always `FleetReport`.
    #[schemars(extend("const" = "FleetReport"))]
    pub kind: String,
    /// Which cluster.
    pub cluster: ClusterId,
    /// When the cluster was read, RFC 3339.
    pub taken_at: String,
    /// What could not be read.
    pub unread: Vec<Unread>,
    /// The nodes, worst first.
    pub nodes: Vec<Node>,
    /// What it rests on that is not so; absent from a fleet as it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assumed: Option<FleetAssumed>,
}

/// What a fleet rests on that is not so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FleetAssumed {
    /// What is assumed.
    pub assumptions: Vec<Assumption>,
    /// How many nodes had each verdict without it.
    pub without: BTreeMap<Verdict, usize>,
}

/// A fleet with what it rests on.
#[derive(Debug, Clone, Copy)]
pub struct Supposed<'f> {
    /// What is assumed.
    pub assumptions: &'f [DomainAssumption],
    /// The fleet without it.
    pub without: &'f [FleetNode],
}

/// What draining one node alone comes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// Whether it is cordoned already.
    pub cordoned: bool,
    /// What its `Ready` condition says.
    pub health: Health,
    /// What draining it comes to.
    pub verdict: Verdict,
    /// How many pods leave.
    pub leaving: usize,
    /// How many pods are kept.
    pub blocked: usize,
    /// How long it takes.
    pub time: Time,
    /// The budgets that keep pods.
    pub blockers: Vec<Blocker>,
    /// Pods (`namespace/name`) for whose replacements no node was found.
    pub nowhere: Vec<String>,
    /// Pods of which it is not known whether their replacements find a node.
    pub unknown: Vec<String>,
    /// The flags that a drain needs.
    pub flags: Vec<String>,
}

/// What draining a node alone comes to.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// A budget or the server keeps a pod.
    Blocked,
    /// Its kubelet is not ready or does not report: pods that are asked to leave may not end.
    Unreachable,
    /// Everything leaves, and no node was found for some replacement.
    Nowhere,
    /// Something needed for the answer could not be read or is not modelled.
    Unknown,
    /// Everything leaves, in several waves.
    Waves,
    /// Everything leaves at once.
    Ready,
}

/// A budget that keeps pods.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Blocker {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Why it keeps them.
    pub verdict: BudgetVerdict,
}

impl FleetReport {
    /// Makes the document.
    pub fn new(
        cluster: ClusterId,
        taken_at: String,
        unread: &[DomainUnread],
        fleet: &[FleetNode],
        supposed: Option<Supposed<'_>>,
    ) -> FleetReport {
        FleetReport {
            api_version: "nodemaint.dev/v1alpha1".to_owned(),
            kind: "FleetReport".to_owned(),
            cluster,
            taken_at,
            unread: unread.iter().map(Unread::from).collect(),
            nodes: fleet.iter().map(Node::from).collect(),
            assumed: supposed.map(|supposed| FleetAssumed {
                assumptions: supposed.assumptions.iter().map(Assumption::from).collect(),
                without: counts(supposed.without)
                    .into_iter()
                    .map(|(readiness, number)| (readiness.into(), number))
                    .collect(),
            }),
        }
    }
}

impl From<&FleetNode> for Node {
    fn from(node: &FleetNode) -> Node {
        let blocker =
            |(budget, verdict): &(crate::domain::budget::BudgetRef, DomainVerdict)| Blocker {
                namespace: budget.namespace.clone(),
                name: budget.name.clone(),
                verdict: (*verdict).into(),
            };
        Node {
            name: node.node.name.clone(),
            uid: node.node.uid.clone(),
            cordoned: node.cordoned,
            health: node.health.into(),
            verdict: node.readiness.into(),
            leaving: node.leaving,
            blocked: node.blocked,
            time: Time::from(&node.span),
            blockers: node.blockers.iter().map(blocker).collect(),
            nowhere: node.nowhere.clone(),
            unknown: node.unknown.clone(),
            flags: node.flags.iter().map(|flag| (*flag).to_owned()).collect(),
        }
    }
}

impl From<Readiness> for Verdict {
    fn from(readiness: Readiness) -> Verdict {
        match readiness {
            Readiness::Blocked => Verdict::Blocked,
            Readiness::Unreachable => Verdict::Unreachable,
            Readiness::Nowhere => Verdict::Nowhere,
            Readiness::Unknown => Verdict::Unknown,
            Readiness::Waves => Verdict::Waves,
            Readiness::Ready => Verdict::Ready,
        }
    }
}

/// Returns the lines of the table: the sum first, then the nodes.
pub fn fleet_table(
    fleet: &[FleetNode],
    unread: &[DomainUnread],
    supposed: Option<Supposed<'_>>,
    page: Page,
) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(supposed) = supposed {
        let sentences = sentences(supposed, fleet);
        lines.extend(assumed::lines(&sentences, page));
        // One empty line is enough.
        lines.pop();
    } else {
        lines.push(sum(fleet));
    }
    for entry in unread {
        let text = format!("could not be read: {}: {}", entry.what, entry.reason);
        lines.extend(wrap(&clean(&text), page.width));
    }
    lines.push(String::new());
    let mut titles = vec!["NODE", "VERDICT", "LEAVE", "WAVES", "WHY"];
    if page.detail == Detail::Wide {
        titles.push("NEEDS");
    }
    let title = |title: &str| Cell::painted(title, paint(title, Meaning::Heading, page.colors));
    let mut rows = vec![titles.into_iter().map(title).collect::<Vec<Cell>>()];
    rows.extend(fleet.iter().map(|node| row(node, page)));
    lines.extend(fit(&rows, page.room()).concat());
    lines
}

/// Says what is not so, and what the fleet comes to without and with it.
pub(super) fn sentences(supposed: Supposed<'_>, fleet: &[FleetNode]) -> Vec<String> {
    let mut sentences = assumed::texts(supposed.assumptions);
    sentences.push(format!("without: {}", sum(supposed.without)));
    sentences.push(format!("with: {}", sum(fleet)));
    sentences
}

/// Sums the fleet up: `12 nodes: 3 blocked, 1 with pods that land nowhere, 2 in waves, 6 ready`.
pub(super) fn sum(fleet: &[FleetNode]) -> String {
    let counts = counts(fleet);
    let word = |readiness: &Readiness| match readiness {
        Readiness::Blocked => "blocked",
        Readiness::Unreachable => "unreachable",
        Readiness::Nowhere => "with pods that land nowhere",
        Readiness::Unknown => "not known",
        Readiness::Waves => "in waves",
        Readiness::Ready => "ready",
    };
    let parts = counts
        .iter()
        .map(|(readiness, number)| format!("{number} {}", word(readiness)));
    let parts: Vec<String> = parts.collect();
    format!("{}: {}", count(fleet.len(), "node"), parts.join(", "))
}

/// Counts the nodes of each verdict.
fn counts(fleet: &[FleetNode]) -> BTreeMap<Readiness, usize> {
    let mut counts = BTreeMap::new();
    for node in fleet {
        *counts.entry(node.readiness).or_default() += 1;
    }
    counts
}

/// Returns the word for what draining a node comes to, as the documents have it.
pub(super) fn readiness_name(readiness: Readiness) -> &'static str {
    match readiness {
        Readiness::Blocked => "blocked",
        Readiness::Unreachable => "unreachable",
        Readiness::Nowhere => "nowhere",
        Readiness::Unknown => "unknown",
        Readiness::Waves => "waves",
        Readiness::Ready => "ready",
    }
}

fn row(node: &FleetNode, page: Page) -> Vec<Cell> {
    let word = readiness_name(node.readiness);
    let meaning = match node.readiness {
        Readiness::Blocked | Readiness::Unreachable => Meaning::Bad,
        Readiness::Nowhere | Readiness::Unknown => Meaning::Caution,
        Readiness::Waves | Readiness::Ready => Meaning::Good,
    };
    let cordoned = if node.cordoned { " (cordoned)" } else { "" };
    let mut cells = vec![
        Cell::plain(format!("{}{cordoned}", clean(&node.node.name))),
        Cell::painted(word, paint(word, meaning, page.colors)),
        Cell::plain(node.leaving.to_string()),
        Cell::plain(match node.span.waves {
            0 => String::new(),
            waves => waves.to_string(),
        }),
        Cell::plain(clean(&why(node, page.detail))),
    ];
    if page.detail == Detail::Wide {
        cells.push(Cell::plain(node.flags.join(" ")));
    }
    cells
}

/// Says what stands in the way: in short the first name and how many more, so that a line fits a page; otherwise all.
pub(super) fn why(node: &FleetNode, detail: Detail) -> String {
    let blockers = node.blockers.iter().map(|(budget, verdict)| {
        let word = super::plan_table::budget_verdict_name(*verdict);
        format!("{} ({word})", budget.path())
    });
    let blockers: Vec<String> = blockers.collect();
    let mut parts = Vec::new();
    match detail {
        Detail::Normal => {
            parts.push(named(&blockers, 1));
            let counts = [(&node.nowhere, "nowhere"), (&node.unknown, "not known")];
            let told = counts.into_iter().filter(|(names, _)| !names.is_empty());
            parts.extend(told.map(|(names, word)| format!("{} {word}", names.len())));
        }
        Detail::Wide => {
            parts.push(named(&blockers, usize::MAX));
            let lists = [(&node.nowhere, "nowhere"), (&node.unknown, "not known")];
            let told = lists.into_iter().filter(|(names, _)| !names.is_empty());
            parts.extend(told.map(|(names, word)| format!("{word}: {}", named(names, usize::MAX))));
        }
    }
    // What keeps pods for good is told before what makes them wait.
    if blockers.is_empty()
        && let Some(budget) = &node.span.because
    {
        parts.push(format!("waits for {}", budget.path()));
    }
    if node.leaving > 0 {
        parts.extend(down(node.health).map(str::to_owned));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
}

/// Says what a node's state means for its pods; nothing where it is ready.
fn down(health: NodeHealth) -> Option<&'static str> {
    match health {
        NodeHealth::Ready => None,
        NodeHealth::NotReady => Some("kubelet is not ready: pods may not end"),
        NodeHealth::Unreachable => Some("kubelet does not report: pods will not end"),
    }
}

fn named(names: &[String], most: usize) -> String {
    let shown: Vec<&str> = names.iter().take(most).map(String::as_str).collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} +{more}", shown.join(", ")),
    }
}

#[cfg(test)]
#[path = "fleet_tests.rs"]
mod tests;
