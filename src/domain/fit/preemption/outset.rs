//! What the filters say before anything is taken away: which nodes are worth a trial, and what stays true during it.

use std::collections::HashMap;

use super::super::evaluate::{
    Evaluation, FirstRefusal, Gap, NodeReport, UNMODELLED, Verdict, evaluate, nominated,
};
use super::super::plugin::{Code, Plugin, Refusal};
use super::super::profile::Profile;
use super::super::world::{NodeIx, PodIx, World};
use super::relevance::Relevance;
use super::trial::Trial;
use super::{NoPreemption, Outcome};
use crate::domain::budget::Budget;

/// What the filters say of the world as it is.
pub(super) struct Outset<'p> {
    pub(super) profile: &'p Profile,
    pub(super) pod: PodIx,
    /// The plugins that have something to say about the pod: those that PreFilter skipped are not asked again.
    pub(super) asked: Vec<Plugin>,
    /// What cannot be judged whatever the node.
    pub(super) gaps: Vec<Gap>,
    /// Pods that come first on a node, because room was made for them there.
    pub(super) waiting: HashMap<NodeIx, Vec<PodIx>>,
    /// The nodes on which fewer pods might help.
    nodes: Vec<Stand>,
    as_a_whole: bool,
}

/// What is said of one node.
pub(super) struct Stand {
    pub(super) node: NodeIx,
    /// Why the scheduler's first refusal may be another, by which it would not try the node.
    doubt: Option<String>,
    /// What each plugin says of the node as it is; `None` where pods wait for it, which were looked at too.
    pub(super) said: Option<Said>,
}

/// What the plugins say of one node.
pub(super) struct Said {
    pub(super) refusals: Vec<Refusal>,
    pub(super) unknown: Vec<Gap>,
}

impl<'p> Outset<'p> {
    /// Asks the filters about a pod that is thought to fit nowhere.
    ///
    /// # Errors
    ///
    /// Says why the scheduler would not come to preemption.
    pub(super) fn of(
        world: &mut World,
        profile: &'p Profile,
        pod: PodIx,
    ) -> Result<Outset<'p>, NoPreemption> {
        let waiting = nominated(world, pod);
        let evaluation = evaluate(world, profile, pod);
        if let Some(why) = &evaluation.not_decided {
            return Err(NoPreemption::NotDecided(why.clone()));
        }
        let world = evaluation.context().world;
        let open = world.node_indexes().filter_map(|node| {
            let verdict = evaluation.verdict(node);
            (verdict != Verdict::Refused).then_some((node, verdict))
        });
        let mut unsure = None;
        for (node, verdict) in open {
            if verdict == Verdict::Fits {
                return Err(NoPreemption::Fits);
            }
            unsure = unsure.or_else(|| evaluation.node(node).unknown.first().map(words));
        }
        match unsure {
            Some(why) => Err(NoPreemption::Unknown(why)),
            None => Ok(Outset::after(&evaluation, profile, waiting)),
        }
    }

    /// Asks the filters about any pod.
    pub(super) fn of_any(world: &mut World, profile: &'p Profile, pod: PodIx) -> Outset<'p> {
        let waiting = nominated(world, pod);
        Outset::after(&evaluate(world, profile, pod), profile, waiting)
    }

    fn after(
        evaluation: &Evaluation<'_>,
        profile: &'p Profile,
        waiting: HashMap<NodeIx, Vec<PodIx>>,
    ) -> Outset<'p> {
        let cx = evaluation.context();
        let asked = evaluation.asked();
        let stands = |node: NodeIx| {
            let report = evaluation.node(node);
            let first = report.first.as_ref()?;
            let doubt = doubt(&asked, &report, first);
            (first.code() == Code::Unschedulable).then(|| Stand {
                node,
                doubt,
                said: (!waiting.contains_key(&node)).then(|| said_of(report)),
            })
        };
        let nodes = match evaluation.prefilter {
            // Such a refusal is final for every node.
            Some(_) => Vec::new(),
            None => cx.world.node_indexes().filter_map(stands).collect(),
        };
        Outset {
            nodes,
            as_a_whole: evaluation.prefilter.is_some(),
            profile,
            pod: cx.pod,
            asked,
            gaps: evaluation.gaps().to_vec(),
            waiting,
        }
    }

    /// Tells whether the pod is refused before any node is looked at.
    pub(super) fn is_refused_as_a_whole(&self) -> bool {
        self.as_a_whole
    }

    /// Returns the status code of a node that refuses the pod.
    pub(super) fn code(&self, node: NodeIx) -> Code {
        match self.nodes.iter().any(|stand| stand.node == node) {
            true => Code::Unschedulable,
            false => Code::UnschedulableAndUnresolvable,
        }
    }

    /// Tries every node that is worth it.
    pub(super) fn outcomes(&self, world: &mut World, budgets: &[Budget]) -> Vec<(NodeIx, Outcome)> {
        // A plugin that is not modelled may end the cycle, or say that nothing helps.
        if let Some(rule) = self.profile.unmodelled.first() {
            let unknown = Outcome::Unknown(format!("{rule}: {UNMODELLED}"));
            let nodes = self.nodes.iter().map(|stand| stand.node);
            return nodes.map(|node| (node, unknown.clone())).collect();
        }
        let mut relevance = Relevance::of(world, self);
        let tried = self.nodes.iter().map(|stand| {
            let outcome = Trial::of(self, stand, &mut relevance).run(world, budgets);
            (stand.node, stand.doubted(outcome))
        });
        tried.collect()
    }
}

impl Stand {
    /// Takes back what is not sure where the scheduler may not try the node at all.
    fn doubted(&self, outcome: Outcome) -> Outcome {
        match (&self.doubt, outcome) {
            (None, outcome) => outcome,
            (Some(_), Outcome::NoRoom(_)) => Outcome::NoRoom(None),
            (Some(why), Outcome::Room(_) | Outcome::Unknown(_)) => Outcome::Unknown(why.clone()),
        }
    }
}

/// Says what cannot be judged of a node before the first known refusal, or in it.
fn doubt(asked: &[Plugin], report: &NodeReport, first: &FirstRefusal) -> Option<String> {
    let place = |rule: &str| asked.iter().position(|plugin| plugin.name() == rule);
    let first = place(first.plugin_name())?;
    let mut gaps = report.unknown.iter();
    let before = |gap: &&Gap| place(&gap.rule).is_none_or(|place| place <= first);
    gaps.find(before).map(words)
}

fn said_of(report: NodeReport) -> Said {
    Said {
        refusals: report.refusals,
        unknown: report.unknown,
    }
}

/// Says what is missing for a judgement.
pub(super) fn words(gap: &Gap) -> String {
    format!("{}: {}", gap.rule, gap.what)
}
