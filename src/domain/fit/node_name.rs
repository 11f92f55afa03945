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
