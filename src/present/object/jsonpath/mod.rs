//! kubectl's JSONPath templates: text with `{...}` in between, `{range ...}...{end}`, filters, slices, unions.
//!
//! Not the JSONPath of RFC 9535: kubectl's is older, and its scripts are many. Two things differ on purpose: a filter
//! may compare a whole number with a fraction, and numbers are printed as they are written.

mod eval;
mod parse;

use serde_json::Value;

/// What to do about a field that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingKeys {
    /// It prints nothing.
    Allowed,
    /// It is an error.
    Refused,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Results {
    /// As text, separated by spaces (`jsonpath`).
    Text,
    /// As JSON lists (`jsonpath-as-json`).
    Json,
}

/// A parsed template.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    parts: Vec<Part>,
    missing: MissingKeys,
    results: Results,
}

impl Template {
    /// Parses a template.
    ///
    /// # Errors
    ///
    /// What is wrong, in kubectl's words.
    pub fn parse(
        text: &str,
        missing: MissingKeys,
        results: Results,
    ) -> Result<Template, JsonPathError> {
        let parts = parse::template(text)?;
        Ok(Template {
            parts,
            missing,
            results,
        })
    }

    /// Fills the template from an object.
    ///
    /// # Errors
    ///
    /// A missing key where those are refused, an index out of bounds, a comparison of unlike things.
    pub fn fill(&self, object: &Value) -> Result<String, JsonPathError> {
        eval::fill(self, object)
    }
}

/// What is wrong with a template or with what it asks for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JsonPathError(pub String);

impl JsonPathError {
    fn new(text: impl Into<String>) -> JsonPathError {
        JsonPathError(text.into())
    }
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq)]
enum Part {
    /// Text outside braces.
    Text(String),
    /// One `{...}`.
    Action(Path),
    /// `{range PATH}` up to its `{end}`.
    Range(Path, Vec<Part>),
}

/// Steps from the current object.
type Path = Vec<Step>;

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    /// A quoted text; forgets where the path was.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A fraction.
    Float(f64),
    /// `true` or `false`.
    Bool(bool),
    /// `.name` or `['name']`.
    Field(String),
    /// `.*`.
    Wildcard,
    /// `..`.
    Recursive,
    /// `[i]`, `[from:to:step]`, `[*]`.
    Slice(Slice),
    /// `[a,b]`.
    Union(Vec<Path>),
    /// `[?(left op right)]`.
    Filter(Filter),
}

/// Bounds of a list; negative ones count from its end.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Slice {
    /// One entry.
    Index(i64),
    /// A run of entries.
    Run {
        from: Option<i64>,
        to: Option<i64>,
        step: Option<i64>,
    },
}

/// A condition on the entries of a list.
#[derive(Debug, Clone, PartialEq)]
struct Filter {
    left: Path,
    /// The operator and its right side; none asks whether the left side is there.
    comparison: Option<(Operator, Path)>,
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[cfg(test)]
mod tests;
