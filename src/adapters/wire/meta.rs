//! Parts that many kinds share: metadata, owner references, conditions, label selectors.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::error::ConvertError;
use super::lenient::null_as_default;
use crate::domain::labels::{LabelSelector, Labels, Operator, Requirement};
use crate::domain::pod::{ControllerRef, Deletion};

/// Annotations of a kind of which none is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub struct NoAnnotations {}

/// A value that is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Skipped;

impl<'de> Deserialize<'de> for Skipped {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Skipped)
    }
}

/// `metadata`; `A` holds the annotations that the kind needs, `M` what it needs to know of the fields' managers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(
    default,
    rename_all = "camelCase",
    bound(deserialize = "A: Deserialize<'de> + Default, M: Deserialize<'de> + Default")
)]
pub struct Meta<A = NoAnnotations, M = Skipped> {
    /// `name`.
    #[serde(deserialize_with = "null_as_default")]
    pub name: String,
    /// `namespace`; empty for kinds without one.
    #[serde(deserialize_with = "null_as_default")]
    pub namespace: String,
    /// `uid`.
    #[serde(deserialize_with = "null_as_default")]
    pub uid: String,
    /// `resourceVersion`.
    #[serde(deserialize_with = "null_as_default")]
    pub resource_version: String,
    /// `generation`.
    #[serde(deserialize_with = "null_as_default")]
    pub generation: i64,
    /// `labels`.
    #[serde(deserialize_with = "null_as_default")]
    pub labels: Labels,
    /// `annotations`.
    #[serde(deserialize_with = "null_as_default")]
    pub annotations: A,
    /// `ownerReferences`.
    #[serde(deserialize_with = "null_as_default")]
    pub owner_references: Vec<OwnerReference>,
    /// `creationTimestamp`, RFC 3339.
    pub creation_timestamp: Option<String>,
    /// `deletionTimestamp`, RFC 3339.
    pub deletion_timestamp: Option<String>,
    /// `deletionGracePeriodSeconds`.
    pub deletion_grace_period_seconds: Option<i64>,
    /// `managedFields`.
    #[serde(deserialize_with = "null_as_default")]
    pub managed_fields: M,
}

impl<A, M> Meta<A, M> {
    /// Names the object in messages: `Pod shop/web-1`, `Node worker-1`.
    pub(super) fn describe(&self, kind: &str) -> String {
        let name = match self.name.as_str() {
            "" => "without a name",
            name => name,
        };
        match self.namespace.as_str() {
            "" => format!("{kind} {name}"),
            namespace => format!("{kind} {namespace}/{name}"),
        }
    }

    /// Refuses an object without a name: nothing could be said about it or done to it.
    pub(super) fn require_name(&self, kind: &str) -> Result<(), ConvertError> {
        if self.name.is_empty() {
            return Err(ConvertError::new(
                self.describe(kind),
                "metadata.name",
                "is missing",
            ));
        }
        Ok(())
    }

    /// Returns `creationTimestamp`.
    pub(super) fn created(&self, kind: &str) -> Result<Option<Timestamp>, ConvertError> {
        self.creation_timestamp
            .as_deref()
            .map(|text| parse_time(text, || self.describe(kind), "metadata.creationTimestamp"))
            .transpose()
    }

    /// Returns the running deletion; `None` where there is none.
    pub(super) fn deletion(&self, kind: &str) -> Result<Option<Deletion>, ConvertError> {
        let Some(text) = self.deletion_timestamp.as_deref() else {
            return Ok(None);
        };
        let timestamp = parse_time(text, || self.describe(kind), "metadata.deletionTimestamp")?;
        Ok(Some(Deletion {
            timestamp,
            grace_seconds: self.deletion_grace_period_seconds,
        }))
    }

    /// Returns the first owner reference with `controller: true`, as the API server's own helper does.
    pub(super) fn controller(&self) -> Option<ControllerRef> {
        let owner = self
            .owner_references
            .iter()
            .find(|owner| owner.controller == Some(true))?;
        Some(ControllerRef {
            api_version: owner.api_version.clone(),
            kind: owner.kind.clone(),
            name: owner.name.clone(),
            uid: owner.uid.clone(),
        })
    }
}

/// One entry of `metadata.ownerReferences`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct OwnerReference {
    /// `apiVersion`.
    #[serde(deserialize_with = "null_as_default")]
    pub api_version: String,
    /// `kind`.
    #[serde(deserialize_with = "null_as_default")]
    pub kind: String,
    /// `name`.
    #[serde(deserialize_with = "null_as_default")]
    pub name: String,
    /// `uid`.
    #[serde(deserialize_with = "null_as_default")]
    pub uid: String,
    /// `controller`.
    pub controller: Option<bool>,
}

/// One entry of `status.conditions`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Condition {
    /// `type`.
    #[serde(rename = "type", deserialize_with = "null_as_default")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    #[serde(deserialize_with = "null_as_default")]
    pub status: String,
    /// `reason`.
    #[serde(deserialize_with = "null_as_default")]
    pub reason: String,
    /// `message`.
    #[serde(deserialize_with = "null_as_default")]
    pub message: String,
    /// `lastTransitionTime` as written.
    #[serde(rename = "lastTransitionTime")]
    pub last_transition_time: Option<String>,
}

impl Condition {
    /// Finds a condition by its type.
    pub(super) fn find<'a>(conditions: &'a [Condition], kind: &str) -> Option<&'a Condition> {
        conditions.iter().find(|condition| condition.kind == kind)
    }
}

/// A `LabelSelector`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Selector {
    /// `matchLabels`.
    #[serde(deserialize_with = "null_as_default")]
    pub match_labels: BTreeMap<String, String>,
    /// `matchExpressions`.
    #[serde(deserialize_with = "null_as_default")]
    pub match_expressions: Vec<SelectorRequirement>,
}

/// One entry of `matchExpressions`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SelectorRequirement {
    /// `key`.
    #[serde(deserialize_with = "null_as_default")]
    pub key: String,
    /// `operator`.
    #[serde(deserialize_with = "null_as_default")]
    pub operator: String,
    /// `values`.
    #[serde(deserialize_with = "null_as_default")]
    pub values: Vec<String>,
}

impl Selector {
    /// Converts; `object` names whose selector it is, for the error.
    pub(super) fn into_domain(self, object: &str) -> Result<LabelSelector, ConvertError> {
        let labels = self.match_labels.into_iter().map(|(key, value)| {
            Ok(Requirement {
                key,
                operator: Operator::In(vec![value]),
            })
        });
        let expressions = self.match_expressions.into_iter().enumerate();
        let expressions =
            expressions.map(|(index, requirement)| requirement.into_domain(object, index));
        let requirements = labels.chain(expressions).collect::<Result<_, _>>()?;
        Ok(LabelSelector { requirements })
    }
}

impl SelectorRequirement {
    /// Refuses what `metav1.LabelSelectorAsSelector` refuses, but for keys and values, which older servers let through.
    fn into_domain(self, object: &str, index: usize) -> Result<Requirement, ConvertError> {
        let fault = |field: &str, problem: String| {
            let field = format!("spec.selector.matchExpressions[{index}].{field}");
            ConvertError::new(object, field, problem)
        };
        let operator = match (self.operator.as_str(), self.values.is_empty()) {
            ("In", false) => Operator::In(self.values),
            ("NotIn", false) => Operator::NotIn(self.values),
            ("Exists", true) => Operator::Exists,
            ("DoesNotExist", true) => Operator::DoesNotExist,
            (operator @ ("In" | "NotIn"), true) => {
                return Err(fault("values", format!("{operator} needs one at least")));
            }
            (operator @ ("Exists" | "DoesNotExist"), false) => {
                return Err(fault("values", format!("{operator} takes none")));
            }
            (other, _) => {
                let problem = format!("{other:?} is not In, NotIn, Exists or DoesNotExist");
                return Err(fault("operator", problem));
            }
        };
        Ok(Requirement {
            key: self.key,
            operator,
        })
    }
}

/// Parses a time; `object` is only called for the error.
pub(super) fn parse_time(
    text: &str,
    object: impl Fn() -> String,
    field: &str,
) -> Result<Timestamp, ConvertError> {
    text.parse().map_err(|_| {
        ConvertError::new(
            object(),
            field,
            format!("{text:?} is not a time such as 2026-01-31T12:00:00Z"),
        )
    })
}
