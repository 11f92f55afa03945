//! Arguments of single plugins.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::adapters::wire::fit::arguments::{node_affinity, spread};
use crate::adapters::wire::{ConvertError, misshapen};
use crate::domain::fit::profile::{
    CandidateNodes, Consideration, DefaultSpread, PostFilter, Profile, Shape, Strategy,
};

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct FitArgs {
    ignored_resources: Vec<String>,
    ignored_resource_groups: Vec<String>,
    scoring_strategy: Option<ScoringStrategy>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScoringStrategy {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    resources: Vec<ResourceSpec>,
    requested_to_capacity_ratio: Option<Ratio>,
}

/// A resource that scores.
#[derive(Deserialize)]
pub(super) struct ResourceSpec {
    name: String,
    #[serde(default)]
    weight: i64,
}

#[derive(Deserialize)]
struct Ratio {
    shape: Vec<Point>,
}

/// A point of a function of the utilisation.
#[derive(Deserialize)]
pub(super) struct Point {
    utilization: i64,
    score: i64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct BalancedArgs {
    resources: Vec<ResourceSpec>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct NodeAffinityArgs {
    added_affinity: Option<Value>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct SpreadArgs {
    default_constraints: Vec<Value>,
    defaulting_type: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct VolumeBindingArgs {
    shape: Vec<Point>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct InterPodAffinityArgs {
    hard_pod_affinity_weight: Option<i64>,
    ignore_preferred_terms_of_existing_pods: bool,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct PreemptionArgs {
    min_candidate_nodes_percentage: Option<i32>,
    min_candidate_nodes_absolute: Option<i32>,
}

/// Changes a profile by the arguments of one plugin; those of plugins that have none here change nothing.
///
/// # Errors
///
/// Says which value is wrong.
pub(super) fn apply(profile: &mut Profile, plugin: &str, args: &Value) -> Result<(), String> {
    match plugin {
        "NodeResourcesFit" => fit(profile, read(args)?),
        "NodeResourcesBalancedAllocation" => balanced(profile, read(args)?),
        "NodeAffinity" => added_affinity(profile, &read(args)?),
        "PodTopologySpread" => default_spread(profile, &read(args)?),
        "VolumeBinding" => storage_shape(profile, read(args)?),
        "DefaultPreemption" => preemption(profile, &read(args)?),
        "InterPodAffinity" => inter_pod_affinity(profile, &read(args)?),
        _ => Ok(()),
    }
}

fn read<T: DeserializeOwned + Default>(args: &Value) -> Result<T, String> {
    if args.is_null() {
        return Ok(T::default());
    }
    let json = args.to_string();
    serde_json::from_str(&json).map_err(|cause| {
        let ConvertError { field, problem, .. } = misshapen("", &json, &cause);
        match field.as_str() {
            "" => problem,
            field => format!("{field}: {problem}"),
        }
    })
}

fn fit(profile: &mut Profile, args: FitArgs) -> Result<(), String> {
    profile.fit.ignored_resources = args.ignored_resources;
    profile.fit.ignored_groups = args.ignored_resource_groups;
    let Some(strategy) = args.scoring_strategy else {
        return Ok(());
    };
    if !strategy.resources.is_empty() {
        profile.fit.resources =
            weighed(strategy.resources).map_err(|problem| format!("scoringStrategy.{problem}"))?;
    }
    profile.fit.strategy = match strategy.kind.as_str() {
        "" | "LeastAllocated" => Strategy::LeastAllocated,
        "MostAllocated" => Strategy::MostAllocated,
        "RequestedToCapacityRatio" => {
            let shape = strategy
                .requested_to_capacity_ratio
                .map(|ratio| ratio.shape);
            let shape = points(shape.unwrap_or_default())
                .map_err(|problem| format!("requestedToCapacityRatio.{problem}"))?;
            Strategy::RequestedToCapacityRatio(shape)
        }
        other => {
            return Err(format!(
                "scoringStrategy.type {other:?} is not LeastAllocated, MostAllocated or RequestedToCapacityRatio"
            ));
        }
    };
    Ok(())
}

/// A weight of 0 is taken for 1; the rule is that of `validateResources`.
pub(super) fn weighed(resources: Vec<ResourceSpec>) -> Result<Vec<(String, i64)>, String> {
    let each = resources.into_iter().enumerate();
    each.map(|(index, one)| match one.weight {
        0 => Ok((one.name, 1)),
        weight @ 1..=100 => Ok((one.name, weight)),
        weight => Err(format!(
            "resources[{index}].weight {weight} is not of 1 to 100"
        )),
    })
    .collect()
}

/// Reads a function of the utilisation by the rules of `validateFunctionShape`.
///
/// # Errors
///
/// Says what is wrong, beginning with `shape`.
pub(super) fn points(shape: Vec<Point>) -> Result<Shape, String> {
    if shape.is_empty() {
        return Err("shape has no point".to_owned());
    }
    let rising = shape
        .windows(2)
        .all(|pair| pair[0].utilization < pair[1].utilization);
    if !rising {
        return Err("shape: utilization must rise from point to point".to_owned());
    }
    let outside = shape
        .iter()
        .find(|point| !(0..=100).contains(&point.utilization) || !(0..=10).contains(&point.score));
    match outside {
        Some(point) => Err(format!(
            "shape: utilization {} is not of 0 to 100, or score {} not of 0 to 10",
            point.utilization, point.score
        )),
        None => Ok(shape
            .into_iter()
            .map(|point| (point.utilization, point.score))
            .collect()),
    }
}

fn balanced(profile: &mut Profile, args: BalancedArgs) -> Result<(), String> {
    if !args.resources.is_empty() {
        profile.fit.balanced = args.resources.into_iter().map(|one| one.name).collect();
    }
    Ok(())
}

fn added_affinity(profile: &mut Profile, args: &NodeAffinityArgs) -> Result<(), String> {
    let read = |value| node_affinity(value).map_err(|cause| cause.to_string());
    profile.added_affinity = args.added_affinity.as_ref().map(read).transpose()?;
    Ok(())
}

fn default_spread(profile: &mut Profile, args: &SpreadArgs) -> Result<(), String> {
    let constraints = args.default_constraints.iter().enumerate();
    let constraints = constraints.map(|(index, value)| {
        spread(value, &profile.scheduler_name, index).map_err(|error| error.to_string())
    });
    let constraints: Vec<_> = constraints.collect::<Result<_, _>>()?;
    match (args.defaulting_type.as_str(), constraints.is_empty()) {
        ("List", _) => profile.default_spread = DefaultSpread::List(constraints),
        ("" | "System", true) => profile.default_spread = DefaultSpread::System,
        ("" | "System", false) => {
            return Err("defaultConstraints need defaultingType List".to_owned());
        }
        (other, _) => return Err(format!("defaultingType {other:?} is not System or List")),
    }
    Ok(())
}

/// Minors that do not score storage refuse the argument.
fn storage_shape(profile: &mut Profile, args: VolumeBindingArgs) -> Result<(), String> {
    if args.shape.is_empty() {
        return Ok(());
    }
    if !profile.minor.volumes_score().is_present() {
        return Err(format!("shape: scheduler {} has none", profile.minor));
    }
    profile.storage_shape = points(args.shape)?;
    Ok(())
}

fn inter_pod_affinity(profile: &mut Profile, args: &InterPodAffinityArgs) -> Result<(), String> {
    if let Some(weight) = args.hard_pod_affinity_weight {
        if !(0..=100).contains(&weight) {
            return Err(format!("hardPodAffinityWeight {weight} is not of 0 to 100"));
        }
        profile.hard_pod_affinity_weight = weight;
    }
    if args.ignore_preferred_terms_of_existing_pods {
        profile.preferred_terms_of_others = Consideration::Ignored;
    }
    Ok(())
}

/// Source: `ValidateDefaultPreemptionArgs`.
fn preemption(profile: &mut Profile, args: &PreemptionArgs) -> Result<(), String> {
    let defaults = CandidateNodes::default();
    let given = |value: Option<i32>, default| value.map_or(default, i64::from);
    let candidates = CandidateNodes {
        percentage: given(args.min_candidate_nodes_percentage, defaults.percentage),
        absolute: given(args.min_candidate_nodes_absolute, defaults.absolute),
    };
    if !(0..=100).contains(&candidates.percentage) {
        return Err("minCandidateNodesPercentage is not in the range [0, 100]".to_owned());
    }
    if candidates.absolute < 0 {
        return Err("minCandidateNodesAbsolute is not in the range [0, inf)".to_owned());
    }
    if candidates.percentage == 0 && candidates.absolute == 0 {
        return Err(
            "minCandidateNodesPercentage and minCandidateNodesAbsolute are both zero".to_owned(),
        );
    }
    if let PostFilter::Preemption(known) = &mut profile.post_filter {
        *known = candidates;
    }
    Ok(())
}
