//! The API's objects as the scheduler's rules read them, and their way into [`crate::domain::fit::object`].
//!
//! Slimmer in some places and wider in others than the types of the drain: what one template shares is wanted, and of the
//! status only what a node is charged with. Every list of a cluster passes through here, so a value that is copied is
//! copied once: strings are moved into the domain, quantities are parsed while they are read.

mod affinity;
pub(in crate::adapters::wire) mod amount;
pub(in crate::adapters) mod arguments;
mod claim;
mod container;
mod fold;
pub(in crate::adapters::wire) mod here;
mod node;
mod pod;
mod pod_status;
mod pods;
mod storage;
mod volume;
mod workload;

#[cfg(test)]
pub(in crate::adapters) mod examples;
#[cfg(test)]
mod tests;

pub(in crate::adapters) use fold::{FitKind, read};
pub(in crate::adapters) use pods::{Folded, PodFolder};

/// Declares a slim type: every field may be absent or null, and is its default then.
macro_rules! slim {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Default, serde::Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        pub(super) struct $name {
            $(
                $(#[$field_meta])*
                #[serde(deserialize_with = "crate::adapters::wire::lenient::null_as_default")]
                pub $field: $type,
            )*
        }
    };
}
pub(in crate::adapters::wire) use slim;
