//! `fit`: offline on the demo and on files, and on the real control plane.

mod files;
mod live;
pub mod random;
mod scheduler;
mod usage;

use nodemaint::present::fit_report::{FitReport, Node, Pod, Verdict};

use crate::documents::validate;
use crate::preview::{Run, offline, piped};

/// The report in a run's output, checked against its schema.
fn report_of(run: &Run) -> FitReport {
    let document =
        serde_json::from_str(&run.out).unwrap_or_else(|cause| panic!("{cause}: {run:?}"));
    validate("fitreport.v1alpha1.json", &document);
    serde_json::from_value(document).unwrap()
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

fn demo(line: &str) -> FitReport {
    let mut args = words(line);
    args.extend(["--snapshot", "demo", "-o", "json"]);
    report_of(&offline(&args))
}

fn node<'a>(pod: &'a Pod, name: &str) -> &'a Node {
    pod.nodes.iter().find(|node| node.node == name).unwrap()
}

#[test]
fn a_running_pod_is_judged_as_the_one_that_follows_it() {
    let report = demo("fit redis-0 -n shop");
    let [pod] = &report.pods[..] else {
        panic!("{report:#?}")
    };
    assert_eq!(report.profile, "1.37");
    assert_eq!(pod.nodes.len(), 12);
    let home = node(pod, "worker-1");
    assert_eq!(
        home.verdict,
        Verdict::Fits,
        "its own anti-affinity and room do not count: {home:#?}"
    );
    let other = node(pod, "worker-2");
    let plugins: Vec<&str> = other.refusals.iter().map(|r| r.plugin.as_str()).collect();
    assert_eq!(plugins[..2], ["VolumeBinding", "VolumeZone"]);
    assert_eq!(
        other.first.as_ref().unwrap().predicate.as_deref(),
        Some("CheckVolumeBinding")
    );
}

#[test]
fn every_pod_of_the_demo_can_be_asked_about_at_once_in_any_order() {
    let one = demo(
        "fit shop/redis-0 shop/redis-1 monitoring/grafana-jj7t6x-xg8vb pod/images-pd7558-ng2tn -n shop",
    );
    let other = demo(
        "fit images-pd7558-ng2tn monitoring/grafana-jj7t6x-xg8vb shop/redis-1 redis-0 -n shop",
    );
    assert_eq!(one, other);
}

#[test]
fn a_pod_that_waits_says_why_in_the_schedulers_words_too() {
    let run = offline(&words("fit --pending -A --snapshot demo"));
    assert_eq!(run.code, 3, "{run:?}");
    let first = run.out.lines().next().unwrap();
    assert_eq!(first, "pod/shop/images-pd7558-ng2tn: fits 0 of 12 nodes");
    let last = run.out.lines().last().unwrap();
    assert!(
        last.starts_with("scheduler: 0/12 nodes are available: "),
        "{last}"
    );
    let none = offline(&words("fit --pending -n etl --snapshot demo"));
    assert_eq!((none.code, none.out.as_str()), (0, ""));
    assert_eq!(none.err, "no pod waits for a node\n");
}

#[test]
fn a_manifest_is_judged_without_being_created() {
    let manifest = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: new}\nspec: {template: {metadata: {labels: {app: new}}, spec: {nodeSelector: {pool: gpu}, tolerations: [{key: dedicated, operator: Exists}], containers: [{name: c, image: x, resources: {limits: {nvidia.com/gpu: 1}}}]}}}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: new}\n";
    let run = piped(&words("fit -f - -n gpu --snapshot demo -o json"), manifest);
    assert_eq!(
        run.err,
        "note: these make no pods, they were skipped: 1 Service\n"
    );
    let report = report_of(&run);
    let pod = &report.pods[0];
    assert_eq!((pod.namespace.as_str(), pod.name.as_str()), ("gpu", "new"));
    let refused = node(pod, "worker-1");
    assert_eq!(refused.first.as_ref().unwrap().plugin, "NodeAffinity");
    let plugins: Vec<&str> = refused.refusals.iter().map(|r| r.plugin.as_str()).collect();
    assert_eq!(
        plugins,
        ["NodeAffinity", "NodeResourcesFit"],
        "limits became requests"
    );
}

#[test]
fn one_node_can_be_asked_for_everything_that_it_has_against_a_pod() {
    let run = offline(&words(
        "fit shop/redis-0 --why-not worker-8 --snapshot demo",
    ));
    assert!(
        run.out
            .contains("NodeUnschedulable (CheckNodeUnschedulable): node(s) were unschedulable"),
        "{run:?}"
    );
    assert!(!run.out.contains("worker-2"), "{run:?}");
    let two = demo("fit shop/redis-0 --nodes worker-8,node/worker-2");
    let names: Vec<&str> = two.pods[0].nodes.iter().map(|n| n.node.as_str()).collect();
    assert_eq!(names, ["worker-2", "worker-8"]);
}

#[test]
fn the_minor_can_be_chosen_and_one_that_is_not_known_is_said() {
    let report = demo("fit shop/redis-0 --scheduler-version 1.35");
    assert_eq!(report.profile, "1.35");
    let run = offline(&words(
        "fit shop/redis-0 --scheduler-version v1.31.2 --snapshot demo",
    ));
    assert_eq!(
        run.err,
        "note: the rules of scheduler 1.31 are not known here: judged by those of 1.34\n"
    );
}

#[test]
fn yaml_says_the_same_as_json() {
    let json = demo("fit shop/redis-0");
    let run = offline(&words("fit shop/redis-0 --snapshot demo -o yaml"));
    let yaml: FitReport = serde_saphyr::from_str(&run.out).unwrap();
    assert_eq!(yaml, json);
}

#[test]
fn what_a_file_does_not_hold_is_not_known() {
    let file = "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\nstatus: {allocatable: {pods: 10, cpu: 4}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: default}\nspec: {volumes: [{name: v, persistentVolumeClaim: {claimName: c}}]}\n---\nkind: ConfigMap\napiVersion: v1\nmetadata: {name: c}\n";
    let run = piped(&words("fit p --snapshot - -o json"), file);
    assert_eq!(run.code, 3);
    assert_eq!(
        run.err,
        "note: nothing says which version the scheduler has: judged by the rules of 1.37, --scheduler-version names another\nnote: no rule reads these, they were skipped: 1 ConfigMap\n"
    );
    let report = report_of(&run);
    let found = node(&report.pods[0], "n1");
    assert_eq!(found.verdict, Verdict::Unknown, "{found:#?}");
    assert!(
        found
            .detail
            .as_ref()
            .unwrap()
            .contains("persistentvolumeclaims could not be read")
    );
}

#[test]
fn the_successor_of_a_pod_may_be_made_from_its_owners_template() {
    let owner = "apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: web, namespace: default, uid: r}\nspec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, resources: {requests: {cpu: 9}}}]}}}\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web-1, namespace: default, uid: u, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web, uid: r, controller: true}]}\nspec: {nodeName: n1, containers: [{name: c, resources: {requests: {cpu: 1}}}]}\n";
    let node_text = "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\nstatus: {allocatable: {pods: 10, cpu: 4}}\n";
    let file = format!("{owner}---\n{pod}---\n{node_text}");
    let running = report_of(&piped(&words("fit web-1 --snapshot - -o json"), &file));
    assert_eq!(node(&running.pods[0], "n1").verdict, Verdict::Fits);
    let fresh = report_of(&piped(
        &words("fit web-1 --from-template --snapshot - -o json"),
        &file,
    ));
    let refusal = &node(&fresh.pods[0], "n1").refusals[0];
    assert_eq!(refusal.reasons, ["Insufficient cpu"]);
}
