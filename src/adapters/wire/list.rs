//! Lists, as the server pages them and as `kubectl get -o json` writes them.

use serde::Deserialize;

use super::lenient::null_as_default;

/// A list's `metadata`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ListMeta {
    /// The version of the whole list, from which a watch continues.
    #[serde(deserialize_with = "null_as_default")]
    pub resource_version: String,
    /// The token of the next page; empty on the last one.
    #[serde(rename = "continue", deserialize_with = "null_as_default")]
    pub continue_token: String,
    /// How many objects follow after this page; absent where a selector makes that a question.
    pub remaining_item_count: Option<i64>,
}

/// A list of objects of one kind.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct List<T> {
    /// `metadata`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub metadata: ListMeta,
    /// `items`.
    #[serde(
        default = "Vec::new",
        deserialize_with = "null_as_default",
        bound(deserialize = "T: Deserialize<'de>")
    )]
    pub items: Vec<T>,
}
