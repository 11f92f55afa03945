//! The rules by every name they ever had: what each checks, since when it is called otherwise, and what became of it.
//!
//! Many people learnt the names of predicates and priorities, and runbooks still use them. Sources: the scheduler's
//! release notes and its code from 1.12 to 1.37.

/// What kind of rule a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Refuses nodes: a predicate, today a filter.
    Filter,
    /// Orders nodes: a priority, today a score.
    Score,
}

/// A rule and its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Refuses or orders.
    pub sort: Sort,
    /// The plugin's name today; `None` where the rule is gone.
    pub today: Option<&'static str>,
    /// The names it had as predicate or priority, and names that people give it.
    pub older: &'static [&'static str],
    /// What it checks today, or did last.
    pub checks: &'static str,
    /// What became of it, and when.
    pub story: &'static str,
}

/// Every rule, filters first, in the scheduler's order.
pub const RULES: &[Rule] = &[
    Rule {
        sort: Sort::Filter,
        today: Some("NodeUnschedulable"),
        older: &["CheckNodeUnschedulable"],
        checks: "refuses a cordoned node (spec.unschedulable), unless the pod tolerates the taint \
                 node.kubernetes.io/unschedulable:NoSchedule",
        story: "a plugin of today's name since 1.18; on by default",
    },
    Rule {
        sort: Sort::Filter,
        today: Some("NodeName"),
        older: &["HostName", "PodFitsHost"],
        checks: "lets a pod whose spec.nodeName is set run on that node alone; spec.hostname plays no part",
        story: "a plugin of today's name since 1.18; on by default",
    },
    Rule {
        sort: Sort::Filter,
        today: Some("TaintToleration"),
        older: &["PodToleratesNodeTaints"],
        checks: "refuses a node with a taint of effect NoSchedule or NoExecute that the pod does not tolerate",
        story: "as a predicate it was mandatory; a plugin of today's name since 1.18; on by default",
    },
    Rule {
        sort: Sort::Filter,
        today: Some("NodeAffinity"),
        older: &["MatchNodeSelector", "PodMatchNodeSelector"],
        checks: "wants the node to match the pod's nodeSelector and its required node affinity",
        story: "a plugin of today's name since 1.18; on by default",
    },
    Rule {
        sort: Sort::Filter,
        today: Some("NodePorts"),
        older: &["PodFitsHostPorts", "PodFitsPorts"],
        checks: "wants the host ports of the pod's containers and sidecars free: by protocol, port and host address",
        story: "a plugin of today's name since 1.18; on by default",
    },
    Rule {
        sort: Sort::Filter,
        today: Some("NodeResourcesFit"),
        older: &["PodFitsResources", "GeneralPredicates"],
        checks: "wants room for one more pod and for every request, against the node's allocatable less what the pods on it \
                 request; what they really use plays no part",
        story: "a plugin of today's name since 1.18; on by default; critical pods are no exception here, only at the kubelet",
    },
    Rule {
        sort: Sort::Filter,
        today: Some("VolumeRestrictions"),
        older: &["NoDiskConflict"],
        checks: "refuses disks that another pod on the node uses and that cannot be shared, and a claim of mode \
                 ReadWriteOncePod that any pod uses",
        story: "a plugin of today's name since 1.18, ReadWriteOncePod since 1.22; on by default",
    },
    Rule {
        sort: Sort::Filter,
        today: Some("NodeVolumeLimits"),
        older: &["MaxCSIVolumeCountPred", "MaxCSIVolumeCount"],
        checks: "keeps the volumes of each CSI driver on a node within the limit that its CSINode states",
        story: "a plugin of today's name since 1.18; on by default; from 1.37 a driver may also keep pods off nodes that lack it",
    },
    Rule {
        sort: Sort::Filter,
        today: Some("VolumeBinding"),
        older: &["CheckVolumeBinding"],
        checks: "wants the node to reach the volumes that the pod's claims are bound to, and volumes or a provisioner for \
                 claims that wait for the pod",
        story: "a plugin of today's name since 1.18; on by default",
    },
    Rule {
        sort: Sort::Filter,
        today: Some("VolumeZone"),
        older: &["NoVolumeZoneConflict"],
        checks: "wants the node in the zone and region that the labels of the pod's bound volumes name",
        story: "a plugin of today's name since 1.18; on by default",
    },
    Rule {
        sort: Sort::Filter,
        today: Some("PodTopologySpread"),
        older: &["EvenPodsSpread", "EvenPodsSpreadPred"],
        checks: "keeps the skew of matching pods between domains within maxSkew, for constraints with DoNotSchedule",
        story: "a predicate since 1.16, a plugin of today's name since 1.18; on by default",
    },
    Rule {
        sort: Sort::Filter,
        today: Some("InterPodAffinity"),
        older: &["MatchInterPodAffinity"],
        checks: "wants the pod's required affinity to other pods met, its anti-affinity kept, and the anti-affinity of pods \
                 that run already",
        story: "a plugin of today's name since 1.18; on by default, and was as a predicate",
    },
    Rule {
        sort: Sort::Filter,
        today: Some("DynamicResources"),
        older: &[],
        checks: "wants the devices of the pod's resource claims available to the node",
        story: "new in 1.26, on by default since 1.34; it never had another name",
    },
    Rule {
        sort: Sort::Filter,
        today: Some("NodeDeclaredFeatures"),
        older: &[],
        checks: "wants the node's kubelet to declare the features that the pod needs",
        story: "new in 1.35, on by default since 1.36; it never had another name",
    },
    Rule {
        sort: Sort::Filter,
        today: None,
        older: &["CheckNodeCondition", "CheckNodeConditionPred"],
        checks: "refused a node that is not ready, whose network is unavailable, or that is cordoned",
        story: "off since 1.12, when conditions became taints, and removed after 1.17; TaintToleration and NodeUnschedulable \
                do it today, and a node that is not ready without a taint takes pods",
    },
    Rule {
        sort: Sort::Filter,
        today: None,
        older: &["CheckNodeMemoryPressure"],
        checks: "refused pods without requests on a node under memory pressure",
        story: "off since 1.12, removed after 1.17; today the taint node.kubernetes.io/memory-pressure:NoSchedule, for every pod \
                that does not tolerate it",
    },
    Rule {
        sort: Sort::Filter,
        today: None,
        older: &["CheckNodeDiskPressure"],
        checks: "refused a node under disk pressure",
        story: "off since 1.12, removed after 1.17; today the taint node.kubernetes.io/disk-pressure:NoSchedule",
    },
    Rule {
        sort: Sort::Filter,
        today: None,
        older: &["CheckNodePIDPressure"],
        checks: "refused a node that is short of process IDs",
        story: "off since 1.12, removed after 1.17; today the taint node.kubernetes.io/pid-pressure:NoSchedule",
    },
    Rule {
        sort: Sort::Filter,
        today: None,
        older: &["PodToleratesNodeNoExecuteTaints"],
        checks: "refused a node with a taint of effect NoExecute that the pod does not tolerate",
        story: "never on by default; a part of TaintToleration",
    },
    Rule {
        sort: Sort::Filter,
        today: None,
        older: &["CheckNodeLabelPresence", "NodeLabelPresence", "NodeLabel"],
        checks: "wanted labels, named in the configuration, present on the node, or absent, whatever their values",
        story: "never on by default; plugin NodeLabel from 1.18, removed in 1.23; NodeAffinity with addedAffinity does it today",
    },
    Rule {
        sort: Sort::Filter,
        today: None,
        older: &["CheckServiceAffinity", "ServiceAffinity"],
        checks: "kept the pods of a Service on nodes that have equal values for labels named in the configuration",
        story: "never on by default; plugin ServiceAffinity from 1.18, removed in 1.23; required pod affinity does it today",
    },
    Rule {
        sort: Sort::Filter,
        today: None,
        older: &["MaxEBSVolumeCount", "EBSLimits"],
        checks: "let at most 39 EBS volumes onto a node (25 on Nitro), or as many as KUBE_MAX_PD_VOLS said",
        story: "plugin EBSLimits from 1.18, off since 1.31, removed in 1.32; NodeVolumeLimits does it today",
    },
    Rule {
        sort: Sort::Filter,
        today: None,
        older: &["MaxGCEPDVolumeCount", "GCEPDLimits"],
        checks: "let at most 16 GCE persistent disks onto a node, or as many as KUBE_MAX_PD_VOLS said",
        story: "plugin GCEPDLimits from 1.18, off since 1.31, removed in 1.32; NodeVolumeLimits does it today",
    },
    Rule {
        sort: Sort::Filter,
        today: None,
        older: &["MaxAzureDiskVolumeCount", "AzureDiskLimits"],
        checks: "let at most 16 Azure disks onto a node, or as many as KUBE_MAX_PD_VOLS said",
        story: "plugin AzureDiskLimits from 1.18, off since 1.31, removed in 1.32; NodeVolumeLimits does it today",
    },
    Rule {
        sort: Sort::Score,
        today: Some("TaintToleration"),
        older: &["TaintTolerationPriority"],
        checks: "prefers nodes with fewer PreferNoSchedule taints that the pod does not tolerate",
        story: "a plugin of today's name since 1.18; weight 3",
    },
    Rule {
        sort: Sort::Score,
        today: Some("NodeAffinity"),
        older: &["NodeAffinityPriority"],
        checks: "prefers nodes that match more of the weight of the pod's preferred node affinity; nodeSelector plays no part",
        story: "a plugin of today's name since 1.18; weight 2",
    },
    Rule {
        sort: Sort::Score,
        today: Some("NodeResourcesFit"),
        older: &[
            "LeastRequested",
            "LeastRequestedPriority",
            "NodeResourcesLeastAllocated",
        ],
        checks: "prefers nodes with more of their CPU and memory free of requests",
        story: "plugin NodeResourcesLeastAllocated from 1.18, since 1.23 a strategy of NodeResourcesFit and its default; weight 1",
    },
    Rule {
        sort: Sort::Score,
        today: Some("NodeResourcesFit"),
        older: &[
            "MostRequested",
            "MostRequestedPriority",
            "NodeResourcesMostAllocated",
        ],
        checks: "prefers nodes with less of their resources free, to fill some before others",
        story: "never on by default; since 1.23 strategy MostAllocated of NodeResourcesFit",
    },
    Rule {
        sort: Sort::Score,
        today: Some("NodeResourcesFit"),
        older: &[
            "RequestedToCapacityRatio",
            "RequestedToCapacityRatioPriority",
        ],
        checks: "scores by a function of the utilisation that the configuration draws",
        story: "never on by default; since 1.23 strategy RequestedToCapacityRatio of NodeResourcesFit",
    },
    Rule {
        sort: Sort::Score,
        today: Some("NodeResourcesBalancedAllocation"),
        older: &["BalancedResourceAllocation"],
        checks: "prefers nodes on which the pod brings the use of CPU and of memory closer to each other",
        story: "a plugin of today's name since 1.18; weight 1; another formula since 1.36",
    },
    Rule {
        sort: Sort::Score,
        today: Some("PodTopologySpread"),
        older: &[
            "SelectorSpread",
            "SelectorSpreadPriority",
            "ServiceSpreading",
            "ServiceSpreadingPriority",
            "EvenPodsSpreadPriority",
        ],
        checks: "prefers nodes and zones with fewer pods of the same Service or controller, or by the pod's own constraints \
                 with ScheduleAnyway",
        story: "SelectorSpread became the default constraints of PodTopologySpread in 1.20 and was removed in 1.29; weight 2",
    },
    Rule {
        sort: Sort::Score,
        today: Some("InterPodAffinity"),
        older: &["InterPodAffinityPriority"],
        checks: "prefers nodes by the preferred affinity and anti-affinity of the pod and of pods that run already",
        story: "a plugin of today's name since 1.18; weight 2",
    },
    Rule {
        sort: Sort::Score,
        today: Some("ImageLocality"),
        older: &["ImageLocalityPriority"],
        checks: "prefers nodes that have the pod's larger images already",
        story: "a plugin of today's name since 1.18; weight 1",
    },
    Rule {
        sort: Sort::Score,
        today: Some("VolumeBinding"),
        older: &[],
        checks: "prefers nodes whose volumes or storage capacity suit the size of the pod's claims",
        story: "on by default since 1.37; weight 1",
    },
    Rule {
        sort: Sort::Score,
        today: Some("DynamicResources"),
        older: &[],
        checks: "prefers nodes on which a claim gets the earlier of its alternatives",
        story: "on by default since 1.35; weight 2",
    },
    Rule {
        sort: Sort::Score,
        today: None,
        older: &["NodePreferAvoidPods", "NodePreferAvoidPodsPriority"],
        checks: "kept pods of the controllers that a node's annotation scheduler.alpha.kubernetes.io/preferAvoidPods names \
                 off it, with weight 10000",
        story: "removed in 1.23; a taint does it today",
    },
    Rule {
        sort: Sort::Score,
        today: None,
        older: &["EqualPriority"],
        checks: "gave every node the same score",
        story: "removed with the scheduler's policy files in 1.23",
    },
];

/// Finds the rules of a name, in any case: a filter and a score may share one.
pub fn find(name: &str) -> Vec<&'static Rule> {
    let rules = RULES.iter();
    rules
        .filter(|rule| rule.names().any(|own| own.eq_ignore_ascii_case(name)))
        .collect()
}

/// Returns names that resemble one that is nobody's: those that share most of their letters with it in a row.
pub fn similar(name: &str) -> Vec<&'static str> {
    let wanted = name.to_ascii_lowercase();
    let mut names: Vec<(usize, &'static str)> = RULES
        .iter()
        .flat_map(Rule::names)
        .map(|own| {
            let shared = common(&wanted, &own.to_ascii_lowercase());
            (shared * 100 / own.len().max(wanted.len()), own)
        })
        .filter(|(percent, _)| *percent >= 40)
        .collect();
    names.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    names.dedup_by_key(|(_, name)| *name);
    names.into_iter().take(3).map(|(_, name)| name).collect()
}

/// Returns the length of the longest text that both hold.
fn common(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut best = 0;
    let mut previous = vec![0; b.len() + 1];
    for one in a {
        let mut current = vec![0; b.len() + 1];
        for (at, other) in b.iter().enumerate() {
            if one == other {
                current[at + 1] = previous[at] + 1;
                best = best.max(current[at + 1]);
            }
        }
        previous = current;
    }
    best
}

impl Rule {
    /// Returns all names, today's first.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.today.into_iter().chain(self.older.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::super::plugin::Plugin;
    use super::super::profile::ScorePlugin;
    use super::*;

    #[test]
    fn every_filter_and_score_is_explained_under_both_its_names() {
        let rule = |name: &str, sort| find(name).into_iter().find(|rule| rule.sort == sort);
        for plugin in Plugin::ALL {
            let today = rule(plugin.name(), Sort::Filter).unwrap();
            if let Some(predicate) = plugin.predicate() {
                assert_eq!(rule(predicate, Sort::Filter), Some(today), "{predicate}");
            }
        }
        for score in ScorePlugin::ALL {
            assert!(
                rule(score.name(), Sort::Score).is_some(),
                "{}",
                score.name()
            );
        }
    }

    #[test]
    fn a_name_is_found_in_any_case_and_a_filter_and_a_score_may_share_it() {
        assert_eq!(find("podfitsresources")[0].today, Some("NodeResourcesFit"));
        assert_eq!(find("TaintToleration").len(), 2);
        assert_eq!(find("CheckNodeCondition")[0].today, None);
        assert!(find("Nonsense").is_empty());
    }

    #[test]
    fn older_names_belong_to_one_rule_each() {
        let mut names: Vec<&str> = RULES.iter().flat_map(|rule| rule.older).copied().collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn a_misspelt_name_has_neighbours() {
        assert_eq!(similar("PodFitsResource")[0], "PodFitsResources");
        assert!(similar("xyz").is_empty());
    }
}
