//! Writes to real nodes: bound to the object that was looked at, and stored as asked.

use controlplane::{Made, Space, space};
use nodemaint::adapters::live::LiveCluster;
use nodemaint::domain::node::{Node, NodeRef, Scheduling};
use nodemaint::domain::taint::{Effect, Taint};
use nodemaint::engine::cluster::{
    AnnotationEdit, Cluster, FailureKind, FieldValidation, NodeDocument, NodeWrite, TaintWrite,
    WriteMode,
};
use serde_json::{Value, json};

use super::live;

fn node_ref(node: &Made) -> NodeRef {
    NodeRef {
        name: node.name().to_owned(),
        uid: node.uid().to_owned(),
    }
}

fn taint(key: &str, effect: Effect) -> Taint {
    Taint {
        key: key.to_owned(),
        value: String::new(),
        effect,
        time_added: None,
    }
}

fn options(mode: WriteMode) -> TaintWrite {
    TaintWrite {
        mode,
        field_manager: "kubectl-taint".to_owned(),
        validation: FieldValidation::Strict,
    }
}

#[track_caller]
fn done(write: NodeWrite) -> NodeDocument {
    match write {
        NodeWrite::Done(document) => *document,
        other => panic!("{other:?}"),
    }
}

async fn read(live: &LiveCluster, node: &Made) -> Node {
    live.node(node.name()).await.unwrap().unwrap()
}

/// Who last changed a field, by the server's book-keeping.
fn managers(space: &Space, node: &Made) -> Vec<String> {
    let object = space.get_node(node.name()).unwrap();
    let fields = object["metadata"]["managedFields"].as_array().unwrap();
    let names = fields.iter().map(|f| f["manager"].as_str().unwrap());
    names.map(str::to_owned).collect()
}

/// Replaces a node's taints as it is now; the control plane may write to a node of a test at any moment, so what was
/// computed from an old one is computed again.
async fn replaced(
    live: &LiveCluster,
    node: &Made,
    taints: &[Taint],
    annotations: &[AnnotationEdit],
    mode: WriteMode,
) -> NodeWrite {
    for _ in 0..20 {
        let fresh = read(live, node).await;
        let write = live
            .replace_taints(&fresh, taints, annotations, &options(mode))
            .await;
        if !matches!(write, NodeWrite::Stale { .. }) {
            return write;
        }
    }
    panic!("the node changes all the time");
}

#[tokio::test]
async fn a_cordon_and_its_mark_are_one_write() {
    let space = space("cordon");
    let [node] = space.nodes(["a"]);
    let live = live(&space.kubeconfig()).await;
    let mark = [AnnotationEdit::Set(
        "nodemaint.dev/reason".into(),
        "disk".into(),
    )];
    let id = node_ref(&node);
    let dry = live
        .set_scheduling(&id, Scheduling::Disabled, &mark, WriteMode::DryRun)
        .await;
    assert!(done(dry).node.is_cordoned());
    assert!(
        !read(&live, &node).await.is_cordoned(),
        "a dry run stores nothing"
    );

    let before = live.requests();
    let write = live
        .set_scheduling(&id, Scheduling::Disabled, &mark, WriteMode::Commit)
        .await;
    assert_eq!(live.requests() - before, 1);
    let document = done(write);
    assert_eq!(document.document["kind"], "Node");
    assert_eq!(document.document["spec"]["unschedulable"], true);
    let found = read(&live, &node).await;
    assert!(found.is_cordoned());
    assert_eq!(found.annotations["nodemaint.dev/reason"], "disk");
    assert!(managers(&space, &node).contains(&"kubectl-nodemaint".to_owned()));

    let erase = [AnnotationEdit::Remove("nodemaint.dev/reason".into())];
    done(
        live.set_scheduling(&id, Scheduling::Enabled, &erase, WriteMode::Commit)
            .await,
    );
    let found = read(&live, &node).await;
    assert!(!found.is_cordoned());
    assert_eq!(found.annotations.get("nodemaint.dev/reason"), None);
}

#[tokio::test]
async fn failure_22_another_machine_of_the_same_name_is_not_touched() {
    let space = space("cordon_other_uid");
    let [node] = space.nodes(["a"]);
    let live = live(&space.kubeconfig()).await;
    let stale = NodeRef {
        uid: "00000000-0000-0000-0000-000000000000".into(),
        ..node_ref(&node)
    };
    let write = live
        .set_scheduling(&stale, Scheduling::Disabled, &[], WriteMode::Commit)
        .await;
    assert!(matches!(write, NodeWrite::Stale { .. }), "{write:?}");
    let mut other = read(&live, &node).await;
    other.id = stale;
    let write = live
        .replace_taints(
            &other,
            &[taint("k", Effect::NoSchedule)],
            &[],
            &options(WriteMode::Commit),
        )
        .await;
    assert!(matches!(write, NodeWrite::Stale { .. }), "{write:?}");
    let found = read(&live, &node).await;
    assert!(!found.is_cordoned());
    assert_eq!(found.taints, []);
}

#[tokio::test]
async fn a_node_that_is_not_there_is_gone() {
    let space = space("cordon_gone");
    let live = live(&space.kubeconfig()).await;
    let missing = NodeRef {
        name: space.node_name("nope"),
        uid: "00000000-0000-0000-0000-000000000000".into(),
    };
    let write = live
        .set_scheduling(&missing, Scheduling::Disabled, &[], WriteMode::Commit)
        .await;
    assert_eq!(write, NodeWrite::Gone);
    assert_eq!(live.node(&missing.name).await, Ok(None));
    assert_eq!(live.node_document(&missing.name).await, Ok(None));
}

#[tokio::test]
async fn failure_14_a_taint_list_computed_from_an_old_node_is_refused() {
    let space = space("taints_stale");
    let [node] = space.nodes(["a"]);
    let live = live(&space.kubeconfig()).await;
    let old = read(&live, &node).await;
    let path = format!("/api/v1/nodes/{}", node.name());
    let theirs =
        json!([{"key": "theirs", "effect": "NoExecute", "timeAdded": "2026-01-02T03:04:05Z"}]);
    space.patch(&path, json!({"spec": {"taints": theirs}}));
    let ours = [taint("ours", Effect::NoSchedule)];
    let write = live
        .replace_taints(&old, &ours, &[], &options(WriteMode::Commit))
        .await;
    let message = format!(
        "Operation cannot be fulfilled on nodes \"{}\": the object has been modified; please apply your changes to the latest version and try again",
        node.name()
    );
    assert_eq!(write, NodeWrite::Stale { message });

    let fresh = read(&live, &node).await;
    let both: Vec<Taint> = ours.iter().chain(&fresh.taints).cloned().collect();
    done(replaced(&live, &node, &both, &[], WriteMode::Commit).await);
    let found = read(&live, &node).await;
    assert_eq!(found.taints, both);
    assert_eq!(
        found.taints[1].time_added,
        Some("2026-01-02T03:04:05Z".parse().unwrap())
    );

    let mark = [AnnotationEdit::Set(
        "nodemaint.dev/reason".into(),
        "clear".into(),
    )];
    done(replaced(&live, &node, &[], &mark, WriteMode::Commit).await);
    let object: Value = space.get_node(node.name()).unwrap();
    assert_eq!(object["spec"].get("taints"), None);
    assert_eq!(
        object["metadata"]["annotations"]["nodemaint.dev/reason"],
        "clear"
    );
    assert!(managers(&space, &node).contains(&"kubectl-taint".to_owned()));
}

#[tokio::test]
async fn the_server_says_what_is_wrong_with_a_taint() {
    let space = space("taints_invalid");
    let [node] = space.nodes(["a"]);
    let live = live(&space.kubeconfig()).await;
    let twice = [
        taint("k", Effect::NoSchedule),
        taint("k", Effect::NoSchedule),
    ];
    let write = replaced(&live, &node, &twice, &[], WriteMode::DryRun).await;
    let NodeWrite::Failed(failure) = write else {
        panic!("{write:?}");
    };
    assert_eq!(failure.kind, FailureKind::Invalid);
    assert!(
        failure
            .message
            .contains("taints must be unique by key and effect pair"),
        "{failure}"
    );
}

#[tokio::test]
async fn failure_4_a_refused_cordon_is_a_failure_by_right_and_by_rule() {
    let space = space("cordon_refused");
    let [node] = space.nodes(["a"]);
    let user = space.user("reader").can_everywhere("get", "nodes").create();
    let reader = live(user.kubeconfig()).await;
    let id = node_ref(&node);
    let write = reader
        .set_scheduling(&id, Scheduling::Disabled, &[], WriteMode::Commit)
        .await;
    let NodeWrite::Failed(failure) = write else {
        panic!("{write:?}");
    };
    assert_eq!(failure.kind, FailureKind::Forbidden);
    assert_eq!(
        failure.message,
        format!(
            "nodes \"{}\" is forbidden: User \"{}\" cannot patch resource \"nodes\" in API group \"\" at the cluster scope",
            node.name(),
            user.name()
        )
    );

    let admin = live(&space.kubeconfig()).await;
    let _webhook = space.refuse_by_webhook("UPDATE", "nodes", 409, "ask first");
    let write = admin
        .set_scheduling(&id, Scheduling::Disabled, &[], WriteMode::Commit)
        .await;
    let NodeWrite::Failed(failure) = write else {
        panic!("{write:?}");
    };
    assert_eq!(
        failure.kind,
        FailureKind::Invalid,
        "not mistaken for a stale version"
    );
    assert!(!read(&admin, &node).await.is_cordoned());
}
