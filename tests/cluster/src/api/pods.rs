//! Pods and what makes pods. One draft for all kinds: they differ in where the pod's
//! template stands, and in little else.

use serde_json::{Value, json};

use super::nodes::has_condition;
use super::space::{Made, SPACE_LABEL, Space};
use super::wait::wait_for;

/// What is drafted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Pod,
    Deployment,
    ReplicaSet,
    StatefulSet,
    DaemonSet,
    Job,
}

impl Kind {
    fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Pod => ("v1", "Pod", "pods"),
            Self::Deployment => ("apps/v1", "Deployment", "deployments"),
            Self::ReplicaSet => ("apps/v1", "ReplicaSet", "replicasets"),
            Self::StatefulSet => ("apps/v1", "StatefulSet", "statefulsets"),
            Self::DaemonSet => ("apps/v1", "DaemonSet", "daemonsets"),
            Self::Job => ("batch/v1", "Job", "jobs"),
        }
    }

    fn collection(self, namespace: &str) -> String {
        let (version, _, plural) = self.names();
        let root = if version.contains('/') { "apis" } else { "api" };
        format!("/{root}/{version}/namespaces/{namespace}/{plural}")
    }
}

/// A change to a drafted object.
type Change<'s> = Box<dyn FnOnce(&mut Value) + 's>;

/// A pod, or a workload and its pod template, to be. Its pods carry the label `app=<name>`
/// and run only on nodes of their space; they get ready after 50 ms and go at once when
/// deleted, unless told otherwise.
#[must_use]
pub struct PodDraft<'s> {
    space: &'s Space,
    kind: Kind,
    name: String,
    replicas: u32,
    /// Metadata and spec of the pod.
    pod: Value,
    /// Changes to the whole object, last.
    last: Vec<Change<'s>>,
}

impl<'s> PodDraft<'s> {
    pub(super) fn new(space: &'s Space, kind: Kind, name: &str) -> Self {
        let pod = json!({
            "metadata": {"labels": {"app": name, SPACE_LABEL: space.name()}, "annotations": {}},
            "spec": {
                "containers": [{"name": "main", "image": "registry.example/app:1"}],
                "nodeSelector": {SPACE_LABEL: space.name()},
            },
        });
        let replicas = 1;
        Self {
            space,
            kind,
            name: name.to_owned(),
            replicas,
            pod,
            last: Vec::new(),
        }
    }

    /// How many pods (1 unless given); for a Job, how many at once.
    pub fn replicas(mut self, replicas: u32) -> Self {
        self.replicas = replicas;
        self
    }

    /// Puts a pod on a node without asking the scheduler; ties a workload's pods to it.
    pub fn on(self, node: impl AsRef<str>) -> Self {
        let node = node.as_ref().to_owned();
        match self.kind {
            Kind::Pod => self.spec(|spec| spec["nodeName"] = json!(node)),
            _ => self.spec(|spec| spec["nodeSelector"]["kubernetes.io/hostname"] = json!(node)),
        }
    }

    /// Adds a label to the pods; `app` replaces the one they have.
    pub fn label(mut self, key: &str, value: &str) -> Self {
        self.pod["metadata"]["labels"][key] = json!(value);
        self
    }

    /// Adds an annotation to the pods.
    pub fn annotation(mut self, key: &str, value: &str) -> Self {
        self.pod["metadata"]["annotations"][key] = json!(value);
        self
    }

    /// Scheduled until Ready, a Go duration such as `500ms`.
    pub fn ready_after(self, duration: &str) -> Self {
        self.annotation("nodemaint.dev/test-ready-after", duration)
    }

    /// Runs, but never gets Ready.
    pub fn never_ready(self) -> Self {
        self.ready_after("never")
    }

    /// Deleted until gone, a Go duration. The fake kubelet starts anew with each change of
    /// the pod, and knows no grace period: it deletes after this time, not before.
    pub fn gone_after(self, duration: &str) -> Self {
        self.annotation("nodemaint.dev/test-gone-after", duration)
    }

    /// Stays when deleted, as on a node whose kubelet is dead.
    pub fn never_gone(self) -> Self {
        self.gone_after("never")
    }

    /// Running until Succeeded, a Go duration.
    pub fn finish_after(self, duration: &str) -> Self {
        self.annotation("nodemaint.dev/test-finish-after", duration)
    }

    /// Running until Failed, a Go duration.
    pub fn fail_after(self, duration: &str) -> Self {
        self.annotation("nodemaint.dev/test-fail-after", duration)
    }

    /// Sets the termination grace period in seconds.
    pub fn grace(self, seconds: u32) -> Self {
        self.spec(|spec| spec["terminationGracePeriodSeconds"] = json!(seconds))
    }

    /// Adds a volume that is lost with the pod.
    pub fn empty_dir(self, name: &str) -> Self {
        self.spec(|spec| append(&mut spec["volumes"], json!({"name": name, "emptyDir": {}})))
    }

    /// Requests an amount of a resource.
    pub fn request(self, resource: &str, amount: &str) -> Self {
        self.spec(|spec| spec["containers"][0]["resources"]["requests"][resource] = json!(amount))
    }

    /// Sets the priority class, such as `system-node-critical`.
    pub fn priority_class(self, name: &str) -> Self {
        self.spec(|spec| spec["priorityClassName"] = json!(name))
    }

    /// Adds a toleration as JSON.
    pub fn toleration(self, toleration: Value) -> Self {
        self.spec(|spec| append(&mut spec["tolerations"], toleration))
    }

    /// Tolerates every taint.
    pub fn tolerates_all(self) -> Self {
        self.toleration(json!({"operator": "Exists"}))
    }

    /// Makes a pod the static one of a node: it carries the annotation that a kubelet puts
    /// on the pods it read from files. Give it a node with [`PodDraft::on`].
    pub fn mirror(self) -> Self {
        self.annotation("kubernetes.io/config.mirror", "from-a-file")
    }

    /// Gives a pod a controller. The garbage collector removes the pod when the owner is
    /// none, unless it does not know the kind.
    pub fn owned_by(self, api_version: &str, kind: &str, name: &str, uid: &str) -> Self {
        let owner = json!({"apiVersion": api_version, "kind": kind, "name": name, "uid": uid, "controller": true});
        self.apply(move |object| append(&mut object["metadata"]["ownerReferences"], owner))
    }

    /// Adds a finalizer: the pod stays, terminating, until it is taken off.
    pub fn finalizer(mut self, name: &str) -> Self {
        append(&mut self.pod["metadata"]["finalizers"], json!(name));
        self
    }

    /// Changes the pod's spec in a way that no method covers.
    pub fn spec(mut self, change: impl FnOnce(&mut Value)) -> Self {
        change(&mut self.pod["spec"]);
        self
    }

    /// Changes the whole object, after everything else.
    pub fn apply(mut self, change: impl FnOnce(&mut Value) + 's) -> Self {
        self.last.push(Box::new(change));
        self
    }

    /// Creates it and returns at once.
    #[track_caller]
    pub fn create(self) -> Made {
        let path = self.kind.collection(self.space.name());
        let space = self.space;
        space.post(&path, self.into_object())
    }

    /// Creates it and returns when all its pods are Ready; a DaemonSet's as many as there
    /// are nodes for it.
    #[track_caller]
    pub fn create_ready(self) -> Made {
        let (space, kind, replicas) = (self.space, self.kind, self.replicas);
        let made = self.create();
        let path = format!("{}/{}", kind.collection(space.name()), made.name());
        wait_for(
            &format!("{} {} is ready", kind.names().1, made.name()),
            || {
                let object = space.get(&path).ok_or(Value::Null)?;
                if is_ready(kind, replicas, &object) {
                    Ok(Made::from(object))
                } else {
                    Err(object["status"].clone())
                }
            },
        )
    }

    fn into_object(self) -> Value {
        let (version, kind, _) = self.kind.names();
        let labels = self.pod["metadata"]["labels"].clone();
        let mut object = json!({"apiVersion": version, "kind": kind});
        if self.kind == Kind::Pod {
            object["metadata"] = self.pod["metadata"].clone();
            object["spec"] = self.pod["spec"].clone();
        } else {
            object["spec"] = json!({"template": self.pod});
            object["metadata"]["labels"] = labels;
        }
        object["metadata"]["name"] = json!(self.name);
        self.kind
            .complete(&mut object["spec"], self.replicas, &self.name);
        for change in self.last {
            change(&mut object);
        }
        object
    }
}

impl Kind {
    /// What a workload's spec has beside the template.
    fn complete(self, spec: &mut Value, replicas: u32, name: &str) {
        let selector =
            json!({"matchLabels": {"app": spec["template"]["metadata"]["labels"]["app"].clone()}});
        match self {
            Self::Pod => {}
            Self::Deployment | Self::ReplicaSet => {
                spec["replicas"] = json!(replicas);
                spec["selector"] = selector;
            }
            Self::StatefulSet => {
                spec["replicas"] = json!(replicas);
                spec["selector"] = selector;
                spec["serviceName"] = json!(name);
            }
            Self::DaemonSet => spec["selector"] = selector,
            Self::Job => {
                spec["parallelism"] = json!(replicas);
                spec["completions"] = json!(replicas);
                spec["template"]["spec"]["restartPolicy"] = json!("Never");
            }
        }
    }
}

fn is_ready(kind: Kind, replicas: u32, object: &Value) -> bool {
    let status = &object["status"];
    let is_current = status["observedGeneration"] == object["metadata"]["generation"];
    let counts = |field: &str| status[field].as_u64().unwrap_or(0);
    match kind {
        Kind::Pod => has_condition(object, "Ready", "True"),
        Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet => {
            is_current && counts("readyReplicas") == u64::from(replicas)
        }
        Kind::DaemonSet => {
            let wanted = counts("desiredNumberScheduled");
            is_current && wanted > 0 && counts("numberReady") == wanted
        }
        Kind::Job => counts("ready") == u64::from(replicas),
    }
}

fn append(list: &mut Value, item: Value) {
    match list.as_array_mut() {
        Some(items) => items.push(item),
        None => *list = json!([item]),
    }
}
