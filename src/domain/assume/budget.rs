//! Budgets with another spec, and the status that the disruption controller would compute for it.
//!
//! Source: `pkg/controller/disruption`: `minAvailable` as a number counts the selected pods, every other form what their
//! controllers ask for; both round percentages up; less than one expected pod allows nothing.

use super::{Assumption, AssumptionKind, Unfit};
use crate::domain::budget::{Amount, Budget, BudgetRef, SyncState, UnhealthyPolicy};
use crate::domain::fit::object::pod::Life;
use crate::domain::fit::world::World;
use crate::domain::snapshot::Snapshot;

/// A budget and what is assumed of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetEdit {
    /// Which budget.
    pub budget: BudgetRef,
    /// What is assumed.
    pub change: BudgetChange,
}

/// What is assumed of a budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BudgetChange {
    /// It is not there.
    Removed,
    /// `minAvailable`, in place of what it has.
    MinAvailable(Amount),
    /// `maxUnavailable`, in place of what it has.
    MaxUnavailable(Amount),
    /// `unhealthyPodEvictionPolicy`.
    Unhealthy(UnhealthyPolicy),
}

impl BudgetEdit {
    /// Reads `NAMESPACE/NAME:minAvailable=1`, `...:maxUnavailable=25%`, `...:unhealthyPodEvictionPolicy=AlwaysAllow` or
    /// `NAMESPACE/NAME=none`.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the text.
    pub fn parse(text: &str) -> Result<BudgetEdit, String> {
        const FORMS: &str = "write NAMESPACE/NAME:minAvailable=1, NAMESPACE/NAME:maxUnavailable=25% or NAMESPACE/NAME=none";
        let end = text.find([':', '=']).ok_or(FORMS)?;
        let (path, change) = (&text[..end], &text[end + 1..]);
        let (namespace, name) = path.split_once('/').ok_or(FORMS)?;
        if namespace.is_empty() || name.is_empty() || name.contains('/') {
            return Err(FORMS.to_owned());
        }
        let change = match change.split_once('=') {
            None if change == "none" => BudgetChange::Removed,
            None => return Err(FORMS.to_owned()),
            Some(("minAvailable", value)) => BudgetChange::MinAvailable(amount(value)?),
            Some(("maxUnavailable", value)) => BudgetChange::MaxUnavailable(amount(value)?),
            Some(("unhealthyPodEvictionPolicy", value)) => BudgetChange::Unhealthy(policy(value)?),
            Some((field, _)) => {
                return Err(format!(
                    "{field:?} is no field of a budget that can be assumed: {FORMS}"
                ));
            }
        };
        Ok(BudgetEdit {
            budget: BudgetRef {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
            },
            change,
        })
    }
}

fn amount(text: &str) -> Result<Amount, String> {
    let wrong = || {
        format!("{text:?} is neither a number of pods, such as 2, nor a percentage, such as 25%")
    };
    let digits = text.strip_suffix('%').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let number: i64 = digits.parse().map_err(|_| wrong())?;
    match text.ends_with('%') {
        true if number > 100 => Err(format!("{text:?} is more than 100%")),
        true => Ok(Amount::Percent(number)),
        false => Ok(Amount::Count(number)),
    }
}

fn policy(text: &str) -> Result<UnhealthyPolicy, String> {
    match text {
        "AlwaysAllow" => Ok(UnhealthyPolicy::AlwaysAllow),
        "IfHealthyBudget" => Ok(UnhealthyPolicy::IfHealthyBudget),
        _ => Err(format!(
            "{text:?} is neither AlwaysAllow nor IfHealthyBudget"
        )),
    }
}

/// Changes a budget of the snapshot; returns what is assumed by it.
pub(super) fn apply(
    edit: &BudgetEdit,
    snapshot: &mut Snapshot,
    world: Option<&World>,
) -> Result<Assumption, Unfit> {
    let path = edit.budget.path();
    let Some(at) = snapshot
        .budgets
        .iter()
        .position(|one| one.id == edit.budget)
    else {
        return Err(unknown(edit, snapshot));
    };
    let before = snapshot.budgets[at].clone();
    let text = match changed(&before, &edit.change, world)? {
        None => {
            snapshot.budgets.remove(at);
            format!("budget {path} is not there")
        }
        Some(after) => {
            let text = format!(
                "budget {path} with {} instead of {}: it allows {} instead of {}",
                spec(&after),
                spec(&before),
                after.status.disruptions_allowed,
                before.status.disruptions_allowed
            );
            snapshot.budgets[at] = after;
            text
        }
    };
    Ok(Assumption {
        kind: AssumptionKind::Budget,
        text,
    })
}

fn unknown(edit: &BudgetEdit, snapshot: &Snapshot) -> Unfit {
    let ids = snapshot.budgets.iter().map(|budget| &budget.id);
    let near =
        ids.filter(|id| id.namespace == edit.budget.namespace || id.name == edit.budget.name);
    let near: Vec<String> = near.map(BudgetRef::path).collect();
    Unfit {
        message: format!("budget {} is not there", edit.budget.path()),
        hint: match near.is_empty() {
            true => String::new(),
            false => format!("there are {}", near.join(", ")),
        },
    }
}

/// Returns the budget as it would be; `None` where it would be gone.
fn changed(
    before: &Budget,
    change: &BudgetChange,
    world: Option<&World>,
) -> Result<Option<Budget>, Unfit> {
    let mut after = before.clone();
    match change {
        BudgetChange::Removed => return Ok(None),
        BudgetChange::MinAvailable(amount) => {
            after.min_available = Some(amount.clone());
            after.max_unavailable = None;
        }
        BudgetChange::MaxUnavailable(amount) => {
            after.max_unavailable = Some(amount.clone());
            after.min_available = None;
        }
        BudgetChange::Unhealthy(policy) => {
            after.unhealthy_policy = *policy;
            return Ok(Some(after));
        }
    }
    compute(before, &mut after, world)?;
    Ok(Some(after))
}

/// Computes the status as the controller does. How many pods are healthy does not depend on the spec, so that stands.
fn compute(before: &Budget, after: &mut Budget, world: Option<&World>) -> Result<(), Unfit> {
    let unfit = |why: &str| Unfit {
        message: format!("budget {}: {why}", before.id.path()),
        hint: String::new(),
    };
    let was_computed = !before.is_stale() && before.status.sync == SyncState::Computed;
    if !was_computed {
        return Err(unfit(
            "its status was not computed from its spec, so that nobody knows how many of its pods are healthy",
        ));
    }
    let expected = match counts_pods(before) == counts_pods(after) {
        true => before.status.expected_pods,
        false => {
            let world = world.ok_or_else(|| {
                unfit("how many pods it expects takes the whole cluster: leave out --scope node")
            })?;
            expected(after, world).map_err(|pod| {
                unfit(&format!(
                    "the controller cannot compute {} because pod {pod} has no controller; minAvailable as a number can be",
                    spec(after)
                ))
            })?
        }
    };
    let desired = after.desired_by_spec(expected).max(0);
    let status = &mut after.status;
    status.expected_pods = expected;
    status.desired_healthy = desired;
    status.disruptions_allowed = match expected > 0 {
        true => (status.current_healthy - desired).max(0),
        false => 0,
    };
    Ok(())
}

/// Tells whether the pods are counted that are there, and not those that their controllers ask for.
fn counts_pods(budget: &Budget) -> bool {
    matches!(budget.min_available, Some(Amount::Count(_)))
}

/// Counts the pods that a budget expects. What controllers ask for is taken to be what they have: a scale that is being
/// changed at the moment is not seen.
fn expected(budget: &Budget, world: &World) -> Result<i64, String> {
    let selected: Vec<bool> = world
        .kinds
        .iter()
        .map(|kind| budget.selects(&kind.namespace, &kind.labels))
        .collect();
    let mut number = 0;
    for (at, row) in world.pods.iter().enumerate() {
        if !selected[row.kind.index()] {
            continue;
        }
        if counts_pods(budget) {
            number += 1;
        } else if row.controller.is_none() {
            return Err(world.path(crate::domain::fit::world::PodIx::at(at)));
        } else if row.life == Life::Active {
            number += 1;
        }
    }
    Ok(number)
}

/// Says what a spec asks for: `minAvailable 2`, `maxUnavailable 25%`.
fn spec(budget: &Budget) -> String {
    let text = |amount: &Amount| match amount {
        Amount::Count(count) => count.to_string(),
        Amount::Percent(percent) => format!("{percent}%"),
    };
    let asked = match (&budget.min_available, &budget.max_unavailable) {
        (Some(amount), _) => format!("minAvailable {}", text(amount)),
        (None, Some(amount)) => format!("maxUnavailable {}", text(amount)),
        (None, None) => "neither minAvailable nor maxUnavailable".to_owned(),
    };
    match budget.unhealthy_policy {
        UnhealthyPolicy::IfHealthyBudget => asked,
        UnhealthyPolicy::AlwaysAllow => format!("{asked} and AlwaysAllow"),
    }
}
