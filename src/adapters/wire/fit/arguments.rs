//! Parts of API objects that also stand in the scheduler's configuration.

use serde::Deserialize;
use serde_json::Value;

use super::super::error::ConvertError;
use super::super::meta::Meta;
use super::affinity;
use super::here::Here;
use crate::domain::fit::object::affinity::NodeAffinity;
use crate::domain::fit::object::spread::SpreadConstraint;

/// Reads a node affinity.
///
/// # Errors
///
/// When it has another shape.
pub(in crate::adapters) fn node_affinity(value: &Value) -> Result<NodeAffinity, serde_json::Error> {
    affinity::NodeAffinity::deserialize(value).map(Into::into)
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
    let field = format!("defaultConstraints[{index}]");
    let written = affinity::Spread::deserialize(value)
        .map_err(|cause| here.error(field, cause.to_string()))?;
    written.into_domain(here, index)
}
