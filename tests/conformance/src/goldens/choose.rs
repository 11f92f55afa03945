//! Which clusters are kept: as few and as small as show everything that the plugins said and in which the minors differ.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Golden;
use crate::coverage::label;
use crate::generator::Case;
use crate::oracle::{Answer, NodeAnswer, PodAnswer};
use nodemaint::domain::fit::profile::Minor;

/// How many clusters show each thing, if there are that many.
const ENOUGH: usize = 3;
/// The longest cluster that is kept, in bytes.
const LONGEST: usize = 32 << 10;

/// Clusters that were chosen until now, and what they show.
#[derive(Debug, Default)]
pub struct Choice {
    chosen: Vec<Golden>,
    shown: BTreeMap<String, usize>,
}

impl Choice {
    /// Looks at a cluster, with the answers in the order of [`Minor::ALL`], and takes it if it shows anything new.
    pub fn offer(&mut self, case: Case, answers: &[Answer]) {
        if answers.iter().any(|answer| answer.error.is_some()) || length(&case) > LONGEST {
            return;
        }
        let shows = features(&case, answers);
        let is_new = |feature: &String| self.shown.get(feature).copied().unwrap_or(0) < ENOUGH;
        if !shows.iter().any(is_new) {
            return;
        }
        for feature in shows {
            *self.shown.entry(feature).or_default() += 1;
        }
        self.chosen.push(Golden::of(case, answers));
    }

    /// Takes out what is not needed any more, since others show it too, and returns the rest.
    #[must_use]
    pub fn finish(mut self) -> Vec<Golden> {
        let mut kept = Vec::new();
        while let Some(golden) = self.chosen.pop() {
            let answers: Vec<_> = Minor::ALL.map(|minor| golden.answer(minor)).into();
            let shows = features(&golden.case, &answers);
            let is_needed = |feature: &String| {
                self.shown
                    .get(feature)
                    .is_some_and(|count| *count <= ENOUGH)
            };
            if shows.iter().any(is_needed) {
                kept.push(golden);
                continue;
            }
            for feature in shows {
                if let Some(count) = self.shown.get_mut(&feature) {
                    *count -= 1;
                }
            }
        }
        kept.reverse();
        kept
    }
}

fn length(case: &Case) -> usize {
    case.to_json().to_string().len()
}

/// Everything that a cluster shows.
fn features(case: &Case, answers: &[Answer]) -> BTreeSet<String> {
    let mut found = of_config(&case.config);
    for (minor, answer) in Minor::ALL.into_iter().zip(answers) {
        for pod in &answer.pods {
            found.extend(of_pod(pod).map(|feature| format!("{minor} {feature}")));
        }
    }
    for (at, pair) in answers.windows(2).enumerate() {
        let minor = Minor::ALL[at];
        for (older, newer) in pair[0].pods.iter().zip(&pair[1].pods) {
            let changes = differences(older, newer).into_iter();
            found.extend(changes.map(|what| format!("from {minor} {what}")));
        }
    }
    found
}

fn of_pod(pod: &PodAnswer) -> impl Iterator<Item = String> {
    let before = pod.prefilter.iter().chain(&pod.pre_enqueue);
    let before = before.flat_map(|refusal| label(refusal).map(|label| format!("before {label}")));
    let first = pod.nodes.iter().filter_map(|node| node.first.as_ref());
    let first = first.map(|refusal| format!("first {} {}", refusal.plugin, refusal.code));
    let any = pod.nodes.iter().flat_map(|node| &node.refusals);
    let any = any.flat_map(|refusal| label(refusal).map(|label| format!("any {label}")));
    let scores = pod.nodes.iter().flat_map(|node| &node.scores);
    let scores = scores.filter(|(_, score)| **score != 0);
    let scores = scores.map(|(plugin, _)| format!("score {plugin}"));
    let failed = pod.score_error.iter().map(|_| "no scores".to_owned());
    before.chain(first).chain(any).chain(scores).chain(failed)
}

/// In what two minors' answers about a pod differ.
fn differences(older: &PodAnswer, newer: &PodAnswer) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if older.prefilter != newer.prefilter {
        found.insert("differs before".to_owned());
    }
    if older.summary != newer.summary {
        found.insert("differs in the event".to_owned());
    }
    for (older, newer) in older.nodes.iter().zip(&newer.nodes) {
        found.extend(of_nodes(older, newer));
    }
    found
}

fn of_nodes(older: &NodeAnswer, newer: &NodeAnswer) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if older.fits != newer.fits {
        found.insert("differs in fit".to_owned());
    }
    for refusal in older.refusals.iter().chain(&newer.refusals) {
        if !older.refusals.contains(refusal) || !newer.refusals.contains(refusal) {
            found.insert(format!("differs in {}", refusal.plugin));
        }
    }
    for plugin in older.scores.keys().chain(newer.scores.keys()) {
        if older.fits && newer.fits && older.scores.get(plugin) != newer.scores.get(plugin) {
            found.insert(format!("differs in the score {plugin}"));
        }
    }
    found
}

/// What a configuration changes.
fn of_config(config: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for profile in config["profiles"].as_array().into_iter().flatten() {
        for entry in profile["pluginConfig"].as_array().into_iter().flatten() {
            let kind = &entry["args"]["scoringStrategy"]["type"];
            found.insert(format!("arguments of {} {kind}", entry["name"]));
            let fields = entry["args"]
                .as_object()
                .into_iter()
                .flat_map(|map| map.keys());
            found.extend(fields.map(|field| format!("argument {field}")));
        }
        for (point, set) in profile["plugins"].as_object().into_iter().flatten() {
            let changes = set.as_object().into_iter().flat_map(|map| map.keys());
            found.extend(changes.map(|change| format!("{change} at {point}")));
        }
    }
    found
}
