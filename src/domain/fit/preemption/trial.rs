//! One node: all pods of lower priority are taken off, and those that can stay are put back.
//!
//! Source: `SelectVictimsOnNode`.

use super::super::Context;
use super::super::evaluate::{Gap, Verdict, prepare};
use super::super::plugin::{Finding, NodeCheck, Plugin, Prepared};
use super::super::world::{NodeIx, PodIx, World};
use super::choice::importance;
use super::outset::{Outset, Said, Stand, words};
use super::relevance::{Range, Relevance};
use super::{NO_VICTIMS, Outcome, Room, budgets};
use crate::domain::budget::Budget;

/// A trial of one node.
pub(super) struct Trial<'t> {
    outset: &'t Outset<'t>,
    node: NodeIx,
    said: Option<&'t Said>,
    relevance: &'t mut Relevance,
    /// What plugins said last, and of which pods the node was rid then, as far as these matter to them.
    last: Vec<(Plugin, Vec<PodIx>, Verdict)>,
}

/// What the filters say of the node as the trial has it.
enum Look {
    Fits,
    /// Reasons only where they were wanted and are known.
    Refused(Option<Vec<String>>),
    Unknown(String),
}

/// Whether reasons are wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Reasons,
    Verdict,
}

impl<'t> Trial<'t> {
    pub(super) fn of(
        outset: &'t Outset<'t>,
        stand: &'t Stand,
        relevance: &'t mut Relevance,
    ) -> Trial<'t> {
        Trial {
            outset,
            node: stand.node,
            said: stand.said.as_ref(),
            relevance,
            last: Vec::new(),
        }
    }

    /// Finds the victims; the world is afterwards as it was before.
    pub(super) fn run(mut self, world: &mut World, budgets: &[Budget]) -> Outcome {
        let node = self.node;
        let own = world.kind_of(self.outset.pod).spec.priority;
        let all = world.on_node[node.index()].iter().copied();
        let lower: Vec<PodIx> = all
            .filter(|pod| world.kind_of(*pod).spec.priority < own)
            .collect();
        if lower.is_empty() {
            return Outcome::NoRoom(Some(vec![NO_VICTIMS.to_owned()]));
        }
        world.trial(node, &lower, |world| {
            match self.look(world, Wanted::Reasons) {
                Look::Fits => {}
                Look::Refused(reasons) => return Outcome::NoRoom(reasons),
                Look::Unknown(why) => return Outcome::Unknown(why),
            }
            let found = self.spare(world, lower.clone(), budgets);
            found.unwrap_or_else(Outcome::Unknown)
        })
    }

    /// Puts back whoever can stay: first those that would violate a budget, each time the most important first.
    ///
    /// # Errors
    ///
    /// Says what it takes to know.
    fn spare(
        &mut self,
        world: &mut World,
        mut lower: Vec<PodIx>,
        budgets: &[Budget],
    ) -> Result<Outcome, String> {
        lower.sort_by_key(|pod| importance(world, *pod));
        let (violating, others) = budgets::split(world, &lower, budgets);
        let mut room = Room {
            node: self.node,
            victims: Vec::new(),
            violations: 0,
            alike: Vec::new(),
        };
        for pod in &violating {
            room.violations += usize::from(self.must_leave(world, *pod, &mut room.victims)?);
        }
        for pod in &others {
            self.must_leave(world, *pod, &mut room.victims)?;
        }
        if room.victims.is_empty() {
            let name = &world.node(self.node).object.name;
            let words = format!("expected at least one victim pod on node {name:?}");
            return Ok(Outcome::NoRoom(Some(vec![words])));
        }
        room.victims.sort_by_key(|pod| importance(world, *pod));
        let as_one_that_leaves = |pod: &PodIx| {
            let mut victims = room.victims.iter();
            !room.victims.contains(pod)
                && victims.any(|victim| importance(world, *victim) == importance(world, *pod))
        };
        room.alike = lower.into_iter().filter(as_one_that_leaves).collect();
        Ok(Outcome::Room(room))
    }

    /// Puts a pod back and, where the preemptor does not fit then, takes it off again as a victim; tells whether.
    fn must_leave(
        &mut self,
        world: &mut World,
        pod: PodIx,
        victims: &mut Vec<PodIx>,
    ) -> Result<bool, String> {
        world.try_with(pod, self.node);
        match self.look(world, Wanted::Verdict) {
            Look::Fits => Ok(false),
            Look::Refused(_) => {
                world.try_without(pod, self.node);
                victims.push(pod);
                Ok(true)
            }
            Look::Unknown(why) => Err(why),
        }
    }

    /// Runs the filters, where pods wait for the node with and without these.
    fn look(&mut self, world: &mut World, wanted: Wanted) -> Look {
        if let Some(waiting) = self.outset.waiting.get(&self.node) {
            for other in waiting {
                world.place(*other, self.node);
            }
            let crowded = self.filter(world, waiting, wanted);
            for other in waiting {
                world.take_away(*other);
            }
            if !matches!(crowded, Look::Fits) {
                return crowded;
            }
        }
        self.filter(world, &[], wanted)
    }

    fn filter(&mut self, world: &World, added: &[PodIx], wanted: Wanted) -> Look {
        let cx = Context {
            world,
            profile: self.outset.profile,
            pod: self.outset.pod,
            added,
        };
        let mut unknown = self.outset.gaps.first().map(words);
        for plugin in &self.outset.asked {
            match self.ask(&cx, *plugin, wanted) {
                Look::Fits => {}
                Look::Refused(reasons) => {
                    return Look::Refused(reasons.filter(|_| unknown.is_none()));
                }
                Look::Unknown(why) => unknown = unknown.or(Some(why)),
            }
        }
        unknown.map_or(Look::Fits, Look::Unknown)
    }

    /// Asks a plugin, unless what it said is still true.
    fn ask(&mut self, cx: &Context<'_>, plugin: Plugin, wanted: Wanted) -> Look {
        let Some(said) = self.said else {
            return look(plugin, cx, self.node, wanted);
        };
        match Relevance::range(plugin) {
            Range::None => return repeat(said, plugin),
            // Asked at once: it costs less than to look whether it must be.
            Range::All => return look(plugin, cx, self.node, wanted),
            Range::Some => {}
        }
        let away = cx.world.removed().iter().map(|(pod, _)| *pod);
        let away: Vec<PodIx> = away
            .filter(|pod| self.relevance.matters(cx.world, *pod, plugin))
            .collect();
        if away.is_empty() {
            return repeat(said, plugin);
        }
        let known = self.last.iter_mut().find(|(asked, ..)| *asked == plugin);
        if let Some((_, then, verdict)) = &known
            && *then == away
            && wanted == Wanted::Verdict
            && *verdict != Verdict::Unknown
        {
            return of_verdict(*verdict);
        }
        let now = look(plugin, cx, self.node, wanted);
        let verdict = match &now {
            Look::Fits => Verdict::Fits,
            Look::Refused(_) => Verdict::Refused,
            Look::Unknown(_) => Verdict::Unknown,
        };
        match known {
            Some(known) => *known = (plugin, away, verdict),
            None => self.last.push((plugin, away, verdict)),
        }
        now
    }
}

fn of_verdict(verdict: Verdict) -> Look {
    match verdict {
        Verdict::Fits | Verdict::Unknown => Look::Fits,
        Verdict::Refused => Look::Refused(None),
    }
}

/// Repeats what a plugin said of the node as it was.
fn repeat(said: &Said, plugin: Plugin) -> Look {
    let own = |gap: &&Gap| gap.rule == plugin.name();
    let gap = said.unknown.iter().find(own);
    let refusal = said.refusals.iter().find(|one| one.plugin == plugin);
    match (refusal, gap) {
        (Some(refusal), None) => Look::Refused(Some(refusal.reasons.clone())),
        (Some(_), Some(_)) => Look::Refused(None),
        (None, Some(gap)) => Look::Unknown(words(gap)),
        (None, None) => Look::Fits,
    }
}

fn look(plugin: Plugin, cx: &Context<'_>, node: NodeIx, wanted: Wanted) -> Look {
    let found = match prepare(plugin, cx) {
        Prepared::Skipped => Look::Fits,
        Prepared::Refused(refusal) => Look::Refused(Some(refusal.reasons)),
        Prepared::Unknown(why) => Look::Unknown(why),
        Prepared::Checks(check) => look_at(&*check, node, wanted),
    };
    match found {
        Look::Unknown(why) => Look::Unknown(format!("{plugin}: {why}")),
        known => known,
    }
}

fn look_at(check: &dyn NodeCheck, node: NodeIx, wanted: Wanted) -> Look {
    if wanted == Wanted::Verdict && check.verdict(node) != Verdict::Unknown {
        return of_verdict(check.verdict(node));
    }
    match check.finding(node) {
        Finding::Fits => Look::Fits,
        Finding::Refused(refusal) => {
            let sure = check.doubt(node).is_none();
            Look::Refused(sure.then_some(refusal.reasons))
        }
        Finding::Unknown(why) => Look::Unknown(why),
    }
}
