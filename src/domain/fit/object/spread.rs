//! Topology spread constraints as written.

use super::affinity::Selector;

/// One entry of `spec.topologySpreadConstraints`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SpreadConstraint {
    /// `maxSkew`.
    pub max_skew: i32,
    /// `topologyKey`.
    pub topology_key: String,
    /// `whenUnsatisfiable`.
    pub mode: SpreadMode,
    /// `labelSelector`; absent matches no pod.
    pub selector: Option<Selector>,
    /// `minDomains`; absent is 1.
    pub min_domains: Option<i32>,
    /// `nodeAffinityPolicy`; absent is `Honor`.
    pub node_affinity: InclusionPolicy,
    /// `nodeTaintsPolicy`; absent is `Ignore`.
    pub node_taints: InclusionPolicy,
    /// `matchLabelKeys`.
    pub match_label_keys: Vec<String>,
}

/// `whenUnsatisfiable`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpreadMode {
    /// `DoNotSchedule`: filters.
    Hard,
    /// `ScheduleAnyway`: scores.
    Soft,
}

/// Whether nodes that the pod could not use count as domains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InclusionPolicy {
    /// Only nodes that the pod could use count.
    Honor,
    /// All nodes count.
    Ignore,
}
