//! Many writers on one node.

use std::collections::BTreeSet;
use std::thread;

use controlplane::{Space, shared, space};

use crate::support::{Ran, kubectl, ours, taints};

const WRITERS: usize = 20;
const EDITS: usize = 10;

/// Lets every writer add its taints, one command each, all writers at once; returns what the commands ended with.
fn write(run: impl Fn(&[String]) -> Ran + Sync, node: &str) -> Vec<Ran> {
    let one = |writer: usize, edit: usize| {
        let spec = format!("w{writer}-{edit}=x:PreferNoSchedule");
        run(&["taint", "nodes", node, &spec].map(str::to_owned))
    };
    let one = &one;
    thread::scope(|scope| {
        let work = |writer| move || (0..EDITS).map(|edit| one(writer, edit)).collect::<Vec<_>>();
        let threads: Vec<_> = (0..WRITERS)
            .map(|writer| scope.spawn(work(writer)))
            .collect();
        let results = threads.into_iter().map(|thread| thread.join().unwrap());
        results.flatten().collect()
    })
}

fn kept(space: &Space, node: &str) -> usize {
    let taints: BTreeSet<String> = taints(space, node).into_iter().collect();
    taints.len()
}

#[test]
fn failure_14_failure_15_two_hundred_edits_by_twenty_writers_lose_none() {
    let space = space("taint_race");
    let [mine, theirs] = space.nodes(["mine", "theirs"]);
    let config = space.kubeconfig();
    let before = shared().audit_mark();
    let results = write(|words| ours(&config, words), mine.name());
    for ran in &results {
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    }
    assert_eq!(kept(&space, mine.name()), WRITERS * EDITS);
    let patches = shared()
        .audit_since(before)
        .by_agent("kubectl-nodemaint/")
        .to("patch", "nodes");
    let here = patches.only(|request| request.name == mine.name());
    assert_eq!(here.answered(200).count(), WRITERS * EDITS);
    let conflicts = here.answered(409).count();
    assert!(conflicts > 0, "without a conflict nothing was raced");

    let results = write(|words| kubectl(&config, words), theirs.name());
    let succeeded = results.iter().filter(|ran| ran.code == Some(0)).count();
    let kept = kept(&space, theirs.name());
    // Only our side is asserted: how much kubectl loses depends on the machine.
    #[expect(
        clippy::print_stderr,
        reason = "the comparison is what this test is for"
    )]
    {
        eprintln!(
            "of {} edits by {WRITERS} writers: kubectl-nodemaint kept {} ({conflicts} conflicts tried again), \
             kubectl kept {kept} and called {succeeded} a success",
            WRITERS * EDITS,
            WRITERS * EDITS,
        );
    }
}
