//! The order of several nodes, their batches, and rounds where they cannot all be away together.

use controlplane::space;
use nodemaint::present::drain_plan::Verdict;
use nodemaint::present::plan_course::{Course, Order};

use super::{offline, online, piped, plan_of};

/// Nodes of 4 CPUs; those that are named have a pod that asks for 3, the others are free.
fn cluster(busy: &[&str], free: &[&str], minimum: usize) -> String {
    let mut items = String::new();
    for name in busy.iter().chain(free) {
        let zone = if name.ends_with(['1', '3']) {
            "z1"
        } else {
            "z2"
        };
        items += &format!(
            "  - {{apiVersion: v1, kind: Node, metadata: {{name: {name}, labels: {{kubernetes.io/hostname: {name}, topology.kubernetes.io/zone: {zone}}}}}, status: {{allocatable: {{cpu: '4', memory: 8Gi, pods: '110'}}, conditions: [{{type: Ready, status: 'True'}}]}}}}\n"
        );
    }
    for name in busy {
        items += &format!(
            "  - {{apiVersion: v1, kind: Pod, metadata: {{namespace: shop, name: web-{name}, uid: u-{name}, labels: {{app: web}}, ownerReferences: [{{apiVersion: apps/v1, kind: ReplicaSet, name: web, uid: r, controller: true}}]}}, spec: {{nodeName: {name}, containers: [{{name: c, resources: {{requests: {{cpu: '3'}}}}}}]}}, status: {{phase: Running, conditions: [{{type: Ready, status: 'True'}}]}}}}\n"
        );
    }
    let count = busy.len();
    let allowed = count - minimum;
    format!(
        "apiVersion: v1\nkind: List\nitems:\n{items}  - {{apiVersion: apps/v1, kind: ReplicaSet, metadata: {{namespace: shop, name: web, uid: r}}, spec: {{replicas: {count}}}}}\n  - {{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {{namespace: shop, name: web, generation: 1}}, spec: {{minAvailable: {minimum}, selector: {{matchLabels: {{app: web}}}}}}, status: {{observedGeneration: 1, currentHealthy: {count}, desiredHealthy: {minimum}, expectedPods: {count}, disruptionsAllowed: {allowed}}}}}\n"
    )
}

fn course(cluster: &str, args: &[&str]) -> Course {
    let all = [&["preview", "drain", "--snapshot", "-", "-o", "json"], args].concat();
    plan_of(&piped(&all, cluster)).course
}

fn batches(course: &Course) -> Vec<String> {
    let batches = course.batches.iter();
    batches.map(|batch| batch.nodes.join(" ")).collect()
}

#[test]
fn nodes_go_in_the_order_and_the_batches_that_were_asked_for() {
    let cluster = cluster(&["n3", "n2", "n1"], &["n4", "n5", "n6", "n7"], 0);
    let given = course(&cluster, &["n3", "n2", "n1"]);
    assert_eq!(batches(&given), ["n3", "n2", "n1"]);
    assert_eq!(
        (given.order, given.max_parallel, given.rounds),
        (Order::Given, 1, None)
    );
    let name = course(
        &cluster,
        &["n3", "n2", "n1", "--order", "name", "--max-parallel", "2"],
    );
    assert_eq!(batches(&name), ["n1 n2", "n3"]);
    let zone = course(&cluster, &["n2", "n3", "n1", "--order", "zone"]);
    assert_eq!(batches(&zone), ["n1", "n3", "n2"]);
    let fewest = course(&cluster, &["n3", "n4", "--order", "fewest-pods"]);
    assert_eq!(batches(&fewest), ["n4", "n3"]);
}

#[test]
fn where_nodes_cannot_be_away_together_rounds_are_found() {
    let cluster = cluster(&["n1", "n2", "n3"], &["n4", "n5"], 0);
    let course = course(&cluster, &["n1", "n2", "n3"]);
    let rounds = course
        .rounds
        .expect("two nodes are free, three would have to be");
    let found: Vec<String> = rounds
        .rounds
        .iter()
        .map(|one| one.nodes.join(" "))
        .collect();
    assert_eq!(found, ["n1 n2", "n3"]);
    assert_eq!(rounds.stuck, []);
    let args = ["preview", "drain", "n1", "n2", "n3", "--snapshot", "-"];
    let table = piped(&args, &cluster).out;
    assert!(
        table.contains("rounds: they cannot all be away together; up to 2 at a time works"),
        "{table}"
    );
    assert!(table.contains("\n  1  n1, n2: "), "{table}");
    let ticket = piped(&[&args[..], &["-o", "markdown"]].concat(), &cluster).out;
    assert!(ticket.contains("## Rounds\n\n"), "{ticket}");
}

#[test]
fn where_nothing_helps_the_pod_and_the_reason_are_told() {
    let closed = cluster(&["n1", "n2"], &["n3", "n4"], 2);
    let rounds = course(&closed, &["n1", "n2"])
        .rounds
        .expect("the budget is closed");
    assert_eq!(rounds.rounds, []);
    assert_eq!(rounds.stuck[0].pod, "shop/web-n1");
    assert!(
        rounds.stuck[0].message.contains("budget shop/web"),
        "{rounds:?}"
    );
    let full = cluster(&["n1", "n2"], &[], 0);
    let rounds = course(&full, &["n1", "n2"]).rounds.expect("no room");
    assert!(
        rounds.stuck[0].message.contains("Insufficient cpu"),
        "{rounds:?}"
    );
    let table = piped(&["preview", "drain", "n1", "n2", "--snapshot", "-"], &full).out;
    assert!(
        table.contains("no order keeps every budget and leaves room to land"),
        "{table}"
    );
    assert!(table.contains("  never  n1: shop/web-n1: "), "{table}");
}

#[test]
fn numbers_and_orders_that_are_none_are_usage_errors() {
    for args in [
        ["--max-parallel", "0"],
        ["--max-parallel", "many"],
        ["--order", "age"],
    ] {
        let run = offline(
            &[
                &["preview", "drain", "worker-2", "--snapshot", "demo"],
                &args[..],
            ]
            .concat(),
        );
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{run:?}");
        assert!(run.err.contains(args[1]), "{}", run.err);
    }
}

#[test]
fn rounds_on_the_real_control_plane_are_what_it_then_does() {
    let space = space("course_rounds");
    let names = ["a", "b", "c"];
    let pool = |short: &str| {
        space
            .node(short)
            .label("pool", space.name())
            .allocatable("cpu", "4")
    };
    let nodes = names.map(|short| pool(short).create());
    let spare = pool("d").create();
    space
        .deployment("web")
        .replicas(3)
        .request("cpu", "3")
        .spec(|spec| {
            spec["nodeSelector"] = serde_json::json!({"pool": space.name()});
        })
        .create_ready();
    // Four nodes of 4 CPUs for three pods of 3 CPUs: one is free, wherever it is.
    let busy: Vec<&str> = nodes
        .iter()
        .chain([&spare])
        .map(|node| node.name())
        .filter(|name| space.pods_on(name).len() == 1)
        .collect();
    assert_eq!(busy.len(), 3);
    let args = [&["preview", "drain", "-o", "json"], &busy[..]].concat();
    let plan = plan_of(&online(&space.kubeconfig(), &args));
    let rounds = plan.course.rounds.expect("only one node is free");
    let sizes: Vec<usize> = rounds.rounds.iter().map(|one| one.nodes.len()).collect();
    assert_eq!((sizes, rounds.stuck.len()), (vec![1, 1, 1], 0));
    for round in &rounds.rounds {
        let node = round.nodes[0].as_str();
        let plan = plan_of(&online(
            &space.kubeconfig(),
            &["preview", "drain", node, "-o", "json"],
        ));
        assert_eq!(plan.verdict, Verdict::Ready);
        let drained = online(
            &space.kubeconfig(),
            &["drain", node, "--yes", "--timeout=60s"],
        );
        assert_eq!(drained.code, 0, "{drained:?}");
        controlplane::wait_for("all three run again", || {
            let bound = space.pods().iter().all(|pod| {
                let node = pod.spec.as_ref().and_then(|spec| spec.node_name.as_ref());
                node.is_some()
            });
            if bound { Ok(()) } else { Err(space.pods()) }
        });
        let back = online(&space.kubeconfig(), &["uncordon", node]);
        assert_eq!(back.code, 0, "{back:?}");
    }
}
