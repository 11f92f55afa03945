//! Parts of API objects that also stand in the scheduler's configuration.

use serde_json::Value;

use super::super::error::ConvertError;
use super::super::meta::Meta;
use super::super::misshapen::misshapen;
use super::affinity;
use super::here::Here;
use crate::domain::fit::object::affinity::NodeAffinity;
use crate::domain::fit::object::spread::SpreadConstraint;

/// Reads a node affinity.
///
/// # Errors
///
/// When it has another shape.
pub(in crate::adapters) fn node_affinity(value: &Value) -> Result<NodeAffinity, ConvertError> {
    let json = value.to_string();
    let written: affinity::NodeAffinity =
        serde_json::from_str(&json).map_err(|cause| misshapen("addedAffinity", &json, &cause))?;
    Ok(written.into())
}

/// Reads a spread constraint of a profile; `index` names its place.
///
/// # Errors
///
/// When it has another shape, or a value that the API does not know.
pub(in crate::adapters) fn spread(
    value: &Value,
    profile: &str,
    index: usize,
) -> Result<SpreadConstraint, ConvertError> {
    let metadata = Meta::<super::super::meta::NoAnnotations> {
        name: profile.to_owned(),
        ..Meta::default()
    };
    let here = Here::at("profile", &metadata)?;
    let json = value.to_string();
    let written: affinity::Spread = serde_json::from_str(&json).map_err(|cause| {
        let ConvertError { field, problem, .. } = misshapen("", &json, &cause);
        here.error(format!("defaultConstraints[{index}].{field}"), problem)
    })?;
    written.into_domain(here, index)
}
