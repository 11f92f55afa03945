//! The one error of reading an object: which object, which field, what is wrong with it.

use thiserror::Error;

/// An object that the domain cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{object}: {field}: {problem}")]
pub struct ConvertError {
    /// Kind and name, for example `Pod shop/web-1`.
    pub object: String,
    /// The field's path, for example `metadata.deletionTimestamp`.
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
