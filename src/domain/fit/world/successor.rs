//! The labels of the pod that follows a running one: admission writes a node's zone and region to its pods, and a successor
//! that kept them would be drawn to, or kept from, the place of its predecessor.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::object::workload::{TOPOLOGY_LABELS, WorkloadKind};
use super::build::{WorldBuilder, share};
use super::rows::{KindIx, PodIx, PodRow};
use crate::domain::labels::Labels;
use crate::domain::pod::ControllerRef;

/// The topology labels of templates that have any, by what their pods' owner references say.
type Templates = HashMap<(WorkloadKind, String, String), Labels>;

/// What decides about a successor's kind: the pod's kind and owner, and which labels its node has.
type Case = (
    KindIx,
    Option<Arc<ControllerRef>>,
    [bool; TOPOLOGY_LABELS.len()],
);

impl WorldBuilder {
    /// Works out the kind of every bound pod's successor.
    pub(super) fn foresee_successors(&mut self) {
        if !self.world.minor.labels_pods_by_topology().is_present() {
            return;
        }
        let templates = self.templates();
        let mut known: HashMap<Case, KindIx> = HashMap::new();
        for at in 0..self.world.pods.len() {
            let Some(written) = self.written(PodIx::at(at)) else {
                continue;
            };
            let row = &self.world.pods[at];
            let case = (row.kind, row.controller.clone(), written);
            let successor = match known.get(&case) {
                Some(kind) => *kind,
                None => {
                    let kind = self.successor(PodIx::at(at), written, &templates);
                    known.insert(case, kind);
                    kind
                }
            };
            self.world.pods[at].other_kind = successor;
        }
    }

    /// Of two workloads of one name the later stands.
    fn templates(&self) -> Templates {
        let mut templates = Templates::new();
        for workload in &self.world.workloads {
            let key = (
                workload.kind,
                workload.namespace.clone(),
                workload.name.clone(),
            );
            if workload.template_topology.is_empty() {
                templates.remove(&key);
            } else {
                templates.insert(key, workload.template_topology.clone());
            }
        }
        templates
    }

    /// Tells which of a bound pod's labels admission wrote: those that its node has too; all, where the node is gone.
    fn written(&self, pod: PodIx) -> Option<[bool; TOPOLOGY_LABELS.len()]> {
        let bound = self.bound_to(pod)?;
        let row = &self.world.pods[pod.index()];
        let labels = &self.world.kinds[row.kind.index()].labels;
        let node = self.world.node_named(bound);
        let node = node.map(|node| &self.world.nodes[node.index()].object.labels);
        let written = TOPOLOGY_LABELS.map(|key| {
            labels.contains_key(key) && node.is_none_or(|labels| labels.contains_key(key))
        });
        written.contains(&true).then_some(written)
    }

    fn successor(
        &mut self,
        pod: PodIx,
        written: [bool; TOPOLOGY_LABELS.len()],
        templates: &Templates,
    ) -> KindIx {
        let row = &self.world.pods[pod.index()];
        let kind = &self.world.kinds[row.kind.index()];
        let template = template(row, &kind.namespace, templates);
        let mut labels = Labels::clone(&kind.labels);
        for (key, _) in TOPOLOGY_LABELS.iter().zip(written).filter(|(_, yes)| *yes) {
            match template.and_then(|template| template.get(*key)) {
                Some(value) => labels.insert((*key).to_owned(), value.clone()),
                None => labels.remove(*key),
            };
        }
        let (namespace, spec) = (Arc::clone(&kind.namespace), Arc::clone(&kind.spec));
        let usage = Arc::clone(&kind.usage);
        let labels = share(&mut self.labels, labels);
        self.kind_of_shared((namespace, labels, spec), &usage)
    }
}

/// The topology labels that the owner's template sets.
fn template<'t>(row: &PodRow, namespace: &str, templates: &'t Templates) -> Option<&'t Labels> {
    let controller = row.controller.as_deref()?;
    let kind = WorkloadKind::of(controller)?;
    templates.get(&(kind, namespace.to_owned(), controller.name.clone()))
}

#[cfg(test)]
mod tests {
    use super::super::super::object::pod::PodObject;
    use super::super::super::object::workload::WorkloadObject;
    use super::super::super::profile::Minor;
    use super::super::super::testing::{labels, node, pod};
    use super::*;

    const ZONE: &str = "topology.kubernetes.io/zone";
    const REGION: &str = "topology.kubernetes.io/region";

    fn labelled(pairs: &[(&str, &str)], on: &str) -> PodObject {
        let mut pod = pod("p");
        pod.labels = labels(pairs);
        pod.node = Some(on.to_owned());
        pod.controller = Some(ControllerRef {
            api_version: "apps/v1".to_owned(),
            kind: "ReplicaSet".to_owned(),
            name: "web".to_owned(),
            uid: "u".to_owned(),
        });
        pod
    }

    /// The labels of a pod while it is there, while its successor is judged, and afterwards.
    fn seen(minor: Minor, template: &[(&str, &str)], pod: PodObject) -> [Labels; 3] {
        let mut builder = WorldBuilder::new(minor);
        // In zone a, without a region.
        builder.node(node("a-1"));
        let pod = builder.pod(pod).unwrap();
        builder.workload(WorkloadObject {
            kind: WorkloadKind::ReplicaSet,
            namespace: "default".to_owned(),
            name: "web".to_owned(),
            selector: None,
            template_topology: labels(template),
        });
        let mut world = builder.finish();
        let before = Labels::clone(&world.kind_of(pod).labels);
        let home = world.succeed(pod);
        let during = Labels::clone(&world.kind_of(pod).labels);
        assert_eq!(world.succeed(pod), None, "twice is once");
        assert_eq!(*world.kind_of(pod).labels, during);
        world.restore(pod, home);
        [before, during, Labels::clone(&world.kind_of(pod).labels)]
    }

    #[test]
    fn a_successor_has_not_the_zone_that_admission_wrote_to_its_predecessor() {
        let read = [("app", "web"), (ZONE, "a")];
        for minor in [Minor::V1_35, Minor::V1_36, Minor::V1_37] {
            let [before, during, after] = seen(minor, &[], labelled(&read, "a-1"));
            assert_eq!(before, labels(&read));
            assert_eq!(during, labels(&[("app", "web")]), "{minor}");
            assert_eq!(after, before);
        }
    }

    #[test]
    fn before_1_35_nobody_wrote_it_but_the_template() {
        let read = [(ZONE, "a")];
        let [_, during, _] = seen(Minor::V1_34, &[], labelled(&read, "a-1"));
        assert_eq!(during, labels(&read));
    }

    #[test]
    fn a_zone_of_the_template_comes_back_as_the_template_has_it() {
        let pod = labelled(&[(ZONE, "a")], "a-1");
        let [_, during, _] = seen(Minor::NEWEST, &[(ZONE, "b")], pod);
        assert_eq!(during, labels(&[(ZONE, "b")]));
    }

    #[test]
    fn a_label_that_the_node_has_not_is_the_pods_own() {
        let pod = labelled(&[(ZONE, "a"), (REGION, "r")], "a-1");
        let [_, during, _] = seen(Minor::NEWEST, &[], pod);
        assert_eq!(during, labels(&[(REGION, "r")]));
    }

    #[test]
    fn on_a_node_that_is_gone_every_topology_label_is_taken_for_written() {
        let pod = labelled(&[(ZONE, "a"), (REGION, "r")], "gone");
        let [_, during, _] = seen(Minor::NEWEST, &[], pod);
        assert_eq!(during, Labels::new());
    }

    #[test]
    fn a_pod_that_waits_keeps_its_labels() {
        let mut waiting = labelled(&[(ZONE, "a")], "a-1");
        waiting.node = None;
        let [_, during, _] = seen(Minor::NEWEST, &[], waiting);
        assert_eq!(during, labels(&[(ZONE, "a")]));
    }
}
