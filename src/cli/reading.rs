//! Tells somebody who waits how far reading the cluster has come.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use crate::adapters::live::clock::SystemClock;
use crate::adapters::live::progress::Progress;
use crate::engine::clock::Clock;
use crate::present::reading::{Kind, ReadingLine};

use super::context::Live;
use super::ui::{Peer, Ui};

/// What is over by then is not worth a line.
const PATIENCE: Duration = Duration::from_millis(500);

/// How often the line is drawn.
const TICK: Duration = Duration::from_millis(100);

/// Waits for a reading of the whole cluster; on a terminal a line tells how far it is, if it takes long.
pub async fn reading<T>(live: &Live, ui: &Ui, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    if ui.errors != Peer::Terminal {
        return work.await;
    }
    let clock = SystemClock::new();
    tokio::select! {
        biased;
        done = &mut work => return done,
        () = clock.sleep(PATIENCE) => {}
    }
    let progress = live.cluster.progress();
    let line = ReadingLine::start(&ui.progress, &live.server);
    loop {
        line.show(kinds(&progress));
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = clock.sleep(TICK) => {}
        }
    }
}

fn kinds(progress: &Progress) -> impl Iterator<Item = Kind> {
    progress.kinds().into_iter().map(|(name, read)| Kind {
        name,
        done: read.done,
        left: read.left,
    })
}
