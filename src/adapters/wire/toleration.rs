//! Tolerations, for the drain's pods and for the scheduler's.

use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

use super::lenient::null_as_default;
use crate::domain::taint::Effect;
use crate::domain::taint::toleration::{self as domain, TolerationEffect, TolerationOperator};

/// One entry of `spec.tolerations`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Toleration {
    /// `key`; empty is every key.
    #[serde(
        deserialize_with = "null_as_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub key: String,
    /// `operator`; empty is `Equal`.
    #[serde(
        deserialize_with = "null_as_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub operator: String,
    /// `value`.
    #[serde(
        deserialize_with = "null_as_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub value: String,
    /// `effect`; empty is every effect.
    #[serde(
        deserialize_with = "null_as_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub effect: String,
    /// `tolerationSeconds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub toleration_seconds: Option<i64>,
}

/// What admission gives to every pod that does not say otherwise (DefaultTolerationSeconds): most pods of most clusters
/// tolerate this and nothing else, so they share one list.
static BY_DEFAULT: LazyLock<Arc<[domain::Toleration]>> = LazyLock::new(|| {
    ["not-ready", "unreachable"]
        .map(|name| domain::Toleration {
            key: format!("node.kubernetes.io/{name}"),
            operator: TolerationOperator::Exists,
            value: String::new(),
            effect: TolerationEffect::Only(Effect::NoExecute),
            seconds: Some(300),
        })
        .into()
});

/// Converts a pod's list.
pub(super) fn tolerations(written: Vec<Toleration>) -> Arc<[domain::Toleration]> {
    let list: Vec<domain::Toleration> = written.into_iter().map(Into::into).collect();
    match list == **BY_DEFAULT {
        true => Arc::clone(&BY_DEFAULT),
        false => list.into(),
    }
}

impl From<Toleration> for domain::Toleration {
    fn from(written: Toleration) -> Self {
        domain::Toleration {
            key: written.key,
            operator: match written.operator.as_str() {
                "" | "Equal" => TolerationOperator::Equal,
                "Exists" => TolerationOperator::Exists,
                "Gt" => TolerationOperator::Greater,
                "Lt" => TolerationOperator::Less,
                _ => TolerationOperator::Unknown,
            },
            value: written.value,
            effect: match written.effect.as_str() {
                "" => TolerationEffect::Any,
                effect => {
                    Effect::parse(effect).map_or(TolerationEffect::Unknown, TolerationEffect::Only)
                }
            },
            seconds: written.toleration_seconds,
        }
    }
}

impl From<&domain::Toleration> for Toleration {
    /// Converts back; a word that is not known here is written as one that nobody knows.
    fn from(toleration: &domain::Toleration) -> Self {
        let operator = match toleration.operator {
            TolerationOperator::Equal => "Equal",
            TolerationOperator::Exists => "Exists",
            TolerationOperator::Greater => "Gt",
            TolerationOperator::Less => "Lt",
            TolerationOperator::Unknown => "Unknown",
        };
        let effect = match toleration.effect {
            TolerationEffect::Any => "",
            TolerationEffect::Only(effect) => effect.as_str(),
            TolerationEffect::Unknown => "Unknown",
        };
        Toleration {
            key: toleration.key.clone(),
            operator: operator.to_owned(),
            value: toleration.value.clone(),
            effect: effect.to_owned(),
            toleration_seconds: toleration.seconds,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Arc<[domain::Toleration]> {
        tolerations(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn what_is_read_is_written_back() {
        let json = r#"[{"operator":"Exists"},{"key":"a","operator":"Equal","value":"1","effect":"NoExecute","tolerationSeconds":0},
            {"key":"b","operator":"Gt","value":"5"},{"key":"b","operator":"Lt","value":"9"}]"#;
        let written: Vec<Toleration> = read(json).iter().map(Toleration::from).collect();
        let expected: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_value(written).unwrap(), expected);
    }

    #[test]
    fn absent_and_null_are_the_api_servers_defaults_and_strange_words_match_nothing() {
        let list = read(
            r#"[{"key": "a", "operator": null, "effect": null}, {"operator": "Is", "effect": "Later"}]"#,
        );
        assert_eq!(list[0].operator, TolerationOperator::Equal);
        assert_eq!(list[0].effect, TolerationEffect::Any);
        assert_eq!(list[1].operator, TolerationOperator::Unknown);
        assert_eq!(list[1].effect, TolerationEffect::Unknown);
    }

    #[test]
    fn pods_with_the_list_that_admission_gives_share_it() {
        let json = r#"[{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":300},
            {"key":"node.kubernetes.io/unreachable","operator":"Exists","effect":"NoExecute","tolerationSeconds":300}]"#;
        assert!(Arc::ptr_eq(&read(json), &read(json)));
        let other = json.replace("300", "30");
        assert_eq!(read(&other)[1].seconds, Some(30));
    }
}
