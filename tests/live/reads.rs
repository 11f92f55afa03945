//! Reads of a real cluster.

use controlplane::{Made, space, wait_until};
use nodemaint::adapters::live::LiveOptions;
use nodemaint::domain::node::NodeHealth;
use nodemaint::domain::owner::OwnerLookup;
use nodemaint::domain::pod::{ControllerRef, Phase, Readiness};
use nodemaint::engine::cluster::{Cluster, FailureKind, NodeQuery, PodQuery};

use super::{live, live_with};

#[tokio::test]
async fn nodes_come_by_selector_in_pages_and_in_order() {
    let space = space("read_nodes");
    for short in ["c", "a", "b"] {
        space
            .node(short)
            .label("pool", space.name())
            .create_unready();
    }
    let live = live_with(&space.kubeconfig(), LiveOptions { chunk_size: 2 }).await;
    let query = NodeQuery::Selector(format!("pool in ({})", space.name()));
    let before = live.requests();
    let nodes = live.nodes(&query).await.unwrap();
    assert_eq!(live.requests() - before, 2);
    let names: Vec<&str> = nodes.iter().map(|node| node.name()).collect();
    assert_eq!(names, ["a", "b", "c"].map(|short| space.node_name(short)));
    let failure = live
        .nodes(&NodeQuery::Selector("a===b".into()))
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Invalid);
    assert_eq!(
        failure.message,
        "unable to parse requirement: found '=', expected: identifier"
    );
}

#[tokio::test]
async fn a_node_says_whether_it_is_well() {
    let space = space("read_node");
    let [node] = space.nodes(["a"]);
    let live = live(&space.kubeconfig()).await;
    let found = live.node(node.name()).await.unwrap().unwrap();
    assert_eq!(found.health, NodeHealth::Ready);
    assert_eq!(found.id.uid, node.uid());
    let document = live.node_document(node.name()).await.unwrap().unwrap();
    assert_eq!(document.document["apiVersion"], "v1");
    assert_eq!(document.node.id, found.id);
}

#[tokio::test]
async fn the_pods_of_a_node_come_in_pages_with_what_a_drain_needs() {
    let space = space("read_pods");
    let [a, b] = space.nodes(["a", "b"]);
    for index in 0..5 {
        space
            .pod(&format!("p{index}"))
            .on(&a)
            .label("app", "p")
            .grace(9)
            .empty_dir("cache")
            .create_ready();
    }
    space.pod("elsewhere").on(&b).create_ready();
    let live = live_with(&space.kubeconfig(), LiveOptions { chunk_size: 2 }).await;
    let before = live.requests();
    let listed = live.pods_on(a.name(), None).await.unwrap();
    assert_eq!(live.requests() - before, 3);
    assert_eq!(listed.items.len(), 5);
    assert_ne!(listed.resource_version, "");
    let pod = &listed.items[0];
    assert_eq!(pod.node.as_deref(), Some(a.name()));
    assert_eq!(
        (pod.phase, pod.readiness),
        (Phase::Running, Readiness::Ready)
    );
    assert_eq!(pod.grace_seconds, Some(9));
    assert_eq!(pod.local_data.len(), 1);
    assert!(pod.created.is_some());
    let none = live.pods_on(a.name(), Some("app=q")).await.unwrap();
    assert_eq!(none.items, []);
    let selected = PodQuery::Selected {
        namespace: space.name().to_owned(),
        selector: "app=p".to_owned(),
    };
    assert_eq!(live.pods(&selected).await.unwrap().len(), 5);
    let all = live.pods(&PodQuery::All).await.unwrap();
    assert!(
        all.iter()
            .filter(|pod| pod.id.namespace == space.name())
            .count()
            == 6
    );
}

fn controller(made: &Made, api_version: &str, kind: &str) -> ControllerRef {
    ControllerRef {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        name: made.name().to_owned(),
        uid: made.uid().to_owned(),
    }
}

#[tokio::test]
async fn owners_of_every_kind_are_found_in_few_requests() {
    let space = space("read_owners");
    let live = live(&space.kubeconfig()).await;
    let one = space.replica_set("one").replicas(0).create();
    let two = space.replica_set("two").replicas(0).create();
    let stateful = space.stateful_set("db").replicas(0).create();
    let daemon = space.daemon_set("agent").create();
    let job = space.job("batch").create();
    let mut wanted: Vec<(String, ControllerRef)> = [
        controller(&one, "apps/v1", "ReplicaSet"),
        controller(&two, "apps/v1", "ReplicaSet"),
        controller(&stateful, "apps/v1", "StatefulSet"),
        controller(&daemon, "apps/v1", "DaemonSet"),
        controller(&job, "batch/v1", "Job"),
    ]
    .map(|owner| (space.name().to_owned(), owner))
    .into();
    let mut replaced = wanted[4].clone();
    replaced.1.uid = "00000000-0000-0000-0000-000000000000".into();
    let mut absent = wanted[2].clone();
    absent.1.api_version = "v1".into();
    absent.1.kind = "ReplicationController".into();
    wanted.extend([replaced, absent]);
    let before = live.requests();
    let found = live.owners(&wanted).await;
    // One list of ReplicaSets, one GET of each other kind.
    assert_eq!(live.requests() - before, 5);
    let replicas: Vec<Option<Option<i64>>> = found
        .iter()
        .map(|(_, lookup)| match lookup {
            OwnerLookup::Found(workload) => Some(workload.replicas),
            OwnerLookup::Gone => None,
            OwnerLookup::Unreadable { reason } => panic!("{reason}"),
        })
        .collect();
    assert_eq!(
        replicas,
        [
            Some(Some(0)),
            Some(Some(0)),
            Some(Some(0)),
            Some(None),
            Some(None),
            None,
            None
        ]
    );
}

#[tokio::test]
async fn an_owner_that_must_not_be_read_says_so() {
    let space = space("read_owner_forbidden");
    let set = space.replica_set("web").replicas(0).create();
    let job = space.job("batch").create();
    let user = space.user("reader").can("get", "jobs.batch").create();
    let live = live(user.kubeconfig()).await;
    let wanted = [
        (
            space.name().to_owned(),
            controller(&set, "apps/v1", "ReplicaSet"),
        ),
        (space.name().to_owned(), controller(&job, "batch/v1", "Job")),
    ];
    let found = live.owners(&wanted).await;
    let reason = format!(
        "replicasets.apps \"web\" is forbidden: User \"{}\" cannot get resource \"replicasets\" in API group \"apps\" in the namespace \"{}\"",
        user.name(),
        space.name()
    );
    assert_eq!(found[0].1, OwnerLookup::Unreadable { reason });
    assert!(matches!(found[1].1, OwnerLookup::Found(_)));
}

#[tokio::test]
async fn a_finished_and_a_mirror_pod_are_known() {
    use nodemaint::domain::pod::Origin;
    let space = space("read_kinds");
    let [node] = space.nodes(["a"]);
    space.pod("static").on(&node).mirror().create();
    space.pod("done").on(&node).finish_after("10ms").create();
    wait_until("the pod has finished", || {
        space
            .get_pod("done")
            .is_some_and(|pod| pod["status"]["phase"] == "Succeeded")
    });
    let live = live(&space.kubeconfig()).await;
    let listed = live.pods_on(node.name(), None).await.unwrap();
    let by_name = |name: &str| listed.items.iter().find(|pod| pod.id.name == name).unwrap();
    assert_eq!(by_name("static").origin, Origin::Mirror);
    assert_eq!(by_name("done").origin, Origin::Api);
    assert!(by_name("done").phase.is_finished());
}

#[tokio::test]
async fn the_server_knows_who_asks_and_which_version_it_is() {
    let space = space("read_whoami");
    let user = space.user("jane").create();
    let live = live(user.kubeconfig()).await;
    assert_eq!(live.whoami().await.unwrap(), user.name());
    assert_eq!(live.version().await.unwrap(), "v1.37.2");
    let failure = live.nodes(&NodeQuery::All).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Forbidden);
}
