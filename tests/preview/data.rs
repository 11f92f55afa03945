//! What a pod loses with its node, and pods that only land on nodes which are about to go.

use controlplane::{space, wait_for};
use nodemaint::present::data_lost::{Becomes, VolumeKind};
use nodemaint::present::drain_plan::{DrainPlan, Fate};
use nodemaint::present::guard::GuardCode;
use nodemaint::present::landing::{Closed, Verdict};
use serde_json::json;

use super::{offline, online, piped, plan_of, pod};

/// Two nodes, and a pod that has an emptyDir, a hostPath, and a local volume of the first.
const LOCAL: &str = r#"
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: Node, metadata: {name: n1, labels: {kubernetes.io/hostname: n1}}, status: {allocatable: {cpu: "4", memory: 8Gi, pods: "110"}, conditions: [{type: Ready, status: "True"}]}}
  - {apiVersion: v1, kind: Node, metadata: {name: n2, labels: {kubernetes.io/hostname: n2}}, status: {allocatable: {cpu: "4", memory: 8Gi, pods: "110"}, conditions: [{type: Ready, status: "True"}]}}
  - {apiVersion: apps/v1, kind: StatefulSet, metadata: {namespace: shop, name: db, uid: s1}, spec: {replicas: 1, selector: {matchLabels: {app: db}}}}
  - apiVersion: v1
    kind: Pod
    metadata: {namespace: shop, name: db-0, uid: p1, labels: {app: db}, ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: db, uid: s1, controller: true}]}
    spec:
      nodeName: n1
      containers: [{name: c}]
      volumes:
        - {name: tmp, emptyDir: {medium: Memory, sizeLimit: 1Gi}}
        - {name: logs, hostPath: {path: /var/log}}
        - {name: data, persistentVolumeClaim: {claimName: data-db-0}}
    status: {phase: Running, conditions: [{type: Ready, status: "True"}]}
  - apiVersion: v1
    kind: PersistentVolumeClaim
    metadata: {namespace: shop, name: data-db-0, annotations: {pv.kubernetes.io/bind-completed: "yes"}}
    spec: {accessModes: [ReadWriteOnce], storageClassName: local, volumeName: pv-1, resources: {requests: {storage: 1Gi}}}
    status: {phase: Bound}
  - apiVersion: v1
    kind: PersistentVolume
    metadata: {name: pv-1}
    spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], storageClassName: local, local: {path: /mnt/d}, claimRef: {namespace: shop, name: data-db-0}, nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [n1]}]}]}}}
    status: {phase: Bound}
"#;

fn local(more: &[&str]) -> super::Run {
    let args = ["preview", "drain", "n1", "--snapshot", "-"];
    piped(&[&args[..], more].concat(), LOCAL)
}

#[test]
fn every_kind_of_data_is_told_with_its_name_and_what_becomes_of_it() {
    let plan = plan_of(&local(&["-o", "json"]));
    let lost = &pod(&plan, "db-0").data_lost;
    let told: Vec<_> = lost
        .iter()
        .map(|one| (one.volume.as_str(), one.kind, one.becomes))
        .collect();
    assert_eq!(
        told,
        [
            ("tmp", VolumeKind::EmptyDir, Becomes::Deleted),
            ("logs", VolumeKind::HostPath, Becomes::LeftBehind),
            ("data", VolumeKind::LocalVolume, Becomes::WaitedFor),
        ]
    );
    assert_eq!(
        (lost[0].medium.as_str(), lost[0].size_limit.as_deref()),
        ("Memory", Some("1Gi"))
    );
    assert_eq!(lost[1].path.as_deref(), Some("/var/log"));
    assert_eq!(lost[2].claim.as_deref(), Some("shop/data-db-0"));
    assert_eq!(lost[2].persistent_volume.as_deref(), Some("pv-1"));
}

#[test]
fn tables_and_tickets_name_the_volumes() {
    let wide = local(&["-o", "wide"]).out;
    let column = "tmp (Memory, 1Gi), logs (/var/log, stays), data (PersistentVolume pv-1, stays)";
    assert!(wide.contains(column), "{wide}");
    let waits = "no other node reaches claim shop/data-db-0 (PersistentVolume pv-1): its replacement waits until the node takes";
    for form in [&[][..], &["-o", "markdown"]] {
        let out = local(form).out;
        assert!(out.contains(waits), "{out}");
        assert!(
            out.contains("leaves hostPath logs (/var/log) behind"),
            "{out}"
        );
    }
}

#[test]
fn a_local_volume_keeps_the_replacement_until_the_node_is_back() {
    let space = space("data_local");
    let [a, _b] = space.nodes(["a", "b"]);
    let volume = space.node_name("pv");
    space.post(
        "/api/v1/persistentvolumes",
        json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": volume}, "spec": {
            "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": "",
            "local": {"path": "/mnt/d"}, "claimRef": {"namespace": space.name(), "name": "data"},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
                {"key": "kubernetes.io/hostname", "operator": "In", "values": [a.name()]}]}]}}}}),
    );
    space.post(
        &format!("/api/v1/namespaces/{}/persistentvolumeclaims", space.name()),
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": {
            "accessModes": ["ReadWriteOnce"], "storageClassName": "", "volumeName": volume,
            "resources": {"requests": {"storage": "1Gi"}}}}),
    );
    space
        .deployment("db")
        .replicas(1)
        .spec(|spec| {
            spec["volumes"] =
                json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]);
        })
        .create_ready();
    let args = ["preview", "drain", a.name(), "-o", "json"];
    let plan = plan_of(&online(&space.kubeconfig(), &args));
    let db = pod(&plan, "db-");
    assert_eq!(db.fate, Fate::Evict);
    assert_eq!(db.data_lost.len(), 1, "{db:?}");
    assert_eq!(db.data_lost[0].persistent_volume.as_deref(), Some(&*volume));
    let landing = db.landing.as_ref().expect("it has a landing");
    assert_eq!(landing.verdict, Verdict::Nowhere);
    assert_eq!(landing.closed.len(), 1);
    let only = plan
        .guards
        .iter()
        .find(|guard| guard.code == GuardCode::OnlyLeavingNodes);
    assert!(only.is_some_and(|guard| guard.message.contains(a.name())));
    let drained = online(
        &space.kubeconfig(),
        &["drain", a.name(), "--timeout=60s", "--yes"],
    );
    assert_eq!(drained.code, 0, "{drained:?}");
    wait_for("the replacement waits", || {
        let waits = space.pods().iter().any(|pod| {
            let spec = pod.spec.as_ref();
            spec.is_none_or(|spec| spec.node_name.is_none())
        });
        if waits { Ok(()) } else { Err(space.pods()) }
    });
    let back = online(&space.kubeconfig(), &["uncordon", a.name()]);
    assert_eq!(back.code, 0, "{back:?}");
    wait_for("the replacement is on the node of its data", || {
        let on = space.pods_on(a.name()).len();
        if on == 1 { Ok(()) } else { Err(space.pods()) }
    });
    space.delete(&format!("/api/v1/persistentvolumes/{volume}"), json!({}));
}

fn only_leaving(plan: &DrainPlan) -> Vec<(&str, &str)> {
    let only = plan
        .guards
        .iter()
        .filter(|guard| guard.code == GuardCode::OnlyLeavingNodes);
    only.map(|guard| (guard.message.as_str(), guard.hint.as_str()))
        .collect()
}

#[test]
fn pods_that_only_fit_nodes_that_leave_are_told_with_those_nodes() {
    let space = space("data_leaving");
    let [a, b, c] = space.nodes(["a", "b", "c"]);
    space
        .deployment("web")
        .replicas(1)
        .spec(|spec| {
            let names = [a.name(), b.name()];
            spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"] = json!([
                {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": names}]}
            ]);
        })
        .create_ready();
    let home = match space.pods_on(a.name()).is_empty() {
        true => &b,
        false => &a,
    };
    let other = if home.name() == a.name() { &b } else { &a };
    let args = ["preview", "drain", a.name(), b.name(), "-o", "json"];
    let plan = plan_of(&online(&space.kubeconfig(), &args));
    let only = only_leaving(&plan);
    assert_eq!(only.len(), 1, "{:?}", plan.guards);
    assert!(only[0].0.contains("drained in the same run"), "{only:?}");
    assert!(!only[0].0.contains(c.name()), "{only:?}");
    let cordon = online(&space.kubeconfig(), &["cordon", other.name()]);
    assert_eq!(cordon.code, 0, "{cordon:?}");
    let args = ["preview", "drain", home.name(), "-o", "json"];
    let plan = plan_of(&online(&space.kubeconfig(), &args));
    let landing = pod(&plan, "web-").landing.clone().expect("it has one");
    let foreign: Vec<&str> = landing
        .closed
        .iter()
        .filter(|one| one.since == Closed::Before)
        .map(|one| one.node.as_str())
        .collect();
    assert_eq!(foreign, [other.name()]);
}

#[test]
fn the_demo_loses_what_it_lost_before() {
    let run = offline(&[
        "preview",
        "drain",
        "worker-2",
        "--snapshot",
        "demo",
        "-o",
        "json",
    ]);
    let plan = plan_of(&run);
    let lost: usize = plan.nodes[0]
        .pods
        .iter()
        .map(|pod| pod.data_lost.len())
        .sum();
    assert!(lost >= 2, "{lost}");
}
