//! Documents as JSON or YAML text, and the schemas that describe them.

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde::Serialize;

use super::drain_event::DrainEvent;
use super::drain_plan::DrainPlan;
use super::fit_report::FitReport;
use super::fleet::FleetReport;
use super::taint_plan::TaintPlan;
use super::taint_report::TaintReport;

/// A text form of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentFormat {
    /// Indented JSON.
    Json,
    /// YAML.
    Yaml,
}

/// Writes a document as text that ends its last line.
///
/// # Errors
///
/// In the serializer's words; the documents of this program consist of strings, numbers and lists and cause none.
pub fn render<T: Serialize>(document: &T, format: DocumentFormat) -> Result<String, String> {
    match format {
        DocumentFormat::Json => serde_json::to_string_pretty(document)
            .map(|text| text + "\n")
            .map_err(|cause| cause.to_string()),
        DocumentFormat::Yaml => {
            serde_saphyr::to_string(document).map_err(|cause| cause.to_string())
        }
    }
}

/// Returns the JSON Schemas of all documents, each with the name of its file in `schemas/`.
pub fn schemas() -> Vec<(&'static str, String)> {
    vec![
        ("drainplan.v1alpha1.json", schema::<DrainPlan>()),
        ("drainevent.v1alpha1.json", schema::<DrainEvent>()),
        ("fitreport.v1alpha1.json", schema::<FitReport>()),
        ("fleetreport.v1alpha1.json", schema::<FleetReport>()),
        ("taintplan.v1alpha1.json", schema::<TaintPlan>()),
        ("taintreport.v1alpha1.json", schema::<TaintReport>()),
    ]
}

fn schema<T: JsonSchema>() -> String {
    let generator: SchemaGenerator = SchemaSettings::draft2020_12().into_generator();
    let schema: Schema = generator.into_root_schema_for::<T>();
    // A schema is a JSON value, which always has a text.
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}
