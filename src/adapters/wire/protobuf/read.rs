//! The way from bytes to a type: by way of the JSON that the server would have written, as far as the table names its fields.
//!
//! So every type has one parser, and what a refusal says of a field is the same in both formats. It costs a few microseconds an
//! object, which few pay: most pods of a list are copies of another one and are never read.

use std::iter;

use prost::encoding::WireType;
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

use super::{Field, Malformed, Message, Scan, Shape, part, text, timestamp};

/// An object.
pub(super) struct Object<'de> {
    pub message: &'static Message,
    pub bytes: &'de [u8],
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut fields = Fields {
            message: self.message,
            scan: Scan(self.bytes),
            around: None,
        };
        while let Some((field, found)) = fields.next().map_err(S::Error::custom)? {
            let value = Value {
                field,
                found,
                more: fields.more(field).map_err(S::Error::custom)?,
            };
            map.serialize_entry(field.name, &value)?;
        }
        map.end()
    }
}

/// The fields of an object, one after the other.
struct Fields<'de> {
    message: &'static Message,
    scan: Scan<'de>,
    /// What is left of the object around, while its inlined one is read.
    around: Option<(&'static Message, Scan<'de>)>,
}

/// What stands behind a field's key.
#[derive(Clone, Copy)]
enum Found<'de> {
    Varint(u64),
    Bytes(&'de [u8]),
}

impl<'de> Fields<'de> {
    /// Returns the next field that has a name, and what it holds.
    fn next(&mut self) -> Result<Option<(&'static Field, Found<'de>)>, Malformed> {
        loop {
            let Some((number, wire)) = self.scan.next_key()? else {
                let Some((message, scan)) = self.around.take() else {
                    return Ok(None);
                };
                (self.message, self.scan) = (message, scan);
                continue;
            };
            let Some(field) = self.message.field(number) else {
                self.scan.skip(number, wire)?;
                continue;
            };
            let found = match wire {
                WireType::Varint => Found::Varint(self.scan.varint()?),
                WireType::LengthDelimited => Found::Bytes(self.scan.bytes()?),
                other => return Err(unexpected(field, other)),
            };
            match (field.shape, found) {
                (Shape::Inline(message), Found::Bytes(bytes)) => {
                    self.around = Some((self.message, self.scan));
                    (self.message, self.scan) = (message, Scan(bytes));
                }
                _ if is_absent(field.shape, found) => {}
                _ => return Ok(Some((field, found))),
            }
        }
    }

    /// Returns the entries of a list or map that follow its first, which stand one behind the other.
    fn more(&mut self, field: &Field) -> Result<Vec<&'de [u8]>, Malformed> {
        let mut entries = Vec::new();
        if let Shape::Texts | Shape::Many(_) | Shape::TextMap | Shape::QuantityMap = field.shape {
            while let Some(entry) = self.entry(field)? {
                entries.push(entry);
            }
        }
        Ok(entries)
    }

    /// Returns the next entry of the list or map that is being read, where one follows.
    fn entry(&mut self, field: &Field) -> Result<Option<&'de [u8]>, Malformed> {
        let mut ahead = self.scan;
        match ahead.next_key()? {
            Some((number, WireType::LengthDelimited)) if number == field.number => {
                let bytes = ahead.bytes()?;
                self.scan = ahead;
                Ok(Some(bytes))
            }
            _ => Ok(None),
        }
    }
}

/// Tells whether a value stands for none: Go writes the zero of every field that is no pointer.
fn is_absent(shape: Shape, found: Found<'_>) -> bool {
    match (shape, found) {
        (Shape::Number | Shape::Flag, Found::Varint(number)) => number == 0,
        (Shape::Text | Shape::Time, Found::Bytes(bytes)) => bytes.is_empty(),
        _ => false,
    }
}

pub(super) fn unexpected(field: &Field, wire: WireType) -> Malformed {
    Malformed(format!(
        "{} is written as a {wire:?}, which it never is",
        field.name
    ))
}

/// The value of a field.
struct Value<'de> {
    field: &'static Field,
    /// Of a list or map the first entry.
    found: Found<'de>,
    /// Its other entries.
    more: Vec<&'de [u8]>,
}

impl<'de> Value<'de> {
    /// Returns all entries of a list or map.
    fn entries(&self) -> Result<impl Iterator<Item = &'de [u8]>, Malformed> {
        Ok(iter::once(self.bytes()?).chain(self.more.iter().copied()))
    }

    /// Returns the bytes of a field that is no number.
    fn bytes(&self) -> Result<&'de [u8], Malformed> {
        match self.found {
            Found::Bytes(bytes) => Ok(bytes),
            Found::Varint(_) => Err(unexpected(self.field, WireType::Varint)),
        }
    }

    fn number(&self) -> Result<u64, Malformed> {
        match self.found {
            Found::Varint(number) => Ok(number),
            Found::Bytes(_) => Err(unexpected(self.field, WireType::LengthDelimited)),
        }
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes = || self.bytes().map_err(S::Error::custom);
        let entries = || self.entries().map_err(S::Error::custom);
        match self.field.shape {
            Shape::Number | Shape::OptionalNumber => {
                let number = self.number().map_err(S::Error::custom)?;
                // Negative numbers are written in two's complement.
                serializer.serialize_i64(number.cast_signed())
            }
            Shape::Flag | Shape::OptionalFlag => {
                serializer.serialize_bool(self.number().map_err(S::Error::custom)? != 0)
            }
            Shape::Text | Shape::OptionalText => Str(bytes()?).serialize(serializer),
            Shape::Time => serializer.collect_str(&timestamp(bytes()?).map_err(S::Error::custom)?),
            Shape::Quantity => Quantity(bytes()?).serialize(serializer),
            Shape::Json => json(bytes()?)
                .map_err(S::Error::custom)?
                .serialize(serializer),
            Shape::One(message) | Shape::Inline(message) => Object {
                message,
                bytes: bytes()?,
            }
            .serialize(serializer),
            Shape::Texts => serializer.collect_seq(entries()?.map(Str)),
            Shape::Many(message) => {
                let object = |bytes| Object { message, bytes };
                serializer.collect_seq(entries()?.map(object))
            }
            Shape::TextMap => map(entries()?, Str, serializer),
            Shape::QuantityMap => map(entries()?, Quantity, serializer),
        }
    }
}

fn map<'de, V: Serialize, S: Serializer>(
    entries: impl Iterator<Item = &'de [u8]>,
    value: fn(&'de [u8]) -> V,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    for entry in entries {
        let key = part(entry, 1).map_err(S::Error::custom)?;
        let bytes = part(entry, 2).map_err(S::Error::custom)?;
        map.serialize_entry(&Str(key), &value(bytes))?;
    }
    map.end()
}

/// A text.
struct Str<'de>(&'de [u8]);

impl Serialize for Str<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text(self.0).map_err(S::Error::custom)?)
    }
}

/// A message around the text of a quantity.
struct Quantity<'de>(&'de [u8]);

impl Serialize for Quantity<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Str(part(self.0, 1).map_err(S::Error::custom)?).serialize(serializer)
    }
}

/// Reads the JSON that some fields hold (`FieldsV1`).
fn json(bytes: &[u8]) -> Result<&RawValue, Malformed> {
    serde_json::from_slice(part(bytes, 1)?).map_err(|error| Malformed(error.to_string()))
}
