//! Taints and tolerations in documents: the shape that they have in the API.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::taint::toleration::{self, TolerationEffect, TolerationOperator};
use crate::domain::taint::{self as domain};

/// A taint, as in `spec.taints` of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Taint {
    /// A qualified name.
    pub key: String,
    /// A label value; absent where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// What it does.
    pub effect: Effect,
    /// When a controller added it, RFC 3339; absent where none wrote that down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_added: Option<String>,
}

/// What a taint does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Effect {
    /// No new pods.
    NoSchedule,
    /// New pods only where nothing else will do.
    PreferNoSchedule,
    /// No new pods, and running ones leave.
    NoExecute,
}

/// A toleration, as in `spec.tolerations` of a pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Toleration {
    /// The taint's key; absent is every key.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// `Equal`, `Exists`, `Gt`, `Lt`, or `Unknown` for a word that this program does not know.
    pub operator: String,
    /// The value that it is compared with.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// The effect; absent is every effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// How long a NoExecute taint is tolerated; absent is for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toleration_seconds: Option<i64>,
}

impl From<domain::Effect> for Effect {
    fn from(effect: domain::Effect) -> Effect {
        match effect {
            domain::Effect::NoSchedule => Effect::NoSchedule,
            domain::Effect::PreferNoSchedule => Effect::PreferNoSchedule,
            domain::Effect::NoExecute => Effect::NoExecute,
        }
    }
}

impl From<&domain::Taint> for Taint {
    fn from(taint: &domain::Taint) -> Taint {
        Taint {
            key: taint.key.clone(),
            value: taint.value.clone(),
            effect: taint.effect.into(),
            time_added: taint.time_added.map(|time| time.to_string()),
        }
    }
}

impl From<&toleration::Toleration> for Toleration {
    fn from(toleration: &toleration::Toleration) -> Toleration {
        let operator = match toleration.operator {
            TolerationOperator::Equal => "Equal",
            TolerationOperator::Exists => "Exists",
            TolerationOperator::Greater => "Gt",
            TolerationOperator::Less => "Lt",
            TolerationOperator::Unknown => "Unknown",
        };
        Toleration {
            key: toleration.key.clone(),
            operator: operator.to_owned(),
            value: toleration.value.clone(),
            effect: match toleration.effect {
                TolerationEffect::Only(effect) => Some(effect.into()),
                TolerationEffect::Any | TolerationEffect::Unknown => None,
            },
            toleration_seconds: toleration.seconds,
        }
    }
}
