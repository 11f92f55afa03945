//! Clusters in files: one that can be read is judged for a pod, its report is read back as it was, and the snapshot that
//! would be taken of the cluster gives the same report.

#![no_main]

use libfuzzer_sys::fuzz_target;
use nodemaint::adapters::files::{self, Format, Objects, Source};
use nodemaint::adapters::manifest::{Additions, Manifest};
use nodemaint::domain::fit::evaluate::evaluate;
use nodemaint::domain::fit::profile::Profile;
use nodemaint::domain::fit::removed::Requested;
use nodemaint::domain::fit::world::{PodIx, World};
use nodemaint::present::fit_report::{FitReport, report};

/// More says nothing that a few do not, and takes long.
const MOST_NODES: usize = 50;

fn world(bytes: &[u8]) -> Option<World> {
    let source = Source::Text {
        name: "input".to_owned(),
        bytes: bytes.to_vec(),
    };
    let read = source.world(None, &Additions::default()).ok()?;
    (read.world.nodes.len() <= MOST_NODES).then_some(read.world)
}

/// Judges a pod as the one that would follow it. Objects stand in another order in another file.
fn judge(world: &mut World, pod: PodIx) -> FitReport {
    let profile = Profile::default_of(world.minor);
    let mut nodes: Vec<_> = world.node_indexes().collect();
    nodes.sort_by_key(|node| world.node(*node).object.name.clone());
    let home = world.succeed(pod);
    let mut found = report(
        &evaluate(world, &profile, pod),
        &nodes,
        &Requested::default(),
    );
    world.restore(pod, home);
    found.best.sort();
    FitReport::new(world.minor, vec![found])
}

/// The first pod by name.
fn first(world: &World) -> Option<PodIx> {
    let pods = (0..world.pods.len()).map(PodIx::at);
    pods.min_by_key(|pod| world.path(*pod))
}

fn check_scheduling(bytes: &[u8]) {
    let Some(mut world) = world(bytes) else {
        return;
    };
    let Some(pod) = first(&world) else {
        return;
    };
    let found = judge(&mut world, pod);
    assert_eq!(judge(&mut world, pod), found, "the same question twice");
    let text = serde_json::to_string(&found).expect("a report is a document");
    let again: FitReport = serde_json::from_str(&text).expect("a report can be read");
    assert_eq!(again, found);
    let source = Source::Text {
        name: "input".to_owned(),
        bytes: bytes.to_vec(),
    };
    let Ok(written) = source.written_again(Format::Json) else {
        return;
    };
    let mut other = Source::Text {
        name: "written".to_owned(),
        bytes: written.clone().into_bytes(),
    }
    .world(None, &Additions::default())
    .unwrap_or_else(|error| panic!("{error}\n{written}"))
    .world;
    let pod = first(&other).expect("the pod is in what was written");
    assert_eq!(judge(&mut other, pod), found, "{written}");
}

fn check_drains(bytes: &[u8]) {
    let now = nodemaint::testing::now();
    let Ok(snapshot) = files::parse(bytes, "input", now) else {
        return;
    };
    let written = files::render(&snapshot, &Objects::default(), Format::Json)
        .expect("a snapshot can be written");
    let again = files::parse(written.as_bytes(), "written", now)
        .unwrap_or_else(|error| panic!("{error}\n{written}"));
    assert_eq!(again, snapshot, "{written}");
}

fuzz_target!(|bytes: &[u8]| {
    check_scheduling(bytes);
    check_drains(bytes);
    let _ = Manifest::parse(bytes, "input", "default");
});
