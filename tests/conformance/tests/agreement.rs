//! The evaluator says what the real scheduler's plugins say, on clusters that nobody has seen before.

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, io, thread};

use conformance::campaign::{self, Findings};
use controlplane::lease::Lease;
use nodemaint::domain::fit::plugin::Plugin;
use nodemaint::domain::fit::profile::Minor;

/// Pairs of pod and node that must have been compared.
const PAIRS: usize = 100_000;
/// The least number of pairs in which preemption must have found room.
const ROOMS: usize = 1_000;
/// Clusters that are compared at a time.
const STEP: u64 = 100;
/// Names the first seed, to have a run again.
const SEED: &str = "NODEMAINT_CONFORMANCE_SEED";
/// The least share of pairs that each plugin must have decided: a rule that never applies is not compared.
const LEAST_SHARE: f64 = 0.002;

fn first_seed() -> u64 {
    let given = env::var(SEED).ok().and_then(|text| text.parse().ok());
    let now = || {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(1, |time| time.as_millis())
    };
    given.unwrap_or_else(|| u64::try_from(now()).unwrap_or(1))
}

/// Also where the test's output is kept back: a run that cannot be had again teaches nothing.
fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

#[test]
fn the_evaluator_agrees_with_the_schedulers_plugins_on_fresh_clusters() {
    let program = controlplane::oracle::ensure(&Lease::default()).expect("the oracle can be built");
    let workers = thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let first = first_seed();
    say(&format!("{SEED}={first}"));
    let mut found = Findings::default();
    let mut next = first;
    while found.pairs < PAIRS {
        let seeds = next..next + STEP;
        found.absorb(campaign::over(&program, &seeds, Minor::NEWEST, workers).expect("answers"));
        next += STEP;
    }
    say(&format!(
        "{} pairs compared, in {} of them preemption makes room\n{}",
        found.pairs, found.rooms, found.coverage
    ));
    let shown: Vec<String> = found
        .differing
        .iter()
        .take(5)
        .map(|(seed, differences)| format!("seed {seed}: {}", differences[0]))
        .collect();
    assert!(
        shown.is_empty(),
        "{} clusters differ; `cargo xtask conformance --first SEED --seeds 1` makes one small\n{}",
        found.differing.len(),
        shown.join("\n")
    );
    check_coverage(&found);
    assert!(found.rooms >= ROOMS, "{} with room", found.rooms);
}

/// The pods that are compared name no node, so one plugin has nothing to decide.
fn check_coverage(found: &Findings) {
    for plugin in Plugin::ALL
        .into_iter()
        .filter(|plugin| *plugin != Plugin::NodeName)
    {
        let decided = found
            .coverage
            .first()
            .get(plugin.name())
            .copied()
            .unwrap_or(0);
        #[expect(clippy::cast_precision_loss, reason = "a share")]
        let share = decided as f64 / found.pairs as f64;
        assert!(
            share >= LEAST_SHARE,
            "{plugin} decided {decided} of {} pairs only",
            found.pairs
        );
    }
}
