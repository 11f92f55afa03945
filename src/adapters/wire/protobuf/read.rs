//! The way from bytes to a type: serde's, so that every type that reads JSON reads this too.

use prost::encoding::WireType;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::{Field, Malformed, Message, Scan, Shape, part, text, timestamp};

/// Forwards what a type asks for to what is there: a value knows its own shape. What is asked for as optional is there.
macro_rules! self_describing {
    () => {
        fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
            visitor.visit_some(self)
        }

        fn deserialize_newtype_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            visitor: V,
        ) -> Result<V::Value, Malformed> {
            visitor.visit_newtype_struct(self)
        }

        forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
            seq tuple tuple_struct map struct enum identifier
        }
    };
}

/// An object.
pub(super) struct Object<'de> {
    pub message: &'static Message,
    pub bytes: &'de [u8],
}

impl<'de> Deserializer<'de> for Object<'de> {
    type Error = Malformed;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        visitor.visit_map(Fields {
            message: self.message,
            scan: Scan(self.bytes),
            around: None,
            found: None,
        })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        visitor.visit_unit()
    }

    self_describing!();
}

/// A text that is there, also where a type would do without it.
struct Str<'de>(&'de str);

impl<'de> Deserializer<'de> for Str<'de> {
    type Error = Malformed;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        visitor.visit_borrowed_str(self.0)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        visitor.visit_unit()
    }

    self_describing!();
}

/// The fields of an object, as a map from their names.
struct Fields<'de> {
    message: &'static Message,
    scan: Scan<'de>,
    /// What is left of the object around, while its inlined one is read.
    around: Option<(&'static Message, Scan<'de>)>,
    found: Option<(&'static Field, Found<'de>)>,
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
            let mut fields = self.message.fields.iter();
            let Some(field) = fields.find(|field| field.number == number) else {
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
    Malformed::custom(format_args!(
        "{} is written as a {wire:?}, which it never is",
        field.name
    ))
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Malformed;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Malformed> {
        self.found = self.next()?;
        let Some((field, _)) = self.found else {
            return Ok(None);
        };
        seed.deserialize(Str(field.name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Malformed> {
        let Some((field, found)) = self.found.take() else {
            return Err(Malformed::custom("a value is asked for before its key"));
        };
        seed.deserialize(Value {
            field,
            found,
            fields: self,
        })
    }
}

/// The value of a field. Of a list or map it is the first entry, and the others follow in the object.
struct Value<'a, 'de> {
    field: &'static Field,
    found: Found<'de>,
    fields: &'a mut Fields<'de>,
}

impl<'de> Deserializer<'de> for Value<'_, 'de> {
    type Error = Malformed;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        let field = self.field;
        let bytes = match (field.shape, self.found) {
            (Shape::Number | Shape::OptionalNumber, Found::Varint(number)) => {
                // Negative numbers are written in two's complement.
                return visitor.visit_i64(number.cast_signed());
            }
            (Shape::Flag | Shape::OptionalFlag, Found::Varint(number)) => {
                return visitor.visit_bool(number != 0);
            }
            (_, Found::Varint(_)) => return Err(unexpected(field, WireType::Varint)),
            (_, Found::Bytes(bytes)) => bytes,
        };
        let entries = |fields| Entries {
            field,
            next: Some(bytes),
            fields,
        };
        match field.shape {
            Shape::Text | Shape::OptionalText => visitor.visit_borrowed_str(text(bytes)?),
            Shape::Time => visitor.visit_string(timestamp(bytes)?.to_string()),
            Shape::Quantity => visitor.visit_borrowed_str(quantity(bytes)?),
            Shape::Json => json(bytes, visitor),
            Shape::One(message) => Object { message, bytes }.deserialize_any(visitor),
            Shape::Texts | Shape::Many(_) => visitor.visit_seq(entries(self.fields)),
            Shape::TextMap | Shape::QuantityMap => visitor.visit_map(entries(self.fields)),
            Shape::Number
            | Shape::OptionalNumber
            | Shape::Flag
            | Shape::OptionalFlag
            | Shape::Inline(_) => Err(unexpected(field, WireType::LengthDelimited)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        // The other entries would come as a second field of the name.
        while self.fields.entry(self.field)?.is_some() {}
        visitor.visit_unit()
    }

    self_describing!();
}

/// The entries of a list or map, which stand one behind the other in the object.
struct Entries<'a, 'de> {
    field: &'static Field,
    next: Option<&'de [u8]>,
    fields: &'a mut Fields<'de>,
}

impl<'de> Entries<'_, 'de> {
    fn take(&mut self) -> Result<Option<&'de [u8]>, Malformed> {
        match self.next.take() {
            Some(bytes) => Ok(Some(bytes)),
            None => self.fields.entry(self.field),
        }
    }
}

impl<'de> SeqAccess<'de> for Entries<'_, 'de> {
    type Error = Malformed;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Malformed> {
        let Some(bytes) = self.take()? else {
            return Ok(None);
        };
        match self.field.shape {
            Shape::Many(message) => seed.deserialize(Object { message, bytes }),
            _ => seed.deserialize(Str(text(bytes)?)),
        }
        .map(Some)
    }
}

impl<'de> MapAccess<'de> for Entries<'_, 'de> {
    type Error = Malformed;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Malformed> {
        let Some(entry) = self.take()? else {
            return Ok(None);
        };
        self.next = Some(entry);
        let key = text(part(entry, 1)?)?;
        seed.deserialize(Str(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Malformed> {
        let value = part(self.next.take().unwrap_or_default(), 2)?;
        let value = match self.field.shape {
            Shape::QuantityMap => quantity(value)?,
            _ => text(value)?,
        };
        seed.deserialize(Str(value))
    }
}

fn quantity(bytes: &[u8]) -> Result<&str, Malformed> {
    text(part(bytes, 1)?)
}

/// Reads the JSON that some fields hold (`FieldsV1`).
fn json<'de, V: Visitor<'de>>(bytes: &'de [u8], visitor: V) -> Result<V::Value, Malformed> {
    let raw = part(bytes, 1)?;
    serde_json::Deserializer::from_slice(raw)
        .deserialize_any(visitor)
        .map_err(Malformed::custom)
}
