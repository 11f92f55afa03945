//! The constraints that hold for a pod: its own, or the profile's defaults with a selector made for the pod.
//!
//! Source: `plugins/podtopologyspread/common.go`.

use super::default_selector::default_selector;
use crate::domain::fit::Context;
use crate::domain::fit::object::spread::{InclusionPolicy, SpreadConstraint, SpreadMode};
use crate::domain::fit::profile::DefaultSpread;
use crate::domain::fit::selector::{Matcher, Requirement, Test};
use crate::domain::labels::Labels;

/// The label that host names stand in; counts by it are per node.
pub(super) const HOSTNAME: &str = "kubernetes.io/hostname";
const ZONE: &str = "topology.kubernetes.io/zone";

/// One constraint, with its selector compiled.
#[derive(Debug, Clone)]
pub(super) struct Constraint {
    pub(super) max_skew: i64,
    pub(super) key: String,
    pub(super) selector: Matcher,
    pub(super) min_domains: i64,
    pub(super) node_affinity: InclusionPolicy,
    pub(super) node_taints: InclusionPolicy,
}

/// Returns the pod's constraints of a mode.
///
/// # Errors
///
/// Says why they cannot be known: a malformed selector (the scheduler then fails to schedule the pod), or objects that
/// could not be read.
pub(super) fn of(cx: &Context<'_>, mode: SpreadMode) -> Result<Vec<Constraint>, String> {
    let own = &cx.kind().spec.spread;
    if !own.is_empty() {
        return compile(own, &cx.kind().labels, mode);
    }
    let defaults = match &cx.profile.default_spread {
        DefaultSpread::System if mode == SpreadMode::Soft => system_defaults(),
        DefaultSpread::System => Vec::new(),
        DefaultSpread::List(list) => compile(list, &cx.kind().labels, mode)?,
    };
    if defaults.is_empty() {
        return Ok(defaults);
    }
    let selector = default_selector(cx)?;
    if selector.is_empty() {
        return Ok(Vec::new());
    }
    let with_selector = |constraint| Constraint {
        selector: selector.clone(),
        ..constraint
    };
    Ok(defaults.into_iter().map(with_selector).collect())
}

/// Whether a node must carry every topology key to be scored: not where the system's defaults hold.
pub(super) fn needs_all_keys(cx: &Context<'_>) -> bool {
    !cx.kind().spec.spread.is_empty() || cx.profile.default_spread != DefaultSpread::System
}

fn system_defaults() -> Vec<Constraint> {
    let constraint = |key: &str, max_skew| Constraint {
        max_skew,
        key: key.to_owned(),
        selector: Matcher::NOTHING,
        min_domains: 1,
        node_affinity: InclusionPolicy::Honor,
        node_taints: InclusionPolicy::Ignore,
    };
    vec![constraint(HOSTNAME, 3), constraint(ZONE, 5)]
}

fn compile(
    written: &[SpreadConstraint],
    labels: &Labels,
    mode: SpreadMode,
) -> Result<Vec<Constraint>, String> {
    let of_mode = written.iter().filter(|constraint| constraint.mode == mode);
    of_mode
        .map(|constraint| compile_one(constraint, labels))
        .collect()
}

fn compile_one(written: &SpreadConstraint, labels: &Labels) -> Result<Constraint, String> {
    let parsed = Matcher::parse(written.selector.as_ref());
    let mut selector = parsed.map_err(|why| {
        let key = &written.topology_key;
        format!("the spread constraint over {key} has a malformed selector: {why}")
    })?;
    for key in &written.match_label_keys {
        if let Some(value) = labels.get(key) {
            selector.require(Requirement {
                key: key.clone(),
                test: Test::In(vec![value.clone()]),
            });
        }
    }
    Ok(Constraint {
        max_skew: i64::from(written.max_skew),
        key: written.topology_key.clone(),
        selector,
        min_domains: written.min_domains.map_or(1, i64::from),
        node_affinity: written.node_affinity,
        node_taints: written.node_taints,
    })
}
