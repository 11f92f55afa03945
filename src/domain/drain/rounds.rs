//! Rounds: nodes are drained a few at a time, and put back before the next ones go.
//!
//! That is what remains where the nodes cannot all be away together: each round finds the room that the last one gave back.
//! Every round is judged on the cluster as it is now; where the pods of earlier rounds went by then is not known.

#[cfg(test)]
#[path = "rounds_tests.rs"]
mod tests;

use jiff::Timestamp;

use super::fate::Bearing;
use super::landing::{Ground, LandingVerdict, Rules};
use super::plan::{DrainPlan, Index, PodPlan, Site, Span, UnknownNode, build_from};
use super::policy::DrainPolicy;
use crate::domain::budget::Budget;
use crate::domain::fit::world::World;

/// Nodes that can be away together, in several rounds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rounds {
    /// The nodes of each round, in order.
    pub rounds: Vec<Round>,
    /// Nodes that cannot be emptied even alone.
    pub stuck: Vec<Stuck>,
}

/// Nodes that are away together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// Their names.
    pub nodes: Vec<String>,
    /// How long it takes to empty them.
    pub span: Span,
}

/// A node that cannot be emptied, and the pod that stands for why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck {
    /// The node.
    pub node: String,
    /// `namespace/name` of the pod.
    pub pod: String,
    /// The budget, or the lack of room, that keeps it.
    pub why: String,
}

/// What stands in the way of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// `namespace/name` of the pod.
    pub pod: String,
    /// Its node.
    pub node: String,
    /// What keeps it, in one line.
    pub why: String,
}

/// The cluster in which rounds are tried.
pub struct Field<'f> {
    /// The world; afterwards it is as it was.
    pub world: &'f mut World,
    /// The rules of its schedulers.
    pub rules: &'f Rules<'f>,
    /// The budgets.
    pub budgets: &'f [Budget],
}

/// How rounds are made.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'t> {
    /// The drain's options.
    pub policy: &'t DrainPolicy,
    /// As of when.
    pub now: Timestamp,
    /// How many nodes may be away together.
    pub at_once: usize,
}

/// Puts nodes into rounds, in their order: a node joins the round before it where both can be away together.
///
/// # Errors
///
/// When a node is not in the snapshot.
pub fn rounds(
    index: &Index<'_>,
    names: &[String],
    terms: Terms<'_>,
    field: &mut Field<'_>,
) -> Result<Rounds, UnknownNode> {
    let mut found = Rounds::default();
    for name in names {
        let alone = vec![name.clone()];
        if let Some(last) = found.rounds.last_mut()
            && last.nodes.len() < terms.at_once.max(1)
        {
            let together = [&last.nodes[..], &alone].concat();
            let plan = try_out(index, &together, terms, field)?;
            if obstacle(&plan).is_none() {
                *last = round(together, plan);
                continue;
            }
        }
        let plan = try_out(index, &alone, terms, field)?;
        match obstacle(&plan) {
            None => found.rounds.push(round(alone, plan)),
            Some(Obstacle { pod, node, why }) => found.stuck.push(Stuck { node, pod, why }),
        }
    }
    Ok(found)
}

fn round(nodes: Vec<String>, plan: DrainPlan) -> Round {
    Round {
        nodes,
        span: plan.span,
    }
}

fn try_out(
    index: &Index<'_>,
    names: &[String],
    terms: Terms<'_>,
    field: &mut Field<'_>,
) -> Result<DrainPlan, UnknownNode> {
    let (rules, budgets) = (field.rules, field.budgets);
    field.world.meanwhile(|world| {
        let drained: Vec<&str> = names.iter().map(String::as_str).collect();
        let rules = |name: &str| rules(name);
        let mut ground = Ground::new(world, &rules, budgets, &drained);
        let site = Site {
            ground: Some(&mut ground),
            max_parallel: names.len(),
            ..Site::default()
        };
        build_from(index, names, terms.policy, terms.now, site)
    })
}

/// Returns the first thing that stands in the way once all missing flags are given: a pod that is kept, or one whose
/// successor has no place.
pub fn obstacle(plan: &DrainPlan) -> Option<Obstacle> {
    let pods = || {
        let nodes = plan.nodes.iter();
        nodes.flat_map(|node| node.pods.iter().map(move |pod| (&node.node.name, pod)))
    };
    let obstacle = |(node, pod): (&String, &PodPlan), why: String| Obstacle {
        pod: pod.pod.id.path(),
        node: node.clone(),
        why,
    };
    let kept = pods().find_map(|(node, pod)| {
        let mut reasons = pod.reasons.iter();
        let blocks = reasons.find(|reason| reason.bearing == Bearing::Blocks)?;
        Some(obstacle((node, pod), blocks.message.clone()))
    });
    kept.or_else(|| pods().find_map(|(node, pod)| Some(obstacle((node, pod), no_place(pod)?))))
}

/// Says why a successor has no place; `None` where it has one.
fn no_place(pod: &PodPlan) -> Option<String> {
    let landing = pod.landing.as_ref()?;
    match landing.verdict {
        LandingVerdict::Nowhere => {
            let refusals = landing.refusals.iter();
            let refusals: Vec<String> = refusals
                .map(|refusal| format!("{} {}", refusal.nodes, refusal.reason))
                .collect();
            Some(format!(
                "its replacement lands nowhere: {}",
                refusals.join(", ")
            ))
        }
        LandingVerdict::Unknown => Some(format!(
            "it is not known where its replacement goes: {}",
            landing.unknown.join("; ")
        )),
        LandingVerdict::Fits | LandingVerdict::Preempts | LandingVerdict::None => None,
    }
}
