//! A pod's status, of which only what stands out is kept: a healthy pod's containers are skipped.

use jiff::Timestamp;
use serde::Deserialize;

use super::lenient::null_as_default;
use super::meta::Condition;
use crate::domain::symptoms::{
    ContainerRole, ContainerState as State, ContainerSymptom, Ended, Startup, Symptoms, Told,
};

/// A pod's `status`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PodStatus {
    /// `phase`.
    #[serde(deserialize_with = "null_as_default")]
    pub phase: String,
    /// `reason`.
    #[serde(deserialize_with = "null_as_default")]
    pub reason: String,
    /// `message`.
    #[serde(deserialize_with = "null_as_default")]
    pub message: String,
    /// `conditions`.
    #[serde(deserialize_with = "null_as_default")]
    pub conditions: Vec<Condition>,
    /// `containerStatuses`.
    #[serde(deserialize_with = "null_as_default")]
    pub container_statuses: Vec<ContainerStatus>,
    /// `initContainerStatuses`.
    #[serde(deserialize_with = "null_as_default")]
    pub init_container_statuses: Vec<ContainerStatus>,
}

/// One entry of `spec.readinessGates`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ReadinessGate {
    /// `conditionType`.
    #[serde(deserialize_with = "null_as_default")]
    pub condition_type: String,
}

/// One container's status.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ContainerStatus {
    /// `name`.
    #[serde(deserialize_with = "null_as_default")]
    pub name: String,
    /// `ready`.
    #[serde(deserialize_with = "null_as_default")]
    pub ready: bool,
    /// `started`.
    pub started: Option<bool>,
    /// `restartCount`.
    #[serde(deserialize_with = "null_as_default")]
    pub restart_count: i64,
    /// `state`.
    #[serde(deserialize_with = "null_as_default")]
    pub state: ContainerState,
    /// `lastState`.
    #[serde(deserialize_with = "null_as_default")]
    pub last_state: ContainerState,
}

/// `state` or `lastState` of a container; at most one of its parts is there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct ContainerState {
    /// `waiting`.
    pub waiting: Option<Waiting>,
    /// `running`.
    pub running: Option<Running>,
    /// `terminated`.
    pub terminated: Option<Terminated>,
}

/// A container that does not run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct Waiting {
    /// `reason`.
    #[serde(deserialize_with = "null_as_default")]
    pub reason: String,
    /// `message`.
    #[serde(deserialize_with = "null_as_default")]
    pub message: String,
}

/// A container that runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Running {
    /// `startedAt`, RFC 3339.
    pub started_at: Option<String>,
}

/// A container that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Terminated {
    /// `reason`.
    #[serde(deserialize_with = "null_as_default")]
    pub reason: String,
    /// `exitCode`.
    #[serde(deserialize_with = "null_as_default")]
    pub exit_code: i64,
    /// `finishedAt`, RFC 3339.
    pub finished_at: Option<String>,
}

/// Tells whether the pod is being deleted: then what still runs matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deleted {
    No,
    Yes,
}

impl PodStatus {
    /// Keeps what stands out; `None` where nothing does.
    pub(super) fn into_symptoms(
        self,
        finalizers: Vec<String>,
        deleted: Deleted,
        gates: &[ReadinessGate],
    ) -> Option<Symptoms> {
        let is_true = |kind: &str| {
            let condition = Condition::find(&self.conditions, kind);
            condition.is_some_and(|condition| condition.status == "True")
        };
        let is_well = self.phase == "Running" && is_true("Ready") && deleted == Deleted::No;
        if is_well && finalizers.is_empty() {
            return None;
        }
        let closed_gates = match is_true("ContainersReady") {
            true => gates
                .iter()
                .map(|gate| gate.condition_type.clone())
                .filter(|kind| !is_true(kind))
                .collect(),
            false => Vec::new(),
        };
        let unscheduled = Condition::find(&self.conditions, "PodScheduled")
            .filter(|condition| condition.status == "False")
            .map(|condition| Told {
                reason: condition.reason.clone(),
                message: condition.message.clone(),
            });
        let init = self.init_container_statuses.into_iter();
        let init = init.filter_map(|status| status.into_symptom(ContainerRole::Init, deleted));
        let app = self.container_statuses.into_iter();
        let app = app.filter_map(|status| status.into_symptom(ContainerRole::App, deleted));
        let symptoms = Symptoms {
            finalizers,
            unscheduled,
            status: Told {
                reason: self.reason,
                message: self.message,
            },
            closed_gates,
            containers: init.chain(app).collect(),
        };
        (symptoms != Symptoms::default()).then_some(symptoms)
    }
}

impl ContainerStatus {
    fn into_symptom(self, role: ContainerRole, deleted: Deleted) -> Option<ContainerSymptom> {
        let runs_well = self.ready && self.state.running.is_some() && deleted == Deleted::No;
        let ended = self.state.terminated.as_ref();
        let ended_well = ended.is_some_and(|ended| ended.exit_code == 0);
        if runs_well || ended_well {
            return None;
        }
        let startup = match self.started {
            Some(false) => Startup::Pending,
            Some(true) | None => Startup::Done,
        };
        Some(ContainerSymptom {
            name: self.name,
            role,
            state: self.state.into_domain(startup),
            restarts: self.restart_count,
            last: self.last_state.terminated.map(Terminated::into_domain),
        })
    }
}

impl ContainerState {
    /// The API says that a container without any state waits.
    fn into_domain(self, startup: Startup) -> State {
        match (self.terminated, self.running) {
            (Some(ended), _) => State::Terminated(ended.into_domain()),
            (None, Some(running)) => State::Running {
                since: time(running.started_at.as_deref()),
                startup,
            },
            (None, None) => {
                let waiting = self.waiting.unwrap_or_default();
                State::Waiting(Told {
                    reason: waiting.reason,
                    message: waiting.message,
                })
            }
        }
    }
}

impl Terminated {
    fn into_domain(self) -> Ended {
        Ended {
            at: time(self.finished_at.as_deref()),
            reason: self.reason,
            exit_code: self.exit_code,
        }
    }
}

/// Reads a time that only makes an explanation more precise: one that cannot be read is left out.
fn time(text: Option<&str>) -> Option<Timestamp> {
    text.and_then(|text| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::wire::Pod;
    use crate::domain::pod;

    fn symptoms(json: &str) -> Option<Symptoms> {
        let pod: pod::Pod = serde_json::from_str::<Pod>(json)
            .unwrap()
            .try_into()
            .unwrap();
        pod.symptoms.map(|symptoms| *symptoms)
    }

    const WELL: &str = r#"{"metadata": {"name": "p"}, "status": {"phase": "Running",
        "conditions": [{"type": "Ready", "status": "True"}],
        "containerStatuses": [{"name": "main", "ready": true, "state": {"running": {}}, "restartCount": 7}]}}"#;

    #[test]
    fn a_healthy_pod_has_none() {
        assert_eq!(symptoms(WELL), None);
        let finished = r#"{"metadata": {"name": "p"}, "status": {"phase": "Succeeded",
            "containerStatuses": [{"name": "main", "state": {"terminated": {"exitCode": 0}}}]}}"#;
        assert_eq!(symptoms(finished), None);
    }

    #[test]
    fn a_crashing_container_tells_how_it_ended_last() {
        let found = symptoms(
            r#"{"metadata": {"name": "p"}, "status": {"phase": "Running", "conditions": null, "containerStatuses": [
                {"name": "well", "ready": true, "state": {"running": {}}},
                {"name": "main", "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "m"}},
                 "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-01-01T00:00:00Z"}}}]}}"#,
        )
        .unwrap();
        let [main] = found.containers.as_slice() else {
            panic!("{found:#?}")
        };
        assert_eq!((main.name.as_str(), main.restarts), ("main", 3));
        let last = main.last.as_ref().unwrap();
        assert_eq!((last.reason.as_str(), last.exit_code), ("OOMKilled", 137));
        assert!(last.at.is_some());
        assert!(matches!(&main.state, State::Waiting(told) if told.reason == "CrashLoopBackOff"));
    }

    #[test]
    fn of_a_deleted_pod_what_still_runs_is_kept_and_who_holds_it() {
        let text = WELL.replace(
            r#""name": "p""#,
            r#""name": "p", "finalizers": ["example.com/hold"], "deletionTimestamp": "2026-01-01T00:00:00Z""#,
        );
        let found = symptoms(&text).unwrap();
        assert_eq!(found.finalizers, ["example.com/hold"]);
        assert!(matches!(found.containers[0].state, State::Running { .. }));
    }

    #[test]
    fn a_gate_that_nobody_opened_is_named_once_the_containers_are_ready() {
        let found = symptoms(
            r#"{"metadata": {"name": "p"}, "spec": {"readinessGates": [{"conditionType": "a/open"}, {"conditionType": "a/b"}]},
                "status": {"phase": "Running", "conditions": [{"type": "ContainersReady", "status": "True"},
                {"type": "a/open", "status": "True"}, {"type": "Ready", "status": "False"}]}}"#,
        );
        assert_eq!(found.unwrap().closed_gates, ["a/b"]);
    }

    #[test]
    fn the_schedulers_words_are_kept() {
        let found = symptoms(
            r#"{"metadata": {"name": "p"}, "status": {"phase": "Pending", "conditions": [
                {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes"}]}}"#,
        );
        let told = found.unwrap().unscheduled.unwrap();
        assert_eq!(
            (told.reason.as_str(), told.message.as_str()),
            ("Unschedulable", "0/1 nodes")
        );
    }
}
