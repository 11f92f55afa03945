//! Affinities and spread constraints.
//!
//! Operators and selectors are kept as written. The API server lets malformed ones through, and each rule of the
//! scheduler has its own way with them.

use std::collections::BTreeMap;

use super::super::error::ConvertError;
use super::here::Here;
use super::slim;
use crate::domain::fit::object::affinity as domain;
use crate::domain::fit::object::spread::{InclusionPolicy, SpreadConstraint, SpreadMode};

slim!(Affinity {
    node_affinity: NodeAffinity,
    pod_affinity: PodAffinity,
    pod_anti_affinity: PodAffinity,
});

slim!(NodeAffinity {
    #[serde(rename = "requiredDuringSchedulingIgnoredDuringExecution")]
    required: Option<NodeSelector>,
    #[serde(rename = "preferredDuringSchedulingIgnoredDuringExecution")]
    preferred: Vec<PreferredNodeTerm>,
});

slim!(NodeSelector {
    node_selector_terms: Vec<NodeTerm>,
});

slim!(PreferredNodeTerm {
    weight: i32,
    preference: NodeTerm,
});

slim!(NodeTerm {
    match_expressions: Vec<Requirement>,
    match_fields: Vec<Requirement>,
});

slim!(Requirement {
    key: String,
    operator: String,
    values: Vec<String>,
});

slim!(Selector {
    match_labels: BTreeMap<String, String>,
    match_expressions: Vec<Requirement>,
});

slim!(PodAffinity {
    #[serde(rename = "requiredDuringSchedulingIgnoredDuringExecution")]
    required: Vec<PodTerm>,
    #[serde(rename = "preferredDuringSchedulingIgnoredDuringExecution")]
    preferred: Vec<PreferredPodTerm>,
});

slim!(PreferredPodTerm {
    weight: i32,
    pod_affinity_term: PodTerm,
});

slim!(PodTerm {
    label_selector: Option<Selector>,
    namespaces: Vec<String>,
    namespace_selector: Option<Selector>,
    topology_key: String,
});

slim!(Spread {
    max_skew: i32,
    topology_key: String,
    when_unsatisfiable: String,
    label_selector: Option<Selector>,
    min_domains: Option<i32>,
    node_affinity_policy: Option<String>,
    node_taints_policy: Option<String>,
    match_label_keys: Vec<String>,
});

impl From<NodeAffinity> for domain::NodeAffinity {
    fn from(affinity: NodeAffinity) -> Self {
        let weighed = |term: PreferredNodeTerm| (term.weight, term.preference.into());
        domain::NodeAffinity {
            required: affinity.required.map(NodeSelector::into_terms),
            preferred: affinity.preferred.into_iter().map(weighed).collect(),
        }
    }
}

impl NodeSelector {
    /// Converts to the list of terms.
    pub fn into_terms(self) -> Vec<domain::NodeTerm> {
        let terms = self.node_selector_terms.into_iter();
        terms.map(Into::into).collect()
    }
}

impl From<NodeTerm> for domain::NodeTerm {
    fn from(term: NodeTerm) -> Self {
        domain::NodeTerm {
            expressions: requirements(term.match_expressions),
            fields: requirements(term.match_fields),
        }
    }
}

fn requirements(written: Vec<Requirement>) -> Vec<domain::NodeRequirement> {
    let convert = |requirement: Requirement| domain::NodeRequirement {
        key: requirement.key,
        operator: requirement.operator,
        values: requirement.values,
    };
    written.into_iter().map(convert).collect()
}

impl From<Selector> for domain::Selector {
    fn from(selector: Selector) -> Self {
        domain::Selector {
            labels: selector.match_labels,
            expressions: requirements(selector.match_expressions),
        }
    }
}

impl From<PodAffinity> for domain::PodAffinity {
    fn from(affinity: PodAffinity) -> Self {
        let weighed = |term: PreferredPodTerm| (term.weight, term.pod_affinity_term.into());
        domain::PodAffinity {
            required: affinity.required.into_iter().map(Into::into).collect(),
            preferred: affinity.preferred.into_iter().map(weighed).collect(),
        }
    }
}

impl From<PodTerm> for domain::PodTerm {
    fn from(term: PodTerm) -> Self {
        domain::PodTerm {
            selector: term.label_selector.map(Into::into),
            namespaces: term.namespaces,
            namespace_selector: term.namespace_selector.map(Into::into),
            topology_key: term.topology_key,
        }
    }
}

impl Spread {
    /// Converts; `index` names the constraint, for the error.
    pub fn into_domain(
        self,
        here: Here<'_>,
        index: usize,
    ) -> Result<SpreadConstraint, ConvertError> {
        let field = |name| format!("spec.topologySpreadConstraints[{index}].{name}");
        let policy = |written: Option<String>, default, name| match written.as_deref() {
            None | Some("") => Ok(default),
            Some("Honor") => Ok(InclusionPolicy::Honor),
            Some("Ignore") => Ok(InclusionPolicy::Ignore),
            Some(other) => {
                Err(here.error(field(name), format!("{other:?} is not Honor or Ignore")))
            }
        };
        Ok(SpreadConstraint {
            max_skew: self.max_skew,
            topology_key: self.topology_key,
            mode: match self.when_unsatisfiable.as_str() {
                "DoNotSchedule" => SpreadMode::Hard,
                "ScheduleAnyway" => SpreadMode::Soft,
                other => {
                    let problem = format!("{other:?} is not DoNotSchedule or ScheduleAnyway");
                    return Err(here.error(field("whenUnsatisfiable"), problem));
                }
            },
            selector: self.label_selector.map(Into::into),
            min_domains: self.min_domains,
            node_affinity: policy(
                self.node_affinity_policy,
                InclusionPolicy::Honor,
                "nodeAffinityPolicy",
            )?,
            node_taints: policy(
                self.node_taints_policy,
                InclusionPolicy::Ignore,
                "nodeTaintsPolicy",
            )?,
            match_label_keys: self.match_label_keys,
        })
    }
}
