//! Where successors land: the part that the documents of plans have in common, and its words in tables.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::drain::landing as domain;

/// Where the successor of a pod can run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Landing {
    /// Whether it finds a node.
    pub verdict: Verdict,
    /// The nodes that take it once the successors before it are placed.
    pub nodes: Vec<String>,
    /// Those of them with the highest score.
    pub best: Vec<String>,
    /// Who would be deleted to make room, as `namespace/name`; absent where nobody is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub victims: Vec<String>,
    /// The nodes that would take it if they were not cordoned, where no other does; absent where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<ClosedNode>,
    /// Why other nodes do not take it, most nodes first.
    pub refusals: Vec<Refusal>,
    /// What could not be judged; absent where everything was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
}

/// Tells whether a successor finds a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// At least one node takes it.
    Fits,
    /// No node has room, and the scheduler would make some by deleting pods of lower priority.
    Preempts,
    /// No node was found for it; that is no proof that there is none.
    Nowhere,
    /// Something needed for the answer could not be read or is not modelled.
    Unknown,
    /// The pod does not come back.
    None,
}

/// A cordoned node that would take a successor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClosedNode {
    /// Its name.
    pub node: String,
    /// Since when it is, or will be, cordoned.
    pub since: Closed,
}

/// Since when a node is cordoned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Closed {
    /// It is one of the nodes to be drained.
    ByThisDrain,
    /// It was cordoned before, and is none of them.
    Before,
}

/// A refusal that nodes have in common.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refusal {
    /// The scheduler's plugin that refuses.
    pub plugin: String,
    /// The scheduler's words.
    pub reason: String,
    /// How many nodes.
    pub nodes: usize,
}

impl From<&domain::Landing> for Landing {
    fn from(landing: &domain::Landing) -> Landing {
        let refusals = landing.refusals.iter().map(|refusal| Refusal {
            plugin: refusal.plugin.to_owned(),
            reason: refusal.reason.clone(),
            nodes: refusal.nodes,
        });
        let closed = landing.closed.iter().map(|closed| ClosedNode {
            node: closed.node.clone(),
            since: match closed.since {
                domain::Closed::ByThisDrain => Closed::ByThisDrain,
                domain::Closed::Before => Closed::Before,
            },
        });
        Landing {
            closed: closed.collect(),
            verdict: match landing.verdict {
                domain::LandingVerdict::Fits => Verdict::Fits,
                domain::LandingVerdict::Preempts => Verdict::Preempts,
                domain::LandingVerdict::Nowhere => Verdict::Nowhere,
                domain::LandingVerdict::Unknown => Verdict::Unknown,
                domain::LandingVerdict::None => Verdict::None,
            },
            nodes: landing.nodes.clone(),
            best: landing.best.clone(),
            victims: landing.victims.clone(),
            refusals: refusals.collect(),
            unknown: landing.unknown.clone(),
        }
    }
}

/// Says in a column where a successor goes: `worker-3 +4`, `nowhere`.
pub(super) fn place(landing: &domain::Landing) -> String {
    let others = landing.nodes.len().saturating_sub(1);
    match (landing.verdict, landing.best.first()) {
        (domain::LandingVerdict::Fits, Some(best)) if others > 0 => format!("{best} +{others}"),
        (domain::LandingVerdict::Fits, best) => best.cloned().unwrap_or_default(),
        (domain::LandingVerdict::Preempts, best) => {
            format!(
                "{} preempts {}",
                best.map_or("", String::as_str),
                landing.victims.len()
            )
        }
        (domain::LandingVerdict::Nowhere, _) => "nowhere".to_owned(),
        (domain::LandingVerdict::Unknown, _) => "unknown".to_owned(),
        (domain::LandingVerdict::None, _) => "-".to_owned(),
    }
}

/// Says why no node takes a successor, or what is not known; `None` where a node takes it.
pub(super) fn obstacle(landing: &domain::Landing) -> Option<String> {
    match landing.verdict {
        domain::LandingVerdict::Fits | domain::LandingVerdict::None => None,
        domain::LandingVerdict::Preempts => Some(format!(
            "no node has room for its replacement; on {} the scheduler would delete {}",
            landing.best.join(", "),
            landing.victims.join(", ")
        )),
        domain::LandingVerdict::Nowhere => Some(format!(
            "no node found for its replacement: {}{}",
            refusals(landing),
            only_closed(landing)
        )),
        domain::LandingVerdict::Unknown => Some(format!(
            "not known where its replacement goes: {}",
            landing.unknown.join("; ")
        )),
    }
}

/// Names the cordoned nodes that would take a successor.
fn only_closed(landing: &domain::Landing) -> String {
    let of = |since: domain::Closed| {
        let nodes = landing.closed.iter().filter(|one| one.since == since);
        let nodes: Vec<&str> = nodes.map(|one| one.node.as_str()).collect();
        nodes.join(", ")
    };
    let parts = [
        (of(domain::Closed::ByThisDrain), "drained in this run"),
        (of(domain::Closed::Before), "cordoned before"),
    ];
    let told = parts.into_iter().filter(|(nodes, _)| !nodes.is_empty());
    let told: Vec<String> = told
        .map(|(nodes, why)| format!("{nodes} ({why})"))
        .collect();
    match told.is_empty() {
        true => String::new(),
        false => format!("; only {} would take it", told.join(" and ")),
    }
}

/// Sums refusals up as the scheduler does in its event, most nodes first.
fn refusals(landing: &domain::Landing) -> String {
    let parts = landing.refusals.iter();
    let parts: Vec<String> = parts
        .map(|refusal| format!("{} {}", refusal.nodes, refusal.reason))
        .collect();
    parts.join(", ")
}
