//! Which pods of the node join the drain: those of the first list, and those that came since.

use std::collections::BTreeSet;

use crate::domain::drain::fate::{self, Bearing, Fate};
use crate::domain::owner::OwnerLookup;
use crate::domain::pod::{ControllerRef, Pod};
use crate::engine::clock::Clock;
use crate::engine::cluster::{Cluster, Failure};

use super::Drain;

/// What became of the pods of a list that the drain did not know.
#[derive(Default)]
pub(super) struct Admitted {
    pub(super) leaving: usize,
    pub(super) staying: usize,
    pub(super) refused: Vec<String>,
}

/// What the last list shows.
pub(super) enum Verified {
    Empty,
    More,
    Refused(Vec<String>),
}

impl<C: Cluster, K: Clock> Drain<'_, C, K> {
    /// Looks at the node once more: pods that came since are judged and join the drain.
    pub(super) async fn verify(&mut self) -> Result<Verified, Failure> {
        let listed = self.list().await?;
        let events = self
            .schedule
            .reconcile(listed.items.clone(), self.clock.now());
        self.tell_all(events);
        let admitted = self.admit(listed.items).await;
        let finished = admitted.leaving == 0 && self.schedule.is_finished();
        Ok(match (admitted.refused.is_empty(), finished) {
            (false, _) => Verified::Refused(admitted.refused),
            (true, false) => Verified::More,
            (true, true) => Verified::Empty,
        })
    }

    /// Judges the pods that the drain does not know yet and takes in those that leave.
    pub(super) async fn admit(&mut self, pods: Vec<Pod>) -> Admitted {
        let mut unknown = pods;
        unknown.retain(|pod| !self.schedule.knows(&pod.id));
        self.look_up_owners(&unknown).await;
        let mut admitted = Admitted::default();
        let mut leaving = Vec::new();
        for pod in unknown {
            let judged = fate::judge(
                &pod,
                self.owner(&pod),
                &self.options.policy,
                self.clock.now(),
            );
            match judged.fate {
                Fate::Skip => admitted.staying += 1,
                Fate::Refused => admitted.refused.push(refusal(&pod, &judged)),
                Fate::Evict | Fate::Delete | Fate::Blocked => leaving.push(pod),
            }
        }
        if admitted.refused.is_empty() {
            admitted.leaving = leaving.len();
            leaving.into_iter().for_each(|pod| self.schedule.add(pod));
        }
        admitted
    }

    fn owner(&self, pod: &Pod) -> Option<&OwnerLookup> {
        let controller = pod.controller.clone()?;
        self.owners.get(&(pod.id.namespace.clone(), controller))
    }

    async fn look_up_owners(&mut self, pods: &[Pod]) {
        let wanted: BTreeSet<(String, ControllerRef)> = pods
            .iter()
            .filter_map(|pod| Some((pod.id.namespace.clone(), pod.controller.clone()?)))
            .filter(|key| !self.owners.contains_key(key))
            .collect();
        if !wanted.is_empty() {
            let wanted: Vec<_> = wanted.into_iter().collect();
            self.owners.extend(self.cluster.owners(&wanted).await);
        }
    }
}

/// Says why a pod that came during the drain cannot be removed.
fn refusal(pod: &Pod, judged: &fate::Judgement) -> String {
    let reasons: Vec<String> = judged
        .reasons
        .iter()
        .filter(|reason| reason.bearing == Bearing::Refuses)
        .map(|reason| format!("{} ({})", reason.message, reason.hint))
        .collect();
    format!(
        "pod {} came after the drain was planned and cannot be removed: {}",
        pod.id.path(),
        reasons.join("; ")
    )
}
