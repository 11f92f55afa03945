//! Which plugins a profile runs, in which order, with which weights.
//!
//! Sources: `pkg/scheduler/apis/config/v1/default_plugins.go` (`mergePluginSet`) and
//! `framework/runtime/framework.go` (`expandMultiPointPlugins`, `getScoreWeights`).

use serde::{Deserialize, Deserializer};

use crate::domain::fit::plugin::Plugin;
use crate::domain::fit::profile::{CandidateNodes, PostFilter, Profile, ScorePlugin};

/// Stands for all plugins.
const ALL: &str = "*";

/// The plugin that makes room.
const PREEMPTION: &str = "DefaultPreemption";

/// Plugins of the scheduler that neither filter nor score.
const SILENT: [&str; 5] = [
    "PrioritySort",
    "DefaultBinder",
    PREEMPTION,
    "SchedulingGates",
    "GangScheduling",
];

/// Filters that do as well without a PreFilter.
const STATELESS: [Plugin; 3] = [
    Plugin::NodeName,
    Plugin::NodeUnschedulable,
    Plugin::TaintToleration,
];

/// `plugins` of a profile; what runs at other points decides nothing about where a pod fits.
#[derive(Debug, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Plugins {
    multi_point: PluginSet,
    pre_filter: PluginSet,
    filter: PluginSet,
    post_filter: PluginSet,
    pre_score: PluginSet,
    score: PluginSet,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
struct PluginSet {
    enabled: Vec<Entry>,
    disabled: Vec<Entry>,
}

#[derive(Debug, Deserialize, Clone, PartialEq, Eq)]
struct Entry {
    name: String,
    #[serde(default, deserialize_with = "weight_of_32_bits")]
    weight: Option<i64>,
}

fn weight_of_32_bits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let weight = Option::<i32>::deserialize(deserializer)?;
    Ok(weight.map(i64::from))
}

impl PluginSet {
    fn disables(&self, name: &str) -> bool {
        let mut disabled = self.disabled.iter();
        disabled.any(|entry| entry.name == name || entry.name == ALL)
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        self.enabled.iter().find(|entry| entry.name == name)
    }
}

impl Plugins {
    /// Changes the default profile.
    pub(super) fn apply(&self, profile: &mut Profile) {
        let multi_point = self.multi_point(profile);
        let at = |set: &PluginSet| expand(&multi_point, set);
        let filters = |set: &PluginSet| -> Vec<Plugin> {
            let entries = at(set).into_iter();
            entries
                .filter_map(|entry| Plugin::named(&entry.name))
                .collect()
        };
        profile.prefilters = filters(&self.pre_filter);
        profile.filters = filters(&self.filter);
        let scores = at(&self.score);
        profile.scores = scores
            .iter()
            .filter_map(|entry| Some((ScorePlugin::named(&entry.name)?, weight(entry))))
            .collect();
        profile.post_filter = self.post_filter();
        profile.unmodelled.extend(unprepared(profile));
        profile
            .unmodelled
            .extend(unprepared_scores(profile, &at(&self.pre_score)));
        profile.unmodelled.extend(self.unknown());
    }

    /// What is done for a pod that fits nowhere.
    fn post_filter(&self) -> PostFilter {
        let (everywhere, own) = (&self.multi_point, &self.post_filter);
        let mut enabled = own.enabled.iter();
        if let Some(foreign) = enabled.find(|entry| !is_known(&entry.name)) {
            return PostFilter::Foreign(foreign.name.clone());
        }
        let by_default = everywhere.entry(PREEMPTION).is_some() || !everywhere.disables(PREEMPTION);
        let is_on = own.entry(PREEMPTION).is_some() || (by_default && !own.disables(PREEMPTION));
        match is_on {
            true => PostFilter::Preemption(CandidateNodes::default()),
            false => PostFilter::Nothing,
        }
    }

    /// Plugins of somebody else.
    fn unknown(&self) -> Vec<String> {
        let sets = [
            &self.multi_point,
            &self.pre_filter,
            &self.filter,
            &self.pre_score,
            &self.score,
        ];
        let named = sets.into_iter().flat_map(|set| &set.enabled);
        let mut unknown: Vec<String> = named
            .map(|entry| entry.name.clone())
            .filter(|name| !is_known(name))
            .map(|name| format!("plugin {name}"))
            .collect();
        unknown.sort();
        unknown.dedup();
        unknown
    }

    /// The plugins that run wherever they can: the default ones, changed and added to.
    fn multi_point(&self, profile: &Profile) -> Vec<Entry> {
        let defaults = defaults(profile).into_iter();
        let kept = defaults.filter(|entry| !self.multi_point.disables(&entry.name));
        let mut all: Vec<Entry> = kept
            .map(|entry| {
                self.multi_point
                    .entry(&entry.name)
                    .cloned()
                    .unwrap_or(entry)
            })
            .collect();
        for entry in &self.multi_point.enabled {
            if !all.contains(entry) {
                all.push(entry.clone());
            }
        }
        all
    }
}

/// Filters that run without the PreFilter that they rely on.
fn unprepared(profile: &Profile) -> Vec<String> {
    let filters = profile.filters.iter();
    filters
        .filter(|plugin| !profile.prefilters.contains(plugin) && !STATELESS.contains(plugin))
        .map(|plugin| format!("plugin {plugin} without its PreFilter"))
        .collect()
}

/// Scores that run without the PreScore that they rely on.
fn unprepared_scores(profile: &Profile, prepared: &[Entry]) -> Vec<String> {
    let scores = profile.scores.iter().map(|(score, _)| score);
    scores
        .filter(|score| **score != ScorePlugin::ImageLocality)
        .filter(|score| !prepared.iter().any(|entry| entry.name == score.name()))
        .map(|score| format!("plugin {} without its PreScore", score.name()))
        .collect()
}

/// The default plugins with their weights, filters first: the order among scores changes nothing.
fn defaults(profile: &Profile) -> Vec<Entry> {
    let weight_of = |name: &str| {
        let mut scores = profile.scores.iter();
        scores
            .find(|(score, _)| score.name() == name)
            .map(|(_, weight)| *weight)
    };
    let filters = profile.filters.iter().map(|plugin| plugin.name());
    let scores = profile.scores.iter().map(|(score, _)| score.name());
    let mut all: Vec<Entry> = Vec::new();
    for name in filters.chain(scores) {
        if !all.iter().any(|entry| entry.name == name) {
            all.push(Entry {
                name: name.to_owned(),
                weight: weight_of(name),
            });
        }
    }
    all
}

/// The plugins of one extension point: those that are named for it and everywhere, then those that are named everywhere,
/// then those that are named for it alone. One that is switched off for the point and on again is of the last.
fn expand(multi_point: &[Entry], own: &PluginSet) -> Vec<Entry> {
    let everywhere = |entry: &&Entry| {
        !own.disables(&entry.name) && multi_point.iter().any(|other| other.name == entry.name)
    };
    let (overriding, alone): (Vec<&Entry>, Vec<&Entry>) = own.enabled.iter().partition(everywhere);
    let rest = multi_point
        .iter()
        .filter(|entry| !own.disables(&entry.name) && own.entry(&entry.name).is_none());
    overriding
        .into_iter()
        .chain(rest)
        .chain(alone)
        .cloned()
        .collect()
}

/// A weight of 0 is taken for 1.
fn weight(entry: &Entry) -> i64 {
    entry.weight.filter(|weight| *weight != 0).unwrap_or(1)
}

fn is_known(name: &str) -> bool {
    Plugin::named(name).is_some() || ScorePlugin::named(name).is_some() || SILENT.contains(&name)
}
