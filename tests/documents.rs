//! What the program prints for other programs keeps to the schemas in the repository: every run of a test is looked at.

use std::path::Path;

use serde_json::Value;

/// Fails when a document does not keep to a schema of the repository.
pub fn validate(schema: &str, document: &Value) {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas"));
    let text = std::fs::read_to_string(folder.join(schema)).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?} in {document:#}");
}

/// Validates each document of ours on a standard output, and returns how many there were.
///
/// Lines for people and the cluster's own objects are left alone. A snapshot has no schema: it holds the cluster's
/// objects and is read back by the tests of its own.
pub fn check(output: &str) -> usize {
    let ours = |document: &&Value| {
        let version = document["apiVersion"].as_str();
        version.is_some_and(|v| v.starts_with("nodemaint.dev/")) && document["kind"] != "Snapshot"
    };
    let documents = read(output);
    let ours: Vec<&Value> = documents.iter().filter(ours).collect();
    for document in &ours {
        match document["kind"].as_str() {
            Some("DrainPlan") => validate("drainplan.v1alpha1.json", document),
            Some("DrainEvent") => validate("drainevent.v1alpha1.json", document),
            Some("TaintPlan") => validate("taintplan.v1alpha1.json", document),
            Some("TaintReport") => validate("taintreport.v1alpha1.json", document),
            Some("FitReport") => validate("fitreport.v1alpha1.json", document),
            Some("FleetReport") => validate("fleetreport.v1alpha1.json", document),
            _ => panic!("no schema for {document:#}"),
        }
    }
    ours.len()
}

/// Reads JSON documents one after another, or one YAML document.
fn read(output: &str) -> Vec<Value> {
    if output.starts_with('{') {
        return serde_json::Deserializer::from_str(output)
            .into_iter()
            .map(|document| document.unwrap_or_else(|error| panic!("{error} in {output}")))
            .collect();
    }
    if output.starts_with("apiVersion: nodemaint.dev/") && !output.contains("\nkind: Snapshot\n") {
        let document = serde_saphyr::from_str(output);
        return vec![document.unwrap_or_else(|error| panic!("{error} in {output}"))];
    }
    Vec::new()
}

#[test]
fn documents_are_found_and_a_wrong_one_is_refused() {
    let summary = r#"{"apiVersion":"nodemaint.dev/v1alpha1","kind":"DrainEvent","time":"2026-01-01T00:00:00.000Z","type":"summary"}"#;
    assert_eq!(check(&format!("{summary}\n{summary}\n")), 2);
    assert_eq!(check("node/a cordoned\n"), 0);
    assert_eq!(check(r#"{"apiVersion":"v1","kind":"Node"}"#), 0);
    for wrong in [
        summary.replace("summary", "surprise"),
        summary.replace("v1alpha1", "v2"),
        summary.replace("DrainEvent", "DrainPlan"),
        summary.replace("DrainEvent", "Novelty"),
        summary.replace("\"time\"", "\"when\""),
        summary.replace("summary\"}", "summary\""),
        "apiVersion: nodemaint.dev/v1alpha1\nkind: DrainPlan\nverdict: fine\n".to_owned(),
    ] {
        let outcome = std::panic::catch_unwind(|| check(&wrong));
        assert!(outcome.is_err(), "{wrong}");
    }
}
