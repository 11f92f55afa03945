//! The real scheduler's own time for the same pods on the same cluster.

use std::error::Error;

use conformance::oracle::Oracle;
use controlplane::lease::Lease;
use serde_json::{Value, json};

use crate::cluster::{self, Asked, Dress, Size};

/// What the plugins took over all pods of a sort.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spent {
    /// Filter over all nodes, one after another, in nanoseconds.
    pub filter: f64,
    /// PreFilter, in nanoseconds.
    pub prefilter: f64,
}

/// Asks about the pods that look for a node: the plain ones and the spread ones.
///
/// # Errors
///
/// When the oracle cannot be built or does not answer.
pub fn measure(size: Size, rounds: usize) -> Result<[Spent; 2], Box<dyn Error>> {
    let program = controlplane::oracle::ensure(&Lease::until_signal()?)?;
    let mut oracle = Oracle::start(&program)?;
    let asked = Asked::of(size);
    let mut objects = Vec::new();
    cluster::each(size, Dress::Bare, |object| {
        objects.push(object.clone());
        Ok(())
    })?;
    // The plugins' first pods pay for warming up, so all are asked about several times.
    let once: Vec<&String> = asked.plain.iter().chain(&asked.spread).collect();
    let pods: Vec<&String> = once
        .iter()
        .copied()
        .cycle()
        .take(once.len() * rounds)
        .collect();
    let case: Value =
        json!({"id": "large", "objects": objects, "pods": pods, "time": true, "brief": true});
    drop(objects);
    let answer = oracle.ask(&case)?;
    if let Some(error) = answer.error {
        return Err(error.into());
    }
    let mut best = vec![(f64::INFINITY, f64::INFINITY); once.len()];
    for (at, pod) in answer.pods.iter().enumerate() {
        let (filter, prefilter) = &mut best[at % once.len()];
        let nanos = |spent: Option<u64>| spent.unwrap_or_default() as f64;
        *filter = filter.min(nanos(pod.filter_nanos));
        *prefilter = prefilter.min(nanos(pod.prefilter_nanos));
    }
    let (plain, spread) = best.split_at(asked.plain.len());
    Ok([plain, spread].map(|pods| Spent {
        filter: pods.iter().map(|(filter, _)| filter).sum(),
        prefilter: pods.iter().map(|(_, prefilter)| prefilter).sum(),
    }))
}
