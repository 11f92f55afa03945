//! What a controller makes of its template: the pod, and the claims that it makes beside it.

use serde_json::{Map, Value, json};

use super::Planned;
use crate::adapters::wire::ConvertError;
use crate::adapters::wire::fit::{FitKind, read};
use crate::domain::fit::world::ObjectKind;

/// The pod that a new one follows.
#[derive(Debug, Clone, Copy)]
pub struct Forerunner<'a> {
    /// The pod as the server wrote it.
    pub pod: &'a Value,
    /// The object that its owner reference names.
    pub owner: &'a Value,
}

/// Kinds that make pods of `spec.template`.
const MAKERS: [&str; 6] = [
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "ReplicationController",
];

/// Where an object keeps the pod's own fields; `None` where the kind makes no pods.
fn prefix_of(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "Pod" => "",
        "PodTemplate" => "template.",
        "CronJob" => "spec.jobTemplate.spec.template.",
        kind if MAKERS.contains(&kind) => "spec.template.",
        _ => return None,
    })
}

/// Returns the pod that an object is or makes; `None` for one that makes none.
///
/// # Errors
///
/// What is wrong with the object, so that no pod can be made of it.
pub(super) fn planned(object: &Value, namespace: &str) -> Result<Option<Planned>, ConvertError> {
    let kind = object["kind"].as_str().unwrap_or_default();
    let Some(prefix) = prefix_of(kind) else {
        return Ok(None);
    };
    let namespace = match object["metadata"]["namespace"].as_str() {
        Some(own) if !own.is_empty() => own,
        _ => namespace,
    };
    let name = name_of(kind, namespace, &object["metadata"])?;
    let way = prefix.split('.').filter(|step| !step.is_empty());
    let template = way.fold(object, |value, step| &value[step]);
    let pod_name = match kind {
        "StatefulSet" => format!(
            "{name}-{}",
            object["spec"]["ordinals"]["start"].as_i64().unwrap_or(0)
        ),
        _ => name.clone(),
    };
    let mut planned = Planned {
        object: format!("{kind} {namespace}/{name}"),
        prefix,
        pod: json!({
            "metadata": {"namespace": namespace, "name": pod_name, "uid": "planned", "labels": template["metadata"]["labels"]},
            "spec": template["spec"],
        }),
        claims: Vec::new(),
    };
    check(&planned)?;
    finish(kind, object, &mut planned.pod);
    add_claims(kind, object, &mut planned)?;
    Ok(Some(planned))
}

/// Refuses a pod that could not be created, as far as a rule would read what is wrong with it.
fn check(planned: &Planned) -> Result<(), ConvertError> {
    let spec = &planned.pod["spec"];
    if !spec.is_object() {
        let problem = match spec {
            Value::Null => "is missing",
            _ => "is not an object",
        };
        return Err(planned.fault("spec", problem));
    }
    read(FitKind::Pod, &planned.pod.to_string())
        .map_err(|cause| planned.fault(&cause.field, cause.problem))?;
    check_limits(planned)?;
    match spec["containers"].as_array() {
        Some(containers) if !containers.is_empty() => Ok(()),
        _ => Err(planned.fault("spec.containers", "has no container")),
    }
}

/// Limits become requests where there are none, and must be read as such.
fn check_limits(planned: &Planned) -> Result<(), ConvertError> {
    let mut probe = planned.pod.clone();
    let spec = &mut probe["spec"];
    let moved = |one: &mut Value| {
        if let Some(resources) = one.get_mut("resources").and_then(Value::as_object_mut) {
            let limits = resources.remove("limits").unwrap_or_default();
            resources.insert("requests".to_owned(), limits);
        }
    };
    moved(&mut *spec);
    for list in ["containers", "initContainers"] {
        let entries = spec.get_mut(list).and_then(Value::as_array_mut);
        entries.into_iter().flatten().for_each(moved);
    }
    let read = read(FitKind::Pod, &probe.to_string());
    read.map(drop).map_err(|cause| {
        let field = cause
            .field
            .replacen("resources.requests", "resources.limits", 1);
        planned.fault(&field, cause.problem)
    })
}

/// Returns the pod that the owner would make today in place of one that runs; `None` where the owner has no template.
///
/// # Errors
///
/// What is wrong with the owner's template.
pub fn from_template(forerunner: Forerunner<'_>) -> Result<Option<Planned>, ConvertError> {
    let Forerunner { pod, owner } = forerunner;
    let (Some(kind), Some(namespace)) = (
        owner["kind"].as_str(),
        pod["metadata"]["namespace"].as_str(),
    ) else {
        return Ok(None);
    };
    if !owner["spec"]["template"]["spec"].is_object() {
        return Ok(None);
    }
    let Some(mut planned) = planned(owner, namespace)? else {
        return Ok(None);
    };
    let fresh = &mut planned.pod;
    fresh["metadata"]["name"] = pod["metadata"]["name"].clone();
    fresh["metadata"]["ownerReferences"] = pod["metadata"]["ownerReferences"].clone();
    // Labels that the controller adds to each of its pods are not in the template.
    if let (Some(labels), Some(own)) = (
        fresh["metadata"]["labels"].as_object_mut(),
        pod["metadata"]["labels"].as_object(),
    ) {
        for (key, value) in own.iter().filter(|(key, _)| is_added(key)) {
            labels.entry(key).or_insert(value.clone());
        }
    }
    if kind == "DaemonSet"
        && let Some(node) = pod["spec"]["nodeName"].as_str()
    {
        pin(&mut fresh["spec"], node);
    }
    if kind == "StatefulSet" {
        planned.pod["spec"] = owner["spec"]["template"]["spec"].clone();
        add_claims(kind, owner, &mut planned)?;
    }
    Ok(Some(planned))
}

/// Tells whether controllers write this label to their pods.
fn is_added(key: &str) -> bool {
    const ADDED: [&str; 6] = [
        "pod-template-hash",
        "controller-revision-hash",
        "pod-template-generation",
        "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index",
        "batch.kubernetes.io/job-completion-index",
    ];
    ADDED.contains(&key)
}

fn name_of(kind: &str, namespace: &str, metadata: &Value) -> Result<String, ConvertError> {
    let text = |field: &str| metadata[field].as_str().unwrap_or_default();
    let name = match text("name") {
        "" => text("generateName").trim_end_matches('-'),
        name => name,
    };
    if !name.is_empty() {
        return Ok(name.to_owned());
    }
    let problem = match &metadata["name"] {
        Value::Null | Value::String(_) => "is missing",
        _ => "is not a text",
    };
    let object = format!("{kind} {namespace}/without a name");
    Err(ConvertError::new(object, "metadata.name", problem))
}

/// Adds what a controller adds to its pods.
fn finish(kind: &str, object: &Value, pod: &mut Value) {
    if kind == "Pod" {
        let owners = &object["metadata"]["ownerReferences"];
        if !owners.is_null() {
            pod["metadata"]["ownerReferences"] = owners.clone();
        }
    }
    if kind == "DaemonSet" {
        tolerate_as_daemon(&mut pod["spec"]);
    }
}

/// The tolerations of every DaemonSet pod; source: `pkg/controller/daemon/util`.
fn tolerate_as_daemon(spec: &mut Value) {
    let host_network = spec["hostNetwork"] == true;
    if !spec["tolerations"].is_array() {
        spec["tolerations"] = json!([]);
    }
    let mut all = vec![
        ("node.kubernetes.io/not-ready", "NoExecute"),
        ("node.kubernetes.io/unreachable", "NoExecute"),
        ("node.kubernetes.io/disk-pressure", "NoSchedule"),
        ("node.kubernetes.io/memory-pressure", "NoSchedule"),
        ("node.kubernetes.io/pid-pressure", "NoSchedule"),
        ("node.kubernetes.io/unschedulable", "NoSchedule"),
    ];
    if host_network {
        all.push(("node.kubernetes.io/network-unavailable", "NoSchedule"));
    }
    if let Some(tolerations) = spec["tolerations"].as_array_mut() {
        for (key, effect) in all {
            tolerations.push(json!({"key": key, "operator": "Exists", "effect": effect}));
        }
    }
}

/// Binds a DaemonSet's pod to its node, in place of any terms that it has.
fn pin(spec: &mut Value, node: &str) {
    let field = json!({"key": "metadata.name", "operator": "In", "values": [node]});
    let affinity = child(child(spec, "affinity"), "nodeAffinity");
    let required = child(affinity, "requiredDuringSchedulingIgnoredDuringExecution");
    match child(required, "nodeSelectorTerms").as_array_mut() {
        Some(terms) if !terms.is_empty() => {
            for term in terms {
                *child(term, "matchFields") = json!([field]);
            }
        }
        _ => *required = json!({"nodeSelectorTerms": [{"matchFields": [field]}]}),
    }
}

/// Returns a field of what is an object, and is made one where it is none.
fn child<'a>(value: &'a mut Value, field: &str) -> &'a mut Value {
    if !value.is_object() {
        *value = json!({});
    }
    &mut value[field]
}

/// Adds the claims that are made for a pod: those of a StatefulSet, which become volumes of it, and generic ephemeral
/// ones.
fn add_claims(kind: &str, object: &Value, planned: &mut Planned) -> Result<(), ConvertError> {
    let (namespace, name) = (planned.namespace().to_owned(), planned.name().to_owned());
    let volumes = planned.pod["spec"]["volumes"].as_array();
    let mut volumes: Vec<Value> = volumes.cloned().unwrap_or_default();
    planned.claims.clear();
    for (index, volume) in volumes.iter().enumerate() {
        let template = &volume["ephemeral"]["volumeClaimTemplate"];
        if template["spec"].is_object() {
            let volume = volume["name"].as_str().unwrap_or_default();
            let claim = claim(&namespace, &format!("{name}-{volume}"), &template["spec"]);
            let prefix = planned.prefix;
            let place = format!("{prefix}spec.volumes[{index}].ephemeral.volumeClaimTemplate");
            planned.claim(owned_by_pod(claim, &name), &place)?;
        }
    }
    let templates = object["spec"]["volumeClaimTemplates"].as_array();
    let templates = templates.filter(|_| kind == "StatefulSet").into_iter();
    for (index, template) in templates.flatten().enumerate() {
        let volume = template["metadata"]["name"].as_str().unwrap_or_default();
        let claim_name = format!("{volume}-{name}");
        volumes.retain(|other| other["name"] != volume);
        volumes.push(json!({"name": volume, "persistentVolumeClaim": {"claimName": claim_name}}));
        let claim = claim(&namespace, &claim_name, &template["spec"]);
        planned.claim(claim, &format!("spec.volumeClaimTemplates[{index}]"))?;
    }
    if !volumes.is_empty() {
        planned.pod["spec"]["volumes"] = volumes.into();
    }
    Ok(())
}

impl Planned {
    /// Adds a claim; `place` is that of its template.
    fn claim(&mut self, claim: Value, place: &str) -> Result<(), ConvertError> {
        let kind = FitKind::Other(ObjectKind::Claims);
        read(kind, &claim.to_string()).map_err(|cause| {
            let field = format!("{place}.{}", cause.field);
            ConvertError::new(&self.object, field, cause.problem)
        })?;
        self.claims.push(claim);
        Ok(())
    }
}

fn claim(namespace: &str, name: &str, spec: &Value) -> Value {
    json!({"metadata": {"namespace": namespace, "name": name, "uid": "planned"}, "spec": spec, "status": {"phase": "Pending"}})
}

fn owned_by_pod(mut claim: Value, pod: &str) -> Value {
    let mut owner = Map::new();
    owner.insert("apiVersion".to_owned(), "v1".into());
    owner.insert("kind".to_owned(), "Pod".into());
    owner.insert("name".to_owned(), pod.into());
    owner.insert("uid".to_owned(), "planned".into());
    owner.insert("controller".to_owned(), true.into());
    claim["metadata"]["ownerReferences"] = json!([owner]);
    claim
}
