//! A page of a list, in whichever format the server chose.

use serde_json::value::RawValue;

use super::http::malformed;
use crate::adapters::wire::{self, Encoded, ListMeta, protobuf};
use crate::engine::cluster::Failure;

/// A page whose objects nobody has read yet.
pub(super) struct RawPage<'a> {
    /// The list's `metadata`.
    pub metadata: ListMeta,
    /// The objects.
    pub items: Vec<Encoded<'a>>,
}

/// Reads the envelope; `message` says how the objects are read where they are protobuf.
pub(super) fn read<'a>(
    body: &'a [u8],
    message: Option<&'static protobuf::Message>,
) -> Result<RawPage<'a>, Failure> {
    if let Some(message) = message.filter(|_| protobuf::is_protobuf(body)) {
        let page = protobuf::page(body).map_err(|error| malformed(&error))?;
        let items = page.items.into_iter();
        return Ok(RawPage {
            metadata: page.metadata,
            items: items.map(|item| Encoded::Protobuf(message, item)).collect(),
        });
    }
    let page: wire::List<&'a RawValue> =
        serde_json::from_slice(body).map_err(|error| malformed(&error))?;
    let items = page.items.into_iter();
    Ok(RawPage {
        metadata: page.metadata,
        items: items.map(|item| Encoded::Json(item.get())).collect(),
    })
}
