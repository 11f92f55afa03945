//! What stands out of a pod that is not as it should be; healthy pods have none, so that large lists stay small.

use jiff::Timestamp;

/// What explains a pod's state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Symptoms {
    /// `metadata.finalizers`: who must act before a deleted pod goes.
    pub finalizers: Vec<String>,
    /// Condition `PodScheduled`, where it is `False`.
    pub unscheduled: Option<Told>,
    /// `status.reason` and `status.message`, such as `Evicted`; both empty where absent.
    pub status: Told,
    /// Types of readiness gates whose condition is not `True`, where all containers are ready.
    pub closed_gates: Vec<String>,
    /// Containers that do not run as they should; of a pod that is being deleted also those that still run.
    pub containers: Vec<ContainerSymptom>,
}

/// A reason and a message as some component wrote them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// One word, for programs.
    pub reason: String,
    /// A sentence; empty in snapshots, which keep no messages.
    pub message: String,
}

/// One container's status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerSymptom {
    /// Its name.
    pub name: String,
    /// Which of the pod's lists it is in.
    pub role: ContainerRole,
    /// What it does.
    pub state: ContainerState,
    /// `restartCount`.
    pub restarts: i64,
    /// How it ended before it was started again.
    pub last: Option<Ended>,
}

/// Which list of a pod a container is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContainerRole {
    /// `containers`.
    App,
    /// `initContainers`, sidecars among them.
    Init,
}

/// What a container does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContainerState {
    /// Does not run yet, or not again: `ContainerCreating`, `CrashLoopBackOff`, `ImagePullBackOff`.
    Waiting(Told),
    /// Runs.
    Running {
        /// Since when.
        since: Option<Timestamp>,
        /// Whether its startup probe, if any, has succeeded.
        startup: Startup,
    },
    /// Has ended.
    Terminated(Ended),
}

/// Whether a container has passed its startup probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Startup {
    /// Yes, or it has none.
    Done,
    /// Not yet.
    Pending,
}

/// How a container ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// `reason`, such as `OOMKilled`.
    pub reason: String,
    /// `exitCode`.
    pub exit_code: i64,
    /// `finishedAt`.
    pub at: Option<Timestamp>,
}
