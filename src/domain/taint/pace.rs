//! How fast the controller behind NoExecute taints deletes pods: not at once, but as fast as its client lets it.
//!
//! It sends three requests for each pod (GET, PATCH of the status, DELETE) through one client whose rate is that of the
//! controller manager's `--kube-api-qps` and `--kube-api-burst`. All pods of one moment are worked on at once, so all GETs go
//! first and the first DELETE is late. Taken from a 1.37.2 controller: of 110 pods the first left after 9 s, the last after
//! 15 s.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Requests for each pod: GET, PATCH, DELETE.
const REQUESTS: u8 = 3;

/// The rate of the controller's client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests in a second, in the long run.
    pub per_second: u32,
    /// Requests at once, after a rest.
    pub burst: u32,
}

impl Default for Limits {
    /// The defaults of kube-controller-manager.
    fn default() -> Self {
        Limits {
            per_second: 20,
            burst: 30,
        }
    }
}

/// Pods that are due at the same moment, and when the controller gets round to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// When they are due, in seconds from the change.
    pub after_seconds: i64,
    /// How many pods.
    pub pods: usize,
    /// When the first of them is deleted, in seconds from the change, rounded down.
    pub first_seconds: i64,
    /// When the last of them is deleted, in seconds from the change, rounded up.
    pub last_seconds: i64,
}

/// Works out when pods are deleted that are due at these moments (seconds from the change), one batch for each moment.
///
/// The answers of the server are taken to cost no time; they cost milliseconds, and the client's rate is what tells.
pub fn batches(due: &[i64], limits: Limits) -> Vec<Batch> {
    let mut due = due.to_vec();
    due.sort_unstable();
    let mut bucket = Bucket::new(limits);
    // (arrival, order of arrival, index of the pod, requests sent for it)
    let mut waiting: BinaryHeap<Reverse<(i64, usize, usize, u8)>> = due
        .iter()
        .enumerate()
        .map(|(pod, after)| Reverse((after.saturating_mul(1000), pod, pod, 0)))
        .collect();
    let mut order = due.len();
    let mut deleted = vec![0; due.len()];
    while let Some(Reverse((arrival, _, pod, sent))) = waiting.pop() {
        let granted = bucket.take(arrival);
        if sent + 1 == REQUESTS {
            deleted[pod] = granted;
        } else {
            waiting.push(Reverse((granted, order, pod, sent + 1)));
            order += 1;
        }
    }
    summed_up(&due, &deleted)
}

/// Joins pods that are due at the same moment; both lists are in the order of the pods, `due` is sorted.
fn summed_up(due: &[i64], deleted: &[i64]) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    for (after, millis) in due.iter().zip(deleted) {
        let (first, last) = (
            millis.div_euclid(1000),
            millis.saturating_add(999).div_euclid(1000),
        );
        match batches.last_mut() {
            Some(batch) if batch.after_seconds == *after => {
                batch.pods += 1;
                batch.first_seconds = batch.first_seconds.min(first);
                batch.last_seconds = batch.last_seconds.max(last);
            }
            _ => batches.push(Batch {
                after_seconds: *after,
                pods: 1,
                first_seconds: first,
                last_seconds: last,
            }),
        }
    }
    batches
}

/// A token bucket, full at the beginning, that lets whoever asks wait; times are in milliseconds.
struct Bucket {
    interval: i64,
    capacity: i64,
    /// When the bucket would be full again.
    full_at: i64,
}

impl Bucket {
    fn new(limits: Limits) -> Bucket {
        let interval = 1000 / i64::from(limits.per_second.max(1));
        Bucket {
            interval,
            capacity: interval * i64::from(limits.burst.max(1)),
            full_at: i64::MIN,
        }
    }

    /// Takes a token at a moment and returns when it is there.
    fn take(&mut self, at: i64) -> i64 {
        self.full_at = self.full_at.max(at).saturating_add(self.interval);
        at.max(self.full_at.saturating_sub(self.capacity))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at_once(pods: usize) -> Batch {
        let found = batches(&vec![0; pods], Limits::default());
        assert_eq!(found.len(), 1);
        found[0]
    }

    #[test]
    fn few_pods_leave_at_once_and_a_full_node_takes_a_quarter_of_a_minute() {
        for (pods, first, last) in [
            (1, 0, 0),
            (10, 0, 0),
            (11, 0, 1),
            (30, 1, 3),
            (110, 9, 15),
            (300, 28, 44),
        ] {
            let batch = at_once(pods);
            assert_eq!(
                (batch.pods, batch.first_seconds, batch.last_seconds),
                (pods, first, last)
            );
        }
    }

    #[test]
    fn a_faster_controller_is_faster() {
        let fast = Limits {
            per_second: 1000,
            burst: 1000,
        };
        let found = batches(&[0; 300], fast);
        assert_eq!((found[0].first_seconds, found[0].last_seconds), (0, 0));
    }

    #[test]
    fn a_batch_that_is_due_while_the_one_before_is_on_its_way_waits_for_it() {
        let mut due = vec![0; 110];
        due.extend(vec![5; 10]);
        due.extend(vec![300; 10]);
        let found = batches(&due, Limits::default());
        let at: Vec<i64> = found.iter().map(|b| b.after_seconds).collect();
        assert_eq!(at, [0, 5, 300]);
        assert!(found[1].last_seconds > 15, "{found:?}");
        assert_eq!(
            (found[2].first_seconds, found[2].last_seconds),
            (300, 300),
            "the bucket is full again"
        );
    }

    #[test]
    fn nothing_that_is_due_is_no_batch() {
        assert_eq!(batches(&[], Limits::default()), []);
    }

    #[test]
    fn the_longest_times_do_not_run_over() {
        let found = batches(&[9_223_372_036, i64::MAX], Limits::default());
        assert_eq!(found.len(), 2);
    }

    proptest! {
        #[test]
        fn nobody_leaves_early_and_the_last_leaves_when_the_rate_allows(
            due in proptest::collection::vec(0_i64..60, 1..200),
        ) {
            let found = batches(&due, Limits::default());
            let pods: usize = found.iter().map(|batch| batch.pods).sum();
            prop_assert_eq!(pods, due.len());
            let requests = 3 * due.len() as i64;
            let least = (requests - 30).max(0) / 20;
            let (first, last) = (due.iter().min().unwrap(), due.iter().max().unwrap());
            for batch in &found {
                prop_assert!(batch.after_seconds <= batch.first_seconds);
                prop_assert!(batch.first_seconds <= batch.last_seconds);
                // Everything due before is done, at the worst, before the last of this batch.
                prop_assert!(batch.last_seconds <= last + requests / 20 + 1);
            }
            let end = found.iter().map(|batch| batch.last_seconds).max().unwrap();
            prop_assert!(end >= first + least);
        }
    }
}
