//! Which plugin decided how often: a rule that never applied was not compared.

use std::collections::BTreeMap;
use std::fmt;

use crate::oracle::{Answer, PodAnswer, Refusal};

/// Counts over many answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    cases: usize,
    pods: usize,
    displaced: usize,
    pairs: usize,
    fits: usize,
    unscored: usize,
    first: BTreeMap<String, usize>,
    any: BTreeMap<String, usize>,
    reasons: BTreeMap<String, usize>,
    before: BTreeMap<String, usize>,
    scores: BTreeMap<String, usize>,
    errors: Vec<String>,
}

impl Coverage {
    /// Counts an answer.
    pub fn add(&mut self, answer: &Answer) {
        self.cases += 1;
        if let Some(error) = &answer.error {
            self.errors.push(format!("case {}: {error}", answer.id));
        }
        for pod in &answer.pods {
            self.add_pod(pod);
        }
    }

    /// Adds what was counted elsewhere.
    pub fn absorb(&mut self, other: Coverage) {
        self.cases += other.cases;
        self.pods += other.pods;
        self.displaced += other.displaced;
        self.pairs += other.pairs;
        self.fits += other.fits;
        self.unscored += other.unscored;
        let sums = [
            (&mut self.first, other.first),
            (&mut self.any, other.any),
            (&mut self.reasons, other.reasons),
            (&mut self.before, other.before),
            (&mut self.scores, other.scores),
        ];
        for (sum, counts) in sums {
            for (name, count) in counts {
                *sum.entry(name).or_default() += count;
            }
        }
        self.errors.extend(other.errors);
    }

    fn add_pod(&mut self, pod: &PodAnswer) {
        self.pods += 1;
        self.displaced += usize::from(pod.displaced);
        self.unscored += usize::from(pod.score_error.is_some());
        for refusal in pod.prefilter.iter().chain(&pod.pre_enqueue) {
            count(&mut self.before, refusal);
        }
        for node in &pod.nodes {
            self.pairs += 1;
            self.fits += usize::from(node.fits);
            if let Some(first) = &node.first {
                *self.first.entry(first.plugin.clone()).or_default() += 1;
            }
            for refusal in &node.refusals {
                *self.any.entry(refusal.plugin.clone()).or_default() += 1;
                count(&mut self.reasons, refusal);
            }
            for (plugin, _) in node.scores.iter().filter(|(_, score)| **score != 0) {
                *self.scores.entry(plugin.clone()).or_default() += 1;
            }
        }
    }

    /// Pairs of pod and node that were filtered.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.pairs
    }

    /// How many pairs each plugin decided first.
    #[must_use]
    pub fn first(&self) -> &BTreeMap<String, usize> {
        &self.first
    }

    /// How many pairs each plugin scores with more than 0.
    #[must_use]
    pub fn scores(&self) -> &BTreeMap<String, usize> {
        &self.scores
    }

    /// Pairs in which the pod fits.
    #[must_use]
    pub fn fits(&self) -> usize {
        self.fits
    }

    /// Cases without an answer, with their reasons.
    #[must_use]
    pub fn errors(&self) -> &[String] {
        &self.errors
    }
}

/// Counts every reason of a refusal.
fn count(counts: &mut BTreeMap<String, usize>, refusal: &Refusal) {
    for label in label(refusal) {
        *counts.entry(label).or_default() += 1;
    }
}

/// Every reason of a refusal, with the plugin and the code; names are left out, so that equal ones are counted together.
pub(crate) fn label(refusal: &Refusal) -> impl Iterator<Item = String> {
    refusal.reasons.iter().map(|reason| {
        let parts = reason.split('"').enumerate();
        let nameless: String = parts
            .map(|(index, part)| if index % 2 == 0 { part } else { "x" })
            .collect();
        format!("{} {} {nameless}", refusal.plugin, refusal.code)
    })
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |count: usize, of: usize| {
            #[expect(clippy::cast_precision_loss, reason = "a percentage for people")]
            let percent = count as f64 * 100.0 / of.max(1) as f64;
            format!("{count:>9} {percent:>6.2} %")
        };
        writeln!(
            f,
            "{} cases, {} pods ({} displaced), {} pairs",
            self.cases, self.pods, self.displaced, self.pairs
        )?;
        writeln!(f, "{} fits", share(self.fits, self.pairs))?;
        for (title, counts, of) in [
            ("decided first, of pairs:", &self.first, self.pairs),
            ("refused at all, of pairs:", &self.any, self.pairs),
            ("score not 0, of fits:", &self.scores, self.fits),
            ("refused before any node, of pods:", &self.before, self.pods),
            ("by reason, of pairs:", &self.reasons, self.pairs),
        ] {
            writeln!(f, "{title}")?;
            for (name, count) in counts {
                writeln!(f, "{} {name}", share(*count, of))?;
            }
        }
        writeln!(f, "{} pods without scores", self.unscored)?;
        for error in self.errors.iter().take(10) {
            writeln!(f, "error: {error}")?;
        }
        Ok(())
    }
}
