//! Volumes that one node alone reaches: a pod that uses one can run nowhere else, and waits while that node takes no pods.

use super::node_term::NodeTerms;
use super::object::pod::VolumeSource;
use super::world::{NodeIx, PodIx, World};

/// A volume that one node alone reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundVolume {
    /// The volume's name in the pod.
    pub volume: String,
    /// `namespace/name` of the claim.
    pub claim: String,
    /// The PersistentVolume.
    pub persistent_volume: String,
}

impl BoundVolume {
    /// Names claim and volume: `claim shop/data-0 (PersistentVolume pv-0)`.
    pub fn describe(&self) -> String {
        format!(
            "claim {} (PersistentVolume {})",
            self.claim, self.persistent_volume
        )
    }
}

/// Returns the volumes of a pod that, of all nodes, this one alone reaches: `local` ones, and others whose node affinity comes
/// to the same. Claims and volumes that were not read are passed over.
pub fn bound_volumes(world: &World, pod: PodIx, node: NodeIx) -> Vec<BoundVolume> {
    let kind = world.kind_of(pod);
    let volumes = kind.spec.volumes.iter();
    let bound = volumes.filter_map(|volume| {
        let VolumeSource::Claim(claim) = &volume.source else {
            return None;
        };
        let name = &world.claim(&kind.namespace, claim)?.volume_name;
        let terms = world.volumes.get(name)?.node_affinity.as_ref()?;
        only_reached_from(world, &NodeTerms::parse(terms), node).then(|| BoundVolume {
            volume: volume.name.clone(),
            claim: format!("{}/{claim}", kind.namespace),
            persistent_volume: name.clone(),
        })
    });
    bound.collect()
}

fn only_reached_from(world: &World, terms: &NodeTerms, node: NodeIx) -> bool {
    let reached = |other: NodeIx| {
        let object = &world.node(other).object;
        terms.matches(&object.labels, Some(&object.name))
    };
    reached(node)
        && !world
            .node_indexes()
            .any(|other| other != node && reached(other))
}

#[cfg(test)]
mod tests {
    use super::super::object::affinity::{NodeRequirement, NodeTerm};
    use super::super::object::storage::{ClaimObject, VolumeObject};
    use super::super::storage_testing::{on, pod_with, storage_world};
    use super::super::testing::node;
    use super::*;

    /// The volumes of a pod on `a-1` whose claim is bound to a volume that nodes with this label reach.
    fn bound_by(key: &str, value: &str) -> Vec<BoundVolume> {
        let nodes = vec![node("a-1"), node("a-2"), node("b-1")];
        let pods = vec![on(pod_with("db-0", &["data-0"]), "a-1")];
        let (world, pod) = storage_world(nodes, pods, |world| {
            world.claim(ClaimObject {
                namespace: "default".to_owned(),
                name: "data-0".to_owned(),
                volume_name: "pv-0".to_owned(),
                ..ClaimObject::default()
            });
            world.volume(VolumeObject {
                name: "pv-0".to_owned(),
                node_affinity: Some(vec![NodeTerm {
                    expressions: vec![NodeRequirement {
                        key: key.to_owned(),
                        operator: "In".to_owned(),
                        values: vec![value.to_owned()],
                    }],
                    fields: Vec::new(),
                }]),
                ..VolumeObject::default()
            });
        });
        bound_volumes(&world, pod, NodeIx::at(0))
    }

    #[test]
    fn a_volume_of_this_host_is_reached_from_nowhere_else() {
        let bound = bound_by("kubernetes.io/hostname", "a-1");
        assert_eq!(bound.len(), 1);
        assert_eq!(
            bound[0].describe(),
            "claim default/data-0 (PersistentVolume pv-0)"
        );
    }

    #[test]
    fn a_volume_of_a_zone_with_another_node_is_not_bound_to_one() {
        assert_eq!(bound_by("topology.kubernetes.io/zone", "a"), []);
        assert_eq!(bound_by("kubernetes.io/hostname", "a-2"), []);
    }
}
