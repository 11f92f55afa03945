//! A pod in two parts: what is its own, and the bytes of what its like share.
//!
//! Of the thousands of pods in a list most are copies of one another but for name, UID, node and times. Equal bytes mean the
//! same to every reader, so a reader that has understood them once needs not to read them again. The bytes are those of
//! fields that the tables name, as others differ from pod to pod (container IDs, times of probes).

use jiff::Timestamp;
use prost::encoding::WireType;

use super::read::unexpected;
use super::schema::{CONTAINER_RESOURCES, POD_SPEC, VOLUME_SOURCE};
use super::{Malformed, Message, Scan, Shape, part, text, timestamp};

/// Conditions by which a pod's part of its node is reckoned.
const CONDITIONS: [&[u8]; 2] = [b"DisruptionTarget", b"PodResizePending"];

/// What a pod has to itself.
#[derive(Debug, Default)]
pub(in crate::adapters) struct Own<'de> {
    pub name: &'de str,
    pub uid: &'de str,
    pub node: &'de str,
    pub nominated_node: &'de str,
    pub phase: &'de str,
    pub created: Option<Timestamp>,
    pub deleted: Option<Timestamp>,
    pub started: Option<Timestamp>,
    /// Whether claims for devices were made for it.
    pub devices: Devices,
}

/// Whether the status names claims for devices, which are one pod's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::adapters) enum Devices {
    #[default]
    None,
    Claimed,
}

/// What pods share, as keys: pods of one key are the same in what the key is made of.
#[derive(Debug, Default)]
pub(in crate::adapters) struct Keys {
    /// Namespace, labels and owners.
    pub family: Vec<u8>,
    /// The spec but for the node, and the resources that the status tells.
    pub template: Vec<u8>,
}

/// Splits a pod. The keys are written over, so that the room for them is used again.
pub(in crate::adapters) fn split<'de>(
    pod: &'de [u8],
    keys: &mut Keys,
) -> Result<Own<'de>, Malformed> {
    keys.family.clear();
    keys.template.clear();
    let mut own = Own::default();
    let mut fields = Scan(pod);
    while let Some((number, bytes)) = fields.next_bytes()? {
        match number {
            1 => metadata(bytes, &mut own, &mut keys.family)?,
            2 => spec(bytes, &mut own, &mut keys.template)?,
            3 => status(bytes, &mut own, &mut keys.template)?,
            _ => {}
        }
    }
    Ok(own)
}

fn metadata<'de>(bytes: &'de [u8], own: &mut Own<'de>, key: &mut Vec<u8>) -> Result<(), Malformed> {
    let mut fields = Scan(bytes);
    while let Some((number, bytes)) = fields.next_bytes()? {
        match number {
            1 => own.name = text(bytes)?,
            // namespace, labels, ownerReferences
            3 | 11 | 13 => write(number, bytes, key),
            5 => own.uid = text(bytes)?,
            8 => own.created = time(bytes)?,
            9 => own.deleted = time(bytes)?,
            _ => {}
        }
    }
    Ok(())
}

fn spec<'de>(bytes: &'de [u8], own: &mut Own<'de>, key: &mut Vec<u8>) -> Result<(), Malformed> {
    let mut fields = Scan(bytes);
    while let Some((number, wire)) = fields.next_key()? {
        match (number, wire) {
            (1, WireType::LengthDelimited) => volume(fields.bytes()?, key)?,
            (10, WireType::LengthDelimited) => own.node = text(fields.bytes()?)?,
            _ => copy_field(&POD_SPEC, &mut fields, number, wire, key)?,
        }
    }
    Ok(())
}

/// Copies a volume of a source that somebody reads. The others are left out with their names, of which one, that of the
/// service account's token, is made up for each pod.
fn volume(bytes: &[u8], key: &mut Vec<u8>) -> Result<(), Malformed> {
    let start = key.len();
    let length = open(1, key);
    let source = key.len();
    copy(&VOLUME_SOURCE, part(bytes, 2)?, key)?;
    if key.len() == source {
        key.truncate(start);
        return Ok(());
    }
    write(1, part(bytes, 1)?, key);
    close(length, key);
    Ok(())
}

fn status<'de>(bytes: &'de [u8], own: &mut Own<'de>, key: &mut Vec<u8>) -> Result<(), Malformed> {
    let mut fields = Scan(bytes);
    while let Some((number, bytes)) = fields.next_bytes()? {
        match number {
            1 => own.phase = text(bytes)?,
            2 if CONDITIONS.contains(&part(bytes, 1)?) => {
                write(number, part(bytes, 1)?, key);
                write(number, part(bytes, 2)?, key);
                write(number, part(bytes, 5)?, key);
            }
            7 => own.started = time(bytes)?,
            8 | 10 => {
                let length = open(number, key);
                copy(&CONTAINER_RESOURCES, bytes, key)?;
                close(length, key);
            }
            11 => own.nominated_node = text(bytes)?,
            15 | 18 => own.devices = Devices::Claimed,
            // allocatedResources, resources
            19 | 20 => write(number, bytes, key),
            _ => {}
        }
    }
    Ok(())
}

/// Copies the fields of a message that its table names.
fn copy(message: &'static Message, bytes: &[u8], key: &mut Vec<u8>) -> Result<(), Malformed> {
    let mut fields = Scan(bytes);
    while let Some((number, wire)) = fields.next_key()? {
        copy_field(message, &mut fields, number, wire, key)?;
    }
    Ok(())
}

fn copy_field(
    message: &'static Message,
    fields: &mut Scan<'_>,
    number: u32,
    wire: WireType,
    key: &mut Vec<u8>,
) -> Result<(), Malformed> {
    let Some(field) = message.field(number) else {
        return fields.skip(number, wire);
    };
    let bytes = match wire {
        WireType::LengthDelimited => fields.bytes()?,
        WireType::Varint => {
            write(number, &fields.varint()?.to_le_bytes(), key);
            return Ok(());
        }
        other => return Err(unexpected(field, other)),
    };
    match field.shape {
        Shape::One(inner) | Shape::Many(inner) | Shape::Inline(inner) => {
            let length = open(number, key);
            copy(inner, bytes, key)?;
            close(length, key);
        }
        _ => write(number, bytes, key),
    }
    Ok(())
}

/// Writes a field with its length, so that no two lists of fields have one key.
fn write(number: u32, bytes: &[u8], key: &mut Vec<u8>) {
    let length = open(number, key);
    key.extend_from_slice(bytes);
    close(length, key);
}

/// Begins a field and returns where its length goes.
fn open(number: u32, key: &mut Vec<u8>) -> usize {
    key.extend_from_slice(&number.to_le_bytes());
    let at = key.len();
    key.extend_from_slice(&[0; size_of::<u64>()]);
    at
}

fn close(at: usize, key: &mut [u8]) {
    let start = at + size_of::<u64>();
    let length = (key.len() - start) as u64;
    key[at..start].copy_from_slice(&length.to_le_bytes());
}

/// A time of which nothing is written is none.
fn time(bytes: &[u8]) -> Result<Option<Timestamp>, Malformed> {
    match bytes.is_empty() {
        true => Ok(None),
        false => timestamp(bytes).map(Some),
    }
}

#[cfg(test)]
#[path = "pod_tests.rs"]
mod tests;
