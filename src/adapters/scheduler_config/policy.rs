//! A policy file of the old scheduler (`kind: Policy`): of its predicates and priorities those that upstream removed are
//! taken, today's stay as they are.

use serde::Deserialize;

use super::arguments::{Point, ResourceSpec, points, weighed};
use crate::adapters::files::FileError;
use crate::domain::fit::explain;
use crate::domain::fit::removed::{Arguments, Requested, Wanted};

#[derive(Deserialize)]
#[serde(default)]
struct Policy {
    kind: String,
    predicates: Vec<Predicate>,
    priorities: Vec<Priority>,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            kind: "Policy".to_owned(),
            predicates: Vec::new(),
            priorities: Vec::new(),
        }
    }
}

#[derive(Deserialize)]
struct Predicate {
    name: String,
    #[serde(default)]
    argument: Option<Argument>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Argument {
    service_affinity: Option<Labels>,
    labels_presence: Option<Labels>,
}

#[derive(Deserialize)]
struct Labels {
    labels: Vec<String>,
    presence: Option<bool>,
}

#[derive(Deserialize)]
struct Priority {
    name: String,
    #[serde(default)]
    weight: Option<i64>,
    #[serde(default)]
    argument: Option<PriorityArgument>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct PriorityArgument {
    requested_to_capacity_ratio_arguments: Option<Ratio>,
}

#[derive(Deserialize)]
struct Ratio {
    shape: Vec<Point>,
    #[serde(default)]
    resources: Vec<ResourceSpec>,
}

/// What a policy asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PolicyFile {
    /// Rules that upstream removed.
    pub requested: Requested,
    /// Names of rules that apply today anyway, or that are unknown.
    pub passed_over: Vec<String>,
}

/// Reads a policy in JSON or YAML; `most_disks` is what `KUBE_MAX_PD_VOLS` says.
///
/// # Errors
///
/// Names the file and what is wrong.
pub fn policy(
    bytes: &[u8],
    source: &str,
    most_disks: Option<usize>,
) -> Result<PolicyFile, FileError> {
    let error = |message: String| super::fault(source, message);
    let policy: Policy = super::document(bytes, source, "Policy")?;
    if policy.kind != "Policy" {
        return Err(error(format!("it is a {:?}, not a Policy", policy.kind)));
    }
    let mut found = PolicyFile::default();
    for Predicate { name, argument } in policy.predicates {
        let argument = argument.unwrap_or_default();
        let (name, labels) = match (argument.service_affinity, argument.labels_presence) {
            (Some(labels), _) => ("CheckServiceAffinity".to_owned(), Some(labels)),
            (None, Some(labels)) => ("CheckNodeLabelPresence".to_owned(), Some(labels)),
            (None, None) => (name, None),
        };
        let presence = labels.as_ref().and_then(|labels| labels.presence);
        let arguments = Arguments {
            labels: labels.map(|labels| labels.labels).unwrap_or_default(),
            presence: presence.map(|present| {
                if present {
                    Wanted::Present
                } else {
                    Wanted::Absent
                }
            }),
            ..Arguments::default()
        };
        found.add(&name, arguments, most_disks).map_err(error)?;
    }
    for priority in policy.priorities {
        let (name, arguments) = priority.read().map_err(error)?;
        found.add(&name, arguments, most_disks).map_err(error)?;
    }
    Ok(found)
}

impl Priority {
    /// The priority's name and arguments. One with arguments may be called as its author liked.
    fn read(self) -> Result<(String, Arguments), String> {
        let mut arguments = Arguments {
            number: self.weight,
            ..Arguments::default()
        };
        let argument = self.argument.unwrap_or_default();
        let Some(ratio) = argument.requested_to_capacity_ratio_arguments else {
            return Ok((self.name, arguments));
        };
        let name = self.name;
        arguments.shape = points(ratio.shape).map_err(|problem| format!("{name}: {problem}"))?;
        arguments.resources =
            weighed(ratio.resources).map_err(|problem| format!("{name}: {problem}"))?;
        Ok(("RequestedToCapacityRatio".to_owned(), arguments))
    }
}

impl PolicyFile {
    fn add(
        &mut self,
        name: &str,
        arguments: Arguments,
        most_disks: Option<usize>,
    ) -> Result<(), String> {
        let Err(problem) = self.requested.add(name, arguments, most_disks) else {
            return Ok(());
        };
        let is_todays = |rule: &&explain::Rule| rule.today.is_some();
        if !explain::find(name).iter().any(is_todays) {
            return Err(problem);
        }
        self.passed_over.push(name.to_owned());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fit::removed::{RemovedRule, RemovedScore, Utilisation};

    #[test]
    fn removed_rules_are_taken_and_todays_are_passed_over() {
        let text = r#"{"kind": "Policy", "apiVersion": "v1",
            "predicates": [{"name": "PodFitsResources"}, {"name": "CheckNodeDiskPressure"},
              {"name": "Rack", "argument": {"labelsPresence": {"labels": ["rack"], "presence": true}}},
              {"name": "Zone", "argument": {"serviceAffinity": {"labels": ["zone"]}}}],
            "priorities": [{"name": "LeastRequestedPriority", "weight": 1}, {"name": "SelectorSpread", "weight": 2}]}"#;
        let found = policy(text.as_bytes(), "policy.json", None).unwrap();
        let names: Vec<&str> = found
            .requested
            .rules
            .iter()
            .map(RemovedRule::name)
            .collect();
        assert_eq!(
            names,
            [
                "CheckNodeDiskPressure",
                "CheckNodeLabelPresence",
                "CheckServiceAffinity"
            ]
        );
        assert_eq!(found.requested.scores, [(RemovedScore::SelectorSpread, 2)]);
        assert_eq!(
            found.passed_over,
            ["PodFitsResources", "LeastRequestedPriority"]
        );
    }

    #[test]
    fn a_function_of_the_utilisation_is_read_under_any_name() {
        let text = "kind: Policy
priorities:
- {name: MostRequestedPriority, weight: 3}
- name: Bins
  weight: 2
  argument:
    requestedToCapacityRatioArguments:
      shape: [{utilization: 0, score: 0}, {utilization: 80, score: 10}]
      resources: [{name: example.com/gpu, weight: 5}, {name: cpu}]
";
        let found = policy(text.as_bytes(), "policy.yaml", None).unwrap();
        let told = Utilisation {
            shape: vec![(0, 0), (80, 10)],
            resources: vec![("example.com/gpu".to_owned(), 5), ("cpu".to_owned(), 1)],
        };
        let scores = [
            (RemovedScore::MostRequested, 3),
            (RemovedScore::RequestedToCapacityRatio(told), 2),
        ];
        assert_eq!(found.requested.scores, scores);
        let falling = text.replace("utilization: 80", "utilization: 0");
        assert_eq!(
            policy(falling.as_bytes(), "policy.yaml", None)
                .unwrap_err()
                .to_string(),
            "policy.yaml: document 1: Bins: shape: utilization must rise from point to point"
        );
    }

    #[test]
    fn a_rule_that_never_was_is_an_error() {
        let text = "kind: Policy\npredicates: [{name: FitsNicely}]";
        let error = policy(text.as_bytes(), "policy.yaml", None)
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("policy.yaml: document 1: \"FitsNicely\" is not a rule"),
            "{error}"
        );
    }
}
