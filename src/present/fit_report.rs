//! The JSON of `fit`: one `FitReport` document, names and values as `schemas/` fixes them.
//!
//! The types are this module's own, so that a change of the domain cannot change what scripts read. The table is made of
//! the same values.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::fit::evaluate::{self, Evaluation, FirstRefusal, Gap, NodeReport};
use crate::domain::fit::event::summary;
use crate::domain::fit::plugin::{self, Plugin};
use crate::domain::fit::profile::Minor;
use crate::domain::fit::world::NodeIx;

/// The document of `fit -o json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FitReport {
    /// Always `nodemaint.dev/v1alpha1`.
    pub api_version: String,
    /// Always `FitReport`.
    pub kind: String,
    /// The minor of the scheduler whose rules were applied, such as `1.37`.
    pub profile: String,
    /// The pods, by namespace and name.
    pub pods: Vec<Pod>,
}

/// One pod.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Why the scheduler would not look at the pod at all, or not by these rules; absent for an ordinary pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_decided: Option<String>,
    /// The refusal of every node before one is looked at; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefilter: Option<Prefilter>,
    /// The nodes by name; empty where `prefilter` refuses them all.
    pub nodes: Vec<Node>,
    /// All nodes with the highest total score.
    pub best: Vec<String>,
    /// What the scheduler would write in its event, without what preemption adds; absent where the pod fits, or may fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// A refusal of every node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Prefilter {
    /// The plugin that refuses.
    pub plugin: String,
    /// The older name of the rule; absent where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicate: Option<String>,
    /// The scheduler's status code.
    pub code: Code,
    /// The scheduler's words.
    pub reasons: Vec<String>,
    /// The values behind them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// The scheduler's status codes of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Code {
    /// Fewer pods on the node might help.
    Unschedulable,
    /// Nothing that the scheduler can do helps.
    UnschedulableAndUnresolvable,
}

/// One node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Node {
    /// Its name.
    pub node: String,
    /// Whether the pod can run there.
    pub verdict: Verdict,
    /// The scheduler's own answer: the first refusal in its order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<First>,
    /// Every refusal, in the scheduler's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refusals: Vec<Refusal>,
    /// What could not be judged, and why; absent where everything could.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// On every node that fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
}

/// Whether a pod can run on a node.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// It can.
    Fits,
    /// Nothing refuses, and something could not be judged.
    Unknown,
    /// It cannot.
    Refused,
}

/// The scheduler's own answer about a node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct First {
    /// The plugin, or `PreFilter` for a node that was left out before filtering.
    pub plugin: String,
    /// The older name of the rule; absent where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicate: Option<String>,
    /// The scheduler's status code.
    pub code: Code,
    /// The scheduler's words, sorted.
    pub reasons: Vec<String>,
}

/// A plugin's refusal of a node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refusal {
    /// The plugin.
    pub plugin: String,
    /// The older name of the rule; absent where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicate: Option<String>,
    /// The scheduler's words, sorted.
    pub reasons: Vec<String>,
    /// The values behind them.
    pub detail: String,
}

/// A node's score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Score {
    /// The sum.
    pub total: i64,
    /// What each plugin adds, with its weight.
    pub plugins: BTreeMap<String, i64>,
}

impl FitReport {
    /// Makes the document; pods are sorted.
    pub fn new(minor: Minor, mut pods: Vec<Pod>) -> FitReport {
        pods.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        FitReport {
            api_version: "nodemaint.dev/v1alpha1".to_owned(),
            kind: "FitReport".to_owned(),
            profile: minor.to_string(),
            pods,
        }
    }
}

/// Reports what was found about a pod on these nodes.
pub fn report(evaluation: &Evaluation<'_>, nodes: &[NodeIx]) -> Pod {
    let cx = evaluation.context();
    let prefilter = evaluation.prefilter.as_ref().map(Prefilter::from);
    let found = match prefilter {
        Some(_) => Vec::new(),
        None => nodes
            .iter()
            .map(|node| {
                let name = cx.world.node(*node).object.name.clone();
                Node::new(name, evaluation.node(*node))
            })
            .collect(),
    };
    Pod {
        namespace: cx.kind().namespace.to_string(),
        name: cx.row().name.to_string(),
        not_decided: evaluation.not_decided.clone(),
        prefilter,
        nodes: found,
        best: Vec::new(),
        summary: summary(evaluation),
    }
}

impl Pod {
    /// Counts the nodes with a verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        let nodes = self.nodes.iter();
        nodes.filter(|node| node.verdict == verdict).count()
    }
}

impl Node {
    fn new(node: String, found: NodeReport) -> Node {
        Node {
            node,
            verdict: found.verdict.into(),
            first: found.first.as_ref().map(First::from),
            refusals: found.refusals.iter().map(Refusal::from).collect(),
            detail: gaps(&found.unknown),
            score: None,
        }
    }
}

fn gaps(unknown: &[Gap]) -> Option<String> {
    let texts = unknown
        .iter()
        .map(|gap| format!("{}: {}", gap.rule, gap.what));
    let texts: Vec<String> = texts.collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}

fn predicate(plugin: Plugin) -> Option<String> {
    plugin.predicate().map(str::to_owned)
}

fn sorted(reasons: &[String]) -> Vec<String> {
    let mut reasons = reasons.to_vec();
    reasons.sort();
    reasons
}

impl From<&plugin::Refusal> for Prefilter {
    fn from(refusal: &plugin::Refusal) -> Self {
        Prefilter {
            plugin: refusal.plugin.to_string(),
            predicate: predicate(refusal.plugin),
            code: refusal.code.into(),
            reasons: sorted(&refusal.reasons),
            detail: refusal.detail.clone(),
        }
    }
}

impl From<&plugin::Refusal> for Refusal {
    fn from(refusal: &plugin::Refusal) -> Self {
        Refusal {
            plugin: refusal.plugin.to_string(),
            predicate: predicate(refusal.plugin),
            reasons: sorted(&refusal.reasons),
            detail: refusal.detail.clone(),
        }
    }
}

impl From<&FirstRefusal> for First {
    fn from(first: &FirstRefusal) -> Self {
        First {
            plugin: first.plugin_name().to_owned(),
            predicate: Plugin::named(first.plugin_name()).and_then(predicate),
            code: first.code().into(),
            reasons: sorted(&first.reasons()),
        }
    }
}

impl From<plugin::Code> for Code {
    fn from(code: plugin::Code) -> Self {
        match code {
            plugin::Code::Unschedulable => Code::Unschedulable,
            plugin::Code::UnschedulableAndUnresolvable => Code::UnschedulableAndUnresolvable,
        }
    }
}

impl From<evaluate::Verdict> for Verdict {
    fn from(verdict: evaluate::Verdict) -> Self {
        match verdict {
            evaluate::Verdict::Fits => Verdict::Fits,
            evaluate::Verdict::Refused => Verdict::Refused,
            evaluate::Verdict::Unknown => Verdict::Unknown,
        }
    }
}
