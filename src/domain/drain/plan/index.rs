//! A snapshot with what plans look up in it: the pods of a node, the budgets of a pod, and what stands around a budget.
//! Made once for as many plans as are wanted.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

use super::span::{Starts, starts};
use crate::domain::budget::{Budget, BudgetRef, Surroundings};
use crate::domain::pod::{Pod, Readiness};
use crate::domain::snapshot::Snapshot;

/// A snapshot that can be asked quickly.
pub struct Index<'s> {
    snapshot: &'s Snapshot,
    on_node: HashMap<&'s str, Vec<&'s Pod>>,
    in_namespace: HashMap<&'s str, Vec<&'s Pod>>,
    budgets: HashMap<&'s str, Vec<&'s Budget>>,
    around: RefCell<HashMap<&'s BudgetRef, Surroundings>>,
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
            around: RefCell::default(),
            starts: OnceCell::new(),
        };
        for budget in &snapshot.budgets {
            let list = index.budgets.entry(&budget.id.namespace);
            list.or_default().push(budget);
        }
        for list in index.budgets.values_mut() {
            list.sort_by(|a, b| a.id.cmp(&b.id));
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
        let budgets = self.budgets.get(namespace.as_str()).into_iter().flatten();
        let selecting = budgets.filter(|budget| budget.selects(namespace, &pod.labels));
        selecting.copied().collect()
    }

    /// Returns what is known about the pods around a budget, without their workloads.
    pub(in crate::domain::drain) fn surroundings(&self, budget: &'s Budget) -> Surroundings {
        let mut around = self.around.borrow_mut();
        let known = around.entry(&budget.id);
        known.or_insert_with(|| self.look_around(budget)).clone()
    }

    fn look_around(&self, budget: &Budget) -> Surroundings {
        let mut found = Surroundings::default();
        let namespace = budget.id.namespace.as_str();
        let pods = self.in_namespace.get(namespace).into_iter().flatten();
        for pod in pods.filter(|pod| budget.selects(&pod.id.namespace, &pod.labels)) {
            if pod.phase.is_finished() || pod.is_terminating() {
                found.leaving += 1;
            } else if pod.readiness == Readiness::NotReady {
                found.sick.push(pod.id.path());
            }
        }
        found.sick.sort();
        found
    }
}
