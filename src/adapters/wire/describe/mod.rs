//! What a description of a node reads of the API's objects, beyond what a drain does.
//!
//! Only the objects of one node pass through here, so nothing is spared for speed; each is read twice, once by the types
//! of the drain, so that both programs see the same pod.

mod about;
mod node;
mod pod;
#[cfg(test)]
mod tests;

use super::error::ConvertError;
use super::misshapen::decode;
use crate::domain::describe::{Attachment, Event, NodeFacts, PodFacts};
use crate::domain::node::Node;

pub(in crate::adapters) use about::Claimed;

/// Reads a node.
pub(in crate::adapters) fn node(json: &str) -> Result<(Node, NodeFacts), ConvertError> {
    let drained = decode::<super::Node>("Node", json)?.try_into()?;
    Ok((drained, decode::<node::Node>("Node", json)?.into_domain()?))
}

/// Reads a pod.
pub(in crate::adapters) fn pod(json: &str) -> Result<PodFacts, ConvertError> {
    let drained = decode::<super::Pod>("Pod", json)?.try_into()?;
    decode::<pod::Pod>("Pod", json)?.into_domain(drained)
}

/// Reads an event: the name of the node that it is about, and what it tells; `None` where it is about something else.
pub(in crate::adapters) fn event(json: &str) -> Result<Option<(String, Event)>, ConvertError> {
    Ok(decode::<about::Event>("Event", json)?.into_domain())
}

/// Reads a VolumeAttachment: the name of its node, and what is attached.
pub(in crate::adapters) fn attachment(json: &str) -> Result<(String, Attachment), ConvertError> {
    Ok(decode::<about::VolumeAttachment>("VolumeAttachment", json)?.into_domain())
}

/// Reads whose claim a PersistentVolume serves.
pub(in crate::adapters) fn volume(json: &str) -> Result<Claimed, ConvertError> {
    Ok(decode::<about::PersistentVolume>("PersistentVolume", json)?.into_domain())
}
