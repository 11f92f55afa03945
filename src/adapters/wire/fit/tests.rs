//! Objects as a real server writes them, and as people and older servers do.

use super::examples::POD as FULL;
use super::fold::Object;
use super::{FitKind, read};
use crate::domain::fit::object::pod::{
    Access, ContainerKind, KubeletFeature, Life, PodObject, Preempted, ResizeFeasibility,
    VolumeSource,
};
use crate::domain::fit::object::spread::{InclusionPolicy, SpreadMode};
use crate::domain::fit::object::storage::{Binding, BindingMode, VolumeOrigin};
use crate::domain::fit::object::toleration::{TolerationEffect, TolerationOperator};
use crate::domain::fit::world::ObjectKind;
use crate::domain::quantity::Quantity;

fn quantity(text: &str) -> Quantity {
    Quantity::parse(text).unwrap()
}

fn pod(json: &str) -> PodObject {
    match read(FitKind::Pod, json) {
        Ok(Object::Pod(pod)) => *pod,
        other => panic!("{other:?}"),
    }
}

fn problem(kind: FitKind, json: &str) -> String {
    match read(kind, json) {
        Err(error) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_full_pod_keeps_what_the_rules_read() {
    let pod = pod(FULL);
    assert_eq!(pod.life, Life::Terminating);
    assert_eq!(pod.node.as_deref(), Some("n1"));
    assert_eq!(pod.nominated_node.as_deref(), Some("n2"));
    assert_eq!(pod.controller.as_ref().unwrap().uid, "r");
    assert_eq!(pod.resize.feasibility, ResizeFeasibility::Infeasible);
    let status = &pod.resize.containers[0];
    // `resources` is there, its requests are not.
    assert_eq!(status.requests, Some(Default::default()));
    assert_eq!(status.allocated.as_ref().unwrap()["cpu"], quantity("1"));
    assert_eq!(pod.resize.requests, None);
    let allocated = pod.resize.allocated.as_ref().unwrap();
    assert_eq!(allocated["cpu"], quantity("4"));
    let claim = ("gpu".to_owned(), Some("web-1-gpu".to_owned()));
    assert_eq!(pod.claim_names, [claim]);
    assert_eq!(pod.extended_claim.as_ref().unwrap().name, "ext");
}

#[test]
fn the_part_of_a_template_is_kept_whole() {
    let spec = pod(FULL).spec;
    assert_eq!(spec.priority, 7);
    assert_eq!(spec.scheduler_name, "default-scheduler");
    let required = spec.node_affinity.required.as_ref().unwrap();
    assert_eq!(required[0].fields[0].key, "metadata.name");
    assert_eq!(spec.node_affinity.preferred[0].0, 5);
    let term = &spec.pod_anti_affinity.required[0];
    assert_eq!(term.namespace_selector, Some(Default::default()));
    assert_eq!(spec.tolerations[0].seconds, Some(300));
    assert_eq!(spec.tolerations[1].operator, TolerationOperator::Greater);
    assert_eq!(spec.tolerations[1].effect, TolerationEffect::Unknown);
    let spread = &spec.spread[0];
    assert_eq!(
        (spread.mode, spread.min_domains),
        (SpreadMode::Hard, Some(2))
    );
    assert_eq!(spread.node_affinity, InclusionPolicy::Honor);
    assert_eq!(spread.node_taints, InclusionPolicy::Honor);
    assert_eq!(spec.init_containers[0].kind, ContainerKind::Sidecar);
    assert_eq!(spec.init_containers[1].kind, ContainerKind::Plain);
    let container = &spec.containers[0];
    assert_eq!(container.requests["cpu"], quantity("0.5"));
    assert_eq!(container.requests.len(), 3, "limits are not requests");
    assert_eq!(container.host_ports.len(), 1);
    assert_eq!(container.host_ports[0].protocol, "TCP");
    use KubeletFeature::{BindMountOptions, RestartAllContainers};
    assert_eq!(container.needs, [RestartAllContainers, BindMountOptions]);
    assert_eq!(spec.pod_requests.unwrap()["cpu"], quantity("3"));
    assert_eq!(spec.scheduling_group.as_deref(), Some("gang"));
    assert_eq!(
        (spec.host_network, spec.host_users),
        (Some(true), Some(false))
    );
}

#[test]
fn volumes_that_no_rule_reads_are_dropped_so_that_pods_of_one_template_stay_alike() {
    let volumes = pod(FULL).spec.volumes;
    let names: Vec<&str> = volumes.iter().map(|volume| volume.name.as_str()).collect();
    assert_eq!(names, ["d", "e", "g", "r"]);
    assert_eq!(volumes[0].source, VolumeSource::Claim("data".to_owned()));
    assert!(matches!(
        &volumes[2].source,
        VolumeSource::GcePersistentDisk {
            access: Access::ReadOnly,
            ..
        }
    ));
    assert!(matches!(&volumes[3].source, VolumeSource::Rbd { pool, .. } if pool == "rbd"));
}

#[test]
fn null_is_read_as_absent_everywhere() {
    let pod = pod(
        r#"{"metadata": {"name": "p", "labels": null, "creationTimestamp": null}, "spec": {"nodeName": null,
        "affinity": {"nodeAffinity": null, "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": null}}, "tolerations": null,
        "containers": [{"name": "c", "resources": {"requests": {"cpu": null}}, "ports": null}], "volumes": null, "overhead": null,
        "resources": null, "schedulingGroup": null}, "status": null}"#,
    );
    assert_eq!(pod.node, None);
    assert!(pod.spec.containers[0].requests["cpu"].is_zero());
    assert_eq!(pod.spec.pod_requests, None);
}

#[test]
fn who_was_preempted_is_told_by_the_first_condition_of_its_kind() {
    let of = |conditions: &str| {
        let status = format!(r#"{{"conditions":[{conditions}]}}"#);
        let object = format!(r#"{{"metadata":{{"name":"p"}},"status":{status}}}"#);
        pod(&object).preempted
    };
    let condition = |status: &str, reason: &str| {
        format!(r#"{{"type":"DisruptionTarget","status":"{status}","reason":"{reason}"}}"#)
    };
    let preempted = condition("True", "PreemptionByScheduler");
    let evicted = condition("True", "EvictionByEvictionAPI");
    assert_eq!(of(&preempted), Preempted::ByScheduler);
    assert_eq!(of(&format!("{evicted},{preempted}")), Preempted::No);
    assert_eq!(
        of(&condition("False", "PreemptionByScheduler")),
        Preempted::No
    );
    assert_eq!(of(""), Preempted::No);
}

#[test]
fn a_selector_that_is_there_and_empty_is_told_from_an_absent_one() {
    let spec = pod(
        r#"{"metadata": {"name": "p"}, "spec": {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution":
        {"nodeSelectorTerms": []}}, "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "z"}]}}}}"#,
    )
    .spec;
    assert_eq!(spec.node_affinity.required, Some(Vec::new()));
    assert_eq!(spec.pod_affinity.required[0].selector, None);
    assert_eq!(spec.pod_affinity.required[0].namespace_selector, None);
}

#[test]
fn errors_name_the_object_the_field_and_the_value() {
    let cases = [
        (
            FitKind::Pod,
            r#"{"metadata": {"name": "p", "namespace": "s"}, "spec": {"containers": [{}, {"resources": {"requests": {"cpu": "lots"}}}]}}"#,
            r#"Pod s/p: spec.containers[1].resources.requests.cpu: "lots" is not a quantity such as 500m, 2 or 1Gi"#,
        ),
        (
            FitKind::Pod,
            r#"{"metadata": {"name": "p"}, "spec": {"topologySpreadConstraints": [{"whenUnsatisfiable": "Maybe"}]}}"#,
            r#"Pod p: spec.topologySpreadConstraints[0].whenUnsatisfiable: "Maybe" is not DoNotSchedule or ScheduleAnyway"#,
        ),
        (
            FitKind::Pod,
            r#"{"metadata": {"name": "p"}, "status": {"containerStatuses": [{"allocatedResources": {"memory": "1X"}}]}}"#,
            r#"Pod p: status.containerStatuses[0].allocatedResources.memory: "1X" is not a quantity such as 500m, 2 or 1Gi"#,
        ),
        (
            FitKind::Node,
            r#"{"metadata": {"name": "n"}, "status": {"allocatable": {"cpu": ""}}}"#,
            r#"Node n: status.allocatable.cpu: "" is not a quantity such as 500m, 2 or 1Gi"#,
        ),
        (
            FitKind::Node,
            "{}",
            "Node without a name: metadata.name: is missing",
        ),
        (
            FitKind::Other(ObjectKind::Classes),
            r#"{"metadata": {"name": "fast"}, "volumeBindingMode": "Soon"}"#,
            r#"StorageClass fast: volumeBindingMode: "Soon" is not Immediate or WaitForFirstConsumer"#,
        ),
        (
            FitKind::Other(ObjectKind::Claims),
            r#"{"metadata": {"name": "c", "namespace": "s"}, "spec": {"resources": {"requests": {"storage": "x"}}}}"#,
            r#"PersistentVolumeClaim s/c: spec.resources.requests.storage: "x" is not a quantity such as 500m, 2 or 1Gi"#,
        ),
    ];
    for (kind, json, expected) in cases {
        assert_eq!(problem(kind, json), expected);
    }
}

#[test]
fn a_claim_is_bound_by_its_annotation_and_its_class_may_stand_in_one() {
    let json = r#"{"metadata": {"name": "c", "namespace": "s", "annotations": {"pv.kubernetes.io/bind-completed": "no",
        "volume.beta.kubernetes.io/storage-class": "old", "volume.kubernetes.io/selected-node": "n1"}},
        "spec": {"storageClassName": "new", "volumeName": "v", "resources": {"requests": {"storage": "1Gi"}}}, "status": {"phase": "Bound"}}"#;
    let Ok(Object::Claim(claim)) = read(FitKind::Other(ObjectKind::Claims), json) else {
        panic!("a claim");
    };
    assert_eq!(claim.binding, Binding::Completed);
    assert_eq!(claim.class.as_deref(), Some("old"));
    assert_eq!(claim.spec_class.as_deref(), Some("new"));
    assert_eq!(claim.selected_node.as_deref(), Some("n1"));
    assert_eq!(claim.volume_mode, "Filesystem");
    assert_eq!(claim.request, quantity("1Gi"));
}

#[test]
fn classes_drivers_and_capacities_keep_absent_apart_from_false_and_zero() {
    let kind = FitKind::Other;
    let json = r#"{"metadata": {"name": "fast"}, "provisioner": "p", "volumeBindingMode": "WaitForFirstConsumer",
        "allowedTopologies": [{"matchLabelExpressions": [{"key": "zone", "values": ["a", "b"]}]}]}"#;
    let Ok(Object::Class(class)) = read(kind(ObjectKind::Classes), json) else {
        panic!("a class");
    };
    let mode = BindingMode::WaitForFirstConsumer;
    assert_eq!(class.binding_mode, Some(mode));
    assert_eq!(class.allowed_topologies[0][0].1, ["a", "b"]);
    let json = r#"{"metadata": {"name": "n1", "annotations": {"storage.alpha.kubernetes.io/migrated-plugins": "a,b"}},
        "spec": {"drivers": [{"name": "d", "allocatable": {"count": 0}}, {"name": "e", "allocatable": null}]}}"#;
    let Ok(Object::CsiNode(node)) = read(kind(ObjectKind::CsiNodes), json) else {
        panic!("a CSINode");
    };
    assert_eq!(node.migrated_plugins, ["a", "b"]);
    let drivers = [("d".to_owned(), Some(0)), ("e".to_owned(), None)];
    assert_eq!(node.drivers, drivers);
    let json = r#"{"metadata": {"name": "c", "namespace": "s"}, "storageClassName": "fast", "nodeTopology": {}, "maximumVolumeSize": "1Ti"}"#;
    let Ok(Object::Capacity(capacity)) = read(kind(ObjectKind::Capacities), json) else {
        panic!("a capacity");
    };
    assert_eq!(capacity.capacity, None);
    assert_eq!(capacity.topology, Some(Default::default()));
}

#[test]
fn a_resource_claim_knows_which_conditions_its_devices_wait_for() {
    let json = r#"{"metadata": {"name": "c", "namespace": "s"}, "spec": {"devices": {"requests": [
          {"name": "a", "exactly": {"deviceClassName": "gpu"}}, {"name": "b", "firstAvailable": [{"name": "x", "deviceClassName": "big"}, {"deviceClassName": "small"}]},
          {"name": "later"}]}},
        "status": {"reservedFor": [{"resource": "pods", "name": "p", "uid": "u"}],
          "allocation": {"devices": {"results": [{"driver": "d", "pool": "p", "device": "1", "bindingConditions": ["Ready", "Attached"]}]},
            "nodeSelector": {"nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n1"]}]}]}},
          "devices": [{"driver": "d", "pool": "p", "device": "1", "conditions": [{"type": "Ready", "status": "True"}, {"type": "Attached", "status": "False"}]}]}}"#;
    let read = read(FitKind::Other(ObjectKind::ResourceClaims), json);
    let Ok(Object::ResourceClaim(claim)) = read else {
        panic!("a claim");
    };
    let allocation = claim.allocation.unwrap();
    assert_eq!(allocation.binding_conditions, ["Attached"]);
    assert_eq!(allocation.node_terms.unwrap().len(), 1);
    assert_eq!(allocation.binding_failure, None);
    assert_eq!(claim.reserved_for, ["u"]);
    assert_eq!(claim.requests[1].alternatives, ["x", ""]);
    let classes: Vec<usize> = claim.requests.iter().map(|r| r.classes.len()).collect();
    assert_eq!(classes, [1, 2, 0]);
}

#[test]
fn in_tree_volumes_are_those_of_the_driver_that_replaced_their_plugin() {
    let origin = |source: &str| {
        let labels = r#"{"topology.kubernetes.io/zone": "europe-west1-b"}"#;
        let json =
            format!(r#"{{"metadata": {{"name": "v", "labels": {labels}}}, "spec": {{{source}}}}}"#);
        match read(FitKind::Other(ObjectKind::Volumes), &json) {
            Ok(Object::Volume(volume)) => volume.source,
            other => panic!("{other:?}"),
        }
    };
    let in_tree = |driver: &str, plugin: &str, handle: &str| VolumeOrigin::InTree {
        driver: driver.to_owned(),
        plugin: plugin.to_owned(),
        handle: handle.to_owned(),
    };
    assert_eq!(
        origin(r#""awsElasticBlockStore": {"volumeID": "aws://eu-west-1a/vol-1"}"#),
        in_tree("ebs.csi.aws.com", "kubernetes.io/aws-ebs", "vol-1")
    );
    assert_eq!(
        origin(r#""gcePersistentDisk": {"pdName": "d"}"#),
        in_tree(
            "pd.csi.storage.gke.io",
            "kubernetes.io/gce-pd",
            "projects/UNSPECIFIED/zones/europe-west1-b/disks/d"
        )
    );
    assert!(matches!(
        origin(r#""azureDisk": {"diskURI": "u", "kind": "Shared"}"#),
        VolumeOrigin::Untranslatable { .. }
    ));
    assert_eq!(origin(r#""nfs": {"path": "/"}"#), VolumeOrigin::Other);
}

#[test]
fn every_kind_is_found_by_group_and_kind_and_has_a_path() {
    for kind in FitKind::all() {
        assert!(kind.path().starts_with("/api"), "{kind:?}");
    }
    assert_eq!(FitKind::of("v1", "Pod"), Some(FitKind::Pod));
    assert_eq!(
        FitKind::of("storage.k8s.io/v1", "CSINode"),
        Some(FitKind::Other(ObjectKind::CsiNodes))
    );
    assert_eq!(FitKind::of("metrics.k8s.io/v1beta1", "Pod"), None);
}

#[test]
fn of_a_workloads_template_the_topology_labels_are_kept() {
    let text = r#"{"metadata": {"namespace": "n", "name": "web"}, "spec": {"selector": {}, "template": {"metadata": {"labels":
        {"app": "web", "topology.kubernetes.io/zone": "a"}}, "spec": {"containers": []}}}}"#;
    let kinds = [
        ObjectKind::ReplicationControllers,
        ObjectKind::ReplicaSets,
        ObjectKind::StatefulSets,
    ];
    for kind in kinds {
        let text = match kind {
            ObjectKind::ReplicationControllers => text.replace("{}", r#"{"app": "web"}"#),
            _ => text.to_owned(),
        };
        let Ok(Object::Workload(workload)) = read(FitKind::Other(kind), &text) else {
            panic!("a workload");
        };
        let kept = [("topology.kubernetes.io/zone".to_owned(), "a".to_owned())];
        assert_eq!(workload.template_topology, kept.into());
    }
}
