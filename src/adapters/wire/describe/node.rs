//! Nodes: conditions with their ages, what they have and give, what runs them.

use super::super::error::ConvertError;
use super::super::fit::amount::{Amounts, resources};
use super::super::fit::here::Here;
use super::super::fit::slim;
use super::super::meta::Meta;
use crate::domain::describe::{NodeCondition, NodeFacts};

slim!(Node {
    metadata: Meta,
    status: NodeStatus,
});

slim!(NodeStatus {
    capacity: Amounts,
    allocatable: Amounts,
    conditions: Vec<Condition>,
    node_info: NodeInfo,
});

slim!(Condition {
    r#type: String,
    status: String,
    reason: String,
    message: String,
    last_transition_time: Option<String>,
    last_heartbeat_time: Option<String>,
});

slim!(NodeInfo {
    kubelet_version: String,
    os_image: String,
    kernel_version: String,
    architecture: String,
    container_runtime_version: String,
});

impl Node {
    pub fn into_domain(self) -> Result<NodeFacts, ConvertError> {
        let Node { metadata, status } = self;
        let here = Here::at("Node", &metadata)?;
        let info = status.node_info;
        let system = [
            info.os_image,
            info.kernel_version,
            info.architecture,
            info.container_runtime_version,
        ];
        Ok(NodeFacts {
            created: metadata.created("Node")?,
            conditions: status
                .conditions
                .into_iter()
                .map(|condition| condition.into_domain(here))
                .collect::<Result<_, _>>()?,
            capacity: resources(status.capacity, here, &|| "status.capacity".to_owned())?,
            allocatable: resources(status.allocatable, here, &|| {
                "status.allocatable".to_owned()
            })?,
            kubelet: info.kubelet_version,
            system: system.into_iter().filter(|part| !part.is_empty()).collect(),
        })
    }
}

impl Condition {
    fn into_domain(self, here: Here<'_>) -> Result<NodeCondition, ConvertError> {
        let field = "status.conditions";
        Ok(NodeCondition {
            since: here.time(self.last_transition_time.as_deref(), field)?,
            heartbeat: here.time(self.last_heartbeat_time.as_deref(), field)?,
            kind: self.r#type,
            status: self.status,
            reason: self.reason,
            message: self.message,
        })
    }
}
