//! Where the pods that leave land: their successors are put on nodes one after another, as the scheduler would.
//!
//! All of them are taken out first, then each is judged and counted before the next, highest priority first. The drained
//! nodes are cordoned but still there, because an empty node stays a domain of topology spread. The scheduler breaks ties
//! at random and clusters do not stand still, so a landing is what follows from the picture, not a promise.

#[cfg(test)]
#[path = "landing_tests.rs"]
mod tests;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::fate::Return;
use super::load::{Loads, NodeLoad};
use crate::domain::budget::Budget;
use crate::domain::fit::bound_volumes::{BoundVolume, bound_volumes};
use crate::domain::fit::evaluate::{Evaluation, FirstRefusal, Verdict, evaluate};
use crate::domain::fit::object::node::Unschedulable;
use crate::domain::fit::open::takes_when_open;
use crate::domain::fit::preemption::{NoPreemption, preempt};
use crate::domain::fit::profile::Profile;
use crate::domain::fit::score::score;
use crate::domain::fit::world::{NodeIx, Place, PodIx, World};
use crate::domain::pod::Pod;

/// A pod that leaves its node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaver {
    /// `metadata.uid`.
    pub uid: String,
    /// What comes after it.
    pub after: After,
}

/// What comes after a pod that leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// Its owner makes a successor, which needs a node.
    Successor,
    /// Nothing.
    Nothing,
}

impl After {
    /// Tells what comes after a pod, from whether it returns.
    pub fn of(pod: &Pod, returns: Return) -> After {
        // All controllers but that of StatefulSets make the successor as soon as a pod begins to end.
        let ordered = pod
            .controller
            .as_ref()
            .is_some_and(|controller| controller.kind == "StatefulSet");
        let succeeded_already = pod.is_terminating() && !ordered;
        match returns {
            Return::Lost => After::Nothing,
            _ if succeeded_already => After::Nothing,
            Return::Comes | Return::Unknown => After::Successor,
        }
    }
}

/// Whether a successor finds a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LandingVerdict {
    /// At least one node takes it.
    Fits,
    /// No node has room, and the scheduler would make some by deleting pods of lower priority.
    Preempts,
    /// No node takes it, in this order of placing; another order might do, so it is no proof.
    Nowhere,
    /// No node takes it for sure, and something could not be judged.
    Unknown,
    /// The pod does not come back.
    None,
}

/// Where a successor can go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landing {
    /// Whether it finds a node.
    pub verdict: LandingVerdict,
    /// The nodes that take it once the successors before it are placed, by name.
    pub nodes: Vec<String>,
    /// Those of them with the highest score; the first was taken to be its place.
    pub best: Vec<String>,
    /// Who would be deleted to make room, as `namespace/name`, the most important first.
    pub victims: Vec<String>,
    /// Why the other nodes do not take it: the scheduler's own first refusals, summed over nodes, most nodes first.
    pub refusals: Vec<RefusedNodes>,
    /// The nodes that would take it if they were not cordoned, where no other node does.
    pub closed: Vec<ClosedNode>,
    /// What could not be judged, and why.
    pub unknown: Vec<String>,
}

/// A cordoned node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedNode {
    /// Its name.
    pub node: String,
    /// Since when it is, or will be, cordoned.
    pub since: Closed,
}

/// Since when a node is cordoned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Closed {
    /// It is one of the nodes to be drained.
    ByThisDrain,
    /// It was cordoned before, and is none of them.
    Before,
}

/// A refusal that nodes have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedNodes {
    /// The plugin, as the scheduler names it.
    pub plugin: &'static str,
    /// The scheduler's words.
    pub reason: String,
    /// How many nodes.
    pub nodes: usize,
}

impl Landing {
    fn unknown(why: &str) -> Landing {
        Landing {
            unknown: vec![why.to_owned()],
            ..Landing::of(LandingVerdict::Unknown)
        }
    }

    fn of(verdict: LandingVerdict) -> Landing {
        Landing {
            verdict,
            nodes: Vec::new(),
            best: Vec::new(),
            victims: Vec::new(),
            refusals: Vec::new(),
            closed: Vec::new(),
            unknown: Vec::new(),
        }
    }
}

/// Returns the rules of a scheduler by its name.
pub type Rules<'r> = dyn Fn(&str) -> &'r Profile + 'r;

/// The cluster as the scheduler sees it, with the drained nodes cordoned in thought; what is landed stays where it landed.
pub struct Ground<'r> {
    world: &'r mut World,
    rules: &'r Rules<'r>,
    budgets: &'r [Budget],
    leaving: HashMap<String, PodIx>,
    loads: Loads,
    closed: BTreeMap<NodeIx, Closed>,
}

impl<'r> Ground<'r> {
    /// Cordons the nodes; a name that the world does not know is passed over, for its pods are not there either. Preemption
    /// spares pods under the budgets as far as it can.
    pub fn new(
        world: &'r mut World,
        rules: &'r Rules<'r>,
        budgets: &'r [Budget],
        drained: &[&str],
    ) -> Ground<'r> {
        let mut leaving = HashMap::new();
        let mut loads = Loads::default();
        let cordoned = world.node_indexes().filter(|node| {
            let object = &world.node(*node).object;
            object.unschedulable == Unschedulable::Yes
        });
        let mut closed: BTreeMap<NodeIx, Closed> =
            cordoned.map(|node| (node, Closed::Before)).collect();
        let drained = drained.iter().filter_map(|name| world.node_named(name));
        let drained: Vec<NodeIx> = drained.collect();
        world.cordon_all(&drained);
        for node in drained {
            closed.insert(node, Closed::ByThisDrain);
            loads.drain(world, node);
            let pods = world.on_node[node.index()].iter();
            leaving.extend(pods.map(|pod| (world.pod(*pod).uid.to_string(), *pod)));
        }
        Ground {
            world,
            rules,
            budgets,
            leaving,
            loads,
            closed,
        }
    }

    /// Returns the volumes that bind a pod, which has not left yet, to its node.
    pub fn bound_volumes(&self, uid: &str) -> Vec<BoundVolume> {
        let Some(pod) = self.leaving.get(uid) else {
            return Vec::new();
        };
        match self.world.pod(*pod).place {
            Place::On(node) => bound_volumes(self.world, *pod, node),
            Place::Pending | Place::Lost(_) => Vec::new(),
        }
    }

    /// Returns the cluster as it is by now.
    pub fn world(&self) -> &World {
        self.world
    }

    /// Returns what pods ask for by now of every node that was changed, beside what it was at first.
    pub fn loads(&self) -> Vec<NodeLoad> {
        self.loads.compare(self.world)
    }

    /// Takes pods off their nodes and returns a landing for each, in the order given.
    ///
    /// A pod that the world does not have on a drained node is unknown.
    pub fn land(&mut self, leavers: &[Leaver]) -> Vec<Landing> {
        let mut landings = Vec::with_capacity(leavers.len());
        let mut queue = Vec::new();
        for (at, leaver) in leavers.iter().enumerate() {
            let row = self.leaving.remove(&leaver.uid);
            if let Some(pod) = row {
                self.world.succeed(pod);
            }
            landings.push(match (leaver.after, row) {
                (After::Nothing, _) => Landing::of(LandingVerdict::None),
                (After::Successor, Some(pod)) => {
                    queue.push((at, pod));
                    Landing::of(LandingVerdict::Unknown)
                }
                (After::Successor, None) => Landing::unknown(NOT_THERE),
            });
        }
        queue.sort_by_cached_key(|(_, pod)| turn(self.world, *pod));
        let mut displaced = Vec::new();
        for (at, pod) in queue {
            landings[at] = self.place(pod);
            if landings[at].verdict == LandingVerdict::Nowhere {
                displaced.extend(self.make_room(pod, &mut landings[at]));
            }
        }
        // They are made again too, and come after those for whom they had to go.
        for victim in &displaced {
            self.world.succeed(*victim);
        }
        displaced.sort_by_cached_key(|victim| turn(self.world, *victim));
        for victim in displaced {
            self.place(victim);
        }
        landings
    }

    fn place(&mut self, pod: PodIx) -> Landing {
        let rules = (self.rules)(&self.world.kind_of(pod).spec.scheduler_name);
        let evaluation = evaluate(self.world, rules, pod);
        let (mut landing, place) = judge(&evaluation);
        if landing.verdict == LandingVerdict::Nowhere {
            landing.closed = closed(&evaluation, &self.closed);
        }
        drop(evaluation);
        if let Some(node) = place {
            self.loads.touch(self.world, node);
            self.world.place(pod, node);
        }
        landing
    }

    /// Makes room for a pod that fits nowhere as the scheduler would, and returns who had to go.
    fn make_room(&mut self, pod: PodIx, landing: &mut Landing) -> Vec<PodIx> {
        let rules = (self.rules)(&self.world.kind_of(pod).spec.scheduler_name);
        let preemption = match preempt(self.world, rules, pod, self.budgets) {
            Ok(preemption) => preemption,
            Err(NoPreemption::Unknown(why)) => {
                landing.verdict = LandingVerdict::Unknown;
                landing.unknown.push(why);
                return Vec::new();
            }
            Err(_) => return Vec::new(),
        };
        let name = |node: &NodeIx| self.world.node(*node).object.name.clone();
        landing.verdict = LandingVerdict::Preempts;
        landing.best = vec![name(&preemption.node)];
        landing.nodes = [&preemption.node]
            .into_iter()
            .chain(&preemption.equals)
            .map(name)
            .collect();
        let victims = preemption.victims.iter();
        landing.victims = victims.map(|victim| self.world.path(*victim)).collect();
        self.loads.touch(self.world, preemption.node);
        for victim in &preemption.victims {
            self.world.take_away(*victim);
        }
        self.world.place(pod, preemption.node);
        preemption.victims
    }
}

/// Why nothing is known of a pod that came after the scheduler's picture was taken, or left before.
const NOT_THERE: &str = "the pod is not in what was read for the scheduler's rules";

/// When a successor's turn comes: the scheduler's queue is sorted by priority, then by age.
pub(super) fn turn(world: &World, pod: PodIx) -> impl Ord + use<> {
    let row = world.pod(pod);
    let priority = world.kind_of(pod).spec.priority;
    let age = (row.created.is_none(), row.created);
    (Reverse(priority), age, world.path(pod))
}

/// Reads an evaluation: the landing, and the node that is taken to be the place.
fn judge(evaluation: &Evaluation<'_>) -> (Landing, Option<NodeIx>) {
    if let Some(why) = &evaluation.not_decided {
        return (Landing::unknown(why), None);
    }
    let feasible = evaluation.feasible();
    let best = match feasible.is_empty() {
        true => Vec::new(),
        false => score(&evaluation.context(), &feasible).best(),
    };
    let refused = refusals(evaluation);
    let verdict = match (feasible.is_empty(), refused.unknown.is_empty()) {
        (false, _) => LandingVerdict::Fits,
        (true, false) => LandingVerdict::Unknown,
        (true, true) => LandingVerdict::Nowhere,
    };
    let world = evaluation.context().world;
    let names = |nodes: &[NodeIx]| {
        let names = nodes
            .iter()
            .map(|node| world.node(*node).object.name.clone());
        names.collect()
    };
    let landing = Landing {
        verdict,
        nodes: names(&feasible),
        best: names(&best),
        victims: Vec::new(),
        refusals: refused.counted,
        closed: Vec::new(),
        unknown: refused.unknown,
    };
    (landing, best.first().copied())
}

/// Returns the cordoned nodes that would take a pod if they were not.
fn closed(evaluation: &Evaluation<'_>, closed: &BTreeMap<NodeIx, Closed>) -> Vec<ClosedNode> {
    let world = evaluation.context().world;
    let taking = closed
        .iter()
        .filter(|(node, _)| takes_when_open(evaluation, **node));
    taking
        .map(|(node, since)| ClosedNode {
            node: world.node(*node).object.name.clone(),
            since: *since,
        })
        .collect()
}

/// What stands against the nodes that do not take a pod.
struct Against {
    counted: Vec<RefusedNodes>,
    unknown: Vec<String>,
}

fn refusals(evaluation: &Evaluation<'_>) -> Against {
    let world = evaluation.context().world;
    let mut counts: BTreeMap<(&'static str, String), usize> = BTreeMap::new();
    let mut unknown: Vec<String> = Vec::new();
    if let Some(refusal) = &evaluation.prefilter {
        for reason in &refusal.reasons {
            let key = (refusal.plugin.name(), reason.clone());
            *counts.entry(key).or_default() += world.nodes.len();
        }
    } else {
        for node in world.node_indexes() {
            match evaluation.verdict(node) {
                Verdict::Fits => {}
                Verdict::Refused => count(evaluation.node(node).first, &mut counts),
                Verdict::Unknown => {
                    for gap in evaluation.node(node).unknown {
                        let text = format!("{}: {}", gap.rule, gap.what);
                        if !unknown.contains(&text) {
                            unknown.push(text);
                        }
                    }
                }
            }
        }
    }
    let mut counted: Vec<RefusedNodes> = counts
        .into_iter()
        .map(|((plugin, reason), nodes)| RefusedNodes {
            plugin,
            reason,
            nodes,
        })
        .collect();
    counted.sort_by_key(|one| Reverse(one.nodes));
    Against { counted, unknown }
}

fn count(first: Option<FirstRefusal>, counts: &mut BTreeMap<(&'static str, String), usize>) {
    let Some(first) = first else {
        return;
    };
    for reason in first.reasons() {
        *counts.entry((first.plugin_name(), reason)).or_default() += 1;
    }
}
