//! How far reading the cluster has come, for somebody who waits.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What was read so far; clones look at the same.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<Mutex<BTreeMap<&'static str, Read>>>);

/// The objects of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Read {
    /// How many came.
    pub done: usize,
    /// How many are still to come, as far as the server says.
    pub left: usize,
}

impl Progress {
    /// Returns what was read of each kind.
    pub fn kinds(&self) -> BTreeMap<&'static str, Read> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Forgets what was read: it is read anew.
    pub(super) fn begin(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// Counts a page of a kind.
    pub(super) fn page(&self, kind: &'static str, items: usize, left: i64) {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let read = kinds.entry(kind).or_default();
        read.done += items;
        read.left = usize::try_from(left).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_add_up_and_what_is_left_is_what_the_last_one_said() {
        let progress = Progress::default();
        progress.page("Pod", 500, 1_500);
        progress.page("Pod", 500, 1_000);
        progress.page("Node", 3, 0);
        let pods = Read {
            done: 1_000,
            left: 1_000,
        };
        assert_eq!(progress.kinds()["Pod"], pods);
        assert_eq!(progress.kinds()["Node"].done, 3);
        progress.begin();
        assert!(progress.kinds().is_empty());
    }
}
