//! Random nodes and pods for a real control plane: every rule that a bare cluster can show, in what its API accepts.

use controlplane::{NodeDraft, Space};
use serde_json::{Value, json};

const ZONE: &str = "topology.kubernetes.io/zone";
const HOST: &str = "kubernetes.io/hostname";
const APPS: [&str; 3] = ["web", "db", "cache"];

/// SplitMix64.
pub struct Rng(pub u64);

impl Rng {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap()
    }

    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len())]
    }
}

/// Drafts a node; no two are quite alike.
pub fn node<'s>(rng: &mut Rng, space: &'s Space, at: usize) -> NodeDraft<'s> {
    let mut node = space
        .node(&format!("n{at}"))
        .label("disk", rng.pick(&["ssd", "hdd"]))
        .label("cores", rng.pick(&["4", "8", "many"]))
        .allocatable("cpu", rng.pick(&["1500m", "3", "5"]))
        .allocatable("memory", rng.pick(&["2Gi", "6Gi", "8G"]))
        .allocatable("pods", rng.pick(&["6", "12", "110"]));
    if rng.percent(90) {
        node = node.label(ZONE, rng.pick(&["a", "b", "c"]));
    }
    if rng.percent(40) {
        node = node.allocatable("example.com/gpu", rng.pick(&["1", "4"]));
    }
    if rng.percent(30) {
        node = node.taint(rng.pick(&["dedicated=db:NoSchedule", "dedicated=web:NoSchedule"]));
    }
    if rng.percent(30) {
        node = node.taint(rng.pick(&["flaky:PreferNoSchedule", "old=yes:PreferNoSchedule"]));
    }
    if rng.percent(40) {
        // One size everywhere: the live scheduler takes for all nodes the size that the first one told it.
        let image = json!({"names": ["registry.example/app:1"], "sizeBytes": 700_000_000});
        node = node.apply(move |object| object["status"]["images"] = json!([image]));
    }
    match at {
        0 => node.unschedulable(),
        _ => node,
    }
}

/// Makes a pod's manifest.
pub fn pod(rng: &mut Rng, space: &Space, at: usize) -> Value {
    let app = rng.pick(&APPS);
    let mut spec = json!({"containers": [container(rng, "main")]});
    if rng.percent(15) {
        let restart = rng.percent(50).then_some("Always");
        let mut init = container(rng, "init");
        init["restartPolicy"] = json!(restart);
        spec["initContainers"] = json!([init]);
    }
    if rng.percent(10) {
        spec["resources"] = json!({"requests": {"cpu": "2", "memory": "3Gi"}});
    }
    if rng.percent(12) {
        spec["nodeSelector"] = json!({"disk": rng.pick(&["ssd", "hdd"])});
    }
    if rng.percent(45) {
        let value = rng.pick(&["db", "web"]);
        spec["tolerations"] = json!([{"key": "dedicated", "operator": "Equal", "value": value, "effect": "NoSchedule"}]);
    }
    if rng.percent(20) {
        spec["tolerations"] = json!([{"operator": "Exists"}]);
    }
    if rng.percent(10) {
        spec["priorityClassName"] = json!(important(space));
    }
    if rng.percent(40) {
        spec["topologySpreadConstraints"] = json!([spread(rng, app)]);
    }
    spec["affinity"] = affinity(rng);
    let name = format!("{app}-{at}");
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": space.name(), "labels": {"app": app}}, "spec": spec})
}

/// The name of a priority class that [`prepare`] makes: more important, and nobody gives way to it.
fn important(space: &Space) -> String {
    format!("{}-important", space.name())
}

/// Creates what pods name: a priority class, and a Service, which default spreading follows.
pub fn prepare(space: &Space) {
    let class = json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": important(space)},
        "value": 1000, "preemptionPolicy": "Never"});
    space.post("/apis/scheduling.k8s.io/v1/priorityclasses", class);
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}});
    space.post(
        &format!("/api/v1/namespaces/{}/services", space.name()),
        service,
    );
}

fn container(rng: &mut Rng, name: &str) -> Value {
    let image = rng.pick(&["registry.example/app:1", "registry.example/other"]);
    let mut container = json!({"name": name, "image": image});
    let mut requests = json!({});
    if rng.percent(70) {
        requests["cpu"] = json!(rng.pick(&["100m", "0.3", "700m", "1"]));
    }
    if rng.percent(60) {
        requests["memory"] = json!(rng.pick(&["64Mi", "500M", "1Gi", "1.5Gi"]));
    }
    if rng.percent(12) {
        container["resources"]["limits"]["example.com/gpu"] = json!("1");
    }
    container["resources"]["requests"] = requests;
    if name == "main" && rng.percent(15) {
        let port = 8000 + rng.below(2);
        container["ports"] = json!([{"containerPort": port, "hostPort": port}]);
    }
    container
}

fn spread(rng: &mut Rng, app: &str) -> Value {
    let hard = rng.pick(&["DoNotSchedule", "ScheduleAnyway"]);
    let mut constraint = json!({"maxSkew": 1 + rng.below(2), "topologyKey": rng.pick(&[ZONE, HOST]), "whenUnsatisfiable": hard,
        "labelSelector": {"matchLabels": {"app": app}}});
    if rng.percent(40) {
        constraint["nodeTaintsPolicy"] = json!("Honor");
    }
    if hard == "DoNotSchedule" && rng.percent(30) {
        constraint["minDomains"] = json!(3);
    }
    constraint
}

fn affinity(rng: &mut Rng) -> Value {
    let mut affinity = json!({});
    if rng.percent(12) {
        let terms = [
            json!({"key": ZONE, "operator": "NotIn", "values": ["a"]}),
            json!({"key": "cores", "operator": "Gt", "values": ["4"]}),
            json!({"key": "example.com/none", "operator": "Exists"}),
        ];
        let term = terms[rng.below(3)].clone();
        affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
            json!({"nodeSelectorTerms": [{"matchExpressions": [term]}]});
    }
    if rng.percent(20) {
        let term = json!({"key": "disk", "operator": "In", "values": ["ssd"]});
        affinity["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"] =
            json!([{"weight": 1 + rng.below(100), "preference": {"matchExpressions": [term]}}]);
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        if rng.percent(10) {
            affinity[kind]["requiredDuringSchedulingIgnoredDuringExecution"] = json!([term(rng)]);
        }
        if rng.percent(20) {
            affinity[kind]["preferredDuringSchedulingIgnoredDuringExecution"] =
                json!([{"weight": 1 + rng.below(100), "podAffinityTerm": term(rng)}]);
        }
    }
    affinity
}

fn term(rng: &mut Rng) -> Value {
    let mut term = json!({"topologyKey": rng.pick(&[ZONE, HOST]), "labelSelector": {"matchLabels": {"app": rng.pick(&APPS)}}});
    if rng.percent(30) {
        term["namespaceSelector"] = json!({});
    }
    term
}
