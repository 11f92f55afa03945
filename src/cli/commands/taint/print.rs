//! What a change of taints prints: kubectl's line or the whole node, and the difference.

use serde_json::Value;

use crate::cli::args::{DryRun, ObjectFormat};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::domain::taint::Taint;
use crate::domain::taint::set::{Diff, DiffLine};
use crate::engine::change::taints::{Report, TaintDone};
use crate::present::object::{KeyOrder, ordered, pretty, to_yaml, without_managed_fields};

use super::Options;

/// Prints nodes one after the other.
pub(super) struct Printer<'a> {
    ui: &'a Ui,
    options: &'a Options,
    printed: usize,
}

impl<'a> Printer<'a> {
    pub(super) fn new(ui: &'a Ui, options: &'a Options) -> Printer<'a> {
        Printer {
            ui,
            options,
            printed: 0,
        }
    }

    /// Tells whether the whole object is wanted.
    pub(super) fn report(options: &Options) -> Report {
        match options.format {
            ObjectFormat::Line | ObjectFormat::Name => Report::Taints,
            ObjectFormat::Json | ObjectFormat::Yaml | ObjectFormat::JsonPath(_) => Report::Document,
        }
    }

    /// Prints a node that is done.
    pub(super) fn node(&mut self, name: &str, done: &TaintDone) -> Result<(), CliError> {
        let document = done.document.as_ref();
        let first = self.printed == 0;
        self.printed += 1;
        match (&self.options.format, document) {
            (ObjectFormat::Name, _) => self.ui.out(&format!("node/{name}")),
            (ObjectFormat::Json, Some(node)) => self.ui.document(&pretty(&self.shown(node))),
            (ObjectFormat::Yaml, Some(node)) => {
                // kubectl leaves the line out, and the next document runs into this one.
                if !first {
                    self.ui.out("---");
                }
                self.ui.document(&to_yaml(&self.shown(node)));
            }
            (ObjectFormat::JsonPath(template), Some(node)) => {
                let text = template.fill(node).map_err(|cause| {
                    CliError::unplanned(format!("error: error executing jsonpath: {cause}"))
                })?;
                self.ui.raw(&text);
            }
            _ => self.ui.out(&format!(
                "node/{name} {}{}",
                done.word.as_str(),
                self.options.dry_run.suffix()
            )),
        }
        Ok(())
    }

    fn shown(&self, node: &Value) -> Value {
        let order = match self.options.dry_run {
            DryRun::Client => KeyOrder::Sorted,
            DryRun::None | DryRun::Server => KeyOrder::Server,
        };
        let node = ordered(node, order);
        if self.options.managed_fields {
            node
        } else {
            without_managed_fields(node)
        }
    }
}

/// Shows how a list changes, one taint a line.
pub(super) fn difference(name: &str, before: &[Taint], after: &[Taint], ui: &Ui) {
    ui.err(&format!("node/{name}"));
    let lines = Diff::between(before, after).lines;
    if lines.is_empty() {
        ui.err("  no taints");
    }
    for line in lines {
        match line {
            DiffLine::Same(taint) => ui.err(&format!("    {taint}")),
            DiffLine::Gone(taint) => ui.err(&format!("  - {taint}")),
            DiffLine::New(taint) => ui.err(&format!("  + {taint}")),
            DiffLine::Changed { from, to } => {
                ui.err(&format!("  - {from}"));
                ui.err(&format!("  + {to}"));
            }
        }
    }
}
