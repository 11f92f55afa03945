//! Shows a running drain: kubectl's lines, JSON lines, or live progress on a terminal.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::cli::exit::Exit;
use crate::cli::ui::{Peer, Ui};
use crate::engine::drain::RunReport;
use crate::engine::event::{Event, EventKind, Listener, Summary};
use crate::present::drain_event::json_line;
use crate::present::lines::{self, Line};
use crate::present::progress::Progress;

use super::OutputFormat;

/// Takes the events of a drain to the streams.
pub(super) struct Reporter {
    ui: Arc<Ui>,
    form: Form,
}

/// How events are shown.
enum Form {
    /// kubectl's lines.
    Lines,
    /// One JSON document a line.
    Json,
    /// Live progress, with lines only for what a person must know for good.
    Live(Progress),
}

impl Reporter {
    /// Chooses the form by flag and terminal.
    pub(super) fn new(ui: &Arc<Ui>, output: Option<OutputFormat>) -> Reporter {
        let terminal = ui.output == Peer::Terminal && ui.errors == Peer::Terminal;
        let form = match output {
            Some(_) => Form::Json,
            None if terminal => Form::Live(Progress::new(ui.progress.clone())),
            None => Form::Lines,
        };
        Reporter {
            ui: ui.clone(),
            form,
        }
    }

    /// Shows kubectl's warnings about what the flags allow.
    pub(super) fn warn(&self, warnings: impl Iterator<Item = String>) {
        warnings.for_each(|line| self.ui.err(&line));
    }

    /// Shows the end of the run in numbers.
    pub(super) fn summarise(
        &mut self,
        report: &RunReport,
        requests: u64,
        took: Duration,
        exit: Exit,
        now: Timestamp,
    ) {
        let summary = Summary {
            nodes: report
                .nodes
                .iter()
                .map(|node| (node.node.name.clone(), node.end))
                .collect(),
            evicted: report.nodes.iter().map(|node| node.evicted).sum(),
            remaining: report.nodes.iter().map(|node| node.remaining.len()).sum(),
            requests,
            took,
            exit_code: exit.code(),
        };
        self.on(&Event {
            time: now,
            node: None,
            kind: EventKind::Summary(summary),
        });
    }

    fn print(&self, event: &Event) {
        for line in lines::lines(event) {
            match line {
                Line::Out(text) => self.ui.out(&text),
                Line::Err(text) => self.ui.err(&text),
            }
        }
    }
}

impl Listener for Reporter {
    fn on(&mut self, event: &Event) {
        match &mut self.form {
            Form::Json => self.ui.out(&json_line(event)),
            Form::Lines => self.print(event),
            Form::Live(progress) => {
                progress.update(event);
                if stays_visible(&event.kind) {
                    self.print(event);
                }
            }
        }
    }
}

/// Tells whether an event is worth a line of its own above the live progress.
fn stays_visible(kind: &EventKind) -> bool {
    !matches!(
        kind,
        EventKind::Evicting { .. }
            | EventKind::Accepted { .. }
            | EventKind::Gone { .. }
            | EventKind::Blocked { .. }
            | EventKind::Throttled { .. }
            | EventKind::Retrying { .. }
            | EventKind::Waiting { .. }
    )
}
