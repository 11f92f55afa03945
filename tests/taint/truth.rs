//! What a plan says next to what the real controller does: random NoExecute taintings of random pods.

use std::collections::BTreeMap;
use std::io::Write;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use controlplane::{Made, Space, space, wait_until};
use jiff::Timestamp;
use nodemaint::present::taint_plan::{ComesBack, Fate, Pod, TaintPlan};
use serde_json::{Value, json};

use super::plan::plan_of;
use crate::fit::random::Rng;
use crate::support::ours;

/// Brings a run back.
const SEED: &str = "NODEMAINT_TAINT_SEED";
/// How many taintings; 10 where nothing is said.
const RUNS: &str = "NODEMAINT_TAINT_RUNS";
/// Pods on each node.
const PODS: usize = 7;
/// The longest time that a random pod tolerates a taint and still leaves in the test, in seconds.
const LONGEST: i64 = 5;
/// Seconds by which a deletion may miss what was said, where nothing is said: times have whole seconds, and other tests want
/// the machine too. On a quiet one it is two.
const LATE: i64 = 10;
/// Says another number of seconds.
const LATE_VARIABLE: &str = "NODEMAINT_TAINT_LATE";

/// Seconds between two taintings: they share the controller's rate, and a plan knows of its own alone.
const PACE: &str = "NODEMAINT_TAINT_PACE";

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

fn late() -> i64 {
    number(LATE_VARIABLE).map_or(LATE, |seconds| i64::try_from(seconds).unwrap())
}

/// A taint; the same keys again and again, so that tolerations meet them.
fn taint(rng: &mut Rng) -> String {
    let key = rng.pick(&["a", "b", "c"]);
    let value = rng.pick(&["", "", "=1", "=2"]);
    let effect = rng.pick(&["NoExecute", "NoExecute", "NoExecute", "NoSchedule"]);
    format!("{key}{value}:{effect}")
}

/// One or two taints with different keys and effects.
fn taints(rng: &mut Rng) -> Vec<String> {
    let mut taints = vec![taint(rng)];
    let other = taint(rng);
    let place = |taint: &str| {
        let (key, effect) = taint.split_once(':').unwrap();
        (key.chars().next(), effect.to_owned())
    };
    if rng.percent(50) && place(&other) != place(&taints[0]) {
        taints.push(other);
    }
    taints
}

fn toleration(rng: &mut Rng) -> Value {
    let mut toleration = match rng.below(4) {
        0 => json!({"operator": "Exists"}),
        1 => json!({"key": rng.pick(&["a", "b", "c"]), "operator": "Exists"}),
        _ => {
            json!({"key": rng.pick(&["a", "b", "c"]), "operator": "Equal", "value": rng.pick(&["", "1", "2"])})
        }
    };
    let seconds = match rng.below(8) {
        0 => Some(0),
        1 => Some(-3),
        2 => Some(3600),
        3..6 => Some(1 + i64::try_from(rng.below(usize::try_from(LONGEST).unwrap())).unwrap()),
        _ => None,
    };
    if rng.percent(70) || seconds.is_some() {
        toleration["effect"] = json!("NoExecute");
    }
    if let Some(seconds) = seconds {
        toleration["tolerationSeconds"] = json!(seconds);
    }
    toleration
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// A node with its pods, and what was said of the last change of its taints.
struct Case {
    node: Made,
    pods: Vec<String>,
    said: BTreeMap<String, Pod>,
    /// Since when a pod may be deleted, and when the last change was made at the latest; in seconds.
    changed: (i64, i64),
    /// What was done, for a person.
    story: Vec<String>,
}

fn prepare(rng: &mut Rng, space: &Space, at: usize) -> Case {
    let node = space.node(&format!("n{at}")).create();
    let mut story = Vec::new();
    let mut pods = Vec::new();
    for index in 0..PODS {
        let name = format!("p{at}-{index}");
        let tolerations: Vec<Value> = (0..rng.below(4)).map(|_| toleration(rng)).collect();
        story.push(format!("{name} tolerates {}", json!(tolerations)));
        let draft = space.pod(&name).on(&node).never_gone();
        let draft = tolerations
            .into_iter()
            .fold(draft, |draft, one| draft.toleration(one));
        draft.create();
        pods.push(name);
    }
    Case {
        node,
        pods,
        said: BTreeMap::new(),
        changed: (0, 0),
        story,
    }
}

/// Asks what taints would do, and adds them.
fn change(case: &mut Case, specs: &[String], space: &Space) {
    let words = |verb: &[&str], more: &[&str]| -> Vec<String> {
        let node = [case.node.name()];
        let words = verb.iter().chain(&node).copied().map(str::to_owned);
        let more = more.iter().copied().map(str::to_owned);
        words.chain(specs.iter().cloned()).chain(more).collect()
    };
    let config = space.kubeconfig();
    let asked = now();
    let ran = ours(
        &config,
        &words(&["preview", "taint"], &["--overwrite", "-o", "json"]),
    );
    let plan: TaintPlan = plan_of(&ran);
    let pods = plan.nodes.into_iter().flat_map(|node| node.pods);
    case.said = pods.map(|pod| (pod.name.clone(), pod)).collect();
    let begun = now();
    let ran = ours(&config, &words(&["taint", "add"], &["--overwrite"]));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    // What an earlier change set going does not wait for this one.
    let since = if case.changed == (0, 0) { begun } else { asked };
    case.changed = (since, now());
    case.story.push(format!("{} {specs:?}", case.node.name()));
}

/// Returns when a pod's deletion was asked for, in seconds; the pods never go.
fn deleted(space: &Space, name: &str) -> Option<i64> {
    let pod = space
        .get_pod(name)
        .unwrap_or_else(|| panic!("{name} is gone"));
    let time: Timestamp = pod["metadata"]["deletionTimestamp"]
        .as_str()?
        .parse()
        .unwrap();
    let grace = pod["metadata"]["deletionGracePeriodSeconds"]
        .as_i64()
        .unwrap();
    Some(time.as_second() - grace)
}

/// Makes a pod that leaves a node of its own after everything else had its time, and waits for that.
fn let_time_pass(space: &Space, seconds: i64) {
    let node = space.node("clock").create();
    let long = json!({"key": "clock", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": seconds});
    space
        .pod("clock")
        .on(&node)
        .never_gone()
        .toleration(long)
        .create();
    let ran = ours(
        &space.kubeconfig(),
        &["taint", "add", node.name(), "clock:NoExecute"],
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    wait_until("the clock's pod is deleted", || {
        deleted(space, "clock").is_some()
    });
}

/// Compares a pod with what was said of it.
fn judge(case: &Case, name: &str, space: &Space) {
    let said = &case.said[name];
    let found = deleted(space, name);
    let told = || {
        format!(
            "{name}: said {said:#?}, deleted {found:?}, changed {:?}\n{:#?}",
            case.changed, case.story
        )
    };
    let Some(found) = found else {
        let later = said.latest_seconds.is_some_and(|latest| latest > LONGEST);
        assert!(
            said.fate == Fate::Stays || later,
            "it should have left: {}",
            told()
        );
        return;
    };
    assert_ne!(said.fate, Fate::Stays, "it should have stayed: {}", told());
    if said.terminating {
        return;
    }
    let first = case.changed.0 + said.after_seconds.unwrap() - 1;
    let last = case.changed.1 + said.latest_seconds.unwrap() + late();
    assert!(
        (first..=last).contains(&found),
        "not in {first}..{last}: {}",
        told()
    );
}

#[test]
fn random_taintings_make_leave_whom_the_plan_names_and_when() {
    let seed = number(SEED).unwrap_or_else(|| u64::from(std::process::id()) ^ now().unsigned_abs());
    // Also where the test's output is kept back: a run that cannot be had again teaches nothing.
    let _ = writeln!(std::io::stderr().lock(), "{SEED}={seed}");
    let runs = number(RUNS).map_or(10, |runs| usize::try_from(runs).unwrap());
    let mut rng = Rng(seed);
    let space = space("taint_truth");
    let mut cases: Vec<Case> = (0..runs).map(|at| prepare(&mut rng, &space, at)).collect();
    for case in &mut cases {
        let specs = taints(&mut rng);
        change(case, &specs, &space);
        // A second change finds timers that run.
        if rng.percent(50) {
            let specs = taints(&mut rng);
            change(case, &specs, &space);
        }
        thread::sleep(Duration::from_secs(number(PACE).unwrap_or_default()));
    }
    let_time_pass(&space, LONGEST + 3);
    for case in &cases {
        for name in &case.pods {
            judge(case, name, &space);
        }
    }
}

#[test]
fn a_running_timer_is_left_as_it_is_by_a_toleration_for_no_time() {
    let space = space("taint_truth_timer");
    let node = space.node("a").create();
    let long = json!({"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 3600});
    let none =
        json!({"key": "b", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 0});
    let draft = space.pod("held").on(&node).never_gone();
    draft.toleration(none.clone()).toleration(long).create();
    let mut case = Case {
        node,
        pods: vec!["held".to_owned()],
        said: BTreeMap::new(),
        changed: (0, 0),
        story: Vec::new(),
    };
    change(&mut case, &["a:NoExecute".to_owned()], &space);
    // Without a timer such a toleration makes a pod leave at once.
    let draft = space.pod("free").on(&case.node).never_gone();
    let always = json!({"key": "a", "operator": "Exists"});
    draft.toleration(none).toleration(always).create();
    case.pods.push("free".to_owned());
    // A timer is not renewed in the moment in which it began.
    let_time_pass(&space, LONGEST + 3);
    change(&mut case, &["b:NoExecute".to_owned()], &space);
    assert_eq!(case.said["held"].fate, Fate::LeavesLater);
    assert_eq!(case.said["free"].fate, Fate::LeavesNow);
    wait_until("the other pod is deleted", || {
        deleted(&space, "free").is_some()
    });
    for name in &case.pods {
        judge(&case, name, &space);
    }
}

#[test]
fn a_full_node_is_emptied_within_the_time_that_was_said() {
    const FULL: usize = 110;
    let space = space("taint_truth_pace");
    let node = space.node("a").create();
    for index in 0..FULL {
        let pod = space.pod(&format!("p{index}")).on(&node).never_gone();
        pod.create();
    }
    let config = space.kubeconfig();
    let ran = ours(
        &config,
        &["preview", "taint", node.name(), "m:NoExecute", "-o", "json"],
    );
    let plan = plan_of(&ran);
    let said = &plan.batches[0];
    assert_eq!(
        (said.pods, said.first_seconds, said.last_seconds),
        (FULL, 9, 15)
    );
    let begun = now();
    let ran = ours(&config, &["taint", "add", node.name(), "m:NoExecute"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ended = now();
    let mut times: Vec<i64> = Vec::new();
    wait_until("all pods are deleted", || {
        let pods = space.pods_on(&node).into_iter();
        times = pods
            .filter_map(|pod| {
                let grace = pod.metadata.deletion_grace_period_seconds?;
                Some(pod.metadata.deletion_timestamp?.0.as_second() - grace)
            })
            .collect();
        times.len() == FULL
    });
    let (first, last) = (times.iter().min().unwrap(), times.iter().max().unwrap());
    let _ = writeln!(
        std::io::stderr().lock(),
        "{FULL} pods: the first deleted after {} s, the last after {} s",
        first - begun,
        last - begun
    );
    assert!(*first >= begun - 1 && *last <= ended + 15 + late());
}

#[test]
fn a_daemon_pod_that_tolerates_a_taint_for_a_while_really_comes_back_and_goes_again() {
    let space = space("taint_truth_daemon");
    let node = space.node("a").create();
    let limited =
        json!({"key": "m", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 1});
    space
        .daemon_set("limited")
        .toleration(limited)
        .create_ready();
    space.daemon_set("plain").create_ready();
    let ran = ours(
        &space.kubeconfig(),
        &["preview", "taint", node.name(), "m:NoExecute", "-o", "json"],
    );
    let said = plan_of(&ran).nodes.remove(0).pods;
    let of = |name: &str| said.iter().find(|pod| pod.name.starts_with(name)).unwrap();
    assert_eq!(of("limited-").comes_back, ComesBack::Again);
    assert_eq!(of("plain-").comes_back, ComesBack::No);
    let ran = ours(
        &space.kubeconfig(),
        &["taint", "add", node.name(), "m:NoExecute"],
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let mut seen = std::collections::BTreeSet::from([of("limited-").uid.clone()]);
    wait_until("its DaemonSet put two more pods there", || {
        let pods = space.pods_on(&node).into_iter();
        let pods = pods.filter(|pod| {
            pod.metadata
                .name
                .as_deref()
                .is_some_and(|name| name.starts_with("limited-"))
        });
        seen.extend(pods.filter_map(|pod| pod.metadata.uid));
        seen.len() >= 3
    });
    let plain = space.pods_on(&node).into_iter();
    let plain = plain.filter(|pod| {
        pod.metadata
            .name
            .as_deref()
            .is_some_and(|name| name.starts_with("plain-"))
    });
    assert_eq!(
        plain.count(),
        0,
        "no pod is made for a node whose taint it does not tolerate"
    );
}

#[test]
fn taking_a_taint_away_really_saves_whom_the_plan_names() {
    // Long enough for three commands on a machine that does much else.
    const TOLERATED: i64 = 20;
    let space = space("taint_truth_saved");
    let node = space.node("a").create();
    let limited = json!({"key": "m", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": TOLERATED});
    space
        .pod("later")
        .on(&node)
        .never_gone()
        .toleration(limited)
        .create();
    let config = space.kubeconfig();
    let ran = ours(&config, &["taint", "add", node.name(), "m:NoExecute"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ran = ours(
        &config,
        &["preview", "taint", node.name(), "m-", "-o", "json"],
    );
    let plan = plan_of(&ran);
    let said = &plan.nodes[0].pods[0];
    assert_eq!(
        (said.fate, said.timer),
        (
            Fate::Stays,
            Some(nodemaint::present::taint_plan::Timer::Stopped)
        )
    );
    assert_eq!(
        plan.undo,
        [format!(
            "kubectl nodemaint taint add {} m:NoExecute",
            node.name()
        )]
    );
    let ran = ours(&config, &["taint", "remove", node.name(), "m"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let_time_pass(&space, TOLERATED + 3);
    assert_eq!(deleted(&space, "later"), None);
}
