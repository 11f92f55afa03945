//! When the evaluator may say that it does not know: where devices would have to be allocated, and where a configuration
//! asks for what is not modelled. Anywhere else that answer is a difference.

use nodemaint::domain::fit::profile::Minor;
use serde_json::Value;

use crate::generator::Case;

/// Begins the extended resources that every device class has.
const IMPLICIT: &str = "deviceclass.resource.kubernetes.io/";

/// Whether the evaluator may say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Honesty {
    /// Nothing better can be said.
    Honest,
    /// It can be known.
    Evasive,
}

/// What of a case makes an answer about a pod impossible.
#[derive(Debug, Clone)]
pub struct Unknowable<'a> {
    case: &'a Case,
    pod: &'a Value,
    minor: Minor,
}

impl<'a> Unknowable<'a> {
    /// Looks at a pod, named as namespace/name.
    #[must_use]
    pub fn of(case: &'a Case, pod: &str, minor: Minor) -> Self {
        let (namespace, name) = pod.split_once('/').unwrap_or(("", pod));
        let pod = find(case, "Pod", Some(namespace), name).unwrap_or(&Value::Null);
        Self { case, pod, minor }
    }

    /// Judges what was given as the cause, beginning with the plugin's name, for a node.
    #[must_use]
    pub fn judge(&self, cause: &str, node: &str) -> Honesty {
        let honest = match cause.split_once(':').map(|(rule, _)| rule) {
            Some("DynamicResources") => self.has_claim_to_allocate() || self.has_device_for(node),
            Some(rule) => rule
                .strip_prefix("plugin ")
                .and_then(|rest| rest.split(' ').next())
                .is_some_and(|plugin| self.disables_preparation_of(plugin)),
            None => false,
        };
        verdict(honest)
    }

    /// Judges a plugin whose score is not told although the pod has scores: devices count for what it asks for.
    #[must_use]
    pub fn judge_score(&self, plugin: &str) -> Honesty {
        let weighs = matches!(
            plugin,
            "NodeResourcesFit" | "NodeResourcesBalancedAllocation"
        );
        verdict(weighs && self.resources().any(|name| self.is_of_a_class(name)))
    }

    /// A claim of the pod that waits for its devices.
    fn has_claim_to_allocate(&self) -> bool {
        let names = |list: &'a Value, field: &'a str| {
            let entries = list.as_array().into_iter().flatten();
            entries.filter_map(move |entry| entry[field].as_str())
        };
        let named = names(&self.pod["spec"]["resourceClaims"], "resourceClaimName");
        let made = names(
            &self.pod["status"]["resourceClaimStatuses"],
            "resourceClaimName",
        );
        let namespace = self.pod["metadata"]["namespace"].as_str();
        named
            .chain(made)
            .filter_map(|name| find(self.case, "ResourceClaim", namespace, name))
            .any(|claim| claim["status"]["allocation"].is_null())
    }

    /// An extended resource of the pod of which the node itself has nothing and for which a class stands.
    fn has_device_for(&self, node: &str) -> bool {
        let node = find(self.case, "Node", None, node).unwrap_or(&Value::Null);
        let lacks = |name: &str| {
            let amount = &node["status"]["allocatable"][name];
            amount.is_null() || *amount == "0"
        };
        self.resources()
            .any(|name| self.is_of_a_class(name) && lacks(name))
    }

    fn is_of_a_class(&self, resource: &str) -> bool {
        if self.minor < Minor::V1_36 {
            return false;
        }
        let implicit = resource.strip_prefix(IMPLICIT);
        let mut classes = self.case.objects.iter();
        classes.any(|object| {
            object["kind"] == "DeviceClass"
                && (object["spec"]["extendedResourceName"] == resource
                    || implicit.is_some_and(|name| object["metadata"]["name"] == name))
        })
    }

    /// The names of what the pod's containers ask for, and its overhead.
    fn resources(&self) -> impl Iterator<Item = &'a str> {
        let spec = &self.pod["spec"];
        let containers = ["containers", "initContainers"].map(|field| spec[field].as_array());
        let containers = containers.into_iter().flatten().flatten();
        let asked = containers.map(|container| &container["resources"]["requests"]);
        let maps = asked.chain([&spec["overhead"]]);
        maps.filter_map(Value::as_object)
            .flat_map(|map| map.keys().map(String::as_str))
    }

    /// Whether the configuration switches off what a plugin does before it filters or scores.
    fn disables_preparation_of(&self, plugin: &str) -> bool {
        let profiles = self.case.config["profiles"].as_array();
        let mut profiles = profiles.into_iter().flatten();
        profiles.any(|profile| {
            let points = ["multiPoint", "preFilter", "preScore"];
            let disabled = points.map(|point| profile["plugins"][point]["disabled"].as_array());
            let mut entries = disabled.into_iter().flatten().flatten();
            entries.any(|entry| entry["name"] == plugin || entry["name"] == "*")
        })
    }
}

fn verdict(honest: bool) -> Honesty {
    if honest {
        Honesty::Honest
    } else {
        Honesty::Evasive
    }
}

fn find<'a>(case: &'a Case, kind: &str, namespace: Option<&str>, name: &str) -> Option<&'a Value> {
    case.objects.iter().find(|object| {
        let meta = &object["metadata"];
        object["kind"] == kind
            && meta["name"] == name
            && namespace.is_none_or(|namespace| meta["namespace"] == namespace)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn case(pod: &Value) -> Case {
        let claim = |name: &str, status: Value| json!({"kind": "ResourceClaim", "metadata": {"name": name, "namespace": "default"}, "status": status});
        let objects = vec![
            claim("given", json!({"allocation": {}})),
            claim("waits", json!({})),
            json!({"kind": "Node", "metadata": {"name": "has"}, "status": {"allocatable": {"example.com/gpu": "1"}}}),
            json!({"kind": "Node", "metadata": {"name": "lacks"}, "status": {"allocatable": {}}}),
            json!({"kind": "DeviceClass", "metadata": {"name": "gpu"}, "spec": {"extendedResourceName": "example.com/gpu"}}),
            json!({"kind": "Pod", "metadata": {"name": "p", "namespace": "default"}, "spec": pod}),
        ];
        Case {
            seed: 0,
            objects,
            pods: vec!["default/p".to_owned()],
            config: Value::Null,
        }
    }

    fn judge(pod: &Value, node: &str, minor: Minor) -> Honesty {
        Unknowable::of(&case(pod), "default/p", minor).judge("DynamicResources: why", node)
    }

    #[test]
    fn only_a_claim_that_is_not_allocated_may_be_unknown() {
        let claims =
            |name: &str| json!({"resourceClaims": [{"name": "d", "resourceClaimName": name}]});
        let judged = |name: &str| judge(&claims(name), "has", Minor::NEWEST);
        assert_eq!(judged("waits"), Honesty::Honest);
        assert_eq!(judged("given"), Honesty::Evasive);
    }

    #[test]
    fn an_extended_resource_is_unknown_only_where_the_node_has_none_of_it() {
        let pod = json!({"containers": [{"resources": {"requests": {"example.com/gpu": "1"}}}]});
        assert_eq!(judge(&pod, "lacks", Minor::NEWEST), Honesty::Honest);
        assert_eq!(judge(&pod, "has", Minor::NEWEST), Honesty::Evasive);
        assert_eq!(judge(&pod, "lacks", Minor::V1_35), Honesty::Evasive);
    }

    #[test]
    fn no_other_rule_may_be_unknown() {
        let case = case(&json!({}));
        let pod = Unknowable::of(&case, "default/p", Minor::NEWEST);
        assert_eq!(pod.judge("VolumeBinding: why", "has"), Honesty::Evasive);
        assert_eq!(pod.judge_score("ImageLocality"), Honesty::Evasive);
    }
}
