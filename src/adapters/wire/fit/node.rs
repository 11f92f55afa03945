//! Nodes.

use super::super::error::ConvertError;
use super::super::meta::{Condition, Meta};
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
            prefer_avoid_pods: metadata.annotations.prefer_avoid_pods,
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
