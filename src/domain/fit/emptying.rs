//! Which nodes could be emptied: the pods of a node are taken away and put, one after another, on the first other node
//! that takes them.
//!
//! First fit proves that there is room. That it finds none proves nothing: another order, or another choice, might. What
//! follows from a template and the nodes alone is worked out once for each template, because most of a cluster's pods
//! have few.

#[cfg(test)]
#[path = "emptying_tests.rs"]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use super::Context;
use super::amount::Amounts;
use super::evaluate::{Verdict, narrowed, not_decided, prepare, refused_for_nominated};
use super::object::pod::PodSpec;
use super::plugin::{NodeCheck, Plugin, Prepared};
use super::profile::{DefaultSpread, Profile};
use super::world::{Free, KindIx, NodeIx, Place, PodIx, World};

/// Candidates that are looked for at once: most pods find a place on one of the first.
const STEP: usize = 16;

/// Empties nodes one by one in thought; the world is afterwards as it was before.
pub struct Emptying<'w> {
    world: &'w mut World,
    memo: Memo<'w>,
}

/// A pod for which no place was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stranded {
    /// The pod.
    pub pod: PodIx,
    /// What is known of it.
    pub why: NoPlace,
}

/// Why a pod has no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoPlace {
    /// Every other node refuses it, once the pods before it have their places.
    NotFound,
    /// No node takes it for sure; whether one does takes what was not read, or is not modelled.
    Unknown,
}

impl<'w> Emptying<'w> {
    /// Begins with the world as it is.
    pub fn new(world: &'w mut World, profile: &'w Profile) -> Emptying<'w> {
        let memo = Memo {
            profile,
            free: world.free().clone(),
            templates: Vec::new(),
            by_spec: HashMap::new(),
            kinds: vec![None; world.kinds.len()],
        };
        Emptying { world, memo }
    }

    /// Returns the world.
    pub fn world(&self) -> &World {
        self.world
    }

    /// Takes pods off a node, finds a place for the successor of each in the order given, puts all back, and returns those
    /// that found none; the node itself is no place. Pods that are not on the node are passed over.
    pub fn stranded(&mut self, node: NodeIx, pods: &[PodIx]) -> Vec<Stranded> {
        let here = |pod: &&PodIx| self.world.pod(**pod).place == Place::On(node);
        let pods: Vec<PodIx> = pods.iter().filter(here).copied().collect();
        let memo = &mut self.memo;
        self.world.with_successors(node, &pods, |world| {
            let stranded = pods.iter().filter_map(|pod| {
                let why = memo.settle(world, *pod, node).err()?;
                Some(Stranded { pod: *pod, why })
            });
            stranded.collect()
        })
    }
}

/// What is true for every node that is emptied.
struct Memo<'w> {
    profile: &'w Profile,
    /// What was free before anything was moved: where that is too little, it stays so.
    free: Free,
    templates: Vec<Template>,
    /// Templates by the address of what pods share; the world keeps it alive.
    by_spec: HashMap<*const PodSpec, usize>,
    kinds: Vec<Option<Kind>>,
}

/// What is remembered of a kind.
#[derive(Clone, Copy)]
struct Kind {
    template: usize,
    neighbours: Neighbours,
}

/// Whether affinity between pods can matter to a kind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Neighbours {
    Matter,
    Indifferent,
}

/// Whether what the scheduler would do with pods of a template is known.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Outlook {
    /// These rules decide.
    #[default]
    Decided,
    /// Something else decides, or has a word in it.
    Open,
}

/// What is remembered of a template.
#[derive(Default)]
struct Template {
    /// Whether anything of its pods can be known.
    outlook: Outlook,
    /// Rules that read where pods are, beyond the amounts that are asked for.
    moving: Vec<Plugin>,
    /// The amounts for which a node must have room; `None` where the profile does not look.
    asked: Option<Amounts>,
    /// Nodes that no other rule refuses and that have room before anything is moved, by name.
    candidates: Vec<NodeIx>,
    /// How many nodes were looked at for that.
    looked: usize,
    /// Why no node is one.
    closed: Option<NoPlace>,
}

impl Memo<'_> {
    /// Puts a pod on the first node that takes it.
    fn settle(&mut self, world: &mut World, pod: PodIx, home: NodeIx) -> Result<NodeIx, NoPlace> {
        let crowded = refused_for_nominated(world, self.profile, pod);
        let closed = |node: NodeIx| node == home || crowded.contains_key(&node);
        let cx = Context {
            world,
            profile: self.profile,
            pod,
            added: &[],
        };
        let kind = self.kind(&cx);
        let template = &mut self.templates[kind.template];
        let node = template.search(&cx, &self.free, kind.neighbours, closed)?;
        world.place(pod, node);
        Ok(node)
    }

    fn kind(&mut self, cx: &Context<'_>) -> Kind {
        let number = cx.row().kind;
        if let Some(known) = self.kinds[number.index()] {
            return known;
        }
        let spec = &cx.kind().spec;
        let template = *self.by_spec.entry(Arc::as_ptr(spec)).or_insert_with(|| {
            self.templates.push(Template::of(cx));
            self.templates.len() - 1
        });
        let kind = Kind {
            template,
            neighbours: neighbours(cx),
        };
        self.kinds[KindIx::index(number)] = Some(kind);
        kind
    }
}

impl Template {
    fn of(cx: &Context<'_>) -> Template {
        let decided = not_decided(cx).is_none() && cx.profile.unmodelled.is_empty();
        Template {
            outlook: match decided {
                true => Outlook::Decided,
                false => Outlook::Open,
            },
            moving: moving(cx),
            asked: room_asked(cx),
            ..Template::default()
        }
    }

    /// Finds the first node that takes a pod.
    fn search(
        &mut self,
        cx: &Context<'_>,
        free: &Free,
        neighbours: Neighbours,
        closed: impl Fn(NodeIx) -> bool,
    ) -> Result<NodeIx, NoPlace> {
        if self.outlook == Outlook::Open {
            return Err(NoPlace::Unknown);
        }
        let between = match neighbours {
            Neighbours::Matter => Some(Plugin::InterPodAffinity),
            Neighbours::Indifferent => None,
        };
        let plugins = self.moving.iter().copied().chain(between);
        let checks = checks(cx, plugins)?;
        let mut best = NoPlace::NotFound;
        for at in 0.. {
            if at == self.candidates.len() && !self.look_further(cx, free)? {
                break;
            }
            let node = self.candidates[at];
            if closed(node) || self.lacks_room(cx.world.free(), node) {
                continue;
            }
            match verdict(&checks, node) {
                Verdict::Fits => return Ok(node),
                Verdict::Unknown => best = NoPlace::Unknown,
                Verdict::Refused => {}
            }
        }
        Err(best)
    }

    fn lacks_room(&self, free: &Free, node: NodeIx) -> bool {
        let asked = self.asked.as_ref();
        asked.is_some_and(|asked| free.lacks(node.index(), asked))
    }

    /// Looks for more candidates and tells whether there are any.
    fn look_further(&mut self, cx: &Context<'_>, free: &Free) -> Result<bool, NoPlace> {
        if let Some(why) = self.closed {
            return Err(why);
        }
        let nodes = cx.world.nodes.len();
        if self.looked == nodes {
            return Ok(false);
        }
        let checks = match checks(cx, FIXED.into_iter()) {
            Ok(checks) => checks,
            Err(why) => {
                self.closed = Some(why);
                return Err(why);
            }
        };
        let narrowed = narrowed(cx);
        let known = self.candidates.len();
        while self.looked < nodes && self.candidates.len() < known + STEP {
            let node = NodeIx::at(self.looked);
            self.looked += 1;
            if !self.lacks_room(free, node)
                && narrowed.as_ref().is_none_or(|nodes| nodes.contains(&node))
                && verdict(&checks, node) == Verdict::Fits
            {
                self.candidates.push(node);
            }
        }
        Ok(self.candidates.len() > known)
    }
}

/// Rules that read a template and nodes, and nothing else.
const FIXED: [Plugin; 4] = [
    Plugin::NodeUnschedulable,
    Plugin::TaintToleration,
    Plugin::NodeAffinity,
    Plugin::NodeDeclaredFeatures,
];

/// The rules that read where pods are, or what belongs to a pod alone, as far as a template gives them anything to read;
/// affinity between pods, which reads labels too, is left to [`neighbours`].
fn moving(cx: &Context<'_>) -> Vec<Plugin> {
    let spec = &cx.kind().spec;
    let containers = || spec.containers.iter().chain(&spec.init_containers);
    let spreads_by_default =
        matches!(&cx.profile.default_spread, DefaultSpread::List(list) if !list.is_empty());
    let may_matter = |plugin: &Plugin| match plugin {
        Plugin::NodeResourcesFit => !cx.kind().usage.amounts.scalars.is_empty(),
        Plugin::NodePorts => containers().any(|one| !one.host_ports.is_empty()),
        Plugin::VolumeRestrictions
        | Plugin::NodeVolumeLimits
        | Plugin::VolumeBinding
        | Plugin::VolumeZone => !spec.volumes.is_empty(),
        Plugin::PodTopologySpread => !spec.spread.is_empty() || spreads_by_default,
        Plugin::DynamicResources => {
            !spec.claims.is_empty() || !cx.kind().usage.amounts.scalars.is_empty()
        }
        // A pod that was taken off a node names none.
        Plugin::NodeName
        | Plugin::InterPodAffinity
        | Plugin::NodeUnschedulable
        | Plugin::TaintToleration
        | Plugin::NodeAffinity
        | Plugin::NodeDeclaredFeatures => false,
    };
    Plugin::ALL.into_iter().filter(may_matter).collect()
}

fn neighbours(cx: &Context<'_>) -> Neighbours {
    let kind = cx.kind();
    let has_terms = |affinity| affinity != &Default::default();
    let index = cx.world.kind_index();
    let matter = has_terms(&kind.spec.pod_affinity)
        || has_terms(&kind.spec.pod_anti_affinity)
        || index.refusing(&kind.labels).next().is_some();
    match matter {
        true => Neighbours::Matter,
        false => Neighbours::Indifferent,
    }
}

/// The amounts for which a node must have room; `None` where the profile does not look.
fn room_asked(cx: &Context<'_>) -> Option<Amounts> {
    let looks = cx.profile.filters.contains(&Plugin::NodeResourcesFit);
    looks.then(|| cx.kind().usage.amounts.clone())
}

/// Sets up those of the rules that the profile has.
fn checks<'w>(
    cx: &Context<'w>,
    plugins: impl Iterator<Item = Plugin>,
) -> Result<Vec<Box<dyn NodeCheck + 'w>>, NoPlace> {
    let mut checks = Vec::new();
    let mut known = Ok(());
    let filters = |plugin: &Plugin| cx.profile.filters.contains(plugin);
    for plugin in plugins.filter(|plugin| filters(plugin) || cx.profile.prefilters.contains(plugin))
    {
        match prepare(plugin, cx) {
            Prepared::Skipped => {}
            Prepared::Checks(check) if filters(&plugin) => checks.push(check),
            Prepared::Checks(_) => {}
            Prepared::Refused(_) => return Err(NoPlace::NotFound),
            Prepared::Unknown(_) => known = Err(NoPlace::Unknown),
        }
    }
    known.map(|()| checks)
}

fn verdict(checks: &[Box<dyn NodeCheck + '_>], node: NodeIx) -> Verdict {
    let mut verdict = Verdict::Fits;
    for check in checks {
        match check.verdict(node) {
            Verdict::Fits => {}
            Verdict::Refused => return Verdict::Refused,
            Verdict::Unknown => verdict = Verdict::Unknown,
        }
    }
    verdict
}
