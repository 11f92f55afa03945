//! Shows a report, or the explanation of a rule, in the form that was asked for.

use std::collections::BTreeMap;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::ui::{Paint, Ui};
use crate::domain::fit::explain;
use crate::present::document::{self, DocumentFormat};
use crate::present::fit_report::FitReport;
use crate::present::fit_table::fit_table;
use crate::present::plan_table::{Detail, Page};
use crate::present::rule_lines::rule_lines;
use crate::present::style::Colors;

use super::FitFormat;

/// Writes a report to standard output.
pub(super) fn report(
    report: &FitReport,
    format: Option<FitFormat>,
    detail: Detail,
    ui: &Ui,
) -> Result<(), CliError> {
    let format = match format {
        Some(FitFormat::Json) => DocumentFormat::Json,
        Some(FitFormat::Yaml) => DocumentFormat::Yaml,
        Some(FitFormat::Wide) | None => {
            table(report, detail, ui);
            return Ok(());
        }
    };
    let text = document::render(report, format).map_err(|cause| {
        CliError::unplanned(format!("error: the report cannot be written: {cause}"))
    })?;
    ui.document(&text);
    Ok(())
}

fn table(report: &FitReport, detail: Detail, ui: &Ui) {
    if report.pods.is_empty() {
        ui.err("no pod waits for a node");
        return;
    }
    let page = Page {
        colors: colors(ui),
        width: ui.output_width(),
        detail,
    };
    ui.document(&fit_table(report, page).join("\n"));
}

fn colors(ui: &Ui) -> Colors {
    match ui.output_paint {
        Paint::Color => Colors::On,
        Paint::Plain => Colors::Off,
    }
}

/// Explains a rule.
pub(super) fn explain(name: &str, ui: &Ui) -> Result<Exit, CliError> {
    let rules = explain::find(name);
    if rules.is_empty() {
        let error = CliError::usage(format!(
            "no rule of the scheduler is, or was, called \"{}\"",
            name.escape_default()
        ));
        return Err(match explain::similar(name).as_slice() {
            [] => error,
            similar => error.with_hint(format!("did you mean {}?", similar.join(", "))),
        });
    }
    for rule in rules {
        for line in rule_lines(rule, ui.output_width(), colors(ui)) {
            ui.out(&line);
        }
    }
    Ok(Exit::Done)
}

/// Says on standard error which objects were passed over.
pub(super) fn skipped(file: &BTreeMap<String, usize>, manifest: &BTreeMap<String, usize>, ui: &Ui) {
    let list = |kinds: &BTreeMap<String, usize>| {
        let kinds = kinds
            .iter()
            .map(|(kind, number)| format!("{number} {kind}"));
        kinds.collect::<Vec<String>>().join(", ")
    };
    if !file.is_empty() {
        ui.err(&format!(
            "note: no rule reads these, they were skipped: {}",
            list(file)
        ));
    }
    if !manifest.is_empty() {
        ui.err(&format!(
            "note: these make no pods, they were skipped: {}",
            list(manifest)
        ));
    }
}
