//! Claims that are allocated, claims that are not, and extended resources that devices stand for.

use super::super::evaluate::{Verdict, evaluate};
use super::super::event;
use super::super::object::claim::DeviceClassObject;
use super::super::object::pod::PodObject;
use super::super::profile::{Minor, Profile};
use super::super::storage_testing::{Said, refusal, said, storage_world, wants, world_of};
use super::super::testing::{node, pod, resources};
use super::super::world::WorldBuilder;
use super::*;

const RULE: Plugin = Plugin::DynamicResources;
const UNAVAILABLE: &str = "resourceclaim not available on the node";
const ZONE: &str = "topology.kubernetes.io/zone";

fn with_source(source: ClaimSource) -> PodObject {
    let mut pod = pod("p");
    pod.spec.claims = vec![PodClaim {
        name: "gpu".to_owned(),
        source,
    }];
    pod
}

fn named() -> PodObject {
    with_source(ClaimSource::Named("c".to_owned()))
}

fn template() -> PodObject {
    with_source(ClaimSource::Template("t".to_owned()))
}

fn claim() -> ResourceClaimObject {
    ResourceClaimObject {
        namespace: "default".to_owned(),
        name: "c".to_owned(),
        ..ResourceClaimObject::default()
    }
}

fn allocated_in(zone: &str) -> ResourceClaimObject {
    ResourceClaimObject {
        allocation: Some(Allocation {
            node_terms: wants(ZONE, zone),
            ..Allocation::default()
        }),
        ..claim()
    }
}

fn found(pod: PodObject, more: impl FnOnce(&mut WorldBuilder)) -> Said {
    let (mut world, pod) = storage_world(vec![node("a-1"), node("b-1")], vec![pod], more);
    said(&mut world, pod, RULE)
}

fn of_claim(claim: ResourceClaimObject) -> Said {
    found(named(), |more| more.resource_claim(claim))
}

fn nodes(a: &str, b: &str) -> Said {
    Said::Nodes(vec![a.to_owned(), b.to_owned()])
}

fn refused(reason: &str) -> Said {
    Said::Pod(reason.to_owned())
}

#[test]
fn an_allocated_claim_is_for_the_nodes_of_its_allocation() {
    assert_eq!(of_claim(allocated_in("a")), nodes("", UNAVAILABLE));
    let mut anywhere = allocated_in("a");
    anywhere.allocation = Some(Allocation::default());
    assert_eq!(of_claim(anywhere), Said::Nothing);
    let mut by_name = allocated_in("a");
    let mut terms = wants("metadata.name", "b-1").unwrap();
    terms[0].fields = std::mem::take(&mut terms[0].expressions);
    by_name.allocation.as_mut().unwrap().node_terms = Some(terms);
    assert_eq!(of_claim(by_name), nodes(UNAVAILABLE, ""));
}

#[test]
fn a_claim_that_others_use_is_shared() {
    let mut shared = allocated_in("a");
    shared.reserved_for = vec!["another".to_owned()];
    assert_eq!(of_claim(shared), nodes("", UNAVAILABLE));
}

#[test]
fn a_claim_to_allocate_leaves_the_answer_open_and_is_named() {
    let open = "?claim c is not allocated, and what the allocator would find is not modelled";
    assert_eq!(of_claim(claim()), nodes(open, open));
}

#[test]
fn one_claim_out_of_reach_is_a_refusal_whatever_the_others_find() {
    let mut pod = named();
    pod.spec.claims.push(PodClaim {
        name: "other".to_owned(),
        source: ClaimSource::Named("open".to_owned()),
    });
    let found = found(pod, |more| {
        more.resource_claim(allocated_in("a"));
        more.resource_claim(ResourceClaimObject {
            name: "open".to_owned(),
            ..claim()
        });
    });
    let open = "?claim open is not allocated, and what the allocator would find is not modelled";
    assert_eq!(found, nodes(open, UNAVAILABLE));
}

#[test]
fn claims_that_are_missing_or_ending_refuse_the_pod() {
    assert_eq!(
        found(named(), |_| {}),
        refused("could not find ResourceClaim \"default/c\"")
    );
    let ending = ResourceClaimObject {
        life: Life::Terminating,
        ..claim()
    };
    assert_eq!(
        of_claim(ending),
        refused("resourceclaim \"c\" is being deleted")
    );
    assert_eq!(
        found(with_source(ClaimSource::Neither), |_| {}),
        refused(
            "pod \"default/p\", spec.resourceClaim \"gpu\": none of the supported fields are set"
        )
    );
}

#[test]
fn requests_name_device_classes_that_are_there() {
    let asking = |classes: &[&str], alternatives: &[&str]| ResourceClaimObject {
        requests: vec![DeviceRequest {
            name: "r".to_owned(),
            classes: classes.iter().map(|one| (*one).to_owned()).collect(),
            alternatives: alternatives.iter().map(|one| (*one).to_owned()).collect(),
        }],
        ..claim()
    };
    let with = |claim| {
        found(named(), |more| {
            more.resource_claim(claim);
            more.device_class(DeviceClassObject {
                name: "known".to_owned(),
                extended_resource: None,
            });
        })
    };
    assert_eq!(
        with(asking(&["x"], &[])),
        refused("request r: device class x does not exist")
    );
    assert_eq!(
        with(asking(&["known", "x"], &["first", "second"])),
        refused("request r/second: device class x does not exist")
    );
    assert_eq!(
        with(asking(&[], &[])),
        refused("resource claim default/c, request r: unknown request type")
    );
    // The allocation stands, whatever became of the class.
    let allocated = ResourceClaimObject {
        allocation: Some(Allocation::default()),
        ..asking(&["x"], &[])
    };
    assert_eq!(with(allocated), Said::Nothing);
}

#[test]
fn a_template_needs_its_claim_made_for_the_pod() {
    let with_name = |name: Option<&str>| {
        let mut pod = template();
        pod.claim_names = vec![("gpu".to_owned(), name.map(str::to_owned))];
        pod
    };
    assert_eq!(
        found(template(), |_| {}),
        refused("pod \"default/p\": ResourceClaim not created yet")
    );
    assert_eq!(found(with_name(None), |_| {}), Said::Nothing);
    assert_eq!(
        found(with_name(Some("c")), |more| more
            .resource_claim(allocated_in("a"))),
        refused("ResourceClaim default/c was not created for Pod default/p (Pod is not owner)")
    );
    let own = ResourceClaimObject {
        controller_uid: Some("uid-p".to_owned()),
        ..allocated_in("a")
    };
    assert_eq!(
        found(with_name(Some("c")), |more| more.resource_claim(own)),
        nodes("", UNAVAILABLE)
    );
}

#[test]
fn a_successor_gets_a_new_claim_of_the_template() {
    let mut old = template();
    old.claim_names = vec![("gpu".to_owned(), Some("c".to_owned()))];
    let (mut world, pod) = storage_world(vec![node("a-1")], vec![old], |_| {});
    world.succeed(pod);
    let open =
        "?a new claim is made of template t, and what the allocator would find is not modelled";
    assert_eq!(
        said(&mut world, pod, RULE),
        Said::Nodes(vec![open.to_owned()])
    );
}

fn asking_gpu() -> PodObject {
    let mut pod = pod("p");
    pod.spec.containers[0].requests = resources(&[("example.com/gpu", "1")]);
    pod
}

fn gpu_class(more: &mut WorldBuilder) {
    more.device_class(DeviceClassObject {
        name: "gpus".to_owned(),
        extended_resource: Some("example.com/gpu".to_owned()),
    });
}

fn extended(minor: Minor, pod: PodObject, more: impl FnOnce(&mut WorldBuilder)) -> Said {
    let mut own = node("a-1");
    own.allocatable
        .extend(resources(&[("example.com/gpu", "2")]));
    let (mut world, pod) = world_of(minor, vec![own, node("b-1")], vec![pod], more);
    said(&mut world, pod, RULE)
}

#[test]
fn a_device_class_leaves_open_the_nodes_that_offer_nothing_themselves() {
    let open = "?a device class stands for example.com/gpu, and what the allocator would find is not modelled";
    let found = |minor| extended(minor, asking_gpu(), gpu_class);
    assert_eq!(found(Minor::V1_37), nodes("", open));
    assert_eq!(found(Minor::V1_35), Said::Nothing);
    assert_eq!(extended(Minor::V1_37, asking_gpu(), |_| {}), Said::Nothing);
    let unread = extended(Minor::V1_37, asking_gpu(), |more| {
        more.unread(ObjectKind::DeviceClasses, "forbidden");
    });
    let open = "?deviceclasses.resource.k8s.io could not be read: forbidden";
    assert_eq!(unread, nodes("", open));
}

#[test]
fn every_class_stands_for_a_resource_of_its_name() {
    let mut asking = pod("p");
    asking.spec.containers[0].requests =
        resources(&[("deviceclass.resource.kubernetes.io/gpus", "1")]);
    let open = "?a device class stands for deviceclass.resource.kubernetes.io/gpus, and what the allocator would find is not modelled";
    assert_eq!(extended(Minor::V1_37, asking, gpu_class), nodes(open, open));
}

#[test]
fn beside_such_a_resource_the_others_must_be_there() {
    let mut asking = asking_gpu();
    asking.spec.containers[0]
        .requests
        .extend(resources(&[("example.com/nic", "1")]));
    let no = "cannot fit resource";
    assert_eq!(extended(Minor::V1_37, asking, gpu_class), nodes(no, no));
}

#[test]
fn a_claim_left_of_an_attempt_before_is_deleted_first() {
    let no = "cannot schedule extended resource claim";
    let left = |more: &mut WorldBuilder| {
        gpu_class(more);
        more.resource_claim(ResourceClaimObject {
            purpose: ClaimPurpose::ExtendedResources,
            controller_uid: Some("uid-p".to_owned()),
            ..claim()
        });
    };
    assert_eq!(extended(Minor::V1_37, asking_gpu(), left), nodes(no, no));
}

#[test]
fn devices_that_failed_are_available_nowhere_and_waiting_ones_leave_it_open() {
    let with = |minor, conditions: &[&str], failed: Option<&str>| {
        let mut claim = allocated_in("a");
        let allocation = claim.allocation.as_mut().unwrap();
        allocation.binding_conditions = conditions.iter().map(|one| (*one).to_owned()).collect();
        allocation.binding_failure = failed.map(str::to_owned);
        let nodes = vec![node("a-1"), node("b-1")];
        let (mut world, pod) = world_of(minor, nodes, vec![named()], |more| {
            more.resource_claim(claim);
        });
        said(&mut world, pod, RULE)
    };
    let newest = Minor::V1_37;
    assert_eq!(
        with(newest, &["Up"], Some("Broken")),
        nodes(UNAVAILABLE, UNAVAILABLE)
    );
    let open = "?claim c waits for Up, which the scheduler gives up after some time";
    assert_eq!(with(newest, &["Up"], None), nodes(open, UNAVAILABLE));
    assert_eq!(
        with(Minor::V1_35, &["Up"], Some("Broken")),
        nodes("", UNAVAILABLE)
    );
}

#[test]
fn claims_that_could_not_be_read_leave_the_answer_open() {
    let open = "?resourceclaims.resource.k8s.io could not be read: forbidden";
    let found = found(named(), |more| {
        more.unread(ObjectKind::ResourceClaims, "forbidden")
    });
    assert_eq!(found, nodes(open, open));
}

#[test]
fn the_refusal_names_the_claim() {
    let (mut world, pod) = storage_world(vec![node("b-1")], vec![named()], |more| {
        more.resource_claim(allocated_in("a"));
    });
    let found = refusal(&mut world, pod, RULE, 0);
    assert_eq!(found.code, Code::UnschedulableAndUnresolvable);
    assert_eq!(found.detail, "claim c is allocated for other nodes");
}

#[test]
fn only_new_allocations_score() {
    let scored = |minor, pod: PodObject, claim: ResourceClaimObject| {
        let (world, pod) = world_of(minor, vec![node("a-1")], vec![pod], |more| {
            more.resource_claim(claim);
        });
        let profile = Profile::default_of(minor);
        let cx = Context {
            world: &world,
            profile: &profile,
            pod,
            added: &[],
        };
        scores(&cx, &[NodeIx::at(0)])
    };
    assert_eq!(
        scored(Minor::V1_37, named(), allocated_in("a")),
        Some(vec![0])
    );
    assert_eq!(scored(Minor::V1_34, named(), allocated_in("a")), None);
    assert_eq!(scored(Minor::V1_37, named(), claim()), None);
    assert_eq!(scored(Minor::V1_37, pod("p"), claim()), None);
}

#[test]
fn what_was_chosen_before_scores_once_the_allocator_is_asked_for_a_resource_too() {
    let chosen = |alternative: &str| ResourceClaimObject {
        requests: vec![DeviceRequest {
            name: "one".to_owned(),
            classes: vec!["gpus".to_owned(); 2],
            alternatives: vec!["large".to_owned(), "small".to_owned()],
        }],
        allocation: Some(Allocation {
            requests: vec![alternative.to_owned()],
            ..Allocation::default()
        }),
        ..claim()
    };
    let scored = |claim: ResourceClaimObject, asked: &[(&str, &str)]| {
        let mut asking = named();
        asking.spec.containers[0].requests = resources(asked);
        let mut own = node("a-1");
        own.allocatable
            .extend(resources(&[("example.com/gpu", "2")]));
        let (world, pod) = world_of(Minor::V1_37, vec![own], vec![asking], |more| {
            gpu_class(more);
            more.resource_claim(claim);
        });
        let profile = Profile::default_of(Minor::V1_37);
        let cx = Context {
            world: &world,
            profile: &profile,
            pod,
            added: &[],
        };
        scores(&cx, &[NodeIx::at(0)])
    };
    let gpu = [("example.com/gpu", "1")];
    assert_eq!(scored(chosen("one/small"), &gpu), Some(vec![100]));
    assert_eq!(scored(chosen("another"), &gpu), Some(vec![0]));
    assert_eq!(scored(chosen("one/small"), &[]), Some(vec![0]));
}

#[test]
fn what_is_allocated_elsewhere_refuses_although_the_allocator_may_say_it_otherwise() {
    let mut both = named();
    both.spec.claims.push(PodClaim {
        name: "other".to_owned(),
        source: ClaimSource::Named("waits".to_owned()),
    });
    let waits = ResourceClaimObject {
        name: "waits".to_owned(),
        ..claim()
    };
    let (mut world, pod) = storage_world(vec![node("b-1")], vec![both], |more| {
        more.resource_claim(allocated_in("a"));
        more.resource_claim(waits);
    });
    let profile = Profile::default_of(Minor::NEWEST);
    let evaluation = evaluate(&mut world, &profile, pod);
    let report = evaluation.node(NodeIx::at(0));
    assert_eq!(report.verdict, Verdict::Refused);
    assert_eq!(report.refusals[0].reasons, [UNAVAILABLE]);
    assert!(
        report.unknown[0]
            .what
            .starts_with("the node is refused, but maybe"),
        "{:?}",
        report.unknown
    );
    assert_eq!(event::summary(&evaluation), None);
}

#[test]
fn without_its_prefilter_the_plugin_refuses_no_pod_as_a_whole() {
    let (mut world, pod) = storage_world(vec![node("b-1")], vec![named()], |_| ());
    let mut profile = Profile::default_of(Minor::NEWEST);
    assert!(evaluate(&mut world, &profile, pod).prefilter.is_some());
    profile.prefilters.retain(|plugin| *plugin != RULE);
    assert!(evaluate(&mut world, &profile, pod).prefilter.is_none());
}
