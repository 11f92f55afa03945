//! Nodes.

use super::super::error::ConvertError;
use super::super::meta::{Condition, Meta, OwnerReference};
use super::super::node::Taint;
use super::amount::{Amounts, resources};
use super::here::Here;
use super::slim;
use crate::domain::fit::object::node::{NodeImage, NodeObject, Unschedulable};

const KIND: &str = "Node";

slim!(Node {
    metadata: Meta<Annotations>,
    spec: NodeSpec,
    status: NodeStatus,
});

slim!(Annotations {
    #[serde(rename = "scheduler.alpha.kubernetes.io/preferAvoidPods")]
    prefer_avoid_pods: Option<String>,
});

slim!(NodeSpec {
    unschedulable: bool,
    taints: Vec<Taint>,
});

slim!(NodeStatus {
    allocatable: Amounts,
    conditions: Vec<Condition>,
    images: Vec<Image>,
    declared_features: Vec<String>,
});

slim!(Image {
    names: Vec<String>,
    size_bytes: i64,
});

slim!(AvoidPods {
    prefer_avoid_pods: Vec<AvoidPod>,
});

slim!(AvoidPod {
    pod_signature: Signature
});

slim!(Signature {
    pod_controller: OwnerReference,
});

/// Reads the controllers whose pods should stay away; text that is not what it should be names none, as it did upstream.
fn avoided(annotation: Option<&str>) -> Vec<(String, String)> {
    let avoid: AvoidPods = annotation
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let controllers = avoid.prefer_avoid_pods.into_iter();
    controllers
        .map(|pod| pod.pod_signature.pod_controller)
        .map(|controller| (controller.kind, controller.uid))
        .collect()
}

impl TryFrom<Node> for NodeObject {
    type Error = ConvertError;

    fn try_from(node: Node) -> Result<Self, ConvertError> {
        let Node {
            metadata,
            spec,
            status,
        } = node;
        let here = Here::at(KIND, &metadata)?;
        let taints = spec.taints.into_iter().enumerate();
        let taints = taints
            .map(|(index, taint)| taint.into_domain(&metadata.describe(KIND), index))
            .collect::<Result<_, _>>()?;
        let allocatable = || "status.allocatable".to_owned();
        let allocatable = resources(status.allocatable, here, &allocatable)?;
        let condition = |condition: Condition| (condition.kind, condition.status);
        let image = |image: Image| NodeImage {
            names: image.names,
            size_bytes: image.size_bytes,
        };
        Ok(NodeObject {
            taints,
            allocatable,
            prefer_avoid_pods: avoided(metadata.annotations.prefer_avoid_pods.as_deref()),
            unschedulable: match spec.unschedulable {
                true => Unschedulable::Yes,
                false => Unschedulable::No,
            },
            conditions: status.conditions.into_iter().map(condition).collect(),
            images: status.images.into_iter().map(image).collect(),
            declared_features: status.declared_features,
            name: metadata.name,
            labels: metadata.labels,
        })
    }
}
