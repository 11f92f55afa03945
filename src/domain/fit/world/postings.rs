//! Row numbers listed under hashes, small enough to be made for every label of a large cluster.
//!
//! Two texts may share a hash: a reader compares the row itself before it believes the list.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Row numbers by hash.
#[derive(Debug, Default)]
pub(super) struct Postings {
    /// Sorted.
    entries: Vec<(u32, u32)>,
}

impl Postings {
    /// Lists rows under hashes.
    pub(super) fn of(mut entries: Vec<(u32, u32)>) -> Postings {
        entries.sort_unstable();
        entries.dedup();
        entries.shrink_to_fit();
        Postings { entries }
    }

    /// Returns the rows that may be those asked for, in rising order.
    pub(super) fn under(&self, hash: u32) -> impl ExactSizeIterator<Item = usize> {
        let from = self.entries.partition_point(|(other, _)| *other < hash);
        let rest = &self.entries[from..];
        // Most lists are short: their end is looked for close by before it is looked for farther away.
        let mut reach = 8;
        while rest.get(reach).is_some_and(|(other, _)| *other == hash) {
            reach *= 2;
        }
        let near = &rest[..reach.min(rest.len())];
        let len = near.partition_point(|(other, _)| *other == hash);
        self.entries[from..from + len]
            .iter()
            .map(|(_, row)| *row as usize)
    }
}

/// Hashes what rows are listed under; the upper half of 64 bits is enough to keep lists apart.
pub(super) fn hash_of(value: &impl Hash) -> u32 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    (hasher.finish() >> 32) as u32
}

/// Returns a row's number as lists keep it.
pub(super) fn number(row: usize) -> u32 {
    // More rows than 32 bits can name do not fit any machine's memory.
    u32::try_from(row).unwrap_or(u32::MAX)
}
