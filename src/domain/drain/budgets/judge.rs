//! Judges the budgets, one namespace after the other.

use std::collections::BTreeMap;

use super::{BudgetState, HeldNode, Reach, Selected, State, sick};
use crate::domain::budget::{Budget, BudgetRef, Explanation, Standing, Surroundings};
use crate::domain::diagnose::Placements;
use crate::domain::drain::fate::{Fate, Return, judge};
use crate::domain::drain::plan::spend::{Candidate, names_with_selectors, settle_alone};
use crate::domain::drain::plan::{BudgetVerdict, Index, OwnerName, owner_name};
use crate::domain::drain::policy::{Consent, DaemonSetRule, DrainPolicy};
use crate::domain::pod::Pod;
use crate::domain::snapshot::Snapshot;

/// What [`Snapshot::unread`] calls the pods.
const PODS: &str = "pods";

/// Judges every budget within reach.
pub(super) fn all(snapshot: &Snapshot, reach: &Reach, placements: &Placements) -> Vec<BudgetState> {
    let within = |budget: &&Budget| reach.holds(&budget.id.namespace);
    if snapshot.unread.iter().any(|unread| unread.what == PODS) {
        let budgets = snapshot.budgets.iter().filter(within);
        return budgets.map(without_pods).collect();
    }
    let mut namespaces: BTreeMap<&str, Namespace> = BTreeMap::new();
    for budget in snapshot.budgets.iter().filter(within) {
        let entry = namespaces.entry(&budget.id.namespace).or_default();
        entry.budgets.push(budget);
    }
    for pod in &snapshot.pods {
        if let Some(entry) = namespaces.get_mut(pod.id.namespace.as_str()) {
            entry.pods.push(pod);
        }
    }
    let policy = every_consent();
    let index = Index::new(snapshot);
    let states = namespaces.into_values();
    let mut states: Vec<BudgetState> = states
        .flat_map(|namespace| namespace.judge(&index, &policy))
        .collect();
    sick::explain(&mut states, snapshot, placements);
    states
}

/// With all flags given only budgets stand in the way; a DaemonSet's pods stay.
fn every_consent() -> DrainPolicy {
    DrainPolicy {
        unmanaged: Consent::Given,
        daemon_sets: DaemonSetRule::Ignore,
        empty_dir: Consent::Given,
        ..DrainPolicy::default()
    }
}

/// The budgets and pods of a namespace.
#[derive(Default)]
struct Namespace<'a> {
    budgets: Vec<&'a Budget>,
    pods: Vec<&'a Pod>,
}

/// A pod with the budgets that select it.
struct Member<'a> {
    pod: &'a Pod,
    owner: Option<OwnerName>,
    budgets: Vec<usize>,
    /// Set where a drain would evict the pod and the server would ask a budget.
    candidate: Option<Candidate<'a>>,
}

impl<'a> Namespace<'a> {
    fn judge(mut self, index: &Index<'a>, policy: &DrainPolicy) -> Vec<BudgetState> {
        self.budgets.sort_by(|a, b| a.id.cmp(&b.id));
        let members: Vec<Member> = self
            .pods
            .iter()
            .filter_map(|pod| self.member(pod, index.snapshot(), policy))
            .collect();
        let mut of_budget: Vec<Vec<&Member>> = self.budgets.iter().map(|_| Vec::new()).collect();
        for member in &members {
            for budget in &member.budgets {
                of_budget[*budget].push(member);
            }
        }
        let states = self.budgets.iter().zip(of_budget);
        states
            .map(|(budget, members)| self.state(budget, &members, index))
            .collect()
    }

    fn member(
        &self,
        pod: &'a Pod,
        snapshot: &'a Snapshot,
        policy: &DrainPolicy,
    ) -> Option<Member<'a>> {
        let budgets = self.budgets.iter().enumerate();
        let selecting =
            budgets.filter(|(_, budget)| budget.selects(&pod.id.namespace, &pod.labels));
        let budgets: Vec<usize> = selecting.map(|(index, _)| index).collect();
        if budgets.is_empty() {
            return None;
        }
        let lookup = snapshot.owner_of(pod);
        let judgement = judge(pod, lookup, policy, snapshot.taken_at);
        let owner = owner_name(pod, lookup);
        let ends = snapshot.ending_namespaces.contains(&pod.id.namespace);
        let asks = judgement.fate == Fate::Evict && pod.is_budgeted() && !ends;
        let candidate = asks.then(|| Candidate {
            place: (0, 0),
            pod,
            returns: judgement.returns,
            workload: owner.as_ref().map(workload),
        });
        Some(Member {
            pod,
            owner,
            budgets,
            candidate,
        })
    }

    fn state(&self, budget: &'a Budget, members: &[&Member<'a>], index: &Index<'a>) -> BudgetState {
        let surroundings = Surroundings {
            workloads: workloads(members),
            ..index.surroundings(budget)
        };
        let nodes = held_nodes(budget, members, &surroundings);
        let overlapping = overlapping(members);
        let (state, told) = if members.is_empty() {
            (State::MatchesNothing, matches_nothing(budget))
        } else if let Some(first) = overlapping.first() {
            (
                State::Overlap,
                self.overlap(budget, first, overlapping.len()),
            )
        } else {
            unless_unknown(standing(budget, &surroundings, &nodes), members)
        };
        BudgetState {
            budget: budget.clone(),
            state,
            message: told.message,
            hint: told.hint,
            selected: Some(selected(members)),
            overlaps: self.partners(budget, &overlapping),
            nodes: nodes
                .into_iter()
                .filter(|node| node.verdict != BudgetVerdict::Ok)
                .collect(),
            sick: Vec::new(),
        }
    }

    fn overlap(&self, budget: &Budget, first: &Member, pods: usize) -> Explanation {
        let budgets: Vec<&Budget> = first.budgets.iter().map(|i| self.budgets[*i]).collect();
        let others = match pods {
            1 => String::new(),
            2 => " and 1 more pod".to_owned(),
            n => format!(" and {} more pods", n - 1),
        };
        Explanation {
            message: format!(
                "more than one budget selects {}{others}: {}; the server evicts no such pod",
                first.pod.id.path(),
                names_with_selectors(&budgets)
            ),
            hint: format!(
                "kubectl edit pdb {} -n {}",
                budget.id.name, budget.id.namespace
            ),
        }
    }

    fn partners(&self, budget: &Budget, overlapping: &[&Member]) -> Vec<BudgetRef> {
        let mut partners: Vec<BudgetRef> = overlapping
            .iter()
            .flat_map(|member| &member.budgets)
            .map(|index| self.budgets[*index].id.clone())
            .filter(|id| *id != budget.id)
            .collect();
        partners.sort();
        partners.dedup();
        partners
    }
}

fn workload(owner: &OwnerName) -> String {
    format!("{}/{}", owner.kind.to_lowercase(), owner.name)
}

fn workloads(members: &[&Member]) -> Vec<String> {
    let owners = members.iter().filter_map(|member| member.owner.as_ref());
    let mut names: Vec<String> = owners.map(workload).collect();
    names.sort();
    names.dedup();
    names
}

/// Returns the members that another budget selects too; a finished pod leaves without any of them.
fn overlapping<'m, 'a>(members: &[&'m Member<'a>]) -> Vec<&'m Member<'a>> {
    let shared = |member: &&Member| member.budgets.len() > 1 && !member.pod.phase.is_finished();
    let mut shared: Vec<&Member> = members.iter().copied().filter(shared).collect();
    shared.sort_by(|a, b| a.pod.id.cmp(&b.pod.id));
    shared
}

fn selected(members: &[&Member]) -> Selected {
    let mut owners: BTreeMap<Option<(&str, &str)>, usize> = BTreeMap::new();
    for member in members {
        let owner = member.owner.as_ref();
        let name = owner.map(|owner| (owner.kind.as_str(), owner.name.as_str()));
        *owners.entry(name).or_default() += 1;
    }
    let named = |(kind, name): (&str, &str)| OwnerName {
        kind: kind.to_owned(),
        name: name.to_owned(),
    };
    Selected {
        pods: members.len(),
        owners: owners
            .into_iter()
            .map(|(owner, pods)| (owner.map(named), pods))
            .collect(),
    }
}

/// Drains each node with one of the budget's pods alone.
fn held_nodes(budget: &Budget, members: &[&Member], around: &Surroundings) -> Vec<HeldNode> {
    let mut by_node: BTreeMap<&str, Vec<&Member>> = BTreeMap::new();
    for member in members.iter().filter(|member| member.candidate.is_some()) {
        if let Some(node) = member.pod.node.as_deref() {
            by_node.entry(node).or_default().push(member);
        }
    }
    by_node
        .into_iter()
        .map(|(name, members)| held_node(budget, name, &members, around))
        .collect()
}

fn held_node(budget: &Budget, name: &str, members: &[&Member], around: &Surroundings) -> HeldNode {
    let shared = members.iter().any(|member| member.budgets.len() > 1);
    let candidates: Vec<Candidate> = members
        .iter()
        .enumerate()
        .filter_map(|(index, member)| {
            let mut candidate = member.candidate.clone()?;
            candidate.place = (0, index);
            Some(candidate)
        })
        .collect();
    let all = i64::try_from(candidates.len()).unwrap_or(i64::MAX);
    let plan = settle_alone(budget, candidates, around);
    HeldNode {
        name: name.to_owned(),
        needed: if shared { all } else { plan.needed },
        verdict: match shared {
            true => BudgetVerdict::Overlap,
            false => plan.verdict,
        },
    }
}

/// Says how a budget with pods of its own stands, from its numbers and from what they mean for the nodes.
fn standing(budget: &Budget, around: &Surroundings, nodes: &[HeldNode]) -> (State, Explanation) {
    let standing = budget.standing(around);
    let told = budget.explain(standing, around);
    let allowed = match standing {
        Standing::Open(allowed) => allowed,
        Standing::Stale => return (State::Stale, told),
        Standing::Waiting => return (State::Waiting, told),
        Standing::NotComputable | Standing::NoHealthyPod | Standing::Never => {
            return (State::Never, told);
        }
    };
    let most = |verdict: BudgetVerdict| {
        let such = nodes.iter().filter(|node| node.verdict == verdict);
        // The first of the names among those that need most.
        such.max_by(|a, b| a.needed.cmp(&b.needed).then(b.name.cmp(&a.name)))
    };
    let path = budget.id.path();
    if let Some(node) = most(BudgetVerdict::Never) {
        let told = budget.explain_unreplaced();
        let message = format!(
            "budget {path} allows {allowed} in all, for pods that leave are not made again: {} has {} of them",
            node.name, node.needed
        );
        return (
            State::Never,
            Explanation {
                message,
                hint: told.hint,
            },
        );
    }
    if let Some(node) = most(BudgetVerdict::Waves) {
        let message = format!(
            "budget {path} allows {allowed} at once and {} has {} of its pods: they leave in waves, each when the last \
             one's are replaced",
            node.name, node.needed
        );
        return (
            State::Waves,
            Explanation {
                message,
                hint: String::new(),
            },
        );
    }
    (State::Ok, told)
}

/// Waves rest on pods that are made again, of which somebody has to know.
fn unless_unknown(
    (state, told): (State, Explanation),
    members: &[&Member],
) -> (State, Explanation) {
    let mut candidates = members.iter().filter_map(|one| one.candidate.as_ref());
    if state != State::Waves || !candidates.any(|one| one.returns == Return::Unknown) {
        return (state, told);
    }
    let message = format!(
        "{}; whether they are made again could not be read",
        told.message
    );
    (State::Unknown, Explanation { message, ..told })
}

fn matches_nothing(budget: &Budget) -> Explanation {
    let path = budget.id.path();
    let namespace = &budget.id.namespace;
    match &budget.selector {
        None => Explanation {
            message: format!("budget {path} has no selector, so it protects nothing"),
            hint: format!("kubectl edit pdb {} -n {namespace}", budget.id.name),
        },
        Some(selector) if selector.requirements.is_empty() => Explanation {
            message: format!("budget {path} selects every pod of {namespace}, which has none"),
            hint: format!("kubectl get pods -n {namespace}"),
        },
        Some(selector) => Explanation {
            message: format!(
                "budget {path} protects nothing: no pod of {namespace} has {selector}"
            ),
            hint: format!("kubectl get pods -n {namespace} --show-labels"),
        },
    }
}

/// Without the pods a budget that is open may still overlap another or match nothing.
fn without_pods(budget: &Budget) -> BudgetState {
    let around = Surroundings::default();
    let standing = budget.standing(&around);
    let told = budget.explain(standing, &around);
    BudgetState {
        budget: budget.clone(),
        state: match standing {
            Standing::Open(_) => State::Unknown,
            Standing::Stale => State::Stale,
            Standing::Waiting => State::Waiting,
            Standing::NotComputable | Standing::NoHealthyPod | Standing::Never => State::Never,
        },
        message: match standing {
            Standing::Open(_) => format!(
                "{}; the pods could not be read, so nobody knows whether another budget selects them too",
                told.message
            ),
            _ => told.message,
        },
        hint: told.hint,
        selected: None,
        overlaps: Vec::new(),
        nodes: Vec::new(),
        sick: Vec::new(),
    }
}
