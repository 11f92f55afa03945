//! Names the object that is being converted, for errors.

use super::super::error::ConvertError;
use super::super::meta::{Meta, parse_time};
use jiff::Timestamp;

/// The object that is being converted.
#[derive(Clone, Copy)]
pub(in crate::adapters::wire) struct Here<'a> {
    kind: &'static str,
    namespace: &'a str,
    name: &'a str,
}

impl<'a> Here<'a> {
    /// Names an object by its metadata, and refuses one without a name.
    pub fn at<A>(kind: &'static str, metadata: &'a Meta<A>) -> Result<Here<'a>, ConvertError> {
        metadata.require_name(kind)?;
        Ok(Here {
            kind,
            namespace: &metadata.namespace,
            name: &metadata.name,
        })
    }

    /// An error about one of its fields.
    pub fn error(self, field: impl Into<String>, problem: impl Into<String>) -> ConvertError {
        ConvertError::new(self.describe(), field, problem)
    }

    /// Reads a time.
    pub fn time(self, text: Option<&str>, field: &str) -> Result<Option<Timestamp>, ConvertError> {
        text.map(|text| parse_time(text, || self.describe(), field))
            .transpose()
    }

    fn describe(self) -> String {
        match self.namespace {
            "" => format!("{} {}", self.kind, self.name),
            namespace => format!("{} {namespace}/{}", self.kind, self.name),
        }
    }
}
