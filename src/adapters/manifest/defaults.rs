//! What the API server does to a new pod, as far as a rule of the scheduler can see it.
//!
//! Sources: `pkg/apis/core/v1/defaults.go`, `pkg/registry/core/pod/strategy.go`, and the admission plugins Priority and
//! DefaultTolerationSeconds, all of 1.37. What rests on other objects (LimitRanges, RuntimeClasses, webhooks) is not
//! done.

use serde_json::{Map, Value, json};

/// What a PriorityClass gives to its pods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priority {
    /// `value`.
    pub value: i64,
    /// `preemptionPolicy`; `None` where absent.
    pub preemption: Option<String>,
}

impl Priority {
    /// Reads a PriorityClass; `None` where the object is none.
    pub fn of(class: &Value) -> Option<Priority> {
        Some(Priority {
            value: class["value"].as_i64()?,
            preemption: class["preemptionPolicy"].as_str().map(str::to_owned),
        })
    }

    /// Returns the priority of the classes that every cluster has.
    pub fn of_system(name: &str) -> Option<Priority> {
        let value = match name {
            "system-cluster-critical" => 2_000_000_000,
            "system-node-critical" => 2_000_001_000,
            _ => return None,
        };
        Some(Priority {
            value,
            preemption: None,
        })
    }
}

/// Applies everything to a pod.
pub(super) fn apply(pod: &mut Value, priority: Option<Priority>) {
    let labels = pod["metadata"]["labels"].clone();
    let Some(spec) = pod["spec"].as_object_mut() else {
        return;
    };
    let host_network = spec.get("hostNetwork") == Some(&Value::Bool(true));
    for list in ["containers", "initContainers"] {
        for container in entries(spec, list) {
            requests_from_limits(container);
            ports(container, host_network);
        }
    }
    pod_requests_from_limits(spec);
    if let Some(priority) = priority {
        spec.insert("priority".to_owned(), priority.value.into());
        let policy = priority.preemption.map(Value::from);
        if let Some(policy) = policy
            && !spec.contains_key("preemptionPolicy")
        {
            spec.insert("preemptionPolicy".to_owned(), policy);
        }
    }
    tolerate_trouble(spec);
    merge_label_keys(spec, &labels);
}

fn entries<'a>(
    spec: &'a mut Map<String, Value>,
    list: &str,
) -> impl Iterator<Item = &'a mut Value> {
    let entries = spec.get_mut(list).and_then(Value::as_array_mut);
    entries.into_iter().flatten()
}

fn requests_from_limits(container: &mut Value) {
    let Some(limits) = container["resources"]["limits"].as_object().cloned() else {
        return;
    };
    let requests = &mut container["resources"]["requests"];
    if requests.is_null() {
        *requests = json!({});
    }
    if let Some(requests) = requests.as_object_mut() {
        for (name, limit) in limits {
            requests.entry(name).or_insert(limit);
        }
    }
}

fn ports(container: &mut Value, host_network: bool) {
    let ports = container.get_mut("ports").and_then(Value::as_array_mut);
    let ports = ports.into_iter().flatten();
    for port in ports.filter_map(Value::as_object_mut) {
        let host_port = port.get("hostPort").and_then(Value::as_i64);
        if host_network && host_port.unwrap_or_default() == 0 {
            let own = port.get("containerPort").cloned().unwrap_or_default();
            port.insert("hostPort".to_owned(), own);
        }
        let protocol = port.get("protocol").and_then(Value::as_str);
        if protocol.unwrap_or_default().is_empty() {
            port.insert("protocol".to_owned(), "TCP".into());
        }
    }
}

/// The pod's own requests: its limits where neither it nor a container asks for the resource. Where containers ask, the
/// server writes their sum, which is what the scheduler counts anyway.
fn pod_requests_from_limits(spec: &mut Map<String, Value>) {
    let limits = spec.get("resources").and_then(|r| r["limits"].as_object());
    let Some(limits) = limits.cloned() else {
        return;
    };
    for (name, limit) in limits {
        let is_huge = name.starts_with("hugepages-");
        let is_known = is_huge || name == "cpu" || name == "memory";
        let asked = ["containers", "initContainers"].iter().any(|list| {
            let mut entries = entries(spec, list);
            entries.any(|container| !container["resources"]["requests"][&name].is_null())
        });
        if !is_known || (asked && !is_huge) {
            continue;
        }
        let Some(resources) = spec.get_mut("resources") else {
            return;
        };
        if resources["requests"].is_null() {
            resources["requests"] = json!({});
        }
        if let Some(requests) = resources["requests"].as_object_mut() {
            requests.entry(name).or_insert(limit);
        }
    }
}

/// Every pod stays five minutes on a node in trouble, unless it says otherwise.
fn tolerate_trouble(spec: &mut Map<String, Value>) {
    for key in [
        "node.kubernetes.io/not-ready",
        "node.kubernetes.io/unreachable",
    ] {
        let covers = |toleration: &Value| {
            let text = |field: &str| toleration[field].as_str().unwrap_or_default();
            (text("key") == key || text("key").is_empty())
                && matches!(text("effect"), "" | "NoExecute")
        };
        let tolerations = spec.entry("tolerations").or_insert_with(|| json!([]));
        if tolerations.is_null() {
            *tolerations = json!([]);
        }
        if let Some(list) = tolerations.as_array_mut()
            && !list.iter().any(covers)
        {
            list.push(json!({
                "key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300,
            }));
        }
    }
}

/// Writes the pod's own values of `matchLabelKeys` and `mismatchLabelKeys` into the selectors beside them.
fn merge_label_keys(spec: &mut Map<String, Value>, labels: &Value) {
    for constraint in entries(spec, "topologySpreadConstraints") {
        merge(constraint, labels);
    }
    let Some(affinity) = spec.get_mut("affinity") else {
        return;
    };
    for kind in ["podAffinity", "podAntiAffinity"] {
        let required = list(
            affinity,
            kind,
            "requiredDuringSchedulingIgnoredDuringExecution",
        );
        required.for_each(|term| merge(term, labels));
        let preferred = list(
            affinity,
            kind,
            "preferredDuringSchedulingIgnoredDuringExecution",
        );
        let terms = preferred.filter_map(|term| term.get_mut("podAffinityTerm"));
        terms.for_each(|term| merge(term, labels));
    }
}

fn list<'a>(
    affinity: &'a mut Value,
    kind: &str,
    field: &str,
) -> impl Iterator<Item = &'a mut Value> {
    let list = affinity.get_mut(kind).and_then(|kind| kind.get_mut(field));
    list.and_then(Value::as_array_mut).into_iter().flatten()
}

fn merge(term: &mut Value, labels: &Value) {
    if !term["labelSelector"].is_object() {
        return;
    }
    for (field, operator) in [("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn")] {
        let keys = term.get(field).and_then(Value::as_array).cloned();
        for key in keys.unwrap_or_default() {
            let Some((key, value)) = key
                .as_str()
                .and_then(|key| Some((key, labels[key].as_str()?)))
            else {
                continue;
            };
            let requirement = json!({"key": key, "operator": operator, "values": [value]});
            let expressions = &mut term["labelSelector"]["matchExpressions"];
            match expressions.as_array_mut() {
                Some(list) => list.push(requirement),
                None => *expressions = json!([requirement]),
            }
        }
    }
}
