//! A snapshot with what plans look up in it: the pods of a node, the budgets of a pod, and what stands around a budget.
//! Made once for as many plans as are wanted.
//!
//! A budget is found by a label that it requires, because a namespace may have a budget for each of many workloads.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

use super::span::{Starts, starts};
use crate::domain::budget::{Budget, BudgetRef, Surroundings};
use crate::domain::labels::{Labels, Operator, Requirement};
use crate::domain::owner::OwnerLookup;
use crate::domain::pod::{ControllerRef, Pod, Readiness};
use crate::domain::snapshot::Snapshot;

/// A snapshot that can be asked quickly.
pub struct Index<'s> {
    snapshot: &'s Snapshot,
    on_node: HashMap<&'s str, Vec<&'s Pod>>,
    in_namespace: HashMap<&'s str, Vec<&'s Pod>>,
    budgets: HashMap<&'s str, Selecting<'s>>,
    owners: HashMap<(&'s str, &'s ControllerRef), &'s OwnerLookup>,
    around: RefCell<HashMap<&'s str, Around<'s>>>,
    starts: OnceCell<Starts<'s>>,
}

impl<'s> Index<'s> {
    /// Goes over the snapshot once.
    pub fn new(snapshot: &'s Snapshot) -> Index<'s> {
        let mut index = Index {
            snapshot,
            on_node: HashMap::new(),
            in_namespace: HashMap::new(),
            budgets: HashMap::new(),
            owners: HashMap::new(),
            around: RefCell::default(),
            starts: OnceCell::new(),
        };
        for budget in &snapshot.budgets {
            let selecting = index.budgets.entry(&budget.id.namespace);
            selecting.or_default().add(budget);
        }
        for ((namespace, controller), lookup) in &snapshot.owners {
            index.owners.insert((namespace, controller), lookup);
        }
        for pod in &snapshot.pods {
            if let Some(node) = &pod.node {
                index.on_node.entry(node).or_default().push(pod);
            }
            // Nobody looks around in a namespace without budgets.
            let namespace = pod.id.namespace.as_str();
            if index.budgets.contains_key(namespace) {
                index.in_namespace.entry(namespace).or_default().push(pod);
            }
        }
        index
    }

    /// Returns the snapshot.
    pub fn snapshot(&self) -> &'s Snapshot {
        self.snapshot
    }

    /// Returns how long successors take at least until they are ready.
    pub(super) fn starts(&self) -> &Starts<'s> {
        self.starts.get_or_init(|| starts(self.snapshot))
    }

    /// Returns the pods of a node, by namespace and name.
    pub(super) fn pods_on(&self, node: &str) -> Vec<&'s Pod> {
        let mut pods = self.on_node.get(node).cloned().unwrap_or_default();
        pods.sort_by(|a, b| a.id.cmp(&b.id));
        pods
    }

    /// Returns the budgets that select a pod, by name.
    pub(super) fn budgets_of(&self, pod: &Pod) -> Vec<&'s Budget> {
        let namespace = &pod.id.namespace;
        let budgets = self.budgets.get(namespace.as_str());
        let mut selecting: Vec<&Budget> = budgets
            .into_iter()
            .flat_map(|budgets| budgets.candidates(&pod.labels))
            .filter(|budget| budget.selects(namespace, &pod.labels))
            .collect();
        selecting.sort_by(|a, b| a.id.cmp(&b.id));
        selecting
    }

    /// Returns what is known of a pod's owner; `None` where it names none, or nobody looked.
    pub(super) fn owner_of(&self, pod: &Pod) -> Option<&'s OwnerLookup> {
        let controller = pod.controller.as_ref()?;
        let key = (pod.id.namespace.as_str(), controller);
        self.owners.get(&key).copied()
    }

    /// Returns what is known about the pods around a budget, without their workloads.
    pub(in crate::domain::drain) fn surroundings(&self, budget: &'s Budget) -> Surroundings {
        let mut around = self.around.borrow_mut();
        let namespace = budget.id.namespace.as_str();
        let known = around.entry(namespace);
        let known = known.or_insert_with(|| self.look_around(namespace));
        known.get(&budget.id).cloned().unwrap_or_default()
    }

    /// Looks at the pods of a namespace once, for all of its budgets.
    fn look_around(&self, namespace: &str) -> Around<'s> {
        let mut around = Around::new();
        let pods = self.in_namespace.get(namespace).into_iter().flatten();
        for pod in pods {
            let leaves = pod.phase.is_finished() || pod.is_terminating();
            if !leaves && pod.readiness == Readiness::Ready {
                continue;
            }
            for budget in self.budgets_of(pod) {
                let found = around.entry(&budget.id).or_default();
                match leaves {
                    true => found.leaving += 1,
                    false => found.sick.push(pod.id.path()),
                }
            }
        }
        for found in around.values_mut() {
            found.sick.sort();
        }
        around
    }
}

/// What stands around the budgets of a namespace; budgets of which all pods are well are left out.
type Around<'s> = HashMap<&'s BudgetRef, Surroundings>;

/// The budgets of a namespace.
#[derive(Default)]
struct Selecting<'s> {
    /// Those that require a value of a label, by the label and then by the value; there are few labels.
    by_label: Vec<(&'s str, ByValue<'s>)>,
    /// The others.
    others: Vec<&'s Budget>,
}

/// Budgets by the value that they require.
type ByValue<'s> = HashMap<&'s str, Vec<&'s Budget>>;

impl<'s> Selecting<'s> {
    fn add(&mut self, budget: &'s Budget) {
        let requirements = budget.selector.iter();
        let mut required = requirements
            .flat_map(|selector| &selector.requirements)
            .filter_map(required);
        let Some((key, value)) = required.next() else {
            self.others.push(budget);
            return;
        };
        let at = self.by_label.iter().position(|(known, _)| *known == key);
        let at = at.unwrap_or_else(|| {
            self.by_label.push((key, ByValue::new()));
            self.by_label.len() - 1
        });
        self.by_label[at].1.entry(value).or_default().push(budget);
    }

    /// Returns the budgets that may select a pod of these labels.
    fn candidates<'i>(&'i self, labels: &'i Labels) -> impl Iterator<Item = &'s Budget> + 'i {
        let found = self.by_label.iter().filter_map(|(key, by_value)| {
            let value = labels.get(*key)?;
            by_value.get(value.as_str())
        });
        found.flatten().chain(&self.others).copied()
    }
}

/// Returns the label and the one value that a requirement asks for.
fn required(requirement: &Requirement) -> Option<(&str, &str)> {
    match &requirement.operator {
        Operator::In(values) => match values.as_slice() {
            [value] => Some((&requirement.key, value)),
            _ => None,
        },
        _ => None,
    }
}
