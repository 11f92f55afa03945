//! The budgets of a file alone, for a question that needs nothing else of what a drain reads.

use std::collections::BTreeMap;

use super::document::{Object, SnapshotHead, Visitor};
use super::error::{FileError, Problem};
use super::owners::group;
use super::world::Source;
use crate::adapters::wire;
use crate::domain::budget::{Budget, BudgetRef};
use crate::engine::observe::BUDGETS;

const KIND: &str = "PodDisruptionBudget";

/// Budgets, and whether they are all.
#[derive(Debug, Default)]
pub struct BudgetsFile {
    /// By namespace and name; of two with one name the later.
    pub budgets: Vec<Budget>,
    /// Why there may be others; `None` where these are all.
    pub unread: Option<String>,
}

impl Source {
    /// Reads the budgets.
    ///
    /// # Errors
    ///
    /// As [`Source::world`].
    pub fn budgets(&self) -> Result<BudgetsFile, FileError> {
        let mut collector = Collector::default();
        self.visit(&mut collector)?;
        Ok(collector.finish())
    }
}

#[derive(Default)]
struct Collector {
    budgets: BTreeMap<BudgetRef, Budget>,
    unread: Option<String>,
    says_what_it_holds: bool,
}

impl Collector {
    fn finish(self) -> BudgetsFile {
        // A list that kubectl wrote does not say what was asked for.
        let silent = !self.says_what_it_holds && self.budgets.is_empty();
        let perhaps =
            || format!("the file holds no {KIND}, and does not say that the cluster has none");
        BudgetsFile {
            budgets: self.budgets.into_values().collect(),
            unread: self.unread.or_else(|| silent.then(perhaps)),
        }
    }
}

impl Visitor for Collector {
    fn snapshot(&mut self, head: SnapshotHead) -> Result<(), Problem> {
        self.says_what_it_holds = true;
        let mut unread = head.unread.into_iter();
        let own = unread.find(|entry| entry.what == BUDGETS);
        self.unread = own.map(|entry| entry.reason).or(self.unread.take());
        Ok(())
    }

    fn object(&mut self, object: Object<'_>) -> Result<(), Problem> {
        if object.kind != KIND || group(object.api_version) != "policy" {
            return Ok(());
        }
        let read: wire::PodDisruptionBudget =
            wire::decode(object.kind, object.json).map_err(|cause| object.fault(cause))?;
        let budget = Budget::try_from(read).map_err(|cause| object.fault(cause))?;
        self.budgets.insert(budget.id.clone(), budget);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: &str = r#"{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"namespace":"shop","name":"web"},"status":{"disruptionsAllowed":1}}"#;

    fn read(text: &str) -> BudgetsFile {
        let source = Source::Text {
            name: "text".to_owned(),
            bytes: text.as_bytes().to_vec(),
        };
        source.budgets().unwrap()
    }

    #[test]
    fn budgets_of_a_list_are_all_there_are() {
        let found = read(&format!(
            r#"{{"apiVersion":"v1","kind":"List","items":[{BUDGET}]}}"#
        ));
        assert_eq!(found.budgets.len(), 1);
        assert_eq!(found.unread, None);
    }

    #[test]
    fn a_list_without_a_budget_does_not_say_that_there_is_none() {
        let found = read(r#"{"apiVersion":"v1","kind":"List","items":[]}"#);
        assert!(found.budgets.is_empty() && found.unread.is_some());
    }

    #[test]
    fn a_snapshot_says_why_it_has_no_budgets() {
        let head = |rest: &str| {
            let kind = r#""apiVersion":"nodemaint.dev/v1alpha1","kind":"Snapshot""#;
            read(&format!(
                r#"{{{kind},{rest}"items":[],"contents":{{"objects":0}}}}"#
            ))
        };
        assert_eq!(head("").unread, None);
        let unread = r#""unread":[{"what":"poddisruptionbudgets.policy","reason":"forbidden"}],"#;
        assert_eq!(head(unread).unread.as_deref(), Some("forbidden"));
    }
}
