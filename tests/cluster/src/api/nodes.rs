//! Nodes: objects that a test creates, on which kwok plays the kubelet.

use serde_json::{Value, json};

use super::space::{Made, SPACE_LABEL, Space};
use super::wait::wait_for;

/// A node to be.
#[must_use]
pub struct NodeDraft<'s> {
    space: &'s Space,
    object: Value,
}

impl<'s> NodeDraft<'s> {
    pub(super) fn new(space: &'s Space, short: &str) -> Self {
        let name = space.node_name(short);
        let amounts =
            json!({"cpu": "8", "memory": "16Gi", "ephemeral-storage": "100Gi", "pods": "110"});
        let object = json!({
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": name,
                "labels": {
                    SPACE_LABEL: space.name(),
                    "kubernetes.io/hostname": name,
                    "kubernetes.io/os": "linux",
                    "kubernetes.io/arch": "amd64",
                },
                "annotations": {},
            },
            "spec": {"taints": []},
            "status": {"allocatable": amounts, "capacity": amounts},
        });
        Self { space, object }
    }

    /// Adds a label.
    pub fn label(mut self, key: &str, value: &str) -> Self {
        self.object["metadata"]["labels"][key] = json!(value);
        self
    }

    /// Adds an annotation.
    pub fn annotation(mut self, key: &str, value: &str) -> Self {
        self.object["metadata"]["annotations"][key] = json!(value);
        self
    }

    /// Adds a taint, written `key=value:Effect` or `key:Effect`.
    pub fn taint(mut self, taint: &str) -> Self {
        let (rest, effect) = taint
            .rsplit_once(':')
            .unwrap_or_else(|| panic!("{taint}: no effect"));
        let mut object = match rest.split_once('=') {
            Some((key, value)) => json!({"key": key, "value": value}),
            None => json!({"key": rest}),
        };
        object["effect"] = json!(effect);
        if let Some(taints) = self.object["spec"]["taints"].as_array_mut() {
            taints.push(object);
        }
        self
    }

    /// Cordons it from the start.
    pub fn unschedulable(mut self) -> Self {
        self.object["spec"]["unschedulable"] = json!(true);
        self
    }

    /// Sets an amount (default: cpu 8, memory 16Gi, ephemeral-storage 100Gi, pods 110).
    pub fn allocatable(mut self, resource: &str, amount: &str) -> Self {
        self.object["status"]["allocatable"][resource] = json!(amount);
        self.object["status"]["capacity"][resource] = json!(amount);
        self
    }

    /// Changes the object in a way that no method covers.
    pub fn apply(mut self, change: impl FnOnce(&mut Value)) -> Self {
        change(&mut self.object);
        self
    }

    /// Creates it and returns when it is Ready and without the taint that new nodes get.
    #[track_caller]
    pub fn create(self) -> Made {
        let space = self.space;
        let made = self.create_unready();
        wait_ready(space, made.name())
    }

    /// Creates it and returns at once; it gets Ready a little later.
    #[track_caller]
    pub fn create_unready(self) -> Made {
        self.space.post("/api/v1/nodes", self.object)
    }

    /// Creates it and leaves it without a Ready condition, hence with the taint
    /// `node.kubernetes.io/not-ready:NoSchedule`.
    #[track_caller]
    pub fn create_never_ready(self) -> Made {
        self.annotation("nodemaint.dev/test-not-ready", "true")
            .create_unready()
    }
}

#[track_caller]
pub(super) fn wait_ready(space: &Space, name: &str) -> Made {
    wait_for(&format!("node {name} is Ready"), || {
        let node = space.get_node(name).ok_or(Value::Null)?;
        let is_ready = has_condition(&node, "Ready", "True");
        let tainted = node["spec"]["taints"].as_array().is_some_and(|taints| {
            taints
                .iter()
                .any(|taint| taint["key"] == "node.kubernetes.io/not-ready")
        });
        if is_ready && !tainted {
            Ok(Made::from(node))
        } else {
            Err(node)
        }
    })
}

/// Whether `status.conditions` has this type with this status.
pub(super) fn has_condition(object: &Value, kind: &str, status: &str) -> bool {
    object["status"]["conditions"]
        .as_array()
        .is_some_and(|conditions| {
            conditions
                .iter()
                .any(|condition| condition["type"] == kind && condition["status"] == status)
        })
}
