//! The scheduler's scores of the nodes on which a pod fits, and which of them are best.
//!
//! On a tie the scheduler's choice cannot be foretold, so the best are a set. With more than 100 nodes the scheduler scores
//! only a part of those that fit; here all are scored.

use super::profile::ScorePlugin;
use super::world::NodeIx;
use super::{
    Context, dynamic_resources, inter_pod_affinity, pod_topology_spread, score_balanced_allocation,
    score_image_locality, score_node_affinity, score_node_resources, score_taint_toleration,
    volume_binding,
};

/// How nodes score for a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scores {
    /// The nodes.
    pub nodes: Vec<NodeIx>,
    /// What each plugin says, in the profile's order; plugins that the scheduler skips for the pod are left out.
    pub parts: Vec<Part>,
    /// The weighted sums, in the order of the nodes. A single node is scored too, which the scheduler spares itself.
    pub totals: Vec<i64>,
    /// Plugins whose score cannot be known, with the reason: the totals lack them.
    pub unknown: Vec<(ScorePlugin, String)>,
}

/// One plugin's scores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The plugin.
    pub plugin: ScorePlugin,
    /// Its weight in the profile.
    pub weight: i64,
    /// 0 to 100 for each node, before the weight, in the order of the nodes.
    pub scores: Vec<i64>,
}

impl Scores {
    /// Returns the nodes of the highest total.
    pub fn best(&self) -> Vec<NodeIx> {
        let highest = self.totals.iter().max();
        let scored = self.nodes.iter().zip(&self.totals);
        scored
            .filter(|(_, total)| Some(*total) == highest)
            .map(|(node, _)| *node)
            .collect()
    }
}

/// Scores the nodes on which a pod fits.
pub fn score(cx: &Context<'_>, feasible: &[NodeIx]) -> Scores {
    let mut found = Scores {
        nodes: feasible.to_vec(),
        parts: Vec::new(),
        totals: vec![0; feasible.len()],
        unknown: Vec::new(),
    };
    for &(plugin, weight) in &cx.profile.scores {
        if let Some(why) = unscored(cx, plugin) {
            found.unknown.push((plugin, why));
        } else if let Some(scores) = scores_of(cx, plugin, feasible) {
            for (total, score) in found.totals.iter_mut().zip(&scores) {
                *total += score * weight;
            }
            found.parts.push(Part {
                plugin,
                weight,
                scores,
            });
        }
    }
    found
}

fn scores_of(cx: &Context<'_>, plugin: ScorePlugin, feasible: &[NodeIx]) -> Option<Vec<i64>> {
    match plugin {
        ScorePlugin::TaintToleration => score_taint_toleration::scores(cx, feasible),
        ScorePlugin::NodeAffinity => score_node_affinity::scores(cx, feasible),
        ScorePlugin::NodeResourcesFit => score_node_resources::scores(cx, feasible),
        ScorePlugin::PodTopologySpread => pod_topology_spread::scores(cx, feasible),
        ScorePlugin::InterPodAffinity => inter_pod_affinity::scores(cx, feasible),
        ScorePlugin::NodeResourcesBalancedAllocation => {
            score_balanced_allocation::scores(cx, feasible)
        }
        ScorePlugin::ImageLocality => score_image_locality::scores(cx, feasible),
        ScorePlugin::VolumeBinding => volume_binding::scores(cx, feasible),
        ScorePlugin::DynamicResources => dynamic_resources::scores(cx, feasible),
    }
}

/// Says why a plugin's score cannot be known.
fn unscored(cx: &Context<'_>, plugin: ScorePlugin) -> Option<String> {
    match plugin {
        ScorePlugin::NodeAffinity => score_node_affinity::unscored(cx),
        ScorePlugin::NodeResourcesFit => score_node_resources::unscored(cx),
        ScorePlugin::PodTopologySpread => pod_topology_spread::unscored(cx),
        ScorePlugin::InterPodAffinity => inter_pod_affinity::unscored(cx),
        ScorePlugin::NodeResourcesBalancedAllocation => score_balanced_allocation::unscored(cx),
        ScorePlugin::TaintToleration
        | ScorePlugin::ImageLocality
        | ScorePlugin::VolumeBinding
        | ScorePlugin::DynamicResources => None,
    }
}

/// Which raw scores are better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The most becomes 100.
    MoreIsBetter,
    /// The most becomes 0.
    LessIsBetter,
}

/// Brings raw scores to 0 to 100 by the highest; source: `plugins/helper/normalize_score.go`.
pub(super) fn normalised(mut scores: Vec<i64>, order: Order) -> Vec<i64> {
    let most = scores.iter().copied().max().unwrap_or(0).max(0);
    for score in &mut scores {
        *score = match (most, order) {
            (0, Order::MoreIsBetter) => *score,
            (0, Order::LessIsBetter) => 100,
            (most, Order::MoreIsBetter) => 100 * *score / most,
            (most, Order::LessIsBetter) => 100 - 100 * *score / most,
        };
    }
    scores
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fit::testing::{node, pod, profile, resources, world};

    fn judged(nodes: &[&str]) -> Scores {
        let mut standing = pod("standing");
        standing.node = Some("a-2".to_owned());
        standing.spec.containers[0].requests = resources(&[("cpu", "2"), ("memory", "4Gi")]);
        let nodes = nodes.iter().map(|name| node(name)).collect();
        let (world, pod) = world(nodes, vec![standing, pod("p")]);
        let profile = profile();
        let cx = Context {
            world: &world,
            profile: &profile,
            pod,
            added: &[],
        };
        let feasible: Vec<_> = world.node_indexes().collect();
        score(&cx, &feasible)
    }

    #[test]
    fn weights_count_and_ties_stay_ties() {
        let found = judged(&["a-1", "a-2", "a-3"]);
        // Taints 3*100, room 97 or 47; images 0. Nothing else applies to a pod that asks for nothing.
        assert_eq!(found.totals, [397, 347, 397]);
        assert_eq!(found.best(), [NodeIx::at(0), NodeIx::at(2)]);
        let spoke = found
            .parts
            .iter()
            .filter(|part| part.scores.iter().any(|score| *score != 0));
        let spoke: Vec<_> = spoke.map(|part| part.plugin.name()).collect();
        assert_eq!(spoke, ["TaintToleration", "NodeResourcesFit"]);
    }

    #[test]
    fn a_single_node_is_scored_too() {
        let found = judged(&["a-1"]);
        assert_eq!(found.totals, [397]);
        assert_eq!(found.best(), [NodeIx::at(0)]);
    }
}
