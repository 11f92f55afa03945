//! Asks the scheduler's rules about pods without a node that closed budgets wait for.
//!
//! The rules need the whole cluster, so it is read for them only where there is such a pod.

use crate::adapters::files::Source;
use crate::adapters::manifest::Additions;
use crate::cli::context::Live;
use crate::cli::error::CliError;
use crate::domain::diagnose::{Placements, placement};
use crate::domain::drain::budgets::{Reach, report};
use crate::domain::fit::profile::{Minor, Profile};
use crate::domain::fit::world::World;
use crate::domain::pod::{Pod, PodRef};
use crate::domain::snapshot::Snapshot;

/// Asks about the pods of a file.
pub(super) fn from_file(
    source: &Source,
    snapshot: &Snapshot,
    reach: &Reach,
) -> Result<Placements, CliError> {
    let pods = waiting(snapshot, reach);
    if pods.is_empty() {
        return Ok(Placements::new());
    }
    let mut world = source.world(None, &Additions::default())?.world;
    Ok(ask(&mut world, &pods))
}

/// Asks about the pods of the live cluster; where it cannot be read, what its own scheduler said has to do.
pub(super) async fn live(live: &Live, snapshot: &Snapshot, reach: &Reach) -> Placements {
    let pods = waiting(snapshot, reach);
    if pods.is_empty() {
        return Placements::new();
    }
    let minor = Minor::of_server(&snapshot.cluster.version);
    match live.cluster.world(minor, &Additions::default()).await {
        Ok(mut world) => ask(&mut world, &pods),
        Err(_) => Placements::new(),
    }
}

/// Returns the pods without a node that budgets wait for.
fn waiting(snapshot: &Snapshot, reach: &Reach) -> Vec<PodRef> {
    let homeless = |pod: &&Pod| pod.node.is_none();
    if !snapshot.pods.iter().any(|pod| homeless(&pod)) {
        return Vec::new();
    }
    let report = report(snapshot, reach, &Placements::new());
    let sick = report.budgets.into_iter().flat_map(|budget| budget.sick);
    let mut sick: Vec<PodRef> = sick.map(|sick| sick.pod).collect();
    let bound = snapshot.pods.iter().filter(|pod| !homeless(pod));
    let bound: std::collections::BTreeSet<&PodRef> = bound.map(|pod| &pod.id).collect();
    sick.retain(|pod| !bound.contains(pod));
    sick
}

fn ask(world: &mut World, pods: &[PodRef]) -> Placements {
    let profile = Profile::default_of(world.minor);
    let answers = pods.iter().filter_map(|pod| {
        let found = world.find_pod(&pod.namespace, &pod.name)?;
        Some((pod.uid.clone(), placement(world, &profile, found)))
    });
    answers.collect()
}
