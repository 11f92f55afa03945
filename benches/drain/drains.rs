//! The drains D1 to D3: what each is, and one run of it.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;
use std::{fs, path::Path};

use controlplane::{Mark, Requests, Space, shared};

use crate::fleet::{Budget, Fleet, Owner, Shape};
use crate::meter::{Cost, measure};
use crate::options::{Options, Part};
use crate::program::Program;

/// A drain with its name.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Which part of the benchmark it is.
    pub part: Part,
    /// Its name in the report.
    pub name: &'static str,
    /// What is drained.
    pub shape: Shape,
}

/// One drain by one program.
#[derive(Debug, Clone)]
pub struct Run {
    /// Who drained.
    pub program: Program,
    /// What it cost the client.
    pub cost: Cost,
    /// How often each thing was asked of the server, such as `create pods/eviction`.
    pub asked: BTreeMap<String, usize>,
    /// How many of the requests were answered 429.
    pub refused: usize,
}

impl Run {
    /// All requests.
    pub fn requests(&self) -> usize {
        self.asked.values().sum()
    }
}

impl Case {
    /// The case of a part; none for the parts that drain nothing.
    pub fn of(part: Part, options: &Options) -> Option<Self> {
        let full = Shape {
            pods: options.pods,
            owner: Owner::Nobody,
            pods_per_workload: 10,
            ready_after_ms: 500,
            gone_after_ms: 1_000,
            budget: Budget::None,
        };
        let slow = Shape {
            gone_after_ms: 30_000,
            ..full
        };
        let replaced = |shape: Shape| Shape {
            owner: Owner::Deployments,
            ..shape
        };
        let (name, shape) = match part {
            Part::D1 => ("D1", full),
            Part::D2 => ("D2", slow),
            Part::D1Replaced => ("D1r", replaced(full)),
            Part::D2Replaced => ("D2r", replaced(slow)),
            Part::D3 => {
                let guarded = Shape {
                    pods: options.pods.min(10),
                    budget: Budget::OneAway,
                    ..replaced(full)
                };
                ("D3", guarded)
            }
            Part::Startup | Part::Size | Part::Read | Part::Typed => return None,
        };
        Some(Self { part, name, shape })
    }

    /// Builds a fleet, lets a program drain it, looks whether it did, and takes it down.
    ///
    /// # Errors
    ///
    /// When the program failed, or the node is not empty and cordoned afterwards.
    pub fn run(&self, program: Program, home: &Space, scratch: &Path) -> Result<Run, String> {
        let fleet = Fleet::build(&self.shape);
        let log = scratch.join("drain.log");
        let mark = shared().audit_mark();
        let command = program.drain(fleet.kubeconfig(), fleet.node_name(), self.shape.owner);
        let cost = measure(&command, &log).map_err(|error| error.to_string())?;
        let asked = all_since(mark, fleet.user());
        let outcome = match cost.code {
            Some(0) => fleet.check_drained(),
            code => Err(format!("exit code {code:?}")),
        };
        fleet.remove(home);
        let said = || fs::read_to_string(&log).unwrap_or_default();
        outcome.map_err(|what| format!("{} {}: {what}\n{}", self.name, program.name(), said()))?;
        Ok(Run {
            program,
            cost,
            refused: asked.answered(429).count(),
            asked: tally(&asked),
        })
    }

    /// What no client can do without: the time that the last pod needs to go, and with a
    /// budget the time that each pod but the last needs to be replaced.
    pub fn floor(&self) -> Duration {
        let gone = Duration::from_millis(self.shape.gone_after_ms);
        gone + Duration::from_millis(self.shape.ready_after_ms) * self.waits()
    }

    /// How often a replacement must be awaited.
    pub fn waits(&self) -> u32 {
        match self.shape.budget {
            Budget::None => 0,
            Budget::OneAway => self.shape.pods.saturating_sub(1),
        }
    }
}

/// All that a user asked since a mark. A watch is in the audit log when the server has seen
/// that its reader is gone, so this looks until nothing is added.
fn all_since(mark: Mark, user: &str) -> Requests {
    let look = || shared().audit_since(mark).by_user(user);
    let mut seen = look();
    loop {
        thread::sleep(Duration::from_millis(500));
        let now = look();
        if now.count() == seen.count() {
            return now;
        }
        seen = now;
    }
}

fn tally(requests: &Requests) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for request in &requests.0 {
        let what = match (request.resource.as_str(), request.subresource.as_str()) {
            ("", _) => request.uri.split('?').next().unwrap_or_default().to_owned(),
            (resource, "") => resource.to_owned(),
            (resource, sub) => format!("{resource}/{sub}"),
        };
        *tally.entry(format!("{} {what}", request.verb)).or_default() += 1;
    }
    tally
}
