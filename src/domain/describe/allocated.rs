//! The table of allocated resources: what the pods of a node have of it, and what would be left on it after a drain.
//!
//! Source: `describeNodeResource` in kubectl's `pkg/describe/describe.go` (1.37): which resources have a row and in which
//! order, what a percentage is of, and that it is cut off and not rounded.

use super::NodeFacts;
use super::load::Load;
use crate::domain::fit::object::Resources;
use crate::domain::quantity::Quantity;

/// An amount and its part of what the node can give, in whole percent; `None` where kubectl shows none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The amount.
    pub amount: Quantity,
    /// The part.
    pub percent: Option<i64>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocated {
    /// The resource.
    pub resource: String,
    /// What the node has; `None` where it does not say.
    pub capacity: Option<Quantity>,
    /// What it gives to pods; `None` where it does not say.
    pub allocatable: Option<Quantity>,
    /// What pods ask for.
    pub requests: Share,
    /// What they may use.
    pub limits: Share,
    /// What the pods ask for that stay after a drain.
    pub after_drain: Share,
}

/// The resources that always have a row.
const STANDARD: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

/// Sums up the pods of a node that have not finished, in the order in which the server lists them.
pub(super) fn table<'a>(
    node: &NodeFacts,
    pods: impl Iterator<Item = (&'a Load, Stays)> + Clone,
) -> Vec<Allocated> {
    let requests = sum(pods.clone().map(|(load, _)| &load.requests));
    let limits = sum(pods.clone().map(|(load, _)| &load.limits));
    let staying = pods.filter(|(_, stays)| *stays == Stays::Yes);
    let after = sum(staying.map(|(load, _)| &load.requests));
    let available = available(node);
    let of = |amounts: &Resources, name: &str| amounts.get(name).copied().unwrap_or_default();
    let names = names(available);
    let row = |name: &str| {
        let whole = of(available, name);
        Allocated {
            resource: name.to_owned(),
            capacity: node.capacity.get(name).copied(),
            allocatable: node.allocatable.get(name).copied(),
            requests: share(name, of(&requests, name), whole),
            limits: share(name, of(&limits, name), whole),
            after_drain: share(name, of(&after, name), whole),
        }
    };
    names.into_iter().map(row).collect()
}

/// Tells whether a pod is still there after a drain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stays {
    Yes,
    No,
}

/// What percentages are of.
fn available(node: &NodeFacts) -> &Resources {
    match node.allocatable.is_empty() {
        true => &node.capacity,
        false => &node.allocatable,
    }
}

/// Huge pages come behind the standard resources, then whatever else there is but the number of pods.
fn names(available: &Resources) -> Vec<&str> {
    let other = available.keys().map(String::as_str);
    let other = other.filter(|name| !STANDARD.contains(name) && *name != "pods");
    let (pages, extended): (Vec<&str>, Vec<&str>) = other.partition(|name| is_huge(name));
    STANDARD.into_iter().chain(pages).chain(extended).collect()
}

fn is_huge(name: &str) -> bool {
    name.starts_with("hugepages-")
}

fn share(name: &str, amount: Quantity, whole: Quantity) -> Share {
    let has_percent = STANDARD.contains(&name) || is_huge(name);
    Share {
        amount,
        percent: has_percent.then(|| percent(name, amount, whole)),
    }
}

/// Cut off, of a quotient in floating point, as Go computes it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "kubectl computes it in 64-bit floating point and cuts it off"
)]
fn percent(name: &str, amount: Quantity, whole: Quantity) -> i64 {
    let (part, whole) = match name {
        "cpu" => (amount.milli_value(), whole.milli_value()),
        _ => (amount.value(), whole.value()),
    };
    match whole {
        0 => 0,
        whole => (part as f64 / whole as f64 * 100.0) as i64,
    }
}

/// Adds up; the first amount of each resource decides how the sum is written.
fn sum<'a>(parts: impl Iterator<Item = &'a Resources>) -> Resources {
    let mut total = Resources::new();
    for (name, amount) in parts.flatten() {
        let entry = total.entry(name.clone()).or_default();
        *entry = *entry + *amount;
    }
    total
}
