//! The frame of a scheduling cycle: every filter is set up for the pod, then judges every node, and the first that refuses
//! a node in the scheduler's order is its answer.
//!
//! Source: `pkg/scheduler/schedule_one.go` and `framework/runtime`. The filters that stand behind the first one are run
//! too, for a person who wants to know everything that is in the way.

use std::collections::{BTreeSet, HashMap};

use super::Context;
use super::marks::MarkSheet;
use super::plugin::{Code, Finding, NodeCheck, Plugin, Prepared, Refusal};
use super::profile::Profile;
use super::world::{NodeIx, PodIx, World};
use super::{
    dynamic_resources, inter_pod_affinity, node_affinity, node_declared_features, node_name,
    node_ports, node_resources_fit, node_unschedulable, node_volume_limits, pod_topology_spread,
    taint_toleration, volume_binding, volume_restrictions, volume_zone,
};

/// What the scheduler would find for one pod.
pub struct Evaluation<'w> {
    cx: Context<'w>,
    /// A refusal of the pod as a whole, before any node is looked at.
    pub prefilter: Option<Refusal>,
    /// Why the scheduler would not even look at the pod, or not with these rules; `None` for an ordinary pod.
    pub not_decided: Option<String>,
    narrowed: Option<BTreeSet<NodeIx>>,
    checks: Vec<(Plugin, Box<dyn NodeCheck + 'w>)>,
    unknown: Vec<Gap>,
    marks: MarkSheet,
    nominated: HashMap<NodeIx, Vec<Refusal>>,
}

/// Whether a pod can run on a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every filter lets it in.
    Fits,
    /// A filter refuses.
    Refused,
    /// No filter refuses, and one cannot be judged.
    Unknown,
}

/// What was found about one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeReport {
    /// The node.
    pub node: NodeIx,
    /// Whether the pod can run there.
    pub verdict: Verdict,
    /// The scheduler's own answer.
    pub first: Option<FirstRefusal>,
    /// Every filter that refuses, in order.
    pub refusals: Vec<Refusal>,
    /// What could not be judged, and why.
    pub unknown: Vec<Gap>,
}

/// Something that cannot be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The plugin or extender.
    pub rule: String,
    /// What could not be read, or is not modelled.
    pub what: String,
}

/// The scheduler's own answer about a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirstRefusal {
    /// The first filter that refuses.
    Filter(Refusal),
    /// The node was left out before filtering: these plugins name the nodes that the pod may use.
    Narrowed {
        /// The reason as the scheduler words it.
        reason: String,
    },
}

impl FirstRefusal {
    /// Returns the plugin's name; `PreFilter` for a node that was left out before.
    pub fn plugin_name(&self) -> &'static str {
        match self {
            FirstRefusal::Filter(refusal) => refusal.plugin.name(),
            FirstRefusal::Narrowed { .. } => "PreFilter",
        }
    }

    /// Returns the scheduler's status code.
    pub fn code(&self) -> Code {
        match self {
            FirstRefusal::Filter(refusal) => refusal.code,
            FirstRefusal::Narrowed { .. } => Code::UnschedulableAndUnresolvable,
        }
    }

    /// Returns the reasons in the plugin's order.
    pub fn reasons(&self) -> Vec<String> {
        match self {
            FirstRefusal::Filter(refusal) => refusal.reasons.clone(),
            FirstRefusal::Narrowed { reason } => vec![reason.clone()],
        }
    }
}

/// Evaluates a pod that has no place in the world; a running one is taken off its node by the caller first.
pub fn evaluate<'w>(world: &'w mut World, profile: &'w Profile, pod: PodIx) -> Evaluation<'w> {
    let nominated = refused_for_nominated(world, profile, pod);
    let cx = Context {
        world,
        profile,
        pod,
        added: &[],
    };
    let mut evaluation = prepare_all(cx);
    evaluation.nominated = nominated;
    evaluation.mark();
    evaluation
}

/// Sets up every filter of the profile.
fn prepare_all(cx: Context<'_>) -> Evaluation<'_> {
    let mut evaluation = Evaluation {
        cx,
        prefilter: None,
        not_decided: not_decided(&cx),
        narrowed: None,
        checks: Vec::new(),
        unknown: unmodelled(cx.profile),
        marks: MarkSheet::default(),
        nominated: HashMap::new(),
    };
    let mut checks = Vec::new();
    for plugin in plugins(cx.profile) {
        match prepare(plugin, &cx) {
            Prepared::Skipped => {}
            Prepared::Checks(check) => checks.push((plugin, check)),
            Prepared::Unknown(what) => evaluation.unknown.push(gap(plugin, what)),
            // Its PreFilter is switched off: what its Filter then says is an error of its own, and the profile names it as
            // not modelled.
            Prepared::Refused(_) if !cx.profile.prefilters.contains(&plugin) => {}
            Prepared::Refused(refusal) => {
                let final_word = refusal.code == Code::UnschedulableAndUnresolvable;
                // The last of those that preemption might help stands, unless one is final.
                evaluation.prefilter = Some(refusal);
                if final_word {
                    break;
                }
            }
        }
    }
    if evaluation.prefilter.is_none() {
        evaluation.narrowed = narrowed(&cx);
    }
    evaluation.checks = in_order(checks, &cx.profile.filters);
    evaluation
}

/// The plugins in the order in which they are set up: those without a PreFilter of their own have nothing to say by then.
fn plugins(profile: &Profile) -> impl Iterator<Item = Plugin> {
    let filters_only = profile
        .filters
        .iter()
        .filter(|plugin| !profile.prefilters.contains(plugin));
    profile.prefilters.iter().chain(filters_only).copied()
}

/// The checks of the plugins that filter, in the order of these.
fn in_order<'w>(
    mut checks: Vec<(Plugin, Box<dyn NodeCheck + 'w>)>,
    filters: &[Plugin],
) -> Vec<(Plugin, Box<dyn NodeCheck + 'w>)> {
    let place = |plugin: Plugin| filters.iter().position(|filter| *filter == plugin);
    checks.retain(|(plugin, _)| place(*plugin).is_some());
    checks.sort_by_key(|(plugin, _)| place(*plugin));
    checks
}

fn gap(plugin: Plugin, what: String) -> Gap {
    Gap {
        rule: plugin.name().to_owned(),
        what,
    }
}

/// Why something of a configuration cannot be judged.
pub(super) const UNMODELLED: &str = "the scheduler's configuration names it and it is not modelled";

fn unmodelled(profile: &Profile) -> Vec<Gap> {
    let gaps = profile.unmodelled.iter().map(|rule| Gap {
        rule: rule.clone(),
        what: UNMODELLED.to_owned(),
    });
    gaps.collect()
}

pub(super) fn prepare<'w>(plugin: Plugin, cx: &Context<'w>) -> Prepared<'w> {
    match plugin {
        Plugin::NodeUnschedulable => node_unschedulable::prepare(cx),
        Plugin::NodeName => node_name::prepare(cx),
        Plugin::TaintToleration => taint_toleration::prepare(cx),
        Plugin::NodeAffinity => node_affinity::prepare(cx),
        Plugin::NodePorts => node_ports::prepare(cx),
        Plugin::NodeResourcesFit => node_resources_fit::prepare(cx),
        Plugin::VolumeRestrictions => volume_restrictions::prepare(cx),
        Plugin::NodeVolumeLimits => node_volume_limits::prepare(cx),
        Plugin::VolumeBinding => volume_binding::prepare(cx),
        Plugin::VolumeZone => volume_zone::prepare(cx),
        Plugin::PodTopologySpread => pod_topology_spread::prepare(cx),
        Plugin::InterPodAffinity => inter_pod_affinity::prepare(cx),
        Plugin::DynamicResources => dynamic_resources::prepare(cx),
        Plugin::NodeDeclaredFeatures => node_declared_features::prepare(cx),
    }
}

/// The nodes that required affinity names in every term; only the NodeAffinity plugin narrows.
pub(super) fn narrowed(cx: &Context<'_>) -> Option<BTreeSet<NodeIx>> {
    if !cx.profile.prefilters.contains(&Plugin::NodeAffinity) {
        return None;
    }
    let terms = cx.kind().spec.node_affinity.required.as_deref()?;
    let names = node_affinity::named_nodes(terms)?;
    Some(
        names
            .into_iter()
            .filter_map(|name| cx.world.node_named(name))
            .collect(),
    )
}

/// Says why a pod is outside of what is modelled.
pub(super) fn not_decided(cx: &Context<'_>) -> Option<String> {
    let spec = &cx.kind().spec;
    if !spec.gates.is_empty() {
        return Some(format!(
            "waiting for scheduling gates: [{}]",
            spec.gates.join(" ")
        ));
    }
    if spec.scheduler_name != cx.profile.scheduler_name {
        return Some(format!(
            "scheduler {:?} decides about this pod",
            spec.scheduler_name
        ));
    }
    let group = spec.scheduling_group.as_ref()?;
    Some(format!(
        "the pod belongs to scheduling group {group:?}, which is placed as a whole"
    ))
}

/// The nodes on which a pod finds no room beside pods of at least its priority that are nominated to run there, with
/// every refusal.
///
/// Filters must pass with and without those; source: `RunFilterPluginsWithNominatedPods`.
pub(super) fn refused_for_nominated(
    world: &mut World,
    profile: &Profile,
    pod: PodIx,
) -> HashMap<NodeIx, Vec<Refusal>> {
    let waiting = nominated(world, pod);
    if waiting.is_empty() {
        return HashMap::new();
    }
    let asked = asked(world, profile, pod);
    let mut refused = HashMap::new();
    for (node, pods) in waiting {
        for other in &pods {
            world.place(*other, node);
        }
        let cx = Context {
            world,
            profile,
            pod,
            added: &pods,
        };
        let found = refusals_of(&asked, &cx, node);
        if !found.is_empty() {
            refused.insert(node, found);
        }
        for other in &pods {
            world.take_away(*other);
        }
    }
    refused
}

/// Pods that wait for a node on which room was made for them, and come before the judged one.
pub(super) fn nominated(world: &World, pod: PodIx) -> HashMap<NodeIx, Vec<PodIx>> {
    let mut waiting: HashMap<NodeIx, Vec<PodIx>> = HashMap::new();
    let priority = |pod| world.kind_of(pod).spec.priority;
    for (other, node) in world.nominated() {
        if other != pod && priority(other) >= priority(pod) {
            waiting.entry(node).or_default().push(other);
        }
    }
    waiting
}

/// The plugins that have something to say about a pod.
///
/// One that PreFilter skipped is not asked about nominated pods either, although these might change its mind.
fn asked(world: &World, profile: &Profile, pod: PodIx) -> Vec<Plugin> {
    let evaluation = prepare_all(Context {
        world,
        profile,
        pod,
        added: &[],
    });
    evaluation.asked()
}

fn refusals_of(plugins: &[Plugin], cx: &Context<'_>, node: NodeIx) -> Vec<Refusal> {
    let checks = plugins
        .iter()
        .filter_map(|plugin| match prepare(*plugin, cx) {
            Prepared::Checks(check) => Some(check),
            Prepared::Skipped | Prepared::Refused(_) | Prepared::Unknown(_) => None,
        });
    let findings = checks.filter_map(|check| match check.finding(node) {
        Finding::Refused(refusal) => Some(refusal),
        Finding::Fits | Finding::Unknown(_) => None,
    });
    findings.collect()
}

impl<'w> Evaluation<'w> {
    /// Returns what the rules were given.
    pub fn context(&self) -> Context<'w> {
        self.cx
    }

    /// Returns the plugins that have something to say about the pod, in the order of filters.
    pub(super) fn asked(&self) -> Vec<Plugin> {
        self.checks.iter().map(|(plugin, _)| *plugin).collect()
    }

    /// Returns what cannot be judged whatever the node.
    pub(super) fn gaps(&self) -> &[Gap] {
        &self.unknown
    }

    /// Returns whether the pod can run on a node.
    pub fn verdict(&self, node: NodeIx) -> Verdict {
        let marks = self.marks.of(node);
        let refused = self.prefilter.is_some()
            || self.is_left_out(node)
            || marks.refused != 0
            || self.nominated.contains_key(&node);
        match (refused, marks.unknown != 0 || !self.unknown.is_empty()) {
            (true, _) => Verdict::Refused,
            (false, true) => Verdict::Unknown,
            (false, false) => Verdict::Fits,
        }
    }

    /// Returns the nodes on which the pod fits, by name.
    pub fn feasible(&self) -> Vec<NodeIx> {
        let nodes = self.cx.world.node_indexes();
        nodes
            .filter(|node| self.verdict(*node) == Verdict::Fits)
            .collect()
    }

    /// Returns which plugins refuse a node, one bit each.
    pub fn marks(&self) -> &MarkSheet {
        &self.marks
    }

    /// Returns everything that was found about a node.
    pub fn node(&self, node: NodeIx) -> NodeReport {
        let mut refusals = Vec::new();
        let mut unknown = self.unknown.clone();
        for (plugin, check) in &self.checks {
            match check.finding(node) {
                Finding::Fits => {}
                Finding::Refused(refusal) => {
                    refusals.push(refusal);
                    unknown.extend(check.doubt(node).map(|what| gap(*plugin, what)));
                }
                Finding::Unknown(what) => unknown.push(gap(*plugin, what)),
            }
        }
        // A node that was left out beforehand is not filtered, with or without nominated pods.
        let crowded = self.nominated.get(&node);
        if let Some(crowded) = crowded.filter(|_| !self.is_left_out(node)) {
            refusals.clone_from(crowded);
        }
        NodeReport {
            node,
            verdict: self.verdict(node),
            first: self.first(node, &refusals),
            refusals,
            unknown,
        }
    }

    /// Lets the plugins mark nodes: first those for which classes decide, in one walk for all of them.
    fn mark(&mut self) {
        let world = self.cx.world;
        let mut by_class = vec![0; world.classes.len()];
        let checks = match self.prefilter {
            Some(_) => &[],
            None => self.checks.as_slice(),
        };
        let mut others = Vec::new();
        for (plugin, check) in checks {
            let Some(refused) = check.refused_classes() else {
                others.push((*plugin, check));
                continue;
            };
            for (mark, refused) in by_class.iter_mut().zip(refused.iter()) {
                *mark |= plugin.bit() * u16::from(*refused);
            }
        }
        self.marks = MarkSheet::new(world.by_node(&by_class));
        for (plugin, check) in others {
            check.mark(plugin, &mut self.marks);
        }
    }

    /// Tells whether required affinity names other nodes only.
    fn is_left_out(&self, node: NodeIx) -> bool {
        let named = self.narrowed.as_ref();
        named.is_some_and(|nodes| !nodes.contains(&node))
    }

    fn first(&self, node: NodeIx, refusals: &[Refusal]) -> Option<FirstRefusal> {
        if self.is_left_out(node) {
            let reason = format!(
                "node(s) didn't satisfy plugin(s) [{}]",
                Plugin::NodeAffinity
            );
            return Some(FirstRefusal::Narrowed { reason });
        }
        refusals.first().cloned().map(FirstRefusal::Filter)
    }
}

#[cfg(test)]
#[path = "evaluate_tests.rs"]
pub(super) mod tests;
