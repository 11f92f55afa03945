//! How room could be made for a pod that fits nowhere: the part of a `FitReport` about preemption, and its line for people.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::{clean, count};
use crate::domain::fit::preemption::{self, NoPreemption, Sight};
use crate::domain::fit::world::{PodIx, World};

/// Names of one kind that are told before the rest is counted.
const NAMES: usize = 4;

/// What the scheduler would do for a pod that fits nowhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Preemption {
    /// Whether it would make room.
    pub verdict: Outcome,
    /// The node on which it would; of several that are equally good the first by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The pods that it would delete there, the most important first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub victims: Vec<Victim>,
    /// How many of them no budget allows; it prefers not to, and deletes them all the same.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub violations: usize,
    /// Other nodes that are equally good: it takes one of all at random.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_nodes: Vec<String>,
    /// Pods that stay, as NAMESPACE/NAME, and are exactly as important as a victim: they might leave instead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_victims: Vec<String>,
    /// What makes the choice uncertain, or the answer impossible.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub detail: Vec<String>,
    /// What the scheduler adds about it to its event; absent where that is nothing, or not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
}

/// Whether the scheduler would make room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It would.
    MakesRoom,
    /// No node would have room.
    DoesNotHelp,
    /// The pod may not make others leave, or is waiting for those that do.
    NotEligible,
    /// It takes what was not read, or is not modelled, to know.
    Unknown,
}

/// A pod that would be deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Victim {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its priority.
    pub priority: i32,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// Reports what was found, where there is anything to say; `unread` says why there may be budgets besides those that were
/// asked.
pub fn report(
    world: &World,
    found: &Result<preemption::Preemption, NoPreemption>,
    unread: Option<&str>,
) -> Option<Preemption> {
    let report = match found {
        Ok(found) => making_room(world, found, unread),
        Err(why) => {
            let verdict = match why {
                NoPreemption::Never | NoPreemption::Underway => Outcome::NotEligible,
                NoPreemption::NotHelpful(_) => Outcome::DoesNotHelp,
                NoPreemption::Unknown(_) => Outcome::Unknown,
                NoPreemption::Off | NoPreemption::NotDecided(_) | NoPreemption::Fits => {
                    return None;
                }
            };
            let detail = match why {
                NoPreemption::Unknown(why) => vec![why.clone()],
                _ => Vec::new(),
            };
            Preemption {
                detail,
                event: why.words().map(event),
                ..Preemption::of(verdict)
            }
        }
    };
    Some(report)
}

fn making_room(world: &World, found: &preemption::Preemption, unread: Option<&str>) -> Preemption {
    let mut detail = Vec::new();
    if let Sight::Sample {
        with_room,
        looked_at,
    } = found.sight
    {
        detail.push(format!(
            "{} would have room, and the scheduler looks at {looked_at} of them, beginning at a random one: it may choose another",
            count(with_room, "node")
        ));
    }
    if let Some(why) = unread {
        detail.push(format!(
            "the budgets are not known, which may change the choice: {why}"
        ));
    }
    let name = |node| world.node(node).object.name.clone();
    Preemption {
        node: Some(name(found.node)),
        victims: found
            .victims
            .iter()
            .map(|pod| victim(world, *pod))
            .collect(),
        violations: found.violations,
        other_nodes: found.equals.iter().map(|node| name(*node)).collect(),
        other_victims: found.alike.iter().map(|pod| world.path(*pod)).collect(),
        detail,
        event: found.words(world).as_deref().map(event),
        ..Preemption::of(Outcome::MakesRoom)
    }
}

fn victim(world: &World, pod: PodIx) -> Victim {
    let kind = world.kind_of(pod);
    Victim {
        namespace: kind.namespace.to_string(),
        name: world.pod(pod).name.to_string(),
        priority: kind.spec.priority,
    }
}

fn event(words: &str) -> String {
    format!("preemption: {words}")
}

impl Preemption {
    fn of(verdict: Outcome) -> Preemption {
        Preemption {
            verdict,
            node: None,
            victims: Vec::new(),
            violations: 0,
            other_nodes: Vec::new(),
            other_victims: Vec::new(),
            detail: Vec::new(),
            event: None,
        }
    }

    /// Returns the sentences for a person, each a line of its own; none where the event has said all.
    pub fn sentences(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        if let Some(node) = &self.node {
            let each = self.victims.iter();
            let victims: Vec<String> = each.map(Victim::words).collect();
            sentences.push(format!(
                "preempting {} on node {} would make room: {}",
                count(victims.len(), "pod"),
                clean(node),
                victims.join(", ")
            ));
        }
        match self.violations {
            0 => {}
            1 => sentences.push("one of them leaves against its budget".to_owned()),
            n => sentences.push(format!("{n} of them leave against their budgets")),
        }
        if !self.other_victims.is_empty() {
            let pods = some(&self.other_victims);
            sentences.push(format!(
                "as important as those, and may leave instead: {pods}"
            ));
        }
        if !self.other_nodes.is_empty() {
            let nodes = some(&self.other_nodes);
            sentences.push(format!("as good, one is taken at random: {nodes}"));
        }
        let unknown = match self.verdict {
            Outcome::Unknown => "whether preemption would make room is not known: ",
            _ => "",
        };
        let detail = self.detail.iter();
        sentences.extend(detail.map(|text| format!("{unknown}{}", clean(text))));
        sentences
    }
}

impl Victim {
    fn words(&self) -> String {
        let path = clean(&format!("{}/{}", self.namespace, self.name));
        format!("{path} (priority {})", self.priority)
    }
}

/// Says `a, b, c, d and 7 more`.
fn some(all: &[String]) -> String {
    let shown = all.iter().take(NAMES).map(|name| clean(name));
    let shown = shown.collect::<Vec<String>>().join(", ");
    match all.len().saturating_sub(NAMES) {
        0 => shown,
        n => format!("{shown} and {n} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fit::testing::{node, pod, world};
    use crate::domain::fit::world::NodeIx;

    fn found() -> preemption::Preemption {
        preemption::Preemption {
            node: NodeIx::at(0),
            victims: vec![PodIx::at(1), PodIx::at(0)],
            violations: 1,
            alike: vec![PodIx::at(2)],
            equals: vec![NodeIx::at(1)],
            sight: Sight::Sample {
                with_room: 300,
                looked_at: 100,
            },
        }
    }

    fn seen(found: &Result<preemption::Preemption, NoPreemption>) -> Option<Preemption> {
        let pods = ["a", "b", "c"].map(pod).to_vec();
        let (world, _) = world(vec![node("n-1"), node("n-2")], pods);
        report(&world, found, Some("forbidden"))
    }

    #[test]
    fn room_is_told_with_its_price_and_its_doubts() {
        let report = seen(&Ok(found())).unwrap();
        assert_eq!(
            report.sentences(),
            [
                "preempting 2 pods on node n-1 would make room: default/b (priority 0), default/a (priority 0)",
                "one of them leaves against its budget",
                "as important as those, and may leave instead: default/c",
                "as good, one is taken at random: n-2",
                "300 nodes would have room, and the scheduler looks at 100 of them, beginning at a random one: it may choose another",
                "the budgets are not known, which may change the choice: forbidden",
            ]
        );
        let event =
            "preemption: found a potential placement for pod on node n-1, preempting 2 victims";
        assert_eq!(report.event.as_deref(), Some(event));
    }

    #[test]
    fn what_the_event_says_is_not_said_twice() {
        let report = seen(&Err(NoPreemption::Never)).unwrap();
        assert_eq!(report.verdict, Outcome::NotEligible);
        assert!(report.sentences().is_empty());
        let event = "preemption: not eligible due to preemptionPolicy=Never.";
        assert_eq!(report.event.as_deref(), Some(event));
    }

    #[test]
    fn what_cannot_be_known_is_named() {
        let report = seen(&Err(NoPreemption::Unknown("extender x".to_owned()))).unwrap();
        let sentence = "whether preemption would make room is not known: extender x";
        assert_eq!(report.sentences(), [sentence]);
    }

    #[test]
    fn a_pod_that_does_not_come_to_preemption_has_no_report_of_it() {
        assert_eq!(seen(&Err(NoPreemption::Fits)), None);
        assert_eq!(seen(&Err(NoPreemption::Off)), None);
    }
}
