//! What a plan or a fleet rests on that is not so: the document's part, and its lines for people.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::assume as domain;

use super::drain_plan::Verdict;
use super::plan_table::{Page, verdict_name};
use super::style::{Meaning, paint};
use super::text::{clean, count, wrap};

/// What a plan rests on that is not so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Assumed {
    /// What is assumed.
    pub assumptions: Vec<Assumption>,
    /// What the plan comes to without it.
    pub without: Outcome,
}

/// Something that is assumed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Assumption {
    /// What kind of thing.
    pub kind: Kind,
    /// One line with names and numbers.
    pub text: String,
}

/// Kinds of assumptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// A node that is not there.
    Node,
    /// A budget that is another one.
    Budget,
    /// Flags that were not given.
    Flags,
}

/// What a plan comes to, in numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Outcome {
    /// The plan's verdict.
    pub verdict: Verdict,
    /// Pods that no flag makes leave.
    pub blocked: usize,
    /// Pods that need a flag.
    pub refused: usize,
    /// Pods for whose replacements no node was found.
    pub nowhere: usize,
}

impl From<&domain::Assumption> for Assumption {
    fn from(assumption: &domain::Assumption) -> Assumption {
        Assumption {
            kind: match assumption.kind {
                domain::AssumptionKind::Node => Kind::Node,
                domain::AssumptionKind::Budget => Kind::Budget,
                domain::AssumptionKind::Flags => Kind::Flags,
            },
            text: assumption.text.clone(),
        }
    }
}

impl From<&domain::Assumed> for Assumed {
    fn from(assumed: &domain::Assumed) -> Assumed {
        let without = assumed.without;
        Assumed {
            assumptions: assumed.assumptions.iter().map(Assumption::from).collect(),
            without: Outcome {
                verdict: without.verdict.into(),
                blocked: without.blocked,
                refused: without.refused,
                nowhere: without.nowhere,
            },
        }
    }
}

/// Says what is assumed of a plan, one line each, and then what it changes.
pub(super) fn sentences(assumed: &domain::Assumed, with: &domain::Outcome) -> Vec<String> {
    let mut lines = texts(&assumed.assumptions);
    lines.push(format!(
        "without: {}; with: {}",
        outcome(&assumed.without),
        outcome(with)
    ));
    lines
}

/// Says what is assumed, one line each.
pub(super) fn texts(assumptions: &[domain::Assumption]) -> Vec<String> {
    let texts = assumptions.iter();
    texts.map(|one| format!("what if: {}", one.text)).collect()
}

/// Puts sentences on a page, with an empty line below.
pub(super) fn lines(sentences: &[String], page: Page) -> Vec<String> {
    let wrapped = sentences
        .iter()
        .flat_map(|sentence| wrap(&clean(sentence), page.width));
    let painted = wrapped.map(|line| paint(&line, Meaning::Caution, page.colors));
    painted.chain([String::new()]).collect()
}

/// Sums a plan up: `refused (4 pods need a flag, 2 are blocked, 1 lands nowhere)`.
fn outcome(outcome: &domain::Outcome) -> String {
    let numbers = [
        (outcome.blocked, "blocked"),
        (outcome.refused, "without a flag that they need"),
        (outcome.nowhere, "landing nowhere"),
    ];
    let told = numbers.into_iter().filter(|(number, _)| *number > 0);
    let told: Vec<String> = told
        .map(|(number, what)| format!("{} {what}", count(number, "pod")))
        .collect();
    let verdict = verdict_name(outcome.verdict);
    match told.is_empty() {
        true => verdict.to_owned(),
        false => format!("{verdict} ({})", told.join(", ")),
    }
}
