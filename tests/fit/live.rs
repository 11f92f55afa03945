//! The same report live, from a snapshot and from kubectl; manifests as the API server stores them; what may not be read.

use std::path::Path;

use controlplane::{Space, space};
use nodemaint::adapters::files::Source;
use nodemaint::adapters::manifest::{Additions, Manifest, Priority};
use nodemaint::domain::fit::object::pod::PodSpec;
use nodemaint::present::fit_report::{FitReport, Verdict};

use crate::preview::{offline, online, piped};

use super::report_of;

pub const KINDS: &str = "nodes,pods,namespaces,persistentvolumeclaims,persistentvolumes,storageclasses,csinodes,csidrivers,csistoragecapacities,volumeattachments,services,replicationcontrollers,replicasets,statefulsets,resourceclaims,deviceclasses,poddisruptionbudgets";

/// A pod with a rule of many kinds in its way.
const MANIFEST: &str = r#"
apiVersion: v1
kind: Pod
metadata: {name: many, labels: {app: web, hash: abc}}
spec:
  hostNetwork: true
  priorityClassName: system-node-critical
  nodeSelector: {kubernetes.io/os: linux}
  tolerations: [{key: dedicated, value: db, effect: NoSchedule}, {key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 5}]
  topologySpreadConstraints:
  - {maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: web}}, matchLabelKeys: [hash]}
  affinity:
    podAffinity:
      preferredDuringSchedulingIgnoredDuringExecution:
      - {weight: 5, podAffinityTerm: {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: db}}, matchLabelKeys: [hash]}}
    podAntiAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
      - {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}, mismatchLabelKeys: [hash]}
  resources: {limits: {memory: 2Gi, cpu: 3}}
  initContainers:
  - {name: side, image: i, restartPolicy: Always, resources: {limits: {cpu: 1}}, ports: [{containerPort: 90}]}
  containers:
  - {name: c, image: i, ports: [{containerPort: 80, protocol: UDP}, {containerPort: 81}], resources: {limits: {memory: 1Gi, ephemeral-storage: 1Gi}, requests: {memory: 0.5Gi}}}
  volumes:
  - {name: data, persistentVolumeClaim: {claimName: data}}
  - {name: own, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}
"#;

/// Everything of a world that comes from the pod of a manifest.
fn seen(text: &str, admission: Admission) -> String {
    let manifest = Manifest::parse(text.as_bytes(), "manifest", "default").unwrap();
    let mut additions = Additions::default();
    let mut name = (String::new(), String::new());
    for (_, mut pod) in manifest.pods {
        name = (pod.namespace().to_owned(), pod.name().to_owned());
        if let Admission::Ours = admission {
            let priority = pod.priority_class().and_then(Priority::of_system);
            pod.admit(priority);
        }
        additions.add(pod);
    }
    let world = Source::Demo.world(None, &additions).unwrap().world;
    let pod = world.find_pod(&name.0, &name.1).unwrap();
    let kind = world.kind_of(pod);
    // The server also writes down what the containers ask for together, which changes no sum.
    let spec = PodSpec {
        pod_requests: None,
        ..PodSpec::clone(&kind.spec)
    };
    format!("{:#?} {spec:#?} {:#?}", kind.labels, kind.usage)
}

enum Admission {
    /// As the program does it.
    Ours,
    /// The server did it already.
    Done,
}

#[test]
fn a_manifest_is_what_the_server_would_store() {
    let space = space("fit_defaults");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pod.yaml");
    std::fs::write(&file, MANIFEST).unwrap();
    let path = file.display().to_string();
    let stored = space.kubectl_ok(["create", "--dry-run=server", "-o", "yaml", "-f", &path]);
    let ours = seen(MANIFEST, Admission::Ours);
    let theirs = seen(&stored, Admission::Done);
    let differing: Vec<(&str, &str)> = ours
        .lines()
        .zip(theirs.lines())
        .filter(|(one, other)| one != other)
        .collect();
    assert!(ours == theirs, "ours and the server's: {differing:#?}");
}

/// The report about the pods of a space, without what differs by the source.
fn live(kubeconfig: &Path, args: &[&str]) -> FitReport {
    let mut all = vec!["fit"];
    all.extend(args);
    all.extend(["-o", "json"]);
    report_of(&online(kubeconfig, &all))
}

fn prepared(space: &Space) -> Vec<String> {
    let [a, b] = space.nodes(["a", "b"]);
    space.deployment("web").replicas(2).on(&a).create_ready();
    space.stateful_set("db").replicas(1).on(&b).create_ready();
    let names = space.kubectl_ok(["get", "pods", "-o", "jsonpath={.items[*].metadata.name}"]);
    names.split_whitespace().map(str::to_owned).collect()
}

/// Other tests add and remove nodes meanwhile: only those of this one are compared.
fn of_space(mut report: FitReport, space: &Space) -> FitReport {
    for pod in &mut report.pods {
        pod.nodes.retain(|node| space.tidy(&node.node) != node.node);
        pod.best.clear();
        pod.summary = None;
    }
    report
}

#[test]
fn live_snapshot_and_kubectl_give_the_same_report() {
    let space = space("fit_sources");
    let pods = prepared(&space);
    let mut args: Vec<&str> = pods.iter().map(String::as_str).collect();
    args.extend(["-n", space.name()]);
    let seen = of_space(live(&space.kubeconfig(), &args), &space);
    assert_eq!(seen.pods.len(), 3);
    assert!(
        seen.pods.iter().all(|pod| pod.nodes.len() == 2),
        "{seen:#?}"
    );
    let fitting = seen.pods.iter().map(|pod| pod.count(Verdict::Fits));
    assert_eq!(
        fitting.sum::<usize>(),
        3,
        "each is tied to one node: {seen:#?}"
    );
    args.insert(0, "fit");
    args.extend(["-o", "json", "--snapshot"]);
    let folder = tempfile::tempdir().unwrap();
    for name in ["cluster.yaml", "cluster.json"] {
        let file = folder.path().join(name).display().to_string();
        let run = online(&space.kubeconfig(), &["snapshot", "-o", &file]);
        assert_eq!(run.code, 0, "{run:?}");
        let mut args = args.clone();
        args.push(&file);
        let report = report_of(&offline(&args));
        assert_eq!(of_space(report, &space), seen, "{name}");
    }
    args.push("-");
    for form in ["yaml", "json"] {
        let text = space.kubectl_ok(["get", KINDS, "-A", "-o", form]);
        let report = report_of(&piped(&args, &text));
        let report = of_space(report, &space);
        assert_eq!(report.pods.len(), 3, "kubectl get -o {form}");
        for (one, other) in report.pods.iter().zip(&seen.pods) {
            let verdicts = |pod: &nodemaint::present::fit_report::Pod| {
                pod.nodes
                    .iter()
                    .map(|n| (n.node.clone(), n.verdict, n.first.clone()))
                    .collect::<Vec<_>>()
            };
            assert_eq!(verdicts(one), verdicts(other), "kubectl get -o {form}");
        }
    }
}

#[test]
fn what_may_not_be_read_leaves_only_the_rules_open_that_need_it() {
    let space = space("fit_rights");
    let pods = prepared(&space);
    let user = space
        .user("looker")
        .can_everywhere("get,list", "nodes")
        .can_everywhere("get,list", "pods")
        .create();
    let report = live(user.kubeconfig(), &[&pods[0], "-n", space.name()]);
    let report = of_space(report, &space);
    assert_eq!(report.pods[0].nodes.len(), 2);
    let pod = &report.pods[0];
    let open = pod.count(Verdict::Unknown);
    assert_eq!((pod.count(Verdict::Fits), open), (1, 0), "{report:#?}");
    let claims = "kind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c}], volumes: [{name: v, persistentVolumeClaim: {claimName: c}}]}\n";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pod.yaml");
    std::fs::write(&file, claims).unwrap();
    let report = live(user.kubeconfig(), &["-f", &file.display().to_string()]);
    let pod = &of_space(report, &space).pods[0];
    assert_eq!(pod.count(Verdict::Unknown), 2, "{pod:#?}");
    let detail = pod.nodes[0].detail.as_ref().unwrap();
    assert!(
        detail.contains("persistentvolumeclaims could not be read: "),
        "{detail}"
    );
}

#[test]
fn the_role_for_fit_is_enough_for_all_rules() {
    let space = space("fit_role");
    let pods = prepared(&space);
    let user = space
        .user("fitter")
        .can_everywhere("list", "nodes")
        .can_everywhere("list", "namespaces")
        .can_everywhere("list", "services")
        .can_everywhere("get,list", "pods")
        .can_everywhere("get,list", "replicationcontrollers")
        .can_everywhere("get,list", "replicasets.apps")
        .can_everywhere("get,list", "statefulsets.apps")
        .can_everywhere("list", "persistentvolumeclaims")
        .can_everywhere("list", "persistentvolumes")
        .can_everywhere("list", "storageclasses.storage.k8s.io")
        .can_everywhere("list", "csinodes.storage.k8s.io")
        .can_everywhere("list", "csidrivers.storage.k8s.io")
        .can_everywhere("list", "csistoragecapacities.storage.k8s.io")
        .can_everywhere("list", "volumeattachments.storage.k8s.io")
        .can_everywhere("list", "resourceclaims.resource.k8s.io")
        .can_everywhere("list", "deviceclasses.resource.k8s.io")
        .create();
    let args = [pods[0].as_str(), "--from-template", "-n", space.name()];
    let report = of_space(live(user.kubeconfig(), &args), &space);
    assert_eq!(report.pods[0].count(Verdict::Fits), 1, "{report:#?}");
    assert!(
        report.pods[0]
            .nodes
            .iter()
            .all(|node| node.detail.is_none()),
        "{report:#?}"
    );
}
