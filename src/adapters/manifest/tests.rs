//! What becomes of manifests: each rule of the API server's that the scheduler can see.

use super::*;
use serde_json::json;

fn planned(text: &str) -> Planned {
    let manifest = Manifest::parse(text.as_bytes(), "m.yaml", "shop").unwrap();
    manifest.pods.into_iter().next().unwrap().1
}

fn admitted(text: &str) -> Value {
    let mut pod = planned(text);
    pod.admit(None);
    pod.pod
}

#[test]
fn limits_become_requests_and_ports_of_the_host_network_the_nodes_own() {
    let pod = admitted(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  hostNetwork: true\n  containers:\n  - name: c\n    ports: [{containerPort: 80}, {containerPort: 81, hostPort: 9, protocol: UDP}]\n    resources: {limits: {cpu: 2, memory: 1Gi}, requests: {cpu: 1}}\n",
    );
    let container = &pod["spec"]["containers"][0];
    assert_eq!(
        container["resources"]["requests"],
        json!({"cpu": 1, "memory": "1Gi"})
    );
    assert_eq!(
        container["ports"][0],
        json!({"containerPort": 80, "hostPort": 80, "protocol": "TCP"})
    );
    assert_eq!(container["ports"][1]["hostPort"], 9);
    assert_eq!(pod["metadata"]["namespace"], "shop");
}

#[test]
fn limits_of_the_pod_become_requests_where_no_container_asks() {
    let pod = admitted(
        "kind: Pod\nmetadata: {name: p}\nspec: {resources: {limits: {cpu: 4, memory: 1Gi}}, containers: [{name: c, resources: {requests: {cpu: 1}}}]}\n",
    );
    assert_eq!(
        pod["spec"]["resources"]["requests"],
        json!({"memory": "1Gi"})
    );
}

#[test]
fn label_keys_are_merged_into_selectors_with_the_pods_own_values() {
    let pod = admitted(
        "kind: Pod\nmetadata: {name: p, labels: {app: web, hash: abc}}\nspec:\n  containers: [{name: c}]\n  topologySpreadConstraints:\n  - {maxSkew: 1, topologyKey: z, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: web}}, matchLabelKeys: [hash, absent]}\n  - {maxSkew: 1, topologyKey: z, whenUnsatisfiable: DoNotSchedule, matchLabelKeys: [hash]}\n  affinity:\n    podAntiAffinity:\n      preferredDuringSchedulingIgnoredDuringExecution:\n      - {weight: 1, podAffinityTerm: {topologyKey: z, labelSelector: {}, mismatchLabelKeys: [hash]}}\n",
    );
    let spec = &pod["spec"];
    let merged = json!([{"key": "hash", "operator": "In", "values": ["abc"]}]);
    assert_eq!(
        spec["topologySpreadConstraints"][0]["labelSelector"]["matchExpressions"],
        merged
    );
    assert_eq!(
        spec["topologySpreadConstraints"][1]
            .get("labelSelector")
            .filter(|s| !s.is_null()),
        None
    );
    let term = &spec["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
        [0]["podAffinityTerm"];
    assert_eq!(
        term["labelSelector"]["matchExpressions"][0]["operator"],
        "NotIn"
    );
}

#[test]
fn every_pod_tolerates_a_node_in_trouble_for_a_while_unless_it_says_how_long() {
    let pod = admitted(
        "kind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c}], tolerations: [{key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 5}]}\n",
    );
    let tolerations = pod["spec"]["tolerations"].as_array().unwrap();
    assert_eq!(tolerations.len(), 2);
    assert_eq!(tolerations[1]["key"], "node.kubernetes.io/unreachable");
}

#[test]
fn a_priority_class_gives_its_value_and_its_policy() {
    let mut pod = planned(
        "kind: Pod\nmetadata: {name: p}\nspec: {priorityClassName: high, containers: [{name: c}]}\n",
    );
    assert_eq!(pod.priority_class(), Some("high"));
    pod.admit(Priority::of(
        &json!({"value": 1000, "preemptionPolicy": "Never"}),
    ));
    assert_eq!(pod.pod["spec"]["priority"], 1000);
    assert_eq!(pod.pod["spec"]["preemptionPolicy"], "Never");
    assert_eq!(
        Priority::of_system("system-node-critical").unwrap().value,
        2_000_001_000
    );
}

#[test]
fn templates_make_pods_and_a_stateful_set_makes_claims_too() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: other}\nspec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c}]}}}\n---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec:\n  template: {spec: {containers: [{name: c}], volumes: [{name: data, emptyDir: {}}, {name: tmp, ephemeral: {volumeClaimTemplate: {spec: {storageClassName: fast}}}}]}}\n  volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: slow}}]\n---\nkind: Service\nmetadata: {name: s}\n";
    let manifest = Manifest::parse(text.as_bytes(), "m.yaml", "shop").unwrap();
    let [(_, web), (_, db)] = &manifest.pods[..] else {
        panic!("two pods")
    };
    assert_eq!(
        (web.object.as_str(), web.namespace(), web.name()),
        ("Deployment other/web", "other", "web")
    );
    assert_eq!(web.pod["metadata"]["labels"]["app"], "web");
    assert_eq!(db.name(), "db-0");
    let names: Vec<&Value> = db.claims.iter().map(|c| &c["metadata"]["name"]).collect();
    assert_eq!(names, ["db-0-tmp", "data-db-0"]);
    let volumes = db.pod["spec"]["volumes"].as_array().unwrap();
    assert_eq!(
        volumes[1]["persistentVolumeClaim"]["claimName"],
        "data-db-0"
    );
    assert_eq!(manifest.skipped, [("Service".to_owned(), 1)].into());
}

#[test]
fn a_daemon_tolerates_what_its_controller_says_and_its_successor_stays_on_the_node() {
    let owner = json!({"kind": "DaemonSet", "metadata": {"name": "d", "namespace": "s"}, "spec": {"template": {"metadata": {"labels": {"app": "d"}},
        "spec": {"hostNetwork": true, "containers": [{"name": "c"}]}}}});
    let pod = json!({"kind": "Pod", "metadata": {"name": "d-x", "namespace": "s", "labels": {"controller-revision-hash": "h", "mine": "x"},
        "ownerReferences": [{"kind": "DaemonSet", "uid": "u", "controller": true}]}, "spec": {"nodeName": "n1"}});
    let fresh = from_template(Forerunner {
        pod: &pod,
        owner: &owner,
    })
    .unwrap()
    .unwrap();
    assert_eq!((fresh.namespace(), fresh.name()), ("s", "d-x"));
    assert_eq!(
        fresh.pod["metadata"]["labels"],
        json!({"app": "d", "controller-revision-hash": "h"})
    );
    assert_eq!(
        fresh.pod["spec"]["tolerations"].as_array().unwrap().len(),
        7
    );
    let terms = &fresh.pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        ["nodeSelectorTerms"];
    assert_eq!(terms[0]["matchFields"][0]["values"], json!(["n1"]));
    assert!(fresh.pod["spec"].get("nodeName").is_none());
}

#[test]
fn texts_that_make_no_pod_are_refused() {
    let refusal = |text: &str| {
        let error = Manifest::parse(text.as_bytes(), "m.yaml", "shop").unwrap_err();
        error.to_string()
    };
    assert_eq!(
        refusal("kind: Service\nmetadata: {name: s}\n"),
        "m.yaml holds no pod, and nothing that makes pods"
    );
    assert_eq!(refusal(""), "m.yaml is empty");
    assert!(
        refusal("a: [").starts_with("m.yaml: line 1: "),
        "{}",
        refusal("a: [")
    );
}
