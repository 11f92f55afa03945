//! `CheckNodeLabelPresence` and `CheckServiceAffinity`: the plugins NodeLabel and ServiceAffinity until 1.22.

use super::{Found, Wanted};
use crate::domain::fit::Context;
use crate::domain::fit::world::{NodeIx, PodKind};
use crate::domain::labels::Labels;

pub(super) fn presence(
    cx: &Context<'_>,
    node: NodeIx,
    wanted: &[String],
    presence: Wanted,
) -> Found {
    let labels = &cx.world.node(node).object.labels;
    let broken = wanted
        .iter()
        .find(|label| labels.contains_key(*label) != (presence == Wanted::Present));
    let Some(label) = broken else {
        return Found::new();
    };
    let detail = match presence {
        Wanted::Present => format!("the node has no label {label}"),
        Wanted::Absent => format!("the node has label {label}"),
    };
    vec![(
        "node(s) didn't have the requested labels".to_owned(),
        detail,
    )]
}

pub(super) fn service_affinity(cx: &Context<'_>, node: NodeIx, wanted: &[String]) -> Found {
    let kind = cx.kind();
    let mut values = Labels::new();
    for label in wanted {
        if let Some(value) = kind.spec.node_selector.get(label) {
            values.insert(label.clone(), value.clone());
        }
    }
    let mut source = "the pod's nodeSelector".to_owned();
    if values.len() < wanted.len()
        && is_served(cx, kind)
        && let Some((other, pod)) = first_alike(cx, kind)
    {
        let labels = &cx.world.node(other).object.labels;
        for label in wanted
            .iter()
            .filter(|label| !kind.spec.node_selector.contains_key(*label))
        {
            if let Some(value) = labels.get(label) {
                values.insert(label.clone(), value.clone());
            }
        }
        source = format!("pod {pod} on node {}", cx.world.node(other).object.name);
    }
    let labels = &cx.world.node(node).object.labels;
    let broken = values
        .iter()
        .find(|(label, value)| labels.get(*label) != Some(*value));
    let Some((label, value)) = broken else {
        return Found::new();
    };
    let detail = format!("{source} fixes {label}={value}");
    vec![("node(s) didn't match service affinity".to_owned(), detail)]
}

fn selects(selector: &Labels, labels: &Labels) -> bool {
    !selector.is_empty()
        && selector
            .iter()
            .all(|(key, value)| labels.get(key) == Some(value))
}

fn is_served(cx: &Context<'_>, kind: &PodKind) -> bool {
    let services = cx.world.services.iter();
    let mut own = services.filter(|service| *service.namespace == *kind.namespace);
    own.any(|service| selects(&service.selector, &kind.labels))
}

/// The first pod of the namespace that has all labels of the judged one, and its node.
fn first_alike(cx: &Context<'_>, kind: &PodKind) -> Option<(NodeIx, String)> {
    let alike = |other: &PodKind| {
        let mut labels = kind.labels.iter();
        other.namespace == kind.namespace
            && labels.all(|(key, value)| other.labels.get(key) == Some(value))
    };
    cx.world.node_indexes().find_map(|node| {
        let mut pods = cx.world.on_node[node.index()].iter();
        let pod = pods.find(|pod| alike(cx.world.kind_of(**pod)))?;
        Some((node, cx.world.path(*pod)))
    })
}

#[cfg(test)]
mod tests {
    use super::super::RemovedRule;
    use super::*;
    use crate::domain::fit::object::workload::ServiceObject;
    use crate::domain::fit::profile::Minor;
    use crate::domain::fit::testing::{labels, node, pod, profile, world};
    use crate::domain::fit::world::WorldBuilder;

    #[test]
    fn labels_must_be_there_or_must_not_whatever_their_values() {
        let (world, pod) = world(vec![node("a-1")], vec![pod("p")]);
        let profile = profile();
        let cx = Context {
            world: &world,
            profile: &profile,
            pod,
        };
        let judge = |label: &str, presence| {
            let labels = vec![label.to_owned()];
            RemovedRule::LabelPresence { labels, presence }.judge(&cx, NodeIx::at(0))
        };
        assert!(judge("retiring", Wanted::Absent).is_none());
        assert!(judge("kubernetes.io/hostname", Wanted::Present).is_none());
        let refusal = judge("retiring", Wanted::Present).unwrap();
        assert_eq!(refusal.detail, "the node has no label retiring");
    }

    #[test]
    fn pods_of_a_service_stay_where_the_first_one_is() {
        let mut builder = WorldBuilder::new(Minor::NEWEST);
        builder.node(node("a-1"));
        builder.node(node("b-1"));
        builder.service(ServiceObject {
            namespace: "default".to_owned(),
            name: "web".to_owned(),
            selector: labels(&[("app", "web")]),
        });
        let web = |name: &str| {
            let mut pod = pod(name);
            pod.labels = labels(&[("app", "web")]);
            pod
        };
        let mut first = web("first");
        first.node = Some("b-1".to_owned());
        builder.pod(first);
        let pod = builder.pod(web("p")).unwrap();
        let (world, profile) = (builder.finish(), profile());
        let cx = Context {
            world: &world,
            profile: &profile,
            pod,
        };
        let labels = vec!["topology.kubernetes.io/zone".to_owned()];
        let rule = RemovedRule::ServiceAffinity { labels };
        assert!(rule.judge(&cx, NodeIx::at(1)).is_none());
        let refusal = rule.judge(&cx, NodeIx::at(0)).unwrap();
        assert_eq!(
            refusal.detail,
            "pod default/first on node b-1 fixes topology.kubernetes.io/zone=b"
        );
    }
}
