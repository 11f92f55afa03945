//! Where replacements land, next to what the real scheduler then does with them.

use controlplane::{Made, Space, space, wait_for};
use k8s_openapi::api::core::v1::Pod;
use nodemaint::present::drain_plan::{BudgetVerdict, Fate};
use nodemaint::present::guard::GuardCode;
use nodemaint::present::landing::{Landing, Verdict};

use super::{offline, online, plan_of, pod};

const DRAIN: [&str; 4] = ["drain", "--ignore-daemonsets", "--timeout=60s", "--yes"];

fn landing_of(plan: &nodemaint::present::drain_plan::DrainPlan, name: &str) -> Landing {
    pod(plan, name).landing.clone().expect("it has a landing")
}

fn plan(space: &Space, node: &Made) -> nodemaint::present::drain_plan::DrainPlan {
    let args = ["preview", "drain", node.name(), "-o", "json"];
    plan_of(&online(&space.kubeconfig(), &args))
}

fn drain(space: &Space, node: &Made) -> super::Run {
    let args = [&DRAIN[..], &[node.name()]].concat();
    online(&space.kubeconfig(), &args)
}

fn is_pending(pod: &Pod) -> bool {
    let spec = pod.spec.as_ref();
    spec.is_none_or(|spec| spec.node_name.is_none())
}

#[test]
fn replacements_land_on_the_nodes_that_the_plan_names() {
    let space = space("landing_fits");
    let [a, b, c] = space.nodes(["a", "b", "c"]);
    space
        .deployment("web")
        .replicas(3)
        .spec(|spec| {
            let names = [a.name(), b.name()];
            spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"] = serde_json::json!([
                {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": names}]}
            ]);
        })
        .create_ready();
    let before = space.pods();
    let foretold = plan(&space, &a);
    let leaving: Vec<_> = foretold.nodes[0]
        .pods
        .iter()
        .filter(|pod| pod.fate == Fate::Evict)
        .collect();
    for pod in &leaving {
        let landing = pod.landing.as_ref().expect("it has a landing");
        assert_eq!(landing.verdict, Verdict::Fits, "{pod:?}");
        assert_eq!(landing.nodes, [b.name()], "{} refuses it", c.name());
    }
    assert!(!leaving.is_empty(), "{before:?}");
    let run = drain(&space, &a);
    assert_eq!(run.code, 0, "{run:?}");
    wait_for("all replicas are on the node that was foretold", || {
        let on = space.pods_on(b.name()).len();
        if on == 3 { Ok(()) } else { Err(space.pods()) }
    });
}

#[test]
fn a_replacement_that_lands_nowhere_stays_pending_and_the_pods_behind_it_stay() {
    let space = space("landing_nowhere");
    let [a, _b] = space.nodes(["a", "b"]);
    space.deployment("web").replicas(2).on(&a).create_ready();
    space.budget("web").min_available(1).create_allowing(1);
    let foretold = plan(&space, &a);
    let fates: Vec<Fate> = foretold.nodes[0].pods.iter().map(|pod| pod.fate).collect();
    assert_eq!(fates, [Fate::Evict, Fate::Blocked]);
    assert_eq!(foretold.budgets[0].verdict, BudgetVerdict::Never);
    assert_eq!(landing_of(&foretold, "web-").verdict, Verdict::Nowhere);
    let args = ["drain", a.name(), "--timeout=8s", "--yes"];
    let run = online(&space.kubeconfig(), &args);
    assert_eq!(run.code, 4, "one pod is still there: {run:?}");
    assert_eq!(space.pods_on(a.name()).len(), 1);
    let pending = space.pods().into_iter().filter(is_pending);
    assert_eq!(pending.count(), 1, "its replacement waits");
}

#[test]
fn the_nodes_of_the_drain_are_no_place_for_each_others_pods() {
    let space = space("landing_both");
    let [a, b] = space.nodes(["a", "b"]);
    space.deployment("web").replicas(1).create_ready();
    let args = ["preview", "drain", a.name(), b.name(), "-o", "json"];
    let both = plan_of(&online(&space.kubeconfig(), &args));
    let landing = landing_of(&both, "web-");
    assert!(
        !landing.nodes.contains(&a.name().to_owned())
            && !landing.nodes.contains(&b.name().to_owned()),
        "{landing:?}"
    );
}

#[test]
fn a_dry_run_tells_where_the_pods_land_and_scope_node_leaves_it_out() {
    let args = ["preview", "drain", "worker-2", "--snapshot", "demo"];
    let with = offline(&args).out;
    assert!(with.contains("LANDS ON"), "{with}");
    let without = offline(&[&args[..], &["--scope", "node"]].concat()).out;
    assert!(!without.contains("LANDS ON"), "{without}");
    let space = space("landing_dry_run");
    let [a, _b] = space.nodes(["a", "b"]);
    space.deployment("web").replicas(1).on(&a).create_ready();
    let args = ["drain", a.name(), "--dry-run", "-o", "json"];
    let plan = plan_of(&online(&space.kubeconfig(), &args));
    assert_eq!(landing_of(&plan, "web-").verdict, Verdict::Nowhere);
}

#[test]
fn a_workload_of_one_replica_is_minded() {
    let space = space("landing_guards");
    let [a, _b] = space.nodes(["a", "b"]);
    space.deployment("web").replicas(1).on(&a).create_ready();
    let plan = plan(&space, &a);
    let single = plan
        .guards
        .iter()
        .find(|guard| guard.code == GuardCode::SingleReplica);
    let single = single.expect("it is minded");
    let scale = format!(
        "kubectl scale deployment/web -n {} --replicas=2",
        space.name()
    );
    assert_eq!(single.hint, scale);
}
