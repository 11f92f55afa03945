//! Settles the budgets that the pods of a plan share.
//!
//! Pods claim in the order in which they would leave: node by node as named; on a node unready pods first (they cost
//! nothing while a healthy one is there), then those that are replaced (what they spend comes back), then the rest.

use std::collections::BTreeMap;

use super::{BudgetPlan, BudgetVerdict};
use crate::domain::budget::{Account, Budget, BudgetRef, Grant, Refund, Standing, Surroundings};
use crate::domain::drain::fate::{Bearing, Reason, ReasonCode, Return};
use crate::domain::pod::{Pod, Readiness};
use crate::domain::snapshot::Snapshot;

/// A pod that the server would not let go without asking a budget.
#[derive(Debug, Clone)]
pub(in crate::domain::drain) struct Candidate<'a> {
    /// Node and pod index in the plan.
    pub place: (usize, usize),
    pub pod: &'a Pod,
    pub returns: Return,
    /// `kind/name` of its workload, where it has one.
    pub workload: Option<String>,
}

/// What the budgets say about one pod.
#[derive(Debug)]
pub(super) struct Outcome {
    pub place: (usize, usize),
    pub wave: u32,
    pub reasons: Vec<Reason>,
    /// The wave comes only if a pod is replaced of which nobody knows that.
    pub rests_on_unknown: bool,
}

/// All claims of a plan.
#[derive(Default)]
pub(super) struct Claims<'a> {
    by_budget: BTreeMap<&'a BudgetRef, (&'a Budget, Vec<Candidate<'a>>)>,
    overlapping: Vec<(Vec<&'a Budget>, Candidate<'a>)>,
}

impl<'a> Claims<'a> {
    /// Records a pod with the budgets that select it, sorted.
    pub fn add(&mut self, budgets: &[&'a Budget], candidate: Candidate<'a>) {
        match budgets {
            [] => {}
            [budget] => self
                .by_budget
                .entry(&budget.id)
                .or_insert_with(|| (budget, Vec::new()))
                .1
                .push(candidate),
            several => self.overlapping.push((several.to_vec(), candidate)),
        }
    }

    /// Spends all budgets.
    pub fn settle(self, snapshot: &'a Snapshot) -> (Vec<Outcome>, Vec<BudgetPlan>) {
        let neighbours = neighbours(snapshot, self.by_budget.keys().copied());
        let mut outcomes = Vec::new();
        let mut plans: BTreeMap<BudgetRef, BudgetPlan> = BTreeMap::new();
        for (budget, candidates) in self.by_budget.into_values() {
            let namespace = budget.id.namespace.as_str();
            let around = neighbours.get(namespace).map_or(&[][..], Vec::as_slice);
            let surroundings = surroundings_of(budget, &candidates, around);
            let (settled, plan) = settle_one(budget, candidates, &surroundings);
            outcomes.extend(settled);
            plans.insert(budget.id.clone(), plan);
        }
        for (budgets, candidate) in self.overlapping {
            outcomes.push(overlap_outcome(&budgets, &candidate));
            for budget in &budgets {
                mark_overlap(&mut plans, budget, &budgets, &candidate);
            }
        }
        (outcomes, plans.into_values().collect())
    }
}

/// Returns the pods of the budgets' namespaces, so that each budget looks only at its own.
fn neighbours<'s>(
    snapshot: &'s Snapshot,
    budgets: impl Iterator<Item = &'s BudgetRef>,
) -> BTreeMap<&'s str, Vec<&'s Pod>> {
    let mut map: BTreeMap<&str, Vec<&Pod>> = budgets
        .map(|budget| (budget.namespace.as_str(), Vec::new()))
        .collect();
    for pod in &snapshot.pods {
        if let Some(list) = map.get_mut(pod.id.namespace.as_str()) {
            list.push(pod);
        }
    }
    map
}

/// Collects what is known about a budget's pods, among those of its namespace.
pub(in crate::domain::drain) fn surroundings_of(
    budget: &Budget,
    candidates: &[Candidate],
    pods: &[&Pod],
) -> Surroundings {
    let mut found = Surroundings::default();
    for pod in pods {
        if !budget.selects(&pod.id.namespace, &pod.labels) {
            continue;
        }
        if pod.phase.is_finished() || pod.is_terminating() {
            found.leaving += 1;
        } else if pod.readiness == Readiness::NotReady {
            found.sick.push(pod.id.path());
        }
    }
    found.sick.sort();
    found.workloads = candidates
        .iter()
        .filter_map(|c| c.workload.clone())
        .collect();
    found.workloads.sort();
    found.workloads.dedup();
    found
}

/// Spends one budget for the pods of a single node, as if nothing else were drained.
pub(in crate::domain::drain) fn settle_alone(
    budget: &Budget,
    candidates: Vec<Candidate>,
    surroundings: &Surroundings,
) -> BudgetPlan {
    settle_one(budget, candidates, surroundings).1
}

/// Spends one budget for its pods.
fn settle_one(
    budget: &Budget,
    mut candidates: Vec<Candidate>,
    surroundings: &Surroundings,
) -> (Vec<Outcome>, BudgetPlan) {
    candidates.sort_by_key(|c| {
        let ready = c.pod.readiness == Readiness::Ready;
        (c.place.0, ready, refund(c.returns), c.place.1)
    });
    let standing = budget.standing(surroundings);
    let mut tally = Tally::default();
    let mut account = open_account(budget, standing, surroundings);
    let outcomes = candidates
        .iter()
        .map(|candidate| {
            if budget.lets_go_free(candidate.pod) {
                return free_outcome(budget, candidate);
            }
            tally.needed += 1;
            let grant = account.spend(refund(candidate.returns));
            tally.count(grant, candidate);
            grant_outcome(budget, standing, grant, candidate, surroundings)
        })
        .collect();
    let plan = tally.into_plan(budget, standing, surroundings);
    (outcomes, plan)
}

fn open_account(budget: &Budget, standing: Standing, surroundings: &Surroundings) -> Account {
    match standing {
        Standing::Open(allowed) => Account::new(allowed, budget.capacity(surroundings)),
        _ => Account::new(0, 0),
    }
}

fn refund(returns: Return) -> Refund {
    match returns {
        Return::Comes => Refund::Sure,
        Return::Unknown => Refund::Unsure,
        Return::Lost => Refund::Never,
    }
}

/// Counts what a budget granted.
#[derive(Default)]
struct Tally {
    needed: i64,
    granted: i64,
    waves: u32,
    denied: i64,
    denied_unready: i64,
}

impl Tally {
    fn count(&mut self, grant: Grant, candidate: &Candidate) {
        match grant {
            Grant::Wave { number, .. } => {
                self.granted += 1;
                self.waves = self.waves.max(number);
            }
            Grant::Denied => {
                self.denied += 1;
                if candidate.pod.readiness == Readiness::NotReady {
                    self.denied_unready += 1;
                }
            }
        }
    }

    fn into_plan(
        self,
        budget: &Budget,
        standing: Standing,
        surroundings: &Surroundings,
    ) -> BudgetPlan {
        let (verdict, message, hint) = self.words(budget, standing, surroundings);
        BudgetPlan {
            budget: budget.id.clone(),
            allowed: budget.status.disruptions_allowed.max(0),
            needed: self.needed,
            verdict,
            message,
            hint,
        }
    }

    fn words(
        &self,
        budget: &Budget,
        standing: Standing,
        surroundings: &Surroundings,
    ) -> (BudgetVerdict, String, String) {
        let path = budget.id.path();
        if self.needed == 0 {
            let message =
                format!("budget {path}: its pods here are not ready and leave without it");
            return (BudgetVerdict::Ok, message, String::new());
        }
        if let Standing::Open(allowed) = standing {
            return self.open_words(budget, allowed);
        }
        let explanation = budget.explain(standing, surroundings);
        let verdict = match standing {
            Standing::Stale => BudgetVerdict::Stale,
            // A pod that is itself unready holds the budget closed: waiting for others does not help it.
            Standing::Waiting if self.denied_unready == 0 => BudgetVerdict::Waiting,
            _ => BudgetVerdict::Never,
        };
        if standing == Standing::Waiting && verdict == BudgetVerdict::Never {
            let message = format!(
                "{}: {} of its unready pods must leave, and it protects unready pods",
                budget.numbers(),
                self.denied_unready
            );
            return (verdict, message, budget.always_allow_command());
        }
        (verdict, explanation.message, explanation.hint)
    }

    fn open_words(&self, budget: &Budget, allowed: i64) -> (BudgetVerdict, String, String) {
        let path = budget.id.path();
        let (needed, granted) = (self.needed, self.granted);
        if self.denied > 0 {
            let explanation = budget.explain_unreplaced();
            let message = format!(
                "budget {path} allows {allowed}, the plan needs {needed}: {granted} can leave, the pods that leave are \
                 not replaced, so {} never can",
                self.denied
            );
            (BudgetVerdict::Never, message, explanation.hint)
        } else if self.waves > 1 {
            let message = format!(
                "budget {path} allows {allowed} at once, the plan needs {needed}: {} waves, each when the last one's \
                 pods are replaced",
                self.waves
            );
            (BudgetVerdict::Waves, message, String::new())
        } else {
            let message = format!("budget {path} allows {allowed}, the plan needs {needed}");
            (BudgetVerdict::Ok, message, String::new())
        }
    }
}

/// An unready pod that leaves without costing anything.
fn free_outcome(budget: &Budget, candidate: &Candidate) -> Outcome {
    Outcome {
        place: candidate.place,
        wave: 1,
        reasons: vec![Reason::new(
            ReasonCode::Budget,
            Bearing::Note,
            format!(
                "is not ready, so it leaves without spending budget {}",
                budget.id.path()
            ),
        )],
        rests_on_unknown: false,
    }
}

fn grant_outcome(
    budget: &Budget,
    standing: Standing,
    grant: Grant,
    candidate: &Candidate,
    surroundings: &Surroundings,
) -> Outcome {
    let (wave, reasons, refund) = match grant {
        Grant::Wave { number: 1, refund } => (1, Vec::new(), refund),
        Grant::Wave { number, refund } => (number, vec![wave_reason(budget, number)], refund),
        Grant::Denied => (
            1,
            denied_reasons(budget, standing, candidate, surroundings),
            Refund::Sure,
        ),
    };
    Outcome {
        place: candidate.place,
        wave,
        reasons,
        rests_on_unknown: refund == Refund::Unsure,
    }
}

fn wave_reason(budget: &Budget, number: u32) -> Reason {
    let message = format!(
        "leaves in wave {number}: budget {} allows {} at once",
        budget.id.path(),
        budget.status.disruptions_allowed
    );
    Reason::new(ReasonCode::Budget, Bearing::Note, message)
}

/// Says everything that keeps a pod from which the budget withholds a disruption.
fn denied_reasons(
    budget: &Budget,
    standing: Standing,
    candidate: &Candidate,
    surroundings: &Surroundings,
) -> Vec<Reason> {
    let code = match standing {
        Standing::NotComputable => ReasonCode::BudgetNotComputable,
        Standing::Stale => ReasonCode::BudgetStale,
        Standing::NoHealthyPod => ReasonCode::NoHealthyPod,
        Standing::Open(_) | Standing::Never | Standing::Waiting => ReasonCode::Budget,
    };
    let explanation = match standing {
        Standing::Open(_) => budget.explain_unreplaced(),
        _ => budget.explain(standing, surroundings),
    };
    let main = Reason::new(code, Bearing::Blocks, explanation.message).with_hint(explanation.hint);
    if candidate.pod.readiness == Readiness::Ready {
        return vec![main];
    }
    let own = budget.explain_unhealthy();
    let protected = Reason::new(ReasonCode::UnhealthyProtected, Bearing::Blocks, own.message)
        .with_hint(own.hint);
    // The numbers are in the second sentence already, and "waits until this very pod is ready" says nothing new.
    if standing == Standing::Waiting {
        vec![protected]
    } else {
        vec![main, protected]
    }
}

fn overlap_outcome(budgets: &[&Budget], candidate: &Candidate) -> Outcome {
    let last = budgets.last().map(|b| &b.id);
    let hint = last.map_or_else(String::new, |id| {
        format!("kubectl edit pdb {} -n {}", id.name, id.namespace)
    });
    Outcome {
        place: candidate.place,
        wave: 1,
        reasons: vec![
            Reason::new(
                ReasonCode::MultipleBudgets,
                Bearing::Blocks,
                format!(
                    "{} budgets select it ({}): the server evicts no pod with more than one",
                    budgets.len(),
                    names_with_selectors(budgets)
                ),
            )
            .with_hint(hint),
        ],
        rests_on_unknown: false,
    }
}

/// Names budgets with what they select: `shop/web for app=web, shop/all for every pod`.
pub(in crate::domain::drain) fn names_with_selectors(budgets: &[&Budget]) -> String {
    let all: Vec<String> = budgets
        .iter()
        .map(|budget| {
            let selector = budget
                .selector
                .as_ref()
                .map_or_else(String::new, ToString::to_string);
            if selector.is_empty() {
                format!("{} for every pod", budget.id.path())
            } else {
                format!("{} for {selector}", budget.id.path())
            }
        })
        .collect();
    all.join(", ")
}

/// Turns a budget's plan into `overlap`, adding one pod to what it needs.
fn mark_overlap(
    plans: &mut BTreeMap<BudgetRef, BudgetPlan>,
    budget: &Budget,
    all: &[&Budget],
    candidate: &Candidate,
) {
    let plan = plans
        .entry(budget.id.clone())
        .or_insert_with(|| BudgetPlan {
            budget: budget.id.clone(),
            allowed: budget.status.disruptions_allowed.max(0),
            needed: 0,
            verdict: BudgetVerdict::Overlap,
            message: String::new(),
            hint: String::new(),
        });
    plan.needed += 1;
    plan.verdict = BudgetVerdict::Overlap;
    plan.message = format!(
        "more than one budget selects {}: {}",
        candidate.pod.id.path(),
        names_with_selectors(all)
    );
    plan.hint = format!(
        "kubectl edit pdb {} -n {}",
        budget.id.name, budget.id.namespace
    );
}
