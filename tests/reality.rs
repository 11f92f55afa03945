//! Plans next to what then happens: random clusters on the real control plane, planned, drained with the same flags, and
//! compared.
//!
//! A round's seed is printed; `NODEMAINT_REALITY_SEED` has it again, `NODEMAINT_REALITY_ROUNDS` asks for more rounds.

mod cluster;
mod compare;

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use controlplane::{Space, space};
use nodemaint::present::drain_plan::{DrainPlan, Verdict};

use crate::fit::random::Rng;
use crate::preview::{Run, online, plan_of};

/// Rounds of a run of all tests.
const ROUNDS: u64 = 10;
/// Rounds at once: more make the machine slow, and slow is what the waits are for.
const AT_ONCE: usize = 3;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap().as_millis()).unwrap()
}

/// Also where the test's output is kept back: a run that cannot be had again teaches nothing.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// A cluster, the nodes to drain and the flags.
struct Round {
    space: Space,
    nodes: Vec<String>,
    flags: Vec<&'static str>,
}

impl Round {
    fn preview(&self) -> DrainPlan {
        let mut args = vec!["preview", "drain"];
        args.extend(self.nodes.iter().map(String::as_str));
        args.extend(&self.flags);
        args.extend(["-o", "json"]);
        plan_of(&online(&self.space.kubeconfig(), &args))
    }

    fn drain(&self) -> Run {
        let mut args = vec!["drain", "--yes", "--timeout=15s"];
        args.extend(self.nodes.iter().map(String::as_str));
        args.extend(&self.flags);
        online(&self.space.kubeconfig(), &args)
    }
}

/// Plans, drains and returns what the plan got wrong, and what it said.
fn round(seed: u64) -> (Vec<String>, Verdict) {
    let mut rng = Rng(seed);
    let space = space("reality");
    let made = cluster::make(&mut rng, &space);
    let round = Round {
        nodes: made.drained,
        flags: made.flags,
        space,
    };
    let before = compare::Pods::read(&round.space);
    let plan = round.preview();
    let run = round.drain();
    let wrong = compare::differences(&round.space, &plan, &run, &before);
    (wrong, plan.verdict)
}

#[test]
fn plans_come_true() {
    let first = number("NODEMAINT_REALITY_SEED").unwrap_or_else(now);
    let rounds = number("NODEMAINT_REALITY_ROUNDS").unwrap_or(ROUNDS);
    let seeds: Vec<u64> = (0..rounds).map(|at| first.wrapping_add(at)).collect();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let results = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let Some(seed) = seeds.get(at) else {
                        return;
                    };
                    let (wrong, verdict) = round(*seed);
                    for line in &wrong {
                        say(&format!("NODEMAINT_REALITY_SEED={seed}: {line}"));
                    }
                    results.lock().unwrap().push((wrong, verdict));
                }
            });
        }
    });
    let results = results.into_inner().unwrap();
    let of = |verdict| results.iter().filter(|(_, one)| *one == verdict).count();
    let wrong = results
        .iter()
        .filter(|(wrong, _)| !wrong.is_empty())
        .count();
    say(&format!(
        "NODEMAINT_REALITY_SEED={first}: {rounds} clusters planned and drained, {wrong} plans wrong; {} were ready, {} \
         blocked, {} refused, {} unknown",
        of(Verdict::Ready),
        of(Verdict::Blocked),
        of(Verdict::Refused),
        of(Verdict::Unknown)
    ));
    assert_eq!(wrong, 0, "plans that did not come true");
}
