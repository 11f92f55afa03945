//! What other tests lean on: that the cluster starts and that drafts become what they say.

use std::time::{Duration, Instant};

use controlplane::{shared, space, wait_until};
use serde_json::json;

#[test]
fn the_version_is_that_of_the_committed_module() {
    let space = space("version");
    let version = space.get("/version").expect("there is always one");
    assert_eq!(
        version["gitVersion"],
        controlplane::programs::kubernetes_version()
    );
}

#[test]
fn nodes_get_ready_with_what_they_were_given() {
    let space = space("nodes");
    let node = space
        .node("a")
        .label("zone", "z1")
        .taint("dedicated=db:NoSchedule")
        .taint("flaky:PreferNoSchedule")
        .allocatable("cpu", "2")
        .unschedulable()
        .create();
    assert_eq!(node.name(), space.node_name("a"));
    let object = node.object();
    assert_eq!(object["metadata"]["labels"]["zone"], "z1");
    assert_eq!(object["status"]["allocatable"]["cpu"], "2");
    assert_eq!(object["spec"]["unschedulable"], true);
    let taints: Vec<_> = object["spec"]["taints"]
        .as_array()
        .expect("taints")
        .iter()
        .map(|taint| {
            format!("{}={}:{}", taint["key"], taint["value"], taint["effect"]).replace('"', "")
        })
        .collect();
    for taint in ["dedicated=db:NoSchedule", "flaky=null:PreferNoSchedule"] {
        assert!(
            taints.iter().any(|found| found == taint),
            "{taint} in {taints:?}"
        );
    }
}

#[test]
fn workloads_run_on_nodes_of_their_space_only() {
    let (here, there) = (space("here"), space("there"));
    let [node] = here.nodes(["a"]);
    let _other = there.nodes(["a"]);
    here.deployment("web").replicas(3).create_ready();
    here.replica_set("old").create_ready();
    here.stateful_set("db").replicas(2).create_ready();
    here.daemon_set("agent").create_ready();
    here.job("task").create_ready();
    here.pod("bare").create_ready();
    here.pod("placed")
        .on(&node)
        .empty_dir("cache")
        .create_ready();
    let pods = here.pods();
    assert_eq!(pods.len(), 3 + 1 + 2 + 1 + 1 + 1 + 1);
    assert_eq!(here.pods_on(&node).len(), pods.len());
    assert!(there.pods().is_empty());
}

#[test]
fn a_pod_is_ready_and_gone_when_its_annotations_say() {
    let space = space("pace");
    space.nodes(["a"]);
    let delay = Duration::from_millis(1500);
    let started = Instant::now();
    space
        .pod("slow")
        .ready_after("1500ms")
        .gone_after("1500ms")
        .create_ready();
    assert!(
        started.elapsed() >= delay,
        "ready after {:?}",
        started.elapsed()
    );
    let deleted = Instant::now();
    space.delete(
        &format!("/api/v1/namespaces/{}/pods/slow", space.name()),
        json!({}),
    );
    wait_until("the pod is gone", || space.get_pod("slow").is_none());
    assert!(
        deleted.elapsed() >= delay,
        "gone after {:?}",
        deleted.elapsed()
    );
}

#[test]
fn pods_can_stay_unready_finish_fail_and_refuse_to_go() {
    let space = space("ends");
    let [node] = space.nodes(["a"]);
    space.pod("unready").never_ready().create();
    space.pod("done").finish_after("10ms").create();
    space.pod("broken").fail_after("10ms").create();
    space.pod("stuck").never_gone().create_ready();
    space.pod("static").on(&node).mirror().create_ready();
    let phase = |name: &str| {
        space
            .get_pod(name)
            .map(|pod| pod["status"]["phase"].clone())
    };
    for (name, expected) in [
        ("unready", "Running"),
        ("done", "Succeeded"),
        ("broken", "Failed"),
    ] {
        wait_until(&format!("{name} is {expected}"), || {
            phase(name) == Some(json!(expected))
        });
    }
    let path = format!("/api/v1/namespaces/{}/pods/stuck", space.name());
    space.delete(&path, json!({}));
    space.pod("after").create_ready();
    assert!(
        space
            .get_pod("stuck")
            .is_some_and(|pod| pod["metadata"]["deletionTimestamp"].is_string())
    );
    space.delete(&path, json!({"gracePeriodSeconds": 0}));
    wait_until("deleted by force", || space.get_pod("stuck").is_none());
}

#[test]
fn a_budget_counts_the_pods_of_its_app() {
    let space = space("budget");
    space.nodes(["a"]);
    space.deployment("web").replicas(3).create_ready();
    let budget = space.budget("web").min_available(2).create_allowing(1);
    assert_eq!(budget.object()["status"]["currentHealthy"], 3);
}

#[test]
fn a_user_has_the_rights_given_and_no_other() {
    let space = space("rights");
    let user = space
        .user("viewer")
        .can("get,list", "pods")
        .can_everywhere("get,list,patch", "nodes")
        .create();
    let can = |verb: &str, resource: &str| {
        let arguments = ["auth", "can-i", verb, resource, "-q"];
        let output = shared().kubectl(user.kubeconfig(), arguments).output();
        output.expect("kubectl runs").status.success()
    };
    assert!(can("list", "pods") && can("patch", "nodes"));
    assert!(!can("create", "pods/eviction") && !can("delete", "pods") && !can("delete", "nodes"));
}

#[test]
fn a_client_certificate_names_its_user() {
    let space = space("certificate");
    let kubeconfig = space.certificate_user("jane", &["system:masters"]);
    let output = shared()
        .kubectl(&kubeconfig, ["auth", "whoami", "-o", "json"])
        .output()
        .expect("kubectl runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains("\"jane\"") && said.contains("system:masters"),
        "{output:?}"
    );
}

#[test]
fn the_audit_log_tells_who_asked_for_what() {
    let space = space("audit");
    let [node] = space.nodes(["a"]);
    let pod = space.pod("web").on(&node).create_ready();
    let user = space
        .user("drainer")
        .can("list,delete", "pods")
        .can("create", "pods/eviction")
        .create();
    let mark = shared().audit_mark();
    let arguments = ["delete", "pod", pod.name(), "--wait=false"];
    let output = shared()
        .kubectl(user.kubeconfig(), arguments)
        .output()
        .expect("kubectl runs");
    assert!(output.status.success(), "{output:?}");
    let requests = shared().audit_since(mark).by_user(user.name());
    let deletes = requests.writes();
    assert_eq!(deletes.count(), 1, "{requests:?}");
    assert_eq!(
        deletes
            .to("delete", "pods")
            .answered(200)
            .by_agent("kubectl/v1.")
            .count(),
        1,
        "{requests:?}"
    );
    assert_eq!(requests.to("create", "pods/eviction").count(), 0);
}

#[test]
fn names_of_a_space_can_be_made_equal() {
    let space = space("tidy");
    let text = format!("node/{} cordoned in {}", space.node_name("a"), space.name());
    assert_eq!(space.tidy(&text), "node/a cordoned in space");
}

#[test]
fn a_policy_refuses_in_its_space_only_and_as_long_as_it_lives() {
    let (here, there) = (space("refuse"), space("spared"));
    let [node] = here.nodes(["a"]);
    let [other] = there.nodes(["a"]);
    let cordon = |node: &str| {
        let output = here
            .kubectl(["cordon", node])
            .output()
            .expect("kubectl runs");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let refusal = here.refuse("UPDATE", "nodes", "not during the sale");
    let said = cordon(node.name());
    assert!(
        said.contains(refusal.name()) && said.contains("denied request: not during the sale"),
        "{said}"
    );
    assert_eq!(cordon(other.name()), "");
    drop(refusal);
    wait_until("it is lifted", || cordon(node.name()).is_empty());
}

#[test]
fn a_webhook_refuses_with_the_code_it_was_given() {
    assert_eq!(refused_by_webhook(418), 418);
    assert_eq!(refused_by_webhook(0), 400);
}

/// The code that the server answers, in a space of its own: it calls a webhook for a moment after it was deleted.
fn refused_by_webhook(code: u16) -> u16 {
    let space = space("webhook");
    let [node] = space.nodes(["a"]);
    let pod = space.pod("web").on(&node).create_ready();
    let path = format!(
        "/api/v1/namespaces/{}/pods/{}/eviction",
        space.name(),
        pod.name()
    );
    let eviction =
        json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod.name()}});
    let webhook = space.refuse_by_webhook("CREATE", "pods/eviction", code, "ask the owner");
    let before = webhook.calls();
    let error = space.try_post(&path, eviction).expect_err("refused");
    assert!(webhook.calls() > before);
    let kube::Error::Api(status) = error else {
        panic!("{error}")
    };
    let expected = format!(
        "admission webhook \"{}\" denied the request: ask the owner",
        webhook.name()
    );
    assert_eq!(status.message, expected);
    assert!(space.get_pod(&pod).is_some());
    status.code
}

#[test]
fn a_dead_webhook_is_an_internal_error() {
    let space = space("dead_webhook");
    let _webhook = space.refuse_by_dead_webhook("CREATE", "secrets");
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}});
    let path = format!("/api/v1/namespaces/{}/secrets", space.name());
    let error = space
        .try_post(&path, secret)
        .expect_err("refused")
        .to_string();
    assert!(error.contains("failed calling webhook"), "{error}");
}

#[test]
fn a_successor_of_the_same_name_is_left_alone_by_the_kubelet() {
    let space = space("successor");
    let [node] = space.nodes(["a"]);
    let path = format!("/api/v1/namespaces/{}/pods/web", space.name());
    for _ in 0..20 {
        let pod = space.pod("web").on(&node).create_ready();
        let uid =
            |object: Option<serde_json::Value>| object.map(|pod| pod["metadata"]["uid"].clone());
        space.delete(&path, json!({}));
        wait_until("the old one is gone", || {
            uid(space.get_pod("web")) != Some(json!(pod.uid()))
        });
        let successor = space.pod("web").on(&node).create_ready();
        let found = space.get_pod("web").expect("still there");
        assert_eq!(found["metadata"]["uid"], successor.uid());
        assert!(found["metadata"]["deletionTimestamp"].is_null());
        space.delete(&path, json!({"gracePeriodSeconds": 0}));
        wait_until("it is gone", || space.get_pod("web").is_none());
    }
}
