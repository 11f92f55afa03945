//! Changes to nodes: cordon, uncordon, taints.
//!
//! Each write is bound to the object that it was computed from. Who loses a race reads again, computes again and tries
//! again; nobody's change is lost, and what cannot be stored is said.

pub mod patch;
pub mod scheduling;
pub mod taints;

mod attempts;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::time::Duration;

use futures::stream::{self, StreamExt};

use super::clock::Clock;
use super::cluster::{Cluster, Failure};
use super::stop::Stop;

/// How many nodes are worked on at once.
pub const PARALLEL_NODES: usize = 8;
/// Time that requests on their way get after the user asked to stop, so that what is said about them is true.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// How far the work on one item came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came<R> {
    /// To its end.
    Finished(R),
    /// Nowhere: the user asked to stop before it.
    NotBegun,
    /// The user asked to stop, and the answer to a request on its way did not come: nobody knows.
    Unanswered,
}

/// Works on several nodes at once and hands the results over in the order given, with their places.
///
/// `each` is called as soon as a result and all before it are there, and once for every item. When the user asks to
/// stop, nothing more is begun, and what is on its way gets two seconds to end.
pub async fn in_order<T, R, F, K: Clock>(
    clock: &K,
    stop: &mut Stop,
    items: impl IntoIterator<Item = T>,
    mut work: impl FnMut(T) -> F,
    mut each: impl FnMut(usize, Came<R>),
) where
    F: Future<Output = R>,
{
    let items: Vec<T> = items.into_iter().collect();
    let count = items.len();
    let asked = stop.clone();
    let begun = RefCell::new(BTreeSet::new());
    let (asked, begun) = (&asked, &begun);
    let one = |(index, item)| {
        let work = work(item);
        async move {
            if asked.was_asked() {
                return (index, Came::NotBegun);
            }
            begun.borrow_mut().insert(index);
            (index, Came::Finished(work.await))
        }
    };
    let numbered = stream::iter(items.into_iter().enumerate());
    let mut results = std::pin::pin!(numbered.map(one).buffer_unordered(PARALLEL_NODES));
    let mut patience = std::pin::pin!(async {
        stop.asked().await;
        clock.sleep(LAST_ANSWERS).await;
    });
    let (mut next, mut early) = (0, BTreeMap::new());
    loop {
        let result = tokio::select! {
            biased;
            result = results.next() => result,
            () = &mut patience => None,
        };
        let Some((index, came)) = result else {
            break;
        };
        early.insert(index, came);
        while let Some(came) = early.remove(&next) {
            each(next, came);
            next += 1;
        }
    }
    for index in next..count {
        let unknown = || match begun.borrow().contains(&index) {
            true => Came::Unanswered,
            false => Came::NotBegun,
        };
        each(index, early.remove(&index).unwrap_or_else(unknown));
    }
}

/// Returns the caller's name: the server's answer where it gives one, else `fallback`.
pub async fn caller<C: Cluster>(cluster: &C, fallback: Option<&str>) -> Option<String> {
    let known: Result<String, Failure> = cluster.whoami().await;
    let known = known.ok().filter(|name| !name.is_empty());
    known.or_else(|| fallback.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use tokio::sync::watch;

    use super::*;
    use crate::engine::cluster::FailureKind;
    use crate::engine::testing::{FakeClock, FakeCluster};

    /// A wish to stop that nobody has yet, and the way to have it.
    fn stop() -> (watch::Sender<bool>, Stop) {
        let (tell, asked) = watch::channel(false);
        (tell, Stop::new(asked))
    }

    #[tokio::test]
    async fn results_come_in_the_order_given_and_not_too_many_at_once() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let mut seen = Vec::new();
        let work = |item: usize| {
            let (running, most) = (&running, &most);
            async move {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                // The first ones take the longest.
                for _ in 0..(40 - item) {
                    tokio::task::yield_now().await;
                }
                running.fetch_sub(1, Ordering::SeqCst);
                item
            }
        };
        let (_tell, mut stop) = stop();
        in_order(
            &FakeClock::default(),
            &mut stop,
            0..40,
            work,
            |index, came| {
                seen.push((index, came));
            },
        )
        .await;
        let all: Vec<_> = (0..40).map(|item| (item, Came::Finished(item))).collect();
        assert_eq!(seen, all);
        assert_eq!(most.load(Ordering::SeqCst), PARALLEL_NODES);
    }

    #[tokio::test]
    async fn after_a_stop_nothing_is_begun_and_what_is_on_its_way_may_end() {
        let (tell, mut stop) = stop();
        let work = |item: usize| {
            let tell = &tell;
            async move {
                match item {
                    // Its answer never comes.
                    0 => std::future::pending().await,
                    2 => drop(tell.send_replace(true)),
                    // The last of the first lot: its answer comes after the wish.
                    7 => tokio::task::yield_now().await,
                    _ => {}
                }
                item
            }
        };
        let mut seen = Vec::new();
        in_order(
            &FakeClock::default(),
            &mut stop,
            0..20,
            work,
            |index, came| {
                assert_eq!(index, seen.len(), "each in its turn");
                seen.push(came);
            },
        )
        .await;
        assert_eq!(seen[0], Came::Unanswered);
        assert_eq!(seen[1], Came::Finished(1));
        assert_eq!(seen[2], Came::Finished(2));
        assert!(
            seen[8..].iter().all(|came| *came == Came::NotBegun),
            "{seen:?}"
        );
        assert_eq!(seen.len(), 20);
    }

    #[tokio::test]
    async fn what_never_got_its_turn_is_not_called_unanswered() {
        let (tell, mut stop) = stop();
        let work = |item: usize| {
            let tell = &tell;
            async move {
                if item == 7 {
                    tell.send_replace(true);
                }
                std::future::pending::<usize>().await
            }
        };
        let mut seen = Vec::new();
        in_order(&FakeClock::default(), &mut stop, 0..10, work, |_, came| {
            seen.push(came);
        })
        .await;
        let (begun, rest) = seen.split_at(PARALLEL_NODES);
        assert!(
            begun.iter().all(|came| *came == Came::Unanswered),
            "{seen:?}"
        );
        assert!(rest.iter().all(|came| *came == Came::NotBegun), "{seen:?}");
    }

    #[tokio::test]
    async fn the_servers_name_for_the_caller_counts_first() {
        let known = FakeCluster::default().user(Ok("ada"));
        assert_eq!(caller(&known, Some("admin")).await.as_deref(), Some("ada"));
        let refused = || Failure::new(FailureKind::Forbidden, "no");
        let unknown = FakeCluster::default().user(Err(refused()));
        assert_eq!(
            caller(&unknown, Some("admin")).await.as_deref(),
            Some("admin")
        );
        assert_eq!(caller(&unknown, None).await, None);
    }
}
