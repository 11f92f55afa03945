//! Kubernetes' protobuf, read into the same slim types as its JSON.
//!
//! In protobuf a list of pods costs the API server a third or less of what it costs in JSON, and a field that nobody
//! reads is skipped by its length. A table says which number stands for which field of the JSON, so there is one set of
//! types and one parser, and the two formats cannot mean different things.
//!
//! Two facts about the format that are Kubernetes' own: a field of Go that is no pointer is always written, so that its
//! zero means what absence means in JSON; and some structs that JSON writes in line are messages of their own.
//! Source: `generated.proto` of `k8s.io/api` and `k8s.io/apimachinery`, `runtime/serializer/protobuf`.

mod pod;
mod read;
mod schema;

use std::fmt;

use jiff::Timestamp;
use prost::encoding::{WireType, decode_key, decode_varint, skip_field};
use serde::de::DeserializeOwned;

use super::list::ListMeta;
use super::status::Status;

pub(in crate::adapters) use pod::{Devices, Keys, Own, split};
pub(in crate::adapters) use schema::{ONLY_METADATA, of as schema};

/// What the server is asked for: protobuf where it has it, JSON where not.
pub(in crate::adapters) const ACCEPT: &str =
    "application/vnd.kubernetes.protobuf,application/json;q=0.9";

/// What every body begins with.
const MAGIC: &[u8] = b"k8s\0";

/// A message: the fields that one of our types reads, by their numbers.
pub(in crate::adapters) struct Message {
    fields: &'static [Field],
    /// Where the field of a small number is in the list, counted from 1; 0 where there is none.
    places: [u8; SMALL_NUMBERS],
}

/// Numbers that are found without a search: all but a few.
const SMALL_NUMBERS: usize = 64;

impl Message {
    const fn new(fields: &'static [Field]) -> Message {
        let mut places = [0; SMALL_NUMBERS];
        let (mut slot, mut number) = (0, 0);
        while slot < SMALL_NUMBERS {
            places[slot] = Message::place(fields, number);
            slot += 1;
            number += 1;
        }
        Message { fields, places }
    }

    const fn place(fields: &[Field], number: u32) -> u8 {
        let (mut at, mut place) = (0, 1);
        while at < fields.len() {
            if fields[at].number == number {
                return place;
            }
            at += 1;
            place += 1;
        }
        0
    }

    fn field(&self, number: u32) -> Option<&'static Field> {
        let slot = usize::try_from(number).unwrap_or(usize::MAX);
        match self.places.get(slot) {
            Some(0) => None,
            Some(place) => Some(&self.fields[usize::from(*place) - 1]),
            None => self.fields.iter().find(|field| field.number == number),
        }
    }
}

/// A field.
struct Field {
    number: u32,
    /// Its name in JSON.
    name: &'static str,
    shape: Shape,
}

/// What a field holds.
#[derive(Clone, Copy)]
enum Shape {
    /// A text whose absence is the empty one.
    Text,
    /// A text that may be empty and there.
    OptionalText,
    /// A whole number whose absence is 0.
    Number,
    /// A whole number that may be 0 and there.
    OptionalNumber,
    /// A truth value whose absence is false.
    Flag,
    /// A truth value that may be false and there.
    OptionalFlag,
    /// A time; the message is empty where there is none.
    Time,
    /// A quantity: a message around its text.
    Quantity,
    /// JSON in a message of its own.
    Json,
    /// An object.
    One(&'static Message),
    /// A list of texts.
    Texts,
    /// A list of objects.
    Many(&'static Message),
    /// Texts by key.
    TextMap,
    /// Quantities by key.
    QuantityMap,
    /// An object whose fields JSON writes among those around it.
    Inline(&'static Message),
}

/// Bytes that are not what the table says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::adapters) struct Malformed(String);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Malformed {}

impl From<prost::DecodeError> for Malformed {
    fn from(error: prost::DecodeError) -> Self {
        Malformed(error.to_string())
    }
}

/// Writes an object as its JSON, as far as the table names its fields.
pub(in crate::adapters) fn json(
    message: &'static Message,
    bytes: &[u8],
) -> Result<String, Malformed> {
    let object = read::Object { message, bytes };
    serde_json::to_string(&object).map_err(|error| Malformed(error.to_string()))
}

/// Reads an object.
pub(in crate::adapters) fn decode<T: DeserializeOwned>(
    message: &'static Message,
    bytes: &[u8],
) -> Result<T, Malformed> {
    let json = json(message, bytes)?;
    serde_json::from_str(&json).map_err(|error| Malformed(error.to_string()))
}

/// Tells whether a body is Kubernetes' protobuf.
pub(in crate::adapters) fn is_protobuf(body: &[u8]) -> bool {
    body.starts_with(MAGIC)
}

/// A page of a list.
pub(in crate::adapters) struct Page<'de> {
    /// Its `metadata`.
    pub metadata: ListMeta,
    /// The objects, unread.
    pub items: Vec<&'de [u8]>,
}

/// Reads the envelope of a list; every kind's list has the same one.
pub(in crate::adapters) fn page(body: &[u8]) -> Result<Page<'_>, Malformed> {
    let mut page = Page {
        metadata: ListMeta::default(),
        items: Vec::new(),
    };
    let mut fields = Scan(unknown(body)?.raw);
    while let Some((number, bytes)) = fields.next_bytes()? {
        match number {
            1 => page.metadata = decode(&schema::LIST_META, bytes)?,
            2 => page.items.push(bytes),
            _ => {}
        }
    }
    Ok(page)
}

/// Reads a refusal; `None` where the body is something else.
pub(in crate::adapters) fn status(body: &[u8]) -> Option<Status> {
    let unknown = unknown(body).ok()?;
    if unknown.kind != "Status" {
        return None;
    }
    let status: Status = decode(&schema::STATUS, unknown.raw).ok()?;
    Some(Status {
        kind: unknown.kind.to_owned(),
        ..status
    })
}

/// The envelope of every body (`runtime.Unknown`).
struct Unknown<'de> {
    kind: &'de str,
    raw: &'de [u8],
}

fn unknown(body: &[u8]) -> Result<Unknown<'_>, Malformed> {
    let Some(envelope) = body.strip_prefix(MAGIC) else {
        return Err(Malformed(
            "the body does not begin as Kubernetes' protobuf does".to_owned(),
        ));
    };
    let mut unknown = Unknown { kind: "", raw: &[] };
    let mut fields = Scan(envelope);
    while let Some((number, bytes)) = fields.next_bytes()? {
        match number {
            1 => unknown.kind = kind(bytes)?,
            2 => unknown.raw = bytes,
            _ => {}
        }
    }
    Ok(unknown)
}

fn kind(type_meta: &[u8]) -> Result<&str, Malformed> {
    let mut fields = Scan(type_meta);
    while let Some((number, bytes)) = fields.next_bytes()? {
        if number == 2 {
            return text(bytes);
        }
    }
    Ok("")
}

fn text(bytes: &[u8]) -> Result<&str, Malformed> {
    std::str::from_utf8(bytes).map_err(|error| Malformed(error.to_string()))
}

/// Returns a part of a message by its number; empty where it is not written.
fn part(message: &[u8], wanted: u32) -> Result<&[u8], Malformed> {
    let mut scan = Scan(message);
    while let Some((number, bytes)) = scan.next_bytes()? {
        if number == wanted {
            return Ok(bytes);
        }
    }
    Ok(&[])
}

/// Reads a time. Kubernetes keeps whole seconds.
fn timestamp(bytes: &[u8]) -> Result<Timestamp, Malformed> {
    let mut scan = Scan(bytes);
    let mut seconds = 0;
    while let Some((number, wire)) = scan.next_key()? {
        match (number, wire) {
            (1, WireType::Varint) => seconds = scan.varint()?.cast_signed(),
            (number, wire) => scan.skip(number, wire)?,
        }
    }
    Timestamp::from_second(seconds).map_err(|error| Malformed(error.to_string()))
}

/// The fields of a message, one after the other.
#[derive(Clone, Copy)]
struct Scan<'de>(&'de [u8]);

impl<'de> Scan<'de> {
    fn next_key(&mut self) -> Result<Option<(u32, WireType)>, Malformed> {
        match self.0 {
            [] => Ok(None),
            // Most keys are a byte of the number and the type.
            [key @ 0x08..0x80, rest @ ..] => {
                let wire = WireType::try_from(u64::from(key & 7))?;
                self.0 = rest;
                Ok(Some((u32::from(key >> 3), wire)))
            }
            _ => Ok(Some(decode_key(&mut self.0)?)),
        }
    }

    /// Returns the next field that has a length; others are skipped.
    fn next_bytes(&mut self) -> Result<Option<(u32, &'de [u8])>, Malformed> {
        while let Some((number, wire)) = self.next_key()? {
            match wire {
                WireType::LengthDelimited => return Ok(Some((number, self.bytes()?))),
                other => self.skip(number, other)?,
            }
        }
        Ok(None)
    }

    fn skip(&mut self, number: u32, wire: WireType) -> Result<(), Malformed> {
        if wire == WireType::LengthDelimited {
            self.bytes()?;
            return Ok(());
        }
        Ok(skip_field(
            wire,
            number,
            &mut self.0,
            prost::encoding::DecodeContext::default(),
        )?)
    }

    fn varint(&mut self) -> Result<u64, Malformed> {
        match self.0 {
            [number @ ..0x80, rest @ ..] => {
                self.0 = rest;
                Ok(u64::from(*number))
            }
            _ => Ok(decode_varint(&mut self.0)?),
        }
    }

    fn bytes(&mut self) -> Result<&'de [u8], Malformed> {
        let length = usize::try_from(self.varint()?).unwrap_or(usize::MAX);
        let Some((bytes, rest)) = self.0.split_at_checked(length) else {
            return Err(Malformed(format!(
                "a field of {length} bytes where only {} are left",
                self.0.len()
            )));
        };
        self.0 = rest;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests;
