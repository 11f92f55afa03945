//! Limits, shared volumes, attachments, migrated plugins, drivers that must be there.

use super::super::object::pod::VolumeSource;
use super::super::object::storage::{AttachmentObject, ClaimObject, CsiDriverObject, VolumeObject};
use super::super::profile::Minor;
use super::super::storage_testing::{
    Said, bound, claim, csi_node, free, late, on, pod_of, pod_with, refusal, said, storage_world,
    world_of,
};
use super::super::testing::node;
use super::super::world::WorldBuilder;
use super::*;

const RULE: Plugin = Plugin::NodeVolumeLimits;
const FULL: &str = "node(s) exceed max volume count";
const EBS: &str = "ebs.csi.aws.com";

fn csi(name: &str) -> VolumeObject {
    VolumeObject {
        source: VolumeOrigin::Csi {
            driver: "d".to_owned(),
            handle: format!("handle-{name}"),
        },
        ..free(name, "1Gi")
    }
}

fn attachment(node: &str, volume: &str) -> AttachmentObject {
    AttachmentObject {
        name: format!("{node}-{volume}"),
        node: node.to_owned(),
        attacher: "d".to_owned(),
        volume: Some(volume.to_owned()),
        inline_handle: None,
    }
}

/// Claims one, two and three are bound to volumes of driver `d`; claim open waits for one of class late.
fn volumes(more: &mut WorldBuilder) {
    for name in ["one", "two", "three"] {
        more.claim(bound(name, name));
        more.volume(csi(name));
    }
    more.claim(claim("open"));
    more.storage_class(late("d"));
}

fn holder(claims: &[&str]) -> super::super::object::pod::PodObject {
    on(pod_with("holder", claims), "a-1")
}

/// What is said about node a-1, whose limit is given, and where a pod holds claims.
fn with_limit(limit: Option<i32>, held: &[&str], wanted: &[&str]) -> Said {
    let pods = vec![holder(held), pod_with("p", wanted)];
    let (mut world, pod) = storage_world(vec![node("a-1")], pods, |more| {
        volumes(more);
        more.csi_node(csi_node("a-1", limit));
    });
    said(&mut world, pod, RULE)
}

fn full() -> Said {
    Said::Nodes(vec![FULL.to_owned()])
}

#[test]
fn a_node_takes_no_more_volumes_than_its_limit() {
    assert_eq!(with_limit(Some(1), &["one"], &["two"]), full());
    assert_eq!(with_limit(Some(2), &["one"], &["two"]), Said::Nothing);
    assert_eq!(with_limit(Some(0), &[], &["two"]), full());
    assert_eq!(with_limit(None, &["one"], &["two"]), Said::Nothing);
}

#[test]
fn a_shared_volume_counts_once() {
    assert_eq!(with_limit(Some(1), &["one"], &["one"]), Said::Nothing);
    assert_eq!(
        with_limit(Some(2), &["one", "two"], &["one", "three"]),
        full()
    );
    assert_eq!(with_limit(Some(1), &[], &["one", "one"]), Said::Nothing);
}

#[test]
fn an_unbound_claim_counts_for_the_driver_of_its_class() {
    assert_eq!(with_limit(Some(1), &["one"], &["open"]), full());
    assert_eq!(with_limit(Some(2), &["one"], &["open"]), Said::Nothing);
}

#[test]
fn a_node_without_a_csinode_has_no_limits() {
    let pods = vec![holder(&["one"]), pod_with("p", &["two"])];
    let (mut world, pod) = storage_world(vec![node("a-1")], pods, volumes);
    assert_eq!(said(&mut world, pod, RULE), Said::Nothing);
}

#[test]
fn what_is_attached_counts_though_no_pod_uses_it() {
    let attached = |volumes_attached: &[&str], wanted: &str, limit| {
        let pods = vec![holder(&["one"]), pod_with("p", &[wanted])];
        let (mut world, pod) = storage_world(vec![node("a-1")], pods, |more| {
            volumes(more);
            more.csi_node(csi_node("a-1", Some(limit)));
            more.attachment(attachment("b-1", "two"));
            for volume in volumes_attached {
                more.attachment(attachment("a-1", volume));
            }
        });
        said(&mut world, pod, RULE)
    };
    assert_eq!(attached(&["two"], "three", 2), full());
    assert_eq!(attached(&["one"], "three", 2), Said::Nothing);
    // As upstream counts it: attached without a pod, and new with one.
    assert_eq!(attached(&["two"], "two", 2), full());
    assert_eq!(attached(&["two"], "two", 3), Said::Nothing);
}

#[test]
fn the_refusal_says_how_many_there_are() {
    let pods = vec![holder(&["one"]), pod_with("p", &["two", "three"])];
    let (mut world, pod) = storage_world(vec![node("a-1")], pods, |more| {
        volumes(more);
        more.csi_node(csi_node("a-1", Some(2)));
    });
    let found = refusal(&mut world, pod, RULE, 0);
    assert_eq!(found.code, Code::Unschedulable);
    assert_eq!(found.detail, "d: 1 attached, 2 more, the limit is 2");
}

#[test]
fn a_pod_is_not_counted_beside_itself() {
    let pods = vec![on(pod_with("p", &["one"]), "a-1")];
    let (mut world, pod) = storage_world(vec![node("a-1")], pods, |more| {
        volumes(more);
        more.csi_node(csi_node("a-1", Some(1)));
    });
    world.take_away(pod);
    assert_eq!(said(&mut world, pod, RULE), Said::Nothing);
}

#[test]
fn in_tree_volumes_count_for_their_driver_where_there_is_a_csinode() {
    let ebs = |id: &str| VolumeSource::AwsElasticBlockStore { id: id.to_owned() };
    let found = |held: &str, wanted: &str| {
        let mut pv = free("pv", "1Gi");
        pv.source = super::super::csi_translation::origin(
            super::super::csi_translation::InTreeSource::AwsEbs { id: held },
            &pv.labels,
        );
        let pods = vec![holder(&["c"]), pod_of("p", vec![ebs(wanted)])];
        let (mut world, pod) = storage_world(vec![node("a-1"), node("b-1")], pods, |more| {
            more.claim(bound("c", "pv"));
            more.volume(pv);
            let mut limits = csi_node("a-1", None);
            limits.drivers = vec![(EBS.to_owned(), Some(1))];
            more.csi_node(limits);
        });
        said(&mut world, pod, RULE)
    };
    let full = Said::Nodes(vec![FULL.to_owned(), String::new()]);
    assert_eq!(found("aws://a/vol-1", "vol-2"), full);
    assert_eq!(found("aws://a/vol-1", "vol-1"), Said::Nothing);
    let fails = "?the scheduler ends its attempt with an error: converting volume(v0) from inline to csi: failed to translate Kubernetes ID to EBS Volume ID Invalid format for AWS volume (aws://x)";
    assert_eq!(
        found("vol-1", "aws://x"),
        Said::Nodes(vec![fails.to_owned(), String::new()])
    );
}

#[test]
fn a_class_of_an_in_tree_provisioner_counts_for_the_driver() {
    let pods = vec![pod_with("p", &["open"])];
    let (mut world, pod) = storage_world(vec![node("a-1")], pods, |more| {
        more.claim(claim("open"));
        more.storage_class(late("kubernetes.io/aws-ebs"));
        let mut limits = csi_node("a-1", None);
        limits.drivers = vec![(EBS.to_owned(), Some(0))];
        more.csi_node(limits);
    });
    assert_eq!(said(&mut world, pod, RULE), full());
}

#[test]
fn a_driver_that_asks_for_it_must_be_on_the_node() {
    let found = |minor: Minor, asks: bool| {
        let pods = vec![pod_with("p", &["one"])];
        let nodes = vec![node("a-1"), node("b-1"), node("c-1")];
        let (mut world, pod) = world_of(minor, nodes, pods, |more| {
            volumes(more);
            more.csi_driver(CsiDriverObject {
                name: "d".to_owned(),
                storage_capacity: false,
                prevent_scheduling_if_missing: asks,
            });
            more.csi_node(csi_node("a-1", None));
            let mut other = csi_node("b-1", None);
            other.drivers.clear();
            more.csi_node(other);
        });
        said(&mut world, pod, RULE)
    };
    let missing = "d CSI driver is not installed on the node".to_owned();
    assert_eq!(
        found(Minor::V1_37, true),
        Said::Nodes(vec![String::new(), missing.clone(), missing])
    );
    assert_eq!(found(Minor::V1_37, false), Said::Nothing);
    assert_eq!(found(Minor::V1_36, true), Said::Nothing);
}

#[test]
fn a_missing_claim_refuses_each_node() {
    let found = with_limit(Some(1), &[], &["x"]);
    let reason = "looking up PVC default/x: persistentvolumeclaim \"x\" not found";
    assert_eq!(found, Said::Nodes(vec![reason.to_owned()]));
    assert_eq!(with_limit(Some(1), &["x"], &["one"]), Said::Nothing);
}

#[test]
fn ephemeral_volumes_count_by_the_claims_of_their_pods() {
    let mut holder = on(pod_of("h", vec![VolumeSource::Ephemeral]), "a-1");
    holder.uid = "h-uid".to_owned();
    let own = ClaimObject {
        controller_uid: Some("h-uid".to_owned()),
        ..bound("h-v0", "one")
    };
    let pods = vec![holder, pod_with("p", &["two"])];
    let (mut world, pod) = storage_world(vec![node("a-1")], pods, |more| {
        volumes(more);
        more.claim(own);
        more.csi_node(csi_node("a-1", Some(1)));
    });
    assert_eq!(said(&mut world, pod, RULE), full());
}

#[test]
fn attachments_that_could_not_be_read_leave_open_what_is_not_full_already() {
    let found = |limit| {
        let pods = vec![holder(&["one"]), pod_with("p", &["two"])];
        let (mut world, pod) = storage_world(vec![node("a-1")], pods, |more| {
            volumes(more);
            more.csi_node(csi_node("a-1", limit));
            more.unread(ObjectKind::Attachments, "forbidden");
        });
        said(&mut world, pod, RULE)
    };
    let open = "?volumeattachments.storage.k8s.io could not be read: forbidden";
    assert_eq!(found(Some(9)), Said::Nodes(vec![open.to_owned()]));
    assert_eq!(found(Some(1)), full());
    assert_eq!(found(None), Said::Nothing);
}
