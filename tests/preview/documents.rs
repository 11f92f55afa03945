//! The schemas in the repository are those of the code, and the documents keep to them.

use std::path::Path;

use nodemaint::adapters::files::demo;
use nodemaint::domain::drain::plan::build;
use nodemaint::domain::drain::policy::DrainPolicy;
use nodemaint::present::document::{DocumentFormat, render, schemas};
use nodemaint::present::drain_plan::DrainPlan;
use serde_json::Value;

use crate::documents::validate;

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas"))
}

/// `UPDATE_SCHEMAS=1 cargo test the_schemas` writes them anew.
#[test]
fn the_schemas_in_the_repository_are_those_of_the_code() {
    for (name, current) in schemas() {
        let path = folder().join(name);
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::write(&path, &current).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            committed, current,
            "{name} is old: UPDATE_SCHEMAS=1 cargo test the_schemas"
        );
    }
}

#[test]
fn every_plan_of_the_demo_keeps_to_the_schema_as_json_and_as_yaml() {
    let demo = demo().unwrap();
    for name in demo.nodes.keys() {
        let names = [name.clone()];
        let plan = build(&demo, &names, &DrainPolicy::default(), demo.taken_at).unwrap();
        let document = DrainPlan::from(&plan);
        let json = render(&document, DocumentFormat::Json).unwrap();
        let yaml = render(&document, DocumentFormat::Yaml).unwrap();
        let value: Value = serde_json::from_str(&json).unwrap();
        validate("drainplan.v1alpha1.json", &value);
        let from_yaml: Value = serde_saphyr::from_str(&yaml).unwrap();
        assert_eq!(from_yaml, value, "YAML says the same");
        let back: DrainPlan = serde_json::from_str(&json).unwrap();
        assert_eq!(back, document);
    }
}

#[test]
fn the_schema_refuses_what_is_no_plan() {
    let text = std::fs::read_to_string(folder().join("drainplan.v1alpha1.json")).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap();
    let plan = serde_json::json!({"apiVersion": "nodemaint.dev/v1alpha1", "kind": "DrainPlan", "verdict": "fine"});
    assert!(!validator.is_valid(&plan));
}
