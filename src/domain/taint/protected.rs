//! Taints that Kubernetes itself keeps on a node: a replaced or cleared list must not lose them by accident.
//!
//! An erased `node.kubernetes.io/unschedulable` comes back within milliseconds; an erased
//! `node.kubernetes.io/out-of-service` or `uninitialized` does not, and pods start where none may.

use super::Taint;
use super::spec::Removal;

/// Prefixes of the keys that the node lifecycle controller, the kubelet and cloud providers write.
const PREFIXES: [&str; 2] = ["node.kubernetes.io/", "node.cloudprovider.kubernetes.io/"];

/// Tells whether Kubernetes itself owns taints of this key.
pub fn is_built_in(key: &str) -> bool {
    PREFIXES.iter().any(|prefix| key.starts_with(prefix))
}

/// Returns the built-in taints of `old` that `new` lost without being told to, in their order.
pub fn lost<'a>(old: &'a [Taint], new: &[Taint], named: &[Removal]) -> Vec<&'a Taint> {
    let is_named = |taint: &Taint| named.iter().any(|r| r.matches(&taint.key, taint.effect));
    old.iter()
        .filter(|taint| is_built_in(&taint.key) && !is_named(taint))
        .filter(|taint| !new.iter().any(|n| n.same_place(taint)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::taint::spec::parse_addition;

    #[test]
    fn what_is_built_in() {
        for key in [
            "node.kubernetes.io/unschedulable",
            "node.kubernetes.io/out-of-service",
            "node.cloudprovider.kubernetes.io/uninitialized",
        ] {
            assert!(is_built_in(key), "{key}");
        }
        for key in [
            "node-role.kubernetes.io/control-plane",
            "dedicated",
            "example.com/node.kubernetes.io",
            "node.kubernetes.io",
        ] {
            assert!(!is_built_in(key), "{key}");
        }
    }

    #[test]
    fn only_what_is_missing_and_not_named_is_lost() {
        let taint = |text| parse_addition(text).unwrap();
        let old = [
            taint("node.kubernetes.io/a:NoSchedule"),
            taint("node.kubernetes.io/a:NoExecute"),
            taint("node.kubernetes.io/b:NoSchedule"),
            taint("mine:NoSchedule"),
        ];
        let new = [taint("node.kubernetes.io/b=x:NoSchedule")];
        let one = Removal::parse("node.kubernetes.io/a:NoExecute").unwrap();
        assert_eq!(lost(&old, &new, &[one]), [&old[0]]);
        let key = Removal::parse("node.kubernetes.io/a").unwrap();
        assert!(lost(&old, &new, &[key]).is_empty());
    }
}
