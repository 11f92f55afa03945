//! The JSON of `fit`: one `FitReport` document, names and values as `schemas/` fixes them.
//!
//! The types are this module's own, so that a change of the domain cannot change what scripts read. The table is made of
//! the same values.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fit_preemption::Preemption;
use crate::domain::fit::evaluate::{self, Evaluation, FirstRefusal, Gap, NodeReport};
use crate::domain::fit::event::summary;
use crate::domain::fit::plugin::{self, Plugin};
use crate::domain::fit::profile::Minor;
use crate::domain::fit::removed::{RemovedRefusal, Requested};
use crate::domain::fit::score::{Scores, score};
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
    /// What preemption would do; absent where the pod fits, or preemption does not come into it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preemption: Option<Preemption>,
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
    /// True for a rule that today's scheduler does not have and that was asked for; absent for all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_request: Option<bool>,
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

/// Reports what was found about a pod on these nodes, with the rules that were asked for besides the scheduler's.
pub fn report(evaluation: &Evaluation<'_>, nodes: &[NodeIx], requested: &Requested) -> Pod {
    let cx = evaluation.context();
    let prefilter = evaluation.prefilter.as_ref().map(Prefilter::from);
    let name = |node: NodeIx| cx.world.node(node).object.name.clone();
    let (mut found, mut best) = (Vec::new(), Vec::new());
    if prefilter.is_none() {
        let feasible = evaluation.feasible().into_iter();
        let feasible: Vec<NodeIx> = feasible
            .filter(|node| requested.refusals(&cx, *node).is_empty())
            .collect();
        let mut scores = score(&cx, &feasible);
        let more = requested.scores(&cx, &feasible);
        for (_, extra) in &more {
            for (total, score) in scores.totals.iter_mut().zip(extra) {
                *total += score;
            }
        }
        best = scores.best().into_iter().map(name).collect();
        found = nodes
            .iter()
            .map(|node| {
                let mut shown = Node::new(name(*node), evaluation.node(*node));
                shown.refuse(requested.refusals(&cx, *node));
                shown.rate(&scores, &more, *node);
                shown
            })
            .collect();
    }
    Pod {
        namespace: cx.kind().namespace.to_string(),
        name: cx.row().name.to_string(),
        not_decided: evaluation.not_decided.clone(),
        prefilter,
        nodes: found,
        best,
        summary: summary(evaluation),
        preemption: None,
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

    /// Adds the refusals of rules that were asked for.
    fn refuse(&mut self, refusals: Vec<RemovedRefusal>) {
        if !refusals.is_empty() {
            self.verdict = Verdict::Refused;
        }
        self.refusals
            .extend(refusals.into_iter().map(|refusal| Refusal {
                plugin: refusal.rule.to_owned(),
                predicate: None,
                reasons: sorted(&refusal.reasons),
                detail: refusal.detail,
                on_request: Some(true),
            }));
    }

    /// Adds the score, where the node was scored.
    fn rate(&mut self, scores: &Scores, more: &[(&'static str, Vec<i64>)], node: NodeIx) {
        let Some(at) = scores.nodes.iter().position(|scored| *scored == node) else {
            return;
        };
        let parts = scores.parts.iter();
        let parts = parts.map(|part| (part.plugin.name(), part.scores[at] * part.weight));
        let more = more.iter().map(|(name, scores)| (*name, scores[at]));
        self.score = Some(Score {
            total: scores.totals[at],
            plugins: parts
                .chain(more)
                .map(|(name, score)| (name.to_owned(), score))
                .collect(),
        });
        let unknown = scores.unknown.iter();
        let unknown = unknown.map(|(plugin, why)| format!("score of {}: {why}", plugin.name()));
        let unknown: Vec<String> = self.detail.take().into_iter().chain(unknown).collect();
        self.detail = (!unknown.is_empty()).then(|| unknown.join("; "));
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
            on_request: None,
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
