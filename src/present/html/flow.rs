//! Pods moving between nodes: lines from each drained node to where replacements land.
//!
//! The names are rows of one height beside the picture, so that the lines meet them at any width of the page. Few pods
//! have a row each; of many, the nodes have one, and lines are as thick as there are pods.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::drain::fate::Fate;
use crate::domain::drain::landing::{Landing, LandingVerdict};
use crate::domain::drain::plan::{DrainPlan, NodePlan, PodPlan};

use super::Text;
use crate::present::text::count;

/// So many pods have a row each.
const SINGLE_ROWS: usize = 40;
/// So many nodes on which many pods land are named; the rest is one place.
const NAMED_GOALS: usize = 16;
/// So many places are named in the words of a row.
const NAMED_PLACES: usize = 5;
/// The height of a row, in pixels; the style sheet has it too.
const ROW: usize = 28;
/// Between two lines that end at the same place.
const SLOT: usize = 7;
/// Above and below the lines of a place.
const MARGIN: usize = 12;

/// The picture.
pub(super) struct Flow {
    pub height: usize,
    pub sources: Vec<Source>,
    pub targets: Vec<Target>,
    pub lines: Vec<Line>,
    pub sentence: Text,
}

/// A drained node with its pods, or all nodes.
pub(super) struct Source {
    pub name: Text,
    pub note: String,
    pub rows: Vec<Row>,
}

/// A pod, or a node.
pub(super) struct Row {
    pub label: Text,
    pub to: Text,
    /// What else to know; empty where there is nothing.
    pub tag: Text,
}

/// Where lines end.
pub(super) struct Target {
    pub top: usize,
    pub height: usize,
    pub name: Text,
    pub note: String,
    pub class: &'static str,
}

/// A line, as an SVG path in a picture 100 wide.
pub(super) struct Line {
    pub path: String,
    pub thick: usize,
    pub class: &'static str,
}

/// Where a pod goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Goal {
    Node(String),
    /// One of so many nodes.
    Others(usize),
    /// No node was found.
    Nowhere,
    /// Not known.
    Unknown,
    /// It does not come back.
    Gone,
}

impl Goal {
    fn of(landing: Option<&Landing>) -> Goal {
        let Some(landing) = landing else {
            return Goal::Unknown;
        };
        match (landing.verdict, landing.best.first()) {
            (LandingVerdict::Fits | LandingVerdict::Preempts, Some(node)) => {
                Goal::Node(node.clone())
            }
            (LandingVerdict::Nowhere, _) => Goal::Nowhere,
            (LandingVerdict::None, _) => Goal::Gone,
            _ => Goal::Unknown,
        }
    }

    fn name(&self) -> String {
        match self {
            Goal::Node(name) => name.clone(),
            Goal::Others(nodes) => count(*nodes, "other node"),
            Goal::Nowhere => "no node found".to_owned(),
            Goal::Unknown => "not known".to_owned(),
            Goal::Gone => "does not come back".to_owned(),
        }
    }

    fn class(&self) -> &'static str {
        match self {
            Goal::Node(_) | Goal::Others(_) => "node",
            Goal::Nowhere => "nowhere",
            Goal::Unknown => "unknown",
            Goal::Gone => "gone",
        }
    }
}

/// Whether a pod leaves as things are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Beginning {
    Given,
    /// Once a flag is given.
    Flag,
}

/// Pods that go the same way.
struct Way {
    goal: Goal,
    beginning: Beginning,
    pods: usize,
}

/// A row with its lines.
struct Draft {
    label: String,
    tag: String,
    ways: Vec<Way>,
}

/// Rows under one title.
struct Group {
    title: String,
    pods: usize,
    rows: Vec<Draft>,
}

impl Flow {
    /// `None` where nobody asked where the pods land, or nothing moves.
    pub fn of(plan: &DrainPlan) -> Option<Flow> {
        let nodes: Vec<(&str, Vec<&PodPlan>)> = plan
            .nodes
            .iter()
            .map(|node| (node.node.name.as_str(), moving(node)))
            .filter(|(_, pods)| !pods.is_empty())
            .collect();
        let pods: usize = nodes.iter().map(|(_, pods)| pods.len()).sum();
        let places: BTreeSet<Goal> = nodes
            .iter()
            .flat_map(|(_, pods)| pods)
            .map(|pod| Goal::of(pod.landing.as_ref()))
            .collect();
        let sentence = format!(
            "{} of {} to {}",
            count(pods, "pod"),
            count(nodes.len(), "node"),
            count(places.len(), "place")
        );
        let groups = match pods {
            0 => return None,
            1..=SINGLE_ROWS => by_pod(nodes),
            _ => vec![by_node(nodes)],
        };
        Some(drawn(&groups, &sentence))
    }
}

fn moving(node: &NodePlan) -> Vec<&PodPlan> {
    let moves =
        |pod: &&PodPlan| pod.landing.is_some() && (pod.leaves() || pod.fate == Fate::Refused);
    node.pods.iter().filter(moves).collect()
}

fn beginning(pod: &PodPlan) -> Beginning {
    match pod.fate {
        Fate::Refused => Beginning::Flag,
        _ => Beginning::Given,
    }
}

fn by_pod(nodes: Vec<(&str, Vec<&PodPlan>)>) -> Vec<Group> {
    let row = |pod: &PodPlan| {
        let landing = pod.landing.as_ref();
        let victims = landing.map_or(0, |landing| landing.victims.len());
        let flag = (beginning(pod) == Beginning::Flag).then(|| "needs a flag".to_owned());
        let preempts = (victims > 0).then(|| format!("preempts {victims}"));
        let tags: Vec<String> = flag.into_iter().chain(preempts).collect();
        Draft {
            label: pod.pod.id.path(),
            tag: tags.join(", "),
            ways: vec![Way {
                goal: Goal::of(landing),
                beginning: beginning(pod),
                pods: 1,
            }],
        }
    };
    let group = |(name, pods): (&str, Vec<&PodPlan>)| Group {
        title: name.to_owned(),
        pods: pods.len(),
        rows: pods.into_iter().map(row).collect(),
    };
    nodes.into_iter().map(group).collect()
}

fn by_node(nodes: Vec<(&str, Vec<&PodPlan>)>) -> Group {
    let pods: usize = nodes.iter().map(|(_, pods)| pods.len()).sum();
    let named = named_goals(&nodes);
    let row = |(name, pods): (&str, Vec<&PodPlan>)| Draft {
        label: name.to_owned(),
        tag: count(pods.len(), "pod"),
        ways: ways(&pods, &named),
    };
    Group {
        title: "drained".to_owned(),
        pods,
        rows: nodes.into_iter().map(row).collect(),
    }
}

/// The nodes with most of the pods, and how many others there are.
struct Named {
    nodes: BTreeSet<String>,
    others: usize,
}

fn named_goals(nodes: &[(&str, Vec<&PodPlan>)]) -> Named {
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    for pod in nodes.iter().flat_map(|(_, pods)| pods) {
        if let Goal::Node(name) = Goal::of(pod.landing.as_ref()) {
            *numbers.entry(name).or_default() += 1;
        }
    }
    let mut numbers: Vec<(String, usize)> = numbers.into_iter().collect();
    numbers.sort_by_key(|(_, pods)| std::cmp::Reverse(*pods));
    let others = numbers.len().saturating_sub(NAMED_GOALS);
    let nodes = numbers.into_iter().take(NAMED_GOALS);
    Named {
        nodes: nodes.map(|(name, _)| name).collect(),
        others,
    }
}

/// Puts pods of one node with the same way together.
fn ways(pods: &[&PodPlan], named: &Named) -> Vec<Way> {
    let mut numbers: BTreeMap<(Goal, Beginning), usize> = BTreeMap::new();
    for pod in pods {
        let goal = match Goal::of(pod.landing.as_ref()) {
            Goal::Node(name) if !named.nodes.contains(&name) => Goal::Others(named.others),
            goal => goal,
        };
        *numbers.entry((goal, beginning(pod))).or_default() += 1;
    }
    let way = |((goal, beginning), pods): ((Goal, Beginning), usize)| Way {
        goal,
        beginning,
        pods,
    };
    numbers.into_iter().map(way).collect()
}

/// Where a line begins, with what it is.
struct Start<'w> {
    y: usize,
    way: &'w Way,
}

fn drawn(groups: &[Group], sentence: &str) -> Flow {
    let mut starts: Vec<Start<'_>> = Vec::new();
    let mut y = 0;
    for group in groups {
        y += ROW;
        for row in &group.rows {
            let ways = row.ways.iter();
            starts.extend(ways.map(|way| Start {
                y: y + ROW / 2,
                way,
            }));
            y += ROW;
        }
        y += MARGIN;
    }
    let ends = ends(&starts, y);
    let source = |group: &Group| Source {
        name: Text::of(&group.title),
        note: count(group.pods, "pod"),
        rows: group.rows.iter().map(row).collect(),
    };
    Flow {
        height: y.max(ends.height),
        sentence: Text::of(sentence),
        sources: groups.iter().map(source).collect(),
        targets: ends.targets,
        lines: ends.lines,
    }
}

fn row(draft: &Draft) -> Row {
    let place = |way: &Way| match draft.ways.len() {
        1 => way.goal.name(),
        _ => format!("{} ({})", way.goal.name(), way.pods),
    };
    let shown = draft.ways.iter().take(NAMED_PLACES).map(place);
    let mut words = shown.collect::<Vec<String>>().join(", ");
    if draft.ways.len() > NAMED_PLACES {
        words.push_str(&format!(" and {} more", draft.ways.len() - NAMED_PLACES));
    }
    Row {
        label: Text::of(&draft.label),
        to: Text::of(words),
        tag: Text::of(&draft.tag),
    }
}

/// The right side of the picture.
struct Ends {
    targets: Vec<Target>,
    lines: Vec<Line>,
    height: usize,
}

/// Puts the ends of lines beside their beginnings, as far as they leave room for each other.
fn ends(starts: &[Start<'_>], left: usize) -> Ends {
    let mut goals: BTreeMap<&Goal, Vec<&Start<'_>>> = BTreeMap::new();
    for start in starts {
        goals.entry(&start.way.goal).or_default().push(start);
    }
    let middle = |starts: &[&Start<'_>]| starts.iter().map(|s| s.y).sum::<usize>() / starts.len();
    let mut goals: Vec<(&Goal, Vec<&Start<'_>>)> = goals.into_iter().collect();
    goals.sort_by_key(|(goal, starts)| (middle(starts), (*goal).clone()));
    // Lines to a place of many come closer together, so that the page does not grow with them.
    let slot = match starts.len() > SINGLE_ROWS {
        true => 2,
        false => SLOT,
    };
    let tall = |lines: usize| (lines * slot + MARGIN).max(ROW + MARGIN);
    let whole: usize = goals.iter().map(|(_, s)| tall(s.len()) + MARGIN).sum();
    let mut top = left.saturating_sub(whole) / 2;
    let (mut targets, mut lines) = (Vec::new(), Vec::new());
    for (goal, starts) in goals {
        let height = tall(starts.len());
        let pods: usize = starts.iter().map(|start| start.way.pods).sum();
        let first = top + (height - starts.len() * slot) / 2 + slot / 2;
        for (at, start) in starts.iter().enumerate() {
            lines.push(line(start, first + at * slot, slot));
        }
        targets.push(Target {
            top,
            height,
            name: Text::of(goal.name()),
            note: count(pods, "pod"),
            class: goal.class(),
        });
        top += height + MARGIN;
    }
    Ends {
        targets,
        lines,
        height: top,
    }
}

fn line(start: &Start<'_>, end: usize, slot: usize) -> Line {
    let (y, way) = (start.y, start.way);
    Line {
        path: format!("M0,{y} C45,{y} 55,{end} 100,{end}"),
        thick: match slot {
            SLOT => 2,
            // The thickest leaves the others to be seen.
            _ => way.pods.clamp(1, 8),
        },
        class: match (&way.goal, way.beginning) {
            (Goal::Nowhere, _) => "nowhere",
            (Goal::Gone | Goal::Unknown, _) => "gone",
            (Goal::Node(_) | Goal::Others(_), Beginning::Flag) => "later",
            (Goal::Node(_) | Goal::Others(_), Beginning::Given) => "node",
        },
    }
}
