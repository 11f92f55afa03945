//! NodeResourcesBalancedAllocation: nodes whose resources are used in equal shares are better.
//!
//! From 1.36 on the score is how much the pod betters or worsens the balance. Fractions are summed in the order of the
//! profile's resources, so roundings are the scheduler's. Source: `plugins/noderesources/balanced_allocation.go`.

use super::Context;
use super::request;
use super::score_node_resources::{Base, OnNode, Room, Wanted, amount, by_devices};
use super::world::NodeIx;

/// Returns 0 to 100 for each node, or `None` for a pod that asks for nothing.
pub(super) fn scores(cx: &Context<'_>, feasible: &[NodeIx]) -> Option<Vec<i64>> {
    let requests = request::incoming(&cx.kind().spec);
    let names = &cx.profile.fit.balanced;
    if names.iter().all(|name| amount(&requests, name) == 0) {
        return None;
    }
    let wanted: Vec<_> = names
        .iter()
        .map(|name| Wanted::of(cx, &requests, name))
        .collect();
    let compares = cx.profile.minor.balance_compares().is_present();
    let mut rooms = Vec::with_capacity(wanted.len());
    let score = |node: &NodeIx| {
        rooms.clear();
        rooms.extend(
            wanted
                .iter()
                .filter_map(|wanted| wanted.on(cx, *node, Base::Requests)),
        );
        let with_pod = balance(&rooms, |room| room.with_pod);
        if !compares {
            return with_pod;
        }
        let without_pod = balance(&rooms, |room| room.without_pod);
        50 + (50 + with_pod - without_pod) / 2
    };
    Some(feasible.iter().map(score).collect())
}

/// Says why the score cannot be known: devices count for a resource, and they are not modelled.
pub(super) fn unscored(cx: &Context<'_>) -> Option<String> {
    let requests = request::incoming(&cx.kind().spec);
    let mut names = cx.profile.fit.balanced.iter();
    names.find_map(|name| by_devices(cx, &requests, name))
}

/// 100 less the standard deviation of the shares in use, in whole percent.
fn balance(rooms: &[Room], used: fn(&Room) -> i64) -> i64 {
    let fraction = |room: &Room| {
        let fraction = used(room) as f64 / room.allocatable as f64;
        // Not `min`: what is no number stays none.
        if fraction > 1.0 { 1.0 } else { fraction }
    };
    let fractions = || rooms.iter().map(fraction);
    let deviation = match rooms {
        [] | [_] => 0.0,
        [one, other] => ((fraction(one) - fraction(other)) / 2.0).abs(),
        many => {
            let count = many.len() as f64;
            let mean = fractions().fold(0.0, |sum, fraction| sum + fraction) / count;
            let squares = fractions().fold(0.0, |sum, fraction| {
                sum + (fraction - mean) * (fraction - mean)
            });
            (squares / count).sqrt()
        }
    };
    ((1.0 - deviation) * 100.0) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fit::profile::{Minor, Profile};
    use crate::domain::fit::testing::{node, pod, resources, world};

    fn judged(minor: Minor, requests: &[(&str, &str)]) -> Option<Vec<i64>> {
        // Without a request for memory the standing pod takes a quarter of the CPUs.
        let mut standing = pod("standing");
        standing.node = Some("a-2".to_owned());
        standing.spec.containers[0].requests = resources(&[("cpu", "1")]);
        let mut judged = pod("p");
        judged.spec.containers[0].requests = resources(requests);
        let (world, pod) = world(vec![node("a-1"), node("a-2")], vec![standing, judged]);
        let profile = Profile::default_of(minor);
        let cx = Context {
            world: &world,
            profile: &profile,
            pod,
            added: &[],
        };
        let feasible: Vec<_> = world.node_indexes().collect();
        scores(&cx, &feasible)
    }

    #[test]
    fn up_to_1_35_the_balance_with_the_pod_scores() {
        // a-1: 0 and 1/4; a-2: 1/4 and 1/4.
        let found = judged(Minor::V1_35, &[("memory", "2Gi")]);
        assert_eq!(found, Some(vec![87, 100]));
    }

    #[test]
    fn from_1_36_on_the_change_of_the_balance_scores() {
        // a-1: 100 to 87; a-2: 87 to 100.
        let found = judged(Minor::V1_36, &[("memory", "2Gi")]);
        assert_eq!(found, Some(vec![68, 81]));
    }

    #[test]
    fn pod_level_requests_of_the_pod_count_here() {
        let mut asking = pod("p");
        asking.spec.pod_requests = Some(resources(&[("memory", "2Gi")]));
        let (world, pod) = world(vec![node("a-1")], vec![asking]);
        let profile = Profile::default_of(Minor::V1_35);
        let cx = Context {
            world: &world,
            profile: &profile,
            pod,
            added: &[],
        };
        let feasible: Vec<_> = world.node_indexes().collect();
        assert_eq!(scores(&cx, &feasible), Some(vec![87]));
    }

    #[test]
    fn a_pod_that_asks_for_nothing_is_not_scored() {
        assert_eq!(judged(Minor::NEWEST, &[]), None);
    }

    #[test]
    fn three_resources_score_by_the_standard_deviation() {
        let room = |with_pod| Room {
            allocatable: 10,
            without_pod: 0,
            with_pod,
        };
        // Fractions 0, 0.5 and 1 (capped): mean 0.5, deviation sqrt(1/6).
        let rooms = [room(0), room(5), room(20)];
        assert_eq!(balance(&rooms, |room| room.with_pod), 59);
    }
}
