//! The oracle answers what its readers rely on: the shape, the isolation of cases, and that the answers come from the real
//! plugins. What the plugins decide is not tested here: they are the truth.

use conformance::oracle::{Answer, NodeAnswer, Oracle};
use controlplane::lease::Lease;
use serde_json::{Value, json};

fn oracle() -> Oracle {
    let program = controlplane::oracle::ensure(&Lease::default()).expect("the oracle can be built");
    Oracle::start(&program).expect("the oracle starts")
}

fn node(name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}}, "spec": spec,
        "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"}}})
}

fn pod(name: &str, spec: &Value) -> Value {
    let mut object = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"},
        "spec": {"schedulerName": "default-scheduler", "containers": [{"name": "c", "image": "x"}]}});
    for (field, value) in spec.as_object().expect("an object") {
        object["spec"][field] = value.clone();
    }
    object
}

fn ask(case: &Value) -> Answer {
    let answer = oracle().ask(case).expect("an answer");
    assert_eq!(answer.error, None);
    answer
}

fn refusing(node: &NodeAnswer) -> Vec<&str> {
    node.refusals
        .iter()
        .map(|refusal| refusal.plugin.as_str())
        .collect()
}

const CORDON: &str = r#"{"unschedulable": true, "taints": [{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]}"#;

fn cordoned(name: &str) -> Value {
    node(name, &serde_json::from_str(CORDON).expect("JSON"))
}

#[test]
fn the_first_refusal_is_kept_apart_from_all_of_them() {
    let case = json!({"id": "1", "objects": [cordoned("a"), node("b", &json!({})), pod("p", &json!({}))], "pods": ["default/p"]});
    let answer = ask(&case);
    let nodes = &answer.pods[0].nodes;
    let first = nodes[0].first.as_ref().expect("a refusal");
    assert_eq!(
        (first.plugin.as_str(), first.code.as_str()),
        ("NodeUnschedulable", "UnschedulableAndUnresolvable")
    );
    assert_eq!(
        refusing(&nodes[0]),
        ["NodeUnschedulable", "TaintToleration"]
    );
    assert!(nodes[1].fits);
}

#[test]
fn the_only_node_that_fits_has_scores_too() {
    let case = json!({"id": "1", "objects": [node("a", &json!({})), pod("p", &json!({}))], "pods": ["default/p"]});
    let answer = ask(&case);
    let node = &answer.pods[0].nodes[0];
    assert_eq!(node.scores["TaintToleration"], 300);
    assert_eq!(node.total, Some(node.scores.values().sum()));
}

#[test]
fn a_pod_that_runs_is_taken_off_its_node_first() {
    let port = json!([{"name": "c", "image": "x", "ports": [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}]}]);
    let runs = pod("p", &json!({"nodeName": "a", "containers": port}));
    let waits = pod("q", &json!({"containers": port}));
    let case = json!({"id": "1", "objects": [node("a", &json!({})), runs, waits], "pods": ["default/p", "default/q"]});
    let answer = ask(&case);
    assert!(answer.pods[0].displaced && answer.pods[0].nodes[0].fits);
    assert!(!answer.pods[1].displaced);
    assert_eq!(refusing(&answer.pods[1].nodes[0]), ["NodePorts"]);
    let event =
        "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.";
    assert_eq!(answer.pods[1].summary.as_deref(), Some(event));
}

#[test]
fn a_refusal_of_all_nodes_at_once_has_no_nodes() {
    let volume =
        json!({"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "gone"}}]});
    let case = json!({"id": "1", "objects": [node("a", &json!({})), pod("p", &volume)], "pods": ["default/p"]});
    let pod = &ask(&case).pods[0];
    assert_eq!(
        pod.prefilter.as_ref().expect("a refusal").plugin,
        "VolumeRestrictions"
    );
    assert!(pod.nodes.is_empty());
    let event = "0/1 nodes are available: persistentvolumeclaim \"gone\" not found.";
    assert_eq!(pod.summary.as_deref(), Some(event));
}

#[test]
fn nodes_that_prefilter_leaves_out_say_so() {
    let terms =
        json!([{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["b"]}]}]);
    let affinity = json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}});
    let case = json!({"id": "1", "objects": [cordoned("a"), node("b", &json!({})), pod("p", &affinity)], "pods": ["default/p"]});
    let answer = ask(&case);
    let left_out = &answer.pods[0].nodes[0];
    let first = left_out.first.as_ref().expect("a refusal");
    assert_eq!(first.plugin, "PreFilter");
    assert_eq!(
        first.reasons,
        ["node(s) didn't satisfy plugin(s) [NodeAffinity]"]
    );
    assert_eq!(
        refusing(left_out),
        ["NodeUnschedulable", "TaintToleration", "NodeAffinity"]
    );
}

#[test]
fn a_given_profile_replaces_the_default() {
    let taint = json!({"taints": [{"key": "k", "effect": "NoSchedule"}]});
    let profile = json!({"schedulerName": "default-scheduler", "plugins": {"filter": {"disabled": [{"name": "TaintToleration"}]},
        "score": {"disabled": [{"name": "ImageLocality"}]}}});
    let config = json!({"apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration", "profiles": [profile]});
    let case = json!({"id": "1", "objects": [node("a", &taint), pod("p", &json!({}))], "pods": ["default/p"], "config": config});
    let node = &ask(&case).pods[0].nodes[0];
    assert!(node.fits);
    assert!(!node.scores.contains_key("ImageLocality"));
}

#[test]
fn times_come_when_they_are_asked_for() {
    let mut case = json!({"id": "1", "objects": [node("a", &json!({})), pod("p", &json!({}))], "pods": ["default/p"]});
    assert_eq!(ask(&case).pods[0].filter_nanos, None);
    case["time"] = json!(true);
    assert!(ask(&case).pods[0].filter_nanos.is_some());
}

#[test]
fn a_case_that_cannot_be_read_does_not_end_the_oracle_and_no_case_sees_another() {
    let mut oracle = oracle();
    let full = pod(
        "big",
        &json!({"nodeName": "a", "containers": [{"name": "c", "image": "x", "resources": {"requests": {"cpu": "4"}}}]}),
    );
    let asks = pod(
        "p",
        &json!({"containers": [{"name": "c", "image": "x", "resources": {"requests": {"cpu": "1"}}}]}),
    );
    let broken = pod(
        "p",
        &json!({"containers": [{"name": "c", "image": "x", "resources": {"requests": {"cpu": "much"}}}]}),
    );
    let mut answer = |objects: Value| {
        oracle
            .ask(&json!({"id": "1", "objects": objects, "pods": ["default/p"]}))
            .expect("an answer")
    };
    assert!(!answer(json!([node("a", &json!({})), full, asks])).pods[0].nodes[0].fits);
    assert!(
        answer(json!([broken]))
            .error
            .expect("a reason")
            .contains("quantities must match")
    );
    assert!(answer(json!([node("a", &json!({})), asks])).pods[0].nodes[0].fits);
}
