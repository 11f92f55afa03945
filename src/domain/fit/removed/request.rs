//! Which removed rules somebody asks for, in words or in a policy file of the old scheduler.

use super::scores::default_resources;
use super::volume_counts::DiskKind;
use super::{RemovedRefusal, RemovedRule, RemovedScore, Utilisation, Wanted, scores};
use crate::domain::fit::Context;
use crate::domain::fit::profile::Shape;
use crate::domain::fit::world::NodeIx;

/// The largest weight of a priority: that of a plugin today, whose weights have 32 bits.
const HEAVIEST: i64 = i32::MAX as i64;

/// The removed rules that are judged besides today's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Requested {
    /// Predicates.
    pub rules: Vec<RemovedRule>,
    /// Priorities with their weights.
    pub scores: Vec<(RemovedScore, i64)>,
}

/// What a rule may be told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arguments {
    /// Labels of `CheckNodeLabelPresence` and `CheckServiceAffinity`.
    pub labels: Vec<String>,
    /// Whether the labels must be there; absent is yes.
    pub presence: Option<Wanted>,
    /// How many disks a node takes, or the weight of a priority.
    pub number: Option<i64>,
    /// The function of `RequestedToCapacityRatio`.
    pub shape: Shape,
    /// The resources over which it goes, with their weights; none is CPU and memory alike.
    pub resources: Vec<(String, i64)>,
}

impl Requested {
    /// The names of all rules that can be asked for.
    pub const NAMES: [&str; 12] = [
        "CheckNodeCondition",
        "CheckNodeMemoryPressure",
        "CheckNodeDiskPressure",
        "CheckNodePIDPressure",
        "PodToleratesNodeNoExecuteTaints",
        "CheckNodeLabelPresence",
        "CheckServiceAffinity",
        "MaxEBSVolumeCount",
        "MaxGCEPDVolumeCount",
        "MaxAzureDiskVolumeCount",
        "NodePreferAvoidPods",
        "SelectorSpread",
    ];

    /// Adds a rule by its name; `most_disks` is what `KUBE_MAX_PD_VOLS` says.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the name or its arguments.
    pub fn add(
        &mut self,
        name: &str,
        arguments: Arguments,
        most_disks: Option<usize>,
    ) -> Result<(), String> {
        if let Some(score) = score(name, &arguments)? {
            let weight = arguments.number.unwrap_or(score.default_weight());
            if !(1..=HEAVIEST).contains(&weight) {
                return Err(format!("{name}: weight {weight} is not of 1 to {HEAVIEST}"));
            }
            self.scores.push((score, weight));
            return Ok(());
        }
        let rule = rule(name, arguments, most_disks)?;
        if !self.rules.contains(&rule) {
            self.rules.push(rule);
        }
        Ok(())
    }

    /// Reads `NAME`, `NAME=LABEL,LABEL`, `NAME=!LABEL` or `NAME=NUMBER`.
    ///
    /// # Errors
    ///
    /// As [`Requested::add`].
    pub fn add_text(&mut self, text: &str, most_disks: Option<usize>) -> Result<(), String> {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        let mut arguments = Arguments::default();
        match value.parse::<i64>() {
            Ok(number) => arguments.number = Some(number),
            Err(_) => {
                let labels = value.split(',').filter(|label| !label.is_empty());
                arguments.labels = labels
                    .map(|label| label.trim_start_matches('!').to_owned())
                    .collect();
                arguments.presence = value.starts_with('!').then_some(Wanted::Absent);
            }
        }
        self.add(name, arguments, most_disks)
    }

    /// Returns what the rules have against a node.
    pub fn refusals(&self, cx: &Context<'_>, node: NodeIx) -> Vec<RemovedRefusal> {
        self.rules
            .iter()
            .filter_map(|rule| rule.judge(cx, node))
            .collect()
    }

    /// Returns the weighted scores of nodes, by the priority's name.
    pub fn scores(&self, cx: &Context<'_>, nodes: &[NodeIx]) -> Vec<(&'static str, Vec<i64>)> {
        let weighed = |(score, weight): &(RemovedScore, i64)| {
            let each = scores(score, cx, nodes).into_iter();
            (score.name(), each.map(|one| one * weight).collect())
        };
        self.scores.iter().map(weighed).collect()
    }
}

/// The priority of a name, with or without the ending that names of priorities had.
fn score(name: &str, arguments: &Arguments) -> Result<Option<RemovedScore>, String> {
    match name.strip_suffix("Priority").unwrap_or(name) {
        "NodePreferAvoidPods" => Ok(Some(RemovedScore::NodePreferAvoidPods)),
        "SelectorSpread" => Ok(Some(RemovedScore::SelectorSpread)),
        "MostRequested" => Ok(Some(RemovedScore::MostRequested)),
        "RequestedToCapacityRatio" if arguments.shape.is_empty() => Err(format!(
            "{name} needs its shape: a policy file names it, in requestedToCapacityRatioArguments"
        )),
        "RequestedToCapacityRatio" => {
            let named = Some(arguments.resources.clone()).filter(|named| !named.is_empty());
            Ok(Some(RemovedScore::RequestedToCapacityRatio(Utilisation {
                shape: arguments.shape.clone(),
                resources: named.unwrap_or_else(default_resources),
            })))
        }
        _ => Ok(None),
    }
}

fn rule(
    name: &str,
    arguments: Arguments,
    most_disks: Option<usize>,
) -> Result<RemovedRule, String> {
    let needs_labels = || format!("{name} needs labels: {name}=LABEL,LABEL");
    let disks = |disk: DiskKind| {
        let own = arguments.number.map(|number| {
            usize::try_from(number)
                .map_err(|_| format!("{name}={number}: a node takes 0 disks or more"))
        });
        Ok(RemovedRule::DiskCount {
            disk,
            most: own
                .transpose()?
                .or(most_disks)
                .unwrap_or(disk.default_most()),
        })
    };
    match name {
        "CheckNodeCondition" => Ok(RemovedRule::NodeCondition),
        "CheckNodeMemoryPressure" => Ok(RemovedRule::MemoryPressure),
        "CheckNodeDiskPressure" => Ok(RemovedRule::DiskPressure),
        "CheckNodePIDPressure" => Ok(RemovedRule::PidPressure),
        "PodToleratesNodeNoExecuteTaints" => Ok(RemovedRule::NoExecuteTaints),
        "MaxEBSVolumeCount" => disks(DiskKind::Ebs),
        "MaxGCEPDVolumeCount" => disks(DiskKind::GcePd),
        "MaxAzureDiskVolumeCount" => disks(DiskKind::AzureDisk),
        "CheckNodeLabelPresence" | "CheckServiceAffinity" if arguments.labels.is_empty() => {
            Err(needs_labels())
        }
        "CheckNodeLabelPresence" => Ok(RemovedRule::LabelPresence {
            labels: arguments.labels,
            presence: arguments.presence.unwrap_or(Wanted::Present),
        }),
        "CheckServiceAffinity" => Ok(RemovedRule::ServiceAffinity {
            labels: arguments.labels,
        }),
        _ => Err(format!(
            "{name:?} is not a rule that upstream removed; today's rules always apply, fit --explain NAME tells of each"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_that_is_told_can_be_asked_for() {
        for name in Requested::NAMES {
            let arguments = Arguments {
                labels: vec!["rack".to_owned()],
                ..Arguments::default()
            };
            let added = Requested::default().add(name, arguments, None);
            assert_eq!(added, Ok(()), "{name}");
        }
    }

    #[test]
    fn a_weight_that_no_plugin_could_have_is_refused() {
        for text in ["SelectorSpread=0", "SelectorSpread=9223372036854775807"] {
            let problem = Requested::default().add_text(text, None).unwrap_err();
            assert!(problem.ends_with(" is not of 1 to 2147483647"), "{problem}");
        }
    }

    fn read(text: &str) -> Result<Requested, String> {
        let mut requested = Requested::default();
        requested.add_text(text, None)?;
        Ok(requested)
    }

    #[test]
    fn rules_are_read_with_their_arguments() {
        let rules = |text| read(text).unwrap().rules.remove(0);
        assert_eq!(rules("CheckNodeCondition"), RemovedRule::NodeCondition);
        let presence = |labels: &[&str], presence| RemovedRule::LabelPresence {
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            presence,
        };
        assert_eq!(
            rules("CheckNodeLabelPresence=a,b"),
            presence(&["a", "b"], Wanted::Present)
        );
        assert_eq!(
            rules("CheckNodeLabelPresence=!retiring"),
            presence(&["retiring"], Wanted::Absent)
        );
        let disks = |disk, most| RemovedRule::DiskCount { disk, most };
        assert_eq!(rules("MaxEBSVolumeCount"), disks(DiskKind::Ebs, 39));
        assert_eq!(rules("MaxGCEPDVolumeCount=4"), disks(DiskKind::GcePd, 4));
        assert_eq!(
            read("SelectorSpread=3").unwrap().scores,
            [(RemovedScore::SelectorSpread, 3)]
        );
        assert_eq!(
            read("MostRequestedPriority").unwrap().scores,
            [(RemovedScore::MostRequested, 1)]
        );
    }

    #[test]
    fn the_environments_limit_stands_unless_the_rule_says_its_own() {
        let mut requested = Requested::default();
        requested
            .add_text("MaxAzureDiskVolumeCount", Some(8))
            .unwrap();
        let disk = DiskKind::AzureDisk;
        assert_eq!(requested.rules, [RemovedRule::DiskCount { disk, most: 8 }]);
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(
            read("CheckServiceAffinity").unwrap_err(),
            "CheckServiceAffinity needs labels: CheckServiceAffinity=LABEL,LABEL"
        );
        assert_eq!(
            read("RequestedToCapacityRatio").unwrap_err(),
            "RequestedToCapacityRatio needs its shape: a policy file names it, in requestedToCapacityRatioArguments"
        );
        assert!(
            read("PodFitsResources")
                .unwrap_err()
                .contains("is not a rule that upstream removed")
        );
        assert_eq!(
            read("MaxEBSVolumeCount=-1").unwrap_err(),
            "MaxEBSVolumeCount=-1: a node takes 0 disks or more"
        );
    }
}
