//! What pods ask for of the nodes that a drain changes, as a plan's document says it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::drain::load as domain;

/// One node before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeLoad {
    /// Its name.
    pub node: String,
    /// What happens to it.
    pub part: Part,
    /// What it gives to pods.
    pub allocatable: Load,
    /// What pods ask for now.
    pub before: Load,
    /// What they ask for when all pods that can leave have left, once all missing flags are given.
    pub after: Load,
}

/// What a drain does with a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Part {
    /// Its pods leave.
    Drained,
    /// Replacements land on it, or pods of lower priority leave it for them.
    Receives,
}

/// Amounts on one node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Load {
    /// Thousandths of a CPU.
    pub milli_cpu: i64,
    /// Bytes of memory.
    pub memory_bytes: i64,
    /// How many pods that have not finished.
    pub pods: i64,
}

impl From<&domain::NodeLoad> for NodeLoad {
    fn from(load: &domain::NodeLoad) -> NodeLoad {
        NodeLoad {
            node: load.node.clone(),
            part: match load.part {
                domain::Part::Drained => Part::Drained,
                domain::Part::Receives => Part::Receives,
            },
            allocatable: load.allocatable.into(),
            before: load.before.into(),
            after: load.after.into(),
        }
    }
}

impl From<domain::Load> for Load {
    fn from(load: domain::Load) -> Load {
        Load {
            milli_cpu: load.milli_cpu,
            memory_bytes: load.memory,
            pods: load.pods,
        }
    }
}
