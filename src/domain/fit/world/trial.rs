//! The dry run of preemption on one node: pods are taken off and put back one by one, and all is as before at its end.
//!
//! The scheduler does not count anew for it, it corrects what it has counted. Where that comes to something else, a rule
//! reads here which pods are away.

use super::World;
use super::rows::{NodeIx, PodIx};

impl World {
    /// Takes pods off their node for as long as `meanwhile` runs, which may put them back and take them off again;
    /// afterwards the node is as it was.
    pub fn trial<R>(
        &mut self,
        node: NodeIx,
        pods: &[PodIx],
        meanwhile: impl FnOnce(&mut World) -> R,
    ) -> R {
        let before = self.on_node[node.index()].clone();
        // Who came last leaves first: nobody has to be looked for.
        for pod in pods.iter().rev() {
            self.try_without(*pod, node);
        }
        let result = meanwhile(self);
        for (pod, node) in std::mem::take(&mut self.removed) {
            self.place(pod, node);
        }
        self.on_node[node.index()] = before;
        result
    }

    /// Takes a pod off the node of a trial.
    pub fn try_without(&mut self, pod: PodIx, node: NodeIx) {
        if self.take_away(pod).is_some() {
            self.removed.push((pod, node));
        }
    }

    /// Puts a pod back on the node of a trial.
    pub fn try_with(&mut self, pod: PodIx, node: NodeIx) {
        self.removed.retain(|(other, _)| *other != pod);
        self.place(pod, node);
    }

    /// Returns the pods that a trial took off its node, and that node; none outside of trials.
    pub fn removed(&self) -> &[(PodIx, NodeIx)] {
        &self.removed
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::fit::testing::{node, pod, resources, world};
    use crate::domain::fit::world::{NodeIx, PodIx};

    #[test]
    fn after_a_trial_the_node_is_as_it_was() {
        let pods = ["a", "b", "c"].map(|name| {
            let mut one = pod(name);
            one.node = Some("a-1".to_owned());
            one.spec.containers[0].requests = resources(&[("cpu", "1")]);
            one
        });
        let (mut world, _) = world(vec![node("a-1")], pods.to_vec());
        let on = NodeIx::at(0);
        let all = world.on_node[0].clone();
        world.trial(on, &all, |world| {
            assert_eq!(world.used[0].milli_cpu, 0);
            world.try_with(all[2], on);
            world.try_with(all[0], on);
            world.try_without(all[2], on);
            let away: Vec<PodIx> = world.removed().iter().map(|(pod, _)| *pod).collect();
            assert_eq!(away, [all[1], all[2]]);
            assert_eq!(world.used[0].milli_cpu, 1000);
        });
        assert_eq!(world.on_node[0], all);
        assert_eq!(world.used[0].milli_cpu, 3000);
        assert!(world.removed().is_empty());
    }
}
