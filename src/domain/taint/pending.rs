//! Pods that wait for a node: which of them a change of a node's taints shuts out of it, or lets in.
//!
//! Asked of the scheduler's own rules: a pod that does not fit the node for another reason loses nothing by a taint.

use super::Taint;
use super::entry::{Entry, entry};
use super::toleration::Comparisons;
use crate::domain::fit::evaluate::{Evaluation, FirstRefusal, evaluate};
use crate::domain::fit::plugin::{Plugin, Refusal};
use crate::domain::fit::profile::Profile;
use crate::domain::fit::world::{NodeIx, Place, PodIx, World};

/// A pod that waits, and what a change does to its chances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingPod {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// What happens to it.
    pub entry: Entry,
    /// The taint that it is about.
    pub taint: Taint,
}

/// One node's change.
#[derive(Debug, Clone, Copy)]
pub struct NodeChange<'a> {
    /// Its name.
    pub node: &'a str,
    /// Its taints before.
    pub before: &'a [Taint],
    /// Its taints after.
    pub after: &'a [Taint],
}

/// Returns for each change the pods of the world that wait and whose chances on that node change, by namespace and name.
pub fn pending(
    world: &mut World,
    changes: &[NodeChange<'_>],
    comparisons: Comparisons,
) -> Vec<Vec<PendingPod>> {
    let profile = Profile::default_of(world.minor);
    let waiting: Vec<PodIx> = (0..world.pods.len())
        .map(PodIx::at)
        .filter(|pod| world.pod(*pod).place == Place::Pending)
        .collect();
    let mut found: Vec<Vec<PendingPod>> = changes.iter().map(|_| Vec::new()).collect();
    for pod in waiting {
        let kind = world.kind_of(pod);
        let (namespace, tolerations) = (kind.namespace.clone(), kind.spec.tolerations.clone());
        let told: Vec<_> = changes
            .iter()
            .map(|one| entry(one.before, one.after, &tolerations, comparisons))
            .collect();
        if told.iter().all(Option::is_none) {
            continue;
        }
        let name = world.pod(pod).name.to_string();
        let nodes: Vec<_> = changes
            .iter()
            .map(|one| world.node_named(one.node))
            .collect();
        let evaluation = evaluate(world, &profile, pod);
        for ((told, node), list) in told.into_iter().zip(nodes).zip(&mut found) {
            if let (Some((entry, taint)), Some(node)) = (told, node)
                && taints_decide(&evaluation, node)
            {
                list.push(PendingPod {
                    namespace: namespace.to_string(),
                    name: name.clone(),
                    entry,
                    taint: taint.clone(),
                });
            }
        }
    }
    for list in &mut found {
        list.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
    }
    found
}

/// Tells whether nothing but taints keeps a pod off a node, as far as that can be judged.
fn taints_decide(evaluation: &Evaluation<'_>, node: NodeIx) -> bool {
    if evaluation.not_decided.is_some() || evaluation.prefilter.is_some() {
        return false;
    }
    let report = evaluation.node(node);
    let by_taints = |refusal: &Refusal| refusal.plugin == Plugin::TaintToleration;
    match &report.first {
        Some(FirstRefusal::Narrowed { .. }) => false,
        _ => report.refusals.iter().all(by_taints),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fit::object::node::{NodeObject, Unschedulable};
    use crate::domain::fit::object::pod::PodObject;
    use crate::domain::fit::testing::{labels, node, pod, world};
    use crate::domain::taint::Effect;
    use crate::testing::{taint, tolerates};

    /// What a change of one node from `before` to `after` does to pods that wait.
    fn found(node: NodeObject, after: &[Taint], pods: Vec<PodObject>) -> Vec<(String, Entry)> {
        let before = node.taints.clone();
        let name = node.name.clone();
        let (mut world, _) = world(vec![node], pods);
        let change = NodeChange {
            node: &name,
            before: &before,
            after,
        };
        let lists = pending(&mut world, &[change], Comparisons::Off);
        let only = lists.into_iter().next().unwrap();
        only.into_iter().map(|pod| (pod.name, pod.entry)).collect()
    }

    fn tolerant(name: &str) -> PodObject {
        let mut pod = pod(name);
        pod.spec.tolerations.push(tolerates("", None));
        pod
    }

    fn elsewhere(name: &str) -> PodObject {
        let mut pod = pod(name);
        pod.spec.node_selector = labels(&[("disk", "fast")]);
        pod
    }

    #[test]
    fn pods_that_fit_and_do_not_tolerate_are_shut_out() {
        let mut there = pod("there");
        there.node = Some("a-1".to_owned());
        let pods = vec![
            pod("plain"),
            tolerant("tolerant"),
            elsewhere("elsewhere"),
            there,
        ];
        let hard = [taint("a", "", Effect::NoSchedule)];
        let told = found(node("a-1"), &hard, pods.clone());
        assert_eq!(told, [("plain".to_owned(), Entry::ShutOut)]);
        let soft = [taint("a", "", Effect::PreferNoSchedule)];
        let told = found(node("a-1"), &soft, pods);
        assert_eq!(told, [("plain".to_owned(), Entry::Avoided)]);
    }

    #[test]
    fn pods_that_only_the_taint_kept_out_are_let_in() {
        let mut tainted = node("a-1");
        tainted.taints.push(taint("a", "", Effect::NoSchedule));
        let pods = vec![pod("plain"), tolerant("tolerant"), elsewhere("elsewhere")];
        let told = found(tainted.clone(), &[], pods.clone());
        assert_eq!(told, [("plain".to_owned(), Entry::LetIn)]);
        tainted.unschedulable = Unschedulable::Yes;
        assert!(found(tainted, &[], pods).is_empty(), "it is cordoned too");
    }
}
