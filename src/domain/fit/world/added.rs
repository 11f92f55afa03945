//! Nodes that are added to a world which stands already.

use super::World;
use super::build::{amounts, classify};
use super::derived::Derived;
use super::free::Free;
use super::rows::{NodeIx, NodeRow, Place};
use crate::domain::fit::amount::Amounts;
use crate::domain::fit::object::node::NodeObject;

impl World {
    /// Adds nodes without pods, whose names no other node has. The numbers of the others change: nodes stand by name.
    pub fn add_nodes(&mut self, objects: Vec<NodeObject>) {
        for object in objects {
            let row = self.row(object);
            self.nodes.push(row);
            self.on_node.push(Vec::new());
            self.used.push(Amounts::default());
            self.non_zero.push((0, 0));
        }
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        order.sort_by(|a, b| {
            let name = |at: &usize| &self.nodes[*at].object.name;
            name(a).cmp(name(b))
        });
        let mut places = vec![NodeIx::at(0); order.len()];
        for (to, from) in order.iter().enumerate() {
            places[*from] = NodeIx::at(to);
        }
        self.move_nodes(&order, &places);
        self.free = Free::of(&self.nodes);
        for (at, row) in self.nodes.iter().enumerate() {
            let pods = self.on_node[at].len();
            self.free.update(NodeIx::at(at), row, &self.used[at], pods);
        }
        classify(self);
        self.derived = Derived::default();
    }

    fn row(&mut self, object: NodeObject) -> NodeRow {
        let scalars = &mut self.scalars;
        let allocatable = amounts(&object.allocatable, |name| {
            let at = scalars.iter().position(|known| known == name);
            let at = at.unwrap_or_else(|| {
                scalars.push(name.to_owned());
                scalars.len() - 1
            });
            u32::try_from(at).unwrap_or(u32::MAX)
        });
        let pods = object.allocatable.get("pods");
        NodeRow {
            pod_limit: pods.map_or(0, |pods| pods.value()),
            allocatable,
            object,
        }
    }

    /// Moves every node to its new place, and with it everything that is said of it.
    fn move_nodes(&mut self, order: &[usize], places: &[NodeIx]) {
        let mut nodes: Vec<Option<NodeRow>> = self.nodes.drain(..).map(Some).collect();
        self.nodes = order.iter().filter_map(|at| nodes[*at].take()).collect();
        self.on_node = picked(&self.on_node, order);
        self.used = picked(&self.used, order);
        self.non_zero = picked(&self.non_zero, order);
        let moved = |node: NodeIx| places[node.index()];
        for pod in &mut self.pods {
            if let Place::On(node) = &mut pod.place {
                *node = moved(*node);
            }
            pod.nominated = pod.nominated.map(moved);
        }
        for kind in &mut self.kinds {
            let members = kind.members.drain();
            let members: Vec<_> = members.map(|(node, count)| (moved(node), count)).collect();
            kind.members.extend(members);
        }
        let names = self.nodes.iter().enumerate();
        self.by_name = names
            .map(|(at, node)| (node.object.name.clone(), NodeIx::at(at)))
            .collect();
    }
}

fn picked<T: Clone>(list: &[T], order: &[usize]) -> Vec<T> {
    order.iter().map(|at| list[*at].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fit::evaluate::evaluate;
    use crate::domain::fit::object::pod::PodObject;
    use crate::domain::fit::testing::{node, pod, profile, resources, world};

    fn asking(name: &str, on: Option<&str>) -> PodObject {
        let mut pod = pod(name);
        pod.node = on.map(str::to_owned);
        pod.spec.containers[0].requests = resources(&[("cpu", "3"), ("example.com/disk", "1")]);
        pod
    }

    #[test]
    fn a_world_with_an_added_node_is_the_world_that_would_have_been_read() {
        let mut disk = node("b-1");
        disk.allocatable = resources(&[
            ("cpu", "4"),
            ("memory", "8Gi"),
            ("pods", "110"),
            ("example.com/disk", "2"),
        ]);
        let pods = || vec![asking("p", Some("c-1")), asking("q", None)];
        let (mut read, judged) = world(vec![node("a-1"), disk.clone(), node("c-1")], pods());
        let (mut added, _) = world(vec![node("a-1"), node("c-1")], pods());
        added.add_nodes(vec![disk]);
        let profile = profile();
        for world in [&mut read, &mut added] {
            assert_eq!(world.node_named("c-1"), Some(NodeIx::at(2)));
            assert_eq!(world.used[2].milli_cpu, 3000);
            assert_eq!(world.on_node[2].len(), 1);
            let kind = world.pods[0].kind;
            assert!(
                world.kinds[kind.index()]
                    .members
                    .contains_key(&NodeIx::at(2))
            );
            let evaluation = evaluate(world, &profile, judged);
            assert_eq!(evaluation.feasible(), [NodeIx::at(1)]);
        }
    }
}
