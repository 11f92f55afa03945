//! The rows of a world and the numbers that name them.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use jiff::Timestamp;

use super::super::amount::{Amounts, Usage};
use super::super::object::claim::ExtendedClaim;
use super::super::object::node::NodeObject;
use super::super::object::pod::{Life, PodSpec, Preempted};
use crate::domain::labels::Labels;
use crate::domain::pod::ControllerRef;

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            /// Names the row at a place.
            pub fn at(index: usize) -> $name {
                // More rows than 32 bits can name do not fit any machine's memory.
                $name(u32::try_from(index).unwrap_or(u32::MAX))
            }

            /// Returns the row's place.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index!(
    /// Names a node of a world.
    NodeIx
);
index!(
    /// Names a pod of a world.
    PodIx
);
index!(
    /// Names a kind of pod of a world.
    KindIx
);

/// A node.
#[derive(Debug)]
pub struct NodeRow {
    /// What was read of it.
    pub object: NodeObject,
    /// What it offers.
    pub allocatable: Amounts,
    /// How many pods it takes.
    pub pod_limit: i64,
}

/// Nodes that static rules cannot tell apart.
///
/// The host name label is left out of the comparison: a rule that reads it, or the name, must look at each node.
#[derive(Debug)]
pub struct NodeClass {
    /// One of them.
    pub example: NodeIx,
    /// All of them.
    pub nodes: Vec<NodeIx>,
}

/// Where a pod is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Not bound to a node.
    Pending,
    /// On this node.
    On(NodeIx),
    /// On a node that is not there (any more): it counts nowhere.
    Lost(Box<str>),
}

/// A pod.
#[derive(Debug)]
pub struct PodRow {
    /// What it shares with its like.
    pub kind: KindIx,
    /// The kind of the other pod that the row can stand for, see [`Standing`].
    pub(super) other_kind: KindIx,
    /// `metadata.name`.
    pub name: Box<str>,
    /// `metadata.uid`.
    pub uid: Box<str>,
    /// Where it is.
    pub place: Place,
    /// `status.nominatedNodeName`, where that node exists.
    pub nominated: Option<NodeIx>,
    /// Whether it is being deleted.
    pub life: Life,
    /// What it takes of a node that it is on.
    pub usage: Arc<Usage>,
    /// `metadata.creationTimestamp`.
    pub created: Option<Timestamp>,
    /// `status.startTime`.
    pub started: Option<Timestamp>,
    /// The owner with `controller: true`.
    pub controller: Option<Arc<ControllerRef>>,
    /// What few pods have.
    pub extra: Option<Box<PodExtra>>,
    /// Whether the pod itself looks for a node, or the one that follows it.
    pub standing: Standing,
}

/// Which pod a row stands for while it looks for a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Standing {
    /// The one that was read, with its UID and the claims that were made for it.
    #[default]
    AsRead,
    /// The one that its controller makes in its stead: claims that live and die with a pod are made anew for it.
    Successor,
}

/// What few pods have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PodExtra {
    /// `status.resourceClaimStatuses`.
    pub claim_names: Vec<(String, Option<String>)>,
    /// `status.extendedResourceClaimStatus`.
    pub extended_claim: Option<ExtendedClaim>,
    /// Whether the scheduler made it leave for another pod.
    pub preempted: Preempted,
}

/// Pods of one namespace, one set of labels and one template.
#[derive(Debug)]
pub struct PodKind {
    /// `metadata.namespace`.
    pub namespace: Arc<str>,
    /// `metadata.labels`.
    pub labels: Arc<Labels>,
    /// The template.
    pub spec: Arc<PodSpec>,
    /// What a new pod of the kind asks for.
    pub usage: Arc<Usage>,
    /// How many are on each node.
    pub members: ByNode<Members>,
}

/// Something for some of the nodes.
pub type ByNode<T> = HashMap<NodeIx, T, BuildHasherDefault<RowHasher>>;

/// Hashes the number of a row: numbers are ours, so nobody chooses them to collide.
#[derive(Debug, Default, Clone, Copy)]
pub struct RowHasher(u64);

impl Hasher for RowHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        // Fibonacci hashing; the table reads the upper and the lower bits.
        let mixed = (self.0 ^ u64::from(number)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ (mixed >> 32);
    }
}

/// How many pods of a kind are on a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Members {
    /// Those that are not being deleted.
    pub active: u32,
    /// Those that are.
    pub terminating: u32,
}

impl Members {
    /// Returns both together.
    pub fn all(self) -> u32 {
        self.active + self.terminating
    }
}
