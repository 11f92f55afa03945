//! NodeAffinity's score: the weights of the preferred terms that match a node, the pod's and those of `addedAffinity`.
//!
//! Source: `plugins/nodeaffinity/node_affinity.go`.

use super::Context;
use super::node_term::NodeTerms;
use super::object::affinity::NodeTerm;
use super::score::{Order, normalised};
use super::world::NodeIx;

/// The label that classes of nodes leave out.
const HOSTNAME: &str = "kubernetes.io/hostname";

/// Returns 0 to 100 for each node, or `None` where there is no preferred term.
pub(super) fn scores(cx: &Context<'_>, feasible: &[NodeIx]) -> Option<Vec<i64>> {
    let terms = terms(cx).ok()??;
    let weight = |node: NodeIx| -> i64 {
        let object = &cx.world.node(node).object;
        let matching = terms
            .iter()
            .filter(|(_, terms)| terms.matches(&object.labels, Some(&object.name)));
        matching.map(|(weight, _)| weight).sum()
    };
    let raw = if terms.iter().any(|(_, terms)| terms.reads(HOSTNAME)) {
        feasible.iter().map(|node| weight(*node)).collect()
    } else {
        let classes = cx.world.classes.iter();
        let by_class: Vec<_> = classes.map(|class| weight(class.example)).collect();
        let of_node = |node: &NodeIx| by_class[cx.world.class_of(*node)];
        feasible.iter().map(of_node).collect()
    };
    Some(normalised(raw, Order::MoreIsBetter))
}

/// Says why the score cannot be known: a preferred term is malformed, and the scheduler then fails to schedule the pod.
pub(super) fn unscored(cx: &Context<'_>) -> Option<String> {
    terms(cx).err()
}

/// The terms with their weights; `None` where nobody prefers anything.
fn terms(cx: &Context<'_>) -> Result<Option<Vec<(i64, NodeTerms)>>, String> {
    let added = cx.profile.added_affinity.iter();
    let own = &cx.kind().spec.node_affinity.preferred;
    let written: Vec<_> = added
        .flat_map(|affinity| &affinity.preferred)
        .chain(own)
        .collect();
    if written.is_empty() {
        return Ok(None);
    }
    let counts = |(weight, term): &&&(i32, NodeTerm)| {
        *weight != 0 && !(term.expressions.is_empty() && term.fields.is_empty())
    };
    let parse = |(weight, term): &(i32, NodeTerm)| {
        let parsed = NodeTerms::parse_one(term);
        parsed
            .map(|terms| (i64::from(*weight), terms))
            .map_err(|why| format!("a preferred node affinity term is malformed: {why}"))
    };
    let parsed = written.iter().filter(counts).map(|written| parse(written));
    parsed.collect::<Result<Vec<_>, _>>().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fit::object::affinity::{NodeAffinity, NodeRequirement};
    use crate::domain::fit::profile::Profile;
    use crate::domain::fit::testing::{node, pod, profile, world};

    fn term(key: &str, operator: &str, values: &[&str]) -> NodeTerm {
        NodeTerm {
            expressions: vec![NodeRequirement {
                key: key.to_owned(),
                operator: operator.to_owned(),
                values: values.iter().map(|value| (*value).to_owned()).collect(),
            }],
            fields: Vec::new(),
        }
    }

    fn judged(
        preferred: Vec<(i32, NodeTerm)>,
        profile: &Profile,
    ) -> (Option<Vec<i64>>, Option<String>) {
        let mut judged = pod("p");
        judged.spec.node_affinity.preferred = preferred;
        let (world, pod) = world(vec![node("a-1"), node("b-1"), node("b-2")], vec![judged]);
        let cx = Context {
            world: &world,
            profile,
            pod,
            added: &[],
        };
        let feasible: Vec<_> = world.node_indexes().collect();
        (scores(&cx, &feasible), unscored(&cx))
    }

    const ZONE: &str = "topology.kubernetes.io/zone";

    #[test]
    fn weights_add_up_and_the_most_is_100() {
        let preferred = vec![
            (3, term(ZONE, "In", &["b"])),
            (1, term(HOSTNAME, "In", &["b-2"])),
            (9, NodeTerm::default()),
            (0, term(ZONE, "In", &["a"])),
        ];
        assert_eq!(judged(preferred, &profile()).0, Some(vec![0, 75, 100]));
    }

    #[test]
    fn a_node_selector_is_no_preference() {
        let mut judged = pod("p");
        judged.spec.node_selector = [(ZONE.to_owned(), "a".to_owned())].into();
        let (world, pod) = world(vec![node("a-1"), node("b-1")], vec![judged]);
        let profile = profile();
        let cx = Context {
            world: &world,
            profile: &profile,
            pod,
            added: &[],
        };
        let all: Vec<_> = world.node_indexes().collect();
        assert_eq!(scores(&cx, &all), None);
    }

    #[test]
    fn preferred_terms_of_the_added_affinity_count_for_every_pod() {
        let mut profile = profile();
        profile.added_affinity = Some(NodeAffinity {
            required: None,
            preferred: vec![(1, term(ZONE, "In", &["a"]))],
        });
        assert_eq!(judged(Vec::new(), &profile).0, Some(vec![100, 0, 0]));
    }

    #[test]
    fn without_preferred_terms_the_score_is_skipped() {
        assert_eq!(judged(Vec::new(), &profile()), (None, None));
    }

    #[test]
    fn a_malformed_preferred_term_ends_scheduling() {
        let (scores, why) = judged(vec![(1, term(ZONE, "Near", &["a"]))], &profile());
        assert_eq!(scores, None);
        assert!(why.is_some_and(|why| why.contains("malformed")));
    }
}
