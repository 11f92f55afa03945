//! The report: Markdown, ready for `docs/performance.md`.

use std::fmt::Write as _;
use std::time::Duration;
use std::{fs, thread};

use crate::drains::{Case, Run};
use crate::meter::Cost;
use crate::options::Part;
use crate::program::Program;
use crate::reading::{self, Readings};
use crate::table::{Goal, Row, Unit};

/// All that was measured.
#[derive(Debug, Default)]
pub struct Report {
    rows: Vec<Row>,
    runs: String,
    asked: String,
}

impl Report {
    /// Adds a drain's runs of both programs.
    pub fn add_drain(&mut self, case: &Case, runs: &[Run]) {
        self.rows.extend(drain_rows(case, runs));
        for (index, run) in runs.iter().enumerate() {
            let wall = run.cost.wall.as_secs_f64();
            let cpu = run.cost.cpu.as_secs_f64();
            let memory = megabytes(run.cost.memory);
            let (pair, name) = (index / Program::BOTH.len() + 1, run.program.name());
            let (requests, refused) = (run.requests(), run.refused);
            // Writing to a String cannot fail.
            let _ = writeln!(
                self.runs,
                "| {} | {pair} | {name} | {wall:.2} | {cpu:.3} | {memory:.1} | {requests} | {refused} |",
                case.name
            );
        }
        for run in runs.iter().rev().take(Program::BOTH.len()).rev() {
            let parts = run
                .asked
                .iter()
                .map(|(what, count)| format!("{what} {count}"));
            let parts = parts.collect::<Vec<_>>().join(", ");
            let _ = writeln!(
                self.asked,
                "- {} {}: {parts}",
                case.name,
                run.program.name()
            );
        }
    }

    /// Adds what starting costs.
    pub fn add_starts(&mut self, [kubectl, nodemaint]: &[Vec<Cost>; 2]) {
        let row = |what: &str, unit, figure: fn(&Cost) -> f64, goal| Row {
            case: "start-up",
            what: what.to_owned(),
            unit,
            kubectl: kubectl.iter().map(figure).collect(),
            nodemaint: nodemaint.iter().map(figure).collect(),
            goal,
        };
        self.rows.extend([
            row(
                "`--help`, wall",
                Unit::Milliseconds,
                wall,
                Goal::Times(10.0),
            ),
            row("`--help`, client CPU", Unit::Milliseconds, cpu, Goal::None),
            row("`--help`, peak memory", Unit::Megabytes, memory, Goal::None),
        ]);
    }

    /// Adds the sizes of both files.
    pub fn add_sizes(&mut self, [kubectl, nodemaint]: [u64; 2]) {
        self.rows.push(Row {
            case: "size",
            what: "the program's file".to_owned(),
            unit: Unit::Megabytes,
            kubectl: vec![number(kubectl)],
            nodemaint: vec![number(nodemaint)],
            goal: Goal::AtMost(15.0),
        });
    }

    /// Adds how long the preview and curl took for a large cluster; curl's figures stand where kubectl's do.
    pub fn add_reading(&mut self, size: reading::Size, read: &Readings) {
        let seconds = |walls: &[Duration]| walls.iter().map(Duration::as_secs_f64).collect();
        let reading::Size { nodes, pods } = size;
        let row = |what: String, unit, theirs, figure: fn(&Cost) -> f64, goal| Row {
            case: "read",
            what,
            unit,
            kubectl: theirs,
            nodemaint: read.preview.iter().map(figure).collect(),
            goal,
        };
        let cluster = format!("{nodes} nodes, {pods} pods");
        self.rows.extend([
            row(
                format!("{cluster}: preview, next to curl (each list in one piece)"),
                Unit::Seconds,
                seconds(&read.curl),
                wall,
                Goal::Times(0.5),
            ),
            row(
                format!("{cluster}: preview, next to curl (pages of 500)"),
                Unit::Seconds,
                seconds(&read.pages),
                wall,
                Goal::TimesAim(0.5, 0.8),
            ),
            row(
                format!("{cluster}: client CPU"),
                Unit::Seconds,
                Vec::new(),
                cpu,
                Goal::None,
            ),
            row(
                format!("{cluster}: peak memory"),
                Unit::Megabytes,
                Vec::new(),
                memory,
                Goal::AtMost(64.0),
            ),
        ]);
    }

    /// Adds what reading many pods costs kubectl and the preview.
    pub fn add_typed(&mut self, pods: u32, read: &Readings) {
        let row = |what: &str, unit, figure: fn(&Cost) -> f64, goal| Row {
            case: "typed",
            what: format!("{pods} pods: {what}"),
            unit,
            kubectl: read.kubectl.iter().map(figure).collect(),
            nodemaint: read.preview.iter().map(figure).collect(),
            goal,
        };
        let cpu_goal = Goal::TimesAim(20.0, 90.0);
        self.rows.extend([
            row("client CPU", Unit::Seconds, cpu, cpu_goal),
            row("wall", Unit::Seconds, wall, Goal::None),
            row("peak memory", Unit::Megabytes, memory, Goal::AtMost(64.0)),
        ]);
    }

    /// The whole report.
    pub fn text(&self) -> String {
        let mut text = machine();
        text.push_str("\n\n| case | what | kubectl | nodemaint | ratio | goal | result |\n");
        text.push_str("|---|---|---|---|---|---|---|\n");
        for row in &self.rows {
            let _ = writeln!(text, "{row}");
        }
        if !self.runs.is_empty() {
            text.push_str("\nEach run:\n\n");
            text.push_str(
                "| case | pair | program | wall s | CPU s | peak MB | requests | 429 |\n",
            );
            text.push_str("|---|---|---|---|---|---|---|---|\n");
            text.push_str(&self.runs);
            text.push_str("\nWhat each asked of the server in its last run:\n\n");
            text.push_str(&self.asked);
        }
        text
    }
}

fn drain_rows(case: &Case, runs: &[Run]) -> Vec<Row> {
    let of = |program: Program, figure: &dyn Fn(&Run) -> f64| -> Vec<f64> {
        let own = runs.iter().filter(|run| run.program == program);
        own.map(figure).collect()
    };
    let row = |what: &str, unit, goal, figure: &dyn Fn(&Run) -> f64| Row {
        case: case.name,
        what: what.to_owned(),
        unit,
        kubectl: of(Program::Kubectl, figure),
        nodemaint: of(Program::Nodemaint, figure),
        goal,
    };
    let per_pod = |count: usize| number(count as u64) / f64::from(case.shape.pods);
    let floor = case.floor().as_secs_f64();
    let waits = f64::from(case.waits().max(1));
    let goals = Goals::of(case.part);
    let over = |run: &Run| (wall(&run.cost) - floor) / waits;
    vec![
        row("wall", Unit::Seconds, goals.wall, &|run| wall(&run.cost)),
        row(goals.overhead_name, Unit::Seconds, goals.overhead, &over),
        row("requests per pod", Unit::Number, goals.requests, &|run| {
            per_pod(run.requests())
        }),
        row("429 answers per pod", Unit::Number, goals.refused, &|run| {
            per_pod(run.refused)
        }),
        row("client CPU", Unit::Seconds, Goal::None, &|run| {
            cpu(&run.cost)
        }),
        row("peak memory", Unit::Megabytes, Goal::Times(5.0), &|run| {
            memory(&run.cost)
        }),
    ]
}

/// What is asked of each figure of a drain.
struct Goals {
    wall: Goal,
    overhead: Goal,
    overhead_name: &'static str,
    requests: Goal,
    refused: Goal,
}

impl Goals {
    fn of(part: Part) -> Self {
        let plain = Self {
            wall: Goal::None,
            overhead: Goal::None,
            overhead_name: "overhead (wall - the pods' own time)",
            requests: Goal::AtMost(1.15),
            refused: Goal::None,
        };
        match part {
            Part::D1 => Self {
                wall: Goal::TimesAim(12.0, 17.0),
                ..plain
            },
            Part::D2 => Self {
                overhead: Goal::TimesAim(40.0, 100.0),
                ..plain
            },
            Part::D1Replaced | Part::D2Replaced => plain,
            _ => Self {
                overhead: Goal::TimesAim(10.0, 30.0),
                overhead_name: "overhead of each wave",
                requests: Goal::None,
                refused: Goal::AtMost(0.5),
                ..plain
            },
        }
    }
}

fn wall(cost: &Cost) -> f64 {
    cost.wall.as_secs_f64()
}

fn cpu(cost: &Cost) -> f64 {
    cost.cpu.as_secs_f64()
}

fn memory(cost: &Cost) -> f64 {
    number(cost.memory)
}

fn megabytes(bytes: u64) -> f64 {
    number(bytes) / 1e6
}

/// A count as a figure; exact below 2^53.
fn number(count: u64) -> f64 {
    count as f64
}

/// What it was measured on, without a name: cores, and memory where the system says it.
fn machine() -> String {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let memory = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
        let kibibytes = line.split_whitespace().nth(1)?.parse::<u64>().ok()?;
        Some(format!(
            ", {:.0} GB of memory",
            megabytes(kibibytes) * 1.024
        ))
    });
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    format!(
        "Measured on {system}, {cores} cores{}, shared by the programs and the whole control plane.",
        memory.unwrap_or_default()
    )
}
