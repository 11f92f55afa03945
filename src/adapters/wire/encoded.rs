//! An object in the format in which it came.

use serde::de::DeserializeOwned;

use super::error::ConvertError;
use super::{misshapen, protobuf};

/// An object that nobody has read yet.
#[derive(Clone, Copy)]
pub(in crate::adapters) enum Encoded<'a> {
    /// Its JSON.
    Json(&'a str),
    /// Its protobuf, and the table that says how it is read.
    Protobuf(&'static protobuf::Message, &'a [u8]),
}

impl<'a> From<&'a str> for Encoded<'a> {
    fn from(json: &'a str) -> Self {
        Encoded::Json(json)
    }
}

impl<'a> From<&'a String> for Encoded<'a> {
    fn from(json: &'a String) -> Self {
        Encoded::Json(json)
    }
}

impl Encoded<'_> {
    /// Reads the object as one of a kind.
    ///
    /// # Errors
    ///
    /// Names the object and the field whose shape is not the API's. Protobuf that is cut or twisted names neither: nobody has
    /// written it.
    pub fn decode<T: DeserializeOwned>(self, kind: &str) -> Result<T, ConvertError> {
        match self {
            Encoded::Json(json) => misshapen::decode(kind, json),
            Encoded::Protobuf(message, bytes) => {
                let json = protobuf::json(message, bytes)
                    .map_err(|cause| ConvertError::new(kind, "", cause.to_string()))?;
                misshapen::decode(kind, &json)
            }
        }
    }
}
