//! What a drain is going to wait for in vain, said before it begins.
//!
//! kubectl begins all the same and asks for ever. So does this program, because runbooks rely on it and somebody may change
//! the budget meanwhile; but nobody should learn after an hour what the plan knew at once.

use crate::domain::drain::fate::{Bearing, Reason, ReasonCode};
use crate::domain::drain::plan::{BudgetVerdict, DrainPlan, PodPlan};

/// Pods that are named in one line.
const NAMES_MOST: usize = 5;

/// What the drain does about a pod that is never allowed to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Asks again until it is stopped.
    Waits,
    /// Gives it up at the first answer, and goes on with the others.
    GivesUp,
}

/// Pods with the same reason.
struct Group<'a> {
    reason: &'a Reason,
    end: End,
    pods: Vec<String>,
}

/// Returns the warnings about pods that will not be allowed to leave; none where the plan knows of no such pod.
///
/// `timeout` is the drain's deadline in words, where it has one.
pub fn warnings(plan: &DrainPlan, timeout: Option<&str>) -> Vec<String> {
    let groups = groups(plan);
    let Some(last) = conclusion(&groups, timeout) else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    for Group { reason, pods, .. } in &groups {
        lines.push(format!(
            "warning: as things stand, never allowed to leave: {}: {}",
            names(pods),
            reason.message
        ));
        if !reason.hint.is_empty() {
            lines.push(format!("  -> {}", reason.hint));
        }
    }
    lines.push(format!("warning: {last}"));
    lines
}

fn groups(plan: &DrainPlan) -> Vec<Group<'_>> {
    let mut groups: Vec<Group> = Vec::new();
    for pod in plan.pods() {
        let Some((reason, end)) = hopeless(pod, plan) else {
            continue;
        };
        let path = pod.pod.id.path();
        match groups.iter_mut().find(|group| group.reason == reason) {
            Some(group) => group.pods.push(path),
            None => groups.push(Group {
                reason,
                end,
                pods: vec![path],
            }),
        }
    }
    groups
}

/// Returns why a pod is never allowed to leave; `None` where it leaves, or may once something recovers.
fn hopeless<'a>(pod: &'a PodPlan, plan: &DrainPlan) -> Option<(&'a Reason, End)> {
    let never = || {
        let verdicts = plan.budgets.iter();
        verdicts
            .filter(|budget| pod.budgets.contains(&budget.budget))
            .any(|budget| budget.verdict == BudgetVerdict::Never)
    };
    let blocking = pod.reasons.iter();
    let mut blocking = blocking.filter(|reason| reason.bearing == Bearing::Blocks);
    blocking.find_map(|reason| match reason.code {
        ReasonCode::MultipleBudgets | ReasonCode::BudgetNotComputable => {
            Some((reason, End::GivesUp))
        }
        ReasonCode::Budget | ReasonCode::NoHealthyPod | ReasonCode::UnhealthyProtected => {
            never().then_some((reason, End::Waits))
        }
        _ => None,
    })
}

fn names(pods: &[String]) -> String {
    match pods.get(..NAMES_MOST) {
        Some(first) if pods.len() > NAMES_MOST => {
            format!("{} and {} more", first.join(", "), pods.len() - NAMES_MOST)
        }
        _ => pods.join(", "),
    }
}

/// Says how the drain is going to end; `None` where nothing stands in its way for ever.
fn conclusion(groups: &[Group], timeout: Option<&str>) -> Option<String> {
    let end = if groups.iter().any(|group| group.end == End::Waits) {
        let until = timeout.map_or_else(
            || "there is no --timeout, so it waits until Ctrl-C".to_owned(),
            |limit| format!("it waits until --timeout={limit} is over, or Ctrl-C"),
        );
        format!("{until}, unless that changes")
    } else if groups.is_empty() {
        return None;
    } else {
        "it removes the other pods and ends with an error".to_owned()
    };
    Some(format!(
        "the drain begins all the same, as kubectl's does: {end}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::budget::{Amount, Budget};
    use crate::domain::drain::plan::build;
    use crate::domain::drain::policy::{DrainPolicy, Removal};
    use crate::testing::{BudgetBuilder, budget, node, now, pod, snapshot, workload};

    fn web_budget(name: &str) -> BudgetBuilder {
        budget(name).selecting(&[("app", "web")])
    }

    fn plan(pods: usize, budgets: Vec<Budget>, policy: &DrainPolicy) -> DrainPlan {
        let mut cluster = snapshot()
            .node(node("n1"))
            .owner(workload("ReplicaSet", "shop/web", 3));
        for index in 1..=pods {
            let name = format!("shop/web-{index}");
            cluster = cluster.pod(
                pod(&name)
                    .on("n1")
                    .label("app", "web")
                    .owned_by("ReplicaSet", "web"),
            );
        }
        cluster = budgets.into_iter().fold(cluster, |c, b| c.budget(b));
        build(&cluster.build(), &["n1".to_owned()], policy, now()).unwrap()
    }

    fn said(pods: usize, budgets: Vec<Budget>, timeout: Option<&str>) -> Vec<String> {
        warnings(&plan(pods, budgets, &DrainPolicy::default()), timeout)
    }

    fn closed() -> Budget {
        web_budget("shop/web")
            .max_unavailable(Amount::Count(0))
            .counts(7, 7)
            .build()
    }

    #[test]
    fn a_budget_that_never_opens_is_named_with_its_pods_the_remedy_and_the_end() {
        assert_eq!(
            said(2, vec![closed()], Some("10m0s")),
            [
                "warning: as things stand, never allowed to leave: shop/web-1, shop/web-2: budget shop/web needs 7 healthy \
                 pods and has 7: with maxUnavailable 0 of 7 it never lets one go",
                "  -> kubectl patch pdb web -n shop --type=merge -p '{\"spec\":{\"maxUnavailable\":1}}'",
                "warning: the drain begins all the same, as kubectl's does: it waits until --timeout=10m0s is over, or \
                 Ctrl-C, unless that changes",
            ]
        );
        let last = said(1, vec![closed()], None).pop();
        assert_eq!(
            last.as_deref(),
            Some(
                "warning: the drain begins all the same, as kubectl's does: there is no --timeout, so it waits until Ctrl-C, \
                 unless that changes"
            )
        );
    }

    #[test]
    fn what_the_drain_gives_up_by_itself_needs_no_deadline() {
        let two = vec![
            web_budget("shop/a").counts(3, 3).build(),
            web_budget("shop/b").counts(3, 3).build(),
        ];
        let failed = vec![web_budget("shop/a").sync_failed("no scale").build()];
        for budgets in [two, failed] {
            let lines = said(1, budgets, None);
            assert_eq!(
                lines.last().map(String::as_str),
                Some(
                    "warning: the drain begins all the same, as kubectl's does: it removes the other pods and ends with an error"
                ),
                "{lines:?}"
            );
        }
    }

    #[test]
    fn long_lists_are_cut() {
        let lines = said(7, vec![closed()], None);
        assert!(
            lines[0].contains("shop/web-4, shop/web-5 and 2 more: budget shop/web"),
            "{lines:?}"
        );
    }

    #[test]
    fn what_may_pass_is_no_warning() {
        let waiting = web_budget("shop/web")
            .min_available(Amount::Count(2))
            .counts(2, 3)
            .build();
        let stale = web_budget("shop/web").stale().build();
        let open = web_budget("shop/web")
            .max_unavailable(Amount::Count(1))
            .counts(3, 3)
            .build();
        for budgets in [vec![], vec![waiting], vec![stale], vec![open]] {
            let lines = said(2, budgets.clone(), None);
            assert!(lines.is_empty(), "{budgets:?}: {lines:?}");
        }
        let deleting = DrainPolicy {
            removal: Removal::Delete,
            ..DrainPolicy::default()
        };
        assert!(warnings(&plan(2, vec![closed()], &deleting), None).is_empty());
    }
}
