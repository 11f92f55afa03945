//! PodDisruptionBudgets.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::error::ConvertError;
use super::lenient::{IntOrString, null_as_default};
use super::meta::{Condition, Meta, Selector, parse_time};
use crate::domain::budget::{Amount, Budget, BudgetRef, BudgetStatus, SyncState, UnhealthyPolicy};

const KIND: &str = "PodDisruptionBudget";

/// A `policy/v1` PodDisruptionBudget.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct PodDisruptionBudget {
    /// `metadata`.
    #[serde(deserialize_with = "null_as_default")]
    pub metadata: Meta,
    /// `spec`.
    #[serde(deserialize_with = "null_as_default")]
    pub spec: PodDisruptionBudgetSpec,
    /// `status`.
    #[serde(deserialize_with = "null_as_default")]
    pub status: PodDisruptionBudgetStatus,
}

/// A budget's `spec`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PodDisruptionBudgetSpec {
    /// `selector`; absent and empty differ.
    pub selector: Option<Selector>,
    /// `minAvailable`.
    pub min_available: Option<IntOrString>,
    /// `maxUnavailable`.
    pub max_unavailable: Option<IntOrString>,
    /// `unhealthyPodEvictionPolicy`.
    pub unhealthy_pod_eviction_policy: Option<String>,
}

/// A budget's `status`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PodDisruptionBudgetStatus {
    /// `observedGeneration`.
    pub observed_generation: Option<i64>,
    /// `disruptionsAllowed`.
    #[serde(deserialize_with = "null_as_default")]
    pub disruptions_allowed: i64,
    /// `currentHealthy`.
    #[serde(deserialize_with = "null_as_default")]
    pub current_healthy: i64,
    /// `desiredHealthy`.
    #[serde(deserialize_with = "null_as_default")]
    pub desired_healthy: i64,
    /// `expectedPods`.
    #[serde(deserialize_with = "null_as_default")]
    pub expected_pods: i64,
    /// `disruptedPods`, times in RFC 3339.
    #[serde(deserialize_with = "null_as_default")]
    pub disrupted_pods: BTreeMap<String, String>,
    /// `conditions`.
    #[serde(deserialize_with = "null_as_default")]
    pub conditions: Vec<Condition>,
}

impl TryFrom<PodDisruptionBudget> for Budget {
    type Error = ConvertError;

    /// Converts; fails without a name, or on an amount, an operator or a time that is not one.
    fn try_from(budget: PodDisruptionBudget) -> Result<Self, ConvertError> {
        let PodDisruptionBudget {
            metadata,
            spec,
            status,
        } = budget;
        metadata.require_name(KIND)?;
        let object = metadata.describe(KIND);
        let amount = |value: Option<IntOrString>, field| {
            value.map(|v| parse_amount(v, &object, field)).transpose()
        };
        Ok(Budget {
            id: BudgetRef {
                namespace: metadata.namespace,
                name: metadata.name,
            },
            uid: metadata.uid,
            generation: metadata.generation,
            selector: spec
                .selector
                .map(|selector| selector.into_domain(&object))
                .transpose()?,
            min_available: amount(spec.min_available, "spec.minAvailable")?,
            max_unavailable: amount(spec.max_unavailable, "spec.maxUnavailable")?,
            unhealthy_policy: match spec.unhealthy_pod_eviction_policy.as_deref() {
                Some("AlwaysAllow") => UnhealthyPolicy::AlwaysAllow,
                _ => UnhealthyPolicy::IfHealthyBudget,
            },
            status: status.into_domain(&object)?,
        })
    }
}

impl PodDisruptionBudgetStatus {
    fn into_domain(self, object: &str) -> Result<BudgetStatus, ConvertError> {
        let disrupted_pods = self
            .disrupted_pods
            .into_iter()
            .map(|(pod, text)| {
                let time = parse_time(&text, || object.to_owned(), "status.disruptedPods")?;
                Ok((pod, time))
            })
            .collect::<Result<_, ConvertError>>()?;
        Ok(BudgetStatus {
            // The server leaves 0 out, and its first generation is 1.
            observed_generation: self.observed_generation.filter(|seen| *seen != 0),
            disruptions_allowed: self.disruptions_allowed,
            current_healthy: self.current_healthy,
            desired_healthy: self.desired_healthy,
            expected_pods: self.expected_pods,
            disrupted_pods,
            sync: sync_state(&self.conditions),
        })
    }
}

fn sync_state(conditions: &[Condition]) -> SyncState {
    match Condition::find(conditions, "DisruptionAllowed") {
        Some(condition) if condition.reason == "SyncFailed" => SyncState::Failed {
            message: condition.message.clone(),
        },
        _ => SyncState::Computed,
    }
}

fn parse_amount(value: IntOrString, object: &str, field: &str) -> Result<Amount, ConvertError> {
    match value {
        IntOrString::Int(count) => Ok(Amount::Count(count)),
        IntOrString::Text(text) => text
            .strip_suffix('%')
            .and_then(|digits| digits.parse().ok())
            .map(Amount::Percent)
            .ok_or_else(|| {
                let problem = format!("{text:?} is neither a number nor a percentage");
                ConvertError::new(object, field, problem)
            }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Budget, ConvertError> {
        serde_json::from_str::<PodDisruptionBudget>(json)
            .unwrap()
            .try_into()
    }

    #[test]
    fn absent_and_empty_selectors_differ() {
        let absent = read(r#"{"metadata": {"name": "b"}, "spec": {"selector": null}}"#).unwrap();
        assert_eq!(absent.selector, None);
        let empty = read(r#"{"metadata": {"name": "b"}, "spec": {"selector": {}}}"#).unwrap();
        assert_eq!(empty.selector.unwrap().requirements, []);
    }

    #[test]
    fn amounts_are_counts_or_percentages() {
        let budget = read(
            r#"{"metadata": {"name": "b"}, "spec": {"minAvailable": 2, "maxUnavailable": "30%"}}"#,
        )
        .unwrap();
        assert_eq!(budget.min_available, Some(Amount::Count(2)));
        assert_eq!(budget.max_unavailable, Some(Amount::Percent(30)));
        let yaml = "{metadata: {name: b}, spec: {minAvailable: 2, maxUnavailable: 30%}}";
        let from_yaml: Budget = serde_saphyr::from_str::<PodDisruptionBudget>(yaml)
            .unwrap()
            .try_into()
            .unwrap();
        assert_eq!(from_yaml, budget);
        assert_eq!(
            read(
                r#"{"metadata": {"name": "b", "namespace": "s"}, "spec": {"minAvailable": "two"}}"#
            )
            .unwrap_err()
            .to_string(),
            r#"PodDisruptionBudget s/b: spec.minAvailable: "two" is neither a number nor a percentage"#
        );
    }

    #[test]
    fn a_budget_that_cannot_be_computed_says_so() {
        let budget = read(
            r#"{"metadata": {"name": "b", "generation": 1}, "spec": {}, "status": {"observedGeneration": 0,
                "disruptedPods": {"p": "2026-01-01T00:00:00Z"},
                "conditions": [{"type": "DisruptionAllowed", "status": "False", "reason": "SyncFailed", "message": "why"}]}}"#,
        )
        .unwrap();
        assert_eq!(budget.status.observed_generation, None);
        assert_eq!(budget.status.disrupted_pods.len(), 1);
        let message = "why".to_owned();
        assert_eq!(budget.status.sync, SyncState::Failed { message });
    }

    #[test]
    fn expressions_become_requirements() {
        let budget = read(
            r#"{"metadata": {"name": "b"}, "spec": {"selector": {"matchLabels": {"app": "web"}, "matchExpressions": [
                {"key": "tier", "operator": "NotIn", "values": ["db"]}, {"key": "x", "operator": "Exists"}]}}}"#,
        )
        .unwrap();
        let labels = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect()
        };
        let selector = budget.selector.unwrap();
        assert!(selector.matches(&labels(&[("app", "web"), ("x", "")])));
        assert!(!selector.matches(&labels(&[("app", "web"), ("x", ""), ("tier", "db")])));
        assert!(!selector.matches(&labels(&[("app", "web")])));
    }
}
