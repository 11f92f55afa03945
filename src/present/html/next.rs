//! What to type next, which is what a plan is read for.

use crate::domain::drain::fate::{Bearing, Fate, Reason};
use crate::domain::drain::plan::{DrainPlan, PodPlan, Verdict};

use super::{Text, kept};
use crate::present::plan_summary::missing_flags;

/// Something to do.
pub(super) struct Step {
    pub why: Text,
    /// Empty where there is nothing to type.
    pub command: Text,
}

/// So many remedies stand at the top; all of them stand with their pods.
const SHOWN: usize = 2;

/// Returns the steps to take, and how many more remedies there are.
pub(super) fn steps(plan: &DrainPlan, arguments: &str) -> (Vec<Step>, usize) {
    let drain = format!("kubectl nodemaint drain {arguments}");
    let again = format!("kubectl nodemaint preview drain {arguments}");
    match plan.verdict {
        // What is assumed cannot be carried out.
        Verdict::Ready if plan.assumed.is_some() => (
            vec![step("Look again once what is assumed is so", &again)],
            0,
        ),
        Verdict::Ready => (vec![step("Carry it out", &drain)], 0),
        Verdict::Unknown => (
            vec![step(
                "Find out what could not be read, then look again",
                &again,
            )],
            0,
        ),
        Verdict::Refused | Verdict::Blocked => {
            let mut remedies = remedies(plan);
            let more = remedies.len().saturating_sub(SHOWN);
            remedies.truncate(SHOWN);
            let flags = missing_flags(plan).join(" ");
            let last = match flags.is_empty() {
                true => step("Then look again", &again),
                false => step(
                    "Look again with the flags that are missing, if what they allow is wanted",
                    &format!("{again} {flags}"),
                ),
            };
            remedies.push(last);
            (remedies, more)
        }
    }
}

fn step(why: &str, command: &str) -> Step {
    Step {
        why: Text::of(why),
        command: Text::of(command),
    }
}

/// What would let blocked pods go, each once.
fn remedies(plan: &DrainPlan) -> Vec<Step> {
    let mut found: Vec<Step> = Vec::new();
    for pod in kept(plan) {
        let blocks = |reason: &&Reason| reason.bearing == Bearing::Blocks;
        for reason in pod.reasons.iter().filter(blocks) {
            let one = step(&reason.message, &reason.hint);
            if !found.iter().any(|other| other.command == one.command) {
                found.push(one);
            }
        }
    }
    found
}

/// The reasons that keep a pod; notes are left to its row.
pub(super) fn obstacles_of(pod: &PodPlan) -> impl Iterator<Item = &Reason> {
    let is_kept = matches!(pod.fate, Fate::Blocked | Fate::Refused);
    let reasons = pod.reasons.iter().filter(move |_| is_kept);
    reasons.filter(|reason| matches!(reason.bearing, Bearing::Blocks | Bearing::Refuses))
}
