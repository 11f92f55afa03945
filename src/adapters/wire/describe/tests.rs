//! Objects as a server writes them.

use super::*;
use crate::domain::describe::AttachmentState;

#[test]
fn requests_limits_and_what_the_status_says_of_them_are_told_apart() {
    let facts = pod(r#"{"metadata": {"name": "p", "namespace": "s"},
        "spec": {"overhead": {"cpu": "50m"}, "resources": {"limits": {"memory": "1Gi"}},
          "volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}, {"name": "e", "ephemeral": {}},
            {"name": "c", "configMap": {}}],
          "containers": [{"name": "a", "resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "2"}}}],
          "initContainers": [{"name": "s", "restartPolicy": "Always", "resources": {"requests": {"cpu": "100m"}}}]},
        "status": {"containerStatuses": [{"name": "a", "allocatedResources": {"cpu": "1"},
          "resources": {"requests": {"cpu": "3"}}}],
          "conditions": [{"type": "PodResizePending", "reason": "Deferred"}]}}"#)
    .unwrap();
    assert_eq!(facts.claims, ["data", "p-e"]);
    let (asked, held) = (facts.amounts.asked(), facts.amounts.held());
    assert_eq!(asked.requests["cpu"].to_string(), "1150m");
    assert_eq!(held.requests["cpu"].to_string(), "3150m");
    assert_eq!(asked.limits["cpu"].to_string(), "2050m");
    assert_eq!(asked.limits["memory"].to_string(), "1Gi");
}

#[test]
fn a_node_tells_since_when_its_conditions_are_so() {
    let (node, facts) = node(
        r#"{"metadata": {"name": "n", "creationTimestamp": "2026-01-01T00:00:00Z"},
        "status": {"capacity": {"cpu": "8"}, "allocatable": {"cpu": "7"}, "nodeInfo": {"kubeletVersion": "v1.37.2",
          "osImage": "Debian", "architecture": "amd64"},
          "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "m",
            "lastTransitionTime": "2026-01-01T00:00:00Z", "lastHeartbeatTime": null}]}}"#,
    )
    .unwrap();
    assert_eq!(node.name(), "n");
    assert_eq!((facts.kubelet.as_str(), facts.system.len()), ("v1.37.2", 2));
    let ready = &facts.conditions[0];
    assert_eq!(
        (ready.reason.as_str(), ready.heartbeat),
        ("KubeletReady", None)
    );
    assert!(ready.since.is_some() && facts.created.is_some());
}

#[test]
fn events_of_older_and_newer_senders_are_read_alike() {
    let old = r#"{"involvedObject": {"kind": "Node", "name": "n"}, "type": "Normal", "reason": "R", "count": 3,
        "source": {"component": "kubelet"}, "lastTimestamp": "2026-01-01T00:00:00Z", "eventTime": null}"#;
    let (node, event) = event(old).unwrap().unwrap();
    assert_eq!(
        (node.as_str(), event.from.as_str(), event.count),
        ("n", "kubelet", 3)
    );
    let new = r#"{"involvedObject": {"kind": "Node", "name": "n"}, "reportingComponent": "node-controller",
        "eventTime": "2026-01-01T00:00:00.000000Z", "source": {}}"#;
    let (_, newer) = super::event(new).unwrap().unwrap();
    assert_eq!(
        (newer.from.as_str(), newer.count, newer.last),
        ("node-controller", 1, event.last)
    );
    let other = r#"{"involvedObject": {"kind": "Pod", "name": "n"}}"#;
    assert_eq!(super::event(other).unwrap(), None);
}

#[test]
fn attachments_name_the_volume_and_volumes_the_claim() {
    let (node, attached) = attachment(
        r#"{"metadata": {"name": "csi-1"}, "spec": {"attacher": "x", "nodeName": "n",
        "source": {"persistentVolumeName": "pv-1"}}, "status": {"attached": true}}"#,
    )
    .unwrap();
    assert_eq!((node.as_str(), attached.volume.as_str()), ("n", "pv-1"));
    assert_eq!(attached.state, AttachmentState::Attached);
    let (name, claim) = volume(
        r#"{"metadata": {"name": "pv-1"}, "spec": {"claimRef": {"namespace": "shop", "name": "data"}}}"#,
    )
    .unwrap();
    assert_eq!(
        (name.as_str(), claim),
        ("pv-1", Some(("shop".to_owned(), "data".to_owned())))
    );
}
