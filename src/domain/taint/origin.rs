//! Where a taint comes from and how old it is, as far as the cluster tells.
//!
//! Keys that Kubernetes and its well-known companions write are known by name. `timeAdded` is set by controllers alone; for
//! the others there is `managedFields`, which remembers the last write of the list as a whole.

use jiff::Timestamp;

use super::{Taint, out_of_service};
use crate::domain::mark::Mark;
use crate::domain::node::Node;

/// Who puts taints of a key on nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// The node lifecycle controller, from the node's conditions.
    NodeLifecycle,
    /// The node lifecycle controller, because the node is cordoned.
    Cordon,
    /// The kubelet or the cloud controller, until the node is set up, or while its machine is off.
    CloudProvider,
    /// kubeadm, on control-plane nodes.
    Kubeadm,
    /// The cluster autoscaler.
    ClusterAutoscaler,
    /// Karpenter.
    Karpenter,
    /// A person, who says that the machine is off.
    Person,
}

/// Keys with their authors and what the taint says; a key that ends in `/` stands for all under it.
const KNOWN: [(&str, Author, &str); 15] = [
    (
        "node.kubernetes.io/not-ready",
        Author::NodeLifecycle,
        "the node's Ready condition is False",
    ),
    (
        "node.kubernetes.io/unreachable",
        Author::NodeLifecycle,
        "the node's Ready condition is Unknown: its kubelet does not report",
    ),
    (
        "node.kubernetes.io/memory-pressure",
        Author::NodeLifecycle,
        "the kubelet reports that memory runs out",
    ),
    (
        "node.kubernetes.io/disk-pressure",
        Author::NodeLifecycle,
        "the kubelet reports that the disk runs full",
    ),
    (
        "node.kubernetes.io/pid-pressure",
        Author::NodeLifecycle,
        "the kubelet reports that process IDs run out",
    ),
    (
        "node.kubernetes.io/network-unavailable",
        Author::NodeLifecycle,
        "the node's network is not set up",
    ),
    (
        "node.kubernetes.io/unschedulable",
        Author::Cordon,
        "the node is cordoned",
    ),
    (
        out_of_service::KEY,
        Author::Person,
        "somebody declared the machine lost; nothing takes it away again",
    ),
    (
        "node.cloudprovider.kubernetes.io/uninitialized",
        Author::CloudProvider,
        "the cloud controller has not set the node up yet",
    ),
    (
        "node.cloudprovider.kubernetes.io/shutdown",
        Author::CloudProvider,
        "the cloud says that the machine is off",
    ),
    (
        "node-role.kubernetes.io/control-plane",
        Author::Kubeadm,
        "the node runs the control plane",
    ),
    (
        "node-role.kubernetes.io/master",
        Author::Kubeadm,
        "the node runs the control plane (the name of before 1.25)",
    ),
    (
        "ToBeDeletedByClusterAutoscaler",
        Author::ClusterAutoscaler,
        "the autoscaler is about to delete the node",
    ),
    (
        "DeletionCandidateOfClusterAutoscaler",
        Author::ClusterAutoscaler,
        "the autoscaler thinks that the node is not needed",
    ),
    (
        "karpenter.sh/",
        Author::Karpenter,
        "Karpenter is setting the node up or replacing it",
    ),
];

/// What is known of where a taint comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// Who writes taints of this key, and what it says; `None` for keys that anybody may choose.
    pub known: Option<(Author, &'static str)>,
    /// The program that wrote the node's list last, by the name that it gave itself.
    pub last_writer: Option<String>,
    /// Who cordoned the node, where this taint is that of the cordon and a note was left.
    pub mark: Option<Mark>,
}

/// How long a taint has been there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// Since then: `timeAdded`.
    Since(Timestamp),
    /// Since then or longer: the list was last written then, and held it.
    SinceOrBefore(Timestamp),
    /// Nothing tells.
    Unknown,
}

/// Tells where a node's taint comes from.
pub fn origin(node: &Node, taint: &Taint) -> Origin {
    let known = KNOWN.iter().find(|(key, ..)| match key.ends_with('/') {
        true => taint.key.starts_with(key),
        false => taint.key == *key,
    });
    let author = known.map(|(_, author, says)| (*author, *says));
    Origin {
        known: author,
        last_writer: node.taints_written.as_ref().map(|write| write.by.clone()),
        mark: match author {
            Some((Author::Cordon, _)) => Mark::read(&node.annotations),
            _ => None,
        },
    }
}

/// Tells how old a node's taint is.
pub fn age(node: &Node, taint: &Taint) -> Age {
    match (taint.time_added, &node.taints_written) {
        (Some(time), _) => Age::Since(time),
        (None, Some(write)) => Age::SinceOrBefore(write.at),
        (None, None) => Age::Unknown,
    }
}

impl Author {
    /// Returns the author's name.
    pub fn name(self) -> &'static str {
        match self {
            Author::NodeLifecycle | Author::Cordon => "node lifecycle controller",
            Author::CloudProvider => "cloud provider",
            Author::Kubeadm => "kubeadm",
            Author::ClusterAutoscaler => "cluster autoscaler",
            Author::Karpenter => "Karpenter",
            Author::Person => "a person or a recovery tool",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::node::ListWrite;
    use crate::domain::taint::Effect;
    use crate::testing::{node, now, taint};

    fn author(key: &str) -> Option<Author> {
        let found = origin(&node("n"), &taint(key, "", Effect::NoSchedule));
        found.known.map(|(author, _)| author)
    }

    #[test]
    fn well_known_keys_have_authors_and_others_have_none() {
        use Author::{CloudProvider, ClusterAutoscaler, Cordon, Karpenter, Kubeadm};
        for (key, expected) in [
            ("node.kubernetes.io/not-ready", Some(Author::NodeLifecycle)),
            ("node.kubernetes.io/unschedulable", Some(Cordon)),
            ("node.kubernetes.io/out-of-service", Some(Author::Person)),
            (
                "node.cloudprovider.kubernetes.io/shutdown",
                Some(CloudProvider),
            ),
            ("node-role.kubernetes.io/control-plane", Some(Kubeadm)),
            ("ToBeDeletedByClusterAutoscaler", Some(ClusterAutoscaler)),
            ("karpenter.sh/disrupted", Some(Karpenter)),
            ("karpenter.sh", None),
            ("dedicated", None),
            ("node.kubernetes.io/novelty", None),
        ] {
            assert_eq!(author(key), expected, "{key}");
        }
    }

    #[test]
    fn the_taint_of_a_cordon_says_who_cordoned() {
        let mut node = node("n");
        let mark = Mark::new("ada", now(), Some("disk"), None);
        for (key, value) in mark.annotations() {
            node.annotations
                .extend(value.map(|value| (key.to_owned(), value)));
        }
        let cordon = taint("node.kubernetes.io/unschedulable", "", Effect::NoSchedule);
        assert_eq!(origin(&node, &cordon).mark, Some(mark));
        let other = taint("dedicated", "db", Effect::NoSchedule);
        assert_eq!(origin(&node, &other).mark, None);
    }

    #[test]
    fn the_age_is_exact_where_a_controller_wrote_it_down_and_a_bound_elsewhere() {
        let mut node = node("n");
        let mut one = taint("a", "", Effect::NoExecute);
        assert_eq!(age(&node, &one), Age::Unknown);
        node.taints_written = Some(ListWrite {
            by: "kubectl-taint".to_owned(),
            at: now(),
        });
        assert_eq!(age(&node, &one), Age::SinceOrBefore(now()));
        assert_eq!(
            origin(&node, &one).last_writer.as_deref(),
            Some("kubectl-taint")
        );
        one.time_added = Some(now());
        assert_eq!(age(&node, &one), Age::Since(now()));
    }
}
