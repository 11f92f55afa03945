//! What is wrong with a pod that somebody wants to leave.

use jiff::Timestamp;

use crate::domain::budget::Budget;
use crate::domain::diagnose::{Cause, Facts, Finding, NodeState, diagnose};
use crate::domain::node::Node;
use crate::domain::pod::Pod;

/// Looks at a pod on its node.
pub(super) fn findings(
    pod: &Pod,
    budgets: &[&Budget],
    node: &Node,
    now: Timestamp,
) -> Vec<Finding> {
    let mut findings = diagnose(&Facts {
        node: NodeState::Known(node.health),
        budgets,
        ..Facts::new(pod, now)
    });
    // The reasons of its fate say so already.
    findings.retain(|finding| finding.cause != Cause::Finished);
    findings
}
