//! Finds, of many selectors, the few that can match a node, by a label that they want.
//!
//! Volumes and storage capacities of a node-local driver number a multiple of the nodes, and each is for one node.

use std::collections::HashMap;

use crate::domain::labels::Labels;

/// Numbers of selectors, by what their labels must be.
#[derive(Debug, Default)]
pub(super) struct LabelIndex {
    /// Those that may match whatever the labels are.
    anywhere: Vec<usize>,
    /// By label and value.
    by_label: HashMap<String, HashMap<String, Vec<usize>>>,
}

impl LabelIndex {
    /// Adds the next selector: it matches only where one of the labels has one of its values; `None` is anywhere.
    pub fn add(&mut self, number: usize, anchors: Option<Vec<(&str, &[String])>>) {
        let Some(anchors) = anchors else {
            self.anywhere.push(number);
            return;
        };
        for (key, values) in anchors {
            let by_value = self.by_label.entry(key.to_owned()).or_default();
            for value in values {
                by_value.entry(value.clone()).or_default().push(number);
            }
        }
    }

    /// Returns the numbers that may match, lowest first; some may come twice.
    pub fn candidates<'a>(&'a self, labels: &Labels) -> impl Iterator<Item = usize> + 'a {
        let named = self.by_label.iter().filter_map(|(key, by_value)| {
            let value = labels.get(key)?;
            by_value.get(value).map(Vec::as_slice)
        });
        let mut lists: Vec<&[usize]> = named.collect();
        lists.push(&self.anywhere);
        std::iter::from_fn(move || {
            let heads = lists.iter_mut().filter(|list| !list.is_empty());
            let list = heads.min_by_key(|list| list[0])?;
            let (first, rest) = list.split_first()?;
            *list = rest;
            Some(*first)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::labels;
    use super::*;

    #[test]
    fn only_selectors_whose_label_is_there_come_and_in_order() {
        let mut index = LabelIndex::default();
        let (a, b) = (["a".to_owned()], ["b".to_owned()]);
        index.add(0, Some(vec![("host", &a)]));
        index.add(1, Some(vec![("host", &b)]));
        index.add(2, None);
        index.add(3, Some(vec![("zone", &a), ("host", &b)]));
        index.add(4, Some(vec![]));
        let found = |pairs| index.candidates(&labels(pairs)).collect::<Vec<_>>();
        assert_eq!(found(&[("host", "b")]), [1, 2, 3]);
        assert_eq!(found(&[("host", "a"), ("zone", "a")]), [0, 2, 3]);
        assert_eq!(found(&[]), [2]);
    }
}
