//! The one error of reading an object: which object, which field, what is wrong with it.

use std::fmt;

/// An object that the domain cannot hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConvertError {
    /// Kind and name, for example `Pod shop/web-1`.
    pub object: String,
    /// The field's path, for example `metadata.deletionTimestamp`; empty where it is the object as a whole.
    pub field: String,
    /// What is wrong with its value.
    pub problem: String,
}

impl ConvertError {
    /// Builds an error about one field of one object.
    pub fn new(
        object: impl Into<String>,
        field: impl Into<String>,
        problem: impl Into<String>,
    ) -> ConvertError {
        ConvertError {
            object: object.into(),
            field: field.into(),
            problem: problem.into(),
        }
    }
}

impl fmt::Display for ConvertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ConvertError {
            object,
            field,
            problem,
        } = self;
        match field.as_str() {
            "" => write!(f, "{object}: {problem}"),
            field => write!(f, "{object}: {field}: {problem}"),
        }
    }
}

impl std::error::Error for ConvertError {}
