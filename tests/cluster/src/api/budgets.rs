//! PodDisruptionBudgets.

use serde_json::{Value, json};

use super::space::{Made, Space};
use super::wait::wait_for;

/// A PodDisruptionBudget to be, over the pods labelled `app=<name>` unless told otherwise.
#[must_use]
pub struct BudgetDraft<'s> {
    space: &'s Space,
    object: Value,
}

impl<'s> BudgetDraft<'s> {
    pub(super) fn new(space: &'s Space, name: &str) -> Self {
        let object = json!({
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": name},
            "spec": {"selector": {"matchLabels": {"app": name}}},
        });
        Self { space, object }
    }

    /// Covers the pods with this label instead.
    pub fn selecting(mut self, key: &str, value: &str) -> Self {
        self.object["spec"]["selector"] = json!({"matchLabels": {key: value}});
        self
    }

    /// How many must stay: a number or a percentage such as `"50%"`.
    pub fn min_available(mut self, amount: impl Into<Value>) -> Self {
        self.object["spec"]["minAvailable"] = amount.into();
        self
    }

    /// How many may be away: a number or a percentage.
    pub fn max_unavailable(mut self, amount: impl Into<Value>) -> Self {
        self.object["spec"]["maxUnavailable"] = amount.into();
        self
    }

    /// Sets `unhealthyPodEvictionPolicy`.
    pub fn unhealthy(mut self, policy: &str) -> Self {
        self.object["spec"]["unhealthyPodEvictionPolicy"] = json!(policy);
        self
    }

    /// Changes the object in a way that no method covers.
    pub fn apply(mut self, change: impl FnOnce(&mut Value)) -> Self {
        change(&mut self.object);
        self
    }

    /// Creates it and returns at once: its status is not computed yet.
    #[track_caller]
    pub fn create(self) -> Made {
        let path = format!(
            "/apis/policy/v1/namespaces/{}/poddisruptionbudgets",
            self.space.name()
        );
        self.space.post(&path, self.object)
    }

    /// Creates it and returns when it allows exactly this many disruptions.
    #[track_caller]
    pub fn create_allowing(self, disruptions: u64) -> Made {
        let space = self.space;
        let made = self.create();
        space.wait_for_budget(made.name(), disruptions)
    }
}

impl Space {
    /// Waits until a budget's status is current and allows exactly this many disruptions.
    #[track_caller]
    pub fn wait_for_budget(&self, name: &str, disruptions: u64) -> Made {
        let path = format!(
            "/apis/policy/v1/namespaces/{}/poddisruptionbudgets/{name}",
            self.name()
        );
        wait_for(&format!("budget {name} allows {disruptions}"), || {
            let object = self.get(&path).ok_or(Value::Null)?;
            let status = &object["status"];
            let is_current = status["observedGeneration"] == object["metadata"]["generation"];
            if is_current && status["disruptionsAllowed"].as_u64() == Some(disruptions) {
                Ok(Made::from(object))
            } else {
                Err(object["status"].clone())
            }
        })
    }
}
