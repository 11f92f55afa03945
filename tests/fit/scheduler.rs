//! The report next to what the real scheduler does, on a cluster on which nothing else happens.

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use controlplane::{Space, alone, wait_for, wait_until};
use nodemaint::present::fit_report::{FitReport, Pod, Verdict};
use serde_json::{Value, json};

use crate::preview::{offline, online, piped};

use super::live::KINDS;
use super::random::{self, Rng};
use super::{node, report_of};

/// Names the seed, to have a run again.
pub const SEED: &str = "NODEMAINT_FIT_SEED";
const NODES: usize = 8;
const PODS: usize = 70;
/// The server cuts what an event says here.
const EVENT_LENGTH: usize = 1024;

pub fn seed() -> u64 {
    let given = std::env::var(SEED).ok().and_then(|text| text.parse().ok());
    let now = || {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_millis()
    };
    given.unwrap_or_else(|| u64::try_from(now()).unwrap())
}

/// Also where the test's output is kept back: a run that cannot be had again teaches nothing.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Runs `fit` on the live cluster.
fn fit(space: &Space, args: &[&str]) -> FitReport {
    let mut all = vec!["fit"];
    all.extend(args);
    all.extend(["-o", "json"]);
    report_of(&online(&space.kubeconfig(), &all))
}

/// What is said of a manifest.
pub fn foretold(space: &Space, manifest: &Value) -> Pod {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pod.json");
    std::fs::write(&file, manifest.to_string()).unwrap();
    fit(space, &["-f", &file.display().to_string()])
        .pods
        .remove(0)
}

/// What the scheduler did with a pod.
#[derive(Debug)]
enum Outcome {
    /// It is on this node.
    Placed(String),
    /// It fits nowhere, in the words of the event.
    Refused(String),
}

pub fn pods_path(space: &Space) -> String {
    format!("/api/v1/namespaces/{}/pods", space.name())
}

fn outcome(space: &Space, uid: &str, name: &str) -> Outcome {
    let events = format!(
        "/api/v1/namespaces/{}/events?fieldSelector=involvedObject.uid={uid},reason=FailedScheduling",
        space.name()
    );
    wait_for(&format!("the scheduler looked at {name}"), || {
        let pod = space.get_pod(name).ok_or(Value::Null)?;
        if let Some(node) = pod["spec"]["nodeName"].as_str() {
            return Ok(Outcome::Placed(node.to_owned()));
        }
        let found = space.get(&events).unwrap_or_default();
        match found["items"][0]["message"].as_str() {
            Some(message) => Ok(Outcome::Refused(message.to_owned())),
            None => Err(pod["status"].clone()),
        }
    })
}

/// Waits for the event that says why a pod has no node.
pub fn refusal(space: &Space, uid: &str, name: &str) -> String {
    match outcome(space, uid, name) {
        Outcome::Refused(message) => message,
        Outcome::Placed(on) => panic!("{name} is on {on}"),
    }
}

/// Creates a pod and waits for what becomes of it.
fn created(space: &Space, manifest: &Value) -> (String, Outcome) {
    let made = space.post(&pods_path(space), manifest.clone());
    let outcome = outcome(space, made.uid(), made.name());
    (made.name().to_owned(), outcome)
}

fn remove(space: &Space, name: &str) {
    let path = format!("{}/{name}", pods_path(space));
    space.delete(&path, json!({"gracePeriodSeconds": 0}));
    wait_until("the pod is gone", || space.get_pod(name).is_none());
}

/// Tells whether this is what PostFilter adds to an event: what came of preemption or, for a pod that PreFilter refused, that
/// the plugin of resource claims does not find what it would have noted had it been asked.
fn is_afterwards(more: &str, report: &Pod) -> bool {
    more.starts_with(" preemption: ") || more == " not found" && report.prefilter.is_some()
}

fn is_cut(message: &str, summary: &str) -> bool {
    let start: String = message.chars().take(EVENT_LENGTH - 4).collect();
    summary.starts_with(&start)
}

/// What a report and the scheduler disagree about.
fn difference(report: &Pod, outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Placed(on) if report.best.contains(on) => None,
        Outcome::Placed(on) => {
            let fitting = report.nodes.iter().filter_map(|node| {
                let score = node.score.as_ref()?;
                Some(format!(
                    "{}: {} {:?}",
                    node.node, score.total, score.plugins
                ))
            });
            let fitting = fitting.collect::<Vec<_>>().join("\n");
            Some(format!(
                "placed on {on}, which is not the best of\n{fitting}"
            ))
        }
        Outcome::Refused(message) => {
            let preemption = report.preemption.as_ref();
            let event = preemption.and_then(|preemption| preemption.event.as_deref());
            let said = [report.summary.as_deref().unwrap_or_default()].into_iter();
            let summary = said.chain(event).collect::<Vec<&str>>().join(" ");
            let more = message.strip_prefix(&summary);
            let same = match more {
                Some(more) if event.is_some() => more.is_empty(),
                Some(more) => more.is_empty() || is_afterwards(more, report),
                None => message.len() >= EVENT_LENGTH - 3 && is_cut(message, &summary),
            };
            (!same).then(|| format!("the event says {message:?}, the report {summary:?}"))
        }
    }
}

#[test]
fn random_pods_go_where_the_report_says_and_the_others_fail_in_its_words() {
    let seed = seed();
    say(&format!("{SEED}={seed}"));
    let (space, mut rng) = (alone("fit_scheduler"), Rng(seed));
    random::prepare(&space);
    let drafts = (0..NODES).map(|at| random::node(&mut rng, &space, at).create_unready());
    for node in drafts.collect::<Vec<_>>() {
        wait_until("the node is ready", || is_free(&space, node.name()));
    }
    let mut placed = Vec::new();
    let (mut chosen, mut refused) = (0, 0);
    for at in 0..PODS {
        let manifest = random::pod(&mut rng, &space, at);
        let report = foretold(&space, &manifest);
        assert_eq!(report.count(Verdict::Unknown), 0, "{report:#?}");
        let (name, outcome) = created(&space, &manifest);
        if let Some(difference) = difference(&report, &outcome) {
            panic!("{SEED}={seed}, pod {at}: {difference}\n{manifest:#}");
        }
        match outcome {
            Outcome::Placed(_) => {
                chosen += usize::from(report.count(Verdict::Fits) > report.best.len());
                placed.push(name);
            }
            Outcome::Refused(_) => {
                refused += 1;
                remove(&space, &name);
            }
        }
        if rng.percent(12) && !placed.is_empty() {
            let name = placed.swap_remove(rng.below(placed.len()));
            remove(&space, &name);
        }
    }
    say(&format!(
        "{refused} of {PODS} pods fit nowhere; of the others {chosen} had better nodes and worse ones"
    ));
    assert!(chosen > 0 && refused > 0);
}

/// Whether a node is Ready, and without a taint of the control plane's own but for that of a cordon.
fn is_free(space: &Space, name: &str) -> bool {
    let node = space.get_node(name).unwrap();
    let taints = node["spec"]["taints"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let own = |key: &str| taints.iter().any(|taint| taint["key"] == key);
    let cordoned = node["spec"]["unschedulable"] == true;
    !own("node.kubernetes.io/not-ready")
        && own("node.kubernetes.io/unschedulable") == cordoned
        && node["status"]["conditions"].is_array()
}

/// Pods that no node takes, each for another reason; `web-0` is on every node.
fn hopeless() -> Vec<(&'static str, Value)> {
    let anti = json!([{"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "web"}}}]);
    let spread = json!([{"maxSkew": 1, "topologyKey": "example.com/rack", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {}}]);
    let named = json!({"nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["gone"]}]}]});
    vec![
        (
            "large",
            json!({"containers": [{"name": "c", "image": "i", "resources": {"requests": {"cpu": "99", "memory": "99Gi"}}}]}),
        ),
        (
            "crowded",
            json!({"containers": [{"name": "c", "image": "i", "resources": {"requests": {"cpu": "7500m"}}}]}),
        ),
        (
            "selective",
            json!({"nodeSelector": {"example.com/none": "x"}}),
        ),
        (
            "port",
            json!({"containers": [{"name": "c", "image": "i", "ports": [{"containerPort": 80, "hostPort": 80}]}]}),
        ),
        (
            "apart",
            json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": anti}}}),
        ),
        (
            "near",
            json!({"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution":
            [{"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "nobody"}}}]}}}),
        ),
        ("spread", json!({"topologySpreadConstraints": spread})),
        (
            "named",
            json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": named}}}),
        ),
        (
            "claiming",
            json!({"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "gone"}}]}),
        ),
        (
            "gpu",
            json!({"containers": [{"name": "c", "image": "i", "resources": {"limits": {"example.com/gpu": "1", "example.com/tpu": "1"}}}]}),
        ),
    ]
}

#[test]
fn each_reason_to_fail_is_worded_as_in_the_schedulers_event() {
    let space = alone("fit_events");
    let nodes = space.nodes(["a", "b", "c"]);
    let cordoned = space.node("cordoned").unschedulable().create();
    let tainted = space
        .node("tainted")
        .taint("dedicated=db:NoSchedule")
        .create();
    for node in &nodes {
        let web = space
            .pod(&format!("web-{}", node.name()))
            .label("app", "web")
            .on(node)
            .request("cpu", "1");
        let port = json!([{"containerPort": 80, "hostPort": 80}]);
        web.spec(|spec| spec["containers"][0]["ports"] = port)
            .create_ready();
    }
    wait_until("the cordon is tainted", || is_free(&space, cordoned.name()));
    for (name, more) in hopeless() {
        let mut spec = json!({"containers": [{"name": "c", "image": "i"}]});
        for (field, value) in more.as_object().unwrap() {
            spec[field] = value.clone();
        }
        let manifest = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": space.name()}, "spec": spec});
        let report = foretold(&space, &manifest);
        let (name, outcome) = created(&space, &manifest);
        assert!(
            matches!(outcome, Outcome::Refused(_)),
            "{name}: {outcome:?}"
        );
        assert_eq!(difference(&report, &outcome), None, "{name}");
        remove(&space, &name);
    }
    drop(tainted);
}

/// The pod of a name, once its UID is another and it has a node.
fn replaced(space: &Space, name: &str, before: &str) -> Value {
    wait_for("the replacement has a node", || {
        let pod = space.get_pod(name).ok_or(Value::Null)?;
        let is_new = pod["metadata"]["uid"] != before && pod["spec"]["nodeName"].is_string();
        if is_new { Ok(pod) } else { Err(pod) }
    })
}

#[test]
fn the_pod_that_follows_a_deleted_one_goes_where_the_report_said() {
    let space = alone("fit_successor");
    for (short, zone) in [("a1", "a"), ("a2", "a"), ("b1", "b"), ("c1", "c")] {
        space
            .node(short)
            .label("topology.kubernetes.io/zone", zone)
            .create();
    }
    let spread = json!([{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "db"}}}]);
    let db = space.stateful_set("db").replicas(4).request("cpu", "1");
    db.spec(|spec| spec["topologySpreadConstraints"] = spread)
        .create_ready();
    for name in ["db-0", "db-1", "db-2", "db-3"] {
        let report = fit(&space, &[name]).pods.remove(0);
        let before = space.get_pod(name).unwrap()["metadata"]["uid"].clone();
        space.delete(&format!("{}/{name}", pods_path(&space)), json!({}));
        let pod = replaced(&space, name, before.as_str().unwrap());
        let on = pod["spec"]["nodeName"].as_str().unwrap().to_owned();
        assert_eq!(difference(&report, &Outcome::Placed(on)), None, "{name}");
    }
}

/// Admission writes the zone to pods as they are bound, and others may keep away from pods that have it.
#[test]
fn the_pod_that_follows_has_not_the_zone_of_the_one_before() {
    let space = alone("fit_zone");
    let a = space
        .node("a")
        .label("topology.kubernetes.io/zone", "a")
        .create();
    space.stateful_set("db").on(&a).create_ready();
    let running = space.get_pod("db-0").unwrap();
    assert_eq!(
        running["metadata"]["labels"]["topology.kubernetes.io/zone"],
        "a"
    );
    let term = json!({"topologyKey": "kubernetes.io/hostname",
        "labelSelector": {"matchExpressions": [{"key": "topology.kubernetes.io/zone", "operator": "Exists"}]}});
    let guard = space.pod("guard").on(&a);
    let guard = guard.spec(|spec| {
        spec["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
            json!([term]);
    });
    guard.create_ready();
    let report = fit(&space, &["db-0"]).pods.remove(0);
    assert_eq!(
        node(&report, a.name()).verdict,
        Verdict::Fits,
        "{report:#?}"
    );
    space.delete(&format!("{}/db-0", pods_path(&space)), json!({}));
    let pod = replaced(&space, "db-0", running["metadata"]["uid"].as_str().unwrap());
    assert_eq!(pod["spec"]["nodeName"], a.name());
}

#[test]
fn every_source_of_one_cluster_gives_the_same_report() {
    let space = alone("fit_all_sources");
    let [a, b] = space.nodes(["a", "b"]);
    space
        .node("c")
        .label("topology.kubernetes.io/zone", "c")
        .taint("flaky:PreferNoSchedule")
        .create();
    space
        .deployment("web")
        .replicas(2)
        .on(&a)
        .request("cpu", "1")
        .create_ready();
    space
        .stateful_set("db")
        .replicas(2)
        .request("memory", "1Gi")
        .create_ready();
    space
        .pod("waiting")
        .request("cpu", "99")
        .on(&b)
        .apply(|object| {
            object["spec"]["nodeName"] = Value::Null;
        })
        .create();
    random::prepare(&space);
    let names = space.kubectl_ok(["get", "pods", "-o", "jsonpath={.items[*].metadata.name}"]);
    let mut args: Vec<&str> = names.split_whitespace().collect();
    args.extend(["-n", space.name()]);
    let live = fit(&space, &args);
    assert_eq!(live.pods.len(), 5);
    assert!(
        live.pods.iter().all(|pod| pod.nodes.len() == 3),
        "{live:#?}"
    );
    args.insert(0, "fit");
    args.extend(["-o", "json", "--snapshot"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cluster.yaml").display().to_string();
    let run = online(&space.kubeconfig(), &["snapshot", "-o", &file]);
    assert_eq!(run.code, 0, "{run:?}");
    let from_file: Vec<&str> = args.iter().copied().chain([file.as_str()]).collect();
    assert_eq!(report_of(&offline(&from_file)), live, "a snapshot");
    args.push("-");
    for form in ["yaml", "json"] {
        let text = space.kubectl_ok(["get", KINDS, "-A", "-o", form]);
        let report = report_of(&piped(&args, &text));
        assert_eq!(report, live, "kubectl get -o {form}");
    }
}
