//! VolumeZone: nodes in the zones and regions that the labels of bound volumes name.

use super::Context;
use super::by_class::ByClass;
use super::csi_translation::{BETA_REGION, BETA_ZONE, REGION, ZONE, ZONE_DELIMITER};
use super::object::storage::{BindingMode, ClaimObject};
use super::plugin::{Code, Plugin, Prepared, Refusal};
use super::pod_claims::{self, ClaimOwner};
use super::world::{NodeIx, ObjectKind};
use crate::domain::labels::Labels;

/// The labels that are compared, in upstream's order.
const KEYS: [&str; 4] = [BETA_ZONE, BETA_REGION, ZONE, REGION];

/// What a label of a volume asks of nodes.
struct Wanted<'w> {
    claim: String,
    volume: &'w str,
    key: &'static str,
    values: Vec<&'w str>,
}

/// Why there is nothing to compare.
enum Stop {
    Refused(String),
    Unknown(String),
}

pub(super) fn prepare<'w>(cx: &Context<'w>) -> Prepared<'w> {
    let wanted = match wanted(cx) {
        Ok(wanted) => wanted,
        Err(Stop::Unknown(what)) => return Prepared::Unknown(what),
        Err(Stop::Refused(reason)) => {
            return Prepared::Refused(refusal(reason.clone(), reason));
        }
    };
    if wanted.is_empty() {
        return Prepared::Skipped;
    }
    let world = cx.world;
    let labels = move |node: NodeIx| &world.node(node).object.labels;
    let classes = world.classes.iter();
    let refused: Vec<bool> = classes
        .map(|class| mismatch(&wanted, labels(class.example)).is_some())
        .collect();
    Prepared::Checks(Box::new(ByClass::of(world, refused, move |node| {
        let detail = mismatch(&wanted, labels(node)).map(|wanted| detail(wanted, labels(node)));
        refusal(
            "node(s) had no available volume zone".to_owned(),
            detail.unwrap_or_default(),
        )
    })))
}

fn refusal(reason: String, detail: String) -> Refusal {
    Refusal {
        plugin: Plugin::VolumeZone,
        code: Code::UnschedulableAndUnresolvable,
        reasons: vec![reason],
        detail,
    }
}

/// What the bound volumes of the pod's claims ask for; ephemeral claims are left out, as upstream does.
fn wanted<'w>(cx: &Context<'w>) -> Result<Vec<Wanted<'w>>, Stop> {
    let world = cx.world;
    let read = |kind| {
        world
            .unread(kind)
            .map_or(Ok(()), |what| Err(Stop::Unknown(what)))
    };
    let mut wanted = Vec::new();
    let volumes = pod_claims::of_pod(world, cx.pod);
    for volume in volumes
        .iter()
        .filter(|one| one.owner == ClaimOwner::Anybody)
    {
        read(ObjectKind::Claims)?;
        let refused = |reason: String| Err(Stop::Refused(reason));
        if volume.name.is_empty() {
            return refused("PersistentVolumeClaim had no name".to_owned());
        }
        let Some(claim) = volume.claim.as_deref() else {
            return refused(format!("persistentvolumeclaim {:?} not found", volume.name));
        };
        if claim.volume_name.is_empty() {
            check_unbound(cx, claim)?;
            continue;
        }
        read(ObjectKind::Volumes)?;
        match world.volumes.get(&claim.volume_name) {
            None => {
                let name = &claim.volume_name;
                return refused(format!("persistentvolume {name:?} not found"));
            }
            Some(found) => wanted.extend(KEYS.into_iter().filter_map(|key| {
                Some(Wanted {
                    claim: claim.name.clone(),
                    volume: &found.name,
                    key,
                    values: zones(found.labels.get(key)?)?,
                })
            })),
        }
    }
    Ok(wanted)
}

/// An unbound claim asks for nothing, but only a class that waits for a pod may leave it unbound.
fn check_unbound(cx: &Context<'_>, claim: &ClaimObject) -> Result<(), Stop> {
    let class = claim.class.as_deref().unwrap_or_default();
    if class.is_empty() {
        let reason = "PersistentVolumeClaim had no pv name and storageClass name";
        return Err(Stop::Refused(reason.to_owned()));
    }
    if let Some(unread) = cx.world.unread(ObjectKind::Classes) {
        return Err(Stop::Unknown(unread));
    }
    let found = cx.world.storage_classes.get(class);
    let reason = match found.map(|class| class.binding_mode) {
        Some(Some(BindingMode::WaitForFirstConsumer)) => return Ok(()),
        Some(Some(BindingMode::Immediate)) => "PersistentVolume had no name".to_owned(),
        Some(None) => format!("VolumeBindingMode not set for StorageClass {class:?}"),
        None => format!("storageclass.storage.k8s.io {class:?} not found"),
    };
    Err(Stop::Refused(reason))
}

/// The zones in a label's value; one with an empty part counts as no label.
fn zones(value: &str) -> Option<Vec<&str>> {
    let zones: Vec<&str> = value.split(ZONE_DELIMITER).map(str::trim).collect();
    (!zones.contains(&"")).then_some(zones)
}

/// The first thing wanted that a node with these labels does not have; one without any zone or region has everything.
fn mismatch<'a, 'w>(wanted: &'a [Wanted<'w>], labels: &Labels) -> Option<&'a Wanted<'w>> {
    if !KEYS.iter().any(|key| labels.contains_key(*key)) {
        return None;
    }
    wanted.iter().find(|one| {
        let value = labels.get(one.key).or_else(|| labels.get(todays(one.key)));
        value.is_none_or(|value| !one.values.contains(&value.as_str()))
    })
}

fn todays(key: &str) -> &str {
    match key {
        BETA_ZONE => ZONE,
        BETA_REGION => REGION,
        other => other,
    }
}

fn detail(wanted: &Wanted<'_>, labels: &Labels) -> String {
    let key = wanted.key;
    let has = match labels.get(key).or_else(|| labels.get(todays(key))) {
        Some(value) => format!("the node is in {value}"),
        None => "the node does not say where it is".to_owned(),
    };
    format!(
        "volume {} of claim {} is in {key} {}, {has}",
        wanted.volume,
        wanted.claim,
        wanted.values.join(" or ")
    )
}

#[cfg(test)]
mod tests {
    use super::super::evaluate::evaluate;
    use super::super::object::storage::VolumeObject;
    use super::super::storage_testing::{
        Said, bound, claim, free, late, pod_with, refusal, said, storage_world,
    };
    use super::super::testing::{labels, node, profile};
    use super::super::world::WorldBuilder;
    use super::*;

    const RULE: Plugin = Plugin::VolumeZone;

    fn labelled(pairs: &[(&str, &str)]) -> VolumeObject {
        VolumeObject {
            labels: labels(pairs),
            ..free("pv", "1Gi")
        }
    }

    /// What is said of nodes in zone a, in zone b and in none, for a claim bound to this volume.
    fn zones_of(volume: VolumeObject) -> Said {
        let mut nowhere = node("c-1");
        nowhere.labels.clear();
        let nodes = vec![node("a-1"), node("b-1"), nowhere];
        let (mut world, pod) = storage_world(nodes, vec![pod_with("p", &["data"])], |more| {
            more.claim(bound("data", "pv"));
            more.volume(volume);
        });
        said(&mut world, pod, RULE)
    }

    fn nodes(reasons: [&str; 3]) -> Said {
        Said::Nodes(reasons.map(str::to_owned).to_vec())
    }

    const NO: &str = "node(s) had no available volume zone";

    #[test]
    fn nodes_in_another_zone_are_refused_and_nodes_without_any_are_not() {
        assert_eq!(zones_of(labelled(&[(ZONE, "a")])), nodes(["", NO, ""]));
        assert_eq!(zones_of(labelled(&[])), Said::Nothing);
    }

    #[test]
    fn a_label_may_name_several_zones() {
        assert_eq!(zones_of(labelled(&[(ZONE, "a__b")])), Said::Nothing);
        assert_eq!(zones_of(labelled(&[(ZONE, "b__c")])), nodes([NO, "", ""]));
        assert_eq!(zones_of(labelled(&[(ZONE, "c__")])), Said::Nothing);
    }

    #[test]
    fn a_beta_label_is_met_by_todays() {
        assert_eq!(zones_of(labelled(&[(BETA_ZONE, "a")])), nodes(["", NO, ""]));
    }

    #[test]
    fn a_region_that_the_node_does_not_name_refuses() {
        assert_eq!(zones_of(labelled(&[(REGION, "r")])), nodes([NO, NO, ""]));
    }

    fn of_claim(claim: ClaimObject, more: impl FnOnce(&mut WorldBuilder)) -> Said {
        let pods = vec![pod_with("p", &[&claim.name])];
        let (mut world, pod) = storage_world(vec![node("a-1")], pods, |builder| {
            builder.claim(claim);
            more(builder);
        });
        said(&mut world, pod, RULE)
    }

    #[test]
    fn the_pod_is_refused_for_claims_that_should_be_bound() {
        let pod = |reason: &str| Said::Pod(reason.to_owned());
        let gone = of_claim(bound("data", "pv"), |_| {});
        assert_eq!(gone, pod("persistentvolume \"pv\" not found"));
        let classless = ClaimObject {
            class: None,
            ..claim("data")
        };
        assert_eq!(
            of_claim(classless, |_| {}),
            pod("PersistentVolumeClaim had no pv name and storageClass name")
        );
        assert_eq!(
            of_claim(claim("data"), |_| {}),
            pod("storageclass.storage.k8s.io \"late\" not found")
        );
        let with_mode = |mode| {
            of_claim(claim("data"), move |more| {
                let mut class = late("d");
                class.binding_mode = mode;
                more.storage_class(class);
            })
        };
        assert_eq!(
            with_mode(None),
            pod("VolumeBindingMode not set for StorageClass \"late\"")
        );
        assert_eq!(
            with_mode(Some(BindingMode::Immediate)),
            pod("PersistentVolume had no name")
        );
        assert_eq!(
            with_mode(Some(BindingMode::WaitForFirstConsumer)),
            Said::Nothing
        );
    }

    #[test]
    fn a_volume_that_is_gone_is_this_plugins_to_tell_and_not_that_of_bindings() {
        let pods = vec![pod_with("p", &["data"])];
        let (mut world, pod) = storage_world(vec![node("a-1")], pods, |more| {
            more.claim(bound("data", "pv"));
        });
        let profile = profile();
        let evaluation = evaluate(&mut world, &profile, pod);
        let prefilter = evaluation.prefilter.as_ref().unwrap();
        assert_eq!(prefilter.plugin, RULE);
        assert_eq!(prefilter.reasons, ["persistentvolume \"pv\" not found"]);
    }

    #[test]
    fn the_refusal_names_volume_claim_and_zones() {
        let (mut world, pod) =
            storage_world(vec![node("b-1")], vec![pod_with("p", &["data"])], |more| {
                more.claim(bound("data", "pv"));
                more.volume(labelled(&[(ZONE, "a")]));
            });
        let found = refusal(&mut world, pod, RULE, 0);
        assert_eq!(found.code, Code::UnschedulableAndUnresolvable);
        assert_eq!(
            found.detail,
            "volume pv of claim data is in topology.kubernetes.io/zone a, the node is in b"
        );
    }
}
