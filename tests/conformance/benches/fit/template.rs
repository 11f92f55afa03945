//! The pods of the cluster: Deployments, some of which keep their pods apart, StatefulSets and DaemonSets.

use serde_json::{Value, json};

use crate::cluster::{Dress, pools};

/// DaemonSets; each has a pod on every node.
pub const DAEMONS: usize = 3;

/// What the pods of a workload share.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    number: usize,
}

const MILLI_CPU: [usize; 10] = [50, 100, 100, 200, 250, 250, 500, 500, 1_000, 2_000];
const MEBIBYTES: [usize; 7] = [128, 256, 512, 512, 1_024, 1_024, 2_048];

impl Template {
    /// All templates of a cluster.
    pub fn all(count: usize) -> impl Iterator<Item = Template> {
        (0..count).map(|number| Template { number })
    }

    /// Tells whether it has node affinity, and neither spreads nor keeps its pods apart.
    pub fn is_plain(&self) -> bool {
        (2..=7).contains(&(self.number % 20))
    }

    /// Tells whether its pods are spread over zones and kept apart from each other.
    pub fn keeps_apart(&self) -> bool {
        self.number.is_multiple_of(20)
    }

    fn is_stateful(&self) -> bool {
        self.number % 20 == 1
    }

    /// Its namespace.
    pub fn namespace(&self) -> String {
        format!("team-{}", self.number % 50)
    }

    /// What a pod asks for.
    pub fn milli_cpu(&self) -> usize {
        MILLI_CPU[self.number / 3 % MILLI_CPU.len()]
    }

    /// What a pod asks for.
    pub fn mebibytes(&self) -> usize {
        MEBIBYTES[self.number / 7 % MEBIBYTES.len()]
    }

    /// Tells whether its pods tolerate the taints of pools.
    pub fn tolerates(&self) -> bool {
        self.number.is_multiple_of(3)
    }

    /// Tells whether its node affinity allows a pool.
    pub fn likes(&self, pool: &str) -> bool {
        !self.has_affinity() || self.liked().contains(&pool)
    }

    fn has_affinity(&self) -> bool {
        self.is_plain() || self.keeps_apart()
    }

    /// Half of the pools, not the same for all.
    fn liked(&self) -> Vec<&'static str> {
        let from = self.number / 20 % 8;
        pools().cycle().skip(from).take(4).collect()
    }

    fn name(&self) -> String {
        format!("app-{}", self.number)
    }

    fn labels(&self, pod: &str, replica: usize) -> Value {
        let name = self.name();
        let mut labels = json!({
            "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": self.namespace(),
            "app.kubernetes.io/managed-by": "Helm",
        });
        if self.is_stateful() {
            labels["statefulset.kubernetes.io/pod-name"] = json!(pod);
            labels["apps.kubernetes.io/pod-index"] = json!(replica.to_string());
        } else {
            labels["pod-template-hash"] = json!(hash(self.number, 10));
        }
        labels
    }

    /// A pod on a node, or one that looks for a node.
    pub fn pod(&self, replica: usize, node: Option<&str>, dress: Dress) -> Value {
        let app = self.name();
        let (owner, name, kind) = if self.is_stateful() {
            (app.clone(), format!("{app}-{replica}"), "StatefulSet")
        } else {
            let owner = format!("{app}-{}", hash(self.number, 10));
            let unique = hash(self.number * 1_000 + replica, 5);
            (
                owner.clone(),
                format!("{owner}-{unique}{replica}"),
                "ReplicaSet",
            )
        };
        let mut pod = frame(&self.namespace(), &name, &owner, kind, node);
        pod["metadata"]["labels"] = self.labels(&name, replica);
        pod["spec"]["containers"] = json!([{
            "name": "app", "image": format!("registry.example.com/{app}:v1.{}", self.number % 7),
            "resources": {
                "requests": {"cpu": format!("{}m", self.milli_cpu()), "memory": format!("{}Mi", self.mebibytes())},
                "limits": {"memory": format!("{}Mi", self.mebibytes())},
            },
            "ports": [{"containerPort": 8080, "name": "http", "protocol": "TCP"}],
        }]);
        let mut tolerations = vec![lasting("not-ready", 300), lasting("unreachable", 300)];
        if self.tolerates() {
            tolerations.push(
                json!({"key": "example.com/spot", "operator": "Exists", "effect": "NoSchedule"}),
            );
            tolerations
                .push(json!({"key": "nvidia.com/gpu", "operator": "Equal", "value": "present"}));
        }
        pod["spec"]["tolerations"] = json!(tolerations);
        if self.has_affinity() {
            pod["spec"]["affinity"]["nodeAffinity"] = json!({
                "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [
                    {"key": "example.com/pool", "operator": "In", "values": self.liked()},
                    {"key": "kubernetes.io/arch", "operator": "NotIn", "values": ["arm64"]},
                ]}]},
            });
            pod["spec"]["nodeSelector"] = json!({"kubernetes.io/os": "linux"});
        }
        if self.keeps_apart() {
            let own = json!({"matchLabels": {"app.kubernetes.io/name": app}});
            pod["spec"]["topologySpreadConstraints"] = json!([{
                "maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": own,
            }]);
            pod["spec"]["affinity"]["podAntiAffinity"] = json!({
                "requiredDuringSchedulingIgnoredDuringExecution": [
                    {"labelSelector": own, "topologyKey": "kubernetes.io/hostname"},
                ],
            });
        }
        dressed(pod, &name, dress)
    }
}

/// A DaemonSet's pod on a node.
pub fn daemon(number: usize, node: &str, dress: Dress) -> Value {
    let owner = format!("agent-{number}");
    let name = format!("{owner}-{}", &node[node.len() - 5..]);
    let mut pod = frame("kube-system", &name, &owner, "DaemonSet", Some(node));
    pod["metadata"]["labels"] = json!({
        "app.kubernetes.io/name": owner, "controller-revision-hash": hash(number, 10), "pod-template-generation": "3",
    });
    pod["spec"]["priority"] = json!(2_000_001_000);
    pod["spec"]["containers"] = json!([{
        "name": "agent", "image": format!("registry.example.com/{owner}:v2"),
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
    }]);
    let endured = [
        "not-ready",
        "unreachable",
        "disk-pressure",
        "memory-pressure",
        "pid-pressure",
        "unschedulable",
    ];
    let endured = endured
        .map(|what| json!({"key": format!("node.kubernetes.io/{what}"), "operator": "Exists"}));
    pod["spec"]["tolerations"] = json!(endured);
    pod["spec"]["affinity"]["nodeAffinity"] = json!({
        "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchFields": [
            {"key": "metadata.name", "operator": "In", "values": [node]},
        ]}]},
    });
    dressed(pod, &name, dress)
}

fn lasting(what: &str, seconds: i64) -> Value {
    json!({
        "key": format!("node.kubernetes.io/{what}"), "operator": "Exists", "effect": "NoExecute",
        "tolerationSeconds": seconds,
    })
}

fn frame(namespace: &str, name: &str, owner: &str, kind: &str, node: Option<&str>) -> Value {
    let mut pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "namespace": namespace, "name": name, "uid": uid(namespace, name), "resourceVersion": "1234567",
            "creationTimestamp": "2026-01-05T08:09:10Z",
            "ownerReferences": [{
                "apiVersion": "apps/v1", "kind": kind, "name": owner, "uid": uid(namespace, owner),
                "controller": true, "blockOwnerDeletion": true,
            }],
        },
        "spec": {"schedulerName": "default-scheduler", "priority": 0, "preemptionPolicy": "PreemptLowerPriority"},
        "status": {"phase": "Pending"},
    });
    if let Some(node) = node {
        pod["spec"]["nodeName"] = json!(node);
        pod["status"] = json!({"phase": "Running", "startTime": "2026-01-05T08:09:12Z"});
    }
    pod
}

/// Adds what `kubectl get -o json` shows besides.
fn dressed(mut pod: Value, name: &str, dress: Dress) -> Value {
    if dress == Dress::Bare {
        return pod;
    }
    let token = format!("kube-api-access-{}", &hash(name.len(), 5));
    let mounts = json!([
        {"mountPath": "/etc/config", "name": "config", "readOnly": true},
        {"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "name": token, "readOnly": true},
    ]);
    let probe = |path: &str| {
        json!({
            "failureThreshold": 3, "httpGet": {"path": path, "port": "http", "scheme": "HTTP"},
            "initialDelaySeconds": 5, "periodSeconds": 10, "successThreshold": 1, "timeoutSeconds": 2,
        })
    };
    let env: Vec<Value> = (0..12)
        .map(|at| json!({"name": format!("SETTING_{at}"), "value": format!("value-of-setting-{at}-of-the-service")}))
        .collect();
    let requests = pod["spec"]["containers"][0]["resources"]["requests"].clone();
    let container = &mut pod["spec"]["containers"][0];
    container["env"] = json!(env);
    container["livenessProbe"] = probe("/healthz");
    container["readinessProbe"] = probe("/ready");
    container["volumeMounts"] = mounts.clone();
    container["terminationMessagePath"] = json!("/dev/termination-log");
    container["terminationMessagePolicy"] = json!("File");
    container["imagePullPolicy"] = json!("IfNotPresent");
    let status_name = container["name"].clone();
    let image = container["image"].clone();
    pod["spec"]["volumes"] = json!([
        {"name": "config", "configMap": {"defaultMode": 420, "name": "service-config"}},
        {"name": token, "projected": {"defaultMode": 420, "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}},
            {"downwardAPI": {"items": [{"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}, "path": "namespace"}]}},
        ]}},
    ]);
    for (field, value) in [
        ("dnsPolicy", json!("ClusterFirst")),
        ("enableServiceLinks", json!(true)),
        ("restartPolicy", json!("Always")),
        (
            "securityContext",
            json!({"runAsNonRoot": true, "fsGroup": 2000}),
        ),
        ("serviceAccount", json!("service")),
        ("serviceAccountName", json!("service")),
        ("terminationGracePeriodSeconds", json!(30)),
    ] {
        pod["spec"][field] = value;
    }
    let since = "2026-01-05T08:09:15Z";
    let conditions = [
        "PodReadyToStartContainers",
        "Initialized",
        "Ready",
        "ContainersReady",
        "PodScheduled",
    ];
    pod["status"]["conditions"] = json!(conditions.map(|kind| {
        json!({"lastProbeTime": null, "lastTransitionTime": since, "status": "True", "type": kind})
    }));
    pod["status"]["containerStatuses"] = json!([{
        "allocatedResources": requests, "resources": {"requests": requests}, "name": status_name, "image": image,
        "containerID": format!("containerd://{}", hash(name.len() * 7, 60)),
        "imageID": format!("registry.example.com/app@sha256:{}", hash(name.len() * 11, 60)),
        "lastState": {}, "ready": true, "restartCount": 0, "started": true, "state": {"running": {"startedAt": since}},
        "volumeMounts": mounts,
    }]);
    for (field, value) in [
        ("hostIP", json!("10.20.30.40")),
        ("hostIPs", json!([{"ip": "10.20.30.40"}])),
        ("podIP", json!("10.21.30.41")),
        ("podIPs", json!([{"ip": "10.21.30.41"}])),
        ("qosClass", json!("Burstable")),
    ] {
        pod["status"][field] = value;
    }
    pod
}

/// Letters and digits that look random and follow from a number.
fn hash(number: usize, length: usize) -> String {
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut state = (number as u64)
        .wrapping_add(1)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut text = String::with_capacity(length);
    for _ in 0..length {
        state ^= state >> 29;
        state = state.wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let letter = usize::try_from(state >> 40).unwrap_or_default() % ALPHABET.len();
        text.push(char::from(ALPHABET[letter]));
    }
    text
}

fn uid(namespace: &str, name: &str) -> String {
    let sum = |text: &str| {
        let bytes = text.bytes();
        bytes.fold(7_usize, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(byte.into())
        })
    };
    let text = format!("{:016x}{:016x}", sum(namespace), sum(name));
    let parts = [
        &text[..8],
        &text[8..12],
        &text[12..16],
        &text[16..20],
        &text[20..],
    ];
    parts.join("-")
}
