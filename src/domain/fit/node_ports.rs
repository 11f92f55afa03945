//! NodePorts: one pod at a time has a port of the host.
//!
//! `::` is not taken for every address, conflicts inside one pod are not looked for, and plain init containers do not count;
//! source: `nodeports/node_ports.go`, `framework.HostPortInfo`.

use std::collections::HashMap;

use super::Context;
use super::evaluate::Verdict;
use super::marks::MarkSheet;
use super::object::pod::{ContainerKind, HostPort, PodSpec};
use super::plugin::{Code, Finding, NodeCheck, Plugin, Prepared, Refusal};
use super::world::{KindIx, NodeIx, PodIx, World};

struct Check<'w> {
    world: &'w World,
    /// For each refused node the port that is wanted and a kind of pods that has it.
    taken: HashMap<NodeIx, (&'w HostPort, KindIx)>,
}

pub(super) fn prepare<'w>(cx: &Context<'w>) -> Prepared<'w> {
    let wanted: Vec<&HostPort> = host_ports(&cx.kind().spec).collect();
    if wanted.is_empty() {
        return Prepared::Skipped;
    }
    let mut taken = HashMap::new();
    for (at, kind) in cx.world.kinds.iter().enumerate() {
        let conflict = wanted
            .iter()
            .find(|port| host_ports(&kind.spec).any(|other| conflicts(port, other)));
        let Some(port) = conflict else { continue };
        for node in kind.members.keys() {
            let kind = KindIx::at(at);
            if holds_after_removal(cx, kind, *node, &wanted) {
                taken.entry(*node).or_insert((*port, kind));
            }
        }
    }
    Prepared::Checks(Box::new(Check {
        world: cx.world,
        taken,
    }))
}

/// Tells whether a kind's pods on a node keep a wanted port there while preemption tries the node.
///
/// The scheduler keeps a set of ports for each node: of two pods with the very same port the first to be removed takes
/// it along, though the other, which is too important to be removed, stays.
fn holds_after_removal(cx: &Context<'_>, kind: KindIx, node: NodeIx, wanted: &[&HostPort]) -> bool {
    let removed = cx.world.removed().iter().filter(|(_, from)| *from == node);
    let removed: Vec<&PodSpec> = removed
        .map(|(pod, _)| &*cx.world.kind_of(*pod).spec)
        .collect();
    let holder = &cx.world.kinds[kind.index()].spec;
    let is_new = |pod: &PodIx| cx.world.pod(*pod).kind == kind;
    if removed.is_empty()
        || holder.priority < cx.kind().spec.priority
        || cx.added.iter().any(is_new)
    {
        return true;
    }
    let is_gone = |port: &HostPort| {
        let mut gone = removed.iter().flat_map(|spec| host_ports(spec));
        gone.any(|other| is_same(port, other))
    };
    host_ports(holder).any(|port| {
        let conflict = wanted.iter().any(|wanted| conflicts(wanted, port));
        conflict && !is_gone(port)
    })
}

/// Tells whether two ports are one entry of the scheduler's set.
fn is_same(a: &HostPort, b: &HostPort) -> bool {
    let address = |port: &'_ HostPort| match port.host_ip.as_str() {
        "" => "0.0.0.0".to_owned(),
        ip => ip.to_owned(),
    };
    a.port == b.port && protocol(a) == protocol(b) && address(a) == address(b)
}

/// Returns the host ports that count: those of containers and sidecars.
fn host_ports(spec: &PodSpec) -> impl Iterator<Item = &HostPort> {
    let sidecars = spec
        .init_containers
        .iter()
        .filter(|one| one.kind == ContainerKind::Sidecar);
    let ports = spec
        .containers
        .iter()
        .chain(sidecars)
        .flat_map(|one| &one.host_ports);
    ports.filter(|port| port.port > 0)
}

fn conflicts(a: &HostPort, b: &HostPort) -> bool {
    let every = |port: &HostPort| port.host_ip.is_empty() || port.host_ip == "0.0.0.0";
    a.port == b.port
        && protocol(a) == protocol(b)
        && (every(a) || every(b) || a.host_ip == b.host_ip)
}

fn protocol(port: &HostPort) -> &str {
    if port.protocol.is_empty() {
        "TCP"
    } else {
        &port.protocol
    }
}

impl NodeCheck for Check<'_> {
    fn finding(&self, node: NodeIx) -> Finding {
        let Some((port, kind)) = self.taken.get(&node) else {
            return Finding::Fits;
        };
        let on_node = self.world.on_node[node.index()].iter();
        let holder = on_node
            .copied()
            .find(|pod| self.world.pod(*pod).kind == *kind);
        let holder = holder.map_or_else(|| "another pod".to_owned(), |pod| self.world.path(pod));
        Finding::Refused(Refusal {
            plugin: Plugin::NodePorts,
            code: Code::Unschedulable,
            reasons: vec!["node(s) didn't have free ports for the requested pod ports".to_owned()],
            detail: format!(
                "host port {}/{} is taken by {holder}",
                port.port,
                protocol(port)
            ),
        })
    }

    fn verdict(&self, node: NodeIx) -> Verdict {
        match self.taken.contains_key(&node) {
            true => Verdict::Refused,
            false => Verdict::Fits,
        }
    }

    fn mark(&self, plugin: Plugin, marks: &mut MarkSheet) {
        for node in self.taken.keys() {
            marks.refuse(*node, plugin);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::evaluate::tests::{refusals, refusing};
    use super::super::object::pod::{Container, ContainerKind, HostPort, PodObject};
    use super::super::testing::{node, pod};

    fn with_port(name: &str, port: i32, protocol: &str, ip: &str) -> PodObject {
        let mut pod = pod(name);
        pod.spec.containers[0].host_ports = vec![HostPort {
            port,
            protocol: protocol.to_owned(),
            host_ip: ip.to_owned(),
        }];
        pod
    }

    fn conflict(existing: PodObject, new: PodObject) -> bool {
        let existing = PodObject {
            node: Some("a-1".to_owned()),
            ..existing
        };
        !refusing(vec![node("a-1")], vec![existing, new])[0].is_empty()
    }

    #[test]
    fn addresses_conflict_as_strings_and_only_ipv4_has_a_wildcard() {
        let cases = [
            ("", "", true),
            ("", "10.0.0.1", true),
            ("0.0.0.0", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("::", "10.0.0.1", false),
            ("::", "::", true),
        ];
        for (a, b, expected) in cases {
            let found = conflict(with_port("a", 80, "TCP", a), with_port("b", 80, "", b));
            assert_eq!(found, expected, "{a:?} {b:?}");
        }
        assert!(!conflict(
            with_port("a", 80, "UDP", ""),
            with_port("b", 80, "TCP", "")
        ));
    }

    #[test]
    fn sidecars_count_and_plain_init_containers_do_not() {
        let init = |kind| {
            let mut pod = with_port("a", 80, "TCP", "");
            let mut container = pod.spec.containers.remove(0);
            container.kind = kind;
            pod.spec.init_containers.push(container);
            pod.spec.containers.push(Container::default());
            pod
        };
        assert!(conflict(
            init(ContainerKind::Sidecar),
            with_port("b", 80, "TCP", "")
        ));
        assert!(!conflict(
            init(ContainerKind::Plain),
            with_port("b", 80, "TCP", "")
        ));
    }

    #[test]
    fn the_detail_names_port_and_holder() {
        let mut holder = with_port("holder", 80, "TCP", "");
        holder.node = Some("a-1".to_owned());
        let found = refusals(
            vec![node("a-1")],
            vec![holder, with_port("p", 80, "TCP", "")],
        );
        assert_eq!(
            found[0][0].detail,
            "host port 80/TCP is taken by default/holder"
        );
    }
}
