//! The node as the scheduler reads it.

use super::Resources;
use crate::domain::labels::Labels;
use crate::domain::taint::Taint;

/// A node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NodeObject {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.labels`.
    pub labels: Labels,
    /// Annotation `scheduler.alpha.kubernetes.io/preferAvoidPods`: kind and UID of each `podSignature.podController`; read
    /// only by a rule that upstream removed.
    pub prefer_avoid_pods: Vec<(String, String)>,
    /// `spec.unschedulable`.
    pub unschedulable: Unschedulable,
    /// `spec.taints`, in order.
    pub taints: Vec<Taint>,
    /// `status.allocatable`.
    pub allocatable: Resources,
    /// `status.conditions`: type and status; read only by rules that upstream removed.
    pub conditions: Vec<(String, String)>,
    /// `status.images`: names and size in bytes.
    pub images: Vec<NodeImage>,
    /// `status.declaredFeatures`, in order.
    pub declared_features: Vec<String>,
}

/// `spec.unschedulable`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Unschedulable {
    /// False or absent.
    #[default]
    No,
    /// True: cordoned.
    Yes,
}

/// One entry of `status.images`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeImage {
    /// All names of the image.
    pub names: Vec<String>,
    /// `sizeBytes`.
    pub size_bytes: i64,
}
