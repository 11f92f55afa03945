//! Changes to nodes: cordon, uncordon, taints.
//!
//! Each write is bound to the object that it was computed from. Who loses a race reads again, computes again and tries
//! again; nobody's change is lost, and what cannot be stored is said.

pub mod patch;
pub mod scheduling;
pub mod taints;

mod attempts;

use std::future::Future;

use futures::stream::{self, StreamExt};

use super::cluster::{Cluster, Failure};

/// How many nodes are worked on at once.
pub const PARALLEL_NODES: usize = 8;

/// Works on several nodes at once and hands the results over in the order given.
///
/// `each` is called as soon as a result and all before it are there.
pub async fn in_order<T, R, F>(
    items: impl IntoIterator<Item = T>,
    work: impl FnMut(T) -> F,
    mut each: impl FnMut(R),
) where
    F: Future<Output = R>,
{
    let mut results = std::pin::pin!(stream::iter(items).map(work).buffered(PARALLEL_NODES));
    while let Some(result) = results.next().await {
        each(result);
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
    use super::*;
    use crate::engine::cluster::FailureKind;
    use crate::engine::testing::FakeCluster;

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
        in_order(0..40, work, |item| seen.push(item)).await;
        assert_eq!(seen, (0..40).collect::<Vec<_>>());
        assert_eq!(most.load(Ordering::SeqCst), PARALLEL_NODES);
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
