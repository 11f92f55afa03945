//! Settles the budgets that the pods of a plan share.
//!
//! Pods claim in the order in which they would leave: node by node as named; on a node unready pods first (they cost
//! nothing while a healthy one is there), then those that are replaced (what they spend comes back), then the rest.

use std::collections::{BTreeMap, BTreeSet};

use super::index::Index;
use super::{BudgetPlan, BudgetVerdict};
use crate::domain::budget::{
    Account, Budget, BudgetRef, Explanation, Grant, Refund, Standing, Surroundings,
};
use crate::domain::drain::fate::{Bearing, Reason, ReasonCode, Return};
use crate::domain::pod::{Pod, Readiness};

/// Node and pod index in the plan.
pub(super) type Place = (usize, usize);

/// A pod that the server would not let go without asking a budget.
#[derive(Debug, Clone)]
pub(in crate::domain::drain) struct Candidate<'a> {
    pub place: Place,
    pub pod: &'a Pod,
    pub returns: Return,
    /// `kind/name` of its workload, where it has one.
    pub workload: Option<String>,
}

/// What the budgets say about one pod.
#[derive(Debug)]
pub(super) struct Outcome {
    pub place: Place,
    pub wave: u32,
    pub reasons: Vec<Reason>,
    /// The wave comes only if a pod is replaced of which nobody knows that.
    pub rests_on_unknown: bool,
}

/// What is known of successors: a disruption comes back only once one of them is ready.
#[derive(Debug, Default)]
pub(super) struct Successors {
    /// Those that no node takes.
    pub stranded: BTreeSet<Place>,
    /// Those of which nobody knows whether a node takes them.
    pub unsure: BTreeSet<Place>,
}

impl Successors {
    /// Tells whether the disruption that a pod takes comes back.
    fn refund(&self, candidate: &Candidate) -> Refund {
        let own = refund(candidate.returns);
        if self.stranded.contains(&candidate.place) {
            Refund::Never
        } else if self.unsure.contains(&candidate.place) {
            own.max(Refund::Unsure)
        } else {
            own
        }
    }
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

    /// Looks at the pods around the budgets and puts the claims in the order in which they are paid.
    pub fn ready(self, index: &Index<'a>) -> Dues<'a> {
        let due = |(budget, candidates): (&'a Budget, Vec<Candidate<'a>>)| {
            let surroundings = Surroundings {
                workloads: workloads(&candidates),
                ..index.surroundings(budget)
            };
            Due::new(budget, candidates, surroundings)
        };
        Dues {
            single: self.by_budget.into_values().map(due).collect(),
            overlapping: self.overlapping,
        }
    }
}

/// Returns the workloads of the pods in a plan.
fn workloads(candidates: &[Candidate]) -> Vec<String> {
    let named = candidates.iter().filter_map(|c| c.workload.clone());
    let named: BTreeSet<String> = named.collect();
    named.into_iter().collect()
}

/// What the pods of a plan claim from one budget.
struct Due<'a> {
    budget: &'a Budget,
    candidates: Vec<Candidate<'a>>,
    surroundings: Surroundings,
}

impl<'a> Due<'a> {
    fn new(
        budget: &'a Budget,
        mut candidates: Vec<Candidate<'a>>,
        surroundings: Surroundings,
    ) -> Due<'a> {
        candidates.sort_by_key(|c| {
            let ready = c.pod.readiness == Readiness::Ready;
            (c.place.0, ready, refund(c.returns), c.place.1)
        });
        Due {
            budget,
            candidates,
            surroundings,
        }
    }
}

/// Spends one budget for the pods of a single node, as if nothing else were drained and all successors found a place.
pub(in crate::domain::drain) fn settle_alone(
    budget: &Budget,
    candidates: Vec<Candidate>,
    surroundings: &Surroundings,
) -> BudgetPlan {
    let due = Due::new(budget, candidates, surroundings.clone());
    settle_one(&due, &Successors::default()).1
}

/// The claims in their order.
pub(super) struct Dues<'a> {
    single: Vec<Due<'a>>,
    overlapping: Vec<(Vec<&'a Budget>, Candidate<'a>)>,
}

impl Dues<'_> {
    /// Spends all budgets.
    pub fn settle(&self, successors: &Successors) -> (Vec<Outcome>, Vec<BudgetPlan>) {
        let mut outcomes = Vec::new();
        let mut plans: BTreeMap<BudgetRef, BudgetPlan> = BTreeMap::new();
        for due in &self.single {
            let (settled, plan) = settle_one(due, successors);
            outcomes.extend(settled);
            plans.insert(due.budget.id.clone(), plan);
        }
        for (budgets, candidate) in &self.overlapping {
            outcomes.push(overlap_outcome(budgets, candidate));
            for budget in budgets {
                mark_overlap(&mut plans, budget, budgets, candidate);
            }
        }
        (outcomes, plans.into_values().collect())
    }
}

/// Spends one budget for its pods.
fn settle_one(due: &Due, successors: &Successors) -> (Vec<Outcome>, BudgetPlan) {
    let Due {
        budget,
        candidates,
        surroundings,
    } = due;
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
            let grant = account.spend(successors.refund(candidate));
            tally.count(grant, candidate, successors);
            grant_outcome(due, standing, grant, candidate, &tally.stranded)
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
    /// Paths of the pods that were let go and whose successors no node takes.
    stranded: Vec<String>,
}

impl Tally {
    fn count(&mut self, grant: Grant, candidate: &Candidate, successors: &Successors) {
        match grant {
            Grant::Wave { number, .. } => {
                self.granted += 1;
                self.waves = self.waves.max(number);
                if successors.stranded.contains(&candidate.place) {
                    self.stranded.push(candidate.pod.id.path());
                }
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
            healthy: budget.status.current_healthy,
            desired: budget.status.desired_healthy,
            expected: budget.status.expected_pods,
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
            let explanation = unreplaced(budget, &self.stranded);
            let cause = match self.stranded.as_slice() {
                [] => "the pods that leave are not replaced".to_owned(),
                [one] => format!("the replacement of {one} lands nowhere"),
                many => format!("{} replacements land nowhere", many.len()),
            };
            let message = format!(
                "budget {path} allows {allowed}, the plan needs {needed}: {granted} can leave, {cause}, so {} never can",
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

/// Says why what was spent does not come back.
fn unreplaced(budget: &Budget, stranded: &[String]) -> Explanation {
    match stranded {
        [] => budget.explain_unreplaced(),
        stranded => budget.explain_stranded(stranded),
    }
}

fn grant_outcome(
    due: &Due,
    standing: Standing,
    grant: Grant,
    candidate: &Candidate,
    stranded: &[String],
) -> Outcome {
    let (wave, reasons, refund) = match grant {
        Grant::Wave { number: 1, refund } => (1, Vec::new(), refund),
        Grant::Wave { number, refund } => (number, vec![wave_reason(due.budget, number)], refund),
        Grant::Denied => (
            1,
            denied_reasons(due, standing, candidate, stranded),
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
    due: &Due,
    standing: Standing,
    candidate: &Candidate,
    stranded: &[String],
) -> Vec<Reason> {
    let budget = due.budget;
    let code = match standing {
        Standing::NotComputable => ReasonCode::BudgetNotComputable,
        Standing::Stale => ReasonCode::BudgetStale,
        Standing::NoHealthyPod => ReasonCode::NoHealthyPod,
        Standing::Open(_) | Standing::Never | Standing::Waiting => ReasonCode::Budget,
    };
    let explanation = match standing {
        Standing::Open(_) => unreplaced(budget, stranded),
        _ => budget.explain(standing, &due.surroundings),
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
            healthy: budget.status.current_healthy,
            desired: budget.status.desired_healthy,
            expected: budget.status.expected_pods,
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
