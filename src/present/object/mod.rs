//! An API object as kubectl prints it: `-o json`, `yaml`, `jsonpath=...`.
//!
//! Scripts compare and parse this text, so indentation, order of keys, escapes and quoting follow kubectl 1.37.

mod json;
pub mod jsonpath;
mod yaml;

use serde_json::Value;

pub use json::{compact, pretty};
pub use yaml::to_yaml;

/// The order in which an object's keys are printed as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyOrder {
    /// As the server wrote them.
    Server,
    /// By name, as kubectl does for what it computed itself (a client's dry run).
    Sorted,
}

/// Returns the object with its keys in this order.
pub fn ordered(object: &Value, order: KeyOrder) -> Value {
    match order {
        KeyOrder::Server => object.clone(),
        KeyOrder::Sorted => {
            let mut sorted = object.clone();
            sorted.sort_all_objects();
            sorted
        }
    }
}

/// Takes `metadata.managedFields` away, which nobody reads unless asked for.
pub fn without_managed_fields(mut object: Value) -> Value {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.shift_remove("managedFields");
    }
    object
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_sorted_on_request_and_managed_fields_go() {
        let object =
            json!({"kind": "Node", "metadata": {"name": "n", "managedFields": [1], "a": 1}});
        assert_eq!(
            compact(&ordered(&object, KeyOrder::Sorted)),
            r#"{"kind":"Node","metadata":{"a":1,"managedFields":[1],"name":"n"}}"#
        );
        assert_eq!(
            compact(&without_managed_fields(object)),
            r#"{"kind":"Node","metadata":{"name":"n","a":1}}"#
        );
    }
}
