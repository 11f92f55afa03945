//! What is written reads as what was seen, and nothing else is written.

use proptest::prelude::*;
use serde_json::Value;

use super::project;
use crate::adapters::wire::fit::{FitKind, examples, read};

/// Leaves out, or nulls, the fields that the choices say; metadata.name stays.
fn prune(value: &mut Value, choices: &mut impl Iterator<Item = u8>) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| {
                name == "metadata" || name == "name" || choices.next() != Some(0)
            });
            for (name, field) in fields.iter_mut() {
                match choices.next() {
                    Some(1) if name != "metadata" && name != "name" => *field = Value::Null,
                    _ => prune(field, choices),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| prune(item, choices)),
        _ => {}
    }
}

fn assert_same(kind: FitKind, object: &Value) {
    let projected = project(&kind.api_version(), kind.name(), object).unwrap();
    let of = |value: &Value| match read(kind, &value.to_string()) {
        Ok(object) => format!("{object:?}"),
        Err(error) => error.to_string(),
    };
    assert_eq!(of(&projected), of(object), "{kind:?}: {object:#}");
}

#[test]
fn an_object_with_every_field_reads_the_same_from_the_file() {
    for kind in FitKind::all() {
        let object: Value = serde_json::from_str(examples::of(kind)).unwrap();
        assert_same(kind, &object);
    }
}

#[test]
fn no_secret_gets_into_the_file() {
    for kind in FitKind::all() {
        let object: Value = serde_json::from_str(examples::of(kind)).unwrap();
        let text = project("v1", kind.name(), &object).unwrap().to_string();
        assert!(!text.contains("hunter2"), "{text}");
    }
    assert_eq!(
        project("v1", "Secret", &serde_json::json!({"data": {}})),
        None
    );
}

#[test]
fn a_value_of_another_shape_than_the_api_has_is_not_let_through() {
    let odd = serde_json::json!({"metadata": {"name": "p"}, "spec": "hunter2"});
    let projected = project("v1", "Pod", &odd).unwrap();
    assert!(!projected.to_string().contains("hunter2"));
}

#[test]
fn of_the_managers_of_a_node_only_those_of_its_taints_are_kept() {
    let node = serde_json::json!({"metadata": {"name": "n", "managedFields": [
        {"manager": "kubelet", "time": "t1", "fieldsV1": {"f:status": {}}},
        {"manager": "m", "operation": "Update", "time": "t2", "fieldsV1": {"f:spec": {"f:taints": {}, "f:podCIDR": {}}}},
    ]}});
    let projected = project("v1", "Node", &node).unwrap();
    assert_eq!(
        projected["metadata"]["managedFields"],
        serde_json::json!([{"manager": "m", "time": "t2", "fieldsV1": {"f:spec": {"f:taints": {}}}}])
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_fields_are_missing_the_rest_reads_the_same(choices in prop::collection::vec(0u8..12, 600)) {
        for kind in FitKind::all() {
            let mut object: Value = serde_json::from_str(examples::of(kind)).unwrap();
            let mut choices = choices.iter().copied();
            prune(&mut object, &mut choices);
            assert_same(kind, &object);
        }
    }
}
