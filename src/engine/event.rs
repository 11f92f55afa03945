//! What happens during a drain, told as values: terminal lines, progress bars and JSON are made from these alone.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::budget::BudgetRef;
use crate::domain::diagnose::Finding;
use crate::domain::drain::policy::Removal;
use crate::domain::pod::PodRef;

/// An event with its moment and place.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When.
    pub time: Timestamp,
    /// On which node; `None` for what concerns the whole run.
    pub node: Option<String>,
    /// What.
    pub kind: EventKind,
}

/// What a remaining pod waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitingFor {
    /// Its turn to be evicted.
    Turn,
    /// A budget, with its words.
    Budget {
        /// Which one, where known.
        budget: Option<BudgetRef>,
        /// The numbers.
        message: String,
    },
    /// Its containers to end; since when and with how many seconds of grace.
    Termination {
        /// Seconds until its grace period is over; negative when it is past.
        grace_left_seconds: Option<i64>,
        /// What holds it, once its grace is over.
        stuck: Vec<Finding>,
    },
    /// Another try after a failure or a denial.
    Retry {
        /// Why the last one failed.
        message: String,
    },
}

/// Kinds of events.
#[derive(Debug, Clone, PartialEq)]
pub enum EventKind {
    /// The plan of this node is about to be carried out: how many pods leave, how many stay.
    Planned {
        /// Pods that leave.
        leaving: usize,
        /// Pods that stay.
        staying: usize,
    },
    /// The node was cordoned and read back.
    Cordoned,
    /// It was cordoned before.
    AlreadyCordoned {
        /// Who, why and since when, where a mark tells.
        mark: Option<String>,
    },
    /// The cordon was refused or did not take; the node is not drained.
    CordonFailed {
        /// Why.
        message: String,
    },
    /// A removal is about to be sent.
    Evicting {
        /// Which pod.
        pod: PodRef,
        /// By eviction or by DELETE.
        removal: Removal,
    },
    /// The server accepted it: the pod terminates.
    Accepted {
        /// Which pod.
        pod: PodRef,
    },
    /// A budget said no; tried again when the budget changes.
    Blocked {
        /// Which pod.
        pod: PodRef,
        /// Which budget.
        budget: Option<BudgetRef>,
        /// Healthy pods that it needs.
        needs: Option<i64>,
        /// Healthy pods that it has.
        has: Option<i64>,
        /// The server's message, as kubectl prints it.
        message: String,
        /// The cause that names the budget.
        cause: String,
    },
    /// A budget's status shows no room, so the server is not asked yet.
    Held {
        /// Which pod.
        pod: PodRef,
        /// Which budget.
        budget: BudgetRef,
        /// That it has no room.
        message: String,
    },
    /// The server is overloaded.
    Throttled {
        /// Which pod.
        pod: PodRef,
        /// When the next try comes.
        retry_after: Duration,
        /// The server's words.
        message: String,
    },
    /// A webhook or policy said no; tried again later.
    Denied {
        /// Which pod.
        pod: PodRef,
        /// Who.
        by: Option<String>,
        /// The server's words.
        message: String,
    },
    /// The request failed in a way that may pass; tried again later.
    Retrying {
        /// Which pod.
        pod: PodRef,
        /// When the next try comes.
        retry_after: Duration,
        /// Why it failed.
        message: String,
    },
    /// Another pod has the name now; it is left alone.
    Replaced {
        /// The pod that was meant.
        pod: PodRef,
    },
    /// The namespace is being deleted.
    NamespaceEnding {
        /// Which pod.
        pod: PodRef,
        /// The server's words.
        message: String,
    },
    /// The pod is gone.
    Gone {
        /// Which pod.
        pod: PodRef,
        /// By which means it was asked to go.
        removal: Removal,
    },
    /// A pod is not waited for any longer (`--skip-wait-for-delete-timeout`).
    NotAwaited {
        /// Which pod.
        pod: PodRef,
        /// The limit in seconds.
        limit_seconds: u64,
    },
    /// This pod cannot be removed; the others go on.
    Failed {
        /// Which pod.
        pod: PodRef,
        /// Why.
        message: String,
    },
    /// Something was lost or could not be read, and the drain goes on without it.
    Degraded {
        /// What and why.
        message: String,
    },
    /// A sign of life: what each remaining pod waits for.
    Waiting {
        /// The pods, by namespace and name.
        pods: Vec<(PodRef, WaitingFor)>,
    },
    /// The user asked to stop.
    Interrupted {
        /// Pods still on the node that should have left.
        remaining: Vec<PodRef>,
    },
    /// The node is empty of what should leave, by the last list.
    NodeDrained,
    /// The node is not drained.
    NodeFailed {
        /// Why, one line a cause.
        errors: Vec<String>,
        /// Pods still there.
        remaining: Vec<PodRef>,
    },
    /// A change of ours was put back.
    Restored,
    /// The end of the run.
    Summary(Summary),
}

/// The end of a run in numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// How each node ended, in the order given.
    pub nodes: Vec<(String, NodeEnd)>,
    /// Pods that left.
    pub evicted: usize,
    /// Pods still there that should have left.
    pub remaining: usize,
    /// Requests sent to the server in all.
    pub requests: u64,
    /// How long it took.
    pub took: Duration,
    /// The process's exit code.
    pub exit_code: u8,
}

/// How a node ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeEnd {
    /// Empty by the last list.
    Drained,
    /// Refused or blocked before anything was written.
    Refused,
    /// Not cordoned, so not touched.
    NotCordoned,
    /// Not cordoned for want of a right, so not touched.
    NotPermitted,
    /// The deadline passed.
    DeadlineReached,
    /// Some pods failed.
    Failed,
    /// Stopped by the user.
    Interrupted,
    /// Never begun.
    NotStarted,
}

/// Takes events as they happen.
pub trait Listener: Send {
    /// Takes one event. Must not block for long: the drain waits.
    fn on(&mut self, event: &Event);
}
