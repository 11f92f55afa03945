//! Which plugins can change their mind when a pod of some kind leaves or comes: asking all of them again for each pod on
//! each node would take minutes in a large cluster.

use super::super::object::pod::PodSpec;
use super::super::plugin::Plugin;
use super::super::world::{KindIx, PodIx, PodKind, World};
use super::super::{Context, inter_pod_affinity, pod_topology_spread};
use super::outset::Outset;

/// Which pods of a node can matter to a plugin.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    None,
    Some,
    All,
}

/// Plugins by the kind of a pod that leaves or comes.
pub(super) struct Relevance {
    asked: Vec<Plugin>,
    known: Vec<Option<u16>>,
    spread: Box<dyn Fn(&PodKind) -> bool>,
    neighbours: Box<dyn Fn(&PodKind) -> bool>,
}

impl Relevance {
    pub(super) fn of(world: &World, outset: &Outset<'_>) -> Relevance {
        let cx = Context {
            world,
            profile: outset.profile,
            pod: outset.pod,
            added: &[],
        };
        Relevance {
            asked: outset.asked.clone(),
            known: vec![None; world.kinds.len()],
            spread: Box::new(pod_topology_spread::counted(&cx)),
            neighbours: Box::new(inter_pod_affinity::counted(&cx)),
        }
    }

    /// Tells for which pods it must be asked whether they matter to a plugin.
    pub(super) fn range(plugin: Plugin) -> Range {
        match plugin {
            Plugin::NodeResourcesFit => Range::All,
            Plugin::NodePorts
            | Plugin::VolumeRestrictions
            | Plugin::NodeVolumeLimits
            | Plugin::PodTopologySpread
            | Plugin::InterPodAffinity => Range::Some,
            // These read the node, or what belongs to the pod itself.
            Plugin::NodeUnschedulable
            | Plugin::NodeName
            | Plugin::TaintToleration
            | Plugin::NodeAffinity
            | Plugin::VolumeBinding
            | Plugin::VolumeZone
            | Plugin::DynamicResources
            | Plugin::NodeDeclaredFeatures => Range::None,
        }
    }

    /// Tells whether a plugin may judge otherwise without a pod.
    pub(super) fn matters(&mut self, world: &World, pod: PodIx, plugin: Plugin) -> bool {
        self.plugins(world, world.pod(pod).kind) & plugin.bit() != 0
    }

    fn plugins(&mut self, world: &World, kind: KindIx) -> u16 {
        if let Some(known) = self.known[kind.index()] {
            return known;
        }
        let row = &world.kinds[kind.index()];
        let asked = self.asked.iter();
        let concerned = asked.filter(|plugin| match plugin {
            Plugin::NodePorts => has_host_ports(&row.spec),
            Plugin::VolumeRestrictions | Plugin::NodeVolumeLimits => !row.spec.volumes.is_empty(),
            Plugin::PodTopologySpread => (self.spread)(row),
            Plugin::InterPodAffinity => (self.neighbours)(row),
            other => Relevance::range(**other) == Range::All,
        });
        let plugins = concerned.fold(0, |all, plugin| all | plugin.bit());
        self.known[kind.index()] = Some(plugins);
        plugins
    }
}

fn has_host_ports(spec: &PodSpec) -> bool {
    let mut containers = spec.containers.iter().chain(&spec.init_containers);
    containers.any(|container| !container.host_ports.is_empty())
}
