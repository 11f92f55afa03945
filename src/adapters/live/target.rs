//! Addresses of requests: the path of an object and the query, with everything escaped that comes from outside.

use std::fmt::Write as _;

use crate::engine::cluster::{Failure, FailureKind};

/// A path with its query, relative to the server's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target(String);

impl Target {
    /// Begins with a fixed path such as `/api/v1/nodes`.
    pub(super) fn new(path: &'static str) -> Target {
        Target(path.to_owned())
    }

    /// Appends a name that came from outside.
    ///
    /// # Errors
    /// Fails on names that would change the path's meaning, in kubectl's words.
    pub(super) fn name(mut self, name: &str) -> Result<Target, Failure> {
        if let Some(problem) = problem_of(name) {
            return Err(Failure::new(FailureKind::Invalid, problem));
        }
        self.0.push('/');
        escape_into(&mut self.0, name);
        Ok(self)
    }

    /// Appends a fixed part such as `/eviction`.
    pub(super) fn part(mut self, part: &'static str) -> Target {
        self.0.push_str(part);
        self
    }

    /// Appends a query parameter.
    pub(super) fn query(mut self, key: &'static str, value: &str) -> Target {
        self.0.push(if self.0.contains('?') { '&' } else { '?' });
        self.0.push_str(key);
        self.0.push('=');
        escape_into(&mut self.0, value);
        self
    }

    /// Appends a query parameter where there is a value for it.
    pub(super) fn query_some(self, key: &'static str, value: Option<&str>) -> Target {
        match value {
            Some(value) => self.query(key, value),
            None => self,
        }
    }

    /// Returns path and query.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Tells what makes a name unfit for a path, by client-go's rules (`rest.IsValidPathSegmentName`).
fn problem_of(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("resource name may not be empty".to_owned());
    }
    let problems: Vec<String> = if matches!(name, "." | "..") {
        vec![format!("may not be '{name}'")]
    } else {
        let contained = ["/", "%"].iter().filter(|part| name.contains(**part));
        contained
            .map(|part| format!("may not contain '{part}'"))
            .collect()
    };
    if problems.is_empty() {
        return None;
    }
    Some(format!(
        "invalid resource name {name:?}: [{}]",
        problems.join(" ")
    ))
}

/// Appends a text with every byte escaped that is not unreserved (RFC 3986).
fn escape_into(target: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                target.push(char::from(byte));
            }
            other => write!(target, "%{other:02X}").expect("writing to a String cannot fail"),
        }
    }
}

/// Escapes a value of a field selector, in which these three signs have a meaning (`fields.EscapeValue`).
pub(super) fn field_value(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for sign in value.chars() {
        if matches!(sign, '\\' | ',' | '=') {
            escaped.push('\\');
        }
        escaped.push(sign);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_is_escaped() {
        let target = Target::new("/api/v1/nodes")
            .name("a b")
            .unwrap()
            .query("labelSelector", "a in (b, c),d!=é")
            .query_some("limit", None)
            .query_some("dryRun", Some("All"));
        assert_eq!(
            target.as_str(),
            "/api/v1/nodes/a%20b?labelSelector=a%20in%20%28b%2C%20c%29%2Cd%21%3D%C3%A9&dryRun=All"
        );
    }

    #[test]
    fn names_cannot_leave_their_place_in_the_path() {
        for (name, message) in [
            ("", "resource name may not be empty"),
            ("..", r#"invalid resource name "..": [may not be '..']"#),
            (
                "a/b",
                r#"invalid resource name "a/b": [may not contain '/']"#,
            ),
            (
                "a/b%2f",
                r#"invalid resource name "a/b%2f": [may not contain '/' may not contain '%']"#,
            ),
        ] {
            let failure = Target::new("/api/v1/nodes").name(name).unwrap_err();
            assert_eq!(failure.message, message);
            assert_eq!(failure.kind, FailureKind::Invalid);
        }
    }

    #[test]
    fn field_values_are_escaped() {
        assert_eq!(field_value(r"a=b,c\d"), r"a\=b\,c\\d");
    }
}
