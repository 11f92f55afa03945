//! Shows a plan in the form that was asked for.

use clap::ValueEnum;

use crate::cli::args::DrainArgs;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::ui::{Paint, Ui};
use crate::domain::drain::plan::{DrainPlan, Verdict};
use crate::present::document::{self, DocumentFormat};
use crate::present::drain_plan;
use crate::present::html::plan_html;
use crate::present::markdown::plan_markdown;
use crate::present::plan_table::{Detail, Page, plan_table};
use crate::present::style::Colors;
use crate::present::text::clean;

/// What `-o` may say of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// One JSON document of kind DrainPlan.
    Json,
    /// The same as YAML.
    Yaml,
    /// The plan as Markdown, for a ticket.
    Markdown,
    /// The plan as one HTML file with pictures.
    Html,
    /// The table with budgets, grace periods and lost data of each pod.
    Wide,
    /// `pod/NAME` of each pod that leaves.
    Name,
}

/// Writes a plan to standard output; `typed` is what a page says to type next.
///
/// # Errors
///
/// When a document cannot be written as text.
pub fn plan(
    plan: &DrainPlan,
    format: Option<PlanFormat>,
    typed: &DrainArgs,
    ui: &Ui,
) -> Result<(), CliError> {
    let detail = match format {
        Some(PlanFormat::Json) => return document(plan, DocumentFormat::Json, ui),
        Some(PlanFormat::Yaml) => return document(plan, DocumentFormat::Yaml, ui),
        Some(PlanFormat::Markdown) => {
            ui.document(&plan_markdown(plan));
            return Ok(());
        }
        Some(PlanFormat::Html) => {
            let names = plan.nodes.iter().map(|node| node.node.name.as_str());
            let page = plan_html(plan, &typed.written_out(names)).map_err(|cause| {
                CliError::unplanned(format!("error: the page cannot be written: {cause}"))
            })?;
            ui.document(&page);
            return Ok(());
        }
        Some(PlanFormat::Name) => {
            for pod in plan.pods().filter(|pod| pod.leaves()) {
                ui.out(&format!("pod/{}", clean(&pod.pod.id.name)));
            }
            return Ok(());
        }
        Some(PlanFormat::Wide) => Detail::Wide,
        None => Detail::Normal,
    };
    let page = Page {
        colors: colors(ui.output_paint),
        width: ui.output_width(),
        detail,
    };
    ui.document(&plan_table(plan, page).join("\n"));
    Ok(())
}

/// Returns the exit code that a plan means.
pub fn exit(plan: &DrainPlan) -> Exit {
    match plan.verdict {
        Verdict::Ready => Exit::Done,
        Verdict::Unknown | Verdict::Blocked | Verdict::Refused => Exit::Blocked,
    }
}

/// Writes a plan as a table to standard error, where it accompanies another result or a question.
pub fn aside(plan: &DrainPlan, ui: &Ui) {
    let page = Page {
        colors: colors(ui.errors_paint),
        width: ui.errors_width(),
        detail: Detail::Normal,
    };
    for line in plan_table(plan, page) {
        ui.err(&line);
    }
}

fn document(plan: &DrainPlan, format: DocumentFormat, ui: &Ui) -> Result<(), CliError> {
    let text = document::render(&drain_plan::DrainPlan::from(plan), format).map_err(|cause| {
        CliError::unplanned(format!("error: the plan cannot be written: {cause}"))
    })?;
    ui.document(&text);
    Ok(())
}

/// Returns whether a stream that is painted so takes colours.
pub fn colors(paint: Paint) -> Colors {
    match paint {
        Paint::Color => Colors::On,
        Paint::Plain => Colors::Off,
    }
}
