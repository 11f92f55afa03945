//! `node.kubernetes.io/out-of-service`: a person's word that a machine is off, which the cluster believes.
//!
//! On a node that is not Ready, the pod garbage collector then deletes pods that are ending there without waiting for the
//! kubelet, and the attach-detach controller takes their volumes away at once instead of after six minutes; the key alone
//! counts, whatever the effect (KEP-2268, GA since 1.28). If the machine is alive after all, two copies of a pod write to the
//! same volume. Nothing in the cluster checks it, and nothing takes the taint away again.

use super::Taint;
use crate::domain::node::NodeHealth;

/// The key.
pub const KEY: &str = "node.kubernetes.io/out-of-service";

/// What the taint does, and what it can cost.
pub const DANGER: &str = "once the node is not Ready, pods that are ending on it are deleted without waiting for its kubelet, \
    and their volumes are detached at once: if the machine is still alive, two pods write to one volume and data is lost. \
    Switch the machine off first, and take the taint away yourself when it is back: nothing else does";

/// Tells whether a change declares a node lost that was not declared lost before.
pub fn declares(before: &[Taint], after: &[Taint]) -> bool {
    let has = |taints: &[Taint]| taints.iter().any(|taint| taint.key == KEY);
    has(after) && !has(before)
}

/// Says why a node must not be declared lost: its kubelet reports, so the machine is alive; `None` where it does not.
pub fn objection(health: NodeHealth) -> Option<&'static str> {
    match health {
        NodeHealth::Ready => {
            Some("its kubelet reports that the node is ready: the machine is alive")
        }
        NodeHealth::NotReady => {
            Some("its kubelet still reports (that the node is not ready): the machine is alive")
        }
        NodeHealth::Unreachable => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::taint::Effect;
    use crate::testing::taint;

    #[test]
    fn the_key_counts_whatever_the_effect_and_only_when_it_is_new() {
        let lost = |effect| [taint(KEY, "nodeshutdown", effect)];
        assert!(declares(&[], &lost(Effect::NoSchedule)));
        assert!(!declares(
            &lost(Effect::NoSchedule),
            &lost(Effect::NoExecute)
        ));
        assert!(!declares(&lost(Effect::NoExecute), &[]));
        assert!(!declares(&[], &[taint("a", "", Effect::NoExecute)]));
    }

    #[test]
    fn only_a_kubelet_that_is_silent_may_be_declared_lost() {
        assert!(objection(NodeHealth::Ready).is_some());
        assert!(objection(NodeHealth::NotReady).is_some());
        assert_eq!(objection(NodeHealth::Unreachable), None);
    }
}
