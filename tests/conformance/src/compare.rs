//! Where the evaluator and the real plugins say different things about a case.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use nodemaint::domain::fit::evaluate::Verdict;
use nodemaint::domain::fit::profile::Minor;

use crate::evaluator::{NodeFinding, PodFinding, findings};
use crate::generator::Case;
use crate::oracle::{Answer, NodeAnswer, PodAnswer, Refusal};
use crate::unknown::{Honesty, Unknowable};

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The pod, as namespace/name; empty for the case as a whole.
    pub pod: String,
    /// The node; empty for the pod as a whole.
    pub node: String,
    /// What is compared.
    pub what: What,
    /// What the real plugins say.
    pub oracle: String,
    /// What the evaluator says.
    pub evaluator: String,
}

/// What two answers differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// One of them has no answer.
    Answer,
    /// The refusal before all nodes.
    Prefilter,
    /// The evaluator says that it does not know what can be known.
    Unknown,
    /// Whether the pod fits.
    Fit,
    /// The first plugin, its code or reasons.
    First,
    /// All refusing plugins.
    Refusals,
    /// A plugin's score, or the sum.
    Score,
    /// The event's line.
    Summary,
    /// What preemption would do.
    Preemption,
}

/// What came of comparing a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Pairs of pod and node that were compared, pods that are refused as a whole counted once for each node.
    pub pairs: usize,
    /// Pairs about which the evaluator says that it cannot know.
    pub unknown: usize,
    /// Clusters for which the scheduler has no answer, because a plugin of its own crashes in a way that is known.
    pub crashes: usize,
    /// Pairs in which preemption would make room.
    pub rooms: usize,
    /// Everything that differs.
    pub differences: Vec<Difference>,
}

/// Where the plugin of balanced allocation uses a cache that only the one of resources is given, for a device class with a
/// selector behind an extended resource that its arguments weigh (1.37.2).
const KNOWN_CRASH: &str = "(*resourceAllocationScorer).deviceMatchesClass";

/// Compares the evaluator with an oracle's answer.
#[must_use]
pub fn compare(case: &Case, answer: &Answer, minor: Minor) -> Comparison {
    let mut found = Comparison::default();
    let ours = match (&answer.error, findings(case, minor)) {
        (None, Ok(ours)) => ours,
        (Some(error), Ok(_)) if error.starts_with("panic: ") && error.contains(KNOWN_CRASH) => {
            found.crashes += 1;
            return found;
        }
        (error, ours) => {
            let oracle = error.clone().unwrap_or_else(|| "an answer".to_owned());
            let ours = ours
                .err()
                .map_or_else(|| "an answer".to_owned(), |error| error.to_string());
            found.note("", "", What::Answer, oracle, ours);
            return found;
        }
    };
    for theirs in &answer.pods {
        match ours.iter().find(|own| own.pod == theirs.pod) {
            Some(own) => {
                let unknowable = Unknowable::of(case, &theirs.pod, minor);
                found.pod(theirs, own, &unknowable);
            }
            None => found.note(
                &theirs.pod,
                "",
                What::Answer,
                "an answer".into(),
                "no such pod".into(),
            ),
        }
    }
    found
}

impl Comparison {
    fn note(&mut self, pod: &str, node: &str, what: What, oracle: String, evaluator: String) {
        self.differences.push(Difference {
            pod: pod.to_owned(),
            node: node.to_owned(),
            what,
            oracle,
            evaluator,
        });
    }

    fn pod(&mut self, theirs: &PodAnswer, own: &PodFinding, unknowable: &Unknowable<'_>) {
        // Whatever plugin's name stands before it, the message is what a user sees.
        if theirs.prefilter != own.prefilter {
            self.note(
                &theirs.pod,
                "",
                What::Prefilter,
                text(&theirs.prefilter),
                text(&own.prefilter),
            );
            return;
        }
        let mut judged = true;
        for node in &theirs.nodes {
            let Some(ours) = own.nodes.iter().find(|ours| ours.node == node.node) else {
                self.note(
                    &theirs.pod,
                    &node.node,
                    What::Answer,
                    "an answer".into(),
                    "no such node".into(),
                );
                continue;
            };
            self.pairs += 1;
            judged &= self.node(&theirs.pod, node, ours, unknowable);
        }
        self.preemption(theirs, own, unknowable);
        if !judged {
            return;
        }
        if theirs.score_error.is_none() {
            for (node, ours) in theirs.nodes.iter().zip(&own.nodes) {
                self.scores(&theirs.pod, node, ours, unknowable);
            }
        }
        if theirs.summary != own.summary {
            let (theirs_text, own_text) = (theirs.summary.clone(), own.summary.clone());
            let plain = |text: Option<String>| text.unwrap_or_default();
            self.note(
                &theirs.pod,
                "",
                What::Summary,
                plain(theirs_text),
                plain(own_text),
            );
        }
    }

    fn preemption(&mut self, theirs: &PodAnswer, own: &PodFinding, unknowable: &Unknowable<'_>) {
        for (node, why) in own.preemption.unknown() {
            if unknowable.judge(why, node) == Honesty::Evasive {
                let (oracle, ours) = ("an answer".to_owned(), why.to_owned());
                self.note(&theirs.pod, node, What::Preemption, oracle, ours);
            }
        }
        if theirs.preemption.is_some() {
            self.rooms += own.preemption.with_victims();
        }
        for one in own.preemption.compare(theirs) {
            let (oracle, ours) = (one.oracle, one.evaluator);
            self.note(&theirs.pod, &one.node, What::Preemption, oracle, ours);
        }
    }

    /// Compares a node; says whether the evaluator claims to know everything about it.
    fn node(
        &mut self,
        pod: &str,
        theirs: &NodeAnswer,
        own: &NodeFinding,
        unknowable: &Unknowable<'_>,
    ) -> bool {
        if !own.unknown.is_empty() {
            self.unknown += 1;
            let evasive =
                |cause: &&String| unknowable.judge(cause, &theirs.node) == Honesty::Evasive;
            if let Some(cause) = own.unknown.iter().find(evasive) {
                let oracle = text(&theirs.first);
                self.note(pod, &theirs.node, What::Unknown, oracle, cause.clone());
            }
            let known = &own.refusals;
            // What is claimed all the same must be true.
            if theirs.fits && !known.is_empty() {
                self.note(pod, &theirs.node, What::Fit, "fits".into(), all(known));
            }
            return false;
        }
        if theirs.fits != (own.verdict == Verdict::Fits) {
            let oracle = if theirs.fits {
                "fits".to_owned()
            } else {
                text(&theirs.first)
            };
            self.note(
                pod,
                &theirs.node,
                What::Fit,
                oracle,
                format!("{:?}, {}", own.verdict, all(&own.refusals)),
            );
        } else if theirs.first != own.first {
            self.note(
                pod,
                &theirs.node,
                What::First,
                text(&theirs.first),
                text(&own.first),
            );
        } else if theirs.refusals != own.refusals {
            self.note(
                pod,
                &theirs.node,
                What::Refusals,
                all(&theirs.refusals),
                all(&own.refusals),
            );
        }
        true
    }

    fn scores(
        &mut self,
        pod: &str,
        theirs: &NodeAnswer,
        own: &NodeFinding,
        unknowable: &Unknowable<'_>,
    ) {
        let known = |plugin: &&String| {
            !own.unscored.contains(*plugin) || unknowable.judge_score(plugin) == Honesty::Evasive
        };
        // A plugin that says 0 to every node and one that the scheduler skips come to the same.
        let score = |scores: &BTreeMap<String, i64>, plugin: &String| {
            scores.get(plugin).copied().unwrap_or(0)
        };
        let plugins: BTreeSet<&String> = theirs.scores.keys().chain(own.scores.keys()).collect();
        let differing: Vec<&String> = plugins
            .into_iter()
            .filter(known)
            .filter(|plugin| score(&theirs.scores, plugin) != score(&own.scores, plugin))
            .collect();
        if differing.is_empty() {
            return;
        }
        let shown = |scores: &BTreeMap<String, i64>| {
            let each = differing
                .iter()
                .map(|plugin| format!("{plugin} {}", score(scores, plugin)));
            each.collect::<Vec<_>>().join(", ")
        };
        self.note(
            pod,
            &theirs.node,
            What::Score,
            shown(&theirs.scores),
            shown(&own.scores),
        );
    }
}

fn text(refusal: &Option<Refusal>) -> String {
    refusal.as_ref().map_or_else(
        || "nothing".to_owned(),
        |refusal| all(std::slice::from_ref(refusal)),
    )
}

fn all(refusals: &[Refusal]) -> String {
    let each = refusals
        .iter()
        .map(|one| format!("{} {} {:?}", one.plugin, one.code, one.reasons));
    each.collect::<Vec<_>>().join("; ")
}

impl Difference {
    /// Tells whether two differences are of one kind: the same plugins say something else about the same pod.
    #[must_use]
    pub fn resembles(&self, other: &Difference) -> bool {
        let words = |text: &str| -> Vec<String> {
            let words = text
                .split_whitespace()
                .filter(|word| word.chars().all(char::is_alphabetic));
            words.map(str::to_owned).collect()
        };
        self.what == other.what
            && self.pod == other.pod
            && words(&self.oracle) == words(&other.oracle)
            && words(&self.evaluator) == words(&other.evaluator)
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            pod,
            node,
            what,
            oracle,
            evaluator,
        } = self;
        writeln!(f, "pod {pod} node {node}: {what:?}")?;
        writeln!(f, "  scheduler: {oracle}")?;
        write!(f, "  evaluator: {evaluator}")
    }
}
