//! Budgets as gauges: how many pods are healthy, how many must stay, how many may leave, how many would have to.

use crate::domain::drain::plan::{BudgetPlan, BudgetVerdict, DrainPlan};

use super::amounts::{permille, width};
use super::{Look, Text};
use crate::present::plan_table::budget_verdict_name;

/// One budget.
pub(super) struct Gauge {
    /// Unique on the page.
    pub id: String,
    pub name: Text,
    pub verdict: &'static str,
    pub look: Look,
    pub sentence: String,
    pub message: Text,
    pub hint: Text,
    pub expected: String,
    pub must_stay: String,
    pub spare_from: String,
    pub spare: String,
    pub needed_from: String,
    pub needed: String,
}

/// The gravest first.
pub(super) fn gauges(plan: &DrainPlan) -> Vec<Gauge> {
    let mut budgets: Vec<&BudgetPlan> = plan.budgets.iter().collect();
    budgets.sort_by_key(|budget| (gravity(budget.verdict), budget.budget.path()));
    let gauges = budgets.into_iter().enumerate();
    gauges.map(|(at, budget)| gauge(at, budget)).collect()
}

fn gravity(verdict: BudgetVerdict) -> u8 {
    match verdict {
        BudgetVerdict::Never => 0,
        BudgetVerdict::Overlap => 1,
        BudgetVerdict::Stale => 2,
        BudgetVerdict::Waiting => 3,
        BudgetVerdict::Waves => 4,
        BudgetVerdict::Ok => 5,
    }
}

fn look(verdict: BudgetVerdict) -> Look {
    match verdict {
        BudgetVerdict::Never | BudgetVerdict::Overlap => Look::BAD,
        BudgetVerdict::Stale | BudgetVerdict::Waiting => Look::CAUTION,
        BudgetVerdict::Waves | BudgetVerdict::Ok => Look::GOOD,
    }
}

fn gauge(at: usize, plan: &BudgetPlan) -> Gauge {
    let BudgetPlan {
        healthy,
        desired,
        expected,
        needed,
        allowed,
        ..
    } = *plan;
    let whole = expected.max(healthy).max(desired).max(1);
    let length = |pods: i64| width(permille(pods, whole));
    let must_stay = desired.min(healthy);
    // What would have to leave is taken from the healthy end, where it meets what must stay when it is too much.
    let leaving = needed.min(healthy);
    Gauge {
        id: format!("b{at}"),
        name: Text::of(plan.budget.path()),
        verdict: budget_verdict_name(plan.verdict),
        look: look(plan.verdict),
        sentence: format!(
            "{healthy} of {expected} pods healthy, {desired} must stay, {allowed} may leave now, the plan needs {needed}"
        ),
        message: Text::of(&plan.message),
        hint: Text::of(&plan.hint),
        expected: length(expected),
        must_stay: length(must_stay),
        spare_from: length(must_stay),
        spare: length(healthy - must_stay),
        needed_from: length(healthy - leaving),
        needed: length(leaving),
    }
}
