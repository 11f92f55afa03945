//! What a controller makes of its template: the pod, and the claims that it makes beside it.

use serde_json::{Map, Value, json};

use super::Planned;

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

/// Returns the pod that an object is or makes; `None` for one that makes none.
pub(super) fn planned(object: &Value, namespace: &str) -> Option<Planned> {
    let kind = object["kind"].as_str()?;
    let name = name_of(&object["metadata"]);
    let namespace = match object["metadata"]["namespace"].as_str() {
        Some(own) if !own.is_empty() => own,
        _ => namespace,
    };
    let origin = format!("{}/{name}", kind.to_lowercase());
    let (metadata, spec) = match kind {
        "Pod" => (&object["metadata"], &object["spec"]),
        "PodTemplate" => (&object["template"]["metadata"], &object["template"]["spec"]),
        "CronJob" => {
            let template = &object["spec"]["jobTemplate"]["spec"]["template"];
            (&template["metadata"], &template["spec"])
        }
        kind if MAKERS.contains(&kind) => {
            let template = &object["spec"]["template"];
            (&template["metadata"], &template["spec"])
        }
        _ => return None,
    };
    let pod_name = match kind {
        "StatefulSet" => format!(
            "{name}-{}",
            object["spec"]["ordinals"]["start"].as_i64().unwrap_or(0)
        ),
        _ => name,
    };
    let mut pod = json!({
        "metadata": {"namespace": namespace, "name": pod_name, "uid": "planned", "labels": metadata["labels"]},
        "spec": spec,
    });
    finish(kind, object, &mut pod);
    let claims = claims(kind, object, &mut pod);
    Some(Planned {
        origin,
        pod,
        claims,
    })
}

/// Returns the pod that the owner would make today in place of one that runs; `None` where the owner has no template.
pub fn from_template(forerunner: Forerunner<'_>) -> Option<Planned> {
    let Forerunner { pod, owner } = forerunner;
    let kind = owner["kind"].as_str()?;
    if !owner["spec"]["template"]["spec"].is_object() {
        return None;
    }
    let namespace = pod["metadata"]["namespace"].as_str()?;
    let mut planned = planned(owner, namespace)?;
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
    let name = planned.name().to_owned();
    planned.origin = format!("pod/{name}");
    if kind == "StatefulSet" {
        planned.pod["spec"] = owner["spec"]["template"]["spec"].clone();
        planned.claims = claims(kind, owner, &mut planned.pod);
    }
    Some(planned)
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

fn name_of(metadata: &Value) -> String {
    let text = |field: &str| metadata[field].as_str().unwrap_or_default();
    match text("name") {
        "" => text("generateName").trim_end_matches('-').to_owned(),
        name => name.to_owned(),
    }
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
    let required =
        &mut spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    let terms = required["nodeSelectorTerms"].as_array_mut();
    match terms {
        Some(terms) if !terms.is_empty() => {
            for term in terms {
                term["matchFields"] = json!([field]);
            }
        }
        _ => *required = json!({"nodeSelectorTerms": [{"matchFields": [field]}]}),
    }
}

/// Returns the claims that are made for a pod: those of a StatefulSet, which become volumes of it, and generic ephemeral
/// ones.
fn claims(kind: &str, object: &Value, pod: &mut Value) -> Vec<Value> {
    let text = |field: &str| {
        pod["metadata"][field]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let (namespace, name) = (text("namespace"), text("name"));
    let mut claims = Vec::new();
    let mut volumes: Vec<Value> = pod["spec"]["volumes"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    for volume in &volumes {
        let template = &volume["ephemeral"]["volumeClaimTemplate"];
        if template["spec"].is_object() {
            let volume = volume["name"].as_str().unwrap_or_default();
            let claim = claim(&namespace, &format!("{name}-{volume}"), &template["spec"]);
            claims.push(owned_by_pod(claim, &name));
        }
    }
    let templates = object["spec"]["volumeClaimTemplates"].as_array();
    for template in templates
        .filter(|_| kind == "StatefulSet")
        .into_iter()
        .flatten()
    {
        let volume = template["metadata"]["name"].as_str().unwrap_or_default();
        let claim_name = format!("{volume}-{name}");
        volumes.retain(|other| other["name"] != volume);
        volumes.push(json!({"name": volume, "persistentVolumeClaim": {"claimName": claim_name}}));
        claims.push(claim(&namespace, &claim_name, &template["spec"]));
    }
    if !volumes.is_empty() {
        pod["spec"]["volumes"] = volumes.into();
    }
    claims
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
