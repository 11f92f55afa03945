//! Many random clusters, one after another on every core.

use std::ops::Range;
use std::path::Path;
use std::thread;

use nodemaint::domain::fit::profile::Minor;

use crate::compare::{Difference, compare};
use crate::coverage::Coverage;
use crate::generator;
use crate::oracle::{Error, Oracle};

/// What came of comparing many clusters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Which plugin decided how often.
    pub coverage: Coverage,
    /// Pairs of pod and node that were compared.
    pub pairs: usize,
    /// Pairs about which the evaluator says that it cannot know.
    pub unknown: usize,
    /// Clusters for which the scheduler has no answer, because a plugin of its own crashes in a way that is known.
    pub crashes: usize,
    /// Pairs in which preemption would make room.
    pub rooms: usize,
    /// What differs, by the cluster's seed.
    pub differing: Vec<(u64, Vec<Difference>)>,
}

impl Findings {
    /// Compares the cluster of a seed.
    ///
    /// # Errors
    ///
    /// When the oracle ends or says something unreadable.
    pub fn look(&mut self, seed: u64, oracle: &mut Oracle, minor: Minor) -> Result<(), Error> {
        let case = generator::case(seed);
        let answer = oracle.ask(&case.to_json())?;
        self.coverage.add(&answer);
        let comparison = compare(&case, &answer, minor);
        self.pairs += comparison.pairs;
        self.unknown += comparison.unknown;
        self.crashes += comparison.crashes;
        self.rooms += comparison.rooms;
        if !comparison.differences.is_empty() {
            self.differing.push((seed, comparison.differences));
        }
        Ok(())
    }

    /// Adds what another worker found.
    pub fn absorb(&mut self, other: Findings) {
        self.coverage.absorb(other.coverage);
        self.pairs += other.pairs;
        self.unknown += other.unknown;
        self.crashes += other.crashes;
        self.rooms += other.rooms;
        self.differing.extend(other.differing);
        self.differing.sort_by_key(|(seed, _)| *seed);
    }
}

/// Compares the clusters of many seeds, with an oracle for every worker.
///
/// # Errors
///
/// When an oracle cannot be started, ends, or says something unreadable.
pub fn over(
    program: &Path,
    seeds: &Range<u64>,
    minor: Minor,
    workers: u64,
) -> Result<Findings, Error> {
    thread::scope(|scope| {
        let started: Vec<_> = (0..workers)
            .map(|worker| scope.spawn(move || share(program, seeds, minor, worker, workers)))
            .collect();
        let mut all = Findings::default();
        for worker in started {
            all.absorb(worker.join().map_err(|_| Error::Ended)??);
        }
        Ok(all)
    })
}

/// Every so many-th seed.
fn share(
    program: &Path,
    seeds: &Range<u64>,
    minor: Minor,
    worker: u64,
    workers: u64,
) -> Result<Findings, Error> {
    let mut oracle = Oracle::start(program)?;
    let mut found = Findings::default();
    for seed in seeds.clone().filter(|seed| seed % workers == worker) {
        found.look(seed, &mut oracle, minor)?;
    }
    Ok(found)
}
