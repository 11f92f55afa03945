//! What if: anything may be done to a world for a while, and afterwards it is as it was.

use super::World;
use super::build::classify;
use super::rows::{NodeIx, Place, PodIx, Standing};
use crate::domain::fit::object::node::Unschedulable;
use crate::domain::taint::Taint;

/// What can be moved, of the whole world.
struct Picture {
    pods: Vec<(Place, Standing)>,
    on_node: Vec<Vec<PodIx>>,
    nodes: Vec<(Unschedulable, Vec<Taint>)>,
}

impl World {
    /// Lets pods be moved and nodes be cordoned as long as `act` runs; neither nodes nor pods may be added meanwhile.
    pub fn meanwhile<R>(&mut self, act: impl FnOnce(&mut World) -> R) -> R {
        let before = self.picture();
        let result = act(self);
        self.put_back(before);
        result
    }

    fn picture(&self) -> Picture {
        let pods = self.pods.iter();
        let nodes = self.nodes.iter().map(|node| &node.object);
        Picture {
            pods: pods.map(|pod| (pod.place.clone(), pod.standing)).collect(),
            on_node: self.on_node.clone(),
            nodes: nodes
                .map(|node| (node.unschedulable, node.taints.clone()))
                .collect(),
        }
    }

    fn put_back(&mut self, before: Picture) {
        let is_moved = |(at, (place, standing)): &(usize, (Place, Standing))| {
            let row = &self.pods[*at];
            row.place != *place || row.standing != *standing
        };
        let moved: Vec<(usize, (Place, Standing))> = before
            .pods
            .into_iter()
            .enumerate()
            .filter(is_moved)
            .collect();
        for (at, (_, standing)) in &moved {
            self.take_away(PodIx::at(*at));
            self.stand(PodIx::at(*at), *standing);
        }
        for (at, (place, _)) in moved {
            match place {
                Place::On(node) => self.place(PodIx::at(at), node),
                elsewhere => self.pods[at].place = elsewhere,
            }
        }
        self.on_node = before.on_node;
        self.open_again(before.nodes);
    }

    fn open_again(&mut self, before: Vec<(Unschedulable, Vec<Taint>)>) {
        let mut changed = Vec::new();
        for (at, (unschedulable, taints)) in before.into_iter().enumerate() {
            let object = &mut self.nodes[at].object;
            if object.unschedulable != unschedulable || object.taints != taints {
                object.unschedulable = unschedulable;
                object.taints = taints;
                changed.push(NodeIx::at(at));
            }
        }
        if !changed.is_empty() {
            classify(self);
            self.derived.forget_classes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fit::testing::{node, pod, resources, world};

    #[test]
    fn a_world_is_afterwards_as_it_was() {
        let mut first = pod("p");
        first.node = Some("a-1".to_owned());
        first.spec.containers[0].requests = resources(&[("cpu", "1")]);
        let mut second = first.clone();
        second.name = "q".to_owned();
        let (mut world, pod) = world(vec![node("a-1"), node("a-2")], vec![first, second]);
        let picture = |world: &World| {
            let used: Vec<i64> = world.used.iter().map(|one| one.milli_cpu).collect();
            let taints: Vec<usize> = world.nodes.iter().map(|n| n.object.taints.len()).collect();
            (world.on_node.clone(), used, taints, world.classes.len())
        };
        let before = picture(&world);
        world.meanwhile(|world| {
            world.cordon(NodeIx::at(0));
            world.succeed(PodIx::at(0));
            world.place(PodIx::at(0), NodeIx::at(1));
            world.take_away(pod);
            assert_ne!(picture(world), before);
        });
        assert_eq!(picture(&world), before);
        assert_eq!(world.pod(pod).place, Place::On(NodeIx::at(0)));
    }
}
