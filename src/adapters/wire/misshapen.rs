//! Objects of another shape than the API's: which object, and which of its fields.
//!
//! The parser says where in the text it stopped, and not in which field that is; the way there is walked again.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::ConvertError;

/// Reads an object of a kind.
///
/// # Errors
///
/// Names the object and the field whose shape is not the API's.
pub(in crate::adapters) fn decode<T: DeserializeOwned>(
    kind: &str,
    json: &str,
) -> Result<T, ConvertError> {
    serde_json::from_str(json).map_err(|cause| misshapen(describe(kind, json), json, &cause))
}

/// Tells in which field a text that is called so stops being what it should be.
pub(in crate::adapters) fn misshapen(
    object: impl Into<String>,
    json: &str,
    cause: &serde_json::Error,
) -> ConvertError {
    ConvertError::new(object, field_at(json, cause), words(cause))
}

/// A parser's message without the position, which is one in the object and not in its file.
pub(in crate::adapters) fn words(cause: &serde_json::Error) -> String {
    let message = cause.to_string();
    let position = format!(" at line {} column {}", cause.line(), cause.column());
    let words = message.strip_suffix(&position);
    words.unwrap_or(&message).to_owned()
}

/// Names an object as far as it names itself: `Pod shop/web-1`.
pub(in crate::adapters) fn describe(kind: &str, json: &str) -> String {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Named {
        metadata: Name,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Name {
        namespace: Option<String>,
        name: Option<String>,
    }
    let Name { namespace, name } = serde_json::from_str(json)
        .unwrap_or_else(|_| Named::default())
        .metadata;
    let name = name.unwrap_or_else(|| "without a name".to_owned());
    match namespace {
        Some(namespace) => format!("{kind} {namespace}/{name}"),
        None => format!("{kind} {name}"),
    }
}

/// Returns the path of the field at which a parser stopped; empty for the whole text.
fn field_at(json: &str, cause: &serde_json::Error) -> String {
    let lines = json.split_inclusive('\n');
    let before: usize = lines
        .take(cause.line().saturating_sub(1))
        .map(str::len)
        .sum();
    let end = (before + cause.column()).min(json.len());
    let mut way = Way::default();
    let bytes = json.as_bytes();
    let mut at = 0;
    while at < end {
        at = way.step(json, bytes[at], at);
    }
    way.path()
}

/// What one is inside of.
enum Level {
    /// An object, and the key whose value is at hand.
    Object(Option<String>),
    /// A list, and the index of the entry at hand.
    List(Option<usize>),
}

#[derive(Default)]
struct Way(Vec<Level>);

impl Way {
    /// Takes what begins at a place and returns where it ends.
    fn step(&mut self, json: &str, byte: u8, at: usize) -> usize {
        match byte {
            b'"' => return self.text(json, at),
            b'{' | b'[' => {
                self.enter();
                self.0.push(match byte {
                    b'{' => Level::Object(None),
                    _ => Level::List(None),
                });
            }
            b'}' | b']' => {
                self.0.pop();
            }
            b',' => match self.0.last_mut() {
                Some(Level::Object(key)) => *key = None,
                Some(Level::List(Some(index))) => *index += 1,
                _ => {}
            },
            byte if byte.is_ascii_whitespace() || byte == b':' => {}
            _ => self.enter(),
        }
        at + 1
    }

    /// A value begins: in a list it is an entry.
    fn enter(&mut self) {
        if let Some(Level::List(index)) = self.0.last_mut() {
            index.get_or_insert(0);
        }
    }

    /// Takes a quoted text: a key where none is at hand.
    fn text(&mut self, json: &str, start: usize) -> usize {
        let mut end = start + 1;
        let mut escaped = false;
        for byte in json.as_bytes()[end..].iter() {
            end += 1;
            match (escaped, byte) {
                (false, b'"') => break,
                (false, b'\\') => escaped = true,
                _ => escaped = false,
            }
        }
        match self.0.last_mut() {
            Some(Level::Object(key)) if key.is_none() => {
                let text = json.get(start..end);
                let text = text.and_then(|text| serde_json::from_str::<String>(text).ok());
                *key = Some(text.unwrap_or_default());
            }
            _ => self.enter(),
        }
        end
    }

    fn path(&self) -> String {
        let mut path = String::new();
        for level in &self.0 {
            match level {
                Level::Object(Some(key)) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(key);
                }
                Level::List(Some(index)) => path.push_str(&format!("[{index}]")),
                Level::Object(None) | Level::List(None) => {}
            }
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[derive(Debug, Deserialize, Default)]
    #[serde(default, rename_all = "camelCase")]
    struct Shape {
        node_name: String,
        labels: BTreeMap<String, String>,
        containers: Vec<Shape>,
        number: Option<i32>,
    }

    fn fault(json: &str) -> String {
        let error = decode::<Shape>("Pod", json).unwrap_err();
        error.to_string()
    }

    #[test]
    fn the_field_of_another_shape_is_named() {
        let table = [
            (
                r#"{"nodeName": 5}"#,
                "nodeName: invalid type: integer `5`, expected a string",
            ),
            (
                r#"{"nodeName": [1]}"#,
                "nodeName: invalid type: sequence, expected a string",
            ),
            (
                r#"{"nodeName": {"a": 1}}"#,
                "nodeName: invalid type: map, expected a string",
            ),
            (
                r#"{"labels": {"a": "b", "x/y.z": 1.5}}"#,
                "labels.x/y.z: invalid type: floating point `1.5`, expected a string",
            ),
            (
                r#"{"containers": [{"containers": []}, {"containers": [{}, {"number": "x"}]}]}"#,
                "containers[1].containers[1].number: invalid type: string \"x\", expected i32",
            ),
            (
                r#"{"containers": [{}, 5]}"#,
                "containers[1]: invalid type: integer `5`, expected struct Shape",
            ),
            (
                r#"{"containers": "x"}"#,
                "containers: invalid type: string \"x\", expected a sequence",
            ),
            (
                r#"{"labels": {"a\"}]": true}}"#,
                "labels.a\"}]: invalid type: boolean `true`, expected a string",
            ),
            (
                "{\"labels\": {},\n  \"number\": 5000000000\n}",
                "number: invalid value: integer `5000000000`, expected i32",
            ),
        ];
        for (json, expected) in table {
            assert_eq!(
                fault(json),
                format!("Pod without a name: {expected}"),
                "{json}"
            );
        }
    }

    #[test]
    fn a_text_that_is_no_object_has_no_field() {
        assert_eq!(
            fault("5"),
            "Pod without a name: invalid type: integer `5`, expected struct Shape"
        );
    }

    #[test]
    fn the_object_is_named_as_far_as_it_names_itself() {
        let named = r#"{"metadata": {"namespace": "shop", "name": "web"}, "nodeName": 1}"#;
        assert!(fault(named).starts_with("Pod shop/web: nodeName: "));
    }
}
