//! The oracle as a process: cases in, answers out, one line each.

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use controlplane::oracle::Of;
use nodemaint::domain::fit::profile::Minor;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What the real plugins say about one case.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Answer {
    /// The case's own.
    pub id: String,
    /// Why there is no answer: objects that cannot be read, or a plugin that panicked.
    pub error: Option<String>,
    /// In the order in which they were asked about.
    #[serde(default)]
    pub pods: Vec<PodAnswer>,
}

/// What the real plugins say about one pod.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PodAnswer {
    /// As namespace/name.
    pub pod: String,
    /// Whether it was taken off a node first.
    pub displaced: bool,
    /// What keeps it from being tried; the rest is answered nevertheless.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pre_enqueue: Option<Refusal>,
    /// The refusal of all nodes at once; then there are no nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefilter: Option<Refusal>,
    /// By name.
    pub nodes: Vec<NodeAnswer>,
    /// The line of the FailedScheduling event, without what preemption adds; none where a node fits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// What the scheduler would try next; none where the profile does without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preemption: Option<PreemptionAnswer>,
    /// Why there are no scores although nodes fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score_error: Option<String>,
    /// How long PreFilter took, where it was asked for.
    #[serde(rename = "prefilterNanos", skip_serializing_if = "Option::is_none")]
    pub prefilter_nanos: Option<u64>,
    /// How long Filter took over all nodes, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter_nanos: Option<u64>,
}

/// What the real plugins say about a pod on one node.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct NodeAnswer {
    /// The node's name.
    pub node: String,
    /// Whether the pod could run there.
    pub fits: bool,
    /// What the scheduler reports; its plugin is `PreFilter` where PreFilter narrowed the nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<Refusal>,
    /// Every plugin that refuses when asked by itself, in the profile's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refusals: Vec<Refusal>,
    /// Normalised and weighted, of the plugins that were not skipped; only where the pod fits.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scores: BTreeMap<String, i64>,
    /// Their sum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    /// What preemption finds, where fewer pods might help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<Room>,
}

/// What preemption would do for a pod if it fitted nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct PreemptionAnswer {
    /// Why the pod may not preempt; empty where it may.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub ineligible: String,
    /// What the event says when no node would have room; else empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The chosen node; of several that are equally good any. Empty where no node would have room.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub node: String,
}

/// What preemption finds on one node.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Room {
    /// As namespace/name, the most important first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub victims: Vec<String>,
    /// How many of them no budget allows.
    #[serde(skip_serializing_if = "is_none")]
    pub violations: usize,
    /// Why there is no room; sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

fn is_none(number: &usize) -> bool {
    *number == 0
}

/// One plugin's no.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Refusal {
    /// Empty where several plugins together leave no node.
    pub plugin: String,
    /// `Unschedulable`, `UnschedulableAndUnresolvable` or `Error`.
    pub code: String,
    /// Sorted.
    pub reasons: Vec<String>,
}

/// Why the oracle could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The process could not be started or spoken to.
    #[error("the oracle: {0}")]
    Process(#[from] io::Error),
    /// It ended instead of answering.
    #[error("the oracle ended without an answer; it says above why")]
    Ended,
    /// It said something else.
    #[error("the oracle's answer cannot be read: {0}")]
    Answer(#[from] serde_json::Error),
}

/// Which build of the program answers for a minor.
#[must_use]
pub fn oracle_of(minor: Minor) -> Of {
    if minor == Minor::NEWEST {
        Of::Newest
    } else {
        Of::Older(minor.number())
    }
}

/// A running oracle. Ends when dropped.
#[derive(Debug)]
pub struct Oracle {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Oracle {
    /// Starts the program, as `controlplane::oracle` gives it.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(program: &Path) -> Result<Self, Error> {
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let lost = || io::Error::other("no pipe");
        let input = child.stdin.take().ok_or_else(lost)?;
        let output = BufReader::new(child.stdout.take().ok_or_else(lost)?);
        Ok(Self {
            child,
            input: Some(input),
            output,
        })
    }

    /// Asks about one case and waits for the answer.
    ///
    /// # Errors
    /// When the oracle ends or says something unreadable. That it has no answer is an answer.
    pub fn ask(&mut self, case: &Value) -> Result<Answer, Error> {
        let mut line = serde_json::to_vec(case)?;
        line.push(b'\n');
        let input = self.input.as_mut().ok_or(Error::Ended)?;
        input.write_all(&line)?;
        input.flush()?;
        let mut answer = String::new();
        if self.output.read_line(&mut answer)? == 0 {
            return Err(Error::Ended);
        }
        Ok(serde_json::from_str(&answer)?)
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // The end of its input ends it; then there is nothing left to be killed.
        drop(self.input.take());
        let _ = self.child.wait();
    }
}
