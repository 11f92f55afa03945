//! What differs between the scheduler's minors and between its profiles, as data in one place.

use std::fmt;

use super::object::affinity::NodeAffinity;
use super::object::spread::SpreadConstraint;
use super::plugin::Plugin;

/// A minor version of the scheduler that is modelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Minor {
    /// 1.34.
    V1_34,
    /// 1.35.
    V1_35,
    /// 1.36.
    V1_36,
    /// 1.37.
    V1_37,
}

/// How the requests of a pod on a node are counted while they are changed in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResizeRule {
    /// Each container counts the most it asks for, has and was promised (1.34, 1.35).
    PerContainer,
    /// As before, and pod-level requests read the pod's status (1.36).
    PerContainerAndPod,
    /// Three sums over the pod, then the most of each resource (1.37).
    PodAggregates,
}

/// Whether a behaviour exists in a minor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Not yet, or switched off by default.
    Absent,
    /// On by default.
    Present,
}

impl Presence {
    /// Tells whether it exists.
    pub fn is_present(self) -> bool {
        self == Presence::Present
    }
}

impl Minor {
    /// All that are modelled, oldest first.
    pub const ALL: [Minor; 4] = [Minor::V1_34, Minor::V1_35, Minor::V1_36, Minor::V1_37];

    /// The newest.
    pub const NEWEST: Minor = Minor::V1_37;

    /// Returns the number behind `1.`.
    pub fn number(self) -> u32 {
        match self {
            Minor::V1_34 => 34,
            Minor::V1_35 => 35,
            Minor::V1_36 => 36,
            Minor::V1_37 => 37,
        }
    }

    /// Returns the number behind `1.` in a version such as `v1.37.2`, `1.36` or `v1.35.4-gke.100`.
    pub fn in_version(version: &str) -> Option<u32> {
        let rest = version.strip_prefix('v').unwrap_or(version);
        let minor = rest.strip_prefix("1.")?;
        let end = minor.find(|c: char| !c.is_ascii_digit());
        minor[..end.unwrap_or(minor.len())].parse().ok()
    }

    /// Returns the modelled minor nearest to `1.number`.
    pub fn nearest(number: u32) -> Minor {
        let distance = |minor: &Minor| minor.number().abs_diff(number);
        Minor::ALL
            .into_iter()
            .min_by_key(distance)
            .unwrap_or(Minor::NEWEST)
    }

    /// Returns the modelled minor by which a server of this version is judged: the newest where the version says nothing.
    pub fn of_server(version: &str) -> Minor {
        Minor::in_version(version).map_or(Minor::NEWEST, Minor::nearest)
    }

    /// Returns how a pod under resize counts.
    pub fn resize_rule(self) -> ResizeRule {
        match self {
            Minor::V1_34 | Minor::V1_35 => ResizeRule::PerContainer,
            Minor::V1_36 => ResizeRule::PerContainerAndPod,
            Minor::V1_37 => ResizeRule::PodAggregates,
        }
    }

    /// Whether a pod's own namespace selectors also see every namespace as one without labels (an upstream slip that 1.37 mended).
    pub fn namespace_selector_sees_no_labels(self) -> Presence {
        present_if(self < Minor::V1_37)
    }

    /// Whether a CSIDriver may keep pods off nodes that lack it (`preventPodSchedulingIfMissing`).
    pub fn missing_driver_refuses(self) -> Presence {
        present_if(self >= Minor::V1_37)
    }

    /// Whether an extended resource may be served by a device class.
    pub fn extended_resources_by_claim(self) -> Presence {
        present_if(self >= Minor::V1_36)
    }

    /// Whether allocated devices may wait for conditions before their pod is bound.
    pub fn device_binding_conditions(self) -> Presence {
        present_if(self >= Minor::V1_36)
    }

    /// Whether nodes must declare features that pods need.
    pub fn declared_features(self) -> Presence {
        present_if(self >= Minor::V1_36)
    }

    /// Whether bind mount options are such a feature.
    pub fn declares_bind_mount_options(self) -> Presence {
        present_if(self >= Minor::V1_37)
    }

    /// Whether the balance score compares with and without the pod.
    pub fn balance_compares(self) -> Presence {
        present_if(self >= Minor::V1_36)
    }

    /// Whether admission writes a node's zone and region to the labels of pods that are bound to it.
    pub fn labels_pods_by_topology(self) -> Presence {
        present_if(self >= Minor::V1_35)
    }

    /// Whether claims score.
    pub fn claims_score(self) -> Presence {
        present_if(self >= Minor::V1_35)
    }

    /// Whether volume bindings score.
    pub fn volumes_score(self) -> Presence {
        present_if(self >= Minor::V1_37)
    }

    /// How image volumes enter the image score.
    pub fn image_volumes(self) -> ImageVolumes {
        match self {
            Minor::V1_34 | Minor::V1_35 => ImageVolumes::Ignored,
            Minor::V1_36 => ImageVolumes::Summed,
            Minor::V1_37 => ImageVolumes::SummedAndCounted,
        }
    }

    /// Whether NodeName and NodeUnschedulable stand in that order at the head of the plugins.
    pub fn node_name_first(self) -> Presence {
        present_if(self >= Minor::V1_37)
    }
}

fn present_if(condition: bool) -> Presence {
    if condition {
        Presence::Present
    } else {
        Presence::Absent
    }
}

impl fmt::Display for Minor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.number())
    }
}

/// How image volumes enter the image score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageVolumes {
    /// Not at all.
    Ignored,
    /// Their size counts, their number does not.
    Summed,
    /// Both count.
    SummedAndCounted,
}

/// A profile of the scheduler: whose rules, which plugins, which weights and arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The scheduler's minor.
    pub minor: Minor,
    /// `schedulerName`.
    pub scheduler_name: String,
    /// Plugins whose PreFilter runs, in its order: what refuses a pod as a whole, and narrows the nodes.
    pub prefilters: Vec<Plugin>,
    /// Filters, in their order.
    pub filters: Vec<Plugin>,
    /// Scores with their weights.
    pub scores: Vec<(ScorePlugin, i64)>,
    /// Arguments of NodeResourcesFit.
    pub fit: FitArguments,
    /// `addedAffinity` of NodeAffinity.
    pub added_affinity: Option<NodeAffinity>,
    /// `defaultConstraints` of PodTopologySpread.
    pub default_spread: DefaultSpread,
    /// `shape` of VolumeBinding: what the use of storage capacity scores, from 1.37 on.
    pub storage_shape: Shape,
    /// `hardPodAffinityWeight` of InterPodAffinity.
    pub hard_pod_affinity_weight: i64,
    /// `ignorePreferredTermsOfExistingPods` of InterPodAffinity.
    pub preferred_terms_of_others: Consideration,
    /// What is done for a pod that fits nowhere.
    pub post_filter: PostFilter,
    /// Plugins and extenders of the configuration that are not modelled.
    pub unmodelled: Vec<String>,
}

/// What a profile does for a pod that fits nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostFilter {
    /// DefaultPreemption makes room.
    Preemption(CandidateNodes),
    /// Nothing.
    Nothing,
    /// A plugin of somebody else does something.
    Foreign(String),
}

/// Arguments of DefaultPreemption: after how many nodes with room it stops looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CandidateNodes {
    /// `minCandidateNodesPercentage`, of the nodes that are looked at.
    pub percentage: i64,
    /// `minCandidateNodesAbsolute`.
    pub absolute: i64,
}

impl Default for CandidateNodes {
    fn default() -> Self {
        CandidateNodes {
            percentage: 10,
            absolute: 100,
        }
    }
}

/// Whether something is taken into account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consideration {
    /// Yes.
    Considered,
    /// No.
    Ignored,
}

/// Which spread constraints a pod without any gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DefaultSpread {
    /// `defaultingType: System`: host names with skew 3 and zones with skew 5, for scoring only.
    System,
    /// `defaultingType: List`.
    List(Vec<SpreadConstraint>),
}

/// Arguments of NodeResourcesFit (and the resources of NodeResourcesBalancedAllocation).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FitArguments {
    /// How free room scores.
    pub strategy: Strategy,
    /// The resources that score, with their weights.
    pub resources: Vec<(String, i64)>,
    /// The resources whose balance scores.
    pub balanced: Vec<String>,
    /// `ignoredResources`: extended resources that do not filter.
    pub ignored_resources: Vec<String>,
    /// `ignoredResourceGroups`: prefixes of such resources.
    pub ignored_groups: Vec<String>,
}

/// `scoringStrategy` of NodeResourcesFit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Strategy {
    /// More free room is better.
    LeastAllocated,
    /// Less free room is better.
    MostAllocated,
    /// A function of the utilisation.
    RequestedToCapacityRatio(Shape),
}

/// A broken line over the utilisation: points of percent and score (0 to 10), by percent.
pub type Shape = Vec<(i64, i64)>;

/// A score of the default profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScorePlugin {
    /// PreferNoSchedule taints.
    TaintToleration,
    /// Preferred node affinity.
    NodeAffinity,
    /// Free room.
    NodeResourcesFit,
    /// Storage capacity.
    VolumeBinding,
    /// Soft spread constraints.
    PodTopologySpread,
    /// Preferred affinity between pods.
    InterPodAffinity,
    /// Preferred alternatives of claims.
    DynamicResources,
    /// Balance between resources.
    NodeResourcesBalancedAllocation,
    /// Images that are there already.
    ImageLocality,
}

impl ScorePlugin {
    /// Returns the plugin's name.
    pub fn name(self) -> &'static str {
        match self {
            ScorePlugin::TaintToleration => "TaintToleration",
            ScorePlugin::NodeAffinity => "NodeAffinity",
            ScorePlugin::NodeResourcesFit => "NodeResourcesFit",
            ScorePlugin::VolumeBinding => "VolumeBinding",
            ScorePlugin::PodTopologySpread => "PodTopologySpread",
            ScorePlugin::InterPodAffinity => "InterPodAffinity",
            ScorePlugin::DynamicResources => "DynamicResources",
            ScorePlugin::NodeResourcesBalancedAllocation => "NodeResourcesBalancedAllocation",
            ScorePlugin::ImageLocality => "ImageLocality",
        }
    }
}

impl ScorePlugin {
    /// All scores.
    pub const ALL: [ScorePlugin; 9] = [
        ScorePlugin::TaintToleration,
        ScorePlugin::NodeAffinity,
        ScorePlugin::NodeResourcesFit,
        ScorePlugin::VolumeBinding,
        ScorePlugin::PodTopologySpread,
        ScorePlugin::InterPodAffinity,
        ScorePlugin::DynamicResources,
        ScorePlugin::NodeResourcesBalancedAllocation,
        ScorePlugin::ImageLocality,
    ];

    /// Returns the score of that plugin's name.
    pub fn named(name: &str) -> Option<ScorePlugin> {
        ScorePlugin::ALL
            .into_iter()
            .find(|score| score.name() == name)
    }
}

impl Profile {
    /// Returns the default profile of a minor.
    pub fn default_of(minor: Minor) -> Profile {
        Profile {
            minor,
            scheduler_name: "default-scheduler".to_owned(),
            prefilters: default_filters(minor),
            filters: default_filters(minor),
            scores: default_scores(minor),
            fit: FitArguments {
                strategy: Strategy::LeastAllocated,
                resources: vec![("cpu".to_owned(), 1), ("memory".to_owned(), 1)],
                balanced: vec!["cpu".to_owned(), "memory".to_owned()],
                ignored_resources: Vec::new(),
                ignored_groups: Vec::new(),
            },
            added_affinity: None,
            default_spread: DefaultSpread::System,
            storage_shape: vec![(0, 10), (100, 0)],
            hard_pod_affinity_weight: 1,
            preferred_terms_of_others: Consideration::Considered,
            post_filter: PostFilter::Preemption(CandidateNodes::default()),
            unmodelled: Vec::new(),
        }
    }
}

fn default_filters(minor: Minor) -> Vec<Plugin> {
    let mut filters = vec![
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
    ];
    if minor.node_name_first().is_present() {
        filters.swap(0, 1);
    }
    if minor.declared_features().is_present() {
        filters.push(Plugin::NodeDeclaredFeatures);
    }
    filters
}

fn default_scores(minor: Minor) -> Vec<(ScorePlugin, i64)> {
    let mut scores = vec![
        (ScorePlugin::TaintToleration, 3),
        (ScorePlugin::NodeAffinity, 2),
        (ScorePlugin::NodeResourcesFit, 1),
        (ScorePlugin::PodTopologySpread, 2),
        (ScorePlugin::InterPodAffinity, 2),
        (ScorePlugin::NodeResourcesBalancedAllocation, 1),
        (ScorePlugin::ImageLocality, 1),
    ];
    if minor.claims_score().is_present() {
        scores.push((ScorePlugin::DynamicResources, 2));
    }
    if minor.volumes_score().is_present() {
        scores.push((ScorePlugin::VolumeBinding, 1));
    }
    scores
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_is_on_by_default_and_the_node_name_comes_first_from_1_37() {
        for minor in [Minor::V1_34, Minor::V1_35] {
            let filters = Profile::default_of(minor).filters;
            assert_eq!(filters, Plugin::ALL[..13], "{minor}");
        }
        let filters = Profile::default_of(Minor::V1_36).filters;
        assert_eq!(filters, Plugin::ALL);
        let filters = Profile::default_of(Minor::V1_37).filters;
        assert_eq!(filters[..2], [Plugin::NodeName, Plugin::NodeUnschedulable]);
        assert_eq!(filters[2..], Plugin::ALL[2..]);
    }

    #[test]
    fn weights_are_those_of_the_default_profile() {
        let weights = |minor| {
            let mut weights: Vec<(&str, i64)> = Profile::default_of(minor)
                .scores
                .into_iter()
                .map(|(plugin, weight)| (plugin.name(), weight))
                .collect();
            weights.sort_unstable();
            weights
        };
        let mut expected = vec![
            ("ImageLocality", 1),
            ("InterPodAffinity", 2),
            ("NodeAffinity", 2),
            ("NodeResourcesBalancedAllocation", 1),
            ("NodeResourcesFit", 1),
            ("PodTopologySpread", 2),
            ("TaintToleration", 3),
        ];
        assert_eq!(weights(Minor::V1_34), expected);
        expected.insert(0, ("DynamicResources", 2));
        assert_eq!(weights(Minor::V1_35), expected);
        assert_eq!(weights(Minor::V1_36), expected);
        expected.push(("VolumeBinding", 1));
        assert_eq!(weights(Minor::V1_37), expected);
    }
}
