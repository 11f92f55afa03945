//! Node affinity and inter-pod affinity terms, as written: what the scheduler makes of malformed ones is decided where they
//! are evaluated.

use std::collections::BTreeMap;

/// A pod's `spec.affinity.nodeAffinity`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct NodeAffinity {
    /// `requiredDuringScheduling...nodeSelectorTerms`, ORed; present and empty selects no node.
    pub required: Option<Vec<NodeTerm>>,
    /// `preferredDuringScheduling...` with their weights.
    pub preferred: Vec<(i32, NodeTerm)>,
}

/// A `nodeSelectorTerm`: all of it must hold; with neither part it selects no node.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct NodeTerm {
    /// `matchExpressions`, over labels.
    pub expressions: Vec<NodeRequirement>,
    /// `matchFields`, over `metadata.name`.
    pub fields: Vec<NodeRequirement>,
}

/// One requirement of a node term.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NodeRequirement {
    /// The label's key, or the field's name.
    pub key: String,
    /// `In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt`, `Lt`, or whatever else was written.
    pub operator: String,
    /// Its values.
    pub values: Vec<String>,
}

/// A `LabelSelector` as written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Selector {
    /// `matchLabels`.
    pub labels: BTreeMap<String, String>,
    /// `matchExpressions`.
    pub expressions: Vec<NodeRequirement>,
}

/// A pod's `spec.affinity.podAffinity`, or `podAntiAffinity`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct PodAffinity {
    /// `requiredDuringScheduling...`, ANDed.
    pub required: Vec<PodTerm>,
    /// `preferredDuringScheduling...` with their weights.
    pub preferred: Vec<(i32, PodTerm)>,
}

/// A `podAffinityTerm`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct PodTerm {
    /// `labelSelector`; absent matches no pod, empty matches all. `matchLabelKeys` is merged into it by the API server.
    pub selector: Option<Selector>,
    /// `namespaces`.
    pub namespaces: Vec<String>,
    /// `namespaceSelector`; absent adds none, empty adds all.
    pub namespace_selector: Option<Selector>,
    /// `topologyKey`.
    pub topology_key: String,
}
