//! The objects of a file as values: for what is not a cluster but a wish, a manifest or a configuration.

use serde_json::Value;

use super::document::{item_kind, unreadable, yaml_documents, yaml_to_json};
use super::error::{Place, Problem, Start};

/// Returns the documents of a text in order.
pub(super) fn documents(text: &str) -> Result<Vec<(Start, Value)>, Problem> {
    if text.trim_start().starts_with(['{', '[']) {
        return json(text);
    }
    let mut found = Vec::new();
    for (line, part) in yaml_documents(text) {
        let Some(json) = yaml_to_json(part, line)? else {
            continue;
        };
        let value = serde_json::from_str(&json).map_err(|cause| unreadable(&cause))?;
        let start = Start {
            document: found.len() + 1,
            line: Some(line),
        };
        found.push((start, value));
    }
    Ok(found)
}

fn json(text: &str) -> Result<Vec<(Start, Value)>, Problem> {
    let values = serde_json::Deserializer::from_str(text).into_iter();
    let numbered = values.enumerate().map(|(index, value)| {
        let start = Start {
            document: index + 1,
            line: None,
        };
        Ok((start, value.map_err(|cause| unreadable(&cause))?))
    });
    numbered.collect()
}

/// Returns the objects of a text in order, the items of lists each by itself.
pub(super) fn objects(text: &str) -> Result<Vec<(Place, Value)>, Problem> {
    let mut objects = Vec::new();
    for (start, mut document) in documents(text)? {
        let kind = document["kind"].as_str().unwrap_or_default().to_owned();
        let is_list = kind.ends_with("List");
        match document.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) if is_list => {
                let items = items.into_iter().enumerate();
                objects.extend(items.map(|(index, mut item)| {
                    name_kind(&mut item, item_kind(&kind));
                    (start.item(index), item)
                }));
            }
            _ => objects.push((start.place(), document)),
        }
    }
    match objects
        .iter()
        .find(|(_, object)| !object["kind"].is_string())
    {
        Some((place, _)) => Err(Problem::Object {
            place: *place,
            message: "it is not an object with a kind".to_owned(),
        }),
        None => Ok(objects),
    }
}

/// Gives an item the kind that its list names for all.
fn name_kind(item: &mut Value, kind: Option<&str>) {
    if let (Some(fields), Some(kind)) = (item.as_object_mut(), kind) {
        fields.entry("kind").or_insert(kind.into());
    }
}
