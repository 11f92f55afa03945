//! NodeName: a pod that already names its node fits that node alone (the older "HostName"; it never was about host names).

use super::Context;
use super::plugin::{Code, Finding, NodeCheck, Plugin, Prepared, Refusal};
use super::world::{NodeIx, Place, World};

struct Check<'w> {
    world: &'w World,
    wanted: &'w str,
}

pub(super) fn prepare<'w>(cx: &Context<'w>) -> Prepared<'w> {
    match &cx.row().place {
        Place::Lost(wanted) => Prepared::Checks(Box::new(Check {
            world: cx.world,
            wanted,
        })),
        Place::Pending | Place::On(_) => Prepared::Skipped,
    }
}

impl NodeCheck for Check<'_> {
    fn finding(&self, node: NodeIx) -> Finding {
        if self.world.node(node).object.name == self.wanted {
            return Finding::Fits;
        }
        Finding::Refused(Refusal {
            plugin: Plugin::NodeName,
            code: Code::UnschedulableAndUnresolvable,
            reasons: vec!["node(s) didn't match the requested node name".to_owned()],
            detail: format!("the pod names node {}", self.wanted),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::evaluate::tests::refusals;
    use super::super::plugin::Code;
    use super::super::testing::{node, pod};

    #[test]
    fn the_name_of_a_node_is_meant_and_not_its_host_name() {
        let mut named = pod("p");
        named.node = Some("gone".to_owned());
        let mut host = node("b-1");
        let label = "kubernetes.io/hostname".to_owned();
        host.labels.insert(label, "gone".to_owned());
        for found in refusals(vec![node("a-1"), host], vec![named]) {
            assert_eq!(found[0].code, Code::UnschedulableAndUnresolvable);
            assert_eq!(
                found[0].reasons,
                ["node(s) didn't match the requested node name"]
            );
        }
    }
}
