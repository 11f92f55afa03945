//! The taints that nodes have: where each comes from, which of the node's pods tolerate it and by what, and who leaves.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::noexecute::{Stay, decide};
use super::origin::{Age, Origin, age, origin};
use super::toleration::{Comparisons, Toleration};
use super::{Effect, Taint};
use crate::domain::mark::Mark;
use crate::domain::node::{Node, NodeHealth, NodeRef};
use crate::domain::pod::{Pod, PodRef};
use crate::domain::snapshot::{ClusterId, Snapshot};

/// Which taints are asked about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Those of these keys; none means all.
    pub keys: Vec<String>,
    /// Those of these effects; none means all.
    pub effects: Vec<Effect>,
}

impl Filter {
    /// Tells whether a taint is asked about.
    pub fn wants(&self, taint: &Taint) -> bool {
        (self.keys.is_empty() || self.keys.contains(&taint.key))
            && (self.effects.is_empty() || self.effects.contains(&taint.effect))
    }

    /// Tells whether all taints are asked about.
    pub fn is_open(&self) -> bool {
        self.keys.is_empty() && self.effects.is_empty()
    }
}

/// Pods of a node that tolerate a taint by the same toleration, which is the first that matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tolerating {
    /// The toleration.
    pub toleration: Toleration,
    /// How many pods.
    pub pods: usize,
}

/// A taint of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaintView {
    /// The taint.
    pub taint: Taint,
    /// How old it is.
    pub age: Age,
    /// Where it comes from.
    pub origin: Origin,
    /// The node's pods that tolerate it, most first.
    pub tolerating: Vec<Tolerating>,
    /// How many of the node's pods do not.
    pub intolerant: usize,
    /// The pods that leave because of this taint, by namespace and name.
    pub leaving: Vec<Leaving>,
}

/// A pod that NoExecute taints make leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaving {
    /// Which pod.
    pub pod: PodRef,
    /// When it leaves.
    pub when: Departure,
}

/// When a pod leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// It is ending.
    Ending,
    /// Now: as soon as the controller gets round to it.
    Now,
    /// So many seconds after the controller saw taint and pod together; by when, where both times are known and the controller
    /// did not start anew since.
    After {
        /// The time that it tolerates, in seconds.
        seconds: i64,
        /// When it is due.
        due: Option<Timestamp>,
    },
}

/// A node with its taints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeView {
    /// Which node.
    pub node: NodeRef,
    /// Whether it is cordoned.
    pub cordoned: bool,
    /// The note of the cordon.
    pub mark: Option<Mark>,
    /// Whether its kubelet can end pods.
    pub health: NodeHealth,
    /// How many pods are on it.
    pub pods: usize,
    /// Its taints, those that are asked about, in the server's order.
    pub taints: Vec<TaintView>,
}

/// The taints of nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Which cluster.
    pub cluster: ClusterId,
    /// When it was read.
    pub taken_at: Timestamp,
    /// What was asked about.
    pub filter: Filter,
    /// The nodes in the order given.
    pub nodes: Vec<NodeView>,
}

/// Looks at the taints of these nodes; names that the snapshot does not have are passed over.
pub fn survey(
    snapshot: &Snapshot,
    nodes: &[String],
    filter: &Filter,
    comparisons: Comparisons,
) -> Survey {
    let mut pods: BTreeMap<&str, Vec<&Pod>> = BTreeMap::new();
    for pod in &snapshot.pods {
        if let Some(node) = pod.node.as_deref() {
            pods.entry(node).or_default().push(pod);
        }
    }
    let known = nodes.iter().filter_map(|name| snapshot.nodes.get(name));
    let views = known.map(|node| {
        let pods = pods.remove(node.name()).unwrap_or_default();
        node_view(node, pods, filter, comparisons)
    });
    Survey {
        cluster: snapshot.cluster.clone(),
        taken_at: snapshot.taken_at,
        filter: filter.clone(),
        nodes: views.collect(),
    }
}

fn node_view(
    node: &Node,
    mut pods: Vec<&Pod>,
    filter: &Filter,
    comparisons: Comparisons,
) -> NodeView {
    pods.sort_by(|a, b| a.id.cmp(&b.id));
    let wanted = node.taints.iter().filter(|taint| filter.wants(taint));
    NodeView {
        node: node.id.clone(),
        cordoned: node.is_cordoned(),
        mark: Mark::read(&node.annotations).filter(|_| node.is_cordoned()),
        health: node.health,
        pods: pods.len(),
        taints: wanted
            .map(|taint| taint_view(node, taint, &pods, comparisons))
            .collect(),
    }
}

fn taint_view(node: &Node, taint: &Taint, pods: &[&Pod], comparisons: Comparisons) -> TaintView {
    let first = |pod: &Pod| {
        let mut tolerations = pod.tolerations.iter();
        tolerations
            .find(|one| one.tolerates_under(taint, comparisons))
            .cloned()
    };
    let mut tolerating: Vec<Tolerating> = Vec::new();
    let mut intolerant = 0;
    for pod in pods {
        let Some(toleration) = first(pod) else {
            intolerant += 1;
            continue;
        };
        match tolerating.iter_mut().find(|t| t.toleration == toleration) {
            Some(known) => known.pods += 1,
            None => tolerating.push(Tolerating {
                toleration,
                pods: 1,
            }),
        }
    }
    tolerating.sort_by_key(|t| std::cmp::Reverse(t.pods));
    TaintView {
        taint: taint.clone(),
        age: age(node, taint),
        origin: origin(node, taint),
        tolerating,
        intolerant,
        leaving: leaving(node, taint, pods, comparisons),
    }
}

/// Returns the pods for whose leaving a taint is the one that decides.
fn leaving(node: &Node, taint: &Taint, pods: &[&Pod], comparisons: Comparisons) -> Vec<Leaving> {
    let of = |pod: &&&Pod| {
        let outcome = decide(&node.taints, &pod.tolerations, comparisons);
        let decides = outcome.decided_by.is_some_and(|t| t.same_place(taint));
        decides.then(|| Leaving {
            pod: pod.id.clone(),
            when: match outcome.stay {
                _ if pod.is_terminating() => Departure::Ending,
                Stay::Seconds(seconds @ 1..) => Departure::After {
                    seconds,
                    due: due(node, pod, seconds),
                },
                Stay::Untolerated | Stay::Seconds(_) | Stay::Forever => Departure::Now,
            },
        })
    };
    pods.iter().filter_map(|pod| of(&pod)).collect()
}

/// Returns when a timer runs out that started when the first NoExecute taint and the pod were both there.
fn due(node: &Node, pod: &Pod, seconds: i64) -> Option<Timestamp> {
    let executing = node.taints.iter().filter(|t| t.effect == Effect::NoExecute);
    let times: Option<Vec<Timestamp>> = executing.map(|taint| taint.time_added).collect();
    let start = times?.into_iter().min()?.max(pod.created?);
    Timestamp::from_second(start.as_second().checked_add(seconds)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{node, now, pod, snapshot, taint, tolerates};

    fn at(seconds: i64) -> Option<Timestamp> {
        Timestamp::from_second(now().as_second() + seconds).ok()
    }

    fn view(taints: &[Taint], pods: Vec<crate::testing::PodBuilder>) -> NodeView {
        let mut tainted = node("n1");
        tainted.taints = taints.to_vec();
        let mut cluster = snapshot().node(tainted);
        for pod in pods {
            let mut pod = pod.on("n1").build();
            pod.created = at(-1000);
            cluster = cluster.pod(pod);
        }
        let names = ["n1".to_owned(), "gone".to_owned()];
        let found = survey(
            &cluster.build(),
            &names,
            &Filter::default(),
            Comparisons::Off,
        );
        found.nodes.into_iter().next().unwrap()
    }

    #[test]
    fn pods_are_counted_by_the_toleration_that_matches_first() {
        let every = tolerates("", None);
        let mine = tolerates("a", None);
        let found = view(
            &[taint("a", "", Effect::NoSchedule)],
            vec![
                pod("s/1").tolerating(std::slice::from_ref(&every)),
                pod("s/2").tolerating(&[mine.clone(), every.clone()]),
                pod("s/3").tolerating(&[every.clone(), mine.clone()]),
                pod("s/4"),
            ],
        );
        let view = &found.taints[0];
        let counted: Vec<_> = view
            .tolerating
            .iter()
            .map(|t| (t.toleration.clone(), t.pods))
            .collect();
        assert_eq!(counted, [(every, 2), (mine, 1)]);
        assert_eq!((view.intolerant, found.pods), (1, 4));
        assert!(view.leaving.is_empty(), "NoSchedule makes nobody leave");
    }

    #[test]
    fn who_leaves_stands_under_the_taint_that_decides() {
        let since = |key: &str| Taint {
            time_added: at(-100),
            ..taint(key, "", Effect::NoExecute)
        };
        let found = view(
            &[since("a"), since("b")],
            vec![
                pod("s/now").tolerating(&[tolerates("a", None)]),
                pod("s/later").tolerating(&[tolerates("a", Some(300)), tolerates("b", None)]),
                pod("s/ending").ending_since(0),
                pod("s/stays").tolerating(&[tolerates("", None)]),
            ],
        );
        let of = |index: usize| {
            let leaving = found.taints[index].leaving.iter();
            leaving
                .map(|l| (l.pod.name.as_str(), l.when))
                .collect::<Vec<_>>()
        };
        let due = Departure::After {
            seconds: 300,
            due: at(200),
        };
        assert_eq!(of(0), [("ending", Departure::Ending), ("later", due)]);
        assert_eq!(of(1), [("now", Departure::Now)]);
    }

    #[test]
    fn filters_leave_taints_out() {
        let a = taint("a", "", Effect::NoExecute);
        let b = taint("b", "", Effect::NoSchedule);
        let keys = Filter {
            keys: vec!["a".to_owned()],
            effects: vec![],
        };
        let effects = Filter {
            keys: vec![],
            effects: vec![Effect::NoSchedule],
        };
        assert_eq!([keys.wants(&a), keys.wants(&b)], [true, false]);
        assert_eq!([effects.wants(&a), effects.wants(&b)], [false, true]);
        assert!(Filter::default().is_open() && Filter::default().wants(&a));
    }
}
