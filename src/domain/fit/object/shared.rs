//! Lists that are the same in very many templates: a DaemonSet has one template for each node, different in a name alone.

use std::collections::HashSet;
use std::hash::Hash;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A list that owners share until one of them changes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Shared<T>(Arc<Vec<T>>);

impl<T: Eq + Hash> Shared<T> {
    /// Gives up its own list for an equal one that is known, or makes its own known.
    pub(in crate::domain::fit) fn settle(&mut self, known: &mut HashSet<Arc<Vec<T>>>) {
        match known.get(&self.0) {
            Some(equal) => self.0 = Arc::clone(equal),
            None => {
                known.insert(Arc::clone(&self.0));
            }
        }
    }
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Shared(Arc::default())
    }
}

impl<T> From<Vec<T>> for Shared<T> {
    fn from(list: Vec<T>) -> Self {
        Shared(Arc::new(list))
    }
}

impl<T> FromIterator<T> for Shared<T> {
    fn from_iter<I: IntoIterator<Item = T>>(list: I) -> Self {
        Vec::from_iter(list).into()
    }
}

impl<T> Deref for Shared<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        Arc::make_mut(&mut self.0)
    }
}

impl<'a, T> IntoIterator for &'a Shared<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_lists_become_one_and_a_change_parts_them() {
        let mut known = HashSet::new();
        let (mut one, mut other) = (Shared::from(vec![1, 2]), Shared::from(vec![1, 2]));
        one.settle(&mut known);
        other.settle(&mut known);
        assert!(Arc::ptr_eq(&one.0, &other.0));
        other.push(3);
        assert_eq!(
            (one.as_slice(), other.as_slice()),
            (&[1, 2][..], &[1, 2, 3][..])
        );
    }
}
