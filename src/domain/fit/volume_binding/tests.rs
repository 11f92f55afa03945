//! Bound volumes, free volumes, volumes to make, and the score of the room that is left.

use super::super::csi_translation::{InTreeSource, ZONE, origin};
use super::super::object::affinity::{NodeTerm, Selector};
use super::super::object::node::NodeObject;
use super::super::object::pod::{Life, VolumeSource};
use super::super::object::storage::{
    BindingMode, ClaimObject, ClaimReference, ClassObject, CsiDriverObject,
};
use super::super::profile::{Minor, Profile};
use super::super::storage_testing::{
    Said, bound, claim, csi_node, free, late, pod_of, pod_with, refusal, said, storage_world,
    wants, world_of,
};
use super::super::testing::{labels, node};
use super::super::world::{ObjectKind, WorldBuilder};
use super::*;
use crate::domain::quantity::Quantity;

const RULE: Plugin = Plugin::VolumeBinding;
const AFFINITY: &str = "node(s) didn't match PersistentVolume's node affinity";
const NO_VOLUME: &str = "node(s) didn't find available persistent volumes to bind";
const NO_SPACE: &str = "node(s) did not have enough free storage";
const GONE: &str = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";
const NOTHING: &str = "kubernetes.io/no-provisioner";

fn zones() -> Vec<NodeObject> {
    vec![node("a-1"), node("b-1")]
}

/// What is said of nodes in zones a and b about a pod with these claims.
fn found(claims: &[&str], more: impl FnOnce(&mut WorldBuilder)) -> Said {
    let (mut world, pod) = storage_world(zones(), vec![pod_with("p", claims)], more);
    said(&mut world, pod, RULE)
}

fn nodes(a: &str, b: &str) -> Said {
    Said::Nodes(vec![a.to_owned(), b.to_owned()])
}

fn refused(reason: &str) -> Said {
    Said::Pod(reason.to_owned())
}

/// A volume that another claim holds.
fn held(name: &str) -> VolumeObject {
    VolumeObject {
        phase: "Bound".to_owned(),
        ..free(name, "1Gi")
    }
}

fn in_zone(volume: VolumeObject, zone: &str) -> VolumeObject {
    VolumeObject {
        node_affinity: wants(ZONE, zone),
        ..volume
    }
}

#[test]
fn claims_that_cannot_be_waited_for_refuse_the_pod() {
    let with = |claim: ClaimObject| found(&["c"], |more| more.claim(claim));
    assert_eq!(
        found(&["c"], |_| {}),
        refused("persistentvolumeclaim \"c\" not found")
    );
    let lost = ClaimObject {
        phase: "Lost".to_owned(),
        ..bound("c", "pv")
    };
    assert_eq!(
        with(lost),
        refused("persistentvolumeclaim \"c\" bound to non-existent persistentvolume \"pv\"")
    );
    let ending = ClaimObject {
        life: Life::Terminating,
        ..bound("c", "pv")
    };
    assert_eq!(
        with(ending),
        refused("persistentvolumeclaim \"c\" is being deleted")
    );
}

#[test]
fn only_a_class_that_waits_may_leave_a_claim_unbound() {
    let immediate = refused("pod has unbound immediate PersistentVolumeClaims");
    let with = |claim: ClaimObject, mode| {
        found(&["c"], move |more| {
            more.claim(claim);
            more.storage_class(ClassObject {
                binding_mode: mode,
                ..late("d")
            });
        })
    };
    let waits = Some(BindingMode::WaitForFirstConsumer);
    assert_eq!(with(claim("c"), Some(BindingMode::Immediate)), immediate);
    assert_eq!(with(claim("c"), waits), Said::Nothing);
    // A volume's name without the annotation that the binding is done counts as waiting for the controller.
    let prebound = ClaimObject {
        volume_name: "pv".to_owned(),
        ..claim("c")
    };
    assert_eq!(with(prebound, waits), immediate);
    let classless = ClaimObject {
        class: None,
        ..claim("c")
    };
    assert_eq!(with(classless, waits), immediate);
    let error = "?the scheduler ends its attempt with an error: VolumeBindingMode not set for StorageClass \"late\"";
    assert_eq!(with(claim("c"), None), nodes(error, error));
}

#[test]
fn ephemeral_claims_must_be_there_and_the_pods_own() {
    let found = |more: &dyn Fn(&mut WorldBuilder)| {
        let pods = vec![pod_of("p", vec![VolumeSource::Ephemeral])];
        let (mut world, pod) = storage_world(zones(), pods, |builder| more(builder));
        said(&mut world, pod, RULE)
    };
    let waiting =
        "waiting for ephemeral volume controller to create the persistentvolumeclaim \"p-v0\"";
    assert_eq!(found(&|_| {}), refused(waiting));
    let foreign = "PVC default/p-v0 was not created for pod default/p (pod is not owner)";
    assert_eq!(
        found(&|more| more.claim(bound("p-v0", "pv"))),
        refused(foreign)
    );
    let own = |more: &mut WorldBuilder| {
        more.claim(ClaimObject {
            controller_uid: Some("uid-p".to_owned()),
            ..bound("p-v0", "pv")
        });
        more.volume(in_zone(free("pv", "1Gi"), "a"));
    };
    assert_eq!(found(&own), nodes("", AFFINITY));
}

#[test]
fn a_successor_gets_an_ephemeral_claim_of_its_own() {
    let pods = vec![pod_of("p", vec![VolumeSource::Ephemeral])];
    let (mut world, pod) = storage_world(zones(), pods, |more| {
        more.claim(ClaimObject {
            controller_uid: Some("uid-p".to_owned()),
            life: Life::Terminating,
            ..bound("p-v0", "pv")
        });
        more.volume(in_zone(free("pv", "1Gi"), "a"));
        more.storage_class(late("d"));
    });
    world.succeed(pod);
    assert_eq!(said(&mut world, pod, RULE), Said::Nothing);
}

#[test]
fn a_bound_volume_is_reached_by_the_nodes_of_its_affinity() {
    let with = |terms: Option<Vec<NodeTerm>>| {
        found(&["c"], |more| {
            more.claim(bound("c", "pv"));
            more.volume(VolumeObject {
                node_affinity: terms,
                ..free("pv", "1Gi")
            });
        })
    };
    assert_eq!(with(None), Said::Nothing);
    assert_eq!(with(wants(ZONE, "a")), nodes("", AFFINITY));
    assert_eq!(
        with(wants("kubernetes.io/hostname", "b-1")),
        nodes(AFFINITY, "")
    );
    assert_eq!(with(Some(vec![])), nodes(AFFINITY, AFFINITY));
    // Fields of a volume's terms are not compared.
    let mut by_name = wants("metadata.name", "x").unwrap();
    by_name[0].fields = std::mem::take(&mut by_name[0].expressions);
    assert_eq!(with(Some(by_name)), Said::Nothing);
}

#[test]
fn a_bound_volume_that_is_not_there_refuses_each_node() {
    let gone = found(&["c"], |more| more.claim(bound("c", "pv")));
    assert_eq!(gone, nodes(GONE, GONE));
}

#[test]
fn reasons_come_in_the_plugins_order_and_the_details_name_claims_and_volumes() {
    let (mut world, pod) = storage_world(zones(), vec![pod_with("p", &["c", "open"])], |more| {
        more.claim(bound("c", "pv"));
        more.volume(in_zone(held("pv"), "a"));
        more.claim(claim("open"));
        more.storage_class(late(NOTHING));
    });
    assert_eq!(
        said(&mut world, pod, RULE),
        nodes(NO_VOLUME, &format!("{AFFINITY}; {NO_VOLUME}"))
    );
    let found = refusal(&mut world, pod, RULE, 1);
    assert_eq!(found.code, Code::UnschedulableAndUnresolvable);
    assert_eq!(
        found.detail,
        "claim c is bound to volume pv, which is for nodes with topology.kubernetes.io/zone=a; \
         claim open finds no free volume of class late for the node, and the class makes none"
    );
}

#[test]
fn an_in_tree_volume_is_reached_by_the_drivers_zones_where_the_kubelet_migrated() {
    let ebs = |id| VolumeObject {
        source: origin(InTreeSource::AwsEbs { id }, &labels(&[])),
        ..in_zone(free("pv", "1Gi"), "a")
    };
    let with = |volume: VolumeObject, unread: bool| {
        found(&["c"], |more| {
            more.claim(bound("c", "pv"));
            more.volume(volume);
            let mut migrated = csi_node("a-1", None);
            migrated.migrated_plugins = vec!["kubernetes.io/aws-ebs".to_owned()];
            more.csi_node(migrated);
            if unread {
                more.unread(ObjectKind::CsiNodes, "forbidden");
            }
        })
    };
    // The node in zone a has no label of the driver.
    assert_eq!(with(ebs("vol-1"), false), nodes(AFFINITY, AFFINITY));
    let open = "?csinodes.storage.k8s.io could not be read: forbidden";
    assert_eq!(with(ebs("vol-1"), true), nodes(open, AFFINITY));
    let error = "?the scheduler ends its attempt with an error: could not translate pv: failed to translate Kubernetes ID to EBS Volume ID Invalid format for AWS volume (aws://1)";
    assert_eq!(with(ebs("aws://1"), false), nodes(error, AFFINITY));
}

/// What is said about one claim, with these volumes and a class that makes none.
fn matched(claim: ClaimObject, volumes: Vec<VolumeObject>) -> Said {
    found(&["c"], |more| {
        more.claim(claim);
        volumes.into_iter().for_each(|volume| more.volume(volume));
        more.storage_class(late(NOTHING));
    })
}

#[test]
fn a_free_volume_must_suit_the_claim_and_the_node() {
    let none = || nodes(NO_VOLUME, NO_VOLUME);
    let fits = |volume: VolumeObject| matched(claim("c"), vec![volume]) == Said::Nothing;
    assert!(fits(free("pv", "1Gi")));
    assert!(fits(free("pv", "2Gi")));
    assert!(!fits(free("pv", "1Mi")));
    type Change = fn(&mut VolumeObject);
    let unfit: [Change; 7] = [
        |pv| pv.phase = "Released".to_owned(),
        |pv| pv.class = "other".to_owned(),
        |pv| pv.access_modes = vec!["ReadOnlyMany".to_owned()],
        |pv| pv.volume_mode = "Block".to_owned(),
        |pv| pv.attributes_class = Some("gold".to_owned()),
        |pv| pv.life = Life::Terminating,
        |pv| pv.claim = Some(ClaimReference::default()),
    ];
    for change in unfit {
        let mut volume = free("pv", "1Gi");
        change(&mut volume);
        assert!(!fits(volume));
    }
    let here = in_zone(free("pv", "1Gi"), "a");
    assert_eq!(matched(claim("c"), vec![here]), nodes("", NO_VOLUME));
    assert_eq!(matched(claim("c"), vec![]), none());
}

#[test]
fn a_claims_selector_chooses_among_volumes() {
    let selecting = || ClaimObject {
        selector: Some(Selector {
            labels: labels(&[("disk", "fast")]),
            ..Selector::default()
        }),
        ..claim("c")
    };
    assert_eq!(
        matched(selecting(), vec![free("pv", "1Gi")]),
        nodes(NO_VOLUME, NO_VOLUME)
    );
    let mut fast = free("pv", "1Gi");
    fast.labels = labels(&[("disk", "fast")]);
    assert_eq!(matched(selecting(), vec![fast]), Said::Nothing);
}

#[test]
fn a_volume_that_is_reserved_for_the_claim_is_the_only_one() {
    let reserved = |uid: &str| VolumeObject {
        claim: Some(ClaimReference {
            namespace: "default".to_owned(),
            name: "c".to_owned(),
            uid: uid.to_owned(),
        }),
        ..in_zone(free("mine", "1Gi"), "a")
    };
    let volumes = |uid| vec![reserved(uid), free("other", "1Gi")];
    assert_eq!(matched(claim("c"), volumes("")), nodes("", NO_VOLUME));
    assert_eq!(matched(claim("c"), volumes("uid-c")), nodes("", NO_VOLUME));
    assert_eq!(matched(claim("c"), volumes("another")), Said::Nothing);
}

#[test]
fn claims_take_the_smallest_volumes_by_rising_size() {
    let of_size = |name: &str, size: &str| ClaimObject {
        request: Quantity::parse(size).unwrap(),
        ..claim(name)
    };
    let two = |volumes: [&str; 2]| {
        found(&["big", "small"], |more| {
            more.claim(of_size("big", "5Gi"));
            more.claim(of_size("small", "1Gi"));
            more.volume(free("x", volumes[0]));
            more.volume(free("y", volumes[1]));
            more.storage_class(late(NOTHING));
        })
    };
    assert_eq!(two(["6Gi", "2Gi"]), Said::Nothing);
    assert_eq!(two(["2Gi", "3Gi"]), nodes(NO_VOLUME, NO_VOLUME));
}

#[test]
fn the_node_that_was_chosen_for_a_claim_pins_the_pod() {
    let pinned = ClaimObject {
        selected_node: Some("b-1".to_owned()),
        ..claim("c")
    };
    let with = |provisioner: &str| {
        found(&["c"], |more| {
            more.claim(pinned.clone());
            // Not taken: the volume is being made.
            more.volume(free("pv", "1Gi"));
            more.storage_class(late(provisioner));
        })
    };
    assert_eq!(with("d"), nodes(NO_VOLUME, ""));
    assert_eq!(with(NOTHING), nodes(NO_VOLUME, NO_VOLUME));
}

#[test]
fn a_class_makes_volumes_for_the_nodes_of_its_topologies() {
    let with = |topologies: Vec<Vec<(String, Vec<String>)>>| {
        found(&["c"], |more| {
            more.claim(claim("c"));
            more.storage_class(ClassObject {
                allowed_topologies: topologies,
                ..late("d")
            });
        })
    };
    let zone = |zone: &str| (ZONE.to_owned(), vec![zone.to_owned()]);
    assert_eq!(with(vec![]), Said::Nothing);
    assert_eq!(with(vec![vec![zone("b")]]), nodes(NO_VOLUME, ""));
    assert_eq!(with(vec![vec![zone("b")], vec![zone("a")]]), Said::Nothing);
    assert_eq!(with(vec![vec![]]), nodes(NO_VOLUME, NO_VOLUME));
}

fn quantity(text: &str) -> Option<Quantity> {
    Quantity::parse(text).ok()
}

fn room(name: &str, zone: &str, capacity: &str, largest: Option<&str>) -> CapacityObject {
    CapacityObject {
        namespace: "default".to_owned(),
        name: name.to_owned(),
        class: "late".to_owned(),
        topology: Some(Selector {
            labels: labels(&[(ZONE, zone)]),
            ..Selector::default()
        }),
        capacity: quantity(capacity),
        maximum_volume_size: largest.and_then(quantity),
    }
}

fn telling(more: &mut WorldBuilder) {
    more.claim(claim("c"));
    more.storage_class(late("d"));
    more.csi_driver(CsiDriverObject {
        name: "d".to_owned(),
        storage_capacity: true,
        prevent_scheduling_if_missing: false,
    });
}

#[test]
fn a_driver_that_tells_its_room_needs_enough_of_it() {
    let with = |rooms: Vec<CapacityObject>| {
        found(&["c"], |more| {
            telling(more);
            rooms.into_iter().for_each(|room| more.capacity(room));
        })
    };
    assert_eq!(with(vec![]), nodes(NO_SPACE, NO_SPACE));
    assert_eq!(with(vec![room("r", "a", "1Gi", None)]), nodes("", NO_SPACE));
    let small = room("r", "a", "1Mi", None);
    let large = room("s", "a", "9Gi", None);
    assert_eq!(with(vec![small, large]), nodes("", NO_SPACE));
    let narrow = room("r", "a", "9Gi", Some("1Mi"));
    assert_eq!(with(vec![narrow]), nodes(NO_SPACE, NO_SPACE));
    let nowhere = CapacityObject {
        topology: None,
        ..room("r", "a", "9Gi", None)
    };
    assert_eq!(with(vec![nowhere]), nodes(NO_SPACE, NO_SPACE));
    let mut other = room("r", "a", "9Gi", None);
    other.class = "other".to_owned();
    assert_eq!(with(vec![other]), nodes(NO_SPACE, NO_SPACE));
}

#[test]
fn room_that_could_not_be_read_leaves_the_answer_open() {
    let with = |kind| {
        found(&["c"], |more| {
            telling(more);
            more.unread(kind, "forbidden");
        })
    };
    let open = "?csistoragecapacities.storage.k8s.io could not be read: forbidden";
    assert_eq!(with(ObjectKind::Capacities), nodes(open, open));
    let open = "?csidrivers.storage.k8s.io could not be read: forbidden";
    assert_eq!(with(ObjectKind::CsiDrivers), nodes(open, open));
    let open = "?storageclasses.storage.k8s.io could not be read: forbidden";
    assert_eq!(with(ObjectKind::Classes), nodes(open, open));
}

fn scored(minor: Minor, claims: &[&str], more: impl FnOnce(&mut WorldBuilder)) -> Option<Vec<i64>> {
    let (world, pod) = world_of(minor, zones(), vec![pod_with("p", claims)], more);
    let profile = Profile::default_of(minor);
    let cx = Context {
        world: &world,
        profile: &profile,
        pod,
    };
    scores(&cx, &world.node_indexes().collect::<Vec<_>>())
}

#[test]
fn more_room_left_scores_higher() {
    let rooms = |more: &mut WorldBuilder| {
        telling(more);
        more.capacity(room("r", "a", "4Gi", None));
        more.capacity(room("s", "b", "10Gi", None));
    };
    assert_eq!(scored(Minor::V1_37, &["c"], rooms), Some(vec![75, 90]));
    assert_eq!(scored(Minor::V1_36, &["c"], rooms), None);
    assert_eq!(scored(Minor::V1_37, &[], |_| {}), Some(vec![0, 0]));
}

#[test]
fn volumes_that_are_there_score_alone_where_one_is_taken() {
    let found = scored(Minor::V1_37, &["c", "made"], |more| {
        telling(more);
        more.claim(ClaimObject {
            class: Some("other".to_owned()),
            ..claim("made")
        });
        let mut class = late("d");
        class.name = "other".to_owned();
        more.storage_class(class);
        let mut anywhere = room("r", "a", "10Gi", None);
        anywhere.class = "other".to_owned();
        anywhere.topology = Some(Selector::default());
        more.capacity(anywhere);
        more.volume(in_zone(free("pv", "2Gi"), "a"));
        more.capacity(room("s", "b", "4Gi", None));
    });
    // Zone a: half of the volume; zone b: the mean of 75 and 90, rounded.
    assert_eq!(found, Some(vec![50, 83]));
}

#[test]
fn claims_of_one_class_share_its_room_and_bound_ones_ask_for_none() {
    let found = scored(Minor::V1_37, &["c", "second", "bound"], |more| {
        telling(more);
        more.claim(claim("second"));
        more.claim(bound("bound", "pv"));
        more.volume(held("pv"));
        more.capacity(room("r", "a", "4Gi", None));
        // As upstream: each fits alone, so the node passes; together they are too much.
        more.capacity(room("s", "b", "1Gi", None));
    });
    assert_eq!(found, Some(vec![50, 0]));
}

#[test]
fn a_capacity_that_names_only_the_largest_volume_scores_nothing() {
    let found = scored(Minor::V1_37, &["c"], |more| {
        telling(more);
        more.capacity(CapacityObject {
            capacity: None,
            ..room("r", "a", "1Gi", Some("2Gi"))
        });
        more.capacity(room("s", "b", "2Gi", None));
    });
    assert_eq!(found, Some(vec![0, 50]));
}
