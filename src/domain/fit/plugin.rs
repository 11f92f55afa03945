//! The scheduler's plugins by today's names, the names they had before, and what a refusal of one says.

use std::borrow::Cow;
use std::fmt;

use super::evaluate::Verdict;
use super::marks::MarkSheet;

/// A filter of the default profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plugin {
    /// Cordoned nodes.
    NodeUnschedulable,
    /// `spec.nodeName`.
    NodeName,
    /// Taints of effect NoSchedule and NoExecute.
    TaintToleration,
    /// `nodeSelector` and required node affinity.
    NodeAffinity,
    /// Host ports.
    NodePorts,
    /// Requests against what is free.
    NodeResourcesFit,
    /// Disks that cannot be shared.
    VolumeRestrictions,
    /// How many volumes of a driver a node takes.
    NodeVolumeLimits,
    /// Claims and the volumes they can bind.
    VolumeBinding,
    /// Zones of bound volumes.
    VolumeZone,
    /// Topology spread constraints.
    PodTopologySpread,
    /// Affinity and anti-affinity between pods.
    InterPodAffinity,
    /// Resource claims.
    DynamicResources,
    /// Features that the node's kubelet declares.
    NodeDeclaredFeatures,
}

impl Plugin {
    /// All filters.
    pub const ALL: [Plugin; 14] = [
        Plugin::NodeUnschedulable,
        Plugin::NodeName,
        Plugin::TaintToleration,
        Plugin::NodeAffinity,
        Plugin::NodePorts,
        Plugin::NodeResourcesFit,
        Plugin::VolumeRestrictions,
        Plugin::NodeVolumeLimits,
        Plugin::VolumeBinding,
        Plugin::VolumeZone,
        Plugin::PodTopologySpread,
        Plugin::InterPodAffinity,
        Plugin::DynamicResources,
        Plugin::NodeDeclaredFeatures,
    ];

    /// Returns the filter of that plugin's name.
    pub fn named(name: &str) -> Option<Plugin> {
        Plugin::ALL.into_iter().find(|plugin| plugin.name() == name)
    }

    /// Returns today's name.
    pub fn name(self) -> &'static str {
        match self {
            Plugin::NodeUnschedulable => "NodeUnschedulable",
            Plugin::NodeName => "NodeName",
            Plugin::TaintToleration => "TaintToleration",
            Plugin::NodeAffinity => "NodeAffinity",
            Plugin::NodePorts => "NodePorts",
            Plugin::NodeResourcesFit => "NodeResourcesFit",
            Plugin::VolumeRestrictions => "VolumeRestrictions",
            Plugin::NodeVolumeLimits => "NodeVolumeLimits",
            Plugin::VolumeBinding => "VolumeBinding",
            Plugin::VolumeZone => "VolumeZone",
            Plugin::PodTopologySpread => "PodTopologySpread",
            Plugin::InterPodAffinity => "InterPodAffinity",
            Plugin::DynamicResources => "DynamicResources",
            Plugin::NodeDeclaredFeatures => "NodeDeclaredFeatures",
        }
    }

    /// Returns the name of the predicate that the plugin was until 1.18; `None` where there was none.
    pub fn predicate(self) -> Option<&'static str> {
        match self {
            Plugin::NodeUnschedulable => Some("CheckNodeUnschedulable"),
            Plugin::NodeName => Some("HostName"),
            Plugin::TaintToleration => Some("PodToleratesNodeTaints"),
            Plugin::NodeAffinity => Some("MatchNodeSelector"),
            Plugin::NodePorts => Some("PodFitsHostPorts"),
            Plugin::NodeResourcesFit => Some("PodFitsResources"),
            Plugin::VolumeRestrictions => Some("NoDiskConflict"),
            Plugin::NodeVolumeLimits => Some("MaxCSIVolumeCountPred"),
            Plugin::VolumeBinding => Some("CheckVolumeBinding"),
            Plugin::VolumeZone => Some("NoVolumeZoneConflict"),
            Plugin::PodTopologySpread => Some("EvenPodsSpread"),
            Plugin::InterPodAffinity => Some("MatchInterPodAffinity"),
            Plugin::DynamicResources | Plugin::NodeDeclaredFeatures => None,
        }
    }

    /// Returns the plugin's bit in [`super::marks::Marks`].
    pub(super) fn bit(self) -> u16 {
        1 << (self as u16)
    }
}

impl fmt::Display for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a refusal means for preemption; the scheduler's status codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// Fewer pods on the node might help.
    Unschedulable,
    /// Nothing that the scheduler can do helps.
    UnschedulableAndUnresolvable,
}

impl Code {
    /// Returns the scheduler's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::Unschedulable => "Unschedulable",
            Code::UnschedulableAndUnresolvable => "UnschedulableAndUnresolvable",
        }
    }
}

/// A plugin's no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Who says no.
    pub plugin: Plugin,
    /// What it means.
    pub code: Code,
    /// The scheduler's own words, in the order in which the plugin gives them.
    pub reasons: Vec<String>,
    /// The values behind it, for a person.
    pub detail: String,
}

/// What a plugin finds about one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Nothing against it.
    Fits,
    /// It refuses.
    Refused(Refusal),
    /// It cannot be known: what is missing, or is not modelled.
    Unknown(String),
}

/// What a plugin's set-up for one pod yields (the scheduler's PreFilter).
pub enum Prepared<'w> {
    /// The plugin has nothing to say about this pod on any node.
    Skipped,
    /// It refuses the pod wherever it might go.
    Refused(Refusal),
    /// It judges each node.
    Checks(Box<dyn NodeCheck + 'w>),
    /// It cannot judge the pod at all: what is missing, or is not modelled.
    Unknown(String),
}

/// Judges nodes for one pod, after the set-up that all nodes share.
pub trait NodeCheck {
    /// Returns what the plugin finds about a node, with reasons and values.
    fn finding(&self, node: super::world::NodeIx) -> Finding;

    /// Says why the scheduler may word its refusal of a node otherwise, where that cannot be known.
    fn doubt(&self, _node: super::world::NodeIx) -> Option<String> {
        None
    }

    /// Returns what it comes to, without words.
    fn verdict(&self, node: super::world::NodeIx) -> Verdict {
        match self.finding(node) {
            Finding::Fits => Verdict::Fits,
            Finding::Refused(_) => Verdict::Refused,
            Finding::Unknown(_) => Verdict::Unknown,
        }
    }

    /// Returns which classes of nodes the plugin refuses, where the class alone decides.
    fn refused_classes(&self) -> Option<Cow<'_, [bool]>> {
        None
    }

    /// Marks the nodes that the plugin refuses or cannot judge; plugins that can do it by column do it faster.
    fn mark(&self, plugin: Plugin, marks: &mut MarkSheet) {
        for index in 0..marks.refused().len() {
            let node = super::world::NodeIx::at(index);
            match self.verdict(node) {
                Verdict::Fits => {}
                Verdict::Refused => marks.refuse(node, plugin),
                Verdict::Unknown => marks.doubt(node, plugin),
            }
        }
    }
}
