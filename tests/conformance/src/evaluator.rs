//! The evaluator's answer about a case, read through the same door as a user's file.

use std::collections::BTreeMap;

use nodemaint::adapters::files::{FileError, Source};
use nodemaint::adapters::manifest::Additions;
use nodemaint::adapters::scheduler_config;
use nodemaint::domain::budget::Budget;
use nodemaint::domain::fit::evaluate::{Evaluation, Verdict, evaluate};
use nodemaint::domain::fit::event;
use nodemaint::domain::fit::plugin::Refusal;
use nodemaint::domain::fit::profile::{Minor, Profile};
use nodemaint::domain::fit::score::{Scores, score};
use nodemaint::domain::fit::world::{NodeIx, ObjectKind, PodIx, World};
use serde_json::json;

use crate::generator::Case;
use crate::oracle;
use crate::preemption::Rooms;

/// What the evaluator says about one pod, in the oracle's form.
#[derive(Debug, Clone, PartialEq)]
pub struct PodFinding {
    /// As namespace/name.
    pub pod: String,
    /// The refusal of all nodes at once.
    pub prefilter: Option<oracle::Refusal>,
    /// By name.
    pub nodes: Vec<NodeFinding>,
    /// The line of the FailedScheduling event.
    pub summary: Option<String>,
    /// What preemption would do.
    pub preemption: Rooms,
}

/// What the evaluator says about a pod on one node.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeFinding {
    /// The node's name.
    pub node: String,
    /// Whether the pod could run there.
    pub verdict: Verdict,
    /// The first refusal.
    pub first: Option<oracle::Refusal>,
    /// All refusals.
    pub refusals: Vec<oracle::Refusal>,
    /// What could not be judged.
    pub unknown: Vec<String>,
    /// Weighted scores, where the pod fits.
    pub scores: BTreeMap<String, i64>,
    /// Plugins whose score is not known.
    pub unscored: Vec<String>,
}

/// Folds a case into a world.
///
/// # Errors
///
/// When an object cannot be read.
pub fn world(case: &Case, minor: Minor) -> Result<World, FileError> {
    Ok(source(case)?
        .world(Some(minor), &Additions::default())?
        .world)
}

fn source(case: &Case) -> Result<Source, FileError> {
    let kinds: Vec<&str> = ObjectKind::ALL.iter().map(|kind| kind.resource()).collect();
    let snapshot = json!({
        "apiVersion": "nodemaint.dev/v1alpha1", "kind": "Snapshot",
        "scheduling": {"kinds": kinds},
        "items": case.objects,
        "contents": {"objects": case.objects.len()},
    });
    Ok(Source::Text {
        name: format!("case {}", case.seed),
        bytes: snapshot.to_string().into_bytes(),
    })
}

/// Evaluates the pods of a case one after another, each taken off its node for as long as it is judged.
///
/// # Errors
///
/// When an object or the configuration cannot be read.
pub fn findings(case: &Case, minor: Minor) -> Result<Vec<PodFinding>, FileError> {
    let case = &without_claim_names(case);
    let mut world = world(case, minor)?;
    let budgets = source(case)?.budgets()?.budgets;
    let profiles = profiles(case, minor)?;
    Ok(judge(&mut world, &profiles, &case.pods, &budgets))
}

/// Evaluates pods of a world by the default profile, as [`findings`] does.
pub fn findings_in(world: &mut World, pods: &[String]) -> Vec<PodFinding> {
    let profiles = [Profile::default_of(world.minor)];
    judge(world, &profiles, pods, &[])
}

fn judge(
    world: &mut World,
    profiles: &[Profile],
    pods: &[String],
    budgets: &[Budget],
) -> Vec<PodFinding> {
    let mut found = Vec::new();
    for path in pods {
        if let Some(pod) = find(world, path) {
            let scheduler = &world.kind_of(pod).spec.scheduler_name;
            let mut all = profiles.iter();
            let own = all.find(|profile| profile.scheduler_name == *scheduler);
            let profile = own.unwrap_or(&profiles[0]);
            found.push(finding(world, profile, pod, budgets));
        }
    }
    found
}

/// Finds the pod of a `namespace/name`.
#[must_use]
pub fn find(world: &World, path: &str) -> Option<PodIx> {
    let (namespace, name) = path.split_once('/').unwrap_or(("", path));
    world.find_pod(namespace, name)
}

/// The profiles of a case's configuration, read as a user's file is.
fn profiles(case: &Case, minor: Minor) -> Result<Vec<Profile>, FileError> {
    if case.config.is_null() {
        return Ok(vec![Profile::default_of(minor)]);
    }
    let text = case.config.to_string();
    scheduler_config::profiles(text.as_bytes(), "config", minor)
}

/// Takes from the pods that are asked about, and run, the names of their claims: the oracle clears the status of a pod that
/// it displaces.
fn without_claim_names(case: &Case) -> Case {
    let mut case = case.clone();
    for object in &mut case.objects {
        let path = format!(
            "{}/{}",
            object["metadata"]["namespace"].as_str().unwrap_or_default(),
            object["metadata"]["name"].as_str().unwrap_or_default()
        );
        let displaced = object["kind"] == "Pod" && object["spec"]["nodeName"].is_string();
        if displaced
            && case.pods.contains(&path)
            && let Some(status) = object["status"].as_object_mut()
        {
            status.remove("resourceClaimStatuses");
            status.remove("extendedResourceClaimStatus");
        }
    }
    case
}

fn finding(world: &mut World, profile: &Profile, pod: PodIx, budgets: &[Budget]) -> PodFinding {
    let home = world.take_away(pod);
    let preemption = Rooms::of(world, profile, pod, budgets);
    let evaluation = evaluate(world, profile, pod);
    let found = PodFinding {
        pod: evaluation.context().world.path(pod),
        prefilter: evaluation.prefilter.as_ref().map(plain),
        nodes: nodes(&evaluation),
        summary: event::summary(&evaluation),
        preemption,
    };
    drop(evaluation);
    if let Some(home) = home {
        world.place(pod, home);
    }
    found
}

fn nodes(evaluation: &Evaluation<'_>) -> Vec<NodeFinding> {
    if evaluation.prefilter.is_some() {
        return Vec::new();
    }
    let cx = evaluation.context();
    let scores = score(&cx, &evaluation.feasible());
    let of_node = |node: NodeIx| {
        let report = evaluation.node(node);
        NodeFinding {
            node: cx.world.node(node).object.name.clone(),
            verdict: report.verdict,
            first: report.first.map(|first| oracle::Refusal {
                plugin: first.plugin_name().to_owned(),
                code: first.code().as_str().to_owned(),
                reasons: sorted(first.reasons()),
            }),
            refusals: report.refusals.iter().map(plain).collect(),
            unknown: report
                .unknown
                .into_iter()
                .map(|gap| format!("{}: {}", gap.rule, gap.what))
                .collect(),
            scores: scores_of(&scores, node),
            unscored: scores
                .unknown
                .iter()
                .map(|(plugin, _)| plugin.name().to_owned())
                .collect(),
        }
    };
    cx.world.node_indexes().map(of_node).collect()
}

fn scores_of(scores: &Scores, node: NodeIx) -> BTreeMap<String, i64> {
    let Some(at) = scores.nodes.iter().position(|scored| *scored == node) else {
        return BTreeMap::new();
    };
    let parts = scores.parts.iter();
    parts
        .map(|part| (part.plugin.name().to_owned(), part.scores[at] * part.weight))
        .collect()
}

fn plain(refusal: &Refusal) -> oracle::Refusal {
    oracle::Refusal {
        plugin: refusal.plugin.name().to_owned(),
        code: refusal.code.as_str().to_owned(),
        reasons: sorted(refusal.reasons.clone()),
    }
}

fn sorted(mut reasons: Vec<String>) -> Vec<String> {
    reasons.sort();
    reasons
}
