//! In which order nodes are emptied.

use crate::domain::node::Node;
use crate::domain::pod::Origin;
use crate::domain::snapshot::Snapshot;

/// Labels that name a node's zone; the second is the older one.
const ZONES: [&str; 2] = [
    "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/zone",
];

/// An order of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// As they were named.
    #[default]
    Given,
    /// By name.
    Name,
    /// Those with the fewest pods that leave first.
    FewestPods,
    /// Zone by zone, so that only one of them is short of nodes at a time.
    Zone,
}

impl Order {
    /// Sorts the names of nodes; where the order does not tell two apart, by name.
    pub fn sort(self, names: &mut [String], snapshot: &Snapshot) {
        match self {
            Order::Given => {}
            Order::Name => names.sort(),
            Order::FewestPods => {
                names.sort_by_cached_key(|name| (leaving(name, snapshot), name.clone()))
            }
            Order::Zone => names.sort_by_cached_key(|name| {
                let zone = snapshot.nodes.get(name).and_then(zone).map(str::to_owned);
                // Nodes without a zone come last.
                (zone.is_none(), zone, name.clone())
            }),
        }
    }
}

/// Counts the pods that a drain moves: neither those of DaemonSets nor mirrors of static ones.
fn leaving(name: &str, snapshot: &Snapshot) -> usize {
    let pods = snapshot.pods_on(name);
    pods.filter(|pod| pod.origin == Origin::Api && !pod.is_daemon())
        .count()
}

fn zone(node: &Node) -> Option<&str> {
    let mut zones = ZONES.iter().filter_map(|key| node.labels.get(*key));
    zones.next().map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{labels, node, pod, snapshot};

    fn sorted(order: Order) -> Vec<String> {
        let zoned = |name: &str, zone: &str| {
            let mut node = node(name);
            node.labels = labels(&[("topology.kubernetes.io/zone", zone)]);
            node
        };
        let snapshot = snapshot()
            .node(zoned("n3", "a"))
            .node(zoned("n1", "b"))
            .node(node("n2"))
            .node(zoned("n4", "a"))
            .pod(pod("shop/web-1").on("n1"))
            .pod(pod("shop/web-2").on("n4"))
            .pod(pod("shop/web-3").on("n4"))
            .pod(pod("shop/agent-1").on("n2").owned_by("DaemonSet", "agent"))
            .build();
        let mut names = ["n4", "n2", "n1", "n3"].map(str::to_owned).to_vec();
        order.sort(&mut names, &snapshot);
        names
    }

    #[test]
    fn every_order_is_what_its_name_says() {
        assert_eq!(sorted(Order::Given), ["n4", "n2", "n1", "n3"]);
        assert_eq!(sorted(Order::Name), ["n1", "n2", "n3", "n4"]);
        assert_eq!(sorted(Order::FewestPods), ["n2", "n3", "n1", "n4"]);
        assert_eq!(sorted(Order::Zone), ["n3", "n4", "n1", "n2"]);
    }
}
