//! What the scheduler reads of each API object, nothing else: strict owned values that adapters make and [`super::world`]
//! folds into interned rows.
//!
//! A field that the API leaves out stands here as the scheduler would take it: an absent list is empty, an absent
//! operator is its default; where "absent" and "empty" mean different things the field is an `Option`.

pub mod affinity;
pub mod claim;
pub mod node;
pub mod pod;
pub mod shared;
pub mod spread;
pub mod storage;
pub mod workload;

use crate::domain::quantity::Quantity;
pub use crate::domain::taint::toleration;

/// Amounts by resource name (`cpu`, `memory`, `pods`, `example.com/gpu`), sorted by name.
pub type Resources = std::collections::BTreeMap<String, Quantity>;
