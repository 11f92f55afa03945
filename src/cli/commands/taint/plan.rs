//! A change of taints that is only thought through: the plan instead of the write.

use clap::ValueEnum;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::ui::{Paint, Ui};
use crate::domain::node::Node;
use crate::domain::taint::plan::{self, Assumptions, Changed, TaintPlan};
use crate::engine::change::taints::TaintChange;
use crate::present::document::{self, DocumentFormat};
use crate::present::markdown::taint_plan_markdown;
use crate::present::plan_table::{Detail, Page};
use crate::present::style::Colors;
use crate::present::taint_plan;
use crate::present::taint_table::taint_table;
use crate::present::text::clean;

use super::job::refuse;
use super::seen::Seen;

/// What `-o` may say of a plan of taints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TaintFormat {
    /// One JSON document of kind TaintPlan.
    Json,
    /// The same as YAML.
    Yaml,
    /// The plan as Markdown, for a ticket.
    Markdown,
    /// The table with taint, tolerations, grace and budgets of each pod.
    Wide,
    /// `pod/NAME` of each pod that leaves.
    Name,
}

/// Computes the lists as they will be; a node that refuses is told about, and the exit code returned.
pub fn changed(nodes: &[Node], change: &TaintChange, ui: &Ui) -> Result<Vec<Changed>, Exit> {
    let planned = super::job::plan(nodes, change).map_err(|refusals| {
        refuse(&refusals, nodes.len(), ui);
        told_what_is_there(nodes, &refusals, ui)
    })?;
    Ok(planned
        .into_iter()
        .map(|(node, computed)| Changed {
            node: node.name().to_owned(),
            after: computed.taints,
        })
        .collect())
}

/// Names the taints that a node that refuses has: what was misspelt is among them.
fn told_what_is_there<R>(nodes: &[Node], refusals: &[(&str, R)], ui: &Ui) -> Exit {
    let refusing = nodes
        .iter()
        .filter(|node| refusals.iter().any(|(name, _)| *name == node.name()));
    for node in refusing {
        let taints: Vec<String> = node.taints.iter().map(|t| clean(&t.to_string())).collect();
        let there = match taints.is_empty() {
            true => "no taints".to_owned(),
            false => taints.join(", "),
        };
        ui.err(&format!("hint: node {} has {there}", clean(node.name())));
    }
    Exit::Blocked
}

/// Thinks a change through.
///
/// # Errors
///
/// A node that is not in what was read.
pub fn think(
    seen: &mut Seen,
    changes: &[Changed],
    assumptions: Assumptions,
) -> Result<TaintPlan, CliError> {
    plan::build(
        &seen.snapshot,
        changes,
        Some(&mut seen.ground.world),
        assumptions,
    )
    .map_err(|unknown| CliError::unplanned(format!("Error from server (NotFound): {unknown}")))
}

/// Writes a plan to standard output.
///
/// # Errors
///
/// When a document cannot be written as text.
pub fn show(plan: &TaintPlan, format: Option<TaintFormat>, ui: &Ui) -> Result<(), CliError> {
    let detail = match format {
        Some(TaintFormat::Json) => return document(plan, DocumentFormat::Json, ui),
        Some(TaintFormat::Yaml) => return document(plan, DocumentFormat::Yaml, ui),
        Some(TaintFormat::Markdown) => {
            ui.document(&taint_plan_markdown(plan));
            return Ok(());
        }
        Some(TaintFormat::Name) => {
            for pod in plan.pods().filter(|pod| pod.leaves()) {
                ui.out(&format!("pod/{}", clean(&pod.pod.id.name)));
            }
            return Ok(());
        }
        Some(TaintFormat::Wide) => Detail::Wide,
        None => Detail::Normal,
    };
    ui.document(&taint_table(plan, page(detail, ui)).join("\n"));
    Ok(())
}

/// Writes a plan as a document.
///
/// # Errors
///
/// When it cannot be written as text.
pub fn document(plan: &TaintPlan, format: DocumentFormat, ui: &Ui) -> Result<(), CliError> {
    let text = document::render(&taint_plan::TaintPlan::from(plan), format).map_err(|cause| {
        CliError::unplanned(format!("error: the plan cannot be written: {cause}"))
    })?;
    ui.document(&text);
    Ok(())
}

/// Returns the exit code that a plan means.
pub fn exit(plan: &TaintPlan) -> Exit {
    match plan.is_complete() {
        true => Exit::Done,
        false => Exit::Blocked,
    }
}

/// Describes standard output.
pub(super) fn page(detail: Detail, ui: &Ui) -> Page {
    Page {
        colors: match ui.output_paint {
            Paint::Color => Colors::On,
            Paint::Plain => Colors::Off,
        },
        width: ui.output_width(),
        detail,
    }
}
