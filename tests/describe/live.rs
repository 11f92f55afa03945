//! On the real control plane: the state, why pods are stuck, with read rights alone, and the same from a snapshot.

use controlplane::{Space, shared, space, wait_until};
use nodemaint::present::node_description::{Cause, Node};
use serde_json::json;

use super::{causes, only, pod};
use crate::preview::{offline, online};

fn describe(space: &Space, node: &str) -> Node {
    only(&online(
        &space.kubeconfig(),
        &["describe", node, "-o", "json"],
    ))
}

fn status(space: &Space, pod: &str, status: serde_json::Value) {
    let path = format!("/api/v1/namespaces/{}/pods/{pod}/status", space.name());
    space.patch_strategic(&path, json!({"status": status}));
}

#[test]
fn a_cordoned_node_says_who_and_why() {
    let space = space("describe_cordoned");
    let node = space.node("a").taint("dedicated=db:NoSchedule").create();
    let args = [
        "cordon",
        node.name(),
        "--reason",
        "kernel",
        "--ticket",
        "OPS-7",
    ];
    assert_eq!(online(&space.kubeconfig(), &args).code, 0);
    let described = describe(&space, node.name());
    assert!(described.cordoned);
    let note = described.maintenance.expect("a note");
    assert_eq!(
        (note.reason.as_deref(), note.ticket.as_deref()),
        (Some("kernel"), Some("OPS-7"))
    );
    assert!(
        described
            .taints
            .iter()
            .any(|taint| taint.key == "dedicated")
    );
    assert!(
        described
            .conditions
            .iter()
            .any(|one| one.kind == "Ready" && one.since.is_some())
    );
    let table = online(&space.kubeconfig(), &["describe", node.name()]);
    assert!(
        table
            .out
            .contains("State:        Ready,SchedulingDisabled\n"),
        "{}",
        table.out
    );
    assert!(table.out.contains(": kernel (OPS-7)\n"), "{}", table.out);
}

#[test]
fn stuck_pods_name_what_holds_them_live_and_from_a_snapshot() {
    let space = space("describe_stuck");
    let node = space.node("a").create();
    space
        .pod("held")
        .on(&node)
        .finalizer("example.com/hold")
        .grace(0)
        .create_ready();
    space.pod("image").on(&node).never_ready().create();
    space
        .pod("crash")
        .on(&node)
        .label("app", "crash")
        .never_ready()
        .create();
    space
        .pod("well")
        .on(&node)
        .label("app", "crash")
        .create_ready();
    space.budget("crash").min_available(2).create_allowing(0);
    for name in ["image", "crash"] {
        wait_until("the fake kubelet has spoken", || {
            space
                .get_pod(name)
                .is_some_and(|pod| pod["status"]["phase"] == "Running")
        });
    }
    let waiting =
        |reason: &str| json!({"waiting": {"reason": reason, "message": "the kubelet's words"}});
    let container = |state: serde_json::Value| {
        json!([{"name": "main", "image": "x", "imageID": "", "ready": false, "restartCount": 4, "state": state,
            "lastState": {"terminated": {"exitCode": 3, "reason": "Error"}}}])
    };
    let pull = container(waiting("ImagePullBackOff"));
    status(&space, "image", json!({"containerStatuses": pull}));
    let crash = container(waiting("CrashLoopBackOff"));
    status(&space, "crash", json!({"containerStatuses": crash}));
    let path = format!("/api/v1/namespaces/{}/pods/held", space.name());
    space.delete(&path, json!({"gracePeriodSeconds": 0}));
    // As a kubelet does when it has ended the containers.
    let ended = container(json!({"terminated": {"exitCode": 0, "reason": "Completed"}}));
    status(&space, "held", json!({"containerStatuses": ended}));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cluster.yaml").display().to_string();
    wait_until("the deadline of the deleted pod is past", || {
        causes(pod(&describe(&space, node.name()), "held")) == [Cause::Finalizer]
    });
    assert_eq!(
        online(&space.kubeconfig(), &["snapshot", "-o", &file]).code,
        0
    );
    let live = describe(&space, node.name());
    let kept = only(&offline(&[
        "describe",
        node.name(),
        "--snapshot",
        &file,
        "-o",
        "json",
    ]));
    for (origin, node) in [("live", &live), ("snapshot", &kept)] {
        let held = pod(node, "held");
        assert_eq!(causes(held), [Cause::Finalizer], "{origin}");
        assert!(held.terminating && held.findings[0].message.contains("example.com/hold"));
        assert_eq!(causes(pod(node, "image")), [Cause::ImagePull], "{origin}");
        assert_eq!(
            causes(pod(node, "crash")),
            [Cause::CrashLoop, Cause::HeldByOwnBudget],
            "{origin}"
        );
        assert_eq!(causes(pod(node, "well")), [], "{origin}");
    }
    let crash = pod(&live, "crash");
    assert!(
        crash.findings[0].next.ends_with("-c main --previous"),
        "{crash:#?}"
    );
    let pull = |node: &Node| pod(node, "image").findings[0].message.clone();
    assert!(pull(&live).ends_with("the kubelet's words"));
    assert!(
        !pull(&kept).contains("the kubelet's words"),
        "a file keeps no messages"
    );
    assert_eq!((kept.events, live.events.is_some()), (None, true));
    assert_eq!(live.allocated, kept.allocated);
    assert_eq!(live.attachments, kept.attachments);
}

#[test]
fn a_volume_that_stays_attached_is_told_with_the_pod_that_waits_for_it() {
    let space = space("describe_volume");
    let node = space.node("a").create();
    let volume = format!("{}-pv", space.name());
    let claim = json!({"namespace": space.name(), "name": "data"});
    let source = json!({"driver": "csi.example", "volumeHandle": "h"});
    space.post(
        "/api/v1/persistentvolumes",
        json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": volume}, "spec": {
            "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "csi": source, "claimRef": claim,
            "persistentVolumeReclaimPolicy": "Retain"}}),
    );
    let attachment = format!("{}-va", space.name());
    let attachments = "/apis/storage.k8s.io/v1/volumeattachments";
    space.post(
        attachments,
        json!({"apiVersion": "storage.k8s.io/v1", "kind": "VolumeAttachment", "metadata": {"name": attachment},
            "spec": {"attacher": "csi.example", "nodeName": node.name(), "source": {"persistentVolumeName": volume}}}),
    );
    space.patch(
        &format!("{attachments}/{attachment}/status"),
        json!({"status": {"attached": true}}),
    );
    let described = describe(&space, node.name());
    let attached = described.attachments.expect("read");
    assert_eq!(attached.len(), 1, "{attached:#?}");
    assert_eq!(attached[0].volume, volume);
    assert!(attached[0].attached);
    assert_eq!(attached[0].claim, Some(format!("{}/data", space.name())));
    space.delete(&format!("{attachments}/{attachment}"), json!({}));
    space.delete(&format!("/api/v1/persistentvolumes/{volume}"), json!({}));
}

#[test]
fn read_rights_are_enough_and_what_may_not_be_read_is_named() {
    let space = space("describe_rights");
    let node = space.node("a").create();
    space.deployment("web").replicas(1).on(&node).create_ready();
    let user = space
        .user("viewer")
        .can_everywhere("get,list", "nodes")
        .can_everywhere("get,list", "pods")
        .can_everywhere("get,list", "replicasets.apps")
        .can_everywhere("get,list", "poddisruptionbudgets.policy")
        .create();
    let mark = shared().audit_mark();
    let run = online(user.kubeconfig(), &["describe", node.name(), "-o", "json"]);
    let described = only(&run);
    assert_eq!((run.code, described.complete), (0, true), "{run:?}");
    assert_eq!((&described.events, &described.attachments), (&None, &None));
    let unread: Vec<&str> = described.unread.iter().map(|u| u.what.as_str()).collect();
    assert_eq!(unread, ["events", "volumeattachments.storage.k8s.io"]);
    let asked = shared().audit_since(mark).by_user(user.name());
    let reads = asked.only(|r| ["get", "list"].contains(&r.verb.as_str()));
    assert_eq!(reads.count(), asked.count(), "only reads: {asked:#?}");
    assert!(asked.count() <= 9, "few requests: {asked:#?}");
    let table = online(user.kubeconfig(), &["describe", node.name()]);
    assert!(
        table
            .out
            .contains("Events:\n  not known: events is forbidden"),
        "{}",
        table.out
    );
    let nobody = space
        .user("nobody")
        .can_everywhere("get,list", "pods")
        .create();
    let run = online(nobody.kubeconfig(), &["describe", node.name()]);
    assert_eq!((run.code, run.out.as_str()), (6, ""), "{run:?}");
    let unknown = online(
        &space.kubeconfig(),
        &["describe", node.name(), "nope", "neither"],
    );
    assert_eq!((unknown.code, unknown.out.as_str()), (1, ""));
    assert_eq!(
        unknown.err,
        "Error from server (NotFound): nodes \"nope\" not found\nhint: also not found: neither\n"
    );
}

#[test]
fn a_silent_kubelet_is_told_for_the_node_and_for_its_pods() {
    let space = space("describe_silent");
    let node = space.node("a").create();
    space.pod("web").on(&node).tolerates_all().create_ready();
    let path = format!("/api/v1/nodes/{}/status", node.name());
    let ready = json!({"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown"});
    space.patch_strategic(&path, json!({"status": {"conditions": [ready]}}));
    let table = online(&space.kubeconfig(), &["describe", node.name()]);
    assert!(
        table
            .out
            .contains("State:    NotReady (its kubelet does not report)\n"),
        "{}",
        table.out
    );
    assert_eq!(
        causes(pod(&describe(&space, node.name()), "web")),
        [Cause::KubeletGone]
    );
}
