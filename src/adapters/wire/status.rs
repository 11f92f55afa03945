//! `Status`: how the API server says no.

use serde::Deserialize;

use super::lenient::null_as_default;

/// A `Status`, which answers whatever went wrong and what has no other answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Status {
    /// `kind`; anything but `Status` is another object.
    #[serde(deserialize_with = "null_as_default")]
    pub kind: String,
    /// `code`, the HTTP status once more; 0 where it is left out.
    #[serde(deserialize_with = "null_as_default")]
    pub code: u16,
    /// `reason`, the answer's class in one word; empty where the server has none.
    #[serde(deserialize_with = "null_as_default")]
    pub reason: String,
    /// `message`, for people.
    #[serde(deserialize_with = "null_as_default")]
    pub message: String,
    /// `details`.
    #[serde(deserialize_with = "null_as_default")]
    pub details: StatusDetails,
}

/// A status's `details`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct StatusDetails {
    /// `name` of the object.
    #[serde(deserialize_with = "null_as_default")]
    pub name: String,
    /// `kind` of the object, mostly a resource's name.
    #[serde(deserialize_with = "null_as_default")]
    pub kind: String,
    /// `causes`.
    #[serde(deserialize_with = "null_as_default")]
    pub causes: Vec<StatusCause>,
    /// `retryAfterSeconds`; 0 where there is none.
    #[serde(deserialize_with = "null_as_default")]
    pub retry_after_seconds: u64,
}

/// One of a status's causes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct StatusCause {
    /// `reason`, the cause's class in one word.
    #[serde(deserialize_with = "null_as_default")]
    pub reason: String,
    /// `message`, for people.
    #[serde(deserialize_with = "null_as_default")]
    pub message: String,
    /// `field`, the path of the field that is at fault.
    #[serde(deserialize_with = "null_as_default")]
    pub field: String,
}
